"""Rule files, and what is refused in them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridle.detect.baselines import shipped
from bridle.detect.chain import is_chain, load_chain
from bridle.detect.rule import RuleError, load_rule, load_rules, rules_digest

RULE = """
id = "test-rule"
title = "T"
level = "medium"
stage = "tampering"
status = "experimental"
platform = "ios"
needs = ["a.b.c"]
query = "SELECT * FROM \\"a.b.c\\" WHERE n > $least"
message = "row {locator}"
explanation = "E"
false_positives = ["F"]
references = ["https://example.org/case"]

[parameters]
least = 5

[[example]]
name = "x"
match = ["1"]
"a.b.c" = [{ locator = "1", n = 6 }, { locator = "2", n = 5 }]
"""


def written(tmp_path: Path, text: str = RULE, name: str = "rule.toml") -> Path:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return file


def test_a_rule_is_read(tmp_path: Path) -> None:
    rule = load_rule(written(tmp_path))
    assert (rule.id, rule.evidence, rule.parameters, rule.attack) == ("test-rule", "a.b.c", {"least": 5}, ())
    assert rule.values() == {"least": 5}
    assert rule.example[0].tables["a.b.c"][1] == {"locator": "2", "n": 5}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "test-rule"', 'id = "Test Rule"', "id"),
        ('level = "medium"', 'level = "severe"', "level"),
        ('level = "medium"', 'level = "critical"', "level"),
        ('stage = "tampering"', 'stage = "infection"', "stage"),
        ('false_positives = ["F"]', "false_positives = []", "false_positives"),
        ('references = ["https://example.org/case"]', "references = []", "references"),
        ('title = "T"', "", "title"),
        ('title = "T"', 'title = " "', "title"),
        ('title = "T"', 'title = "T"\nseverity = "x"', "severity"),
        ('title = "T"', 'title = "T"\nevidence = "a.b.d"', "evidence"),
        ('title = "T"', 'title = "T"\nattack = ["1234"]', "attack"),
        ('title = "T"', 'title = "T"\nsurfaces = ["moon"]', "surfaces"),
        ('title = "T"', 'title = "T"\nbaselines = ["../rules/x"]', "baselines"),
        ('title = "T"', 'title = "T"\nacquisition_related = 1', "acquisition_related"),
        ("{locator}", "{locator.__class__}", "message"),
        ("$least", "$most", "query"),
        ("$least", "5", "parameters"),
        ("least = 5", "least = [5]", "parameters.least"),
        ('match = ["1"]', "match = []", "example"),
        ('match = ["1"]', 'match = ["1", "2"]', "example"),
        ('"a.b.c" = [', '"x.y.z" = [', "example[1]"),
        ('{ locator = "2", n = 5 }', "{ n = 5 }", "example[1].a.b.c"),
    ],
)
def test_errors_name_the_file_and_the_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in RULE
    file = written(tmp_path, RULE.replace(old, new, 1))
    with pytest.raises(RuleError) as e:
        load_rule(file)
    assert str(e.value).startswith(f"{file}: {key}: ")


def test_critical_is_for_stable_rules_with_a_published_case(tmp_path: Path) -> None:
    text = RULE.replace('"medium"', '"critical"').replace('"experimental"', '"stable"')
    assert load_rule(written(tmp_path, text)).level == "critical"
    with pytest.raises(RuleError, match="published case"):
        load_rule(written(tmp_path, text.replace("https://example.org/case", "seen by us")))


def test_what_is_no_toml_or_no_text_is_a_rule_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError):
        load_rule(written(tmp_path, "id = "))
    for load in (load_rule, load_chain):
        with pytest.raises(RuleError, match="recursion"):
            load(written(tmp_path, "id = " + "[" * 20_000))
    assert not is_chain(written(tmp_path, "step = " + "[" * 20_000))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RuleError):
        load_rule(tmp_path / "bytes.toml")
    with pytest.raises(RuleError, match="no such file"):
        load_rules([tmp_path / "absent.toml"])


def test_two_rules_of_one_id_are_refused(tmp_path: Path) -> None:
    written(tmp_path), written(tmp_path, name="second.toml")
    with pytest.raises(RuleError, match="already the id of"):
        load_rules([tmp_path])


def test_a_folder_gives_its_rules_by_id_and_not_the_data_beside_them(tmp_path: Path) -> None:
    written(tmp_path, RULE.replace("test-rule", "b-rule"), "1.toml")
    written(tmp_path, RULE.replace("test-rule", "a-rule"), "2.toml")
    written(tmp_path, "not a rule", "surfaces.toml")
    assert [r.id for r in load_rules([tmp_path])] == ["a-rule", "b-rule"]


def test_a_dollar_in_text_or_comment_is_no_parameter(tmp_path: Path) -> None:
    query = "SELECT * FROM \\\"a.b.c\\\" WHERE n > $least AND t <> '$x' -- $y"
    assert load_rule(written(tmp_path, RULE.replace('SELECT * FROM \\"a.b.c\\" WHERE n > $least', query))).values() == {
        "least": 5
    }


def test_the_digest_follows_the_files(tmp_path: Path) -> None:
    rules = load_rules([written(tmp_path)])
    before = rules_digest(rules)
    assert before == rules_digest(rules)
    written(tmp_path, RULE + "\n# changed\n")
    assert rules_digest(rules) != before


def test_the_digest_is_the_same_in_every_process() -> None:
    # Two platforms have a rule of one file name, and the order of a set differs with the seed of hashes.
    code = "from bridle.detect.rule import load_rules, rules_digest; print(rules_digest(load_rules()))"
    environments = [os.environ | {"PYTHONHASHSEED": str(seed)} for seed in range(1, 5)]
    runs = [subprocess.run([sys.executable, "-c", code], env=e, capture_output=True, check=True) for e in environments]
    assert len({r.stdout for r in runs}) == 1


def test_the_baseline_holds_names_without_its_header() -> None:
    names = shipped("ios_system_executables")
    assert len(names) == 1312
    assert {"MobileSMS", "apsd", "locationd"} <= set(names)
    assert not [n for n in names if n.startswith("#") or "/" in n]
    with pytest.raises(KeyError):
        shipped("nothing_of_the_kind")

"""YARA rules over apps and loose files: what is compiled, what is looked at, and what is said without yara-x."""

import importlib.util
import json
import sys
from pathlib import Path, PurePosixPath

import pytest

from artifact_files import Stored, as_json, rows
from bridle.case.reader import Case
from bridle.engine.check import check
from bridle.engine.options import Options, UsageError
from bridle.indicators import yara
from bridle.phantom.apk import apk

needs_yara = pytest.mark.skipif(importlib.util.find_spec("yara_x") is None, reason="yara-x is not installed")
RULES = """
rule server : network { meta: severity = "High" author = "x" strings: $a = "c2.example.org" condition: $a }
rule elf { condition: uint32(0) == 0x464c457f }
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mine.yar").write_text(RULES)
    (folder / "readme.txt").write_text("no rules")
    return folder


def scanned(content: bytes, rules: Path, path: str = "/data/local/tmp/x"):
    file = Stored(content, PurePosixPath(path), beside={PurePosixPath(yara.RULES): yara.compiled([rules])})
    return rows(yara.ARTIFACT, file)


def test_which_files_are_looked_at() -> None:
    for path in ("/apk/a.apk", "/androidqf/tmp/x", "/data/local/tmp/a/b", "/data/app/~~a==/b-c==/base.apk"):
        assert yara.wants(path)
    for path in ("/apk/a/classes.dex", "/data/data/com.example/x", "/system/app/a.apk", "/private/var/x"):
        assert not yara.wants(path)


def test_rules_without_yara_x_are_wrong_use_and_no_case_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: Path
) -> None:
    monkeypatch.setitem(sys.modules, "yara_x", None)
    (tmp_path / "a.apk").write_bytes(apk(package="com.example", schemes=()))
    options = Options(sources=(tmp_path / "a.apk",), case=tmp_path / "case", yara=(rules,), plaintext=True)
    with pytest.raises(UsageError, match=r"yara-x is not installed: pip install 'bridle\[yara\]'"):
        check(options)
    assert not (tmp_path / "case").exists()


def test_without_rules_nothing_is_said_to_be_examined(tmp_path: Path) -> None:
    (tmp_path / "a.apk").write_bytes(apk(package="com.example", schemes=()))
    check(Options(sources=(tmp_path / "a.apk",), case=tmp_path / "case", plaintext=True))
    told = json.loads((tmp_path / "case" / "coverage.json").read_text())["rules"]
    assert told["any-yara-match"]["status"] == "not examined"
    assert told["any-yara-match"]["why"] == "nothing in these acquisitions gives yara.match"


@needs_yara
def test_rules_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(yara.YaraError, match="do not exist"):
        yara.compiled([tmp_path / "none"])
    with pytest.raises(yara.YaraError, match="holds a file of rules"):
        yara.compiled([tmp_path])
    (tmp_path / "bad.yar").write_text("rule a { condition: nothing }")
    with pytest.raises(yara.YaraError, match=r"bad\.yar do not compile"):
        yara.compiled([tmp_path])


@needs_yara
def test_an_app_and_what_is_packed_in_it(rules: Path) -> None:
    data = apk(
        package="com.example", strings=["https://c2.example.org/a"], schemes=(),
        files={"lib/x86/libx.so": b"\x7fELF", "assets/c.txt": b"c2.example.org", "res/d.txt": b"nothing"},
    )  # fmt: skip
    found = [as_json(r)["Match"] for r in scanned(data, rules, "/apk/a.apk")]
    assert [(m["locator"], m["rule"], m.get("entry")) for m in found] == [
        ("file:1", "server", None), ("entry 2:1", "server", "classes.dex"), ("entry 3:1", "elf", "lib/x86/libx.so"),
        ("entry 4:1", "server", "assets/c.txt"),
    ]  # fmt: skip
    assert found[3] == {
        "locator": "entry 4:1", "rule": "server", "namespace": "mine", "tags": ["network"], "level": "high",
        "meta": '{"severity": "High", "author": "x"}', "path": "/apk/a.apk", "entry": "assets/c.txt",
        "sha256": "255e969bc53db6ca0fe33f94bc9e4ae76d0c92a70ffecaf3940ca9ee029cd6d7", "size": 14, "strings": ["$a@0x0"],
    }  # fmt: skip


@needs_yara
def test_a_loose_file_and_one_that_is_too_long(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yara, "_LONGEST", 4)
    found = [as_json(r) for r in scanned(b"\x7fELF and c2.example.org", rules)]
    assert [next(iter(f)) for f in found] == ["Gap", "Match"]
    assert found[0]["Gap"]["reason"] == "Match: only 4 bytes are looked at"
    assert (found[1]["Match"]["rule"], found[1]["Match"]["size"]) == ("elf", 4)
    assert scanned(b"", rules) == []


@needs_yara
def test_matches_reach_the_case_from_a_child(tmp_path: Path, rules: Path) -> None:
    (tmp_path / "a.apk").write_bytes(apk(package="com.example", strings=["c2.example.org"], schemes=()))
    options = Options(sources=(tmp_path / "a.apk",), case=tmp_path / "case", yara=(rules,), plaintext=True)
    summary = check(options)
    assert summary["problems"] == []
    found = [json.loads(line) for line in (tmp_path / "case" / "findings.jsonl").read_text().splitlines()]
    assert [(f["rule"], f["level"], f["count"]) for f in found] == [("any-yara-match-high", "high", 2)]
    assert Case(tmp_path / "case", None).tables()["yara.match"].names[3:5] == ["locator", "rule"]

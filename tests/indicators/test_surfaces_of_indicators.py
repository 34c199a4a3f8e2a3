"""Where indicators mean something: the package's data, a feed's own word, and a user's file beside feeds."""

import json
import tomllib
from pathlib import Path

import pytest

import bridle
from bridle.indicators import Matcher, load
from bridle.indicators.model import WHERE
from bridle.indicators.surfaces import restriction_of, shipped

PACKAGE = Path(bridle.__file__).parent


def surfaces_of(tmp_path, value="bh"):
    return {i.value: i.surfaces for i in load([tmp_path]).indicators}[value]


@pytest.mark.parametrize(
    ("name", "surfaces"),
    [
        ("BackupAgent", {"network-user"}),
        ("subridged", {"network-user"}),
        (
            "gatekeeperd",
            {"network-user"}
            | {f"ios.{s}" for s in ("running-process", "crash", "file-present", "installed-app", "mention")},
        ),
        ("rtbuddyd", {"network-user"}),
        ("bh", {"network-user", "running-process", "crash"}),
        ("payload", {"network-user", "running-process", "crash"}),
        ("roleaboutd", {"network-user", "running-process", "crash", "installed-app", "file-present", "mention"}),
    ],
)
def test_published_names_of_processes(tmp_path, name, surfaces):
    (tmp_path / "processes.txt").write_text(f"{name}\n")
    assert surfaces_of(tmp_path, name) == surfaces


@pytest.mark.parametrize(
    ("surface", "platform", "is_found"),
    [
        ("running-process", "ios", True), ("running-process", "android", False), ("crash", "ios", True),
        ("network-user", "android", True), ("file-present", None, True), ("visited", "ios", False),
    ],
)  # fmt: skip
def test_a_name_that_one_platform_has_itself(tmp_path, surface, platform, is_found):
    (tmp_path / "processes.txt").write_text("gatekeeperd\n")
    matcher = Matcher(load([tmp_path]))
    assert bool(matcher.matches("process-name", "gatekeeperd", surface, platform)) is is_found


def test_a_kind_without_a_word_means_something_everywhere(tmp_path):
    (tmp_path / "list.txt").write_text("lure.example\n")
    assert surfaces_of(tmp_path, "lure.example") is None


def test_every_restriction_has_a_reason_and_those_of_system_names_a_reference():
    values, kinds = shipped()
    for restriction in (*values.values(), *kinds.values()):
        assert restriction.why.endswith(".")
        assert restriction.surfaces <= WHERE
    ordinary = [r for r in values.values() if r.ordinary_at]
    assert len(ordinary) == 5
    for restriction in ordinary:
        assert restriction.ordinary_on
        assert restriction.references
        assert all(p.startswith("/") for p in restriction.ordinary_at)


def test_paths_that_are_called_ordinary_are_in_the_baseline():
    """What is said to be part of iOS 15 or 16 stands in the listing of ordinary phones."""
    listed = set((PACKAGE / "baselines" / "ios_system_paths.txt").read_text("utf-8").splitlines())
    said = [p for r in shipped()[0].values() if "iOS 1" in r.ordinary_on for p in r.ordinary_at]
    assert len(said) == 3
    assert [p for p in said if p not in listed] == []


def test_every_default_has_a_meaning():
    """Each (kind, surface) of the defaults is a finding that the rules know how to word."""
    rows = tomllib.loads((PACKAGE / "rules" / "any" / "surfaces.toml").read_text("utf-8"))["meaning"]
    known = {(k, s) for row in rows for k in row["kinds"] for s in row["surfaces"]}
    assert [(k, s) for k, r in shipped()[1].items() for s in sorted(r.surfaces) if (k, s) not in known] == []


OWN = """[[indicator]]
kind = "process-name"
values = ["bh", "exampled"]
surfaces = ["network-user"]
why = "seen on ordinary phones of this laboratory"
"""


@pytest.mark.parametrize("name", ["surfaces.toml", "laboratory.surfaces.toml"])
def test_a_users_file_beside_feeds(tmp_path, name):
    (tmp_path / "processes.txt").write_text("bh\nexampled\nroleaboutd\n")
    before = load([tmp_path])
    (tmp_path / name).write_text(OWN)
    after = load([tmp_path])
    assert {i.value: i.surfaces for i in after.indicators if i.value != "roleaboutd"} == {
        "bh": {"network-user"},
        "exampled": {"network-user"},
    }
    assert [(f.name, f.format, f.loaded) for f in after.feeds if f.format == "surfaces"] == [(name, "surfaces", True)]
    assert before.digest != after.digest


def test_a_users_file_given_by_itself(tmp_path):
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "processes.txt").write_text("bh\n")
    (tmp_path / "surfaces.toml").write_text(OWN)
    (i,) = load([tmp_path / "feeds", tmp_path / "surfaces.toml"]).indicators
    assert i.surfaces == {"network-user"}
    assert restriction_of("process-name", "bh").why != restriction_of("process-name", "bh", None).why[1:]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[indicator]", "not TOML: "),
        ("[other]\n", "expected only [[indicator]], got 'other'"),
        (OWN.replace("process-name", "process"), "[[indicator]] 1: expected a kind, one of domain, "),
        (OWN.replace("network-user", "space"), "[[indicator]] 1: 'space' is no surface; expected some of contacted, "),
        (OWN.replace("why", "because"), "[[indicator]] 1: `why` has to say why it means nothing elsewhere"),
        (OWN.replace('["bh", "exampled"]', '"bh"'), "[[indicator]] 1: `values` has to be a list of texts"),
        (OWN.replace('kind = "process-name"', 'kind = "md5"'), "[[indicator]] 1: expected 32 hexadecimal digits, "),
    ],
)
def test_a_users_file_that_is_wrong_is_told(tmp_path, text, reason):
    (tmp_path / "processes.txt").write_text("bh\n")
    (tmp_path / "surfaces.toml").write_text(text)
    found = load([tmp_path])
    (feed,) = [f for f in found.feeds if not f.loaded]
    assert feed.reason.startswith(reason)
    assert [i.surfaces for i in found.indicators] == [{"network-user", "running-process", "crash"}]


def test_a_feed_says_it_itself(tmp_path):
    (tmp_path / "a.csv").write_text("kind,value,surfaces\nprocess-name,exampled,network-user crash\n")
    o = {"type": "indicator", "id": "i", "pattern": "[process:name='otherd']", "x_bridle_surfaces": ["network-user"]}
    odd = {**o, "id": "j", "pattern": "[process:name='thirdd']", "x_bridle_surfaces": ["space"]}
    (tmp_path / "b.stix2").write_text(json.dumps({"type": "bundle", "objects": [o, odd]}))
    assert surfaces_of(tmp_path, "exampled") == {"network-user", "crash"}
    assert surfaces_of(tmp_path, "otherd") == {"network-user"}
    assert surfaces_of(tmp_path, "thirdd") == shipped()[1]["process-name"].surfaces
    assert [(w.severity, w.place) for w in load([tmp_path]).warnings] == [("warning", "j")]


def test_the_users_word_counts_before_the_feeds(tmp_path):
    (tmp_path / "a.csv").write_text("kind,value,surfaces\nprocess-name,exampled,crash\n")
    (tmp_path / "surfaces.toml").write_text(OWN)
    assert surfaces_of(tmp_path, "exampled") == {"network-user"}

"""What feeds say of one value, and of what is listed above it."""

import json

import pytest

from bridle.indicators.looking_up import look_up


@pytest.fixture
def feeds(tmp_path):
    text = "type,value,family,tlp,confidence\ndomain,lure.example,Example,GREEN,80\nip,198.51.100.0/24,,,\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.txt").write_text("# two\nLURE.example.\n/private/var/tmp/x2/\nhttps://other.example/a\n")
    (tmp_path / "c.csv").write_text("domain,revoked\nlure.example,true\n")
    (tmp_path / "d.txt").write_text("no value\n")
    return tmp_path


def found(feeds, value):
    return [(x.how, x.indicator.kind, x.indicator.value, [(s.feeds[0], s.place) for s in x.said])
            for x in look_up([feeds], value).found]  # fmt: skip


LURE = [("a.csv", "line 2"), ("b.txt", "line 2"), ("c.csv", "line 2")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("lure.example", [("exact", "domain", "lure.example", LURE)]),
        ("Lure[.]example", [("exact", "domain", "lure.example", LURE)]),
        ("LURE.example.", [("exact", "domain", "lure.example", LURE)]),
        ("a.b.lure.example", [("sub-domain", "domain", "lure.example", LURE)]),
        ("https://a.lure.example/x?y", [("host", "domain", "lure.example", LURE)]),
        ("https://other.example/a", [("exact", "url", "https://other.example/a", [("b.txt", "line 4")])]),
        ("somebody@lure.example", [("host", "domain", "lure.example", LURE)]),
        ("198.51.100.7", [("network", "ip-address", "198.51.100.0/24", [("a.csv", "line 3")])]),
        ("198.51.100.0/24", [("exact", "ip-address", "198.51.100.0/24", [("a.csv", "line 3")])]),
        ("/var/tmp/x2/a/b", [("folder", "file-path", "/private/var/tmp/x2/", [("b.txt", "line 3")])]),
        ("notlure.example", []),
        ("203.0.113.7", []),
    ],
)
def test_exact_and_above(feeds, value, expected):
    assert found(feeds, value) == expected


def test_each_feed_by_itself_and_together(feeds):
    answer = look_up([feeds], "lure.example")
    (x,) = answer.found
    assert [(s.tlp, s.confidence, s.campaigns, s.revoked, s.shown) for s in x.said] == [
        ("TLP:GREEN", 80, ("Example",), False, "lure.example"),
        (None, None, (), False, "LURE.example."),
        (None, None, (), True, "lure.example"),
    ]
    assert x.indicator.feeds == ("a.csv", "b.txt", "c.csv")
    assert x.indicator.revoked is False
    assert [(f.name, f.loaded) for f in answer.feeds] == [
        ("a.csv", True), ("b.txt", True), ("c.csv", True), ("d.txt", False)]  # fmt: skip


def test_why_it_means_something_only_there(tmp_path):
    (tmp_path / "processes.txt").write_text("BackupAgent\nlaunchd\n")
    (x,) = look_up([tmp_path], "BackupAgent").found
    assert x.indicator.surfaces == {"network-user"}
    assert x.restriction.ordinary_at == ("/usr/libexec/BackupAgent",)
    (x,) = look_up([tmp_path], "launchd").found
    assert x.general.refused is True


def test_several_patterns_of_one_bundle(tmp_path):
    objects = [{"type": "indicator", "id": "i", "pattern": "[process:name='exampled' AND process:pid=7]"},
               {"type": "indicator", "id": "j", "pattern": "[process:name='exampled']"}]  # fmt: skip
    (tmp_path / "a.stix2").write_text(json.dumps({"type": "bundle", "objects": objects}))
    assert found(tmp_path, "exampled") == [("exact", "process-name", "exampled", [("a.stix2", "j")])]

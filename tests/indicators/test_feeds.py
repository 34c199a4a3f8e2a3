"""Feeds as they are published, and as they go wrong: one bad indicator is one warning, never the end."""

import json
from collections import Counter
from datetime import date

import pytest

from bridle.indicators import Matcher, lint, load
from corpus import INDICATORS, needs_indicators


def bundle(tmp_path, *objects, name="feed.stix2"):
    file = tmp_path / name
    file.write_text(json.dumps({"type": "bundle", "objects": list(objects)}))
    return file


def indicator(pattern, **more):
    return {
        "type": "indicator",
        "id": f"indicator--{abs(hash(pattern))}",
        "pattern": pattern,
        "pattern_type": "stix",
        **more,
    }


GOOD = indicator("[domain-name:value='lure.example']")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (
            indicator("[domain-name:value='x.example' AND a:b='1']"),
            "the pattern cannot be evaluated: character 36: the pattern key 'a:b' is not known",
        ),
        (
            indicator("[x-new:value='1']"),
            "the pattern cannot be evaluated: character 2: the pattern key 'x-new:value' is not known",
        ),
        (
            indicator("[domain-name:value='no dot']"),
            "the pattern cannot be evaluated: character 2: expected a domain, got 'no dot'",
        ),
        ({"type": "indicator", "id": "i"}, "an indicator without a pattern"),
        ({"type": "relationship", "id": "r", "target_ref": "m"}, "a relationship without source_ref and target_ref"),
        ("not an object", "1 entries are not objects"),
    ],
)
def test_one_bad_object_is_one_warning(tmp_path, bad, reason):
    found = load([bundle(tmp_path, bad, GOOD)])
    assert [i.value for i in found.indicators] == ["lure.example"]
    assert [w.reason for w in found.warnings] == [reason]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON: "),
        (b"", "empty"),
        (b"\xff\xfe{}", "not UTF-8: byte 0"),
        (b"[]", "not a STIX bundle"),
        (b'{"objects": null}', "not a STIX bundle"),
        (b"[" * 100_000, "not JSON: "),
        (b'{"objects": []}', "it holds no indicator that can be read"),
    ],
)
def test_a_file_that_is_no_feed_is_not_loaded(tmp_path, data, reason):
    file = tmp_path / "bad.stix2"
    file.write_bytes(data)
    found = load([file, bundle(tmp_path, GOOD)])
    assert [(f.name, f.loaded) for f in found.feeds] == [("bad.stix2", False), ("feed.stix2", True)]
    assert found.feeds[0].reason.startswith(reason)
    assert [w.place for w in lint(file)] == ["bad.stix2"]


def test_campaigns_feeds_and_markings(tmp_path):
    malware = {"type": "malware", "id": "malware--1", "name": "Example"}
    nameless = {"type": "malware", "id": "malware--2"}
    marked = {
        **GOOD,
        "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"],
        "confidence": 80,
    }
    link = {"type": "relationship", "source_ref": GOOD["id"], "target_ref": "malware--1"}
    loose = {"type": "relationship", "source_ref": GOOD["id"], "target_ref": "malware--2"}
    one = bundle(tmp_path, malware, nameless, marked, link, loose, name="a.stix2")
    two = bundle(tmp_path, indicator("[domain-name:value='LURE.example.']"), name="b.stix2")
    (i,) = load([one]).indicators
    assert (i.campaigns, i.tlp, i.confidence) == (("Example",), "TLP:AMBER", 80)
    (i,) = load([one, two]).indicators
    assert (i.feeds, i.campaigns) == (("a.stix2", "b.stix2"), ("Example",))


def test_revoked_and_expired(tmp_path):
    revoked = indicator("[domain-name:value='revoked.example']", revoked=True)
    expired = indicator("[domain-name:value='expired.example']", valid_until="2020-01-01T00:00:00Z")
    file = bundle(tmp_path, revoked, expired, GOOD)
    assert [i.value for i in load([file]).indicators] == ["expired.example", "lure.example"]
    assert [i.value for i in load([file], date(2026, 1, 1)).indicators] == ["lure.example"]


def test_lists(tmp_path):
    (tmp_path / "processes.txt").write_text("bh\n# a remark\n\nroleaccountd\n")
    (tmp_path / "mixed.txt").write_text("lure.example\n198.51.100.7\n/private/var/tmp/x\nword\n")
    (tmp_path / "table.csv").write_text('"domain_name","ip_address"\n"a.example","198.51.100.9"\n')
    (tmp_path / "kinds.csv").write_text("type,value\ndomain,b.example\nprocess,bh2\n")
    found = load([tmp_path])
    assert sorted((i.kind, i.value) for i in found.indicators) == [
        ("domain", "a.example"),
        ("domain", "b.example"),
        ("domain", "lure.example"),
        ("file-path", "/private/var/tmp/x"),
        ("ip-address", "198.51.100.7"),
        ("ip-address", "198.51.100.9"),
        ("process-name", "bh"),
        ("process-name", "bh2"),
        ("process-name", "roleaccountd"),
    ]
    assert [(w.feed, w.place) for w in found.warnings] == [("mixed.txt", "line 4")]


@needs_indicators
def test_every_published_feed_loads():
    found = load([INDICATORS / "stix2"])
    assert [f.name for f in found.feeds if not f.loaded and f.name.endswith(".stix2")] == []
    assert sum(f.loaded for f in found.feeds) == 16
    counts = Counter(i.kind for i in found.indicators)
    expected = {
        "process-name": 83,
        "sha256": 101,
        "email": 65,
        "ip-address": 45,
        "app-id": 25,
        "file-name": 15,
        "cert": 11,
    }
    assert {k: counts[k] for k in expected} == expected


@needs_indicators
def test_every_published_path_is_found_where_it_lies():
    found = load([INDICATORS / "stix2"])
    m = Matcher(found)
    paths = [i for i in found.indicators if i.kind == "file-path" and i.value.startswith("/private/")]
    assert len(paths) > 40
    for i in paths:
        assert i in [x.indicator for x in m.matches("file-path", i.shown, "file-present")], i.shown
        near = i.value.rstrip("/") + "FOO"
        assert i not in [x.indicator for x in m.matches("file-path", near, "file-present")], near

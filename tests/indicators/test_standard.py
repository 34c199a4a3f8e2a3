"""Where published patterns leave STIX 2.1."""

import json
from collections import Counter

import pytest

from bridle.indicators import lint
from bridle.indicators.standard import departures
from corpus import INDICATORS, needs_indicators


def bundle(*patterns):
    common = {"type": "indicator", "spec_version": "2.1", "pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z"}
    ids = [f"indicator--00000000-0000-4000-8000-{n:012}" for n in range(len(patterns))]
    objects = [{**common, "id": i, "pattern": p} for i, p in zip(ids, patterns, strict=True)]
    return json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects})


def told(*patterns):
    return [(d.sort, d.what) for d in departures(bundle(*patterns))]


@pytest.mark.parametrize(
    "pattern",
    [
        "[domain-name:value = 'a.example']", "[process:image_ref.name = 'bh']", "[file:name = 'x']",
        "[file:hashes.'SHA-256' = '" + "ab" * 32 + "']", "[x-acme-app:id = 'x']", "[url:value = 'https://a.example/x']",
        "[network-traffic:dst_port = 443] FOLLOWEDBY [file:parent_directory_ref.path = '/tmp']",
        "[ipv4-addr:value ISSUBSET '192.0.2.0/24']",
        "not a pattern", "[email-addr:value = 'a@example.org'] REPEATS 2 TIMES WITHIN 5 SECONDS",
    ],
)  # fmt: skip
def test_what_the_standard_defines(pattern):
    assert told(pattern) == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[process:name = 'bh']", [("property", "process:name")]),
        ("[file:hashes.sha256 = '" + "ab" * 32 + "']", [("property", "file:hashes.sha256")]),
        ("[app:id = 'a.b']", [("property", "app:id")]),
        ("[file:path = '/x' OR file:name = 'y']", [("property", "file:path")]),
        ("[domain-name:value = '192.0.2.1']", [("value", "domain-name:value '192.0.2.1' is an address")]),
        ("[domain-name:value = 'a.example/x']", [("value", "domain-name:value 'a.example/x' has a path")]),
        ("[domain-name:value = 'example']", [("value", "domain-name:value 'example' is no whole domain")]),
        ("[domain-name:value IN ('www.a.example', 'b.example')]",
         [("value", "domain-name:value 'www.a.example' begins with www.")]),
        ("[ipv4-addr:value = 'a.example']", [("value", "ipv4-addr:value 'a.example' is no address")]),
        ("[url:value = 'a.example/x']", [("value", "url:value 'a.example/x' has no scheme")]),
        ("[file:hashes.MD5 = 'abcd']", [("value", "file:hashes.MD5 'abcd' has not 32 hexadecimal digits")]),
        ("[process:name = 'a'] FOLLOWEDBY [process:name = 'b']", [("property", "process:name")]),
    ],
)  # fmt: skip
def test_what_it_does_not(pattern, expected):
    assert told(pattern) == expected


def test_lint_tells_it_with_what_to_write_instead(tmp_path):
    file = tmp_path / "a.stix2"
    file.write_text(bundle("[process:name = 'one-process']", "[process:name = 'another-process']",
                           "[domain-name:value = 'www.a.example']", "[domain-name:value = 'b.example/x']"))  # fmt: skip
    found = [(w.severity, w.place[-1], w.reason, w.advice) for w in lint(file)]
    why = "which STIX 2.1 does not define: programs that keep to it never match them"
    assert ("note", "0", f"2 patterns compare process:name, {why}", "write process:image_ref.name") in found
    assert ("warning", "2", "domain-name:value 'www.a.example' begins with www.",
            "without it, the name and all below it are found") in found  # fmt: skip
    assert [place for severity, place, *_ in found if severity == "error"] == ["3"]
    assert len([1 for _, place, *_ in found if place == "3"]) == 1


@needs_indicators
def test_the_published_feeds():
    """16 feeds, 5,713 indicators; the numbers are those of grep over what stands before ` = `."""
    files = sorted((INDICATORS / "stix2").rglob("*.stix2"))
    assert len(files) == 16
    found = [d for f in files for d in departures(f.read_text("utf-8"))]
    assert Counter(d.what for d in found if d.sort == "property") == {
        "process:name": 83, "file:hashes.sha256": 81, "file:path": 58, "app:id": 25, "app:cert.sha256": 11,
        "android-property:name": 3, "configuration-profile:id": 2,
    }  # fmt: skip
    values = Counter(d.what.rpartition("' ")[2] for d in found if d.sort == "value")
    assert values == {"is an address": 7, "begins with www.": 2, "has a path": 1, "is no whole domain": 1}
    assert sum(d.sort == "property" for d in found) == 263
    assert sum(values.values()) == 11

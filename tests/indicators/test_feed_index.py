"""Indices of feeds: the two forms, and what an attacker would write into them."""

import json
import sys
from datetime import UTC, datetime

import pytest

from bridle.indicators import block_yaml
from bridle.indicators.feed_index import FeedIndexError, Index, Listed, name_of, pinned, read
from corpus import INDICATORS, needs_indicators

BASE = "https://example.org/feeds/index.json"
DIGEST = "ab" * 32
PUBLISHED = """\
indicators:
  -
    type: github
    name: NSO Group Pegasus Indicators of Compromise
    sources:
      - Amnesty International   # and others
    references:
      - https://www.example.org/a-b/#c
    github:
      owner: AmnestyTech
      repo: investigations
      branch: master
      path: 2021-07-18_nso/pegasus.stix2

  - type: download
    name: "A list: of domains"
    download_url: 'https://example.com/lists/Domains.txt'
"""


def own(**more):
    feed = {"name": "nso/pegasus.stix2", "url": "pegasus.stix2", "sha256": DIGEST}
    return {"format": "bridle-feeds", "schema": 1, "version": 7, "feeds": [feed], **more}


def reason(stored):
    with pytest.raises(FeedIndexError) as said:
        read(stored if isinstance(stored, bytes) else json.dumps(stored).encode(), BASE)
    return str(said.value)


def test_the_index_of_the_field():
    assert read(PUBLISHED.encode(), BASE) == Index(
        (
            Listed(
                "2021-07-18_nso/pegasus.stix2",
                "https://raw.githubusercontent.com/AmnestyTech/investigations/master/2021-07-18_nso/pegasus.stix2",
                "NSO Group Pegasus Indicators of Compromise",
            ),
            Listed("lists/Domains.txt", "https://example.com/lists/Domains.txt", "A list: of domains"),
        )
    )


@needs_indicators
def test_the_index_as_it_is_published():
    file = INDICATORS / "stix2" / "mvt-project+mvt-indicators" / "indicators.yaml"
    found = read(file.read_bytes(), "https://example.org/")
    entries = [line for line in file.read_text().splitlines() if line.strip() == "type: github"]
    assert (len(found.feeds), len(entries)) == (15, 15)
    assert found.feeds[1].url == (
        "https://raw.githubusercontent.com/mvt-project/mvt-indicators/main/intellexa_predator/predator.stix2"
    )


def test_our_own_form():
    stored = own(publisher="A lab\u202e", expires="2027-01-31T01:00:00+01:00")
    stored["feeds"].append(
        {"name": "b.csv", "url": "https://example.com/b.csv", "sha256": DIGEST, "size": 9, "title": "B"}
    )
    assert read(json.dumps(stored).encode(), BASE) == Index(
        (
            Listed("nso/pegasus.stix2", "https://example.org/feeds/pegasus.stix2", "", DIGEST),
            Listed("b.csv", "https://example.com/b.csv", "B", DIGEST, 9),
        ),
        version=7,
        publisher="A lab\ufffd",
        expires=datetime(2027, 1, 31, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "name",
    ["../../x", "/etc/x.csv", "C:\\x.csv", "a\\b", "a\0b", "a/b/c/d", "", ".", "..", ".hidden", "nul", "CON.txt", "a.",
     "a b", "\u0430.csv", "x" * 81, "a//b", None, 7, "a\n"],
)  # fmt: skip
def test_hostile_names(name):
    stored = own()
    stored["feeds"][0]["name"] = name
    assert reason(stored) == f"expected a name such as pegasus.stix2 or nso/pegasus.stix2, got {name!r:.60}"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/b/pegasus.stix2?x=/../y", "b/pegasus.stix2"),
        ("https://example.org/", "feed"),
        ("https://example.org/%2e%2e/%2e%2e/x.csv", "feed/x.csv"),
        ("https://example.org/a/%00%0a..%2f..%2fetc.txt", "a/etc.txt"),
        ("https://example.org/nul.txt", "feed_nul.txt"),
        ("https://example.org/" + "y" * 100 + ".json", "y" * 75 + ".json"),
    ],
)
def test_names_taken_from_addresses(url, name):
    assert name_of(url) == name


def test_names_that_some_systems_think_equal():
    stored = own()
    stored["feeds"].append({**stored["feeds"][0], "name": "NSO/Pegasus.stix2"})
    assert reason(stored) == "two feeds are called 'NSO/Pegasus.stix2'"
    lines = [f"  - download_url: https://example.org/{p}/a.txt" for p in ("x", "y/X", "x", "z/x")]
    found = read("\n".join(["indicators:", *lines]).encode(), BASE)
    assert [f.name for f in found.feeds] == ["x/a.txt", "X/2_a.txt", "x/3_a.txt"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/a", "only https:// addresses are fetched, got 'http://example.org/a'"),
        ("file:///etc/passwd", "only https:// addresses are fetched, got 'file:///etc/passwd'"),
        ("//u:p@example.com/a", "expected https://HOST/PATH without a name and password"),
        ("https://example.org/%2e%2e/a", "expected an address without `..` or control characters"),
        ("https://example.org/a%00b", "expected an address without `..` or control characters"),
        (None, "expected the address of a feed, got None"),
        ("https://[", "Invalid IPv6 URL"),
    ],
)
def test_hostile_addresses(url, said):
    stored = own()
    stored["feeds"][0]["url"] = url
    assert said in reason(stored)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"format": "x"}, 'expected an index: an object with "format": "bridle-feeds"'),
        ({"schema": 2}, "expected schema 1, got 2; use a newer bridle"),
        ({"version": 0}, "version: expected a whole number above 0, got 0"),
        ({"version": True}, "version: expected a whole number above 0, got True"),
        ({"version": "7"}, "version: expected a whole number above 0, got '7'"),
        ({"version": 1 << 60}, "version: expected a whole number above 0, got 1152921504606846976"),
        ({"expires": "2027-01-31"}, "expires: expected a time such as 2026-12-31T00:00:00Z, got '2027-01-31'"),
        ({"expires": 5}, "expires: expected a time such as 2026-12-31T00:00:00Z, got 5"),
        ({"feeds": []}, "it lists no feed"),
        ({"feeds": {}}, "expected `feeds` to be a list of objects"),
        ({"feeds": [{"name": "a"}]}, "a: expected the sha256 of its bytes, got None"),
        ({"feeds": [{}] * 10_000}, "an index lists at most 1,000 feeds, this lists 10,000"),
    ],
)
def test_what_is_no_index_of_our_form(more, said):
    assert reason(own(**more)) == said


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (b"\xff", "expected UTF-8, byte 0 is none"),
        (b"", "expected an index: JSON that begins with {, or YAML with a list `indicators`"),
        (b"hello", "expected an index: JSON that begins with {, or YAML with a list `indicators`"),
        (b"indicators:\n", "expected an index: JSON that begins with {, or YAML with a list `indicators`"),
        (b"indicators:\n- a\n", "expected an entry with a name and an address, got 'a'"),
        (b"indicators:\n- type: github\n  github:\n    owner: a\n", "None: expected owner, repo, branch and path"),
        (b"indicators:\n- name: a\n", "expected the address of a feed, got None"),
        (b"{", "no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b'{"a": 1, "a": 2}', "a name stands twice in one object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"1" * 5000 + b"}", "no JSON: Exceeds the limit (4300 digits) for integer string conversion"),
        (b" " * (4 << 20) + b"{", "an index has at most 4 MiB, this has 4,194,305 bytes"),
    ],
)
def test_what_is_no_index(stored, said):
    assert reason(stored).startswith(said)


def test_feeds_with_their_digest():
    assert pinned("https://example.org/a/b.csv") == Listed("a/b.csv", "https://example.org/a/b.csv")
    assert pinned(f"https://example.org/a/b.csv#sha256={DIGEST.upper()}").sha256 == DIGEST
    for wrong in ("#sha256=ab", "#x", f"#md5={DIGEST}"):
        with pytest.raises(FeedIndexError, match="expected #sha256= and 64 hexadecimal digits"):
            pinned("https://example.org/b.csv" + wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# only this\n---\n", None),
        ("a: b", {"a": "b"}),
        ("a:\n- b\n-  c \nd: ~", {"a": ["b", "c"], "d": None}),
        ("a:\n  -\n    b: 'it''s' # so\n    c: \"x\\n: y\"\n", {"a": [{"b": "it's", "c": "x\n: y"}]}),
        ("- - a\n  - b\n- c: d\n  e:\n", [["a", "b"], {"c": "d", "e": None}]),
        ("a:\r\n  b: c#d\r\n", {"a": {"b": "c#d"}}),
        ("'a b': https://example.org/:x", {"a b": "https://example.org/:x"}),
        ("- -5\n-\n", ["-5", None]),
    ],
)
def test_yaml_that_is_read(text, expected):
    assert block_yaml.read(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [b, c]", "line 1: '[b, c]' is a part of YAML that is not read; quote it"),
        ("a: {b: c}", "line 1: '{b: c}' is a part of YAML that is not read; quote it"),
        ("a: &x b\n", "line 1: '&x b' is a part of YAML that is not read; quote it"),
        ("a: *x\n", "line 1: '*x' is a part of YAML that is not read; quote it"),
        ("a: !!python/object/apply:os.system b", "line 1: '!!python/object/apply:os.system b' is a part of YAML"),
        ("a: |\n  b\n", "line 1: '|' is a part of YAML that is not read; quote it"),
        ("a: b\na: c", "line 2: 'a' stands twice"),
        ("a: b: c", "line 1: two colons: 'b: c'; quote it"),
        ("a: b\n\tc: d", "line 2: a tab, directive or second document is not read"),
        ("a: b\n---\nc: d", "line 2: a tab, directive or second document is not read"),
        ("a: b\n   c: d", "line 2: expected the end or a deeper line, got 'c: d'"),
        ("a:\n    b: c\n  d: e", "line 3: expected the end or a deeper line, got 'd: e'"),
        ("a: 'b", 'line 1: a quoted text that does not end, or goes on: "\'b"'),
        ("a: 'b' c", "line 1: a quoted text that does not end, or goes on: \"'b' c\""),
        ('a: "\\x"', "line 1: a quoted text that does not end, or goes on: '\"\\\\x\"'"),
        ("- " * 30 + "a", "line 1: deeper than 20 levels"),
        ("\n" * 100_000, "expected at most 100,000 lines, it has 100,001"),
    ],
)
def test_yaml_that_is_not_read(text, said):
    with pytest.raises(block_yaml.YamlError) as e:
        block_yaml.read(text)
    assert str(e.value).startswith(said)


def test_long_lines_take_linear_time():
    for line in ("a" * 2_000_000, "a " * 1_000_000, "'" * 2_000_000, '"' + "\\" * 2_000_000, "- " * 1_000_000,
                 "a" + " " * 1_000_000 + "b", "#" + " " * 1_000_000 + "b", "'a'" + " " * 1_000_000 + "b"):  # fmt: skip
        try:
            block_yaml.read(f"k: {line}")
            block_yaml.read(line)
        except block_yaml.YamlError:
            continue
    assert sys.getrecursionlimit() < 100_000

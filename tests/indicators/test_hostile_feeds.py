"""Feeds and values that are made to stop the matching, or to slip past it."""

import json

import pytest

from bridle.formats.urls import ips_in, nested_urls
from bridle.indicators import Indicator, IndicatorSet, Matcher, load
from bridle.indicators.normalise import NORMALISE

GOOD = {"type": "indicator", "id": "indicator--1", "pattern": "[file:name='one.plist']"}


def found(kind, published, field, value):
    i = Indicator(kind=kind, value=NORMALISE[kind](published), shown=published, feeds=("f",))
    matches = Matcher(IndicatorSet(indicators=(i,), feeds=())).matches(field, value, "mention")
    return [(m.indicator.shown, m.strength) for m in matches]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"type": [], "id": "a"}, "1 entries are not objects"),
        (
            {**GOOD, "id": "b", "pattern": "[file:name='\ud800']"},
            "the pattern cannot be parsed: character 13: expected text, got '\\ud800'",
        ),
    ],
)
def test_odd_values_are_one_warning(tmp_path, bad, reason):
    file = tmp_path / "odd.json"
    file.write_text(json.dumps({"objects": [bad, GOOD]}))
    s = load([file])
    assert [i.value for i in s.indicators] == ["one.plist"]
    assert [w.reason for w in s.warnings] == [reason]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("number.json", '{"objects": [], "n": ' + "1" * 6000 + "}", "not JSON: Exceeds the limit"),
        ("cell.csv", "domain,ip\nok.example,\n" + "a" * 200_000 + ",\n", "after line 2: field larger than"),
        ("head.csv", "a" * 200_000 + ",\n", "after line 2: field larger than"),
    ],
)
def test_a_feed_the_standard_reader_refuses_is_not_loaded(tmp_path, name, data, reason):
    (tmp_path / name).write_text(data)
    (tmp_path / "z.txt").write_text("lure.example\n")
    s = load([tmp_path])
    assert [(f.name, f.loaded) for f in s.feeds] == [(name, False), ("z.txt", True)]
    assert s.feeds[0].reason.startswith(reason)


@pytest.mark.parametrize(
    "text", ["http://" * 150_000, "http" * 250_000, "u=http%3A//b.example&" * 50_000, "%25" * 300_000]
)
def test_a_long_url_is_searched_in_bounded_time(text):
    assert len(nested_urls("https://r.example/?" + text)) <= 64


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ip-address", "198.51.100.7:443"),
        ("ip-address", "::ffff:198.51.100.7"),
        ("url", "http://[::ffff:198.51.100.7]/"),
        ("text", "answer from 198.51.100.7:8080 now"),
    ],
)
def test_an_address_with_a_port_or_written_as_ipv6(field, value):
    assert found("ip-address", "198.51.100.7", field, value) == [("198.51.100.7", "exact")]


def test_an_address_before_a_port_stands_alone():
    assert ips_in("198.51.100.7:80, 198.51.100.9:x, 1.198.51.100.8:80, 198.51.100.8:80.1") == ["198.51.100.7"]
    assert found("ip-address", "2001:db8::5", "ip-address", "[2001:db8::5]:443") == [("2001:db8::5", "exact")]


@pytest.mark.parametrize(
    "value", ["/private/var//tmp/stop", "/var/tmp/./stop", "/private/var/db/../tmp/stop", "//tmp/stop"]
)
def test_a_path_that_takes_a_detour(value):
    assert found("file-path", "/private/var/tmp/stop", "file-path", value) == [("/private/var/tmp/stop", "exact")]


def test_a_folder_that_is_left_again_is_not_matched():
    assert found("file-path", "/private/var/tmp/l/", "file-path", "/private/var/tmp/l/../ok") == []


def test_a_scheme_in_capitals():
    assert found("email", "a@lure.example", "account", "MAILTO:A@lure.example") == [("a@lure.example", "exact")]

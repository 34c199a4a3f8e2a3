"""Values sorted by their names and shapes."""

from datetime import datetime

import pytest

from bridle.formats.named_values import DEEPEST, LONGEST, MOST_VALUES, clock, sorted_values, when


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"url": "https://a.example.org/x y"}, {"urls": ("https://a.example.org/x y",)}),
        ({"Proc_Name": "bh"}, {"processes": ("bh",)}),
        ({"packageName": "org.example.app/.Main"}, {"apps": ("org.example.app/.Main",)}),
        ({"package_name": "two words"}, {"texts": ("two words",)}),
        ({"number": "+1 555 0100"}, {"phone_numbers": ("+1 555 0100",)}),
        ({"count": "+1 555 0100"}, {"texts": ("+1 555 0100",)}),
        ({"number": "tel:+15550100"}, {"phone_numbers": ("+15550100",)}),
        ({"user": "mailto:a@example.org"}, {"emails": ("a@example.org",)}),
        ({"host": "a.example.org"}, {"domains": ("a.example.org",)}),
        ({"host": "AppDomain"}, {}),
        ({"x": "2001:db8::1"}, {"ip_addresses": ("2001:db8::1",)}),
        ({"sha256": "ab" * 32}, {"sha256": ("ab" * 32,)}),
        ({"file_hash": "ab" * 16}, {"md5": ("ab" * 16,)}),
        ({"file_id": "ab" * 20}, {}),
        ({"certificate_sha1": "ab" * 20}, {"certificates": ("ab" * 20,)}),
        ({"relative_path": "Library/a.db"}, {"texts": ("Library/a.db",), "files": ("a.db",)}),
        ({"path": "/private/var/a.db"}, {"paths": ("/private/var/a.db",), "files": ("a.db",)}),
        ({"when": "2021-05-14 09:52:31"}, {}),
        ({"n": 7, "none": None, "yes": True, "x": [[], {}]}, {}),
        ([{"url": "http://b.example"}, {"url": "http://b.example"}], {"urls": ("http://b.example",)}),
        ({"text": "\udce9 caf\udce9"}, {"texts": ("\\udce9 caf\\udce9",)}),
    ],
)
def test_kinds(item, expected):
    assert sorted_values(item) == expected


def test_what_is_left_out_and_what_is_cut():
    assert sorted_values({"own": {"url": "http://a.example"}, "url": "http://b.example"}, frozenset({"own"})) == {
        "urls": ("http://b.example",)
    }
    assert sorted_values({"text": "a " * LONGEST}) == {"texts": (("a " * LONGEST)[:LONGEST].strip(),)}


def test_bounds():
    deep = {"url": "http://a.example"}
    for _ in range(DEEPEST + 1):
        deep = {"in": deep}
    assert sorted_values(deep) == {}
    many = {"urls": [f"http://{n}.example" for n in range(2 * MOST_VALUES)]}
    assert len(sorted_values(many)["urls"]) == MOST_VALUES - 2


def test_times():
    assert when({"isodate": "2019-08-29 23:07:42.744511"}) == datetime(2019, 8, 29, 23, 7, 42, 744511)
    assert when({"date": "odd", "modified": "2021-05-14T10:00:00+02:00"}) == datetime(2021, 5, 14, 8)
    assert when({"isodate": ""}) is None
    assert when([]) is None
    assert [clock(v) for v in ("", "9999-99-99 00:00", "0001-01-01 00:00:00+14:00", "yesterday")] == [None] * 4

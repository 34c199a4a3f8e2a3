"""Rows onto record types, value by value."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridle.core import Gap, ProcessName, Record, Utc, WallClock, fields_of, note, record
from bridle.formats import table
from bridle.formats.plist import Unreadable
from bridle.formats.table import Repeated, Row, Undecodable, col, rest
from bridle.formats.values import cocoa, naive_utc


@record(surface="network-user")
class Process(Record):
    name: ProcessName | None = col("ZPROCNAME", doc="as it names itself")
    first: Utc | None = col("ZFIRSTTIMESTAMP", cocoa)
    hits: int = col("ZHITS", doc="connections", surface="mention")


@record
class Application(Record):
    bundle_id: str = col("CFBundleIdentifier")
    installed: Utc | None = col("installed", naive_utc)
    extra: str | None = rest(doc="everything else")


@record
class Written(Record):
    n: int | None = col("n", int)


def _rows(*rows):
    return [(f"ZPROCESS:{i}", row) for i, row in enumerate(rows, 1)]


def test_a_row_becomes_a_record():
    row = {"ZPROCNAME": "bh", "ZFIRSTTIMESTAMP": 600000000.25, "ZHITS": 7, "ZOTHER": b"x"}
    assert list(table.records(_rows(row), Process)) == [
        Process(locator="ZPROCESS:1", name="bh", first=datetime(2020, 1, 6, 10, 40, 0, 250000, tzinfo=UTC), hits=7)
    ]


def test_a_missing_key_and_null_are_none():
    assert list(table.records(_rows({"ZHITS": 0, "ZPROCNAME": None}), Process)) == [
        Process(locator="ZPROCESS:1", name=None, first=None, hits=0)
    ]


def test_a_bad_optional_value_costs_itself_only():
    row = {"ZPROCNAME": 12, "ZFIRSTTIMESTAMP": "not a time", "ZHITS": 3.0}
    assert list(table.records(_rows(row), Process)) == [
        Process(locator="ZPROCESS:1", name=None, first=None, hits=3),
        Gap(locator="ZPROCESS:1.ZPROCNAME", reason="Process: ZPROCNAME: expected text, got 12"),
        Gap(
            locator="ZPROCESS:1.ZFIRSTTIMESTAMP",
            reason="Process: ZFIRSTTIMESTAMP: expected seconds since 2001, got 'not a time'",
        ),
    ]


@pytest.mark.parametrize(
    ("hits", "said"),
    [
        (None, "expected a value, got NULL"),
        ("many", "expected a 64-bit integer, got 'many'"),
        (1 << 63, "expected a 64-bit integer, got 9223372036854775808"),
    ],
)
def test_a_bad_required_value_costs_the_row_and_the_rest_go_on(hits, said):
    rows = _rows({"ZPROCNAME": 12, "ZHITS": hits}, {"ZHITS": 1})
    assert list(table.records(rows, Process)) == [
        Gap(locator="ZPROCESS:1", reason=f"Process: ZHITS: {said}"),
        Process(locator="ZPROCESS:2", name=None, first=None, hits=1),
    ]


def test_half_a_character_is_no_text():
    (kept, gap) = table.records(_rows({"ZPROCNAME": "a\ud800", "ZHITS": 1}), Process)
    assert kept == Process(locator="ZPROCESS:1", name=None, first=None, hits=1)
    assert gap == Gap(
        locator="ZPROCESS:1.ZPROCNAME",
        reason="Process: ZPROCNAME: expected text, got half a character in 'a\\ud800'",
    )


@pytest.mark.parametrize(
    ("value", "read", "said"),
    [
        ("9223372036854775807", 2**63 - 1, None),
        ("-9223372036854775808", -(2**63), None),
        ("9223372036854775808", None, "64 bits"),
        ("-9223372036854775809", None, "64 bits"),
        ("1" + "0" * 20, None, "67 bits"),
    ],
)
def test_an_integer_that_no_table_holds_is_a_gap(value, read, said):
    found = list(table.records([("line 1", {"n": value})], Written))
    gap = [Gap(locator="line 1.n", reason=f"Written: n: expected a 64-bit integer, got {said}")] if said else []
    assert found == [Written(locator="line 1", n=read), *gap]


def test_text_that_does_not_decode_is_told_by_its_first_bytes():
    (_, gap) = table.records(_rows({"ZPROCNAME": Undecodable(b"bh\xff" + b"a" * 20), "ZHITS": 1}), Process)
    assert gap.reason == (
        "Process: ZPROCNAME: expected text in the file's encoding, got bytes 6268ff61616161616161616161616161…"
    )


def test_a_value_of_a_property_list_that_does_not_decode_is_a_gap_and_no_text():
    bad = Unreadable("expected ascii text, got b'\\xff'", 9)
    row = {
        "CFBundleIdentifier": "org.example.app",
        "installed": bad,
        "other": bad,
        "deep": {"a": [1, bad, "x"], "b": bad},
    }
    application, *gaps = table.records([("app", row)], Application)
    assert (application.installed, application.extra) == (None, '{"deep": {"a": [1, null, "x"], "b": null}}')
    assert gaps == [
        Gap(locator=f"app.{key}", reason=f"Application: {key}: expected ascii text, got b'\\xff'")
        for key in ("installed", "other", "deep")
    ]


def test_a_key_that_does_not_decode_is_a_gap_and_a_number():
    bad = Unreadable("expected ascii text, got b'\\xff'", 9)
    row = {"CFBundleIdentifier": "org.example.app", bad: 1, "deep": {"a": 2, bad: 3}}
    application, *gaps = table.records([("app", row)], Application)
    assert application.extra == '{"deep": {"a": 2, "~22": 3}, "~22": 1}'
    assert gaps == [
        Gap(locator=f"app.{key}", reason=f"Application: {key}: key 2: expected ascii text, got b'\\xff'")
        for key in ("~22", "deep")
    ]


def test_a_gap_that_two_readers_found_is_told_once():
    first, second = ({"ZPROCNAME": None, "ZHITS": hits} for hits in (1, 2))
    gap, other = Gap(locator="a.ZDATA", reason="expected an archive"), Gap(locator="a.ZMORE", reason="expected text")
    found = list(table.records([("a", first), gap, other, replace(gap, reason="again"), ("b", second)], Process))
    assert found == [
        Process(locator="a", name=None, first=None, hits=1),
        gap,
        other,
        Process(locator="b", name=None, first=None, hits=2),
    ]


def test_rest_is_json_with_sorted_keys_and_hexadecimal_bytes():
    row = {
        "zebra": b"\x00\xff", "CFBundleIdentifier": "org.example.app", "Absent": None, "inf": float("inf"),
        "deep": {"when": datetime(2020, 1, 6, 10, 40), "list": [1, "ä", b"\x01"]}, "Bad": "\ud800",
    }  # fmt: skip
    (application,) = table.records([("app", row)], Application)
    assert application.extra == (
        '{"Bad": "\\\\ud800", "deep": {"list": [1, "ä", "01"], "when": "2020-01-06T10:40:00Z"}, '
        '"inf": "inf", "zebra": "00ff"}'
    )


def test_rest_is_none_where_nothing_is_left():
    row = {"CFBundleIdentifier": "org.example.app", "installed": datetime(2020, 1, 6), "other": None}
    (application,) = table.records([("app", row)], Application)
    assert application.extra is None
    assert application.installed == datetime(2020, 1, 6, tzinfo=UTC)


def test_rest_keeps_a_mapping_key_that_differs_in_case_only():
    row = {"CFBundleIdentifier": "org.example.app", "cfbundleidentifier": "other"}
    (application,) = table.records([("app", row)], Application)
    assert application.extra == '{"cfbundleidentifier": "other"}'


def test_rest_of_a_bottomless_value_is_a_gap():
    value: object = "x"
    for _ in range(5000):
        value = [value]
    row = {"CFBundleIdentifier": "org.example.app", "deep": value, "n": 1}
    application, gap = table.records([("app", row)], Application)
    assert json.loads(application.extra) == {"n": 1}
    assert gap == Gap(locator="app.deep", reason="Application: deep: expected at most 64 levels, got more")


def test_a_row_finds_columns_whatever_their_case():
    row = Row("t:1", ("ZName", "b"), {"ZName": 0, "zname": 0, "b": 1}, ("x", 2))
    assert (row["ZNAME"], row["zname"], row["ZName"], row["absent"], row.get("B")) == ("x", "x", "x", None, 2)
    assert ("ZNAME" in row, "absent" in row, list(row), len(row)) == (True, False, ["ZName", "b"], 2)


def test_values_of_several_rows_are_read_once_and_by_each_record_type_for_itself():
    asked = []

    def once(value):
        asked.append(value)
        return cocoa(value)

    @record
    class Seen(Record):
        first: Utc | None = col("ZFIRSTTIMESTAMP", once)

    values = Repeated(ZPROCNAME="bh", ZFIRSTTIMESTAMP=600000000, ZHITS=7)
    first = datetime(2020, 1, 6, 10, 40, tzinfo=UTC)
    assert list(table.records(_rows(values, values), Seen)) == [
        Seen(locator="ZPROCESS:1", first=first), Seen(locator="ZPROCESS:2", first=first),
    ]  # fmt: skip
    assert asked == [600000000]
    assert list(table.records(_rows(values), Process)) == [
        Process(locator="ZPROCESS:1", name="bh", first=first, hits=7)
    ]


def test_values_of_several_rows_that_cannot_be_read_are_a_gap_of_each():
    values = Repeated(ZPROCNAME=12, ZHITS=7)
    reason = "Process: ZPROCNAME: expected text, got 12"
    assert list(table.records(_rows(values, values), Process)) == [
        Process(locator="ZPROCESS:1", name=None, first=None, hits=7),
        Gap(locator="ZPROCESS:1.ZPROCNAME", reason=reason),
        Process(locator="ZPROCESS:2", name=None, first=None, hits=7),
        Gap(locator="ZPROCESS:2.ZPROCNAME", reason=reason),
    ]


def test_gaps_among_the_rows_are_passed_on_once():
    row = Row("t:1", ("ZPROCNAME", "ZHITS"), {"zprocname": 0, "zhits": 1}, (Undecodable(b"\xff"), 1))
    rows = [row, Gap(locator="t:1.ZPROCNAME", reason="again"), Gap(locator="t:after 1", reason="damaged")]
    _, gap, damaged = table.records(rows, Process)
    assert gap.reason.startswith("Process: ZPROCNAME: ")
    assert damaged == Gap(locator="t:after 1", reason="damaged")


def test_col_carries_doc_and_surface_as_note_does():
    fields = {f.name: f for f in fields_of(Process)}
    assert (fields["name"].doc, fields["name"].surface, fields["name"].kind) == (
        "as it names itself", "network-user", "process-name",
    )  # fmt: skip
    assert (fields["hits"].doc, fields["hits"].surface) == ("connections", "mention")
    with pytest.raises(ValueError, match="unknown surface 'elsewhere'"):
        col("x", surface="elsewhere")


@record
class NoReader(Record):
    when: WallClock | None = col("when")


@record
class NoColumn(Record):
    when: int | None = note(doc="from nowhere")


@pytest.mark.parametrize("cls", [NoReader, NoColumn])
def test_a_field_that_cannot_be_read_is_our_own_mistake(cls):
    with pytest.raises(TypeError, match=f"{cls.__name__}.when"):
        table.plan(cls)


def test_a_row_with_more_columns():
    row = Row("t:1", ("A", "b"), {"A": 0, "a": 0, "b": 1}, (1, 2))
    found = table.extended(row, {"(c)": 3, "B": 4})
    assert (found.locator, found["a"], found["(c)"], found["b"], found["B"]) == ("t:1", 1, 3, 4, 4)

"""DataUsage.sqlite and netusage.sqlite: the rows that a join, a sum or a filter would lose."""

from __future__ import annotations

import pytest

from artifact_files import Stored, database, gaps, rows
from bridle import artifacts
from bridle.core import fields_of
from bridle.indicators import Indicator, IndicatorSet, Matcher
from real import of

SCHEMA = """
CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZFIRSTTIMESTAMP TIMESTAMP, ZTIMESTAMP TIMESTAMP, ZBUNDLENAME VARCHAR,
  ZPROCNAME VARCHAR);
CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP TIMESTAMP, ZWIFIIN FLOAT,
  ZWIFIOUT FLOAT, ZWWANIN FLOAT, ZWWANOUT FLOAT);
"""
both = pytest.mark.parametrize("name", ["ios.data_usage", "ios.net_usage"])


def read(name: str, sql: str):
    return rows(artifacts.load(name), Stored(database(SCHEMA + sql)))


@both
def test_a_process_without_usage_is_a_row(name: str) -> None:
    found = read(name, "INSERT INTO ZPROCESS VALUES (2, 600000000, NULL, NULL, 'bh')")
    assert [(p.process_id, p.name) for p in of(found, "Process")] == [(2, "bh")]
    assert of(found, "Usage") == gaps(found) == []


@both
def test_usage_whose_process_was_deleted_is_a_row(name: str) -> None:
    found = read(name, "INSERT INTO ZLIVEUSAGE VALUES (12, 5, 600000350, 0, 0, 77, 88)")
    assert [(u.locator, u.process_id, u.wwan_out) for u in of(found, "Usage")] == [("ZLIVEUSAGE:12", 5, 88)]


@both
def test_usage_of_no_process_is_a_row_and_costs_no_other(name: str) -> None:
    found = read(
        name,
        "INSERT INTO ZPROCESS VALUES (2, 600000000, NULL, NULL, 'bh');"
        "INSERT INTO ZLIVEUSAGE VALUES (13, NULL, 600000351, 0, 0, 1, 5)",
    )
    assert [p.name for p in of(found, "Process")] == ["bh"]
    assert [(u.process_id, u.wwan_out) for u in of(found, "Usage")] == [(None, 5)]


@both
def test_counts_that_are_null_stay_none(name: str) -> None:
    found = read(name, "INSERT INTO ZLIVEUSAGE VALUES (14, 2, 600000350, NULL, NULL, NULL, NULL)")
    (usage,) = of(found, "Usage")
    assert (usage.wifi_in, usage.wifi_out, usage.wwan_in, usage.wwan_out) == (None, None, None, None)
    assert gaps(found) == []


@both
def test_a_process_without_a_name_is_a_row(name: str) -> None:
    found = read(name, "INSERT INTO ZPROCESS VALUES (3, 600000000, NULL, NULL, NULL)")
    assert [(p.process_id, p.name, p.delegate) for p in of(found, "Process")] == [(3, None, None)]


@both
def test_the_same_usage_twice_is_two_rows(name: str) -> None:
    same = "600000400, 0, 0, 3, 4"
    found = read(name, f"INSERT INTO ZLIVEUSAGE VALUES (15, 1, {same}), (16, 1, {same})")
    assert [u.locator for u in of(found, "Usage")] == ["ZLIVEUSAGE:15", "ZLIVEUSAGE:16"]


@both
@pytest.mark.parametrize(
    ("stored", "kind", "indicator"),
    [
        ("bh", "process-name", "bh"),
        ("bh/org.example.app", "process-name", "bh"),
        ("exampled/bh", "process-name", "bh"),
        ("0A1B2C3D-0000-4000-8000-000000000000/bh", "process-name", "bh"),
        ("exampled/org.example.app", "app-id", "org.example.app"),
        ("0A1B2C3D-0000-4000-8000-000000000000/org.example.app", "app-id", "org.example.app"),
    ],
)
def test_every_part_of_a_name_is_matched(name: str, stored: str, kind: str, indicator: str) -> None:
    (process,) = of(read(name, f"INSERT INTO ZPROCESS VALUES (1, 1, 1, NULL, '{stored}')"), "Process")
    sought = Indicator(kind=kind, value=indicator, shown=indicator, feeds=("f",))
    matcher = Matcher(IndicatorSet(indicators=(sought,), feeds=()))
    hits = [
        m.indicator.value
        for f in fields_of(type(process))
        if f.kind is not None and (value := getattr(process, f.name)) is not None
        for m in matcher.matches(f.kind, value, f.surface)
    ]
    assert set(hits) == {indicator}

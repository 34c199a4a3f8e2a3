"""Whole columns at once and value by value give the same records and the same Gaps."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import Gap, Record, Utc, record
from bridle.formats import sqlite, table
from bridle.formats.table import col, rest
from bridle.formats.values import (
    NoneWhere,
    cocoa,
    cocoa_or_nanoseconds,
    integer,
    length,
    text_or_utf8,
    unix,
    unix_milliseconds,
    webkit,
)
from sqlite_files import Stored


def halved(value):
    """A reader of a parser's own."""
    return integer(value) // 2


@record
class Values(Record):
    text: str | None = col("a")
    number: int | None = col("b")
    real: float | None = col("c")
    flag: bool | None = col("d")
    body: bytes | None = col("e")
    second: Utc | None = col("f", cocoa)
    mixed: Utc | None = col("g", cocoa_or_nanoseconds)
    posix: Utc | None = col("h", unix)
    thousandth: Utc | None = col("i", unix_milliseconds)
    chrome: Utc | None = col("j", webkit)
    half: int | None = col("k", halved)
    again: str | None = col("f")
    absent: int | None = col("nowhere")


@record
class Strict(Record):
    text: str = col("a")
    number: int = col("b")
    second: Utc = col("f", cocoa)
    flag: bool | None = col("d")
    more: str | None = rest()


@record
class Unmapped(Record):
    half: int | None = col("k", halved)
    time: Utc | None = col("f", NoneWhere(cocoa, (0, -1)))
    utf8: str | None = col("E", text_or_utf8)
    size: int | None = col("e", length)
    more: str | None = rest()


COLUMNS = "abcdefghijk"
EDGES = [
    0, 1, -1, 2, 10**12, 10**12 + 1, -(10**12) - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 9 * 10**9,
    600000000, 600000000 * 10**9 + 123456789, -63_113_904_000, 252_423_993_599, 252_423_993_600, 253_402_300_800,
    13_222_836_000_000_000, 0.5, 1.0, -0.0, 2.0**53, 2.0**63, 1e300, float("inf"), 600000000.123456, 600000000.0000005,
    -63_113_904_000.5, 1e12 + 0.5, 6e17, 0.0000015, 253_402_300_799.9999997, "", "a", "1", "ä😀", b"", b"\xff", None,
]  # fmt: skip
stored = st.one_of(
    st.sampled_from(EDGES),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(10**11), 10**11),
    st.floats(allow_nan=False),
    st.floats(-7e10, 3e11),
    st.text(max_size=4),
    st.binary(max_size=4),
    st.none(),
)
like = st.sampled_from([
    st.sampled_from([0, 1, None]), st.integers(-(2**63), 2**63 - 1), st.integers(-(10**11), 3 * 10**11),
    st.integers(0, 9 * 10**17), st.floats(-7e10, 3e11), st.floats(allow_nan=False), st.text(max_size=4),
    st.binary(max_size=3), st.one_of(st.integers(0, 10**10), st.floats(0, 1e10)), st.sampled_from(EDGES), stored,
])  # fmt: skip


@st.composite
def tables(draw):
    """Rows whose columns are mostly of one type each, as those of real tables are."""
    count = draw(st.integers(0, 6))
    columns = [draw(st.lists(draw(like), min_size=count, max_size=count)) for _ in COLUMNS]
    bad = draw(st.sets(st.integers(0, max(count - 1, 0)), max_size=1)) if draw(st.booleans()) else set()
    return [tuple(c[i] for c in columns) for i in range(count)], bad


def _database(rows, bad):
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"CREATE TABLE t ({', '.join(COLUMNS)})")
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        for i in bad:
            connection.execute("UPDATE t SET a = CAST(x'61ff' AS TEXT) WHERE rowid = ?", (i + 1,))
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


@pytest.mark.parametrize("cls", [Values, Strict, Unmapped])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(made=tables())
def test_both_ways_are_equal(cls, made):
    with sqlite.connect(Stored(_database(*made))) as db:
        fast = list(db.table("t", cls))
        slow = list(table.records(db.rows("t"), cls))
    assert repr([r for item in fast if not isinstance(item, Gap) for r in item]) == repr(
        [r for r in slow if not isinstance(r, Gap)]
    )
    assert [g for g in fast if isinstance(g, Gap)] == [g for g in slow if isinstance(g, Gap)]


def read(*rows):
    wide = [(*row, *[None] * (len(COLUMNS) - len(row))) for row in rows]
    with sqlite.connect(Stored(_database(wide, ()))) as db:
        return [r for item in db.table("t", Values) for r in ([item] if isinstance(item, Gap) else item)]


def test_times_of_each_epoch():
    nothing = (None,) * 5
    row, other, *gaps = read(
        (*nothing, 600000000, 600000000123456789, 1578307200, 1578307200123, 13222780800000001),
        (*nothing, -1, 600000000, -1, -1, 0),
    )
    assert [g.locator for g in gaps] == ["t:1.f", "t:2.f"]
    when = datetime(2020, 1, 6, 10, 40, tzinfo=UTC)
    assert (row.second, row.mixed) == (when, when.replace(microsecond=123456))
    assert (row.posix, row.thousandth, row.chrome) == (
        when, when.replace(microsecond=123000), when.replace(microsecond=1),
    )  # fmt: skip
    assert (other.second, other.mixed) == (datetime(2000, 12, 31, 23, 59, 59, tzinfo=UTC), when)
    assert (other.posix, other.thousandth, other.chrome) == (
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        datetime(1601, 1, 1, tzinfo=UTC),
    )


def test_an_odd_value_leaves_its_column_exact():
    first, second, gap = read(("a", 2**62 + 1), ("b", 0.5))
    assert (first.number, second.number, second.text) == (2**62 + 1, None, "b")
    assert gap == Gap(locator="t:2.b", reason="Values: b: expected a 64-bit integer, got 0.5")


def test_columns_that_no_field_maps_are_one_object():
    nothing = (None,) * 11
    rows = [("a", 1, 0.5, None, b"\xff", 7, *nothing[6:]), nothing, ("\n", 1, -0.0, "ä", b"", None, *nothing[6:])]
    with sqlite.connect(Stored(_database(rows, ()))) as db:
        found = [r.more for item in db.table("t", Unmapped) if not isinstance(item, Gap) for r in item]
    assert found == ['{"a": "a", "b": 1, "c": 0.5}', None, '{"a": "\\n", "b": 1, "c": -0.0, "d": "ä"}']


def test_columns_that_are_the_same_in_all_rows():
    rows = [("a", 1, 0.5, "x", None, None, 3, *[None] * 4), ("b", 1, 0.5, "x", None, None, 3, *[None] * 4)]
    with sqlite.connect(Stored(_database(rows, ()))) as db:
        found = [r.more for item in db.table("t", Unmapped) if not isinstance(item, Gap) for r in item]
    assert found == [
        '{"a": "a", "b": 1, "c": 0.5, "d": "x", "g": 3}',
        '{"a": "b", "b": 1, "c": 0.5, "d": "x", "g": 3}',
    ]

"""Rows in Blocks are those that come as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.core import Gap, Record, record
from bridle.formats import table, values
from bridle.formats.row_blocks import in_blocks
from bridle.formats.table import Lost, Undecodable, col, records
from bridle.formats.values import texts


@record
class Kept(Record):
    """A row of every kind of value."""

    name: str | None = col("name")
    number: int = col("number")
    share: float | None = col("share")
    flag: bool | None = col("flag")
    many: tuple[str, ...] | None = col("many", texts)


VALUES = st.one_of(
    st.none(), st.text(st.sampled_from("aZ0é\ud800"), max_size=4), st.integers(), st.floats(), st.booleans(),
    st.binary(max_size=3), st.just(Undecodable(b"\xff")), st.just(Lost("lost")),
    st.lists(st.sampled_from(["", "a", "é"]), max_size=2),
    st.sampled_from([2**63, 2**63 - 1, -(2**63), -(2**63) - 1, "\ud800", 1.0, "a"]),
)  # fmt: skip
ROWS = st.dictionaries(st.sampled_from(["name", "number", "share", "flag", "many", "other"]), VALUES)


def _apart(items: Any) -> tuple[list[Record], list[Gap]]:
    rows: list[Record] = []
    gaps: list[Gap] = []
    for item in items:
        if isinstance(item, Gap):
            gaps.append(item)
        else:
            rows.extend([item] if isinstance(item, Record) else item)
    return rows, gaps


@given(st.lists(ROWS | st.just(None), max_size=8))
def test_blocks_hold_the_rows_that_come_as_records(rows: list[dict[str, Any] | None]) -> None:
    stored = [
        Gap(locator=f"row {n}", reason="gone") if row is None else (f"row {n}", row) for n, row in enumerate(rows)
    ]
    assert repr(_apart(in_blocks(stored, Kept))) == repr(_apart(records(stored, Kept)))


def test_what_comes_before_damage_is_kept() -> None:
    def rows() -> Iterator[tuple[str, dict[str, Any]]]:
        yield "row 1", {"number": 1, "name": "a"}
        raise ValueError("damaged")

    found = in_blocks(rows(), Kept)
    assert list(next(found)) == [  # type: ignore[call-overload]
        Kept(locator="row 1", name="a", number=1, share=None, flag=None, many=None)
    ]
    with pytest.raises(ValueError, match="damaged"):
        next(found)


@given(VALUES, st.sampled_from([values.text, values.integer, values.real, values.truth, values.blob]))
def test_a_value_is_read_as_it_is_converted(value: Any, read: Any) -> None:
    column = table.Column("a", "a", read, optional=True)
    found, gaps = table._read(table.Plan("Kept", (column,), None), "row 1", {"a": value})
    meaning, reason = table.convert(column, value)
    assert found is not None
    assert (type(found["a"]), repr(found["a"])) == (type(meaning), repr(meaning))
    assert [g.reason for g in gaps] == ([] if reason is None else [f"Kept: a: {reason}"])

"""What a query returns, asked once: the types of its columns, and its rows where they are few.

To plan a query of ours costs milliseconds, and to run it on a phone's tables mostly less: whether there is a row, what
its columns are and what stands in them are not three questions. Rows come by Arrow, which tells times as microseconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from bridle.classes import dataclass

FEW = 1000
"""Rows that are given."""
_HUGE = "HUGEINT"
Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The columns of a query, and all its rows."""

    types: Mapping[str, str]
    """DuckDB's names of the types, by the names of the columns."""
    rows: list[Row] | None
    """Times with and without a zone as microseconds since 1970; None where there are more than `FEW`, or a column is of
    a type that DuckDB itself has to turn into values."""


def ask(db: duckdb.DuckDBPyConnection, inner: str, values: Mapping[str, Any]) -> Answer:
    """The answer to one SELECT statement of ours. Raises duckdb.Error."""
    found = db.execute(f"SELECT * FROM ({inner}\n) LIMIT {FEW + 1}", dict(values))  # noqa: S608 - one SELECT
    types = {name: str(of) for name, of, *_ in found.description or ()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # DuckDB 2 says that a relation would copy less: it is planned twice
        table: pa.Table = found.to_arrow_table()
    if table.num_rows > FEW or not all(
        _is_plain(c.type, of) for c, of in zip(table.columns, types.values(), strict=True)
    ):
        return Answer(types=types, rows=None)
    columns = [_values(c, of) for c, of in zip(table.columns, types.values(), strict=True)]
    return Answer(types=types, rows=list(zip(*columns, strict=True)))


def _is_plain(of: pa.DataType, named: str) -> bool:
    """Whether Arrow's values are those that DuckDB gives."""
    return named == _HUGE or _is_instant(of) or _is_simple(of)


def _is_instant(of: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(of) and of.unit == "us")


def _is_simple(of: pa.DataType) -> bool:
    if pa.types.is_list(of):
        return _is_simple(of.value_type)
    if pa.types.is_struct(of):
        return all(_is_simple(f.type) for f in of)
    return bool(
        pa.types.is_string(of) or pa.types.is_integer(of) or pa.types.is_boolean(of) or pa.types.is_floating(of)
        or pa.types.is_binary(of) or pa.types.is_null(of)
    )  # fmt: skip


def _values(column: pa.ChunkedArray, named: str) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        return list(column.cast(pa.int64()).to_pylist())
    given = column.to_pylist()
    return [None if v is None else int(v) for v in given] if named == _HUGE else list(given)

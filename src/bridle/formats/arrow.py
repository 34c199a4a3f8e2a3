"""Records as Arrow columns: the schema of a record type, and a Block backed by an Arrow table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import pyarrow as pa

from bridle.core import Field, Record, Utc, WallClock, fields_of

R = TypeVar("R", bound=Record)

TYPES = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    Utc: pa.timestamp("us", tz="UTC"),
    WallClock: pa.timestamp("us"),
}


def schema(cls: type[Record]) -> pa.Schema:
    """The Arrow schema of a record type; kind, surface and doc of each field are in its metadata."""
    return _schema(cast(Hashable, cls))


@lru_cache(maxsize=1024)
def _schema(cls: Any) -> pa.Schema:
    return pa.schema([_arrow_field(f) for f in fields_of(cls)])


def _arrow_field(f: Field) -> pa.Field:
    of = pa.list_(TYPES[f.type]) if f.many else TYPES[f.type]
    notes = {"kind": f.kind or "", "surface": f.surface if f.kind else "", "doc": f.doc}
    return pa.field(f.name, of, nullable=f.optional, metadata={k: v for k, v in notes.items() if v})


def table_of(cls: type[R], rows: Iterable[R]) -> pa.Table:
    """Records as an Arrow table of their type's schema."""
    s = schema(cls)
    rows = list(rows)
    return pa.table([pa.array([getattr(r, n) for r in rows], type=s.field(n).type) for n in s.names], schema=s)


class ArrowBlock(Generic[R]):
    """Many records of one type as Arrow columns. `table` has exactly the columns of `schema(record)`."""

    __slots__ = ("record", "table")

    def __init__(self, record: type[R], table: pa.Table) -> None:
        self.record, self.table = record, table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[R]:
        names = self.table.column_names
        for batch in self.table.to_batches():
            for values in zip(*(_python(column) for column in batch.columns), strict=True):
                yield self.record(**dict(zip(names, values, strict=True)))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


def _python(column: pa.Array) -> list[Any]:
    """Python values of a column; timestamps by arithmetic, so that no time zone database is asked."""
    if pa.types.is_timestamp(column.type):
        epoch = _EPOCH if column.type.tz else _NAIVE_EPOCH
        return [None if v is None else epoch + timedelta(microseconds=v) for v in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_list(column.type):
        return [None if v is None else tuple(v) for v in column.to_pylist()]
    return list(column.to_pylist())

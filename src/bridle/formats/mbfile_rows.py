"""Rows of a manifest's `Files` as blocks of a record type: whole columns where all is as it should be.

A row with anything odd is read alone, and stands where it stood; a batch with a value of another type, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import Gap, Record
from bridle.formats import mbfile_columns, sqlite
from bridle.formats._parts import Parts, parts
from bridle.formats.arrow import TYPES, ArrowBlock, schema, table_of
from bridle.formats.mbfile import Reader
from bridle.formats.table import Row, plan

R = TypeVar("R", bound=Record)

_STORED = {
    "fileID": pa.string(), "domain": pa.string(), "relativePath": pa.string(), "flags": pa.int64(), "file": pa.binary(),
}  # fmt: skip
_PATH = "RelativePath"
_LATEST = 1 << 33
"""Seconds since 1970 up to which every moment is one that a record can hold."""
_MOMENT = pa.timestamp("us", tz="UTC")


class Rows(Generic[R]):
    """How batches of `Files` become records of `cls`.

    `asked` are the attributes its fields are read from (of which bytes become hexadecimal, and numbers in a field of
    time seconds since 1970, 0 being none), `known` all that it knows; `alone` reads rows one by one.
    """

    def __init__(
        self, cls: type[R], reader: Reader, asked: Mapping[str, type], known: frozenset[str],
        alone: Callable[[Iterator[Row | Gap]], Iterator[R | Gap]],
    ) -> None:  # fmt: skip
        self._cls, self._reader, self._known, self._alone = cls, reader, known, alone
        self._asked = {name: TYPES[of] for name, of in asked.items()}

    def batch(self, locators: pa.Array, stored: Mapping[str, Parts]) -> Iterator[ArrowBlock[R] | R | Gap]:
        """Rows as one block if all their values are of the types they should be, else one by one."""
        columns: dict[str, Any] = {
            name: column.only(_STORED[name]) for name, column in stored.items() if name in _STORED
        }
        if stored.keys() != _STORED.keys() or any(column is None for column in columns.values()):
            yield from self._alone(sqlite.single(locators, stored))
            return
        block, odd = self._columns(locators, columns)
        numbers = pc.indices_nonzero(odd)
        if not len(numbers):
            yield ArrowBlock(self._cls, block)
            return
        few = {name: parts(column.take(numbers).to_pylist()) for name, column in columns.items()}
        found: list[R] = []
        gaps: list[Gap] = []
        for item in self._alone(sqlite.single(locators.take(numbers), few)):
            if isinstance(item, Gap):
                gaps.append(item)
            else:
                found.append(item)
        order = pa.concat_arrays([pc.indices_nonzero(pc.invert(odd)), numbers])
        whole = pa.concat_tables([block.filter(pc.invert(odd)), table_of(self._cls, found)])
        yield ArrowBlock(self._cls, whole.take(pc.sort_indices(order)))
        yield from gaps

    def _columns(self, locators: pa.Array, columns: Mapping[str, pa.Array]) -> tuple[pa.Table, pa.Array]:
        """The rows as columns, and which of them need to be read alone."""
        blobs, path = columns["file"], columns["relativePath"]
        said = mbfile_columns.read(self._reader, blobs, self._asked, self._known)
        other_path = pc.coalesce(pc.not_equal(said.columns[_PATH], path), pc.is_valid(said.columns[_PATH]))
        odd = pc.and_(pc.or_(said.odd, other_path), pc.is_valid(blobs))
        of = schema(self._cls)
        made = {name: pa.nulls(len(locators), of.field(name).type) for name in of.names} | {"locator": locators}
        for c in plan(self._cls).columns:
            column = columns[c.stored_as] if c.stored_as in columns else said.columns[c.stored_as]
            if of.field(c.name).type == _MOMENT:
                in_time = pc.and_(pc.greater(column, 0), pc.less(column, _LATEST))
                odd = pc.or_(odd, pc.fill_null(pc.and_(pc.not_equal(column, 0), pc.invert(in_time)), False))
                known = pc.if_else(in_time, column, pa.scalar(None, pa.int64()))
                column = pc.multiply(known, 1_000_000).cast(_MOMENT)
            elif column.type == pa.binary():
                column = pa.array([None if v is None else v.hex() for v in column.to_pylist()], pa.string())
            made[c.name] = column
        return pa.table([made[name] for name in of.names], schema=of), odd

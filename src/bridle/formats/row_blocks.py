"""Rows of one record type gathered into Blocks: for tables with tens of thousands of rows, without a record of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

import pyarrow as pa

from bridle.core import Gap, Record
from bridle.formats.arrow import ArrowBlock, schema
from bridle.formats.table import Row, plan, read_each

R = TypeVar("R", bound=Record)
_MOST = 16_384


class RowBlocks(Generic[R]):
    """Rows as they come; each method gives a Block where enough are gathered."""

    def __init__(self, cls: type[R]) -> None:
        self._cls, self._schema = cls, schema(cls)
        self._defaults = {f.name: () if pa.types.is_list(f.type) else None for f in self._schema}
        self._in_order = itemgetter(*self._schema.names)
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> Iterator[ArrowBlock[R]]:
        """Take a row: the values of all fields in their order, the locator first."""
        self._rows.append(row)
        if len(self._rows) >= _MOST:
            yield from self.end()

    def add_named(self, locator: str, values: Mapping[str, Any]) -> Iterator[ArrowBlock[R]]:
        """Take a row by the names of its fields; one that is not given is None, or () where it is many."""
        self._rows.append(self._in_order({**self._defaults, **values, "locator": locator}))
        if len(self._rows) >= _MOST:
            yield from self.end()

    def end(self) -> Iterator[ArrowBlock[R]]:
        """A Block of the rows that are left."""
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, self._schema, strict=True)]
            self._rows = []
            yield ArrowBlock(self._cls, pa.table(arrays, schema=self._schema))


def in_blocks(rows: Iterable[Row | tuple[str, Mapping[str, Any]] | Gap], cls: type[R]) -> Iterator[ArrowBlock[R] | Gap]:
    """As `records`, with the rows in Blocks. Those before what cannot be read come before it is raised."""
    found = RowBlocks(cls)
    try:
        for one in read_each(rows, plan(cls)):
            if isinstance(one, Gap):
                yield one
            else:
                yield from found.add_named(*one)
    except Exception:
        yield from found.end()
        raise
    yield from found.end()

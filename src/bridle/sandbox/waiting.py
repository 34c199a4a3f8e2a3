"""Rows that wait in the child for company: records, and small Blocks among them, in the order a parser gave them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any

import pyarrow as pa

from bridle.core import Record
from bridle.formats.arrow import table_of

_ROW = 256
"""Bytes of a Block that weigh as much as a row."""


class Waiting:
    """Rows of one record type from one file."""

    __slots__ = ("_parts", "_weight", "records")

    def __init__(self) -> None:
        self.records: list[Any] = []
        """Those behind the last Block: whoever has a record appends it."""
        self._parts: list[list[Any] | pa.Table] = []
        self._weight = 0

    def __len__(self) -> int:
        """Rows."""
        return sum(map(len, self._parts), len(self.records))

    @property
    def weight(self) -> int:
        """Rows, of Blocks at least one for each so many bytes."""
        return self._weight + len(self.records)

    def add(self, block: pa.Table) -> None:
        """Take the rows of a Block, behind the records."""
        if self.records:
            self._weight += len(self.records)
            self._parts.append(self.records)
            self.records = []
        self._weight += weight(block)
        self._parts.append(block)

    def clear(self) -> None:
        self.records, self._parts, self._weight = [], [], 0

    def parts(self) -> Iterator[list[Any] | pa.Table]:
        """Records and Blocks, in their order."""
        yield from self._parts
        if self.records:
            yield self.records


def weight(block: pa.Table) -> int:
    """What a Block weighs beside as many records."""
    return max(int(block.num_rows), int(block.nbytes) // _ROW)


def together(of: type[Record], waiting: Iterable[Waiting]) -> pa.Table:
    """All rows of some files as one table. Raises what `table_of` raises of a row that no column takes."""
    parts = chain.from_iterable(w.parts() for w in waiting)
    tables: list[pa.Table] = []
    for is_records, some in groupby(parts, key=lambda part: isinstance(part, list)):
        if is_records:
            tables.append(table_of(of, chain.from_iterable(some)))
        else:
            tables.extend(some)
    return pa.concat_tables(tables)

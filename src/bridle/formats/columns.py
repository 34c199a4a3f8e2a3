"""Rows of one record type gathered as columns, for lists with tens of thousands of lines: a `Block` without records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import pyarrow as pa

from bridle.core import Record
from bridle.formats.arrow import ArrowBlock, schema

R = TypeVar("R", bound=Record)
_MOST = 20_000


class Gathered(Generic[R]):
    """Rows as tuples in the order of the record's fields, given on as blocks."""

    def __init__(self, record: type[R], most: int = _MOST) -> None:
        self._record, self._most = record, most
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> Iterator[ArrowBlock[R]]:
        """Take a row; gives a block when there are enough."""
        self._rows.append(row)
        if len(self._rows) >= self._most:
            yield from self.end()

    def end(self) -> Iterator[ArrowBlock[R]]:
        """What is left."""
        if self._rows:
            of = schema(self._record)
            arrays = [pa.array(c, f.type) for c, f in zip(zip(*self._rows, strict=True), of, strict=True)]
            yield ArrowBlock(self._record, pa.table(arrays, schema=of))
            self._rows = []

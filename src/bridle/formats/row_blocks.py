"""Rows of one record type, gathered into Blocks: for tables with very many rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import pyarrow as pa

from bridle.core import Record
from bridle.formats import arrow

R = TypeVar("R", bound=Record)
_MOST = 16_384


class RowBlocks(Generic[R]):
    """Rows, given as the values of their fields by name; a field that is not given is None, or () where it is many."""

    def __init__(self, cls: type[R]) -> None:
        self._cls = cls
        self._schema = arrow.schema(cls)
        self._defaults = [(n, () if pa.types.is_list(self._schema.field(n).type) else None) for n in self._schema.names]
        self._rows: list[tuple[Any, ...]] = []

    def add(self, locator: str, values: Mapping[str, Any]) -> Iterator[arrow.ArrowBlock[R]]:
        """Take a row; gives a Block where enough are gathered."""
        get = values.get
        self._rows.append((locator, *(get(name, default) for name, default in self._defaults[1:])))
        if len(self._rows) >= _MOST:
            yield from self.end()

    def end(self) -> Iterator[arrow.ArrowBlock[R]]:
        """A Block of the rows that are left."""
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, self._schema, strict=True)]
            self._rows = []
            yield arrow.ArrowBlock(self._cls, pa.table(arrays, schema=self._schema))

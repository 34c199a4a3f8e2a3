"""The texts of a case that may hold what an indicator can name, kept from when all of them were looked through.

The check gathers observables and then looks for indicators. In most columns of texts, such as messages of logs, few
hold any: those are kept, with the numbers of their rows, so that the others need not be read a second time.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

MOST = 4 << 20
"""Bytes of texts and numbers that are kept, over all columns."""


class Holding:
    """Columns of texts, each looked through from its first row on; of one that holds too much nothing is kept."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._size = 0
        self._found: dict[tuple[str, str], list[tuple[pa.Array, pa.Array]] | None] = {}

    def note(self, table: str, field: str, first: int, held: pa.Array, texts: pa.Array) -> None:
        """`texts` are those of a column's rows from `first` on for which `held` is true."""
        found = self._found.setdefault((table, field), [])
        if found is None or not len(texts):
            return
        numbers = pc.add(pc.indices_nonzero(held).cast(pa.int64()), first)
        size = texts.nbytes + numbers.nbytes
        if self._size + size > self._most:
            self._size -= sum(t.nbytes + n.nbytes for n, t in found)
            self._found[table, field] = None
            return
        self._size += size
        found.append((numbers, texts))

    def of(self, table: str, field: str) -> tuple[pa.Array, pa.Array] | None:
        """The numbers of the rows, in their order, and their texts; None where the column has to be read."""
        found = self._found.get((table, field))
        if found is None:
            return None
        if not found:
            return pa.array([], pa.int64()), pa.array([], pa.string())
        numbers, texts = zip(*found, strict=True)
        return pa.concat_arrays(numbers), pa.concat_arrays(texts)

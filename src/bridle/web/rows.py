"""Rows of a case by their numbers, quickly: files stay open, and what was decoded of them is kept for a while."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from threading import RLock

import pyarrow as pa
import pyarrow.parquet as pq

from bridle.case import tables
from bridle.case.reader import Case

KEPT = 192 << 20
"""Bytes of decoded row groups that are kept; the one used longest ago goes first."""
OPEN = 64
"""Files that stay open."""


class Rows:
    """The rows of one case. Safe to use from several threads, which take turns."""

    def __init__(self, case: Case, kept: int = KEPT) -> None:
        self._case, self._most = case, kept
        self._files: OrderedDict[str, tuple[pq.ParquetFile, list[int]]] = OrderedDict()
        """Of each open table, and the number of the first row of each of its row groups, then of all."""
        self._groups: OrderedDict[tuple[str, int, tuple[str, ...]], pa.Table] = OrderedDict()
        self._size = 0
        self._turn = RLock()

    def take(self, table: str, columns: Sequence[str], numbers: Sequence[int]) -> pa.Table:
        """The rows of these numbers, in this order. Raises KeyError for an unknown table, IndexError beyond its end."""
        wanted = tuple(columns)
        with self._turn:
            _, starts = self._opened(table)
            if numbers and not 0 <= min(numbers) <= max(numbers) < starts[-1]:
                raise IndexError(f"{table} has {starts[-1]:,} rows")
            at: dict[int, list[int]] = {}
            for place, number in enumerate(numbers):
                at.setdefault(bisect_right(starts, number) - 1, []).append(place)
            parts, places = [], []
            for group, some in at.items():
                read = self._group(table, group, wanted)
                parts.append(read.take(pa.array([numbers[p] - starts[group] for p in some], pa.int64())))
                places += some
            if not parts:
                return pa.schema([self._case.tables()[table].field(c) for c in wanted]).empty_table()
        back = sorted(range(len(places)), key=places.__getitem__)
        return pa.concat_tables(parts).take(pa.array(back, pa.int64()))

    def count(self, table: str) -> int:
        """How many rows a table has. Raises KeyError."""
        with self._turn:
            return self._opened(table)[1][-1]

    def close(self) -> None:
        """Close the files; a later question opens them again."""
        with self._turn:
            for file, _ in self._files.values():
                file.close()
            self._files.clear()
            self._groups.clear()
            self._size = 0

    def _opened(self, table: str) -> tuple[pq.ParquetFile, list[int]]:
        found = self._files.get(table)
        if found is None:
            if table not in self._case.tables():
                raise KeyError(table)
            own = self._case.path / f"{table}.parquet"
            path = own if own.exists() else self._case.path / "records" / f"{table}.parquet"
            file = tables.opened(path, self._case.key)
            sizes = (file.metadata.row_group(g).num_rows for g in range(file.num_row_groups))
            found = self._files[table] = file, list(accumulate(sizes, initial=0))
            if len(self._files) > OPEN:
                self._files.popitem(last=False)[1][0].close()
        self._files.move_to_end(table)
        return found

    def _group(self, table: str, group: int, columns: tuple[str, ...]) -> pa.Table:
        key = table, group, columns
        found = self._groups.get(key)
        if found is None:
            file, _ = self._opened(table)
            found = self._groups[key] = file.read_row_group(group, columns=list(columns))
            self._size += found.nbytes
            while self._size > self._most and len(self._groups) > 1:
                self._size -= self._groups.popitem(last=False)[1].nbytes
        self._groups.move_to_end(key)
        return found

"""Rows in order that are more than memory holds: sorted runs, kept as a `Spill` keeps rows, and merged.

Of each run a block of 256 KiB is in memory at a time. Where a group has many runs some are made one, so that no merge
has more than a few dozen, however many rows there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle.case.spill import BUDGET, Scratch

MOST = 64
"""Runs of one level that are merged into one of the next."""

Combine = Callable[[pa.Table], pa.Table]
"""Puts rows of several runs in order, which come behind one another as they were added."""
Key = tuple[Any, ...]


class Runs:
    """Sorted runs of rows by groups. A run's rows are sorted by the first columns, its keys, which have no nulls."""

    def __init__(
        self, combine: Combine, scratch: Path | None = None, budget: int = BUDGET, most: int = MOST, keys: int = 1
    ) -> None:
        """`scratch` is where a file may lie, encrypted, that is removed with this; None: the system's place for it.

        Rows of equal keys come together, however many they are.
        """
        self._combine, self._most, self._keys = combine, most, keys
        self._spill = Scratch("runs", scratch, budget)
        self._of: dict[str, list[tuple[int, str]]] = {}
        """Levels and names of each group's runs, in the order of their rows."""
        self._count = 0

    def add(self, group: str, rows: pa.Table) -> None:
        """One run, whose rows come behind those of earlier runs that have the same keys."""
        runs = self._of.setdefault(group, [])
        runs.append((0, self._kept([rows])))
        while len(last := runs[-self._most :]) == self._most and last[0][0] == last[-1][0]:
            del runs[-self._most :]
            runs.append((last[0][0] + 1, self._kept(self._merged(last))))

    def groups(self) -> list[str]:
        return sorted(self._of)

    def take(self, group: str) -> Iterator[pa.Table]:
        """The rows of a group in order, a few at a time; they are forgotten as they are given out."""
        return self._merged(self._of.pop(group))

    def close(self) -> None:
        """Removes the file."""
        self._spill.close()

    def _kept(self, tables: Iterable[pa.Table]) -> str:
        name = str(self._count)
        self._count += 1
        for rows in tables:
            self._spill.add(name, [((), (), rows.num_rows)], rows)
        return name

    def _merged(self, runs: list[tuple[int, str]]) -> Iterator[pa.Table]:
        heads = [_Head((rows for _, rows in self._spill.take(name)), self._keys) for _, name in runs]
        while heads := [head for head in heads if head.rows.num_rows]:
            upto = min(head.last() for head in heads)
            parts = list(chain.from_iterable(head.take(upto) for head in heads))
            yield parts[0] if len(parts) == 1 else self._combine(pa.concat_tables(parts))


class _Head:
    """What comes next in a run."""

    def __init__(self, blocks: Iterator[pa.Table], keys: int) -> None:
        self._blocks, self._keys = blocks, keys
        self.rows = next(blocks)

    def last(self) -> Key:
        return self._key(self.rows.num_rows - 1)

    def _key(self, number: int) -> Key:
        return tuple(self.rows.column(n)[number].as_py() for n in range(self._keys))

    def take(self, upto: Key) -> Iterator[pa.Table]:
        """The rows up to these keys, all that have them among them. (A text's bytes in UTF-8 are in its own order.)"""
        while self.rows.num_rows:
            count = bisect_right(range(self.rows.num_rows), upto, key=self._key)
            if count:
                yield self.rows.slice(0, count)
            if count < self.rows.num_rows:
                self.rows = self.rows.slice(count)
                return
            self.rows = next(self._blocks, self.rows.slice(count))

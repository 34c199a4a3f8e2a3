"""Which cells of a table are withheld so that no small one is printed, or can be computed back from the others.

A table has rows, columns and the totals of both, all known to the reader. A cell from 1 to 4 is withheld, and so many
more that for each small cell the printed figures allow 5 or more as well as 0, or as little as the totals alone allow:
the reader cannot tell it from a large or an empty one. Which values are allowed is a question of flows: withheld cells
are edges between a row and a column, and figures may move only around cycles of such edges. Source: D. Gusfield,
"A graph theoretic approach to statistical data security", SIAM J. Comput. 17 (1988), 552-571.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.classes import dataclass

SMALLEST = 5
"""The least that a printed cell counts."""

Cell = tuple[str, str]
"""Row and column."""
Node = tuple[bool, str]
"""A row (False) or a column (True)."""


@dataclass(frozen=True)
class Protected:
    """A table as it may be printed. Every value is at least `SMALLEST`; what is absent from `cells` is withheld.

    A withheld cell may hold nothing at all, be small, or be withheld for another's sake: which, is not said.
    """

    rows: Mapping[str, int]
    columns: Mapping[str, int]
    cells: Mapping[Cell, int]


def protected(counts: Mapping[Cell, int]) -> Protected:
    """The table of `counts` with small cells and those that give them away withheld. Totals are printed.

    Raises ValueError where a total is itself below `SMALLEST`: rows and columns are merged first (`merged`).
    """
    table = _Table(counts)
    for cell in sorted((c for c, n in table.counts.items() if 0 < n < SMALLEST), key=lambda c: (table.counts[c], c)):
        table.protect(cell)
    shown = {c: n for c, n in sorted(table.counts.items()) if n and c not in table.hidden}
    return Protected(rows=table.rows, columns=table.columns, cells=shown)


def merged(totals: Mapping[str, int], rest: str) -> dict[str, str]:
    """For each name the name it is printed under: those below `SMALLEST` become `rest`, and the next smallest with them
    until `rest` has enough. Raises ValueError where all together are too few.
    """
    if sum(totals.values()) < SMALLEST:
        raise ValueError(f"fewer than {SMALLEST} numbers: nothing can be said of them without saying it of persons")
    own = sorted((n, name) for name, n in totals.items() if n and name != rest)
    together = totals.get(rest, 0)
    names = {rest: rest}
    for n, name in own:
        if n >= SMALLEST and (together == 0 or together >= SMALLEST):
            names[name] = name
        else:
            names[name] = rest
            together += n
    return names


class _Table:
    """Counts by row and column, and which of them are withheld. Empty cells are always withheld."""

    def __init__(self, counts: Mapping[Cell, int]) -> None:
        self.rows: dict[str, int] = {}
        self.columns: dict[str, int] = {}
        for (row, column), n in sorted(counts.items()):
            self.rows[row] = self.rows.get(row, 0) + n
            self.columns[column] = self.columns.get(column, 0) + n
        small = [name for name, n in (*self.rows.items(), *self.columns.items()) if n < SMALLEST]
        if small:
            raise ValueError(f"{small[0]!r:.40} has fewer than {SMALLEST} numbers in all; merge it with others first")
        self.counts = {(r, c): counts.get((r, c), 0) for r in self.rows for c in self.columns}
        self.hidden = {cell for cell, n in self.counts.items() if n < SMALLEST}

    def protect(self, cell: Cell) -> None:
        """Withhold more until `cell` may be 0 as well as `SMALLEST`, as far as the reader can tell."""
        n = self.counts[cell]
        self._free(cell, SMALLEST - n, up=True)
        self._free(cell, n, up=False)

    def _free(self, cell: Cell, by: int, up: bool) -> None:
        """Make room for `cell` to be `by` more (or less), the other withheld cells taking it up."""
        moved: dict[Cell, int] = {}
        while by and (path := self._path(cell, moved, up)):
            room = min([by, *(self.counts[c] + moved.get(c, 0) for c, raised in path if not raised)])
            for c, raised in path:
                moved[c] = moved.get(c, 0) + (room if raised else -room)
                self.hidden.add(c)
            by -= room

    def _path(self, cell: Cell, moved: Mapping[Cell, int], up: bool) -> list[tuple[Cell, bool]]:
        """The cells that take up a change of `cell`, each with whether it rises; the fewest figures are lost.

        What rises in a row falls elsewhere in it: the path leads from the cell's column to its row, alternating. It is
        empty where `cell` may fall no further: it is what its row and its column have in common at the least.
        """
        start, goal = (True, cell[1]), (False, cell[0])
        cost: dict[Node, int] = {start: 0}
        before: dict[Node, tuple[Node, Cell, bool]] = {}
        queue = [(0, start)]
        while queue:
            so_far, node = heapq.heappop(queue)
            if node == goal:
                break
            if so_far > cost[node]:
                continue
            for other, step, raised, price in self._steps(node, cell, moved, up):
                if so_far + price < cost.get(other, 1 << 62):
                    cost[other] = so_far + price
                    before[other] = (node, step, raised)
                    heapq.heappush(queue, (so_far + price, other))
        path: list[tuple[Cell, bool]] = []
        node = goal if goal in before else start
        while node != start:
            node, step, raised = before[node]
            path.append((step, raised))
        return path

    def _steps(
        self, node: Node, cell: Cell, moved: Mapping[Cell, int], up: bool
    ) -> Iterator[tuple[Node, Cell, bool, int]]:
        """Where a change goes on from `node`: the other end, the cell, whether it rises, what withholding it costs."""
        is_column, name = node
        for other in self.rows if is_column else self.columns:
            step = (other, name) if is_column else (name, other)
            raised = not is_column if up else is_column
            if step == cell or (not raised and self.counts[step] + moved.get(step, 0) <= 0):
                continue
            price = 0 if step in self.hidden else self.counts[step]
            yield (not is_column, other), step, raised, price


def as_rows(table: Protected) -> Iterator[dict[str, Any]]:
    """One line for each row of the table and its total; a withheld cell is None."""
    for row, total in table.rows.items():
        yield {"name": row, "total": total, "cells": {c: table.cells.get((row, c)) for c in table.columns}}

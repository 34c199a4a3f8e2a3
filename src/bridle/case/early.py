"""Tables that are written while their rows still come: of one file, as long as nothing says that another goes before.

Most large tables have the rows of a single file. Written at once, they need not wait outside of memory for the end.
Where a file turns up later that goes before, what was written is read back and takes its place among the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from bridle.case.spill import Order, Piece, Run, Spill, with_constants
from bridle.case.tables import TableWriter

LEAST = 2 << 20
"""Bytes of rows that a table must have before it is begun."""
MOST = 16
"""Tables that are begun: each keeps a file open and some rows in memory."""

Begin = Callable[[str], TableWriter]


@dataclass
class Begun:
    """A table of which some rows are written: all of them of one file."""

    order: Order
    writer: TableWriter
    runs: list[Run] = field(default_factory=list)
    """Of the rows that are written or wait in the writer."""
    open: bool = True
    """Whether more may be written: no row of the file was kept for later."""
    used: bool = True
    """Whether it was written to since the last rest."""
    parked: Piece | None = None
    """Rows that wait outside of memory for the writer, with all columns."""


class Early:
    """The tables of a case that are begun."""

    def __init__(self, begin: Begin, schemas: Mapping[str, pa.Schema]) -> None:
        self._begin, self._schemas = begin, schemas
        self._begun: dict[str, Begun] = {}

    def write(self, spill: Spill, table: str, pieces: list[Piece], size: int) -> list[Piece]:
        """Writes what may be written already of a table's new rows; returns the others.

        `size` is the bytes of all rows there are of a table that is not begun; 0 where some of them wait elsewhere.
        """
        begun = self._begun.get(table)
        if begun is None:
            if size < LEAST or len(self._begun) >= MOST or len({r.order for p in pieces for r in p.runs}) > 1:
                return pieces
            begun = self._begun[table] = Begun(pieces[0].runs[0].order, self._begin(table))
        left = []
        for piece in pieces:
            orders = {run.order for run in piece.runs}
            if begun.open and orders == {begun.order}:
                self._write(spill, begun, table, piece)
            else:
                begun.open &= begun.order not in orders
                left.append(piece)
        return left

    def takes(self, table: str, runs: list[Run]) -> bool:
        """Whether rows of a table can be written without seeing what else waits for it."""
        begun = self._begun.get(table)
        return begun is not None and begun.open and all(run.order == begun.order for run in runs)

    def rest(self, spill: Spill) -> None:
        """Let tables that were not written to for a while wait outside of memory."""
        for begun in self._begun.values():
            if not begun.used and (rows := begun.writer.give_back()) is not None:
                begun.parked = spill.store(Piece([], rows))
            begun.used = False

    def take(self, spill: Spill, table: str) -> Begun | None:
        """A begun table, to be finished; all its rows are written or with its writer."""
        begun = self._begun.pop(table, None)
        if begun is not None:
            _unpark(spill, begun)
        return begun

    def close(self) -> None:
        """Give up all that is begun."""
        while self._begun:
            self._begun.popitem()[1].writer.give_up()

    def _write(self, spill: Spill, begun: Begun, table: str, piece: Piece) -> None:
        _unpark(spill, begun)
        assert piece.rows is not None
        begun.used = True
        for run in piece.runs:
            last = begun.runs[-1] if begun.runs else None
            if last is not None and last.constants == run.constants:
                begun.runs[-1] = last._replace(rows=last.rows + run.rows)
            else:
                begun.runs.append(run)
        begun.writer.write(with_constants(piece.runs, piece.rows, self._schemas[table]))


def _unpark(spill: Spill, begun: Begun) -> None:
    if begun.parked is not None:
        for rows in spill.stored(begun.parked):
            begun.writer.write(rows)
        begun.parked = None


def written_again(begun: Begun, batches: Iterator[pa.RecordBatch]) -> Piece:
    """What was written of a table, read from its file, as rows that are to be put in order among others."""
    more = len(begun.runs[0].constants)
    return Piece(begun.runs, None, again=(pa.table(b.columns[more:], schema=_behind(b.schema, more)) for b in batches))


def _behind(schema: pa.Schema, more: int) -> pa.Schema:
    return pa.schema([schema.field(n) for n in range(more, len(schema))])

"""Rows that wait for their place in a table: in memory up to a budget, then in one encrypted file.

The file's key exists only in this process: after a crash nothing can be read from what is left of it. What goes there
is put in order first, so that reading it back is one merge, a block of each piece in memory at a time.
"""

from __future__ import annotations

import heapq
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridle.case.tables import with_dictionaries
from bridle.classes import dataclass
from bridle.descriptors import open_file, pread, pwrite

if TYPE_CHECKING:
    from bridle.case.early import Early

BUDGET = 32 << 20
"""Bytes of rows kept in memory, over all tables."""
BLOCK = 256 << 10
"""Bytes of rows in a block of the file; of each ordered piece one block is in memory while it is read back."""
ROWS = 1 << 16
"""Rows given out at once."""
RUNS = 2048
"""Files whose places are in memory for each ordered piece; of more, they lie in the file with the rows."""
_WRITING, _READING = (
    pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False),
    pa.ipc.IpcReadOptions(use_threads=False),
)
"""A block's columns are small: to hand each to another thread costs more than to compress it."""
_OVERHEAD = 3 << 9
"""What a column of a part costs beyond its values: a file of one row takes what its columns take."""

Order = tuple[str, ...]
Constants = tuple[str, ...]
"""Values of a table's first columns that are the same in all rows of a file; they become columns when given out."""


class Run(NamedTuple):
    """Rows of one parsed file that stand together."""

    order: Order
    number: int
    """Places runs of equal order, as they were added."""
    constants: Constants
    rows: int


_PLACE = itemgetter(0, 1)
_FIRST = pa.scalar(0, pa.int32())


@dataclass
class Piece:
    """Rows in order: in memory, as blocks of the file (place and length), or given again by something else."""

    runs: list[Run]
    rows: pa.Table | None
    blocks: list[tuple[int, int]] = field(default_factory=list)
    again: Iterator[pa.Table] = field(default_factory=lambda: iter(()))
    further: list[tuple[int, int]] = field(default_factory=list)
    """Blocks of runs behind those in memory, where there are many."""


class Spill:
    """The rows of all tables until they are written."""

    def __init__(self, path: Path, budget: int = BUDGET, early: Early | None = None) -> None:
        """`early` writes what it can instead of having it wait here."""
        self._path, self._budget, self._early = path, budget, early
        self._held: dict[str, list[Piece]] = {}
        self._sizes: dict[str, int] = {}
        """Bytes of what is held of each table."""
        self._stored: dict[str, list[Piece]] = {}
        self._size = self._passed = self._count = self._end = self._blocks = 0
        self._cipher = AESGCM(secrets.token_bytes(32))
        self._descriptor = -1

    def add(self, table: str, files: Sequence[tuple[Order, Constants, int]], rows: pa.Table) -> None:
        """Rows of one or more files: for each, in the order of the rows, its place, constants and how many are its."""
        runs = [Run(order, n, constants, count) for n, (order, constants, count) in enumerate(files, self._count)]
        self._count += len(runs)
        size = rows.nbytes + _OVERHEAD * rows.num_columns + sum(_weight(run) for run in runs)
        if self._early is not None and table not in self._held and self._early.takes(table, runs):
            self._early.write(self, table, [Piece(runs, rows)], size)
            self._passed += size
            if self._passed > self._budget:
                self._rest(self._early)
            return
        self._held.setdefault(table, []).append(Piece(runs, rows))
        self._sizes[table] = self._sizes.get(table, 0) + size
        self._size += size
        if self._size > self._budget:
            self._empty()

    def lowest(self, table: str) -> Order | None:
        """The first place among the rows of a table that are here."""
        pieces = [*self._stored.get(table, ()), *self._held.get(table, ())]
        return min((run.order for piece in pieces for run in piece.runs), default=None)

    def take(self, table: str, more: Sequence[Piece] = ()) -> Iterator[tuple[list[Run], pa.Table]]:
        """The rows of a table and of `more` in their order, with their runs; they are forgotten as they are given."""
        pieces = [*more, *self._stored.pop(table, ())]
        if held := self._held.pop(table, []):
            pieces.append(_ordered(held))
            del held
        cursors = [_Cursor(self.stored(piece)) for piece in pieces]
        merged = heapq.merge(*(_placed(n, self._runs(piece)) for n, piece in enumerate(pieces)))
        pieces.clear()
        for n, group in groupby(merged, key=itemgetter(2)):
            while some := [run for *_, run in islice(group, RUNS)]:
                yield from cursors[n].give(some)

    def close(self) -> None:
        """Removes the file."""
        self._held.clear()
        self._stored.clear()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._path.unlink(missing_ok=True)

    def _empty(self) -> None:
        while self._held:
            table, held = self._held.popitem()
            size = self._sizes.pop(table)
            if self._early is not None:
                held = self._early.write(self, table, held, 0 if table in self._stored else size)
            if held:
                piece = _ordered(held)
                held.clear()
                self._stored.setdefault(table, []).append(self.store(piece))
        self._size = 0
        if self._early is not None:
            self._rest(self._early)
        pa.default_memory_pool().release_unused()

    def _rest(self, early: Early) -> None:
        early.rest(self)
        self._passed = 0

    def store(self, piece: Piece) -> Piece:
        """The piece, with its rows in the file instead of in memory, and so the places of files beyond `RUNS`."""
        if self._descriptor < 0:
            self._descriptor = open_file(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR)
        assert piece.rows is not None
        piece.blocks += [self._write(rows) for rows in _blocks(piece.rows)]
        piece.rows = None
        for start in range(RUNS, len(piece.runs), RUNS):
            piece.further.append(self._seal(json.dumps(piece.runs[start : start + RUNS]).encode()))
        del piece.runs[RUNS:]
        return piece

    def _runs(self, piece: Piece) -> Iterator[Run]:
        """All runs of a piece, once."""
        yield from piece.runs
        for at, length in piece.further:
            for order, number, constants, rows in json.loads(self._opened(at, length)):
                yield Run(tuple(order), number, tuple(constants), rows)

    def stored(self, piece: Piece) -> Iterator[pa.Table]:
        """The rows of a piece from beginning to end, once."""
        if piece.rows is not None:
            yield piece.rows
        for at, length in piece.blocks:
            yield self._read(at, length)
        yield from piece.again

    def _write(self, rows: pa.Table) -> tuple[int, int]:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema, options=_WRITING) as stream:
            stream.write_table(rows)
        return self._seal(memoryview(sink.getvalue()).cast("B"))

    def _seal(self, block: bytes | memoryview) -> tuple[int, int]:
        """Where a block is in the file, and its length."""
        number = self._blocks.to_bytes(12, "big")
        self._blocks += 1
        sealed = number + self._cipher.encrypt(number, block, None)
        at, view = self._end, memoryview(sealed)
        while view:
            written = pwrite(self._descriptor, view, self._end)
            self._end, view = self._end + written, view[written:]
        return at, len(sealed)

    def _read(self, at: int, length: int) -> pa.Table:
        with pa.ipc.open_stream(self._opened(at, length), options=_READING) as stream:
            return stream.read_all()

    def _opened(self, at: int, length: int) -> bytes:
        """A block of the file. Each was written once, so its number never repeats under the key."""
        sealed = pread(self._descriptor, length, at)
        while len(sealed) < length:
            piece = pread(self._descriptor, length - len(sealed), at + len(sealed))
            if not piece:
                raise OSError(f"{self._path.name}: expected {length} bytes at {at}, the file is shorter")
            sealed += piece
        view = memoryview(sealed)
        return self._cipher.decrypt(view[:12], view[12:], None)


class Scratch(Spill):
    """A spill in a folder of its own, which goes with it."""

    def __init__(self, name: str, folder: Path | None, budget: int = BUDGET) -> None:
        """`folder` is where it may lie; None: the system's place for temporary files."""
        self._folder = tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder)
        super().__init__(Path(self._folder.name) / name, budget)

    def close(self) -> None:
        """Removes the file and the folder."""
        super().close()
        self._folder.cleanup()


class _Cursor:
    """Gives out a piece's rows from its beginning to its end, once."""

    def __init__(self, rows: Iterator[pa.Table]) -> None:
        self._coming, self._at = rows, 0
        self._rows: pa.Table | None = None

    def give(self, runs: list[Run]) -> Iterator[tuple[list[Run], pa.Table]]:
        """The next rows, which are those of `runs`; a run may come in several pieces."""
        waiting = iter(runs)
        run = next(waiting, None)
        while run is not None:
            rows = self._there()
            size, taken = min(rows.num_rows - self._at, ROWS), 0
            these = []
            while run is not None and taken < size:
                count = min(run.rows, size - taken)
                these.append(run._replace(rows=count))
                taken += count
                run = run._replace(rows=run.rows - count) if count < run.rows else next(waiting, None)
            self._at += taken
            yield these, rows.slice(self._at - taken, taken)

    def _there(self) -> pa.Table:
        """Rows of which some are left."""
        while self._rows is None or self._at >= self._rows.num_rows:
            self._rows = None
            self._rows, self._at = next(self._coming), 0
        return self._rows


def _placed(piece: int, runs: Iterable[Run]) -> Iterator[tuple[Order, int, int, Run]]:
    return ((run.order, run.number, piece, run) for run in runs)


def _weight(run: Run) -> int:
    return 200 + sum(map(len, run.constants)) + sum(map(len, run.order))


def _ordered(pieces: list[Piece]) -> Piece:
    """Several pieces in memory as one."""
    runs = [run for piece in pieces for run in piece.runs]
    rows = pa.concat_tables([piece.rows for piece in pieces])
    ordered = sorted(runs, key=_PLACE)
    if ordered != runs:
        starts, start = {}, 0
        for run in runs:
            starts[run.number] = start
            start += run.rows
        places = chain.from_iterable(range(starts[r.number], starts[r.number] + r.rows) for r in ordered)
        rows = rows.combine_chunks().take(pa.array(places, pa.int64(), size=start))
    return Piece(ordered, rows)


def _blocks(rows: pa.Table) -> Iterator[pa.Table]:
    count = max(1, rows.num_rows * BLOCK // max(rows.nbytes, 1))
    for start in range(0, rows.num_rows, count):
        yield rows.slice(start, count)


def with_constants(runs: Sequence[Run], rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows behind columns of their files' constants, as a table of `schema` but for those being `CONSTANT`."""
    more = len(schema) - rows.num_columns
    made = [_column([run.constants[n] for run in runs], runs) for n in range(more)]
    return pa.table([*made, *rows.columns], schema=with_dictionaries(schema, more))


def _column(values: list[str], runs: Sequence[Run]) -> pa.DictionaryArray:
    if len(runs) == 1:
        return pa.DictionaryArray.from_arrays(pa.repeat(_FIRST, runs[0].rows), pa.array(values, pa.string()))
    found = pa.array(values, pa.string()).dictionary_encode()
    if all(run.rows == 1 for run in runs):
        return found
    ends, end = [], 0
    for run in runs:
        end += run.rows
        ends.append(end)
    indices = pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(pa.array(ends, pa.int32()), found.indices))
    return pa.DictionaryArray.from_arrays(indices, found.dictionary)

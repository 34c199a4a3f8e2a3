"""What comes back of the files of one message. The child is not trusted: everything is checked before it is taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pyarrow as pa

from bridle.sandbox import wire
from bridle.sandbox.tasks import Job, Names, Outcome
from bridle.sandbox.wire import GAP, Closing

Bulk = Callable[[str, pa.RecordBatch, Sequence[tuple[Job, int]]], None]
"""Called with a table's name, rows of several files, and in their order the jobs with how many rows each has."""
_STATUSES = ("parsed", "damaged", "killed")


class Coming:
    """The files of one message, and what has come of each so far."""

    def __init__(self, jobs: list[Job], names: Names, gathered: Bulk) -> None:
        self.jobs, self._names, self._gathered = jobs, names, gathered
        self._outcomes = [Outcome() for _ in jobs]
        self._open = set(range(len(jobs)))
        self._begun: set[int] = set()
        self.finished = 0

    def complete(self) -> bool:
        return not self._open

    def unfinished(self, besides: set[int]) -> list[Job]:
        return [self.jobs[n] for n in sorted(self._open - besides)]

    def guilty(self, place: tuple[int, float]) -> set[int]:
        """The files that cannot be read again: the one the child was in, and those of which rows were taken."""
        if len(self.jobs) == 1:
            return {0}
        return ({place[0]} & self._open) | (self._begun & self._open)

    def kill(self, files: set[int], reason: str) -> None:
        for n in sorted(files):
            self._outcomes[n].reason = reason
            self._finish(n)

    def rows(self, number: int, file: int, body: pa.Buffer) -> None:
        """Rows of one file."""
        if file not in self._open:
            raise ValueError(f"the child sent rows of file {file}, which is not open")
        name, batch = self._checked(number, body)
        self._begun.add(file)
        self._count(file, number, batch.num_rows)
        self.jobs[file].sink(name, batch)

    def close(self, file: int, body: pa.Buffer) -> bool:
        """The end of one file. True when it exhausted the child."""
        return self._close(self._end(file, *json.loads(bytes(body))))

    def _end(self, file: int, status: str, reason: str | None, exhausted: bool) -> tuple[int, Closing]:
        if file not in self._open:
            raise ValueError(f"the child closed file {file}, which is not open")
        if status not in _STATUSES or not isinstance(reason, str | None):
            raise ValueError(f"the child closed a file as {status!r:.60}")
        return file, Closing(status, reason, bool(exhausted))

    def _close(self, ended: tuple[int, Closing]) -> bool:
        file, end = ended
        self._outcomes[file].status, self._outcomes[file].reason = end.status, end.reason
        self._finish(file)
        return end.exhausted

    def gathered(self, body: pa.Buffer) -> bool:
        """Several files at once: checked as a whole before anything is taken. True when one exhausted the child."""
        (size,) = wire.LENGTH.unpack_from(body)
        head = json.loads(bytes(body[wire.LENGTH.size : wire.LENGTH.size + size]))
        ends = [self._end(*f) for f in head["files"]]
        files = [file for file, _ in ends]
        if len(set(files)) != len(files):
            raise ValueError("the child closed a file twice")
        at, tables = wire.LENGTH.size + size, []
        for number, counts, length in head["tables"]:
            name, batch = self._checked(number, body[at : at + length])
            if len(counts) != len(files) or min(counts) < 0 or sum(counts) != batch.num_rows:
                raise ValueError(f"the child sent {batch.num_rows} rows and counts of others")
            at += length
            tables.append((number, name, counts, batch))
        for number, name, counts, batch in tables:
            self._take(number, name, [(f, n) for f, n in zip(files, counts, strict=True) if n], batch)
        return max(map(self._close, ends), default=False)

    def _take(self, number: int, name: str, runs: list[tuple[int, int]], batch: pa.RecordBatch) -> None:
        for file, count in runs:
            self._count(file, number, count)
        self._gathered(name, batch, [(self.jobs[file], count) for file, count in runs])

    def _checked(self, number: int, body: pa.Buffer) -> tuple[str, pa.RecordBatch]:
        """The rows in a frame: offsets within bounds, text that is UTF-8, the table's columns. Raises ArrowInvalid."""
        name, expected = self._names[number]
        with pa.ipc.open_stream(body) as stream:
            if not stream.schema.equals(expected):
                raise ValueError(f"the child sent other columns for {name}")
            (batch,) = stream
        batch.validate(full=True)
        return name, batch

    def _count(self, file: int, number: int, rows: int) -> None:
        outcome = self._outcomes[file]
        if number == GAP:
            outcome.gaps += rows
        else:
            outcome.rows += rows

    def _finish(self, file: int) -> None:
        self._open.discard(file)
        self.finished += 1
        self.jobs[file].done(self._outcomes[file])

"""Sources become tables: every member gets its ledger rows, every wanted file is parsed in the sandbox."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import field
from functools import partial
from typing import NamedTuple, TypeVar, cast

import pyarrow as pa

from bridle import artifacts
from bridle.case.ledger import NOT_WANTED, Ledger, LedgerRow
from bridle.case.spill import Constants
from bridle.case.writer import CaseWriter
from bridle.classes import dataclass
from bridle.core import FormatError, Gap
from bridle.engine.beside import Beside, of_content
from bridle.engine.opening import SQLITE, Opened, is_changed, opened, part, raise_for_room, told_changed
from bridle.engine.options import Options, Talk
from bridle.engine.uses import Uses
from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.evidence.source import ColumnarSource, Listing, Member, Source, State
from bridle.formats.arrow import schema
from bridle.indicators import yara
from bridle.sandbox.known import load
from bridle.sandbox.pool import INLINE, Companion, Outcome, Part, Pool, Task

_COLLECT = 50_000
"""Objects made before Python looks for cycles again."""
_OFTEN = 64
"""Of many files, after so many it is said how far we are."""
_MOST_LATER = 50_000
"""Files put off until all are known, of a source that lists many at once."""
MOST_WAITING = 25_000
"""Databases that wait for their logs, and as many files that wait for their companions, until all files are known.
Of more, the first is read with what is known by then: what lies beside a file is seldom far from it."""
TOO_MANY = "more such files than are kept in mind until those that they belong to are read"
LATE = f"it is listed more than {MOST_WAITING:,} databases behind its own, which was read without it"
ALONE = f"read without its companions: more than {MOST_WAITING:,} files waited for theirs"
_STAMPS = ("_source", "_path", "_sha256")
_T = TypeVar("_T")


@dataclass(kw_only=True)
class Collected:
    """What one source gave."""

    problems: list[str] = field(default_factory=list)
    rows: int = 0
    gaps: int = 0
    digest: str = ""
    """Of the source; empty where it could not be read to its end."""


class _Wanted(NamedTuple):
    """A file on its way to a parser: little, since many wait at once."""

    member: Member
    artifact: str
    number: int
    """As in the ledger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    member: Member
    artifact: str
    row: LedgerRow
    order: tuple[str, ...]
    alone: bool
    """Read before its companions were known."""


@contextmanager
def _few_collections() -> Iterator[None]:
    """Python looks for cycles seldom: what is kept of a file are many small objects, none of which is in one."""
    before = gc.get_threshold()
    if before[0]:  # otherwise whoever called has turned it off
        gc.set_threshold(max(before[0], _COLLECT), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Collector:
    """Runs one source through the pool into the case and its ledger."""

    def __init__(
        self,
        source: Source,
        number: int,
        writer: CaseWriter,
        ledger: Ledger,
        pool: Pool,
        options: Options,
        talk: Talk,
        rules: Companion | None = None,
    ) -> None:
        self._source, self._id, self._writer, self._pool = source, f"S{number}", writer, pool
        self._ledger, self._options, self._talk, self._rules = ledger, options, talk, rules
        self._result = Collected()
        self._uses, self._beside = Uses(options, rules=rules is not None), Beside()
        self._databases: deque[_Wanted] = deque()
        self._accompanied: deque[_Wanted] = deque()
        """Files whose artifact has companions."""
        self._companions: dict[str, tuple[Companion, ...]] = {}
        self._later: list[_Wanted] = []
        self._puts_off, self._all_known = isinstance(source, ColumnarSource), False
        self._large = 0
        """Large files under way."""
        self._seen = self._wanted = self._planned = self._finished = 0
        self._declared: set[str] = set()

    def run(self) -> Collected:
        """Every member once. Raises what the pool or the case raises; evidence faults become ledger rows."""
        with _few_collections():
            return self._run()

    def _run(self) -> Collected:
        self._pool.gathered = self._store_files
        for member in self._readable(self._members()):
            if isinstance(member, Listing):
                self._list(member)
                continue
            self._take(member)
            self._seen += 1
            if self._seen % 2000 == 0:
                self._report()
        with closing(Shelf()) as shelf:
            self._plan_waiting(shelf)
            self._pool.join()
        self._result.problems += [p.reason for p in self._source.problems()]
        try:
            self._result.digest = self._source.digest
        except OSError as e:
            self._stopped(e)
        self._report()
        return self._result

    def _readable(self, given: Iterator[_T]) -> Iterator[_T]:
        """What a source gives. Where its reading fails, that is a problem of it, and what came before stays."""
        try:
            yield from given
        except OSError as e:
            self._stopped(e)

    def _stopped(self, error: OSError) -> None:
        raise_for_room(error)
        self._result.problems.append(
            f"{self._source.label} cannot be read on: {error.strerror or error}."
            " What came before was read; copy it again."
        )

    def _members(self) -> Iterator[Member | Listing]:
        if isinstance(self._source, ColumnarSource) and not self._options.hash_all:
            return self._source.listed(self._uses.wanted, self._uses.candidates)
        return self._source.members(self._uses.wanted)

    def _list(self, listing: Listing) -> None:
        """Members that nobody wants go into the ledger as they are."""
        self._ledger.add_listed(self._id, listing.table, _status(listing.state, None), listing.reason)
        self._seen += listing.table.num_rows
        self._report()

    def _report(self) -> None:
        self._talk.advance(self._seen, self._wanted, self._result.rows)

    def _take(self, member: Member) -> None:
        use = self._uses.of(member.path)
        for name in self._beside.note(member, use):
            self._lose(member, name, TOO_MANY)
        names = use.own if member.type in ("file", "symlink") else ()
        for name in names:
            self._want(member, name)
        if not names:
            row = self._row(member, None)
            if self._options.hash_all and member.content is not None:
                row.sha256 = of_content(member, Extent.hashed)
            self._ledger.add(row)

    def _want(self, member: Member, artifact: str) -> None:
        """A file for an artifact: to be read, or a row that says why it is not."""
        self._wanted += 1
        self._declare(artifact)
        if member.type == "file" and member.content is not None:
            self._planned += 1
            self._plan(_Wanted(member, artifact, self._ledger.number()))
            return
        row = self._row(member, artifact)
        if member.type == "symlink":
            row.status, row.reason = "refused", member.reason or "a symbolic link, which is not followed"
        elif member.state is State.PRESENT:
            row.status, row.reason = "damaged", "the file is listed and has no content"
        self._ledger.add(row)

    def _lose(self, member: Member, artifact: str, reason: str) -> None:
        """A row for a file that an artifact should be read with, and is not."""
        row = self._row(member, artifact)
        row.status, row.reason = "killed", reason
        self._ledger.add(row)

    def _row(self, member: Member, artifact: str | None, number: int | None = None) -> LedgerRow:
        """For the ledger, once nothing in it changes any more. `number` is its place there if it has one already."""
        return LedgerRow(
            source=self._id, path=str(member.path), member=member.member, type=member.type, artifact=artifact,
            size=member.size, modified=member.modified, status=_status(member.state, artifact), reason=member.reason,
            shown=member.shown, number=self._ledger.number() if number is None else number,
        )  # fmt: skip

    def _declare(self, name: str) -> None:
        if name not in self._declared:
            self._declared.add(name)
            artifact = load(name)
            for record in artifact.records:
                self._writer.declare(artifact.table(record), stamped_schema(schema(record)))

    def _plan(self, file: _Wanted) -> None:
        """What needs other files waits for the end of the pass, when all are known; anything else goes at once.

        Those are databases, for their write-ahead logs (one that is empty may have all of it there), and artifacts with
        companions. Of a source that is listed quickly, all wait.
        """
        if self._puts_off and not self._all_known and len(self._later) < _MOST_LATER:
            self._later.append(file)
            return
        if file.artifact in artifacts.companions():
            self._wait(self._accompanied, file)
            return
        try:
            there = opened(file.member)
        except (FormatError, OSError) as e:
            self._unopened(self._row(*file), e)
            return
        if not self._all_known and (not there.head or there.head.startswith(SQLITE)):
            there.close()
            self._wait(self._databases, file)
        else:
            self._dispatch(file, there)

    def _wait(self, waiting: deque[_Wanted], file: _Wanted) -> None:
        """Until all files are known, or so many wait that the first of them can no longer."""
        if self._all_known:
            self._dispatch(file)
            return
        waiting.append(file)
        if len(waiting) > MOST_WAITING:
            first = waiting.popleft()
            self._beside.read_early(first.member)
            self._dispatch(first)

    def _plan_waiting(self, shelf: Shelf) -> None:
        """All files are known: what waited is sent. Companions lie on the shelf."""
        self._all_known = True
        for member in self._beside.late():
            for name in self._uses.of(member.path).of_base:
                self._lose(member, name, LATE)
        asked = {file.artifact for file in (*self._accompanied, *self._later)}
        self._companions = self._beside.companions(asked, shelf)
        self._plan_later()
        for waiting in (self._databases, self._accompanied):
            while waiting:
                self._dispatch(waiting.popleft())

    def _plan_later(self) -> None:
        """What was put off until all files are known. A large file is sent while no other is under way: as one child is
        at it, small ones keep the others busy, and this thread does not wait for either."""
        large = sorted((file for file in self._later if _is_large(file)), key=_size)
        for file in self._later:
            if large and not self._large:
                self._plan(large.pop())
            if not _is_large(file):
                self._plan(file)
        while large:
            self._plan(large.pop())
        self._later.clear()

    def _dispatch(self, file: _Wanted, there: Opened | None = None) -> None:
        """Have a file parsed; `there` is its content if that is open already."""
        row = self._row(*file)
        try:
            parts = (part("", file.member, there), *self._beside.siblings(file.member))
        except (FormatError, OSError) as e:
            self._unopened(row, e)
            return
        row.sha256, row.size = parts[0].sha256, parts[0].size
        companions = self._companions.get(file.artifact, ())
        if file.artifact == yara.NAME and self._rules is not None:
            companions = (self._rules,)
        order, stamps = (self._id, row.path, row.member), (self._id, parts[0].path, parts[0].sha256)
        alone = not self._all_known and file.artifact in artifacts.companions()
        job = _Job(member=file.member, artifact=file.artifact, row=row, order=order, alone=alone)
        task = Task(artifact=job.artifact, parts=parts, companions=companions, ticket=(job, stamps))
        self._large += _is_large(job)
        self._pool.submit(task, partial(self._store, job, stamps), partial(self._done, job, stamps, parts))

    def _store(self, job: _Job, stamps: Constants, table: str, batch: pa.RecordBatch) -> None:
        self._add(table, batch, [(job, stamps, batch.num_rows)])

    def _store_files(self, table: str, batch: pa.RecordBatch, runs: Sequence[tuple[Task, int]]) -> None:
        self._add(table, batch, [(*cast(tuple[_Job, Constants], task.ticket), count) for task, count in runs])

    def _add(self, table: str, batch: pa.RecordBatch, runs: Sequence[tuple[_Job, Constants, int]]) -> None:
        """Rows of one or more files into the case and the ledger."""
        if table == "gaps":
            self._result.gaps += batch.num_rows
            for job, _, count in runs:
                job.row.gaps += count
            files = [((*job.order, job.artifact), (job.artifact, *stamps), count) for job, stamps, count in runs]
        else:
            self._result.rows += batch.num_rows
            for job, _, count in runs:
                job.row.rows += count
            files = [(job.order, stamps, count) for job, stamps, count in runs]
        self._writer.add_files(table, files, batch)

    def _done(self, job: _Job, stamps: Constants, parts: Sequence[Part], outcome: Outcome) -> None:
        if any(map(is_changed, parts)):
            outcome = told_changed(outcome)
        job.row.status, job.row.reason = outcome.status, outcome.reason or job.member.reason
        if outcome.status == "parsed" and job.member.state is State.DAMAGED:
            job.row.status = "damaged"
        lost = [] if outcome.status == "parsed" else [outcome.reason or "not read to its end"]
        for reason in (*lost, *([ALONE] if job.alone else ())):
            gap = pa.RecordBatch.from_pylist([{"locator": "file", "reason": reason}], schema=schema(Gap))
            self._store(job, stamps, "gaps", gap)
        self._large -= _is_large(job)
        self._ledger.add(job.row)
        self._finished += 1
        if self._planned < _OFTEN or self._finished % _OFTEN == 0:
            self._report()

    def _unopened(self, row: LedgerRow, error: Exception) -> None:
        if isinstance(error, OSError):
            raise_for_room(error)
        row.status = "damaged"
        row.reason = f"the file cannot be opened: {getattr(error, 'strerror', None) or error!s:.200}"
        self._ledger.add(row)


GAPS = pa.schema([pa.field("artifact", pa.string()), *(pa.field(n, pa.string()) for n in _STAMPS), *schema(Gap)])


def stamped_schema(of: pa.Schema) -> pa.Schema:
    """A record type's schema with the columns that say where each row comes from."""
    return pa.schema([*(pa.field(n, pa.string()) for n in _STAMPS), *of])


def _status(state: State, artifact: str | None) -> str:
    """What the ledger says of a file before it is read."""
    if state is not State.PRESENT:
        return str(state)
    return NOT_WANTED if artifact is None else "killed"


def _size(file: _Wanted | _Job) -> int:
    return file.member.size or 0


def _is_large(file: _Wanted | _Job) -> bool:
    return _size(file) > INLINE

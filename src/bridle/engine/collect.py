"""Sources become tables: every member gets its ledger rows, every wanted file is parsed in the sandbox."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import field
from functools import partial
from typing import TypeVar, cast

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


@dataclass(frozen=True, kw_only=True)
class _Job:
    member: Member
    artifact: str
    row: LedgerRow
    order: tuple[str, ...]


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
        self._waiting: list[_Job] = []
        self._later: list[_Job] = []
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
        self._plan_later()
        with closing(Shelf()) as shelf:
            kept = self._beside.companions({job.artifact for job in self._waiting}, shelf)
            for job in self._waiting:
                self._dispatch(job, kept.get(job.artifact, ()))
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
        self._beside.note(member, use)
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
        row = self._row(member, artifact)
        if member.type == "symlink":
            row.status, row.reason = "refused", member.reason or "a symbolic link, which is not followed"
        elif member.content is not None:
            order = (self._id, str(member.path), member.member)
            self._planned += 1
            self._plan(_Job(member=member, artifact=artifact, row=row, order=order))
            return
        elif member.state is State.PRESENT:
            row.status, row.reason = "damaged", "the file is listed and has no content"
        self._ledger.add(row)

    def _row(self, member: Member, artifact: str | None) -> LedgerRow:
        """For the ledger, once nothing in it changes any more."""
        return LedgerRow(
            source=self._id, path=str(member.path), member=member.member, type=member.type, artifact=artifact,
            size=member.size, modified=member.modified, status=_status(member.state, artifact), reason=member.reason,
            shown=member.shown, number=self._ledger.number(),
        )  # fmt: skip

    def _declare(self, name: str) -> None:
        if name not in self._declared:
            self._declared.add(name)
            artifact = load(name)
            for record in artifact.records:
                self._writer.declare(artifact.table(record), stamped_schema(schema(record)))

    def _plan(self, job: _Job) -> None:
        """What needs other files waits for the end of the pass, when all are known; anything else goes at once.

        Those are databases, for their write-ahead logs, and artifacts with companions. Of a source that is listed
        quickly, all wait.
        """
        if self._puts_off and not self._all_known and len(self._later) < _MOST_LATER:
            self._later.append(job)
            return
        if job.artifact in artifacts.companions():
            self._waiting.append(job)
            return
        try:
            there = opened(job.member)
        except (FormatError, OSError) as e:
            self._unopened(job.row, e)
            return
        if there.head.startswith(SQLITE) and not self._all_known:
            there.close()
            self._waiting.append(job)
        else:
            self._dispatch(job, there=there)

    def _plan_later(self) -> None:
        """What was put off until all files are known. A large file is sent while no other is under way: as one child is
        at it, small ones keep the others busy, and this thread does not wait for either."""
        self._all_known = True
        large = sorted((job for job in self._later if _is_large(job)), key=_size)
        for job in self._later:
            if large and not self._large:
                self._plan(large.pop())
            if not _is_large(job):
                self._plan(job)
        while large:
            self._plan(large.pop())
        self._later.clear()

    def _dispatch(self, job: _Job, companions: tuple[Companion, ...] = (), there: Opened | None = None) -> None:
        """Have a file parsed; `there` is its content if that is open already."""
        try:
            parts = (part("", job.member, there), *self._beside.siblings(job.member))
        except (FormatError, OSError) as e:
            self._unopened(job.row, e)
            return
        job.row.sha256, job.row.size = parts[0].sha256, parts[0].size
        stamps = (self._id, parts[0].path, parts[0].sha256)
        sink = partial(self._store, job, stamps)
        if job.artifact == yara.NAME and self._rules is not None:
            companions = (self._rules,)
        task = Task(artifact=job.artifact, parts=parts, companions=companions, ticket=(job, stamps))
        self._large += _is_large(job)
        self._pool.submit(task, sink, partial(self._done, job, stamps, parts))

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
        job.row.status, job.row.reason = outcome.status, outcome.reason
        if outcome.status == "parsed" and job.member.state is State.DAMAGED:
            job.row.status, job.row.reason = "damaged", job.member.reason
        if outcome.status != "parsed":
            gap = pa.RecordBatch.from_pylist(
                [{"locator": "file", "reason": outcome.reason or "not read to its end"}], schema=schema(Gap)
            )
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


def _size(job: _Job) -> int:
    return job.member.size or 0


def _is_large(job: _Job) -> bool:
    return _size(job) > INLINE

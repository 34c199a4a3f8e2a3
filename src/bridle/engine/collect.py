"""Sources become tables: every member gets its ledger rows, every wanted file is parsed in the sandbox."""

from __future__ import annotations

import fnmatch
import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import field
from functools import partial
from pathlib import PurePosixPath
from typing import Any, TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from bridle import artifacts
from bridle.case.ledger import LedgerRow
from bridle.case.spill import Constants
from bridle.case.writer import CaseWriter
from bridle.classes import dataclass
from bridle.core import SIBLINGS, FormatError, Gap
from bridle.engine.opening import SQLITE, Opened, is_changed, opened, part, raise_for_room, told_changed
from bridle.engine.options import Options, Talk
from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.evidence.source import ColumnarSource, Listing, Member, Source, State
from bridle.formats.arrow import schema
from bridle.indicators import yara
from bridle.sandbox.known import load
from bridle.sandbox.pool import INLINE, Companion, Outcome, Part, Pool, Task

_STEP = 1 << 20
_COLLECT = 50_000
"""Objects made before Python looks for cycles again."""
_OFTEN = 64
"""Of many files, after so many it is said how far we are."""
_MOST_LATER = 50_000
"""Files put off until all are known, of a source that lists many at once."""
_STAMPS = ("_source", "_path", "_sha256")


_T = TypeVar("_T")
_Uses = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The artifacts that read a file, those that read the file it is a sibling of, and those that want it beside theirs."""


@dataclass(kw_only=True)
class Collected:
    """What one source gave."""

    ledger: list[LedgerRow] = field(default_factory=list)
    listed: list[pa.Table] = field(default_factory=list)
    """Tables of `LISTED`: files that nobody wants and that have no row in `ledger`."""
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
    """Runs one source through the pool into the case."""

    def __init__(
        self,
        source: Source,
        number: int,
        writer: CaseWriter,
        pool: Pool,
        options: Options,
        talk: Talk,
        rules: Companion | None = None,
    ) -> None:
        self._source, self._id, self._writer, self._pool = source, f"S{number}", writer, pool
        self._options, self._talk, self._rules = options, talk, rules
        self._result = Collected()
        self._siblings: dict[tuple[str, str], Member] = {}
        self._companions: dict[str, list[Member]] = {}
        self._waiting: list[_Job] = []
        self._later: list[_Job] = []
        self._puts_off, self._all_known = isinstance(source, ColumnarSource), False
        self._large = 0
        """Large files under way."""
        self._seen = self._wanted_count = self._finished = 0
        self._declared: set[str] = set()
        self._asked_last: tuple[PurePosixPath | None, _Uses] = (None, ((), (), ()))

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
            kept = self._kept_companions(shelf)
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
            return self._source.listed(self._wanted, self._candidates)
        return self._source.members(self._wanted)

    def _candidates(self, paths: pa.Array) -> pa.Array:
        found = artifacts.candidates(paths)
        for suffix in SIBLINGS:
            found = pc.or_(found, pc.ends_with(paths, suffix))
        return found if self._rules is None else pc.or_(found, yara.candidates(paths))

    def _list(self, listing: Listing) -> None:
        """Members that nobody wants go into the ledger as they are."""
        table = listing.table
        self._result.listed.append(table.add_column(0, "source", pa.repeat(self._id, table.num_rows)))
        self._seen += table.num_rows
        self._report()

    def _report(self) -> None:
        self._talk.advance(self._seen, self._wanted_count, self._result.rows)

    def _wanted(self, path: PurePosixPath) -> bool:
        return self._options.hash_all or any(self._uses(path))

    def _uses(self, path: PurePosixPath) -> _Uses:
        """A source asks for a path and then gives the member: what was found the first time is kept for the second."""
        if path is not self._asked_last[0]:
            base = _base(path)
            beside = self._asked(artifacts.beside_path(path))
            uses = self._names(path), self._names(base) if base is not None else (), beside
            self._asked_last = path, uses
        return self._asked_last[1]

    def _names(self, path: PurePosixPath) -> tuple[str, ...]:
        found = artifacts.for_path(path)
        return self._asked((*found, yara.NAME) if self._rules is not None and yara.wants(path) else found)

    def _asked(self, names: tuple[str, ...]) -> tuple[str, ...]:
        only = self._options.only
        return names if only == "*" else tuple(n for n in names if fnmatch.fnmatchcase(n, only))

    def _take(self, member: Member) -> None:
        names, of_base, beside = self._uses(member.path)
        if of_base and member.content is not None:
            base = str(_base(member.path))
            self._siblings[(base, str(member.path)[len(base) :])] = member
        if member.content is not None:
            for name in beside:
                self._companions.setdefault(name, []).append(member)
        names = names if member.type in ("file", "symlink") else ()
        for name in names:
            row = self._row(member, name)
            self._result.ledger.append(row)
            self._wanted_count += 1
            self._declare(name)
            if member.type == "symlink":
                row.status, row.reason = "refused", member.reason or "a symbolic link, which is not followed"
            elif member.content is not None:
                order = (self._id, str(member.path), member.member)
                self._plan(_Job(member=member, artifact=name, row=row, order=order))
            elif member.state is State.PRESENT:
                row.status, row.reason = "damaged", "the file is listed and has no content"
        if not names:
            row = self._row(member, None)
            self._result.ledger.append(row)
            if self._options.hash_all and member.content is not None:
                row.sha256 = self._hash(member)

    def _row(self, member: Member, artifact: str | None) -> LedgerRow:
        status = (
            str(member.state) if member.state is not State.PRESENT else "not wanted" if artifact is None else "killed"
        )
        return LedgerRow(
            source=self._id, path=str(member.path), member=member.member, type=member.type, artifact=artifact,
            size=member.size, modified=member.modified, status=status, reason=member.reason,
            shown=member.shown,
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
            _unopened(job.row, e)
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

    def _opened(self, member: Member, use: Any) -> Any:
        """What `use` makes of the opened content, or None if it cannot be opened."""
        assert member.content is not None
        try:
            extent = member.content()
        except (FormatError, OSError):
            return None
        try:
            return use(extent)
        except OSError:
            return None
        finally:
            extent.close()

    def _hash(self, member: Member) -> str | None:
        return str(found) if (found := self._opened(member, Extent.hashed)) else None

    def _kept_companions(self, shelf: Shelf) -> dict[str, tuple[Companion, ...]]:
        """The companions of each artifact that waits for some, in the order of their paths."""
        needed = {job.artifact for job in self._waiting} & set(self._companions)
        members = {id(m): m for name in needed for m in self._companions[name]}
        kept = {key: found for key, m in members.items() if (found := self._keep(shelf, m)) is not None}
        return {
            name: tuple(sorted((kept[id(m)] for m in self._companions[name] if id(m) in kept), key=lambda c: c.path))
            for name in needed
        }

    def _keep(self, shelf: Shelf, member: Member) -> Companion | None:
        """A copy where every task can reach it; None for one that cannot be opened: its own ledger row says so."""
        digest = hashlib.sha256()

        def chunks(extent: Extent) -> Iterator[bytes]:
            with extent.open() as file:
                while data := file.read(_STEP):
                    digest.update(data)
                    yield data

        slot = self._opened(member, lambda extent: shelf.keep(chunks(extent), extent.size))
        return Companion(path=str(member.path), sha256=digest.hexdigest(), slot=slot) if slot else None

    def _dispatch(self, job: _Job, companions: tuple[Companion, ...] = (), there: Opened | None = None) -> None:
        """Have a file parsed; `there` is its content if that is open already."""
        try:
            parts = tuple(self._parts(job.member, there))
        except (FormatError, OSError) as e:
            _unopened(job.row, e)
            return
        job.row.sha256, job.row.size = parts[0].sha256, parts[0].size
        stamps = (self._id, parts[0].path, parts[0].sha256)
        sink = partial(self._store, job, stamps)
        if job.artifact == yara.NAME and self._rules is not None:
            companions = (self._rules,)
        task = Task(artifact=job.artifact, parts=parts, companions=companions, ticket=(job, stamps))
        self._large += _is_large(job)
        self._pool.submit(task, sink, partial(self._done, job, stamps, parts))

    def _parts(self, member: Member, there: Opened | None) -> Iterator[Part]:
        yield part("", member, there)
        for suffix in SIBLINGS if self._siblings else ():
            if (sibling := self._siblings.get((str(member.path), suffix))) is not None:
                yield part(suffix, sibling)

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
        self._finished += 1
        self._large -= _is_large(job)
        if len(self._result.ledger) < _OFTEN or self._finished % _OFTEN == 0:
            self._report()


GAPS = pa.schema([pa.field("artifact", pa.string()), *(pa.field(n, pa.string()) for n in _STAMPS), *schema(Gap)])


def stamped_schema(of: pa.Schema) -> pa.Schema:
    """A record type's schema with the columns that say where each row comes from."""
    return pa.schema([*(pa.field(n, pa.string()) for n in _STAMPS), *of])


def _base(path: PurePosixPath) -> PurePosixPath | None:
    """The file that a sibling such as `sms.db-wal` belongs to."""
    text = str(path)
    if not text.endswith(SIBLINGS):
        return None
    return next((PurePosixPath(text[: -len(s)]) for s in SIBLINGS if text.endswith(s)), None)


def _size(job: _Job) -> int:
    return job.member.size or 0


def _is_large(job: _Job) -> bool:
    return _size(job) > INLINE


def _unopened(row: LedgerRow, error: Exception) -> None:
    if isinstance(error, OSError):
        raise_for_room(error)
    row.status = "damaged"
    row.reason = f"the file cannot be opened: {getattr(error, 'strerror', None) or error!s:.200}"

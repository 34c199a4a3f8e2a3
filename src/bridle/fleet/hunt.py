"""`hunt`: new and retracted indicators against past cases.

Of each case one small file is read, its keys; its records only where they may decide something. Cases are asked by
several processes, one at a time each, so that memory does not grow with their number.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bridle.case import manifest
from bridle.case.keys import WRAPPED, Ask, Identity, identity
from bridle.engine.check import feeds_asked
from bridle.engine.options import Silence, Talk, UsageError
from bridle.fleet.hunt_case import Outcome
from bridle.fleet.hunt_question import Question, everything, question, revoked_in
from bridle.fleet.hunt_state import State
from bridle.fleet.hunt_worker import Task, begin, begin_process, chunk
from bridle.indicators import load, stored_folder

CHUNK = 16
"""Cases that a process is given at a time."""
_WAITING = 4
"""Chunks for each process that are given out."""


@dataclass(frozen=True, kw_only=True)
class Hunt:
    """What is asked, and of which cases."""

    cases: tuple[Path, ...]
    """Cases, folders of cases, lakes."""
    indicators: tuple[str, ...]
    since: tuple[Path, ...] = ()
    """The feeds as they were the last time."""
    state: Path | None = None
    jobs: int = 1
    audience: str = "TLP:CLEAR"
    ask: Ask | None = None
    today: date | None = None


@dataclass(kw_only=True)
class Result:
    """What came of a hunt, by case in the order of their names."""

    outcomes: list[Outcome] = field(default_factory=list)
    indicators: int = 0
    """That were looked for."""
    state: State | None = None
    by_columns: int = 0
    """Patterns that no key tells: for them the records of every case were read."""

    @property
    def new(self) -> int:
        return sum(len(o.new) for o in self.outcomes)

    @property
    def exit(self) -> int:
        """1: something is new; 3: nothing is, and some case could not be read."""
        return 1 if self.new else 3 * any(o.state == "unreadable" for o in self.outcomes)

    def remember(self) -> None:
        """Leave out next time what was asked: to be called once the outcomes are where they are to be. Before that they
        would be lost with this process, and nobody would ask again. Raises OSError."""
        if self.state is not None:
            self.state.save()


def hunt(asked: Hunt, talk: Talk | None = None) -> Result:
    """Ask every case; the caller has the result remembered.

    Raises UsageError, StateError (exit 2), CaseLockedError or OSError (exit 3).
    """
    talk = talk or Silence()
    found = feeds_asked(asked.indicators, talk, needed=not asked.since)
    paths = [stored_folder() if name == "stored" else Path(name) for name in asked.indicators] or [stored_folder()]
    previous = _previous(asked.since) if asked.since else None
    today = asked.today or datetime.now(UTC).date()
    part = question(found, previous, revoked_in(paths), today, asked.audience)
    whole = everything(part, found) if previous else part
    cases = cases_of(asked.cases)
    own = identity(create=False, ask=asked.ask) if any((c / WRAPPED).exists() for c in cases) else None
    state = State(asked.state)
    result = Result(indicators=len(part.sought), by_columns=part.by_columns, state=state)
    if part.by_columns:
        talk.warn(
            f"{part.by_columns} patterns of the feeds have no value that is compared whole: the records of every case"
            " are read for them, which takes as long as `recheck`."
        )
    work = list(_work(cases, state, found.digest, previous.digest if previous else None, result))
    for n, outcome in enumerate(_ask_all(work, (part, whole), own, today, asked.jobs), 1):
        result.outcomes.append(outcome)
        if outcome.state == "done":
            state.add(outcome.manifest, found.digest)
        if n % CHUNK == 0 or n == len(work):
            hits = sum(1 for o in result.outcomes if o.new)
            talk.stage(f"Hunting: {n:,} of {len(work):,} cases, {hits:,} with something new")
    result.outcomes.sort(key=lambda o: o.case)
    return result


def _previous(since: Sequence[Path]) -> Any:
    for path in since:
        if not path.exists():
            raise UsageError(f"the feed {path} does not exist")
    previous = load(since)
    if not any(f.loaded for f in previous.feeds):
        raise UsageError("none of the feeds named with --since could be loaded; `bridle indicators lint FILE` says why")
    return previous


def cases_of(named: Iterable[Path]) -> list[Path]:
    """Every case that is named, or lies in a folder or lake that is, each once. Raises UsageError where none does."""
    found: dict[Path, None] = {}
    for path in named:
        if "://" in str(path) or ":/" in str(path):
            raise UsageError(f"{path} is not on this machine; copy the lake's cases/ here, or mount it")
        some = list(_below(path))
        if not some:
            raise UsageError(f"{path} holds no case: no manifest.json there, in its folders or in cases/ below it")
        found |= dict.fromkeys(some)
    return sorted(found)


def _below(path: Path) -> Iterator[Path]:
    if (path / manifest.NAME).is_file():
        yield path
        return
    folder = path / "cases" if (path / "cases").is_dir() else path
    if folder.is_dir():
        children = (c for c in folder.iterdir() if not c.name.startswith("."))
        yield from (c for c in children if (c / manifest.NAME).is_file())


def _work(cases: Sequence[Path], state: State, feeds: str, before: str | None, result: Result) -> Iterator[Task]:
    """What is left to do. A case that was asked the previous feeds is asked only what is new in these."""
    for case in cases:
        try:
            known = manifest.digest(case) if state.is_used else ""
        except OSError as e:
            result.outcomes.append(Outcome(case=str(case), state="unreadable", why=str(e)))
            continue
        if known and state.is_done(known, feeds):
            result.outcomes.append(Outcome(case=str(case), manifest=known, state="before"))
        else:
            yield case, bool(known and before and not state.is_done(known, before))


def _ask_all(
    work: Sequence[Task], questions: tuple[Question, Question], own: Identity | None, today: date, jobs: int
) -> Iterator[Outcome]:
    """The outcomes, as they come."""
    if jobs == 1 or len(work) <= CHUNK:
        begin(questions, own, today)
        for task in work:
            yield from chunk([task])
        return
    left = deque(list(work[n : n + CHUNK]) for n in range(0, len(work), CHUNK))
    while left:
        size = jobs if len(left[0]) > 1 else 1
        yield from _pooled(left, questions, own, today, size)


def _pooled(
    left: deque[list[Task]], questions: tuple[Question, Question], own: Identity | None, today: date, jobs: int
) -> Iterator[Outcome]:
    """Asks until nothing is left or a process died; then what it was asking is asked one by one."""
    context = multiprocessing.get_context("spawn")
    given: dict[Future[list[Outcome]], list[Task]] = {}
    with ProcessPoolExecutor(jobs, context, begin_process, (questions, own, today)) as pool:
        while left or given:
            while left and len(given) < (jobs * _WAITING if jobs > 1 else 1):
                some = left.popleft()
                try:
                    given[pool.submit(chunk, some)] = some
                except BrokenProcessPool:
                    left.appendleft(some)
                    break
            if not given:
                return
            done, _ = wait(given, return_when=FIRST_COMPLETED)
            for future in done:
                if isinstance(future.exception(), BrokenProcessPool):
                    yield from _broken([*given.values()], left)
                    return
                del given[future]
                yield from future.result()


def _broken(given: Sequence[list[Task]], left: deque[list[Task]]) -> Iterator[Outcome]:
    """Cases that are asked again one by one; of the one that was asked alone, that it cost a process."""
    if len(given) == 1 and len(given[0]) == 1:
        yield Outcome(case=str(given[0][0][0]), state="unreadable", why="the process that read it died")
    else:
        left.extendleft([task] for some in given for task in some)

"""The coordinator: hands tasks to an executor, a few at a time, and tells what becomes of them.

It keeps nothing to itself. Killed at any moment, the lake holds every case that was finished, and the same command goes
on with the rest.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bridle.case.locking import sweep, taken
from bridle.fleet import inputs, plan
from bridle.fleet.executor import Executor
from bridle.fleet.outcome import DONE, Outcome, worst
from bridle.fleet.prepare import ASIDE, KEPT, Entry, Prepared
from bridle.fleet.storage import BUILDING, LakeError, Local


@dataclass
class Report:
    """How a run ended, task by task."""

    outcomes: list[tuple[Entry, Outcome]] = field(default_factory=list)
    """Of every task of the run, those that were done before among them."""
    forgotten: int = 0

    @property
    def exit(self) -> int:
        return worst(o for _, o in self.outcomes)

    def counts(self) -> Counter[str]:
        """How many are `done` now, `kept` from before, `failed`, `poison`, `forgotten`."""
        states = ("kept" if o.kept or e.state == KEPT else o.status for e, o in self.outcomes)
        return Counter(states) + Counter(forgotten=self.forgotten)


class Watch(Protocol):
    """Told of a run as it goes."""

    def begin(self, waiting: int, kept: int) -> None: ...
    def ended(self, entry: Entry, outcome: Outcome) -> None: ...


def run(prepared: Prepared, executor: Executor, watch: Watch) -> Report:
    """Do every task that waits. Raises ExecutorError and LakeError; then what was done is done."""
    by_task = {e.planned.task: e for e in prepared.entries}
    report = Report(forgotten=sum(e.outcome is None and e.state == "forgotten" for e in prepared.entries))
    for entry in prepared.entries:
        if entry.state in (KEPT, ASIDE) and entry.outcome is not None:
            report.outcomes.append((entry, entry.outcome))
    todo = deque(prepared.waiting())
    watch.begin(len(todo), len(report.outcomes))
    flying = 0
    while todo or flying:
        while todo and executor.submit(prepared.job(todo[0])):
            todo.popleft()
            flying += 1
        for outcome in executor.completed():
            flying -= 1
            entry = by_task[outcome.task]
            report.outcomes.append((entry, outcome))
            watch.ended(entry, outcome)
    return report


@contextmanager
def begun(prepared: Prepared) -> Iterator[None]:
    """Store plan and feeds, and be the only run on a lake of this machine. Raises LakeError."""
    lake = prepared.lake
    with _alone(lake.storage.folder) if isinstance(lake.storage, Local) else _nobody():
        lake.begin()
        inputs.put(lake.storage, prepared.inputs)
        plan.write(lake, prepared.plan.without(lake.tombstones()))  # some may be of the last seconds
        yield


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _alone(folder: os.PathLike[str]) -> Iterator[None]:
    """Holds the lake's lock; what dead runs were building is removed."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        lock = os.open(os.path.join(folder, ".lock"), os.O_RDWR | os.O_CREAT, 0o600)  # noqa: PTH118
    except OSError as e:
        raise LakeError(f"{folder} cannot be written: {e.strerror}; name another place") from e
    try:
        if not taken(lock):
            raise LakeError(f"another run is filling {folder} now; wait for it, or see `bridle fleet status`")
        local = Local(folder)  # type: ignore[arg-type]
        sweep(local.folder / BUILDING, "")
        local.sweep_files()
        yield
    finally:
        os.close(lock)


def findings(outcomes: Sequence[Outcome]) -> Counter[str]:
    """Findings by level, of all cases."""
    total: Counter[str] = Counter()
    for one in outcomes:
        if one.status == DONE:
            total.update(one.findings)
    return total

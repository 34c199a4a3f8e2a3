"""Where tasks run: three calls, whoever is behind them. Here: worker processes of this machine.

A worker that dies costs nothing but time: its own task is the only one it had, is tried again in a fresh worker, and
the last time with nothing else running. A task that takes its worker with it each time is set aside with the reason.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from bridle.fleet.child import COMMAND, Child, WorkerDiedError
from bridle.fleet.lake import Lake
from bridle.fleet.outcome import POISON, UNREADABLE, Outcome, now
from bridle.fleet.task import Job

TRIES = 3
LIMIT = 6 * 3600.0
AHEAD = 2
"""Tasks in flight for each worker: one that runs, one that waits."""


class ExecutorError(Exception):
    """What runs the tasks was lost or cannot be had. One sentence and a next step."""


class Executor(Protocol):
    """Runs tasks somewhere else."""

    def submit(self, job: Job) -> bool:
        """Take a task; False where as many as can be used are in flight already: ask `completed` first."""

    def completed(self) -> list[Outcome]:
        """Wait until a task ends; all that have ended since the last call. Empty only where none is in flight."""

    def close(self) -> None:
        """End what still runs."""


class Gate:
    """Tasks pass side by side, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside, self._alone, self._wishes = 0, False, 0

    @contextmanager
    def passing(self, *, alone: bool) -> Iterator[None]:
        with self._changed:
            self._wishes += alone
            try:
                if alone:
                    self._changed.wait_for(lambda: not self._inside)
                else:
                    self._changed.wait_for(lambda: not self._alone and not self._wishes)
            finally:
                self._wishes -= alone
            self._inside += 1
            self._alone = alone
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._alone = False
                self._changed.notify_all()


def attempted(child: Child, job: Job, limit: float, tries: int, gate: Gate) -> Outcome:
    """The outcome of a task after as many attempts as it takes; `poison` after the last."""
    reason = ""
    for attempt in range(1, tries + 1):
        try:
            with gate.passing(alone=1 < attempt == tries):
                return replace(child.run(job, limit), attempts=attempt)
        except WorkerDiedError as e:
            reason = str(e)
    return poisoned(job, f"{reason}, {tries} times, the last time alone" if tries > 1 else reason, tries)


def poisoned(job: Job, reason: str, attempts: int) -> Outcome:
    """A task that is set aside, kept in the lake."""
    found = Outcome(
        task=job.task, status=POISON, exit=UNREADABLE, reason=reason, attempts=attempts, time=now()
    )  # fmt: skip
    Lake(job.lake).keep(found)
    return found


class Processes:
    """Worker processes, each driven by a thread."""

    def __init__(
        self, workers: int, limit: float = LIMIT, tries: int = TRIES, command: Sequence[str] = COMMAND
    ) -> None:
        self._limit, self._tries = limit, tries
        self._most, self._flying = AHEAD * workers, 0
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        self._gate, self._closed = Gate(), False
        self.children = [Child(command) for _ in range(workers)]
        self._threads = [threading.Thread(target=self._drive, args=(c,), daemon=True) for c in self.children]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> bool:
        if self._flying >= self._most:
            return False
        self._flying += 1
        self._jobs.put(job)
        return True

    def completed(self) -> list[Outcome]:
        found: list[Outcome] = []
        while self._flying and (not found or not self._ended.empty()):
            one = self._ended.get()
            self._flying -= 1
            if isinstance(one, BaseException):
                raise one
            found.append(one)
        return found

    def close(self) -> None:
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for child in self.children:
            child.close()

    def _drive(self, child: Child) -> None:
        while (job := self._jobs.get()) is not None and not self._closed:
            try:
                found: Outcome | BaseException = attempted(child, job, self._limit, self._tries, self._gate)
            except BaseException as e:  # noqa: BLE001 - the caller's thread raises it
                found = e
            self._ended.put(found)
        child.close()

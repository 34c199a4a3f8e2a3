"""The parent's side of the sandbox: children that parse, and a pool of them.

A child receives descriptors and numbers, never a path or the case; it sends back Arrow batches and one closing line.
If it dies, its file is lost and the next child goes on. Only the parent writes. Small files of one artifact cross many
at a time, for what a message costs is more than most of them do.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import field

import pyarrow as pa

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.arrow import schema
from bridle.sandbox import inside
from bridle.sandbox.child import SinkError, Worker
from bridle.sandbox.inside import Inside
from bridle.sandbox.known import load
from bridle.sandbox.tasks import INLINE, Companion, Done, Gathered, Job, Limits, Names, Outcome, Part, Sink, Task
from bridle.sandbox.wire import DESCRIPTORS, GAP

__all__ = ["INLINE", "Companion", "Gathered", "Limits", "Outcome", "Part", "Pool", "Sink", "Task"]

FILES = 512
"""Small files in one message."""
BYTES = 4 << 20
"""Their content in one message; of all that wait, twice as much."""
WORTH = 6 << 20
"""Bytes of content that wait or are being read, for each child there is, before one more is worth its start."""
LEAST = 4 << 10
"""What a file counts at least towards that."""


def _names(artifact: str) -> Names:
    """An artifact's tables. Asked by the caller's thread: parsing and importing sources is not for several at once."""
    known = load(artifact)
    tables = {i: (known.table(r), schema(r)) for i, r in enumerate(known.records)}
    return {**tables, GAP: ("gaps", schema(Gap))}


@dataclass
class _Waiting:
    """Small files of one artifact that are not sent yet."""

    jobs: list[Job] = field(default_factory=list)
    size: int = 0
    descriptors: int = 0

    def add(self, job: Job, size: int, descriptors: int) -> None:
        self.jobs.append(job)
        self.size += size
        self.descriptors += descriptors


def _weighed(task: Task) -> tuple[int, int]:
    """Bytes of content, and descriptors."""
    size, descriptors = 0, len(task.companions)
    for part in task.parts:
        size += part.size
        descriptors += part.extent is not None
    return size, descriptors


def _work(jobs: Sequence[Job]) -> int:
    return sum(max(_weighed(job.task)[0], LEAST) for job in jobs)


def _weakest(said: Sequence[str]) -> str:
    """`open` if that is so of one child, else what all say that ran; `unknown` if none did."""
    known = {one for one in said if one != "unknown"}
    return "open" if "open" in known else known.pop() if known else "unknown"


def missing_walls(network: str, system_calls: str) -> str | None:
    """What the children could still do, as a sentence for people; None where both walls stand or no child ran."""
    could = []
    if network == "open" and system_calls == "open":
        could.append("reach the network")
    if system_calls == "open":
        could.append("start programs and open files for writing, though not put a byte into them")
    if not could:
        return None
    return f"on this system parsers could {' and '.join(could)}: `bridle doctor` says what to do"


DRIVER = "bridle-parser"
"""The name of the threads that drive a child each."""


class Pool:
    """Several children, each driven by one thread for its life. `submit` waits while all are busy and as many files
    wait, so that open files stay bounded. Threads and children are started only as there is work for them: the first
    for any, one more when there is so much that its start is worth it."""

    def __init__(self, jobs: int, limits: Limits | None = None, files: int | None = None) -> None:
        """A message has at most `files` small files, by default `FILES`."""
        self._limits, self._files = limits or Limits(), files or FILES
        self._jobs = 1 if inside.needed() else jobs
        self.gathered: Gathered | None = None
        """Called instead of the tasks' sinks with rows that come of several files at once; one at a time, as they."""
        self._workers: list[Worker | Inside] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._queue: queue.Queue[list[Job] | None] = queue.Queue(maxsize=max(jobs, 1))
        self._waiting: dict[str, _Waiting] = {}
        self._names: dict[str, Names] = {}
        self._size = self._descriptors = self._busy = self._under_way = 0
        self._failures: list[BaseException] = []

    @property
    def network(self) -> str:
        """`cut` or `open`: what the children that ran could reach; `unknown` before the first."""
        return _weakest([w.network for w in self._workers])

    @property
    def system_calls(self) -> str:
        """`filtered` or `open`: what the children that ran may ask of the kernel; `unknown` before the first."""
        return _weakest([w.system_calls for w in self._workers])

    @property
    def weaker(self) -> list[str]:
        """What this system could not take from the parsers that ran, a sentence each."""
        return sorted({said for w in self._workers for said in w.weaker})

    def submit(self, task: Task, sink: Sink, done: Done) -> None:
        """Have a task run, small ones together with others. `sink` and `done` are called one at a time."""
        self._raise_failures()
        if task.artifact not in self._names:
            self._names[task.artifact] = _names(task.artifact)
        job = Job(task=task, sink=sink, done=done)
        size, descriptors = _weighed(task)
        if self._files < 2 or size > INLINE or len(task.companions) > 1:
            self._put([job])
            return
        waiting = self._waiting.get(task.artifact)
        if waiting is None:
            waiting = self._waiting[task.artifact] = _Waiting()
        waiting.add(job, size, descriptors)
        self._size += size
        self._descriptors += descriptors
        if len(waiting.jobs) >= self._files or waiting.size >= BYTES or waiting.descriptors > DESCRIPTORS - 4:
            self._send(task.artifact)
        if self._size > 2 * BYTES:
            self._send(max(self._waiting, key=lambda name: self._waiting[name].size))
        if self._descriptors > DESCRIPTORS:
            self._send(max(self._waiting, key=lambda name: self._waiting[name].descriptors))

    def _send(self, artifact: str) -> None:
        """No longer wait for company."""
        waiting = self._waiting.pop(artifact)
        self._size -= waiting.size
        self._descriptors -= waiting.descriptors
        self._put(waiting.jobs)

    def _put(self, jobs: list[Job]) -> None:
        with self._lock:
            self._busy += 1
            self._under_way += _work(jobs)
            have = len(self._threads)
            needed = have < min(self._busy, self._jobs) and self._under_way >= have * WORTH
        if needed:
            self._add()
        self._queue.put(jobs)

    def begin(self) -> None:
        """Start the first child now: it imports what it needs while the caller still looks for work."""
        if not self._threads:
            self._add(early=True)

    def _add(self, *, early: bool = False) -> None:
        kind = Inside if inside.needed() else Worker
        worker = kind(self._limits, self._gathered)
        self._workers.append(worker)
        self._threads.append(threading.Thread(target=self._drive, name=DRIVER, args=(worker, early), daemon=True))
        self._threads[-1].start()

    def _drive(self, worker: Worker | Inside, early: bool) -> None:
        """One child's work, message by message, until there is no more."""
        if early:
            worker.begin()
        while (jobs := self._queue.get()) is not None:
            try:
                if not self._failures:
                    worker.run([self._guarded(job) for job in jobs], self._names[jobs[0].task.artifact])
            except BaseException as e:  # noqa: BLE001 - handed to the main thread, which raises it
                worker.stop()
                self._failures.append(e.__cause__ or e if isinstance(e, SinkError) else e)
            finally:
                for job in jobs:
                    job.close()
                with self._lock:
                    self._busy -= 1
                    self._under_way -= _work(jobs)
                self._queue.task_done()

    def _guarded(self, job: Job) -> Job:
        """The same, one at a time; what the caller's own functions raise is none of the child's faults."""

        def sink(name: str, batch: pa.RecordBatch) -> None:
            try:
                with self._lock:
                    job.sink(name, batch)
            except Exception as e:
                raise SinkError from e

        def done(outcome: Outcome) -> None:
            try:
                with self._lock:
                    job.done(outcome)
            except Exception as e:
                raise SinkError from e

        return Job(task=job.task, sink=sink, done=done)

    def _gathered(self, name: str, batch: pa.RecordBatch, runs: Sequence[tuple[Job, int]]) -> None:
        """Rows of several files, to whoever takes them at once or to each task's own sink."""
        if self.gathered is None:
            start = 0
            for job, count in runs:
                job.sink(name, batch.slice(start, count))
                start += count
            return
        try:
            with self._lock:
                self.gathered(name, batch, [(job.task, count) for job, count in runs])
        except Exception as e:
            raise SinkError from e

    def _raise_failures(self) -> None:
        if self._failures:
            raise self._failures[0]

    def join(self) -> None:
        """Wait for every task. Raises what a sink or `done` raised."""
        for artifact in list(self._waiting):
            self._send(artifact)
        self._queue.join()
        self._raise_failures()

    def close(self) -> None:
        """End the children, behind what they are at; tasks that still wait for company are not run."""
        for waiting in self._waiting.values():
            for job in waiting.jobs:
                job.close()
        self._waiting.clear()
        for _ in self._threads:
            self._queue.put(None)
        for t in self._threads:
            t.join()
        self._threads.clear()
        for w in self._workers:
            w.stop()

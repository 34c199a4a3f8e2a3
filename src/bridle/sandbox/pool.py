"""The parent's side of the sandbox: children that parse, and a pool of them.

A child receives descriptors and numbers, never a path or the case; it sends back Arrow batches and one closing line.
If it dies, its file is lost and the next child goes on. Only the parent writes.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from bridle.core import Gap
from bridle.evidence.archive import Slot
from bridle.evidence.extent import Extent
from bridle.formats.arrow import schema
from bridle.sandbox.known import load
from bridle.sandbox.wire import FRAME, GAP, MAX_FRAME


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use. `wall` and `cpu` are seconds for one file, `memory` is bytes of address space."""

    memory: int = 3 << 30
    wall: float = 900.0
    cpu: int = 600


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file, or a sibling of it, as it crosses to the child."""

    suffix: str
    path: str
    sha256: str
    extent: Extent


@dataclass(frozen=True, kw_only=True)
class Companion:
    """Another file of the acquisition, kept where every task that needs it can be handed it."""

    path: str
    sha256: str
    slot: Slot


@dataclass(frozen=True, kw_only=True)
class Task:
    """One artifact to be read from one file."""

    artifact: str
    parts: tuple[Part, ...]
    """The file itself first, then its siblings."""
    companions: tuple[Companion, ...] = ()
    """Files whose descriptors stay with whoever keeps the slots."""


@dataclass(kw_only=True)
class Outcome:
    """What one parser made of one file."""

    status: str = "killed"
    """`parsed`, `damaged` (the bytes are not what they should be) or `killed` (the parser died)."""
    reason: str | None = None
    rows: int = 0
    gaps: int = 0


Sink = Callable[[str, pa.RecordBatch], None]
"""Called in the parent with a table's name (or `gaps`) and rows, in the order the parser gave them."""


Names = dict[int, tuple[str, pa.Schema]]
"""Table number on the wire to the table's name and columns."""


def _names(artifact: str) -> Names:
    """An artifact's tables. Asked by the caller's thread: parsing and importing sources is not for several at once."""
    known = load(artifact)
    tables = {i: (known.table(r), schema(r)) for i, r in enumerate(known.records)}
    return {**tables, GAP: ("gaps", schema(Gap))}


class Worker:
    """One child process, restarted when it dies."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self.network = "unknown"

    def run(self, task: Task, names: Names, sink: Sink) -> Outcome:
        """Parse one file in the child. Never raises for what the child does; the outcome says it."""
        outcome = Outcome()
        try:
            self._start()
            self._send(task)
            self._collect(names, sink, outcome)
        except (OSError, EOFError, pa.ArrowInvalid, ValueError, KeyError) as e:
            outcome.status = "killed"
            outcome.reason = outcome.reason or self._why(e)
            self.stop()
        return outcome

    def _start(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        self.stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            command = [
                sys.executable,
                "-m",
                "bridle.sandbox.worker",
                str(theirs.fileno()),
                json.dumps(asdict(self._limits)),
            ]
            env = {k: v for k, v in os.environ.items() if k in _KEPT_ENVIRONMENT}
            env |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
            self._child = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._socket = ours
        ours.settimeout(60)
        _, _, hello = self._frame()
        self.network = str(json.loads(hello)["network"])

    def _send(self, task: Task) -> None:
        assert self._socket is not None
        kept = list(dict.fromkeys(c.slot.descriptor for c in task.companions))
        numbers = [_numbers(p) for p in task.parts]
        beside = [_slot_numbers(c, len(numbers) + kept.index(c.slot.descriptor)) for c in task.companions]
        head = json.dumps({"artifact": task.artifact, "parts": numbers, "companions": beside}).encode()
        payload = struct.pack(">I", len(head)) + head
        sent = socket.send_fds(self._socket, [payload], [*(p.extent.descriptor for p in task.parts), *kept])
        self._socket.sendall(payload[sent:])

    def _collect(self, names: Names, sink: Sink, outcome: Outcome) -> None:
        assert self._socket is not None
        self._socket.settimeout(None)
        expired = threading.Event()
        watchdog = threading.Timer(self._limits.wall, self._expire, [expired])
        watchdog.start()
        try:
            while not self._one_frame(names, sink, outcome):
                pass
        except (OSError, EOFError):
            if expired.is_set():
                outcome.reason = f"stopped after {self._limits.wall:g} s"
            raise
        finally:
            watchdog.cancel()

    def _one_frame(self, names: Names, sink: Sink, outcome: Outcome) -> bool:
        """Take one frame; True when it was the closing line."""
        mark, number, payload = self._frame()
        if mark == b"D":
            closing = json.loads(payload)
            outcome.status, outcome.reason = str(closing["status"]), closing["reason"]
            if closing.get("exhausted"):
                self.stop()
            return True
        name, expected = names[number]
        for batch in pa.ipc.open_stream(payload):
            if not batch.schema.equals(expected):
                raise ValueError(f"the child sent other columns for {name}")
            batch.validate(full=True)
            if number == GAP:
                outcome.gaps += batch.num_rows
            else:
                outcome.rows += batch.num_rows
            sink(name, batch)
        return False

    def _expire(self, expired: threading.Event) -> None:
        expired.set()
        if self._child is not None:
            self._child.kill()

    def _frame(self) -> tuple[bytes, int, bytes]:
        mark, number, length = FRAME.unpack(self._exactly(FRAME.size))
        if length > MAX_FRAME:
            raise ValueError(f"the child sent a frame of {length} bytes")
        return mark, number, self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        assert self._socket is not None
        data = bytearray(count)
        view = memoryview(data)
        while view:
            got = self._socket.recv_into(view)
            if not got:
                raise EOFError
            view = view[got:]
        return bytes(data)

    def _why(self, error: Exception) -> str:
        if self._child is None:
            return f"the parser process could not be started: {error}"
        try:
            code = self._child.wait(5)
        except subprocess.TimeoutExpired:
            return f"the parser process misbehaved: {error!s:.60}"
        return f"the parser process was stopped by signal {-code}" if code < 0 else f"the parser process ended ({code})"

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None


def _numbers(part: Part) -> dict[str, Any]:
    e = part.extent
    where = {
        "offset": e.offset,
        "length": e.length,
        "size": e.size,
        "cipher": e.cipher,
        "key": e.key.hex(),
        "iv": e.iv.hex(),
        "start": e.start,
    }
    return {"suffix": part.suffix, "path": part.path, "sha256": part.sha256, **where}


def _slot_numbers(companion: Companion, descriptor: int) -> dict[str, Any]:
    s = companion.slot
    where = {"descriptor": descriptor, "offset": s.offset, "size": s.size, "key": s.key.hex()}
    return {"path": companion.path, "sha256": companion.sha256, **where}


_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV", "HOME")


class _SinkError(Exception):
    """What the caller's sink raised, carried past the handling of the child's faults."""


class Pool:
    """Several workers, each driven by a thread. `submit` waits while all are busy, so that open files stay bounded."""

    def __init__(self, jobs: int, limits: Limits | None = None) -> None:
        self._free = [Worker(limits or Limits()) for _ in range(jobs)]
        self._all = list(self._free)
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(jobs)
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    @property
    def network(self) -> str:
        """`cut` or `open`: what the children that ran could reach; `unknown` before the first."""
        known = {w.network for w in self._all} - {"unknown"}
        return "open" if "open" in known else "cut" if known else "unknown"

    def submit(self, task: Task, sink: Sink, done: Callable[[Outcome], None]) -> None:
        """Run a task on the next free worker; waits while all are busy. `sink` and `done` are called one at a time."""
        self._raise_failures()
        names = _names(task.artifact)
        self._slots.acquire()
        with self._lock:
            worker = self._free.pop()
        thread = threading.Thread(target=self._drive, args=(worker, task, names, sink, done), daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _drive(self, worker: Worker, task: Task, names: Names, sink: Sink, done: Callable[[Outcome], None]) -> None:
        def guarded(name: str, batch: pa.RecordBatch) -> None:
            try:
                with self._lock:
                    sink(name, batch)
            except Exception as e:
                raise _SinkError from e

        try:
            outcome = worker.run(task, names, guarded)
            with self._lock:
                done(outcome)
        except _SinkError as e:
            worker.stop()
            self._failures.append(e.__cause__ or e)
        except BaseException as e:  # noqa: BLE001 - handed to the main thread, which raises it
            self._failures.append(e)
        finally:
            for p in task.parts:
                p.extent.close()
            with self._lock:
                self._free.append(worker)
            self._slots.release()

    def _raise_failures(self) -> None:
        if self._failures:
            raise self._failures[0]

    def join(self) -> None:
        """Wait for every task. Raises what a sink or `done` raised."""
        for t in self._threads:
            t.join()
        self._raise_failures()

    def close(self) -> None:
        for t in self._threads:
            t.join()
        for w in self._all:
            w.stop()

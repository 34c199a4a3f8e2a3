"""The parent's side of one child process: files go out, rows come back, and a child that dies costs its file."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from bridle.sandbox import wire
from bridle.sandbox.coming_back import Bulk, Coming
from bridle.sandbox.tasks import Companion, Job, Limits, Names, Part
from bridle.sandbox.wire import FRAME, MAX_FRAME, Progress

_ENDED = (
    OSError, EOFError, ValueError, LookupError, TypeError, RecursionError, struct.error, pa.ArrowException,
)  # fmt: skip
"""What a child can bring about by dying, or by sending anything but what it should."""
UNBOUNDED = {"memory": "the memory of parsers could not be bounded", "files": "parsers could write files"}
"""What a child says of itself, as it is told."""
_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV", "HOME")


class SinkError(Exception):
    """What the caller's sink raised, carried past the handling of the child's faults."""


class _ExpiredError(OSError):
    """A file took longer than it may."""


class Worker:
    """One child process, started when there is work and again when it died."""

    def __init__(self, limits: Limits, gathered: Bulk) -> None:
        self._limits, self._gathered = limits, gathered
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._progress: Progress | None = None
        self._begun = self._wall = self._last = 0.0
        self.network = self.system_calls = "unknown"
        self.weaker: tuple[str, ...] = ()
        """What this system could not take from the child, a sentence each."""

    def run(self, jobs: Sequence[Job], names: Names) -> None:
        """Have every file parsed, all by the same artifact. What the child does is never raised; the outcomes say it.

        After a child died in one of several files the others are read by the next one. Raises SinkError.
        """
        waiting = [list(jobs)] if jobs else []
        while waiting:
            message = Coming(waiting.pop(), names, self._gathered)
            culprits = self._attempt(message)
            left = message.unfinished(culprits)
            if left and not culprits and not message.finished:
                waiting += [[job] for job in reversed(left)]
            elif left:
                waiting.append(left)

    def begin(self) -> None:
        """Start the child before there is work. If it cannot be started, the first files tell why."""
        try:
            self._start()
        except _ENDED:
            self.stop()

    def _attempt(self, message: Coming) -> set[int]:
        """Send a message and take what comes; returns the files that ended the child, whose outcomes are told."""
        try:
            self._start()
            self._send(message.jobs)
            while not message.complete():
                if self._one_frame(message):
                    self.stop()
                    break
        except _ENDED as e:
            reason = f"stopped after {self._wall:g} s" if isinstance(e, _ExpiredError) else self._why(e)
            culprits = message.guilty(self._place())
            self.stop()
            message.kill(culprits, reason)
            return culprits
        return set()

    def _start(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        self.stop()
        self._progress = Progress.new()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket = ours
        passed = [theirs.fileno(), self._progress.descriptor]
        with theirs:
            command = [
                sys.executable, "-m", "bridle.sandbox.worker", *map(str, passed), json.dumps(asdict(self._limits)),
            ]  # fmt: skip
            env = {k: v for k, v in os.environ.items() if k in _KEPT_ENVIRONMENT}
            env |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
            self._child = subprocess.Popen(
                command, pass_fds=passed, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._clock(60)
        _, _, _, hello = self._frame()
        told = json.loads(bytes(hello))
        self.network, self.system_calls = str(told["network"]), str(told["system_calls"])
        self.weaker = tuple(said for what, said in UNBOUNDED.items() if what in told["unbounded"])

    def _send(self, jobs: Sequence[Job]) -> None:
        assert self._socket is not None
        assert self._progress is not None
        descriptors: dict[int, int] = {}
        contents: list[bytes] = []
        files = described(jobs, descriptors, contents)
        head = json.dumps({"artifact": jobs[0].task.artifact, "files": files}).encode()
        body = b"".join(contents)
        payload = b"".join((wire.HEAD.pack(len(head), len(body)), head, body))
        self._progress.enter(-1)
        self._clock(self._limits.wall, len(jobs))
        self._socket.settimeout(max(self._limits.wall, 1))
        sent = socket.send_fds(self._socket, [payload], list(descriptors))
        self._socket.sendall(memoryview(payload)[sent:])

    def _one_frame(self, message: Coming) -> bool:
        """Take one frame; True when the child asks to be replaced."""
        mark, number, file, body = self._frame()
        if mark == b"B":
            message.rows(number, file, body)
            return False
        if mark == b"D":
            return message.close(file, body)
        if mark == b"G":
            return message.gathered(body)
        raise ValueError(f"the child sent a frame {mark!r}")

    def _frame(self) -> tuple[bytes, int, int, pa.Buffer]:
        head = bytearray(FRAME.size)
        self._exactly(memoryview(head))
        mark, number, file, length = FRAME.unpack(head)
        if length > MAX_FRAME:
            raise ValueError(f"the child sent a frame of {length} bytes")
        body = pa.allocate_buffer(length)
        self._exactly(memoryview(body))
        return mark, number, file, body

    def _exactly(self, view: memoryview) -> None:
        assert self._socket is not None
        while view:
            self._socket.settimeout(self._time_left())
            try:
                got = self._socket.recv_into(view)
            except TimeoutError:
                continue
            if not got:
                raise EOFError
            view = view[got:]

    def _clock(self, wall: float, files: int = 1) -> None:
        """So many seconds for each of so many files, from now."""
        self._begun, self._wall = time.monotonic(), wall
        self._last = self._begun + wall * files

    def _time_left(self) -> float:
        """Seconds that the file the child is in may still take. Raises _ExpiredError."""
        _, begun = self._place()
        now = time.monotonic()
        left = min(max(min(begun, now), self._begun) + self._wall, self._last) - now
        if left <= 0:
            if self._child is not None:
                self._child.kill()
            raise _ExpiredError
        return left

    def _place(self) -> tuple[int, float]:
        return self._progress.read() if self._progress is not None else (-1, 0.0)

    def _why(self, error: Exception) -> str:
        if self._child is None:
            return f"the parser process could not be started: {error}"
        try:
            code = self._child.wait(5 if isinstance(error, OSError | EOFError) else 0.1)
        except subprocess.TimeoutExpired:
            return f"the parser process misbehaved: {error!s:.60}"
        return f"the parser process was stopped by signal {-code}" if code < 0 else f"the parser process ended ({code})"

    def stop(self) -> None:
        """End the child, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        if self._progress is not None:
            self._progress.close()
            self._progress = None


def described(jobs: Sequence[Job], descriptors: dict[int, int], contents: list[bytes]) -> list[Any]:
    """The files as numbers; `descriptors` (with their place) and `contents` are filled."""
    end = 0
    files = []
    for job in jobs:
        parts = []
        for p in job.task.parts:
            if p.content is not None:
                contents.append(p.content)
                parts.append((p.suffix, p.path, p.sha256, (end, end + len(p.content))))
                end += len(p.content)
            else:
                parts.append(_extent(p, descriptors))
        files.append((parts, [_slot(c, descriptors) for c in job.task.companions]))
    return files


def _extent(part: Part, descriptors: dict[int, int]) -> tuple[Any, ...]:
    e = part.extent
    assert e is not None
    where = descriptors.setdefault(e.descriptor, len(descriptors))
    numbers = (where, e.offset, e.length, e.size, e.cipher, e.key.hex(), e.iv.hex(), e.start)
    return (part.suffix, part.path, part.sha256, *numbers)


def _slot(companion: Companion, descriptors: dict[int, int]) -> tuple[Any, ...]:
    s = companion.slot
    where = descriptors.setdefault(s.descriptor, len(descriptors))
    numbers = (where, s.offset, s.size, s.size, "ctr" if s.key else "none", s.key.hex(), bytes(16).hex(), 0)
    return ("", companion.path, companion.sha256, *numbers)

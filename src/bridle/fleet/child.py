"""The near end of a worker: starts it, hands it one task at a time, and says how it died if it did."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from bridle.fleet.lake import Lake
from bridle.fleet.outcome import FAILED, UNREADABLE, Outcome, from_dict, now
from bridle.fleet.storage import LakeError
from bridle.fleet.task import Job
from bridle.fleet.worker import THREADS

COMMAND = (sys.executable, "-m", "bridle.fleet.worker")
START = 120.0
"""Seconds in which a worker must be ready."""
GRACE = 5.0
"""Seconds in which a worker that is not needed may clear up."""
_LONGEST = 64 << 20


class WorkerDiedError(Exception):
    """The worker ended in the middle of a task. The message says how."""


class Child:
    """One worker process and what it started, all in a group of processes of its own."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting = b""
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return self._process.pid if self._process is not None else None

    def run(self, job: Job, limit: float) -> Outcome:
        """Do one task; one that takes more than `limit` seconds is stopped, and failed.

        Raises WorkerDiedError, LakeError where the worker cannot use the lake, InterruptedError after `close`.
        """
        end = time.monotonic() + limit
        try:
            process = self._started()
            assert process.stdin is not None
            process.stdin.write(json.dumps(job.as_dict()).encode() + b"\n")
            process.stdin.flush()
            answer = self._answer(end)
        except TimeoutError:
            self._stop()
            Lake(job.lake).storage.sweep(job.task)
            return _failed(job, f"stopped after {limit:g} s; give it more with --task-seconds", limit)
        except (OSError, EOFError, ValueError) as e:
            said = self._end()
            if self._closed:
                raise InterruptedError("the run was ended") from e
            Lake(job.lake).storage.sweep(job.task)
            raise WorkerDiedError(said) from e
        if "lake" in answer:
            raise LakeError(answer["lake"])
        if "fault" in answer:
            return _failed(
                job, f"a fault of bridle: {answer['fault']}; please report it", limit - (end - time.monotonic())
            )
        return from_dict(answer["outcome"])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise OSError("no worker is started any more")
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **THREADS},
            start_new_session=True,
        )  # fmt: skip
        self._waiting = b""
        with suppress(TimeoutError):
            self._answer(time.monotonic() + START)
            return self._process
        raise OSError("the worker did not start in time")

    def _answer(self, end: float) -> dict[str, Any]:
        """The next line. Raises TimeoutError, or EOFError when there will be none."""
        process = self._process
        if process is None or process.stdout is None:
            raise EOFError
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._waiting:
                if not selector.select(max(0.0, end - time.monotonic())):
                    raise TimeoutError
                data = os.read(process.stdout.fileno(), 1 << 16)
                if not data or len(self._waiting) > _LONGEST:
                    raise EOFError
                self._waiting += data
        line, _, self._waiting = self._waiting.partition(b"\n")
        found = json.loads(line)
        return dict(found)

    def _end(self) -> str:
        """Take the dead worker away; how it ended."""
        process, code = self._process, None
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(5)
        self._stop()
        if code is None:
            return "its worker did not answer"
        if code < 0:
            with suppress(ValueError):
                return f"its worker was ended by {signal.Signals(-code).name}"
        return f"its worker ended with code {code}"

    def close(self) -> None:
        """End the worker for good; a task that it has raises InterruptedError."""
        self._closed = True
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError, subprocess.TimeoutExpired):
                process.stdin.close()
                process.wait(GRACE)
        self._stop()

    def _stop(self) -> None:
        """End the worker and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _failed(job: Job, reason: str, seconds: float) -> Outcome:
    found = Outcome(
        task=job.task, status=FAILED, exit=UNREADABLE, reason=reason, seconds=round(seconds, 3), time=now()
    )  # fmt: skip
    Lake(job.lake).keep(found)
    return found

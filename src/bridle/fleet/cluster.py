"""Tasks on a Dask cluster (extra `fleet`): `dask scheduler` somewhere, `dask worker ADDRESS --nthreads 1` on others.

A Dask worker does a task in a worker process of its own, as one machine does: limits, retries and blame are the same,
and a task that kills takes that process, not the Dask worker. Where a Dask worker or its machine is lost all the same,
Dask gives its tasks to others; tasks whose workers were lost each time are run once more with nothing else running, so
that no neighbour is blamed.

Sources: https://distributed.dask.org/en/stable/killed.html .
"""

from __future__ import annotations

import ipaddress
import os
import threading
import time
from concurrent.futures import CancelledError
from typing import Any
from urllib.parse import urlsplit

from bridle import private_logs
from bridle.fleet.child import Child
from bridle.fleet.executor import AHEAD, LIMIT, TRIES, ExecutorError, Gate, attempted, poisoned
from bridle.fleet.outcome import Outcome
from bridle.fleet.storage import LakeError
from bridle.fleet.task import Job
from bridle.private import fault

PATIENCE = 60.0
"""Seconds to wait for the scheduler and a first worker."""
_FRESH = 5.0
"""Seconds for which the number of workers is taken to be the same."""
_LOOK = 30.0
"""Seconds between two looks at whether the scheduler is still there."""
_here = threading.local()
_gate = Gate()


def configured() -> str | None:
    """The scheduler that Dask's own configuration names, if any."""
    try:
        import dask
    except ImportError:
        return None
    return dask.config.get("scheduler-address", None) or None


def exposed(address: str) -> bool:
    """Whether what is sent to a scheduler can be read on the way: not TLS, and not this machine."""
    parts = urlsplit(address)
    try:
        nearby = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        nearby = parts.hostname == "localhost"
    return parts.scheme != "tls" and not nearby


def do(job: Job, limit: float, tries: int) -> Outcome | str:
    """Done on a Dask worker: the outcome, or what kept the task from one. Raises nothing: Dask would log it."""
    try:
        if not hasattr(_here, "child"):
            _here.child = Child()
        return attempted(_here.child, job, limit, tries, _gate)
    except Exception as e:  # noqa: BLE001 - told to the coordinator
        return str(e) if isinstance(e, LakeError) else fault(e).said


class Cluster:
    """A Dask scheduler and its workers."""

    def __init__(self, address: str, limit: float = LIMIT, tries: int = TRIES, patience: float = PATIENCE) -> None:
        try:
            import distributed
        except ImportError as e:
            raise ExecutorError("a scheduler needs Dask, which is not here: pip install 'bridle[fleet]'") from e
        private_logs.quiet()
        self._dask: Any = distributed
        self._address, self._limit, self._tries = address, limit, tries
        try:
            self._client: Any = self._dask.Client(address, timeout=patience, set_as_default=False)
            self._client.wait_for_workers(1, timeout=patience)
        except (OSError, ValueError, TimeoutError) as e:
            raise ExecutorError(
                f"no worker can be had from {address} ({str(e)[:100]}); start them: dask worker {address} --nthreads 1"
            ) from e
        self._run = os.urandom(4).hex()
        self._flying: dict[Any, Job] = {}
        self._suspects: list[Job] = []
        self._alone = False
        self._workers, self._asked = 1, 0.0

    def submit(self, job: Job) -> bool:
        if self._suspects or self._alone or len(self._flying) >= AHEAD * self._threads():
            return False
        self._send(job, "")
        return True

    def completed(self) -> list[Outcome]:
        found: list[Outcome] = []
        while not found and (self._flying or self._suspects):
            if not self._flying:
                self._alone = True
                self._send(self._suspects.pop(), "-alone")
            ended = self._wait()
            found += [one for future in ended if (one := self._ended(future, self._flying.pop(future))) is not None]
            if not self._flying:
                self._alone = False
        return found

    def close(self) -> None:
        for future in self._flying:
            future.cancel()
        self._client.close()

    def _send(self, job: Job, mark: str) -> None:
        key = f"bridle-{job.task}-{self._run}{mark}"
        self._flying[self._client.submit(do, job, self._limit, self._tries, key=key, pure=False)] = job

    def _wait(self) -> set[Any]:
        """The tasks in flight that have ended, at least one. Raises ExecutorError when the scheduler is gone."""
        try:
            with self._client.as_current():
                found = self._dask.wait(list(self._flying), return_when="FIRST_COMPLETED", timeout=_LOOK)
        except self._dask.TimeoutError:
            if self._client.status not in ("running", "connecting"):
                raise self._lost() from None
            return set()
        except (CancelledError, OSError, RuntimeError) as e:
            raise self._lost() from e
        return set(found.done)

    def _lost(self) -> ExecutorError:
        return ExecutorError(f"the scheduler at {self._address} was lost; run the same command again to go on")

    def _ended(self, future: Any, job: Job) -> Outcome | None:
        """The outcome; None for a task that is to be run alone, or whose result was lost with its worker meanwhile."""
        status = future.status
        if status in ("pending", "lost"):
            self._flying[future] = job
            return None
        if status == "finished":
            answer = future.result()
            if isinstance(answer, str):
                raise ExecutorError(f"a worker could not do its task: {answer}; see that it can write to the lake")
            return answer  # type: ignore[no-any-return]
        if status == "cancelled":
            raise self._lost()
        error = future.exception()
        if type(error).__name__ != "KilledWorker":
            raise ExecutorError(
                f"the workers cannot run bridle ({type(error).__name__}: {str(error)[:100]}); install this version"
            )
        if not self._alone:
            self._suspects.append(job)
            return None
        return poisoned(job, "each machine that had it was lost, the last time alone", self._tries)

    def _threads(self) -> int:
        """Threads of all workers there are now; asked for every few seconds."""
        if time.monotonic() - self._asked > _FRESH:
            self._workers, self._asked = max(1, sum(self._client.nthreads().values())), time.monotonic()
        return self._workers

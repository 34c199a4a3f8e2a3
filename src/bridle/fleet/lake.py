"""The lake: cases of many acquisitions, what was planned, and what became of it. Nothing of a fleet is kept elsewhere.

lake.json                whose it is: the age recipient of who began it
plan.json                every task: its source, name and settings
inputs/SHA256.tar        feeds, YARA rules and lists of ordinary names that tasks were given
running/TASK.json        since when a worker has it, and when it was last heard of
outcomes/TASK.jsonl      what became of it; the last line counts
cases/TASK/              ordinary cases
earlier/TASK/            cases of the same acquisitions by earlier feeds or versions
tombstones/TASK.json     that a case was deleted, and when: digests and a time, no more
building/                cases that are being written (in a local lake)
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bridle.case.keys import CaseLockedError, own_recipient
from bridle.fleet.outcome import DONE, FAILED, UNREADABLE, USAGE, Outcome, from_lines, now
from bridle.fleet.storage import MANIFEST, LakeError, Storage, storage_at

SCHEMA = 1
BEAT = 20.0
"""Seconds between two signs of life of a task."""
PATIENCE = timedelta(minutes=2)
"""A task that was not heard of for so long is not running."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A task that somebody has begun and not ended."""

    task: str
    since: str
    heard: str

    @property
    def alive(self) -> bool:
        """Whether it was heard of lately. A time far ahead is of a clock that was wrong, here or there."""
        with suppress(ValueError):
            return abs(datetime.now(UTC) - datetime.fromisoformat(self.heard)) < PATIENCE
        return False


class Lake:
    """One lake, wherever it lies."""

    def __init__(self, address: str) -> None:
        self.storage: Storage = storage_at(address)
        self.address = self.storage.address

    def begin(self) -> None:
        """Make the lake if there is none, as one's own."""
        if self.storage.read("lake.json") is None:
            try:
                owner = own_recipient()
            except CaseLockedError as e:
                raise LakeError(str(e)) from e
            self.write_json("lake.json", {"schema": SCHEMA, "owner": owner})

    def require(self) -> None:
        """Raises LakeError where no lake is."""
        if self.storage.read("lake.json") is None:
            raise LakeError(f"{self.address} is no lake; `bridle fleet check SOURCES --lake {self.address}` makes one")

    def owner(self) -> str:
        """The age recipient of who began it."""
        return str(self.read_json("lake.json").get("owner", ""))

    def read_json(self, name: str) -> dict[str, Any]:
        """An object; an empty one where there is no such file. Raises LakeError for anything else."""
        data = self.storage.read(name)
        if data is None:
            return {}
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as e:
            raise LakeError(f"{self.address}/{name} is damaged; restore it from a copy") from e
        if not isinstance(found, dict) or found.get("schema", SCHEMA) != SCHEMA:
            raise LakeError(f"{self.address}/{name} is of another version; use a newer bridle")
        return found

    def write_json(self, name: str, value: Any, *, forget: bool = False) -> None:
        """Store a value; with `forget`, keep no former version."""
        write = self.storage.rewrite if forget else self.storage.write
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        write(name, text.encode("utf-8", "surrogatepass") + b"\n")  # a source's path need not be UTF-8

    def cases(self) -> set[str]:
        """The tasks of which a whole case is here."""
        return self.storage.holders("cases", MANIFEST)

    def has_case(self, task: str) -> bool:
        return self.storage.exists(f"cases/{task}/{MANIFEST}")

    def outcome(self, task: str) -> Outcome | None:
        """What became of a task: what was written down, else what its case says; None if neither is there."""
        return self._outcome(task, self.storage.read(f"outcomes/{task}.jsonl"), has_case=self.has_case(task))

    def outcomes(self) -> dict[str, Outcome]:
        """Of every task that has one."""
        cases = self.cases()
        stored = {n.removesuffix(".jsonl"): data for n, data in self.storage.read_all("outcomes").items()}
        told = {t: self._outcome(t, stored.get(t), has_case=t in cases) for t in stored.keys() | cases}
        return {t: one for t, one in told.items() if one is not None}

    def _outcome(self, task: str, data: bytes | None, *, has_case: bool) -> Outcome | None:
        if data is not None:
            with suppress(ValueError):
                found = from_lines(data)
                if has_case == (found.status == DONE):
                    return found
        return self.of_case(task) if has_case else None

    def of_case(self, task: str) -> Outcome:
        """The outcome as the stored case tells it; `failed` for one that cannot be read."""
        from bridle.fleet.summary import told

        try:
            manifest = json.loads(self.storage.read(f"cases/{task}/{MANIFEST}") or b"")
            summary = json.loads(self.storage.read(f"cases/{task}/summary.json") or b"")
            return told(task, summary, manifest, kept=True)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            reason = f"its case is damaged; `bridle verify {self.address}/cases/{task}` tells more; then forget it"
            return Outcome(task=task, status=FAILED, exit=UNREADABLE, reason=reason)

    def keep(self, outcome: Outcome) -> None:
        """Write an outcome below those that the task had before; the task runs no longer."""
        name = f"outcomes/{outcome.task}.jsonl"
        self.storage.write(name, (self.storage.read(name) or b"") + outcome.line())
        self.storage.delete(f"running/{outcome.task}.json")

    def tombstones(self) -> dict[str, dict[str, Any]]:
        """Each deleted case's tombstone, by its task."""
        return {n.removesuffix(".json"): self._row(data) for n, data in self.storage.read_all("tombstones").items()}

    def running(self) -> list[Running]:
        """The tasks that were begun and not ended, the oldest first."""
        rows = {n.removesuffix(".json"): self._row(data) for n, data in self.storage.read_all("running").items()}
        found = [Running(task=t, since=str(r.get("since")), heard=str(r.get("heard"))) for t, r in rows.items()]
        return sorted(found, key=lambda r: (r.since, r.task))

    def _row(self, data: bytes) -> dict[str, Any]:
        """A small object of which nothing depends; an empty one where it is damaged."""
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @contextmanager
    def beating(self, task: str) -> Iterator[None]:
        """Say that a task is running, again and again, until it is not."""
        name, since, over = f"running/{task}.json", now(), threading.Event()

        def beat() -> None:
            while not over.wait(BEAT):
                with suppress(LakeError):
                    self.write_json(name, {"since": since, "heard": now()})

        self.write_json(name, {"since": since, "heard": since})
        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.storage.delete(name)


def exit_of(error: BaseException) -> int:
    """The exit code of an acquisition that gave no case."""
    from bridle.evidence.source import SourceError

    return UNREADABLE if isinstance(error, SourceError | LakeError) else USAGE

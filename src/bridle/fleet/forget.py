"""Deleting a case: all that the lake has of an acquisition goes, and a tombstone of digests and a time stays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from bridle.case import custody, logs
from bridle.fleet import plan
from bridle.fleet.lake import SCHEMA, Lake
from bridle.fleet.outcome import now
from bridle.fleet.storage import MANIFEST, LakeError

_SHORTEST = 6


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was deleted."""

    tasks: tuple[str, ...]
    """The case that was named, then others of the same acquisition: by earlier feeds, or of other analysts."""
    files: int


def tasks_of(lake: Lake, case: str) -> tuple[str, ...]:
    """The task that a text names (its name, the beginning of it, its folder, or the source's name), then those of the
    same acquisition. Raises LakeError where it is none or several."""
    lake.require()
    stored, text = plan.read(lake), PurePosixPath(case).name
    cases = lake.cases()
    known = {*stored.tasks, *cases, *lake.storage.names("earlier"), *lake.storage.names("cases")}
    matches = {t for t in known if t == text or (len(text) >= _SHORTEST and t.startswith(text))}
    matches = matches or {t for t, p in stored.tasks.items() if p.name == text}
    families = {_family(stored, t) for t in matches}
    if not families:
        raise LakeError(
            f"no case {text!r:.60} is in {lake.address}; `bridle fleet status --cases` lists those there are"
        )
    if len(families) > 1:
        names = ", ".join(sorted(t[:12] for t in matches))
        raise LakeError(f"{text!r:.60} names several acquisitions ({names:.300}); give one of these instead")
    named = min(matches, key=lambda t: (t not in cases, t))
    return (named, *sorted(families.pop() - {named}))


def _family(stored: plan.Plan, task: str) -> frozenset[str]:
    planned = stored.tasks.get(task)
    return frozenset({task, *(stored.same(planned) if planned is not None else ())})


def holds_of(lake: Lake, task: str) -> tuple[str, ...]:
    """The legal holds on the cases of a task."""
    found: list[str] = []
    for folder in ("cases", "earlier"):
        found += custody.holds(log_of(lake, f"{folder}/{task}"))
    return tuple(dict.fromkeys(found))


def log_of(lake: Lake, case: str) -> logs.Log:
    """The custody log of a case in the lake, by its folder; an empty one where there is none."""
    stored = lake.storage.read(f"{case}/{logs.CUSTODY}")
    if stored is None:
        return logs.Log()
    first = hashlib.sha256(lake.storage.read(f"{case}/{MANIFEST}") or b"").hexdigest()
    return logs.parse(stored[: logs.LARGEST], logs.CUSTODY, first)


def forget(lake: Lake, tasks: tuple[str, ...]) -> Forgotten:
    """Delete the cases of these tasks, and every trace of where they came from. Raises LakeError.

    The tombstones come first, so that no run that is killed half-way can bring the acquisition back; the plan, by which
    the rest can be named again, comes last.
    """
    running = {r.task for r in lake.running() if r.alive}
    if busy := running & set(tasks):
        raise LakeError(f"{min(busy)[:12]} is being examined now; wait until it is done, or stop that run first")
    for task in tasks:
        if held := holds_of(lake, task):
            raise LakeError(f"{task[:12]} is under a legal hold ({'; '.join(held):.200}); it is released with "
                            "`bridle custody CASE --release TEXT`")  # fmt: skip
    stored, files = plan.read(lake), 0
    for task in tasks:
        planned = stored.tasks.get(task)
        tombstone = {"schema": SCHEMA, "task": task, "forgotten": now()}
        lake.write_json(f"tombstones/{task}.json", tombstone | ({"source": planned.identity} if planned else {}))
    for task in tasks:
        for folder in ("cases", "earlier"):
            files += lake.storage.remove_tree(f"{folder}/{task}")
        for name in (f"outcomes/{task}.jsonl", f"running/{task}.json"):
            lake.storage.delete(name)
    plan.write(lake, stored.without(tasks), forget=True)
    return Forgotten(tasks=tasks, files=files)

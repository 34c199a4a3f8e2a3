"""What a lake says of itself: how far its plan is done, and what was found. Nothing else is asked."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bridle.core import LEVELS
from bridle.fleet import plan
from bridle.fleet.lake import Lake
from bridle.fleet.outcome import DONE, FAILED, POISON, worst
from bridle.fleet.run import findings


def status(lake: Lake) -> dict[str, Any]:
    """Counts, what runs, what ended last, what could not be done and why. Raises LakeError where no lake is.

    `planned` is the sum of `done`, `running`, `waiting`, `failed` and `poison`. `interrupted` are tasks, counted as
    waiting, that were begun by a run that is no more.
    """
    lake.require()
    planned, outcomes, tombs = plan.read(lake), lake.outcomes(), lake.tombstones()
    cases = lake.cases()
    earlier = {n for n in lake.storage.names("earlier") if n not in cases}
    current = {t: p for t, p in planned.tasks.items() if t not in earlier}
    begun = [r for r in lake.running() if r.task in current and r.task not in outcomes]
    running = [r for r in begun if r.alive]
    ended = [o for t, o in outcomes.items() if t in current or t in cases]
    states = Counter(o.status for o in ended)
    total = len(current.keys() | cases)
    last = max(ended, key=lambda o: o.time, default=None)
    names = {t: p.name for t, p in planned.tasks.items()}
    found = findings(ended)
    return {
        "lake": lake.address,
        "planned": total,
        "done": states[DONE],
        "running": len(running),
        "waiting": total - states[DONE] - states[FAILED] - states[POISON] - len(running),
        "interrupted": len(begun) - len(running),
        "failed": states[FAILED],
        "poison": states[POISON],
        "forgotten": len(tombs),
        "earlier": len(earlier),
        "oldest_running": {"task": running[0].task, "name": names.get(running[0].task, ""), "since": running[0].since}
        if running else None,
        "last": {"task": last.task, "name": names.get(last.task, ""), "status": last.status, "time": last.time}
        if last else None,
        "verdicts": dict(Counter(o.verdict for o in ended if o.status == DONE).most_common()),
        "findings": {level: found[level] for level in reversed(LEVELS)},
        "not_done": [
            {"task": o.task, "name": names.get(o.task, ""), "status": o.status, "attempts": o.attempts,
             "reason": o.reason}
            for o in sorted(ended, key=lambda o: (o.status, names.get(o.task, ""), o.task)) if o.status != DONE
        ],
        "exit": worst(ended),
    }  # fmt: skip


def listed(lake: Lake) -> list[dict[str, Any]]:
    """Every task of a lake with its state, by name."""
    planned, outcomes, running = plan.read(lake), lake.outcomes(), {r.task for r in lake.running() if r.alive}
    names = {t: p.name for t, p in planned.tasks.items()}
    earlier = set(lake.storage.names("earlier")) - lake.cases()
    rows = []
    for task in (names.keys() | outcomes.keys()) - earlier:
        one = outcomes.get(task)
        state = one.status if one else "running" if task in running else "waiting"
        rows.append(
            {"task": task, "name": names.get(task, ""), "status": state, "verdict": one.verdict if one else "",
             "reason": one.reason if one else "", "exit": one.exit if one else None}
        )  # fmt: skip
    return sorted(rows, key=lambda r: (r["name"], r["task"]))

"""The findings on one axis of time, as inline SVG: a lane for each stage, long silences cut short and marked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

STAGES = ("targeting", "exploitation", "execution", "exfiltration", "tampering", "exposure")
WIDTH, LEFT, RIGHT, LANE, TOP = 1000, 130, 24, 44, 20
CUT = 6 * 3600
"""Seconds of silence from which the axis is marked as cut."""


def picture(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Geometry for the template: lanes, marks, ticks and cuts. None when no finding has a time."""
    timed = [(_seconds(f["first_seen"]), n, f) for n, f in enumerate(findings, 1) if f["first_seen"]]
    if not timed:
        return None
    timed.sort(key=lambda t: (t[0], t[1]))
    places, cuts = _axis(sorted({t for t, _, _ in timed}))
    used = [s for s in STAGES if any(f["stage"] == s for _, _, f in timed)]
    lane_of = {s: TOP + LANE * i + LANE // 2 for i, s in enumerate(used)}
    bottom = TOP + LANE * len(used)
    return {
        "width": WIDTH, "height": bottom + 44, "left": LEFT, "right": WIDTH - RIGHT, "bottom": bottom,
        "lanes": [{"name": s, "y": y} for s, y in lane_of.items()],
        "marks": _marks(timed, places, lane_of),
        "ticks": _ticks(timed, places),
        "cuts": cuts,
    }  # fmt: skip


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _axis(times: list[float]) -> tuple[dict[float, float], list[float]]:
    """Where each time stands: a step is the logarithm of the time between, so minutes stay visible among weeks."""
    steps = [0.0]
    for before, after in pairwise(times):
        steps.append(steps[-1] + 1 + math.log1p((after - before) / 10))
    span, room = max(steps[-1], 1.0), WIDTH - LEFT - RIGHT - 60
    xs = [LEFT + 30 + room * s / span if len(times) > 1 else LEFT + 30 + room / 2 for s in steps]
    cuts = [
        round((xs[i] + xs[i + 1]) / 2, 1) for i, (before, after) in enumerate(pairwise(times)) if after - before >= CUT
    ]
    return dict(zip(times, xs, strict=True)), cuts


def _marks(timed: Any, places: Mapping[float, float], lane_of: Mapping[str, int]) -> list[dict[str, Any]]:
    marks, taken = [], dict[tuple[str, int], int]()
    for time, number, f in timed:
        x = places[time]
        slot = (f["stage"], int(x // 22))
        lift = taken.get(slot, 0)
        taken[slot] = lift + 1
        y = lane_of[f["stage"]] - 8 * (lift % 3)
        told = bool(f.get("superseded_by"))
        marks.append(
            {"x": round(x, 1), "y": y, "level": f["level"], "number": number, "title": f["title"], "step": told}
        )
    return marks


def _ticks(timed: Any, places: Mapping[float, float]) -> list[dict[str, Any]]:
    ticks: list[dict[str, Any]] = []
    day = ""
    for time, _, f in timed:
        x = round(places[time], 1)
        if ticks and x - ticks[-1]["x"] < 62:
            continue
        date, clock = f["first_seen"][:10], f["first_seen"][11:19]
        ticks.append({"x": x, "date": date if date != day else "", "clock": clock})
        day = date
    return ticks

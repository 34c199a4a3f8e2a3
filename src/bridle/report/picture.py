"""The findings on one axis of time, as inline SVG: a lane for each stage, long silences cut short and marked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from bridle.classes import dataclass

STAGES = ("targeting", "exploitation", "execution", "exfiltration", "tampering", "exposure")
WIDTH, LEFT, RIGHT, TOP = 1000, 130, 24, 20
ROW, GAP, ROOM = 27, 14, 27
"""Pixels between rows of marks, between lanes, and that one mark needs in its row: it is 22 wide with its rim."""
MOST_ROWS = 6
"""Rows of one lane; what finds no room in them is counted at the mark before it."""
CUT = 6 * 3600
"""Seconds of silence from which the axis is marked as cut."""


def picture(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Geometry for the template: lanes, marks, ticks and cuts. None when no finding has a time."""
    timed = [(t, n, f) for n, f in enumerate(findings, 1) if (t := seconds(f["first_seen"])) is not None]
    if not timed:
        return None
    timed.sort(key=lambda t: (t[0], t[1]))
    places, cuts = _axis(sorted({t for t, _, _ in timed}))
    lanes, marks, y = [], list[dict[str, Any]](), TOP
    for stage in dict.fromkeys((*STAGES, *sorted({f["stage"] for _, _, f in timed}))):
        rows = _rows([(places[t], n, f) for t, n, f in timed if f["stage"] == stage])
        if rows:
            y += ROW // 2 + 2
            lanes.append({"name": stage, "y": y})
            marks += [_mark(m, y + ROW * r) for r, row in enumerate(rows) for m in row]
            y += ROW * (len(rows) - 1) + ROW // 2 + GAP
    return {
        "width": WIDTH, "height": y + 44, "left": LEFT, "right": WIDTH - RIGHT, "bottom": y, "top": TOP,
        "lanes": lanes, "marks": sorted(marks, key=lambda m: (m["x"], m["number"])),
        "ticks": _ticks(timed, places), "cuts": cuts,
    }  # fmt: skip


def seconds(time: str | None) -> float | None:
    """Seconds since 1970 of a time in findings; one without a zone is taken for UTC. None where it is none."""
    try:
        at = datetime.fromisoformat(time or "")
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


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


@dataclass
class _Placed:
    x: float
    number: int
    finding: Mapping[str, Any]
    more: list[int] = field(default_factory=list)
    """Numbers of findings that found no room beside it."""


def _rows(marks: Sequence[tuple[float, int, Mapping[str, Any]]]) -> list[list[_Placed]]:
    """The marks of one lane in rows, each in the first row where it covers no other."""
    rows: list[list[_Placed]] = []
    for x, number, f in marks:
        row = next((r for r in rows if x - r[-1].x >= ROOM), None)
        if row is not None:
            row.append(_Placed(x, number, f))
        elif len(rows) < MOST_ROWS:
            rows.append([_Placed(x, number, f)])
        else:
            rows[-1][-1].more.append(number)
    return rows


def _mark(placed: _Placed, y: int) -> dict[str, Any]:
    f = placed.finding
    return {
        "x": round(placed.x, 1), "y": y, "level": f["level"], "number": placed.number, "title": f["title"],
        "step": bool(f.get("superseded_by")), "more": placed.more,
    }  # fmt: skip


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

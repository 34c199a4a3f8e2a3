"""How far back the records of each artifact reach, as rows of a table with a bar on one axis of time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bridle.report.picture import seconds
from bridle.report.picture_times import artifact_of

WIDTH = 300
"""Pixels of the axis."""
DAY = 86_400
_TICKS = ((1, "1 d"), (7, "1 w"), (30, "1 mo"), (365, "1 y"), (1826, "5 y"), (3652, "10 y"), (7305, "20 y"))
_LACKING = "not in this acquisition"
GROUPS = ("read in part", "there, and not read", "read, with times", "read, without times")


def coverage_picture(
    coverage: Mapping[str, Any], horizon: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Geometry for the template: groups of rows, the axis' ticks, the log horizon's band, and shares of the states.

    The axis is how long before the last record, as a logarithm of days: logs reach back days, and messages years.
    What was not wholly read comes first, then what reaches farthest back.
    """
    artifacts = {n: a for n, a in coverage["artifacts"].items() if a["why"] != _LACKING}
    spans = {n: (seconds(a["first"]), seconds(a["last"])) for n, a in artifacts.items()}
    axis = _Axis([t for span in spans.values() for t in span if t is not None], seconds(horizon["last"]))
    cited = _cited(findings, axis)
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for name, a in artifacts.items():
        groups[_group(a)].append(_row(name, a, spans[name], axis, cited.get(name, [])))
    for rows in groups.values():
        rows.sort(key=lambda r: (r["first"] is None, r["first"] or 0, r["name"]))
    return {
        "groups": [(name, rows) for name, rows in groups.items() if rows], "ticks": axis.ticks(), "width": WIDTH,
        "grid": "".join(f"M{x} 0v14" for x, _ in axis.ticks()), "band": _span(horizon, axis),
        "shares": _shares(coverage["artifacts"]), "dated": axis.dated,
    }  # fmt: skip


class _Axis:
    """Pixels of instants: the logarithm of the days before the last."""

    def __init__(self, times: Sequence[float], last: float | None) -> None:
        self.dated = bool(times)
        self._end = last if last is not None else max(times, default=0.0)
        self._most = max(self._end - min(times, default=0.0), 40 * DAY) if times else 40.0 * DAY

    def x(self, time: float) -> float:
        return self._at(self._end - time)

    def _at(self, age: float) -> float:
        return round(WIDTH * (1 - math.log1p(max(age, 0.0) / DAY) / math.log1p(self._most / DAY)), 1)

    def ticks(self) -> list[tuple[float, str]]:
        ticks: list[tuple[float, str]] = []
        for days, name in _TICKS:
            x = self._at(days * DAY)
            if x >= 14 and (not ticks or ticks[-1][0] - x >= 34):
                ticks.append((x, name))
        return ticks


def _group(a: Mapping[str, Any]) -> str:
    if a["status"] != "examined":
        return GROUPS[0] if a["status"] == "partly" else GROUPS[1]
    return GROUPS[2] if a["first"] else GROUPS[3]


def _row(
    name: str, a: Mapping[str, Any], span: tuple[float | None, float | None], axis: _Axis, cited: Sequence[float]
) -> dict[str, Any]:
    bar = _span(a, axis)
    return {
        "name": name, "status": a["status"], "why": a["why"], "rows": a["rows"], "gaps": a["gaps"], "bar": bar,
        "from": a["first"], "to": a["last"], "first": span[0], "last": span[1] if span[1] is not None else span[0],
        "cited": "".join(f"M{x:g} 1v12" for x in cited),
    }  # fmt: skip


def _span(said: Mapping[str, Any], axis: _Axis) -> tuple[float, float] | None:
    """From where to where on the axis; at least three pixels, so that a moment is seen."""
    first, last = seconds(said["first"]), seconds(said["last"])
    if first is None and last is None:
        return None
    left, right = (
        axis.x(t) for t in (first if first is not None else last, last if last is not None else first) if t is not None
    )
    return min(left, WIDTH - 3.0), max(right, min(left, WIDTH - 3.0) + 3)


def _cited(findings: Sequence[Mapping[str, Any]], axis: _Axis) -> dict[str, list[float]]:
    """Where rows that findings cite stand, by artifact."""
    places: dict[str, set[float]] = {}
    for f in findings:
        for e in f["evidence"]:
            if (t := seconds(e["time"])) is not None:
                places.setdefault(artifact_of(e["table"]), set()).add(float(round(axis.x(t))))
    return {name: sorted(xs) for name, xs in places.items()}


def _shares(artifacts: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, int, float, float]]:
    """(state, how many, from, to) on a bar of twice the axis."""
    shares, x = [], 0.0
    for state in ("examined", "partly", "not examined"):
        count = sum(a["status"] == state for a in artifacts.values())
        to = x + 2 * WIDTH * count / max(len(artifacts), 1)
        shares.append((state, count, round(x, 1), round(to, 1)))
        x = to
    return shares

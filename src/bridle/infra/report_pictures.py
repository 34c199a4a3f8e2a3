"""The pictures of the report, as numbers for the template: the timeline of generations, and each cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridle.infra.graph import Edge
from bridle.infra.graph_layout import places

LEFT, RIGHT, LANE, TALLEST = 150.0, 880.0, 62.0, 44.0
MOST_BINS = 96
STEPS = (1, 3, 6, 12, 60)
"""Months of one bar, the first with which there are few enough bars."""
LABEL = 7.0
"""Width of a letter."""
WIDEST = 36.0
"""Width of a bar, at most."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The domains of a lane in use during one span."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One generation."""

    name: str
    note: str
    base: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes on one axis of time."""

    height: float
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    step: int
    """Months of one bar."""


Span = tuple[datetime, datetime]


def timeline(spans: Mapping[str, Sequence[Span]], totals: Mapping[str, int]) -> Timeline | None:
    """The spans of each lane's domains; None where there is none. `totals` are all domains of the lane."""
    every = [span for lane in spans.values() for span in lane]
    if not every:
        return None
    first, last = min(_month(s) for s, _ in every), max(_month(e) for _, e in every)
    step = next((s for s in STEPS if (last - first) // s < MOST_BINS), STEPS[-1])
    start = first // step * step
    bins = min(MOST_BINS * 4, (last - start) // step + 1)
    counts = {name: _counted(lane, start, step, bins) for name, lane in spans.items()}
    top = max(max(c) for c in counts.values() if c)
    wide = min(WIDEST, (RIGHT - LEFT) / bins)
    lanes = []
    for n, (name, counted) in enumerate(counts.items()):
        base = 20 + (n + 1) * LANE
        bars = [
            Bar(
                LEFT + i * wide, base - (tall := max(2.0, TALLEST * k / top)), max(wide - 1.5, 1.0), tall,
                f"{name}, {_when(start + i * step, step)}: {k:,} {'domain' if k == 1 else 'domains'}",
            )
            for i, k in enumerate(counted) if k
        ]  # fmt: skip
        note = f"{len(spans[name]):,} of {totals[name]:,} dated"
        lanes.append(Lane(name, note, base, tuple(bars)))
    ticks = [(LEFT + i * wide, _when(start + i * step, step)) for i in range(0, bins, max(1, bins // 8))]
    return Timeline(20 + (len(lanes) + 1) * LANE, tuple(lanes), tuple(ticks), step)


def _counted(lane: Iterable[Span], start: int, step: int, bins: int) -> list[int]:
    """In how many spans each bar lies."""
    change = [0] * (bins + 1)
    for first, last in lane:
        a = max(0, (_month(first) - start) // step)
        b = max(a, (_month(last) - start) // step)
        if a < bins:
            change[a] += 1
            change[min(b + 1, bins)] -= 1
    out, now = [], 0
    for c in change[:-1]:
        now += c
        out.append(now)
    return out


def _month(time: datetime) -> int:
    return time.year * 12 + time.month - 1


def _when(month: int, step: int) -> str:
    year, rest = divmod(month, 12)
    return f"{year}" if step >= 12 else f"{year}-{rest + 1:02}"


@dataclass(frozen=True, slots=True)
class Node:
    """One domain of a cluster's picture."""

    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    domain: str


@dataclass(frozen=True, slots=True)
class Line:
    """One edge of it."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str
    """Its heaviest kind of evidence."""
    number: int
    """Of its row in the report."""
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class ClusterPicture:
    """A cluster as it is drawn."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


def cluster_picture(shown: Sequence[Edge], number: int) -> ClusterPicture:
    """The edges of a cluster that the report shows, the first of which has this number."""
    members = sorted({d for e in shown for d in (e.one, e.other)})
    at = places(members, [(e.one, e.other) for e in shown])
    side = 90 + 18 * max(0, len(members) - 5) ** 0.8
    sides = {d: _side(at[d]) for d in members}
    over = LABEL * max((len(d) for d, s in sides.items() if s == "middle"), default=0) / 2 - side / 2
    left = 14 + max(over, LABEL * max((len(d) for d, s in sides.items() if s == "end"), default=0))
    right = 14 + max(over, LABEL * max((len(d) for d, s in sides.items() if s == "start"), default=0))
    spot = {d: (left + x * side, 22 + y * side) for d, (x, y) in at.items()}
    nodes = [_node(d, *spot[d], at[d]) for d in members]
    lines = [
        Line(*spot[e.one], *spot[e.other], e.reasons[0].kind, n, min(4.0, 0.8 + 0.6 * e.weight()),
             f"{e.one} and {e.other}: {', '.join(r.kind for r in e.reasons)}")
        for n, e in enumerate(shown, number)
    ]  # fmt: skip
    return ClusterPicture(left + side + right, side + 44, tuple(nodes), tuple(lines))


def _side(at: tuple[float, float]) -> str:
    """Where a node's label is anchored: on the side that is free."""
    if abs(at[0] - 0.5) < 0.02:
        return "middle"
    return "start" if at[0] > 0.5 else "end"


def _node(domain: str, x: float, y: float, at: tuple[float, float]) -> Node:
    """A node with its label beside it, or above or below."""
    side = _side(at)
    if side == "middle":
        return Node(x, y, x, y - 9 if at[1] < 0.5 else y + 18, side, domain)
    return Node(x, y, x + (9 if side == "start" else -9), y + 4, side, domain)

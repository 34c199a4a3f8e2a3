"""Where the domains of a cluster stand in its picture, computed without chance: the same cluster, the same places.

A small cluster stands on a circle, in an order in which neighbours are joined. In a larger one joined domains draw each
other together and all push each other away, with less and less movement.

Source: T. Fruchterman and E. Reingold, "Graph Drawing by Force-directed Placement", 1991.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

Point = tuple[float, float]
Force = Callable[[float], float]
CIRCLE = 14
"""Domains that still stand on a circle."""
ROUNDS = 80


def places(members: Sequence[str], joined: Sequence[tuple[str, str]]) -> dict[str, Point]:
    """A place for each member, both coordinates between 0 and 1."""
    ring = _ring(members, joined)
    turn = 2 * math.pi / len(ring)
    angles = {m: (i + 0.5) * turn for i, m in enumerate(ring)}
    at = {m: (0.5 + 0.5 * math.sin(a), 0.5 - 0.5 * math.cos(a)) for m, a in angles.items()}
    return at if len(members) <= CIRCLE else _moved(at, joined)


def _ring(members: Sequence[str], joined: Sequence[tuple[str, str]]) -> list[str]:
    """The members in an order that follows the edges: depth first, from the one with the most of them."""
    near: dict[str, set[str]] = defaultdict(set)
    for one, other in joined:
        near[one].add(other)
        near[other].add(one)
    left = dict.fromkeys(sorted(members, key=lambda m: (-len(near[m]), m)))
    out: list[str] = []
    while left:
        todo = [next(iter(left))]
        while todo:
            m = todo.pop()
            if m in left:
                del left[m]
                out.append(m)
                todo += sorted(near[m] & left.keys(), reverse=True)
    return out


def _moved(at: dict[str, Point], joined: Sequence[tuple[str, str]]) -> dict[str, Point]:
    """Places after all have drawn and pushed each other; time grows with the square of their number."""
    names = list(at)
    room = math.sqrt(1 / len(names))
    for round_ in range(ROUNDS):
        shift = dict.fromkeys(names, (0.0, 0.0))
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                _push(shift, at, one, other, lambda d: room * room / d)
        for one, other in joined:
            _push(shift, at, one, other, lambda d: -d * d / room)
        warmth = 0.1 * (1 - round_ / ROUNDS)
        at = {n: _step(at[n], shift[n], warmth) for n in names}
    return _fitted(at)


def _push(shift: dict[str, Point], at: dict[str, Point], one: str, other: str, force: Force) -> None:
    dx, dy = at[one][0] - at[other][0], at[one][1] - at[other][1]
    length = math.hypot(dx, dy) or 1e-3
    by = force(length) / length
    shift[one] = (shift[one][0] + dx * by, shift[one][1] + dy * by)
    shift[other] = (shift[other][0] - dx * by, shift[other][1] - dy * by)


def _step(at: Point, shift: Point, warmth: float) -> Point:
    length = math.hypot(*shift)
    by = min(length, warmth) / length if length else 0.0
    return at[0] + shift[0] * by, at[1] + shift[1] * by


def _fitted(at: dict[str, Point]) -> dict[str, Point]:
    """Places stretched to the square."""
    xs, ys = [x for x, _ in at.values()], [y for _, y in at.values()]
    wide, high = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    return {n: ((x - min(xs)) / wide, (y - min(ys)) / high) for n, (x, y) in at.items()}

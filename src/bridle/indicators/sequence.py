"""Rows in time: which of them together are what the observations of a pattern ask for.

An occurrence is a set of rows with the first and the last time among them. Of occurrences inside each other only the
shortest are kept: whatever holds of a longer one (an order, a span of seconds) holds of the one inside it. There are
therefore never more of them than rows, and every operator is nearly linear.

Observations of AND and FOLLOWEDBY are different rows, as STIX asks for. Where rows satisfy several parts, the shortest
occurrences may need the same row twice though longer ones would not: if nothing is found, but would be were rows
allowed to count twice, every combination is tried; and if these are too many, that is told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bridle.case.sql import micros
from bridle.classes import dataclass
from bridle.indicators.pattern import Within
from bridle.indicators.terms import All, Any_, Row, Sequence_, Step, Test, Timed, Times

MOST_STEPS = 500_000
"""Pairs of occurrences that are compared for one pattern."""
MOST_SETS = 100_000
"""Of these, sets of rows where every combination is tried."""
_NEAR = 16
"""Neighbours that are tried where the nearest shares a row."""


class TooManyError(Exception):
    """More combinations than are tried."""


class Occurrence(NamedTuple):
    """Rows that together satisfy a part of a pattern."""

    first: int | None
    """Microseconds; None where a row among them has no time."""
    last: int | None
    rows: int
    """One bit for each row."""


class _Found(NamedTuple):
    timed: list[Occurrence]
    """By their first time, none inside another."""
    untimed: list[Occurrence]


@dataclass(slots=True)
class Allowance:
    """How many pairs may still be compared."""

    left: int

    def take(self, steps: int) -> None:
        """Raises TooManyError where there are no more."""
        self.left -= steps
        if self.left < 0:
            raise TooManyError("more combinations of rows than are tried")


def occurrences(step: Step, rows: Mapping[Test, Sequence[Occurrence]], allowed: Allowance) -> list[Occurrence]:
    """The shortest occurrences of a pattern. `rows` has those of each test of one row. Raises TooManyError."""
    found = _Evaluation(rows, allowed).step(step)
    if not (found.timed or found.untimed) and any(_Evaluation(rows, allowed, apart=False).step(step)):
        found = _gathered(_Combinations(rows, allowed).of(step))
    return [*found.timed, *found.untimed]


def is_timed(step: Step) -> bool:
    """Whether it asks for an order, a span or a time."""
    if isinstance(step, Row):
        return False
    if isinstance(step, Timed | Sequence_):
        return True
    return is_timed(step.inner) if isinstance(step, Times) else any(map(is_timed, step.parts))


class _Evaluation:
    """`apart` is whether different observations are different rows."""

    def __init__(self, rows: Mapping[Test, Sequence[Occurrence]], allowed: Allowance, *, apart: bool = True) -> None:
        self._rows, self._count, self._apart = rows, allowed.take, apart
        self._leaves: dict[Test, _Found] = {}

    def _gathered(self, found: Sequence[Occurrence]) -> _Found:
        self._count(len(found))
        return _gathered(found)

    def step(self, step: Step) -> _Found:
        if isinstance(step, Row):
            if step.test not in self._leaves:
                self._leaves[step.test] = self._gathered(self._rows.get(step.test, ()))
            return self._leaves[step.test]
        if isinstance(step, Timed):
            return self._timed(step)
        if isinstance(step, Times):
            return self._times(self.step(step.inner), step.times, is_row=isinstance(step.inner, Row))
        parts = [self.step(p) for p in step.parts]
        if isinstance(step, Any_):
            return self._gathered([o for p in parts for o in (*p.timed, *p.untimed)])
        found = parts[0]
        for part in parts[1:]:
            found = self._both(found, part) if isinstance(step, All) else self._then(found, part)
        return found

    def _timed(self, step: Timed) -> _Found:
        return _Found([o for o in self.step(step.inner).timed if _is_inside(o, step)], [])

    def _both(self, a: _Found, b: _Found) -> _Found:
        """One of each, in any order: the nearest to each other."""
        out: list[Occurrence | None] = []
        for one, other in ((a.timed, b.timed), (b.timed, a.timed)):
            firsts = [_first(o) for o in other]
            for o in one:
                at = bisect_left(firsts, _first(o))
                out += [self._near(o, other, at, 1), self._near(o, other, at - 1, -1)]
        untimed = []
        for one, other in ((a.untimed, [*b.timed[:_NEAR], *b.untimed[: _NEAR + 1]]), (b.untimed, a.timed[: _NEAR + 1])):
            for o in one:
                self._count(1)
                partner = next((p for p in other if not self._share(p, o)), None)
                if partner is not None:
                    untimed.append(Occurrence(None, None, o.rows | partner.rows))
        return self._gathered([*(o for o in out if o is not None), *untimed])

    def _near(self, o: Occurrence, other: Sequence[Occurrence], at: int, way: int) -> Occurrence | None:
        """An occurrence with the nearest of others, from one of them on in one direction, that shares no row."""
        for _ in range(_NEAR):
            self._count(1)
            if not 0 <= at < len(other):
                return None
            if not self._share(other[at], o):
                near = other[at]
                return Occurrence(min(_first(o), _first(near)), max(_last(o), _last(near)), o.rows | near.rows)
            at += way
        return None

    def _share(self, one: Occurrence, other: Occurrence) -> bool:
        return self._apart and bool(one.rows & other.rows)

    def _then(self, a: _Found, b: _Found) -> _Found:
        """One of each, the second not before the first has ended: the next one."""
        firsts = [_first(o) for o in b.timed]
        out = [self._near(o, b.timed, bisect_left(firsts, _last(o)), 1) for o in a.timed]
        return self._gathered([o for o in out if o is not None])

    def _times(self, a: _Found, times: int, *, is_row: bool) -> _Found:
        """So many that share no row: each run of them that follow each other."""
        if not self._apart and not is_row:
            return a
        apart, taken = [], 0
        for o in sorted(a.timed, key=_last):
            self._count(1)
            if not o.rows & taken:
                apart.append(o)
                taken |= o.rows
        loose = []
        for o in a.untimed:
            if not o.rows & taken:
                loose.append(o)
                taken |= o.rows
        if len(apart) + len(loose) < times:
            return _Found([], [])
        if len(apart) < times:
            return _Found([], [Occurrence(None, None, taken)])
        upto = [0]
        for o in apart:
            upto.append(upto[-1] | o.rows)
        runs = [
            Occurrence(apart[n].first, apart[n + times - 1].last, upto[n + times] & ~upto[n])
            for n in range(len(apart) - times + 1)
        ]
        return self._gathered(runs)


class _Combinations:
    """Every set of rows that satisfies a step, as long as they are few."""

    def __init__(self, rows: Mapping[Test, Sequence[Occurrence]], allowed: Allowance) -> None:
        self._rows, self._left = rows, Allowance(min(MOST_SETS, allowed.left))

    def of(self, step: Step) -> list[Occurrence]:
        if isinstance(step, Row):
            return list(self._rows.get(step.test, ()))
        if isinstance(step, Any_):
            return list(dict.fromkeys(o for p in step.parts for o in self.of(p)))
        if isinstance(step, Timed):
            return [o for o in self.of(step.inner) if o.first is not None and _is_inside(o, step)]
        if isinstance(step, Times):
            some = self.of(step.inner)
            found = some
            for _ in range(step.times - 1):
                if not found:
                    break
                found = self._paired(found, some, in_order=False)
            return found
        found = self.of(step.parts[0])
        for part in step.parts[1:]:
            found = self._paired(found, self.of(part), in_order=isinstance(step, Sequence_))
        return found

    def _paired(self, a: Sequence[Occurrence], b: Sequence[Occurrence], *, in_order: bool) -> list[Occurrence]:
        out: dict[Occurrence, None] = {}
        self._left.take(len(a) * len(b))
        for one in a:
            for other in b:
                if one.rows & other.rows:
                    continue
                if one.first is None or other.first is None:
                    if not in_order:
                        out[Occurrence(None, None, one.rows | other.rows)] = None
                elif not in_order or _last(one) <= _first(other):
                    first, last = min(one.first, other.first), max(_last(one), _last(other))
                    out[Occurrence(first, last, one.rows | other.rows)] = None
        return list(out)


def _is_inside(o: Occurrence, step: Timed) -> bool:
    if isinstance(step.by, Within):
        return _last(o) - _first(o) <= step.by.seconds * 1_000_000
    return micros(step.by.start) <= _first(o) and _last(o) < micros(step.by.stop)


def _gathered(found: Sequence[Occurrence]) -> _Found:
    """Without those that have another inside them; of equal times all."""
    timed = sorted({o for o in found if o.first is not None}, key=lambda o: (_first(o), -_last(o), o.rows))
    kept: list[Occurrence] = []
    shortest: int | None = None
    for o in reversed(timed):
        if shortest is None or _last(o) < shortest or (kept and (o.first, o.last) == (kept[-1].first, kept[-1].last)):
            kept.append(o)
            shortest = _last(o)
    return _Found(kept[::-1], list(dict.fromkeys(o for o in found if o.first is None)))


def _first(o: Occurrence) -> int:
    assert o.first is not None
    return o.first


def _last(o: Occurrence) -> int:
    assert o.last is not None
    return o.last


def moment(row: int, time: datetime | None) -> Occurrence:
    """One row by itself."""
    at = None if time is None else micros(time)
    return Occurrence(at, at, 1 << row)

"""Rows in time: which of them together are what the observations of a pattern ask for.

An occurrence is a set of rows with the first and the last time among them. Of occurrences inside each other only the
shortest are kept: whatever holds of a longer one (an order, a span of seconds) holds of the one inside it. There are
therefore never more of them than rows, and every operator is nearly linear.

Observations of AND and FOLLOWEDBY are different rows, as STIX asks for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from bridle.indicators.pattern import Within
from bridle.indicators.plan import All, Any_, Row, Sequence_, Step, Test, Timed, Times

MOST_STEPS = 500_000
"""Pairs of occurrences that are compared for one pattern."""
_NEAR = 16
"""Neighbours that are tried where the nearest shares a row."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TooManyError(Exception):
    """More combinations than are tried."""


class Occurrence(NamedTuple):
    """Rows that together satisfy a part of a pattern."""

    first: int | None
    """Microseconds; None where a row among them has no time."""
    last: int | None
    rows: int
    """One bit for each row."""


@dataclass
class _Found:
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
    return [*found.timed, *found.untimed]


def is_timed(step: Step) -> bool:
    """Whether it asks for an order, a span or a time."""
    if isinstance(step, Row):
        return False
    if isinstance(step, Timed | Sequence_):
        return True
    return is_timed(step.inner) if isinstance(step, Times) else any(map(is_timed, step.parts))


class _Evaluation:
    def __init__(self, rows: Mapping[Test, Sequence[Occurrence]], allowed: Allowance) -> None:
        self._rows, self._count = rows, allowed.take
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
            return self._times(self.step(step.inner), step.times)
        parts = [self.step(p) for p in step.parts]
        if isinstance(step, Any_):
            return self._gathered([o for p in parts for o in (*p.timed, *p.untimed)])
        found = parts[0]
        for part in parts[1:]:
            found = self._both(found, part) if isinstance(step, All) else self._then(found, part)
        return found

    def _timed(self, step: Timed) -> _Found:
        found = self.step(step.inner).timed
        if isinstance(step.by, Within):
            most = step.by.seconds * 1_000_000
            kept = [o for o in found if _last(o) - _first(o) <= most]
        else:
            start, stop = _micros(step.by.start), _micros(step.by.stop)
            kept = [o for o in found if start <= _first(o) and _last(o) < stop]
        return _Found(kept, [])

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
                partner = next((p for p in other if not p.rows & o.rows), None)
                if partner is not None:
                    untimed.append(Occurrence(None, None, o.rows | partner.rows))
        return self._gathered([*(o for o in out if o is not None), *untimed])

    def _near(self, o: Occurrence, other: Sequence[Occurrence], at: int, way: int) -> Occurrence | None:
        """An occurrence with the nearest of others, from one of them on in one direction, that shares no row."""
        for _ in range(_NEAR):
            self._count(1)
            if not 0 <= at < len(other):
                return None
            if not other[at].rows & o.rows:
                near = other[at]
                return Occurrence(min(_first(o), _first(near)), max(_last(o), _last(near)), o.rows | near.rows)
            at += way
        return None

    def _then(self, a: _Found, b: _Found) -> _Found:
        """One of each, the second not before the first has ended: the next one."""
        firsts = [_first(o) for o in b.timed]
        out = [self._near(o, b.timed, bisect_left(firsts, _last(o)), 1) for o in a.timed]
        return self._gathered([o for o in out if o is not None])

    def _times(self, a: _Found, times: int) -> _Found:
        """So many that share no row: each run of them that follow each other."""
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


def _micros(time: datetime) -> int:
    """Microseconds since 1970."""
    span = time - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def moment(row: int, time: datetime | None) -> Occurrence:
    """One row by itself."""
    at = None if time is None else _micros(time)
    return Occurrence(at, at, 1 << row)

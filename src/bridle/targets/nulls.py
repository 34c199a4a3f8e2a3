"""What chance alone would do: how often a trace episode follows a selection closely when nothing links the two.

The statistic T(d) counts episodes whose nearest earlier selection is at most d seconds before them. Two null models
hold when selections and attacks are both bunched in campaigns, as operators work; the others do not, and are computed
to show by how much they mislead:

- `jitter` keeps the day of each selection and draws its time of day anew from all of them. It speaks of lags up to an
  hour, and holds even where attacks fall on the same days as selections for another reason.
- `cross` gives each device another one's selections, at their own times: campaigns stay. It needs ten devices.
- `poisson` and `circular` take selections as spread evenly; `days` and `week` keep the time of day. They do not hold.

The answers for one draw are the bits of one integer: a draw is a few machine words, and the counts are popcounts.

Sources: Westfall & Young 1993 (min-p); Ernst 2004, doi 10.1214/088342304000000396 (permutation tests).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import accumulate
from operator import getitem, or_
from random import Random

from bridle.classes import dataclass
from bridle.targets.windows import Device, within

GRID = (10, 60, 300, 900, 3600, 14_400, 86_400)
"""Lags of the statistic, in seconds."""
TOLERANCE = 60
"""Seconds by which a trace may precede its selection: clocks are not exact."""
HOUR, DAY = 3600, 86_400
FEWEST_FOR_CROSS = 10
HOLDS = ("jitter", "cross")
MISLEAD = ("poisson", "circular", "days", "week")


class Layout:
    """Where the answers stand: bit `k * episodes + e` says that episode e has a selection at most grid[k] before it."""

    def __init__(
        self,
        devices: Sequence[Device],
        grid: Sequence[int] = GRID,
        tolerance: int = TOLERANCE,
        profiles: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self.devices, self.grid, self.tolerance = tuple(devices), tuple(grid), tolerance
        self.profiles = profiles or {}
        self.first = [0, *accumulate(len(d.episodes) for d in devices)]
        self.total = self.first[-1]
        self._ones = (1 << self.total) - 1
        self._from = [sum(1 << j * self.total for j in range(k, len(grid))) for k in range(len(grid) + 1)]

    def answers(self, number: int, selections: Sequence[int]) -> int:
        """The bits of device `number`, had it these sorted selections."""
        found = 0
        for e, lag in enumerate(lags(self.devices[number].episodes, selections, self.tolerance), self.first[number]):
            if lag is not None:
                found |= self._from[bisect_left(self.grid, lag)] << e
        return found

    def observed(self) -> int:
        """The bits of the data."""
        return reduce(or_, (self.answers(n, d.examined) for n, d in enumerate(self.devices)), 0)

    def counts(self, answers: int) -> tuple[int, ...]:
        """T for each lag of the grid."""
        return tuple((answers >> k * self.total & self._ones).bit_count() for k in range(len(self.grid)))


def lags(episodes: Sequence[int], selections: Sequence[int], tolerance: int = TOLERANCE) -> list[int | None]:
    """Seconds from the nearest earlier selection to each episode; 0 within the tolerance after it, None without one."""
    out: list[int | None] = []
    for time in episodes:
        at = bisect_right(selections, time + tolerance)
        out.append(max(0, time - selections[at - 1]) if at else None)
    return out


@dataclass(frozen=True, kw_only=True)
class NullTest:
    """One null model against the data."""

    null: str
    holds: bool
    p: float
    """One for the whole grid: the smallest p of the lags, corrected for having looked at all of them."""
    draws: int
    grid: tuple[int, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    p_per_lag: tuple[float, ...]
    """Of each lag alone, not corrected."""


Drawing = Callable[[Layout, Random, int], list[int]]


def compare(
    null: str,
    devices: Sequence[Device],
    seed: int,
    draws: int,
    *,
    grid: Sequence[int] = GRID,
    tolerance: int = TOLERANCE,
    profiles: Mapping[str, Sequence[int]] | None = None,
) -> NullTest:
    """Compare the data with one null model. Equal devices, seed and draws give equal results. Raises KeyError.

    `profiles`: by stratum, times of selections of the whole list, from which jitter draws times of day; else from those
    of the devices.
    """
    if null == "poisson":
        return _poisson(Layout(devices, grid, tolerance))
    layout = Layout(devices, [g for g in grid if g <= HOUR] if null == "jitter" else grid, tolerance, profiles)
    drawn = _NULLS[null](layout, Random(f"{null} {seed}"), draws)  # noqa: S311 - a simulation, repeatable by its seed
    return _smallest_p(null, layout, drawn)


def _smallest_p(null: str, layout: Layout, drawn: Sequence[int]) -> NullTest:
    """Westfall and Young's min-p: the data count as one draw more, so that no p is zero."""
    observed = layout.counts(layout.observed())
    vectors: Counter[tuple[int, ...]] = Counter()
    for answers, times in Counter(drawn).items():
        vectors[layout.counts(answers)] += times
    all_of = vectors + Counter([observed])
    n = len(drawn) + 1
    tails = [_upper_tail(all_of, k, n) for k in range(len(layout.grid))]
    own = [tail[x] for tail, x in zip(tails, observed, strict=True)]
    smallest = min(own, default=1.0)
    as_small = sum(
        times for vector, times in all_of.items()
        if min((tail[x] for tail, x in zip(tails, vector, strict=True)), default=1.0) <= smallest
    )  # fmt: skip
    expected = [sum(v[k] * t for v, t in vectors.items()) / max(1, len(drawn)) for k in range(len(layout.grid))]
    return NullTest(
        null=null, holds=null in HOLDS, p=as_small / n, draws=len(drawn), grid=layout.grid, observed=observed,
        expected=tuple(expected), p_per_lag=tuple(own),
    )  # fmt: skip


def _upper_tail(vectors: Counter[tuple[int, ...]], k: int, n: int) -> dict[int, float]:
    """For each value of T(grid[k]), the share of draws that reach it."""
    times: Counter[int] = Counter()
    for vector, t in vectors.items():
        times[vector[k]] += t
    reached, out = 0, {}
    for value in sorted(times, reverse=True):
        reached += times[value]
        out[value] = reached / n
    return out


def _jitter(layout: Layout, rng: Random, draws: int) -> list[int]:
    """Each selection keeps its day; its time of day is drawn from those of its stratum."""
    out = [0] * draws
    for stratum in {d.stratum: None for d in layout.devices}:
        members = [n for n, d in enumerate(layout.devices) if d.stratum == stratum]
        own = [s for n in members for s in layout.devices[n].examined]
        start, profile = day_profile(layout.profiles.get(stratum) or own)
        for n in members:
            for s in layout.devices[n].examined:
                day = (s - start) // DAY * DAY + start
                if _reaches(layout, n, day):
                    possible = [layout.answers(n, (day + t,)) for t in profile]
                    out = list(map(or_, out, rng.choices(possible, k=draws)))
    return out


def _reaches(layout: Layout, n: int, day: int) -> bool:
    """Whether any time of this day is within the largest lag before an episode."""
    known = layout.devices[n].episodes
    at = bisect_left(known, day - layout.tolerance)
    return at < len(known) and known[at] < day + DAY + layout.grid[-1]


def day_profile(times: Sequence[int]) -> tuple[int, list[int]]:
    """When the operators' day begins, in seconds after 0:00 UTC, and the times of day counted from there, sorted.

    It begins in the middle of the longest part of the clock without a selection: their night, wherever they are.
    """
    clock = sorted({t % DAY for t in times})
    if not clock:
        return 0, []
    gaps = [(later - t, t) for t, later in zip(clock, [*clock[1:], clock[0] + DAY], strict=True)]
    longest, begins = max(gaps, key=lambda g: g[0])
    start = (begins + longest // 2) % DAY
    return start, sorted((t - start) % DAY for t in times)


def _cross(layout: Layout, rng: Random, draws: int) -> list[int]:
    """Devices of one stratum exchange their selections; only those in the window of who gets them count."""
    out = [0] * draws
    for stratum in {d.stratum: None for d in layout.devices}:
        members = [n for n, d in enumerate(layout.devices) if d.stratum == stratum]
        with_traces = [n for n in members if layout.devices[n].episodes]
        given = [
            [layout.answers(n, within(layout.devices[m].selections, layout.devices[n].windows)) for m in members]
            for n in with_traces
        ]
        who, size = range(len(members)), len(given)
        out = [reduce(or_, map(getitem, given, rng.sample(who, size)), answers) for answers in out]
    return out


def _circular(layout: Layout, rng: Random, draws: int) -> list[int]:
    """The selections of a device are turned together within its window, to anywhere."""
    return _turned(layout, draws, rng.randrange)


def _days(layout: Layout, rng: Random, draws: int) -> list[int]:
    """As `_circular`, by whole days."""
    return _turned(layout, draws, lambda length: DAY * rng.randrange(1, max(2, length // DAY)))


def _turned(layout: Layout, draws: int, turn: Callable[[int], int]) -> list[int]:
    """The windows are taken as one stretch of time whose end is its beginning."""
    out = [0] * draws
    for n, d in enumerate(layout.devices):
        if d.episodes and d.examined:
            places, length = _places(d)
            turned = (sorted(_time(d, (p + by) % length) for p in places) for by in (turn(length) for _ in out))
            out = [answers | layout.answers(n, moved) for answers, moved in zip(out, turned, strict=True)]
    return out


def _places(d: Device) -> tuple[list[int], int]:
    """Where its selections are in the windows put end to end, and how long those are."""
    places, before = [], 0
    for first, last in d.windows:
        places += [before + s - first for s in within(d.selections, ((first, last),))]
        before += last - first + 1
    return places, before


def _time(d: Device, place: int) -> int:
    for first, last in d.windows:
        if place <= last - first:
            return first + place
        place -= last - first + 1
    raise ValueError(f"{d.label}: {place} seconds beyond its windows")


def _week(layout: Layout, rng: Random, draws: int) -> list[int]:
    """The selections of a device are moved together by one to seven days, either way."""
    out = [0] * draws
    shifts = [DAY * k for k in range(-7, 8) if k]
    for n, d in enumerate(layout.devices):
        if d.episodes and (times := d.examined):
            possible = [layout.answers(n, [t + by for t in times]) for by in shifts]
            out = list(map(or_, out, rng.choices(possible, k=draws)))
    return out


_NULLS: dict[str, Drawing] = {
    "jitter": _jitter, "cross": _cross, "circular": _circular, "days": _days, "week": _week,
}  # fmt: skip


def _poisson(layout: Layout) -> NullTest:
    """As if each second of a window were as likely as another. Its p is the smallest of the lags, not corrected."""
    expected = [0.0] * len(layout.grid)
    for d in layout.devices:
        for k, lag in enumerate(layout.grid):
            if d.days:
                share = len(d.examined) * (lag + layout.tolerance) / (d.days * DAY)
                expected[k] += len(d.episodes) * min(1.0, share)
    observed = layout.counts(layout.observed())
    p = tuple(at_least(x, mean) for x, mean in zip(observed, expected, strict=True))
    return NullTest(
        null="poisson", holds=False, p=min(p, default=1.0), draws=0, grid=layout.grid, observed=observed,
        expected=tuple(expected), p_per_lag=p,
    )  # fmt: skip


def at_least(x: int, mean: float) -> float:
    """P(X >= x) of a Poisson variable; summed from x upwards, so that small values are exact."""
    if x <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    term = math.exp(x * math.log(mean) - mean - math.lgamma(x + 1))
    total, k = 0.0, x
    while term > total * 1e-17 or k < mean:
        total += term
        k += 1
        term *= mean / k
    return min(1.0, total)

"""Numbers that were selected again: what the mixture did not see, and what it is therefore judged by.

Somebody who selects a number again is mostly the same operator as before. Two uses are made of it. Components between
which numbers go back and forth as within one are parts of one operator, and are joined. And how often the two ends of a
repetition get the same operator says how often a posterior of 0.9 is right, which is never 90 % by itself: a mixture is
too sure of itself, for what is selected in one sitting is one matter, not so many independent draws.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from bridle.classes import dataclass
from bridle.targets.sittings import Sittings

JOINED_FROM = 0.35
"""Repetitions between two components as a part of what one operator divided at random would have. In simulated lists
divided operators reach 0.4 to 0.8, different ones 0.25 at most."""
SUPPORT = 10.0
"""Repetitions that are added to those within a component, so that a handful joins nothing."""
EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Lower ends of the bins of posteriors."""
FEWEST = 200
"""Repetitions, or rows with a client, from which a calibration is worth its name."""
_PRIOR = 5.0
_GRID = tuple(n / 400 for n in range(4, 400))


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A number in two sittings, one after the other: their numbers."""

    one: int
    other: int


@dataclass(frozen=True, kw_only=True)
class Join:
    """Two groups of components that were taken as one operator, and what carries it."""

    one: tuple[int, ...]
    other: tuple[int, ...]
    repetitions: int
    """Numbers selected in a sitting of one, and next in a sitting of the other."""
    within: tuple[int, int]
    """Such numbers that stayed within one, and within the other."""
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Bin:
    """How often rows of such a posterior are right."""

    posterior_from: float
    posterior_to: float
    cases: int
    """Ends of repetitions, or rows with a client, that it rests on."""
    right: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a posterior is worth."""

    basis: str
    """`repeated numbers`, `client field`, or `none`: there is too little to measure by."""
    cases: int
    bins: tuple[Bin, ...]

    def of(self, posterior: float) -> float | None:
        """How often such a posterior is right; None without a measure."""
        return self.bins[bin_of(posterior)].right if self.bins else None


NOT_CALIBRATED = Calibration(basis="none", cases=0, bins=())


def repeats(s: Sittings) -> list[Repeat]:
    """The repetitions of all numbers; within one sitting there is none."""
    last: dict[str, int] = {}
    found = []
    for selection, sitting in zip(s.placed, s.of, strict=True):
        before = last.get(selection.token)
        if before is not None and before != sitting:
            found.append(Repeat(one=before, other=sitting))
        last[selection.token] = sitting
    return found


def joined(labels: Sequence[int], components: int, again: Sequence[Repeat]) -> tuple[list[int], tuple[Join, ...]]:
    """Of each component the group that it is in, and the joins that made the groups, the strongest first."""
    between: Counter[tuple[int, int]] = Counter()
    for r in again:
        a, b = sorted((labels[r.one], labels[r.other]))
        between[a, b] += 1
    groups: dict[int, tuple[int, ...]] = {n: (n,) for n in range(components)}
    joins = []
    while (best := _strongest(groups, between)) is not None:
        ratio, a, b = best
        joins.append(Join(one=groups[a], other=groups[b], repetitions=between[a, b],
                          within=(between[a, a], between[b, b]), ratio=round(ratio, 3)))  # fmt: skip
        groups[a] = tuple(sorted(groups[a] + groups.pop(b)))
        between = _merged(between, a, b)
    group = [0] * components
    for n, members in enumerate(groups.values()):
        for m in members:
            group[m] = n
    return group, tuple(joins)


def _strongest(
    groups: dict[int, tuple[int, ...]], between: Counter[tuple[int, int]]
) -> tuple[float, int, int] | None:  # fmt: skip
    """The two groups with the most repetitions between them for those within; None below `JOINED_FROM`."""
    names = sorted(groups)
    best = None
    for n, a in enumerate(names):
        for b in names[n + 1 :]:
            expected = 2 * math.sqrt((between[a, a] + SUPPORT) * (between[b, b] + SUPPORT))
            ratio = between[a, b] / expected
            if ratio >= JOINED_FROM and (best is None or ratio > best[0]):
                best = ratio, a, b
    return best


def _merged(between: Counter[tuple[int, int]], into: int, gone: int) -> Counter[tuple[int, int]]:
    out: Counter[tuple[int, int]] = Counter()
    for pair, n in between.items():
        a, b = sorted(into if x == gone else x for x in pair)
        out[a, b] += n
    return out


def bin_of(posterior: float) -> int:
    """The bin of a posterior."""
    return max(n for n, low in enumerate(EDGES) if posterior >= low)


def calibrated(labels: Sequence[int], posteriors: Sequence[float], again: Sequence[Repeat]) -> Calibration:
    """How often the label of a sitting is right, by the repetitions.

    Two ends agree if both are right, or both wrong in the same way: P = a·b + (1 - a)(1 - b)·s, with a and b how often
    their bins are right and s the chance that two wrong labels are equal, by the sizes of the operators. The bins are
    fitted to that and made to rise. Numbers that several operators selected make it too modest; a country that is
    always given to the same wrong operator makes it too bold.
    """
    if len(again) < FEWEST:
        return NOT_CALIBRATED
    seen: Counter[tuple[int, int]] = Counter()
    agreed: Counter[tuple[int, int]] = Counter()
    for r in again:
        pair = bin_of(posteriors[r.one]), bin_of(posteriors[r.other])
        seen[pair] += 1
        agreed[pair] += labels[r.one] == labels[r.other]
    sizes = Counter(labels)
    same = sum(n * n for n in sizes.values()) / len(labels) ** 2
    cases = Counter(b for pair in seen.elements() for b in pair)
    right = _fitted(seen, agreed, same)
    return Calibration(basis="repeated numbers", cases=len(again), bins=_bins(_rising(right, cases), cases))


def _fitted(seen: Counter[tuple[int, int]], agreed: Counter[tuple[int, int]], same: float) -> list[float]:
    """How often each bin is right: the likeliest values, found one after the other on a grid."""
    means = [(low + high) / 2 for low, high in pairwise([*EDGES, 1.0])]
    right = list(means)
    for _ in range(12):
        for n, mean in enumerate(means):
            terms = [(right[b if a == n else a], a == b, k, agreed[a, b]) for (a, b), k in seen.items() if n in (a, b)]
            right[n] = max(_GRID, key=lambda a, t=terms, m=mean: _likelihood(a, m, t, same))  # type: ignore[misc]
    return right


def _likelihood(a: float, mean: float, terms: Sequence[tuple[float, bool, int, int]], same: float) -> float:
    total = _PRIOR * (mean * math.log(a) + (1 - mean) * math.log(1 - a))
    for b, itself, cases, agreed in terms:
        other = a if itself else b
        p = a * other + (1 - a) * (1 - other) * same
        total += agreed * math.log(p) + (cases - agreed) * math.log(1 - p)
    return total


def _rising(values: Sequence[float], weights: Counter[int]) -> list[float]:
    """The values made to rise: neighbours in the wrong order get their mean (pool adjacent violators)."""
    pools: list[list[float]] = []
    for n, v in enumerate(values):
        pools.append([v, weights[n] + 1.0, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            v2, w2, n2 = pools.pop()
            v1, w1, n1 = pools.pop()
            pools.append([(v1 * w1 + v2 * w2) / (w1 + w2), w1 + w2, n1 + n2])
    return [v for v, _, n in pools for _ in range(int(n))]


def _bins(right: Sequence[float], cases: Counter[int]) -> tuple[Bin, ...]:
    return tuple(
        Bin(posterior_from=low, posterior_to=high, cases=cases[n], right=round(right[n], 3))
        for n, (low, high) in enumerate(pairwise([*EDGES, 1.0]))
    )


def calibrated_by_client(right: Sequence[bool], posteriors: Sequence[float]) -> Calibration:
    """How often rows whose client the list names got that client's component."""
    if len(right) < FEWEST:
        return NOT_CALIBRATED
    cases = Counter(bin_of(p) for p in posteriors)
    hits = Counter(bin_of(p) for p, r in zip(posteriors, right, strict=True) if r)
    means = [(low + high) / 2 for low, high in pairwise([*EDGES, 1.0])]
    values = [(hits[n] + _PRIOR * m) / (cases[n] + _PRIOR) for n, m in enumerate(means)]
    return Calibration(basis="client field", cases=len(right), bins=_bins(_rising(values, cases), cases))

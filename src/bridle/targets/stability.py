"""How far a division of a list depends on chance: groups of components, and how they fare when sittings are resampled.

Sources: Hennig 2007 (cluster-wise stability by the Jaccard index); Hubert and Arabie 1985 (adjusted Rand index).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Sequence

from bridle.classes import dataclass
from bridle.targets.mixture import Features, Fit, fit
from bridle.targets.repeats import Join, Repeat, joined
from bridle.targets.sittings import Sittings

_RESTARTS = 2
_STEPS = 40


@dataclass(frozen=True, kw_only=True)
class Division:
    """The sittings divided into groups of components."""

    groups: int
    labels: tuple[int, ...]
    """The group of each sitting."""
    posteriors: tuple[float, ...]
    """Of that group, as the mixture has it."""
    joins: tuple[Join, ...]


def divide(f: Fit, again: Sequence[Repeat]) -> Division:
    """The likeliest group of each sitting, after components that are one operator by repeated numbers are joined."""
    group, joins = joined(f.labels(), len(f.components), again)
    groups = max(group) + 1
    members = [[k for k, g in enumerate(group) if g == n] for n in range(groups)]
    labels, posteriors = [], []
    for row in zip(*(r.to_pylist() for r in f.responsibilities), strict=True):
        summed = [sum(row[k] for k in own) for own in members]
        highest = max(summed)
        labels.append(summed.index(highest))
        posteriors.append(min(1.0, highest))
    return Division(groups=groups, labels=tuple(labels), posteriors=tuple(posteriors), joins=joins)


def stability(
    s: Sittings, chosen: Division, components: int, again: Sequence[Repeat], seed: int, resamples: int
) -> list[float]:  # fmt: skip
    """Of each group the mean Jaccard index, over rows, with its likest in fits of sittings drawn with replacement."""
    chance = random.Random(f"stability {seed}")  # noqa: S311 - seeded resampling, no secret
    rows = Counter(s.of)
    totals = [0.0] * chosen.groups
    for n in range(resamples):
        drawn = Counter(chance.choices(range(len(s.starts)), k=len(s.starts)))
        features = Features(s, [float(drawn[i]) for i in range(len(s.starts))])
        found = divide(fit(features, components, seed + n, restarts=_RESTARTS, steps=_STEPS), again)
        for group, index in enumerate(_jaccards(chosen, found, {i: rows[i] for i in drawn})):
            totals[group] += index
    return [t / resamples for t in totals] if resamples else []


def _jaccards(chosen: Division, found: Division, rows: dict[int, int]) -> list[float]:
    """Of each group of the first the best index with any of the second, over the sittings that were drawn."""
    both: Counter[tuple[int, int]] = Counter()
    for i, n in rows.items():
        both[chosen.labels[i], found.labels[i]] += n
    one, other = Counter[int](), Counter[int]()
    for (a, b), n in both.items():
        one[a] += n
        other[b] += n
    best = [0.0] * chosen.groups
    for (a, b), n in both.items():
        best[a] = max(best[a], n / (one[a] + other[b] - n))
    return best


def adjusted_rand(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """How alike two divisions of the same things are: 1 for equal ones, 0 on average for random ones."""
    both = _pairs(Counter(zip(one, other, strict=True)))
    a, b, all_ = _pairs(Counter(one)), _pairs(Counter(other)), len(one) * (len(one) - 1) / 2
    expected = a * b / all_ if all_ else 0.0
    most = (a + b) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _pairs(counted: Counter[Hashable]) -> float:
    return sum(n * (n - 1) / 2 for n in counted.values())

"""A mixture of operators over sittings, fitted by expectation and maximisation, in Arrow's columns.

Of each sitting the model sees which countries' numbers were selected and how often, the hour of the week, and the block
of four weeks. Each component has its own shares of these (a multinomial for the countries, categories for the others,
smoothed by a Dirichlet prior). The token of a number is not seen: numbers that are selected again are held out, to
measure how far the posteriors may be believed.

Sources: Dempster, Laird and Rubin 1977 (EM); Schwarz 1978 (BIC).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.targets.sittings import Sittings

COUNTRY_PRIOR = 0.05
TIME_PRIOR = 0.5
SETTLED = 1e-5
"""Of the log-likelihood: less growth than this part of it in a step ends the fit."""

Column: TypeAlias = "pa.Array"


@dataclass(frozen=True, kw_only=True)
class Component:
    """One operator as the model sees it: natural logarithms of shares."""

    share: float
    countries: tuple[float, ...]
    hours: tuple[float, ...]
    """Of the hour of the week, 168."""
    blocks: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted mixture."""

    components: tuple[Component, ...]
    responsibilities: tuple[Column, ...]
    """Of each component, the posterior of every sitting."""
    log_likelihood: float
    bic: float
    """Schwarz's criterion: the lower, the better the number of components suits the list."""

    def labels(self) -> list[int]:
        """The likeliest component of every sitting."""
        columns = [r.to_pylist() for r in self.responsibilities]
        return [row.index(max(row)) for row in zip(*columns, strict=True)]


class Features:
    """The sittings as columns, with the orders in which they are summed."""

    def __init__(self, s: Sittings, weights: Sequence[float] | None = None) -> None:
        self.size = len(s.starts)
        self.weights = None if weights is None else pa.array(weights, pa.float64())
        self.total = float(sum(weights)) if weights is not None else float(self.size)
        hours, blocks = s.hours_of_week(), s.blocks()
        self.hours, self.blocks = _Categories(hours, 168), _Categories(blocks, max(blocks, default=-1) + 1)
        entries = [(n, c, k) for n, counted in enumerate(s.counts) for c, k in sorted(counted.items())]
        self.owner = pa.array([n for n, _, _ in entries], pa.int32())
        self.count = pa.array([float(k) for _, _, k in entries], pa.float64())
        self.countries = _Categories([c for _, c, _ in entries], len(s.countries))
        last = [n for n, (a, b) in enumerate(pairwise([e[0] for e in entries])) if a != b]
        self.last = pa.array([*last, len(entries) - 1] if entries else [], pa.int32())

    def free(self) -> int:
        """Free parameters of one component."""
        return (self.countries.size - 1) + 23 + 6 + (self.blocks.size - 1) + 1


class _Categories:
    """A column of categories and the order that brings equal ones together."""

    def __init__(self, values: Sequence[int], size: int) -> None:
        self.size = size
        self.values = pa.array(values, pa.int32())
        order = sorted(range(len(values)), key=values.__getitem__)
        self.order = pa.array(order, pa.int32())
        counted = [0] * size
        for v in values:
            counted[v] += 1
        self.filled = [n for n, k in enumerate(counted) if k]
        ends = accumulate(counted[n] for n in self.filled)
        self.last = pa.array([e - 1 for e in ends], pa.int32())

    def sums(self, column: Column) -> list[float]:
        """The sum of a column over each category."""
        reached = pc.cumulative_sum(column.take(self.order)).take(self.last).to_pylist()
        out = [0.0] * self.size
        for n, (a, b) in zip(self.filled, pairwise([0.0, *reached]), strict=True):
            out[n] = max(0.0, b - a)
        return out


def fit(
    features: Features, components: int, seed: int, *, restarts: int = 4, first_steps: int = 12, steps: int = 80
) -> Fit:
    """The best mixture of so many components: several seeded starts, of which the best is followed to its end.

    Raises ValueError without a sitting or a component.
    """
    if not features.size or components < 1:
        raise ValueError(f"expected sittings and at least one component, got {features.size} and {components}")
    chance = random.Random(seed)  # noqa: S311 - a seeded start, no secret
    best: tuple[float, tuple[Component, ...]] | None = None
    for _ in range(restarts if components > 1 else 1):
        found, _, likelihood = _climb(features, _start(features, components, chance), first_steps)
        if best is None or likelihood > best[0]:
            best = likelihood, found
    assert best is not None
    return climb(features, best[1], steps)


def climb(features: Features, components: Sequence[Component], steps: int = 80) -> Fit:
    """The mixture that EM reaches from these components."""
    found, columns, likelihood = _climb(features, components, steps)
    parameters = len(found) * features.free() - 1
    bic = parameters * math.log(features.total) - 2 * likelihood
    return Fit(components=found, responsibilities=columns, log_likelihood=likelihood, bic=bic)


def _climb(
    features: Features, components: Sequence[Component], steps: int
) -> tuple[tuple[Component, ...], tuple[Column, ...], float]:
    before = -math.inf
    current = tuple(components)
    columns, likelihood = expected(features, current)
    for _ in range(steps):
        current = tuple(_component(features, r) for r in columns)
        columns, likelihood = expected(features, current)
        if likelihood - before < SETTLED * abs(likelihood):
            break
        before = likelihood
    return current, columns, likelihood


def expected(features: Features, components: Sequence[Component]) -> tuple[tuple[Column, ...], float]:
    """The posterior of every sitting for each component, and the log-likelihood of all."""
    scores = [_scores(features, c) for c in components]
    highest = scores[0] if len(scores) == 1 else pc.max_element_wise(*scores)
    weights = [pc.exp(pc.subtract(s, highest)) for s in scores]
    total = weights[0]
    for w in weights[1:]:
        total = pc.add(total, w)
    each = pc.add(highest, pc.ln(total))
    likelihood = pc.sum(each if features.weights is None else pc.multiply(each, features.weights)).as_py()
    return tuple(pc.divide(w, total) for w in weights), float(likelihood)


def _scores(features: Features, c: Component) -> Column:
    """Of every sitting, the logarithm of its probability under a component and of the component's share."""
    entries = pc.multiply(pa.array(c.countries).take(features.countries.values), features.count)
    reached = pc.cumulative_sum(entries).take(features.last)
    begun = pa.concat_arrays([pa.array([0.0]), reached.slice(0, features.size - 1)])
    countries = pc.subtract(reached, begun)
    hours = pa.array([h + c.share for h in c.hours]).take(features.hours.values)
    return pc.add(pc.add(countries, hours), pa.array(c.blocks).take(features.blocks.values))


def _component(features: Features, r: Column) -> Component:
    """The component that suits these responsibilities best."""
    if features.weights is not None:
        r = pc.multiply(r, features.weights)
    cells = features.hours.sums(r)
    size = sum(cells)
    countries = features.countries.sums(pc.multiply(r.take(features.owner), features.count))
    days = _logarithms([sum(cells[24 * d : 24 * d + 24]) for d in range(7)], TIME_PRIOR)
    hours = _logarithms([sum(cells[h::24]) for h in range(24)], TIME_PRIOR)
    return Component(
        share=math.log((size + 1) / (features.total + 1)),
        countries=_logarithms(countries, COUNTRY_PRIOR),
        hours=tuple(d + h for d in days for h in hours),
        blocks=_logarithms(features.blocks.sums(r), TIME_PRIOR),
    )


def _logarithms(counts: Sequence[float], prior: float) -> tuple[float, ...]:
    """The logarithms of the shares, with a prior count on each."""
    total = math.log(sum(counts) + prior * len(counts))
    return tuple(math.log(n + prior) - total for n in counts)


def _start(features: Features, components: int, chance: random.Random) -> tuple[Component, ...]:
    """Components of a random, uneven division of the sittings."""
    drawn = [[chance.random() ** 4 + 1e-9 for _ in range(features.size)] for _ in range(components)]
    totals = [sum(row) for row in zip(*drawn, strict=True)]
    return tuple(_component(features, pa.array([v / t for v, t in zip(d, totals, strict=True)])) for d in drawn)

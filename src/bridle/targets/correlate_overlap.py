"""Overlap and hit-rate tests: how likely the published figures would be by chance, and at what point they would be.

The break-even is the honest figure: not "p is small", but what a doubter would have to believe for it not to be. All
arithmetic is in logarithms, for a probability of 1e-138 is no float's business.

Sources: hypergeometric and binomial tails by their definitions; Clopper & Pearson 1934 (interval); Fisher 1935 (2 x 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from bridle.classes import dataclass

ALPHA = 0.01
_LN10 = math.log(10)


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Of `size` people known from an independent source, `hits` are on the list, which has `listed` of a population."""

    hits: int
    size: int
    listed: int

    def log10_p(self, population: int) -> float:
        """Chance that so many are listed, had the list been drawn at random from the population. Raises ValueError."""
        return log10_hypergeometric(self.hits, population, self.listed, self.size)

    def break_even(self, alpha: float = ALPHA) -> int:
        """Largest population for which this is no surprise: it would have to be as small as that. Exact."""
        low = max(self.listed, self.size, self.listed + self.size - self.hits)
        if self.log10_p(low) < math.log10(alpha):
            return low
        high = low * 2
        while self.log10_p(high) >= math.log10(alpha):
            low, high = high, high * 2
            if high > 1 << 60:
                raise ValueError("the overlap surprises in no population; there is no break-even")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.log10_p(middle) >= math.log10(alpha) else (low, middle)
        return low

    def break_even_share(self, alpha: float = ALPHA) -> float:
        """Share of the population that the list would have to hold for all `size` to be no surprise, drawn one by one.

        Raises ValueError where not all are hits.
        """
        if self.hits != self.size:
            raise ValueError(f"expected all {self.size} to be listed, got {self.hits}")
        return float(alpha ** (1 / self.size))


@dataclass(frozen=True, kw_only=True)
class HitRate:
    """Of `tested` phones, `positive` showed traces."""

    positive: int
    tested: int

    @property
    def rate(self) -> float:
        return self.positive / self.tested if self.tested else 0.0

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Clopper and Pearson's."""
        tail = (1 - level) / 2
        k, n = self.positive, self.tested
        low = 0.0 if k == 0 else _root(lambda p: binomial(k, n, p) - tail)
        high = 1.0 if k == n else _root(lambda p: (1 - binomial(k + 1, n, p)) - tail, falling=True)
        return low, high

    def p(self, base_rate: float) -> float:
        """Chance of so many or more, if that share of comparable people off the list had traces too."""
        return binomial(self.positive, self.tested, base_rate)

    def break_even(self, alpha: float = ALPHA) -> float:
        """The base rate at which this is no surprise any more: off-list people would have to be hit that often."""
        return 0.0 if self.positive == 0 else _root(lambda p: self.p(p) - alpha)

    def against(self, control: HitRate) -> float:
        """Fisher's one-sided p against phones that are not on the list."""
        n = self.tested + control.tested
        positive = self.positive + control.positive
        return min(1.0, 10 ** log10_hypergeometric(self.positive, n, positive, self.tested))


def log10_hypergeometric(hits: int, population: int, marked: int, drawn: int) -> float:
    """log10 of P(X >= hits), drawing without replacement. Raises ValueError for figures that contradict each other."""
    if not (0 <= marked <= population and 0 <= drawn <= population and 0 <= hits <= min(drawn, marked)):
        raise ValueError(f"{hits} of {drawn} out of {marked} in {population}: such figures contradict each other")
    least = max(hits, drawn + marked - population)
    terms = (
        _choose(marked, k) + _choose(population - marked, drawn - k) - _choose(population, drawn)
        for k in range(least, min(drawn, marked) + 1)
    )
    return min(0.0, _sum(terms) / _LN10)


def binomial(hits: int, tested: int, p: float) -> float:
    """P(X >= hits)."""
    if hits <= 0 or p >= 1:
        return 1.0
    if p <= 0 or hits > tested:
        return 0.0
    a, b = math.log(p), math.log1p(-p)
    return min(1.0, math.exp(_sum(_choose(tested, k) + k * a + (tested - k) * b for k in range(hits, tested + 1))))


def _choose(n: int, k: int) -> float:
    """Logarithm of n over k; factor by factor where k is small, for differences of large logarithms lose digits."""
    k = min(k, n - k)
    if k <= 1000:
        return math.fsum(math.log((n - i) / (i + 1)) for i in range(k))
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _sum(logarithms: Iterable[float]) -> float:
    """Logarithm of the sum."""
    terms = list(logarithms)
    largest = max(terms)
    return largest + math.log(math.fsum(math.exp(t - largest) for t in terms))


def _root(of: Callable[[float], float], falling: bool = False) -> float:
    """Where a monotone function of a probability is zero."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (of(middle) < 0) is not falling:
            low = middle
        else:
            high = middle
    return (low + high) / 2


WHATSAPP = Overlap(hits=24, size=24, listed=2000)
"""About 24 publicly notified Indian targets of the 2019 WhatsApp exploit are all on the list, which has about 2,000
Indian numbers. The Wire, 2021-09-27; Indian Express, July 2021."""
POPULATIONS = (1_150_000_000, 1_000_000, 100_000, 10_000)
"""All Indian mobile subscribers; then persons of state interest, as a doubter may suppose."""
EXPLOIT_DAYS, LIST_DAYS = 12, 1826
"""All were selected within the 12 days in which the exploit was used; the list covers five years."""
IPHONES = HitRate(positive=34, tested=52)
"""The Washington Post, 2021-07-19: 37 of 67 phones with traces; 15 were Android, of which 3. That every other phone was
an iPhone is derived."""
BASE_RATES = (0.2, 0.3, 0.4, 0.5)
CONTROLS = (5, 8, 10)
CAVEAT = (
    "phones were volunteered, not sampled, and people who were told of an attack came forward themselves: these "
    "figures answer chance, not every other doubt"
)


def published() -> dict[str, Any]:
    """The published figures, computed anew."""
    in_window = WHATSAPP.size * math.log10(EXPLOIT_DAYS / LIST_DAYS)
    low, high = IPHONES.interval()
    return {
        "whatsapp_overlap": {
            "hits": WHATSAPP.hits, "size": WHATSAPP.size, "listed": WHATSAPP.listed,
            "log10_p_by_population": {str(n): round(WHATSAPP.log10_p(n), 1) for n in POPULATIONS},
            "break_even_share": round(WHATSAPP.break_even_share(), 3),
            "break_even_population_drawn_one_by_one": math.floor(WHATSAPP.listed / WHATSAPP.break_even_share()),
            "break_even_population_exact": WHATSAPP.break_even(),
            "log10_p_all_in_exploit_window": round(in_window, 1),
            "p_if_half_of_all_selections_fell_in_it": 0.5**WHATSAPP.size,
        },
        "iphones": {
            "positive": IPHONES.positive, "tested": IPHONES.tested, "rate": round(IPHONES.rate, 3),
            "interval_95": [round(low, 3), round(high, 3)],
            "p_by_base_rate": {str(r): IPHONES.p(r) for r in BASE_RATES},
            "break_even_base_rate": round(IPHONES.break_even(), 3),
            "p_against_controls_without_traces": {
                str(n): IPHONES.against(HitRate(positive=0, tested=n)) for n in CONTROLS
            },
        },
        "alpha": ALPHA,
        "caveat": CAVEAT,
    }  # fmt: skip

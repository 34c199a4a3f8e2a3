"""One-sided 95 % upper bounds: of a share, after Clopper and Pearson, and of a rate, after Garwood.

A bound says what the data cannot exclude: the largest share (or rate) under which a result as small as the one seen
still comes about in one case of twenty.

Sources: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404; F. Garwood, Biometrika 28 (1936) 437.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, lgamma, log, log1p

_LEFT = 0.05
_STEPS = 200


def share_at_most(events: int, trials: int) -> float:
    """Upper bound of the probability of an event that was seen `events` times in `trials`. Raises ValueError."""
    if not 0 <= events <= trials or trials == 0:
        raise ValueError(f"expected 0 <= events <= trials and a trial, got {events} of {trials}")
    if events == trials:
        return 1.0
    return _where(lambda p: _binomial(events, trials, p), 0.0, 1.0)


def rate_at_most(events: int, units: int) -> float:
    """Upper bound of the mean number of events a unit, of which `units` had `events` in all. Raises ValueError."""
    if events < 0 or units <= 0:
        raise ValueError(f"expected events >= 0 and a unit, got {events} in {units}")
    return _where(lambda m: _poisson(events, m), 0.0, 2.0 * events + 20.0) / units


def _where(below: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is `_LEFT`."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) > _LEFT else (low, middle)
    return (low + high) / 2


def _binomial(events: int, trials: int, p: float) -> float:
    """Probability of at most so many events."""
    if p <= 0.0 or p >= 1.0:
        return 1.0 if p <= 0.0 else 0.0
    of = lgamma(trials + 1)
    return sum(
        exp(of - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(p) + (trials - k) * log1p(-p))
        for k in range(events + 1)
    )


def _poisson(events: int, mean: float) -> float:
    """Probability of at most so many events."""
    of = log(mean) if mean > 0 else -inf
    return sum(exp(k * of - mean - lgamma(k + 1)) if k else exp(-mean) for k in range(events + 1))

"""What a cohort of this size, with these selections and windows, could find: power, before anything is looked at.

It uses the selections and windows of the devices, and none of their traces, so that it can be part of a registration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bridle.classes import dataclass
from bridle.targets import nulls
from bridle.targets.correlate_worlds import DAY, MEDIAN_LAG, SIGMA, poisson
from bridle.targets.windows import Device, episodes, within

SHARES = (0.1, 0.3, 0.6)
"""Shares of selections that are followed by an attack whose trace survives."""
SIMULATIONS = 100
DRAWS = 199
BACKGROUND = 1.5
"""Trace episodes of a device, on average, that have nothing to do with a selection."""


@dataclass(frozen=True, kw_only=True)
class Power:
    """How often a test rejects, if this share of selections leaves a trace."""

    q: float
    jitter: float
    cross: float


def power(
    devices: Sequence[Device], alpha: float, seed: int, *, simulations: int = SIMULATIONS, draws: int = DRAWS
) -> list[Power]:
    """For each of SHARES. `alpha` below 1 / (draws + 1) is taken as that: no draw can show less."""
    alpha = max(alpha, 1 / (draws + 1))
    out = []
    for q in SHARES:
        rng = Random(f"power {seed} {q}")  # noqa: S311 - a simulation, repeatable by its seed
        made = [[_with_traces(d, q, rng) for d in devices] for _ in range(simulations)]
        rates = {
            null: sum(nulls.compare(null, m, n, draws).p <= alpha for n, m in enumerate(made)) / max(1, simulations)
            for null in nulls.HOLDS
        }
        out.append(Power(q=q, **rates))
    return out


def _with_traces(d: Device, q: float, rng: Random) -> Device:
    """The device as it would be: attacks soon after some selections, others at the times of day of selections."""
    lag = math.log(MEDIAN_LAG)
    times = [s + round(rng.lognormvariate(lag, SIGMA)) for s in d.examined if rng.random() < q]
    first = d.windows[0][0] if d.windows else 0
    for _ in range(poisson(rng, BACKGROUND) if d.windows else 0):
        at = rng.choice(d.selections) % DAY if d.selections else rng.randrange(DAY)
        day = rng.randrange(max(1, (d.windows[-1][1] - first) // DAY))
        times.append((first // DAY + day) * DAY + at)
    return replace(d, episodes=within(episodes(sorted(times)), d.windows))

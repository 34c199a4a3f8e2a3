"""Made-up cohorts whose truth is known: on them the error rates of the tests are measured.

Three kinds have no link between selections and traces, and differ in what else the two share; with `q` above 0, that
share of the selections is followed by an attack whose trace survives. Times are seconds from the beginning of the list.

- `independent`: both series fall in office hours of weekdays, and share nothing else.
- `campaigns`: four stretches of 14 days, the same for all devices, hold four fifths of both series.
- `same-day`: on half of the days of a selection an attack comes at an office hour that has nothing to do with it: the
  worst that can be said against a list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from bridle.targets.windows import Device, device

DAY = 86_400
WORLDS = ("independent", "campaigns", "same-day")
MEDIAN_LAG, SIGMA = 300, 1.5
"""Of the log-normal law of the lag from a selection to its attack: seconds, and the deviation of its logarithm."""
_NOON, _SPREAD = 12 * 3600, 2.5 * 3600


def world(
    kind: str, seed: int, *, devices: int = 37, q: float = 0.0, clock_error: float = 0.0, days: int = 730
) -> list[Device]:
    """A cohort. `clock_error`: standard deviation of the phones' unmeasured clock errors, in seconds."""
    if kind not in WORLDS:
        raise ValueError(f"expected one of {', '.join(WORLDS)}, got {kind!r:.60}")
    rng = Random(f"{kind} {seed} {devices} {q}")  # noqa: S311 - a simulation, repeatable by its seed
    zone = 3600 * rng.randrange(-6, 6)
    campaigns = [rng.uniform(0, days - 30) for _ in range(4)] if kind != "independent" else []
    return [_device(n, kind, rng, zone, campaigns, q, clock_error, days) for n in range(devices)]


def _device(
    n: int, kind: str, rng: Random, zone: int, campaigns: Sequence[float], q: float, clock_error: float, days: int
) -> Device:
    end = days * DAY
    first = int(end * (1 - rng.uniform(0.3, 1)))
    selections = _office_times(rng, rng.randrange(1, 6), zone, days, campaigns)
    onsets = _office_times(rng, poisson(rng, 1.5), zone, days, campaigns)
    for s in selections:
        if rng.random() < q:
            onsets.append(s + round(rng.lognormvariate(math.log(MEDIAN_LAG), SIGMA)))
        if kind == "same-day" and rng.random() < 0.5:
            onsets.append((s + zone) // DAY * DAY - zone + round(rng.gauss(_NOON, _SPREAD)))
    error = round(rng.gauss(0, clock_error))
    traces = [t + error for onset in onsets for t in _burst(rng, onset)]
    return device(f"D-{n + 1:02}", selections, traces, [(first, end - 1)])


def _burst(rng: Random, onset: int) -> list[int]:
    """An attack leaves several records within minutes."""
    times = [onset]
    for _ in range(rng.randrange(1, 8)):
        times.append(times[-1] + round(rng.expovariate(1 / 120)))
    return times


def _office_times(rng: Random, n: int, zone: int, days: int, campaigns: Sequence[float]) -> list[int]:
    """Weekdays around noon of the operator, `zone` seconds east of UTC."""
    out: list[int] = []
    while len(out) < n:
        in_campaign = campaigns and rng.random() < 0.8
        day = int(rng.choice(campaigns) + rng.uniform(0, 14)) if in_campaign else rng.randrange(days)
        if day % 7 < 5 and day < days - 1:
            out.append(min(max(0, day * DAY + round(rng.gauss(_NOON, _SPREAD)) - zone), days * DAY - 1))
    return out


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number, by Knuth's product of uniforms; for small means."""
    limit, product, k = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        k += 1
    return k

"""How well operators are told apart: made lists of 50,000 rows over 11 operators, divided and compared with the truth.

    python -m benchmarks.list.operators --home 0.7 --seed 1

Each operator selects numbers of its home country in the given share and of a few others, in sittings about one matter,
in its own office hours and weekend, for a part of five years; a quarter of its selections are numbers that it selected
before. Beside the mixture stands what one would do without it: to call the country of the number the client.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Sequence

from bridle.targets.operators import Operators, operators
from bridle.targets.repeats import EDGES, bin_of
from bridle.targets.sittings import Selection
from bridle.targets.stability import adjusted_rand

HOMES = ("MX", "MA", "AE", "IN", "AZ", "HU", "KZ", "SA", "RW", "TG", "BH")
OTHERS = ("FR", "DZ", "GB", "PK", "QA", "TR", "EG", "ES", "US", "BE", "UG", "CD", "NP", "RU", "DE")
SHARES = (15, 10, 10, 2, 1, 0.3, 2, 2.5, 3.5, 0.3, 0.4)
ZONES = (-6, 1, 4, 5.5, 4, 1, 6, 3, 2, 0, 3)
"""Hours before UTC."""
WEEKENDS = (5, 5, 4, 5, 5, 5, 5, 4, 5, 5, 4)
"""The first day of the weekend, Monday being 0."""
BEGIN = 1_466_380_800
"""2016-06-20 00:00 UTC, a Monday."""
DAYS = 5 * 365


def world(seed: int, home: float, rows: int = 50_000) -> tuple[list[Selection], list[int]]:
    """A list in the order of time, and of each row its operator."""
    chance = random.Random(seed)
    made: list[tuple[float, str, str, int]] = []
    for operator, share in enumerate(SHARES):
        made += _selected(chance, operator, int(rows * share / sum(SHARES)), home)
    made.sort()
    selections = [Selection(row=n, token=token, country=c, time=int(t)) for n, (t, c, token, _) in enumerate(made)]
    return selections, [operator for *_, operator in made]


def _selected(chance: random.Random, operator: int, left: int, home: float) -> list[tuple[float, str, str, int]]:
    countries = (*HOMES, *OTHERS)
    drawn = [chance.gammavariate(0.15, 1) for _ in countries]
    shares = [(1 - home) * d / sum(drawn) for d in drawn]
    shares[operator] += home
    first, last = sorted(chance.uniform(0, DAYS) for _ in range(2))
    first, last = max(0.0, first - 400), min(float(DAYS), last + 400)
    rows: list[tuple[float, str, str, int]] = []
    known: list[tuple[str, str]] = []
    while left > 0:
        day = int(chance.uniform(first, last))
        if day % 7 in (WEEKENDS[operator], WEEKENDS[operator] + 1) and chance.random() < 0.93:
            continue
        at = BEGIN + day * 86_400 + (min(20.0, max(8.0, chance.gauss(13, 2.5))) - ZONES[operator]) * 3600
        matter = chance.choices(countries, shares)[0]
        size = min(left, 1 + _poisson(chance, 3))
        for _ in range(size):
            number = (
                f"{operator}-{len(known)}",
                matter if chance.random() < 0.6 else chance.choices(countries, shares)[0],
            )
            if known and chance.random() < 0.25:
                number = chance.choice(known[-400:])
            else:
                known.append(number)
            rows.append((at, number[1], number[0], operator))
            at += chance.expovariate(1 / 45)
        left -= size
    return rows


def _poisson(chance: random.Random, mean: float) -> int:
    n, product, limit = 0, chance.random(), math.exp(-mean)
    while product > limit:
        n, product = n + 1, product * chance.random()
    return n


def figures(seed: int, home: float, rows: int, resamples: int) -> dict[str, object]:
    """One list, divided: how alike division and truth are, and whether the posteriors are what they say."""
    selections, truth = world(seed, home, rows)
    begun = time.process_time()
    found = operators(selections, seed=seed, resamples=resamples)
    seconds = time.process_time() - begun
    names = [a.operator for a in found.attributions]
    of = [truth[a.row] for a in found.attributions]
    right = _right(names, of)
    abroad = [r for r, a, o in zip(right, found.attributions, of, strict=True) if selections[a.row].country != HOMES[o]]
    by_country = [c if (c := selections[a.row].country) in HOMES else "other" for a in found.attributions]
    return {
        "seed": seed, "home": home, "rows": rows, "operators": len(found.operators),
        "components": next(c.components for c in found.choices if c.chosen),
        "ari": round(adjusted_rand(of, names), 3), "ari_country_is_client": round(adjusted_rand(of, by_country), 3),
        "right": round(sum(right) / len(right), 3), "cross_border_share": round(len(abroad) / len(right), 3),
        "cross_border_right": round(sum(abroad) / max(1, len(abroad)), 3),
        "calibration": _reliability(found, right), "stability": {o.name: o.stability for o in found.operators},
        "by_components": {c.components: c.agreement for c in found.choices}, "cpu_seconds": round(seconds, 1),
    }  # fmt: skip


def _right(names: Sequence[str], truth: Sequence[int]) -> list[bool]:
    """Whether a row's operator is the one that most rows of its name are of."""
    both: dict[str, Counter[int]] = {}
    for n, o in zip(names, truth, strict=True):
        both.setdefault(n, Counter())[o] += 1
    mostly = {n: c.most_common(1)[0][0] for n, c in both.items()}
    return [mostly[n] == o for n, o in zip(names, truth, strict=True)]


def _reliability(found: Operators, right: Sequence[bool]) -> list[dict[str, float]]:
    """Of each bin of posteriors: the rows, what the calibration says, and what is."""
    rows: dict[int, list[bool]] = {}
    for a, r in zip(found.attributions, right, strict=True):
        rows.setdefault(bin_of(a.posterior or 0.0), []).append(r)
    bins = found.calibration.bins
    return [
        {"posterior_from": EDGES[b], "rows": len(r), "said": bins[b].right if bins else 0.0,
         "is": round(sum(r) / len(r), 3)}
        for b, r in sorted(rows.items())
    ]  # fmt: skip


def main() -> None:
    """Print one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--home", type=float, nargs="+", default=[0.9, 0.7, 0.5])
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--resamples", type=int, default=5)
    given = parser.parse_args()
    for home in given.home:
        for seed in given.seed:
            print(json.dumps(figures(seed, home, given.rows, given.resamples)), flush=True)


if __name__ == "__main__":
    main()

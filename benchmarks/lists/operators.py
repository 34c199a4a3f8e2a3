"""How well operators are told apart: made lists of 50,000 rows over 11 operators, divided and compared with the truth.

    python -m lists.operators --home 0.7 --seed 1

The lists are those of `bridle phantom list`. Beside the mixture stands what one would do without it: to call the
country of the number the client.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence

from bridle.phantom import list_world
from bridle.targets.operators import LIKELIER, Operators, operators
from bridle.targets.repeats import EDGES, bin_of
from bridle.targets.sittings import Selection
from bridle.targets.stability import adjusted_rand


def world(seed: int, home: float, rows: int = 50_000) -> tuple[list[Selection], list[str], list[str]]:
    """A list in the order of time, of each row its operator, and of each row that operator's country."""
    made = list_world.make(seed, rows, home_share=home)
    selections = [
        Selection(row=n, token=r.number, country=r.country, time=int(r.time.timestamp()))
        for n, r in enumerate(made.rows)
    ]
    return selections, [r.operator for r in made.rows], [made.homes[r.operator] for r in made.rows]


def figures(seed: int, home: float, rows: int, resamples: int) -> dict[str, object]:
    """One list, divided: how alike division and truth are, and whether the posteriors are what they say."""
    selections, truth, homes = world(seed, home, rows)
    begun = time.process_time()
    found = operators(selections, seed=seed, resamples=resamples)
    seconds = time.process_time() - begun
    names = [a.operator for a in found.attributions]
    of = [truth[a.row] for a in found.attributions]
    right = _right(names, of)
    abroad = [r for r, a in zip(right, found.attributions, strict=True) if selections[a.row].country != homes[a.row]]
    most = {o.most_selected for o in found.operators}
    likelier = [
        r for r, a in zip(right, found.attributions, strict=True)
        if a.cross_border and (a.calibrated or 0) >= LIKELIER and selections[a.row].country not in most
    ]  # fmt: skip
    clients = set(homes)
    by_country = [c if (c := selections[a.row].country) in clients else "other" for a in found.attributions]
    return {
        "seed": seed, "home": home, "rows": rows, "operators": len(found.operators),
        "components": next(c.components for c in found.choices if c.chosen),
        "ari": round(adjusted_rand(of, names), 3), "ari_country_is_client": round(adjusted_rand(of, by_country), 3),
        "right": round(sum(right) / len(right), 3), "cross_border_share": round(len(abroad) / len(right), 3),
        "cross_border_right": round(sum(abroad) / max(1, len(abroad)), 3),
        "cross_border_likelier": len(likelier), "these_right": round(sum(likelier) / max(1, len(likelier)), 3),
        "calibration": _reliability(found, right), "stability": {o.name: o.stability for o in found.operators},
        "by_components": {c.components: c.agreement for c in found.choices}, "cpu_seconds": round(seconds, 1),
    }  # fmt: skip


def _right(names: Sequence[str], truth: Sequence[str]) -> list[bool]:
    """Whether a row's operator is the one that most rows of its name are of."""
    both: dict[str, Counter[str]] = {}
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

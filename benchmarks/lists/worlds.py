"""Error rates of the correlation's tests over simulated worlds: `python -m lists.worlds [--worlds 200]`.

Prints, for three kinds of world without a link, how often each test rejects at 0.05; then the power at 0.01. Exit 1 if
a rate misses its goal: jitter at most 0.07 in all three worlds, cross in the first two, both at least 0.8 for ten
devices and q = 0.3. `--json` prints the rates.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bridle.targets import nulls
from bridle.targets.correlate_worlds import WORLDS, world
from bridle.targets.windows import Device

ALPHA, STRICT = 0.05, 0.01
MOST_FALSE, LEAST_POWER = 0.07, 0.8
HELD = {"jitter": WORLDS, "cross": WORLDS[:2]}
COHORTS = ((3, 0.3), (5, 0.3), (10, 0.1), (10, 0.3), (10, 0.6), (37, 0.1), (37, 0.3))
CLOCKS = (0, 60, 600, 3600)


def rejected(null: str, cohorts: Sequence[list[Device]], alpha: float, draws: int) -> float:
    """The share of the cohorts in which the test's p is at most alpha."""
    return sum(nulls.compare(null, c, n, draws).p <= alpha for n, c in enumerate(cohorts)) / len(cohorts)


def false_positives(worlds: int, draws: int) -> dict[str, dict[str, float]]:
    """World and null to the share of worlds without a link that are rejected at 0.05."""
    made = {kind: [world(kind, seed) for seed in range(worlds)] for kind in WORLDS}
    return {
        kind: {null: rejected(null, made[kind], ALPHA, draws) for null in (*nulls.HOLDS, *nulls.MISLEAD)}
        for kind in WORLDS
    }


def power(worlds: int, draws: int) -> list[dict[str, float]]:
    """Of both tests that hold, at 0.01, in the world of campaigns."""
    out = []
    for devices, q in COHORTS:
        made = [world("campaigns", seed, devices=devices, q=q) for seed in range(worlds)]
        rates = {null: rejected(null, made, STRICT, draws) for null in nulls.HOLDS}
        out.append({"devices": devices, "q": q, **rates})
    return out


def clients(worlds: int, draws: int) -> dict[str, dict[str, float]]:
    """False positives where four clients, with ten phones each, share neither campaigns nor office hours."""
    out: dict[str, dict[str, float]] = {}
    for kind in WORLDS[1:]:
        apart = [
            [replace(d, stratum=str(client)) for client in range(4) for d in world(kind, 4 * n + client, devices=10)]
            for n in range(worlds)
        ]
        together = [[replace(d, stratum="") for d in cohort] for cohort in apart]
        for how, cohorts in (("apart", apart), ("together", together)):
            out[f"{kind}, {how}"] = {null: rejected(null, cohorts, ALPHA, draws) for null in nulls.HOLDS}
    return out


def clocks(worlds: int, draws: int) -> dict[str, float]:
    """Power of jitter with ten devices and q = 0.3, by the error of the phones' clocks in seconds."""
    made = ([world("campaigns", s, devices=10, q=0.3, clock_error=c) for s in range(worlds)] for c in CLOCKS)
    return {str(c): rejected("jitter", m, STRICT, draws) for c, m in zip(CLOCKS, made, strict=True)}


def goals(
    rates: dict[str, dict[str, float]], powers: Sequence[dict[str, float]], apart: dict[str, dict[str, float]]
) -> dict[str, bool]:
    """What must hold, and whether it does."""
    told = {
        f"false positives of {null} in {kind} <= {MOST_FALSE}": rates[kind][null] <= MOST_FALSE
        for null, kinds in HELD.items()
        for kind in kinds
    }
    told |= {
        f"false positives of {null} in {kind}, four clients apart <= {MOST_FALSE}":
            apart[f"{kind}, apart"][null] <= MOST_FALSE
        for null, kinds in HELD.items() for kind in kinds[1:]
    }  # fmt: skip
    ten = next(p for p in powers if (p["devices"], p["q"]) == (10, 0.3))
    return told | {f"power of {null} >= {LEAST_POWER}": ten[null] >= LEAST_POWER for null in HELD}


def measure(worlds: int, draws: int) -> dict[str, Any]:
    """Everything, with the processor seconds of each part."""
    out: dict[str, Any] = {"worlds": worlds, "draws": draws}
    parts: dict[str, Callable[[int, int], Any]] = {
        "false_positives": false_positives, "power": power, "power_by_clock_error": clocks,
        "false_positives_of_four_clients": clients,
    }  # fmt: skip
    for name, part in parts.items():
        begun = time.process_time()
        out[name] = part(worlds, draws)
        out[f"{name}_cpu_seconds"] = round(time.process_time() - begun, 1)
    out["goals"] = goals(out["false_positives"], out["power"], out["false_positives_of_four_clients"])
    return out


def lines(found: dict[str, Any]) -> list[str]:
    """The tables, as text."""
    names = (*nulls.HOLDS, *nulls.MISLEAD)
    out = [f"False positives at {ALPHA}, no link, 37 devices, {found['worlds']} worlds, {found['draws']} draws",
           f"{'world':14}" + "".join(f"{n:>10}" for n in names)]  # fmt: skip
    out += [f"{k:14}" + "".join(f"{r[n]:10.3f}" for n in names) for k, r in found["false_positives"].items()]
    out += [
        "",
        f"Power at {STRICT}, campaigns, lag log-normal (median 5 min, sigma 1.5)",
        "devices    q    jitter   cross",
    ]
    out += [f"{p['devices']:7} {p['q']:4} {p['jitter']:9.3f} {p['cross']:7.3f}" for p in found["power"]]
    out += ["", "Power of jitter, 10 devices, q = 0.3, by clock error in seconds"]
    out += [f"{c:>7} {p:.3f}" for c, p in found["power_by_clock_error"].items()]
    out += ["", f"False positives at {ALPHA}, four clients with ten phones each, taken apart or together"]
    out += [f"{k:22} jitter {r['jitter']:.3f} cross {r['cross']:.3f}"
            for k, r in found["false_positives_of_four_clients"].items()]  # fmt: skip
    out += ["", *(f"{'met ' if met else 'MISSED'} {goal}" for goal, met in found["goals"].items())]
    return out


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.worlds, asked.draws)
    print(json.dumps(found, indent=1) if asked.json else "\n".join(lines(found)))
    return 0 if all(found["goals"].values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""The figures that bridle is to reach, and whether it does."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Part = Mapping[str, Any]
Reached = tuple[bool | None, str]
"""Whether a goal is reached, None where that could not be measured, and the figure."""
_MIB = 1 << 20


@dataclass(frozen=True)
class Goal:
    """One figure."""

    part: str
    work: str
    goal: str
    reached: Callable[[Part], Reached]


def median(given: Part, who: str, key: str) -> float | None:
    """The median of one figure of a subject, None if it was not measured."""
    runs = given["runs"].get(who) or ()
    return statistics.median(run[key] for run in runs) if runs else None


def _against_peer(key: str, least: float) -> Callable[[Part], Reached]:
    def reached(given: Part) -> Reached:
        theirs, ours = median(given, "MVT", key), median(given, "bridle", key)
        if theirs is None or ours is None:
            return None, "the peer was not measured"
        return theirs / ours >= least, f"1/{theirs / ours:.1f} ({ours:.1f} of {theirs:.1f} s)"

    return reached


def _at_most(key: str, mib: float) -> Callable[[Part], Reached]:
    def reached(given: Part) -> Reached:
        found = max(run[key] for run in given["runs"]["bridle"]) / _MIB
        return found <= mib, f"{found:.0f} MiB"

    return reached


def _recalled(given: Part) -> Reached:
    told = given.get("recalled") or ""
    numbers = re.findall(r"\d+", told)
    return (numbers[0] == numbers[1], told) if numbers else (None, "not known")


def _beside_gzip(given: Part) -> Reached:
    ours, bare = median(given, "bridle", "wall") or 0.0, statistics.median(given["gzip"])
    return ours <= 1.5 * bare, f"{ours / bare:.2f} times ({ours:.1f} of {bare:.1f} s)"


def _number(pattern: str, printed: str) -> float | None:
    found = re.search(pattern, printed)
    return float(found[1]) if found else None


def _rate(name: str, column: int, least: float) -> Callable[[Part], Reached]:
    """Of `matching`: millions in a second, of 5 % distinct values or of all distinct ones."""

    def reached(given: Part) -> Reached:
        found = re.search(rf"(?m)^{name} +([0-9.]+) M/s +([0-9.]+) M/s", given["printed"])
        if found is None:
            return None, "not known"
        return float(found[column]) >= least, f"{found[column]} M/s"

    return reached


def _hunt(given: Part) -> Reached:
    run = json.loads(given["printed"].strip().splitlines()[-1])["runs"][-1]
    seconds = run["wall"] * 1e8 / run["observables"]
    told = f"{run['wall']:.1f} s for {run['cases']:,} cases with {run['observables'] / 1e6:,.0f} M"
    return seconds < 6, f"{seconds:.1f} s ({told})"


def _fleet(given: Part) -> Reached:
    efficiency = _number(r"efficiency of 2 processes[^\n]*: ([0-9.]+)", given["printed"])
    return (None, "not known") if efficiency is None else (efficiency >= 0.85, f"{efficiency:.2f}")


def _nothing_lost(given: Part) -> Reached:
    ends = re.findall(r"(?m)^.+ +(\d+) +(\d+) +(\d+)  (yes|NO)$", given["printed"])
    if not ends:
        return None, "not known"
    good = all(lost == doubled == "0" and equal == "yes" for _, lost, doubled, equal in ends)
    return good, f"{len(ends)} runs, {'none' if good else 'some'} lost, doubled or different"


def _stix(given: Part) -> Reached:
    return given["cpu"] < 1, f"{given['cpu']:.2f} s"


def _help(given: Part) -> Reached:
    seconds = given["seconds"]["bridle"]
    return seconds <= 0.15, f"{seconds:.2f} s"


GOALS = (
    Goal("plain", "iOS backup", "1/15 of MVT's CPU", _against_peer("cpu", 15)),
    Goal("plain", "", "500 MB in all processes", _at_most("memory_sum", 500e6 / _MIB)),
    Goal("plain", "", "300 MB written", _at_most("written", 300e6 / _MIB)),
    Goal("plain", "", "all planted traces", _recalled),
    Goal("encrypted", "the same, encrypted", "1/25 of MVT's wall time", _against_peer("wall", 25)),
    Goal("encrypted", "", "all planted traces", _recalled),
    Goal("bugreport", "bugreport, 100 MB", "1/8 of MVT's CPU", _against_peer("cpu", 8)),
    Goal("bugreport", "", "300 MB in all processes", _at_most("memory_sum", 300e6 / _MIB)),
    Goal("bomb", "bugreport of 1 GiB in a small zip", "500 MB in all processes", _at_most("memory_sum", 500e6 / _MIB)),
    Goal("sysdiagnose", "sysdiagnose, 400 MB", "1.5 times `gzip -dc | sha256sum`", _beside_gzip),
    Goal("sysdiagnose", "", "300 MB in all processes", _at_most("memory_sum", 300e6 / _MIB)),
    Goal("sysdiagnose", "", "all planted traces", _recalled),
    Goal("matching", "URLs against 1 M indicators, 5 % of hosts distinct", "2 M/s", _rate("urls", 1, 2)),
    Goal("matching", "domains, 5 % distinct", "2 M/s", _rate("domains", 1, 2)),
    Goal("matching", "texts, 5 % distinct", "2 M/s", _rate("texts", 1, 2)),
    Goal("stix", "STIX bundle of 20,000 indicators", "1 s of CPU", _stix),
    Goal("hunt", "hunt over 10^8 observables", "6 s", _hunt),
    Goal("fleet", "fleet, two worker processes", "efficiency 0.85", _fleet),
    Goal("fleet", "fleet, workers killed", "nothing lost or doubled, equal digests", _nothing_lost),
    Goal("help", "`bridle --help`", "0.15 s", _help),
)

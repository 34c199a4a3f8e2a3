"""The figures that bridle is to reach, and whether it does."""

from __future__ import annotations

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


def _median(given: Part, who: str, key: str) -> float | None:
    runs = given["runs"].get(who) or ()
    return statistics.median(run[key] for run in runs) if runs else None


def _against_peer(key: str, least: float) -> Callable[[Part], Reached]:
    def reached(given: Part) -> Reached:
        theirs, ours = _median(given, "MVT", key), _median(given, "bridle", key)
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
    ours, bare = _median(given, "bridle", "wall") or 0.0, statistics.median(given["gzip"])
    return ours <= 1.5 * bare, f"{ours / bare:.2f} times ({ours:.1f} of {bare:.1f} s)"


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
    Goal("help", "`bridle --help`", "0.15 s", _help),
)

"""Readers are given damaged input, each in its turn: rows, a Gap or the error that is documented are the only answers.

`ONLY=fuzz SECONDS=3600 make bench-reliability` takes an hour. Inputs are made from the seeds by a mutator that makes
the same ones each time; `COUNT` gives each reader so many of them, whatever the time. Inputs that failed lie in
build/bench-reliability/fuzz/failed/TARGET/.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from reliability.fuzz import artifacts, containers, formats
from reliability.fuzz.child import Outcome, attempt, say
from reliability.fuzz.target import Target
from reliability.line import Line

COMMAND = "ONLY=fuzz SECONDS=3600 make bench-reliability"
GROUPS: dict[str, tuple[str, Callable[[], Iterator[Target]]]] = {
    "artifacts": ("parsers of artifacts", artifacts.targets),
    "formats": ("functions of formats", formats.targets),
    "containers": ("containers of evidence", containers.targets),
}


def lines(asked: Sequence[str] = ()) -> Iterable[Line]:
    """A line for each group, or for those asked for. Raises SystemExit for a group that is not known."""
    if unknown := set(asked) - set(GROUPS):
        sys.exit(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    groups = list(asked or GROUPS)
    seconds, count = float(os.environ.get("SECONDS", "60")), os.environ.get("COUNT")
    for group in groups:
        outcomes = list(run(group, seconds / len(groups), int(count) if count else None))
        yield line(GROUPS[group][0], outcomes)


def run(group: str, seconds: float, count: int | None = None) -> Iterator[Outcome]:
    """Every target of a group, each for its share of the CPU time, or with `count` inputs."""
    found = list(GROUPS[group][1]())
    for target in found:
        outcome = attempt(target, seconds / len(found), count)
        say(outcome)
        yield outcome


def line(what: str, outcomes: list[Outcome]) -> Line:
    """What became of a group."""
    tried, failed = sum(o.tried for o in outcomes), sum(o.failed for o in outcomes)
    return Line(what=f"{len(outcomes)} {what}", tried=tried, survived=tried - failed, command=COMMAND)

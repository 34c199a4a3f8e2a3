"""Readers are given damaged input, each in its turn: rows, a Gap or the error that is documented are the only answers.

`ONLY=fuzz SECONDS=3600 make bench-reliability` takes an hour. Inputs are made from the seeds by a mutator that makes
the same ones each time; `COUNT` gives each reader so many of them, whatever the time. Where `make fuzz-setup` made an
environment with atheris, half of the time goes to inputs that are guided by what they reach. Inputs that failed lie in
build/bench-reliability/fuzz/failed/TARGET/.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from reliability.fuzz import artifacts, containers, formats, guided, others
from reliability.fuzz.child import Outcome, attempt, say
from reliability.fuzz.target import Target
from reliability.line import Line

COMMAND = "ONLY=fuzz SECONDS=3600 make bench-reliability"
GROUPS: dict[str, tuple[str, Callable[[], Iterator[Target]]]] = {
    "artifacts": ("parsers of artifacts", artifacts.targets),
    "formats": ("functions of formats", formats.targets),
    "containers": ("containers of evidence", containers.targets),
    "others": ("readers of what others hand over beside evidence", others.targets),
}


def lines(asked: Sequence[str] = ()) -> Iterable[Line]:
    """A line for each group, or for those asked for. Raises SystemExit for a group that is not known."""
    if unknown := set(asked) - set(GROUPS):
        sys.exit(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    groups = list(asked or GROUPS)
    seconds, count = float(os.environ.get("SECONDS", "60")), os.environ.get("COUNT")
    both = count is None and guided.is_here()
    share = seconds / len(groups) / (2 if both else 1)
    for group in groups:
        what = GROUPS[group][0]
        yield line(what, "made from seeds", run(group, share, int(count) if count else None))
        if both:
            yield line(what, "guided by what they reach", guided.run(group, share))


def run(group: str, seconds: float, count: int | None = None) -> Iterator[Outcome]:
    """Every target of a group, each for its share of the CPU time, or with `count` inputs."""
    found = list(GROUPS[group][1]())
    for target in found:
        yield attempt(target, seconds / len(found), count)


def line(what: str, how: str, outcomes: Iterable[Outcome]) -> Line:
    """What became of a group. What failed is said as soon as it is known."""
    readers = tried = failed = 0
    for outcome in outcomes:
        say(outcome)
        readers, tried, failed = readers + 1, tried + outcome.tried, failed + outcome.failed
    return Line(what=f"{readers} {what}: inputs {how}", tried=tried, survived=tried - failed, command=COMMAND)

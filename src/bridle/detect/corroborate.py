"""Findings that stand near each other in time, of different stages and from independent rows, name each other.

Independent is what `bridle.detect.writers` says: other files, other programs, neither a repetition of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridle.detect.finding import Evidence, Finding
from bridle.detect.writers import independent

WINDOW = timedelta(minutes=30)
MOST = 50
"""Findings that one finding names."""

Times = dict[str, tuple[Evidence, list[datetime]]]
"""Of each table, a row and the times of all rows, sorted."""


def corroborated(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, in their order, each with the ids of those that stand near it."""
    times = [_times(f) for f in findings]
    near: list[list[str]] = [[] for _ in findings]
    for a, f in enumerate(findings):
        for b in range(a + 1, len(findings)):
            g = findings[b]
            if f.stage != g.stage and _apart(times[a], times[b]):
                near[a].append(g.id)
                near[b].append(f.id)
    return tuple(replace(f, corroborated_by=tuple(n[:MOST])) for f, n in zip(findings, near, strict=True))


def _times(f: Finding) -> Times:
    """When the rows of each table were. A wall clock of unknown zone is no time."""
    found: Times = {}
    for e in f.evidence:
        if e.time is not None and e.time.tzinfo is not None:
            found.setdefault(e.table, (e, []))[1].append(e.time)
    for _, times in found.values():
        times.sort()
    return found


def _apart(one: Times, other: Times) -> bool:
    """Whether two findings have independent rows within the window."""
    return any(_within(these, those) and independent(a, b) for a, these in one.values() for b, those in other.values())


def _within(one: list[datetime], other: list[datetime]) -> bool:
    """Whether any two times of two sorted lists are at most the window apart."""
    at = 0
    for time in one:
        while at < len(other) and time - other[at] > WINDOW:
            at += 1
        if at == len(other):
            return False
        if other[at] - time <= WINDOW:
            return True
    return False

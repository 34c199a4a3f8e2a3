"""Findings that stand near each other in time, from different files and of different stages, name each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridle.detect.finding import Finding

WINDOW = timedelta(minutes=30)
MOST = 50
"""Findings that one finding names."""

Leg = tuple[datetime, str, str]


def corroborated(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, in their order, each with the ids of those that stand near it."""
    legs = [_legs(f) for f in findings]
    near: list[list[str]] = [[] for _ in findings]
    for a, f in enumerate(findings):
        for b in range(a + 1, len(findings)):
            g = findings[b]
            if f.stage != g.stage and _apart(legs[a], legs[b]):
                near[a].append(g.id)
                near[b].append(f.id)
    return tuple(replace(f, corroborated_by=tuple(n[:MOST])) for f, n in zip(findings, near, strict=True))


def _legs(f: Finding) -> list[Leg]:
    """Times of the evidence with the table and file each is from, sorted. A wall clock of unknown zone is none."""
    return sorted((e.time, e.table, e.path) for e in f.evidence if e.time is not None and e.time.tzinfo is not None)


def _apart(one: list[Leg], other: list[Leg]) -> bool:
    """Whether two lists have rows of different tables and files within the window."""
    if not one or not other or one[0][0] - other[-1][0] > WINDOW or other[0][0] - one[-1][0] > WINDOW:
        return False
    start = 0
    for time, table, path in one:
        while start < len(other) and time - other[start][0] > WINDOW:
            start += 1
        for near, its_table, its_path in other[start:]:
            if near - time > WINDOW:
                break
            if its_table != table and its_path != path:
                return True
    return False

"""Migrations of numbering plans: what a number of then is called now. The data is plans.toml, with its sources.

A list from 2016 to 2021 has numbers in forms that today's plans do not know: `+521…` for mobile numbers in Mexico is
one. A number is read by the plan at the time of its selection, and each rewriting names its migration.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from bridle.classes import dataclass

LATE, EARLY = "late", "early"
"""After a migration's name: an old form selected when it no longer worked; a new one before it could exist."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One change of a plan. Patterns are of all digits with the country code; times are microseconds since 1970."""

    id: str
    old: str
    new: str
    since: int
    until: int
    distinct: bool
    sources: tuple[str, ...]
    new_form: str | None = None
    also: tuple[str, ...] = ()
    note: str = ""

    @property
    def code(self) -> str:
        """The digits that all its old forms start with: at least the country code."""
        found = re.match(r"\d+", self.old.split("0?")[0])
        return found[0] if found else ""

    def rewritten(self, digits: str) -> str | None:
        """The number of today of an old form, or None for others."""
        found = _compiled(self.old).fullmatch(digits)
        return found.expand(self.new) if found else None

    def is_new(self, digits: str) -> bool:
        return self.new_form is not None and _compiled(self.new_form).fullmatch(digits) is not None


@dataclass(frozen=True)
class Read:
    """A number read by the plan of its time: today's digits, the migration, and further regions that it may be of."""

    digits: str
    rule: str | None = None
    certain: bool = True
    also: tuple[str, ...] = ()


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations, in the order of the file."""
    stored = tomllib.loads((files("bridle.targets") / "plans.toml").read_text("utf-8"))["migration"]
    return tuple(_migration(m) for m in stored)


def _migration(row: dict[str, Any]) -> Migration:
    times = {name: (row[name] - _EPOCH) // datetime.resolution for name in ("since", "until")}
    lists = {name: tuple(row.get(name, ())) for name in ("sources", "also")}
    return Migration(**{**row, **times, **lists})


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


@cache
def bounds() -> tuple[int, ...]:
    """The times at which any number may start to be read in another way, sorted."""
    return tuple(sorted({t for m in migrations() for t in (m.since, m.until)}))


def era(time: int | None) -> int:
    """Which of the stretches between `bounds` a time lies in; numbers of one era are read alike. -1: no time."""
    return -1 if time is None else bisect_right(bounds(), time)


@cache
def _of_code(code: str) -> Sequence[Migration]:
    return [m for m in migrations() if m.code.startswith(code) or code.startswith(m.code)]


def read(digits: str, time: int | None) -> Read:
    """A number of all its digits, by the plan at a time, in microseconds since 1970 or None where it is not known."""
    for m in _of_code(digits[:3]):
        today = m.rewritten(digits)
        if today is not None:
            if (time is not None and time < m.until) or (time is None and m.distinct):
                return Read(today, m.id)
            return Read(today, f"{m.id}:{LATE}", certain=False) if m.distinct else Read(digits, also=m.also)
        if time is not None and time < m.since and m.is_new(digits):
            return Read(digits, f"{m.id}:{EARLY}")
    return Read(digits)

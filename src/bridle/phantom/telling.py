"""What is told in data files: campaigns, forgeries and noise, made into the events of one phone.

A row names what happens and when: `at` minutes after the attack began, `before` minutes before the acquisition, or at a
chance moment between `days` before it and between two hours of the day. Its other keys are those of the event's record;
in texts `{server}` and the like stand for the names of the operator of the seed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

_WHEN = ("at", "before", "days", "hours")
_HOURS = (8, 22)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The times and names of one phone."""

    attack: datetime
    now: datetime
    """When the acquisition was made."""
    names: Mapping[str, str]
    random: Random

    def time(self, row: Mapping[str, Any]) -> datetime:
        """When a row happens. Raises ValueError if it does not say."""
        if "at" in row:
            return self.attack + timedelta(seconds=round(60 * row["at"], 3))
        if "before" in row:
            return self.now - timedelta(seconds=round(60 * row["before"], 3))
        if "days" not in row:
            raise ValueError(f"{row.get('what')!r:.60}: expected at, before or days")
        least, most = row["days"]
        first, last = row.get("hours", _HOURS)
        day = self.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=self.random.randint(least, most)
        )
        return day + timedelta(seconds=round(self.random.uniform(first, last) * 3600))

    def text(self, value: Any) -> Any:
        """A value with the names filled in; lists become tuples."""
        if isinstance(value, str):
            return value.format_map(self.names)
        if isinstance(value, list):
            return tuple(self.text(v) for v in value)
        return value


@cache
def read(name: str) -> dict[str, Any]:
    """One of the data files beside this module."""
    told: dict[str, Any] = tomllib.loads(files("bridle.phantom").joinpath(name).read_text("utf-8"))
    return told


def rows(told: Iterable[Mapping[str, Any]], frame: Frame) -> Iterable[tuple[str, datetime, dict[str, Any]]]:
    """What happens, when, and the fields of its record."""
    for row in told:
        values = {k: frame.text(v) for k, v in row.items() if k not in (*_WHEN, "what")}
        yield row["what"], frame.time(row), values


def named(what: str, wanted: str, platform: str) -> dict[str, Any]:
    """The campaign or forgery of a name. Raises ValueError."""
    every = [c for c in read(f"{what}.toml")[what] if c["platform"] == platform]
    for found in every:
        if found["name"] == wanted:
            return dict(found)
    raise ValueError(f"{platform}: expected one of {', '.join(c['name'] for c in every)}, got {wanted!r:.60}")


def names(what: str, platform: str) -> tuple[str, ...]:
    """Every campaign or forgery of a platform."""
    return tuple(c["name"] for c in read(f"{what}.toml")[what] if c["platform"] == platform)


def noise(platform: str, kind: str, random: Random) -> list[dict[str, Any]]:
    """The noise that one phone has: each with its own probability."""
    every = [n for n in read("noise.toml")["noise"] if n["platform"] == platform]
    drawn = [(n, random.random()) for n in every]
    return [n for n, chance in drawn if chance < n["probability"] and kind in n.get("kinds", (kind,))]

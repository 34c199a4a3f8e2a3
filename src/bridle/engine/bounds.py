"""Bounds of an examination that a user may move, by name; what is moved is kept with the case.

The defaults are meant for the backup of a phone of 100 GB. Moving one is for the rare source that is larger, or for a
machine that has less. Bounds of single formats are no options: what lies beyond them becomes a Gap that names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bridle.classes import dataclass
from bridle.engine.options import UsageError
from bridle.evidence.archive import Bounds
from bridle.sandbox.tasks import Limits

_GIVEN = re.compile(r"([a-z-]{1,40})=([0-9]{1,18})(KiB|MiB|GiB|TiB)?")
_UNITS = {None: 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


@dataclass(frozen=True, kw_only=True, slots=True)
class Movable:
    """A bound by its name for users: the class and field that hold it, and how far it may be moved."""

    of: type[Bounds] | type[Limits]
    field: str
    least: int
    most: int
    doc: str


MOVABLE = {
    "members": Movable(of=Bounds, field="members", least=1, most=1 << 32, doc="members of one container"),
    "unpacked": Movable(of=Bounds, field="total", least=1 << 20, most=1 << 50, doc="bytes a container unpacks to"),
    "file": Movable(of=Bounds, field="member", least=1 << 20, most=1 << 46, doc="bytes of one file that is read"),
    "ratio": Movable(of=Bounds, field="ratio", least=2, most=1 << 20, doc="unpacked bytes for each stored one"),
    "folders": Movable(of=Bounds, field="depth", least=1, most=1024, doc="folders within folders"),
    "parser-memory": Movable(of=Limits, field="memory", least=1 << 30, most=1 << 40, doc="bytes of a parser's process"),
    "parser-seconds": Movable(of=Limits, field="wall", least=1, most=604_800, doc="seconds for one file"),
    "parser-cpu": Movable(of=Limits, field="cpu", least=1, most=604_800, doc="seconds of processor time for one file"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """The bounds of one examination."""

    bounds: Bounds
    limits: Limits


def given(texts: Iterable[str]) -> Moved:
    """The bounds with those moved that are given as `NAME=VALUE`, such as `unpacked=2TiB`. Raises UsageError.

    So they are given by a user, and so a case keeps them.
    """
    values: dict[str, int] = {}
    for text in texts:
        found = _GIVEN.fullmatch(text)
        if found is None:
            raise UsageError(f"expected --limit NAME=NUMBER, also with KiB, MiB, GiB or TiB, got {text!r:.60}")
        name, number, unit = found.groups()
        values[name] = int(number) * _UNITS[unit]
    return _moved(values)


def _moved(values: Mapping[str, int]) -> Moved:
    moved: dict[type[Bounds] | type[Limits], dict[str, int]] = {Bounds: {}, Limits: {}}
    for name, value in values.items():
        if (bound := MOVABLE.get(name)) is None:
            raise UsageError(f"no limit is called {name!r:.60}; there are {', '.join(MOVABLE)}")
        if not bound.least <= value <= bound.most:
            raise UsageError(f"the limit {name} ({bound.doc}) is from {bound.least} to {bound.most}, got {value}")
        moved[bound.of][bound.field] = value
    return Moved(bounds=replace(Bounds(), **moved[Bounds]), limits=replace(Limits(), **moved[Limits]))


def told(bounds: Bounds, limits: Limits) -> list[str]:
    """Those that are not at their defaults, as they may be given: what a case keeps."""
    at = {Bounds: (bounds, Bounds()), Limits: (limits, Limits())}
    values = {name: [getattr(of, b.field) for of in at[b.of]] for name, b in MOVABLE.items()}
    return [f"{name}={int(now)}" for name, (now, default) in values.items() if now != default]

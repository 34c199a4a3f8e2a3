"""How the records of a tracev3 file are laid out: what follows their head depends on their type and their flags."""

from __future__ import annotations

import struct
from dataclasses import field
from functools import lru_cache
from struct import Struct

from bridle.classes import dataclass

ACTIVITY, TRACE, LOG, SIGNPOST, LOSS = 2, 3, 4, 6, 7
KINDS = {ACTIVITY: "activity", TRACE: "trace", LOG: "log", SIGNPOST: "signpost", LOSS: "loss"}
HEAD = struct.Struct("<IIqq")
"""Type, level and flags; where the format string is; thread; time since the chunk's (48 bits) and size (16 bits)."""
MAIN, CACHE, ABSOLUTE, RELATIVE, LARGE_CACHE = 0x2, 0x4, 0x8, 0xA, 0xC
"""Where the format string is kept: by the executable, the shared cache, an address, a UUID in the record."""
_CURRENT, _PID, _LARGE, _PRIVATE = 0x1, 0x10, 0x20, 0x100
_SUBSYSTEM, _RULES, _REFERENCE, BACKTRACE, _NAMED = 0x200, 0x400, 0x800, 0x1000, 0x8000
_MEANT = 0x9F3F
_USER_ACTION = 3
_LEVELS = {0: "default", 1: "info", 2: "debug", 3: "user action", 0x10: "error", 0x11: "fault"}
_SCOPES = {0x40: "thread", 0x80: "process", 0xC0: "system"}
_STEPS = ("event", "begin", "end")


@dataclass(frozen=True)
class Layout:
    """What follows the head of records of one type with the same flags."""

    kind: int
    flags: int
    fields: tuple[str, ...]
    body: Struct = field(repr=False)

    @property
    def strings(self) -> int:
        """Where the format string is kept."""
        return self.flags & 0xE

    def has(self, name: str) -> bool:
        return name in self.fields


def layout(key: int) -> Layout | None:
    """The layout of records whose head begins with these 32 bits; None for a type that is not known."""
    kind, level, flags = key & 0xFF, key >> 8 & 0xFF, key >> 16 & _MEANT
    if kind not in KINDS:
        return None
    return _layout(kind, flags, kind == ACTIVITY and level == _USER_ACTION)


@lru_cache(maxsize=1024)
def _layout(kind: int, flags: int, user_action: bool) -> Layout:
    if kind == ACTIVITY:
        parts = _activity(flags, user_action)
    elif kind == LOSS:
        parts = [("from", "q"), ("to", "q"), ("lost", "q")]
    elif kind == TRACE:
        parts = [("address", "I")]
    else:
        parts = _message(kind, flags)
    return Layout(kind, flags, tuple(name for name, _ in parts), Struct("<" + "".join(code for _, code in parts)))


def _activity(flags: int, user_action: bool) -> list[tuple[str, str]]:
    parts = [("current", "q")] if flags & _CURRENT else []
    parts += [("unique pid", "q")] if flags & _PID else []
    parts += [("other", "q")] if flags & _SUBSYSTEM else []
    parts += [] if user_action else [("new", "q")]
    return [*parts, ("address", "I"), *_where(flags)]


def _message(kind: int, flags: int) -> list[tuple[str, str]]:
    parts = [("current", "q")] if flags & _CURRENT else []
    parts += [("private", "I")] if flags & _PRIVATE else []
    parts += [("address", "I"), *_where(flags)]
    parts += [("subsystem", "H")] if flags & _SUBSYSTEM else []
    parts += [("signpost", "q")] if kind == SIGNPOST else []
    parts += [("rules", "B")] if flags & _RULES else []
    parts += [("reference", "H")] if flags & _REFERENCE else []
    if kind == SIGNPOST and flags & _NAMED:
        parts += [("name", "I"), *([("name high", "H")] if flags & 0xE == LARGE_CACHE else [])]
    return parts


def _where(flags: int) -> list[tuple[str, str]]:
    """What tells where the format string is, beyond the head."""
    parts = [("large", "H")] if flags & _LARGE else []
    kept = flags & 0xE
    parts += [("high", "H")] if kept == ABSOLUTE else []
    parts += [("image", "16s")] if kept == RELATIVE else []
    parts += [("cache", "H")] if kept == LARGE_CACHE else []
    return parts


def level(kind: int, code: int) -> str:
    """The level of a record, or the scope and step of a signpost; `0x33` for one that is not known."""
    if kind == ACTIVITY and code == 1:
        return "create"
    if kind == SIGNPOST and code & 0xC0 in _SCOPES and code & 0x3F < len(_STEPS):
        return f"{_SCOPES[code & 0xC0]} {_STEPS[code & 0x3F]}"
    return _LEVELS.get(code, f"0x{code:02x}")


@lru_cache(maxsize=16)
def levels(kind: int) -> list[str]:
    """The levels of all 256 codes."""
    return [level(kind, code) for code in range(256)]

"""What Android's package manager dumps, cut into its sections, and how it writes values.

A section has a heading without indentation that ends in a colon; which sections there are differs by release and maker:

    Database versions:
      Internal:
        sdkVersion=29 databaseVersion=3

    Packages:
      Package [com.example.app] (c716d35):
        userId=10164

The messages of a log stand without indentation as well. A heading among them is one that the package manager is known
to write, or one behind an empty line.

Sources: AOSP `DumpHelper`, `Settings.dumpPackageLPr`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/pm/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from bridle.core import Gap, WallClock
from bridle.formats import android_values
from bridle.formats.lines import lines, too_long

LONGEST = 1 << 20
"""Bytes of a line: the intents an app queries stand on one."""
Item = tuple[str, str, Mapping[str, Any]] | Gap
"""The type of a record, its locator, and its values as stored."""
MESSAGES = ("", "Package warning messages", "Settings parse messages")
"""Sections whose lines are messages; the first is what stands before any heading."""

_HEADING = re.compile(r"[A-Z][A-Za-z0-9 /&'()_.-]{2,80}:")
_KNOWN = re.compile(
    r"(?:Active|Finalized|Historical|Legacy|Staged) install sessions:|(?:Active|Inactive|Factory) APEX packages:"
    r"|Package warning messages:|Settings parse messages:|Database versions:|Known Packages:|Verifiers:|Libraries:"
    r"|Packages:|Features:"
)
_KEY = re.compile(r"(?:^|(?<= ))([A-Za-z_][A-Za-z0-9_.]{0,80})=")
_BRACKET = re.compile(r"[\[\]{}]")
_OPENS = {"}": "{", "]": "["}
_SHARED = re.compile(r"(?:SharedUserSetting|PackageSetting)\{[0-9a-f]+ (.+)/(-?\d{1,10})\}")
_SIGNATURES = re.compile(r"PackageSignatures\{[^\s}]*+(.*)\}")
_LISTED = re.compile(r"\[([^\[\]]*)\]")
_NEAR_EPOCH = 14 * 3600
_EPOCH = WallClock(datetime(1970, 1, 1))  # noqa: DTZ001 - the zone is unknown


def sections(stored: BinaryIO) -> Iterator[tuple[str, int, str] | Gap]:
    """Title of the section, number and text of each line that is not empty; the heading itself is not given."""
    title, blank = "", False
    for number, text in lines(stored, LONGEST):
        if text is None:
            yield too_long(number, LONGEST)
        elif not text or text.isspace():
            blank = True
            continue
        elif text[0] != " " and text[-1] == ":" and _HEADING.fullmatch(text):
            if title and title in MESSAGES and not blank and not _KNOWN.fullmatch(text):
                yield title, number, text
            else:
                title = text[:-1]
        else:
            yield title, number, text
        blank = False


def indent(text: str) -> int:
    """How many spaces a line begins with."""
    return len(text) - len(text.lstrip(" "))


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """`key=value key=value …`, where values may have spaces; what is within brackets belongs to one value."""
    closing = _closing(text) if "=[" in text or "={" in text else {}
    key, begin, skip = None, 0, 0
    for found in _KEY.finditer(text):
        if found.start() < skip:
            continue
        if key is not None:
            yield key, text[begin : found.start()].strip()
        key, begin = found[1], found.end()
        skip = closing.get(begin, begin)
    if key is not None:
        yield key, text[begin:].strip()


def _closing(text: str) -> dict[int, int]:
    """Where each bracket that is closed closes, by where it opens."""
    closes: dict[int, int] = {}
    opened: dict[str, list[int]] = {"{": [], "[": []}
    for found in _BRACKET.finditer(text):
        if (at := opened.get(found[0])) is not None:
            at.append(found.start())
        elif at := opened[_OPENS[found[0]]]:
            closes[at.pop()] = found.end()
    return closes


def given(value: object) -> str | None:
    """Text, or None for `null` and nothing."""
    return None if value in ("", "null", None) else str(value)


def number(value: object) -> int | None:
    """A number, also as `0x1f`. Raises ValueError."""
    text = str(value)
    if text == "null":
        return None
    if not re.fullmatch(r"-?(?:\d{1,19}|0x[0-9a-fA-F]{1,16})", text):
        raise ValueError(f"expected a number, got {text!a:.60}")
    found = int(text, 0 if "x" in text else 10)
    if not -(2**63) <= found < 2**63:
        raise ValueError(f"expected a 64-bit number, got {text!a:.60}")
    return found


def number_or_none(value: object) -> int | None:
    """A number, or None for -1. Raises ValueError."""
    found = number(value)
    return None if found == -1 else found


def truth(value: object) -> bool | None:
    """`true`, `false` or `null`. Raises ValueError."""
    if value not in ("true", "false", "null"):
        raise ValueError(f"expected true or false, got {value!a:.60}")
    return None if value == "null" else value == "true"


def words(value: object) -> tuple[str, ...]:
    """The words of `[ A B ]`, `[a, b]` or `[ A|B]`; a text without brackets is one word."""
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    text = str(value)
    if not text.startswith("["):
        return (text,) if given(text) else ()
    return tuple(re.split(r"[\s,|]+", text.strip("[] "))) if text.strip("[] ") else ()


def numbers(value: object) -> tuple[int, ...]:
    """The numbers of `[3002, 3003]`. Raises ValueError."""
    return tuple(n for n in map(number, words(value)) if n is not None)


def time(value: object) -> WallClock | None:
    """A time by the phone's clock; None for 0, which is written as 1970 in the phone's zone. Raises ValueError."""
    found = android_values.wall_clock(str(value))
    since = (found - _EPOCH).total_seconds()
    return None if abs(since) <= _NEAR_EPOCH and since % 900 == 0 else found


def shared_user(value: object) -> str | None:
    """The name in `SharedUserSetting{7fb54b1 android.uid.phone/1001}`, or the text itself."""
    found = _SHARED.fullmatch(str(value))
    return found[1] if found else given(value)


def signatures(value: object) -> tuple[str, ...]:
    """The short hashes in `PackageSignatures{6c98c74 version:2, signatures:[b378e95c], past signatures:[]}`."""
    return _signatures(value, 0)


def past_signatures(value: object) -> tuple[str, ...]:
    """The short hashes of keys that were used before."""
    return _signatures(value, 1)


def _signatures(value: object, which: int) -> tuple[str, ...]:
    found = _SIGNATURES.fullmatch(str(value))
    lists = _LISTED.findall(found[1]) if found else []
    return words(f"[{lists[which]}]") if which < len(lists) else ()

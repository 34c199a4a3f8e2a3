"""What Android's dumps write as `key=value` one behind the other, and the readers several of them share.

    time="2020-01-08 15:29:43" type=STANDBY package=com.example contexts=[a, b]

A value in quotation marks, brackets or braces ends where these close, any other at the next blank. A blank in a bare
value therefore ends it; what follows without `=` is passed over.

Sources: AOSP `IndentingPrintWriter.printPair`, `AppOpsManager`, `UserHandle`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/util/IndentingPrintWriter.java
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

from bridle.core import WallClock
from bridle.formats.android_values import milliseconds, uid

T = TypeVar("T")

MOST = 256
"""Pairs of one line that are kept."""
_KEY = re.compile(r"([A-Za-z_#][\w.#-]{0,99})=")
_CLOSING = {'"': '"', "[": "]", "{": "}"}
_PER_USER = 100_000
_PACKAGE = re.compile(r"[A-Za-z]\w*(?:\.\w+)+")
_WHOLE = re.compile(r"-?\d{1,19}|0x[0-9a-fA-F]{1,16}", re.ASCII)
_NOTHING = ("", "null", "-")


def pairs(text: str) -> dict[str, str]:
    """The pairs of a line by key, quotation marks taken off; the first of two with one key."""
    found: dict[str, str] = {}
    at = 0
    while len(found) < MOST and (key := _KEY.search(text, at)) is not None:
        value, at = _value(text, key.end())
        found.setdefault(key[1], value)
    return found


def _value(text: str, at: int) -> tuple[str, int]:
    closing = _CLOSING.get(text[at : at + 1])
    if closing is not None:
        end = text.find(closing, at + 1)
        if end < 0:
            return text[at:], len(text)
        return (text[at + 1 : end] if closing == '"' else text[at : end + 1]), end + 1
    end = text.find(" ", at)
    return (text[at:], len(text)) if end < 0 else (text[at:end], end)


def as_json(rest: Mapping[str, Any]) -> str | None:
    """Pairs that no field takes, as one JSON object; None without any."""
    return json.dumps(rest, sort_keys=True, ensure_ascii=False) if rest else None


def something(value: str | None) -> str | None:
    """The text itself, and None for what Java and these dumps write for nothing."""
    return None if value is None or value in _NOTHING else value


def maybe(read: Callable[[str], T], value: str | None) -> T | None:
    """The value read, or None where there is none or it cannot be."""
    if value is None:
        return None
    try:
        return read(value)
    except (ValueError, OverflowError):
        return None


def whole(value: str) -> int:
    """A whole number, decimal or as 0x…, that fits 64 bits. Raises ValueError."""
    if _WHOLE.fullmatch(value) is None:
        raise ValueError(f"expected a whole number, got {value!a:.60}")
    number = int(value, 0) if value.startswith("0x") else int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"expected a 64-bit number, got {value!a:.60}")
    return number


def user_of(number: int | None) -> int | None:
    """The Android user a user identifier belongs to: 11 of 1110012."""
    return None if number is None or number < 0 else number // _PER_USER


@lru_cache(maxsize=4096)
def uid_or_none(value: str | None) -> int | None:
    """A user identifier such as `u0a12`; None for -1, which is nobody, and for what is none."""
    return maybe(uid, value)


def before(now: WallClock | None, ago: int | None) -> WallClock | None:
    """The time so many milliseconds before; None where either is not known."""
    if now is None or ago is None:
        return None
    try:
        return WallClock(now - timedelta(milliseconds=ago))
    except OverflowError:
        return None


def package(value: str | None) -> str | None:
    """The value, where it has the form of a package's name: parts with dots between, or `android`."""
    return value if value is not None and (value == "android" or _PACKAGE.fullmatch(value)) else None


def package_of_component(value: str) -> str | None:
    """`com.example` of `com.example/.Service` or of the battery name of a job (`@namespace@…`, `tag:com.example`)."""
    text = value
    while text[:1] in ("@", "#") and text.find(text[0], 1) > 0:
        text = text[text.find(text[0], 1) + 1 :]
    _, colon, last = text.rpartition(":")
    return package(last.strip()) if colon else package(text.partition("/")[0])


def only(found: Mapping[str, str], mapped: Iterable[str]) -> dict[str, str]:
    """The pairs whose key is not among `mapped`."""
    return {k: v for k, v in found.items() if k not in mapped}


__all__ = [
    "as_json", "before", "maybe", "milliseconds", "only", "package", "package_of_component", "pairs", "something",
    "uid_or_none", "user_of", "whole",
]  # fmt: skip

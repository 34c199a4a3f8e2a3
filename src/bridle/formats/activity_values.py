"""Conversions of values of `dumpsys activity`: each takes what the dump wrote, or raises ValueError.

Sources: AOSP `ActivityManagerService`, `TimeUtils`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/util/TimeUtils.java
"""

from __future__ import annotations

from bridle.core import WallClock
from bridle.formats import activity_dump, android_values

_NOTHING = ("", "null", "--", "<null>", "none", "empty")


def given(value: object) -> str | None:
    """Text; None for what the dump writes where there is nothing."""
    text = str(value).strip()
    return None if text in _NOTHING else text


def number(value: object) -> int | None:
    """A decimal number, with what follows it after a blank left out (`10 (USER REQUESTED)`)."""
    text = given(value)
    if text is None:
        return None
    digits = text.partition(" ")[0]
    if not digits.removeprefix("-").isdecimal() or len(digits) > 18:
        raise ValueError(f"expected a number, got {text!a:.60}")
    return int(digits)


def linux_user(value: object) -> int | None:
    """A user (of Linux), as a number or as `u0a123`; None for -1."""
    text = given(value)
    return None if text in (None, "-1") else activity_dump.uid(str(text))


def truth(value: object) -> bool | None:
    """`true` or `false`."""
    text = given(value)
    if text in (None, "true", "false"):
        return None if text is None else text == "true"
    raise ValueError(f"expected true or false, got {text!a:.60}")


def ago(value: object) -> int | None:
    """A span before the dump, in milliseconds: `-2m0s548ms` is 120548."""
    text = given(value)
    return None if text is None else -android_values.milliseconds(text)


def clock(value: object) -> WallClock | None:
    """A time of the phone's clock; None for the first moment of 1970, wherever the phone was."""
    text = given(value)
    if text is None:
        return None
    read = android_values.wall_clock(text)
    return None if read.year <= 1970 else read


def in_brackets(value: object) -> str | None:
    """What stands in brackets: `10 (USER REQUESTED)` is `USER REQUESTED`."""
    text = given(value) or ""
    _, bracket, inner = text.partition("(")
    return inner.rpartition(")")[0] or None if bracket else None


def inactive(value: object) -> int | None:
    """Seconds of `16220 (inactive for 119s)`."""
    inner = in_brackets(value)
    if inner is None or not inner.startswith("inactive for "):
        return None
    digits = inner.removeprefix("inactive for ").removesuffix("s")
    if not digits.isdecimal() or len(digits) > 15:
        raise ValueError(f"expected seconds, got {inner!a:.60}")
    return int(digits)

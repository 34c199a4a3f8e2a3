"""Checked conversions: each takes what a file may hold and returns its meaning, or raises ValueError.

Epochs after Apple's CFAbsoluteTime (seconds since 2001-01-01 00:00 UTC), POSIX time and the WebKit/Chrome epoch (1601).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bridle.classes import dataclass
from bridle.core import Utc, WallClock
from bridle.formats._unreadable import Unreadable

_COCOA = datetime(2001, 1, 1, tzinfo=UTC)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 10_000
"""Elements of one list or dictionary that are taken into one value."""
_WEBKIT = datetime(1601, 1, 1, tzinfo=UTC)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/")
_HIGHEST = sys.float_info.max
"""No infinity is as small as this, no NaN compares, and no integer beyond it becomes a float."""
_BETWEEN_EPOCHS = 978_307_200
"""Seconds from 1970 to 2001."""


def text(value: object) -> str:
    """The value itself, if it is text. Raises ValueError."""
    if isinstance(value, str):
        return value
    raise ValueError(value.reason if isinstance(value, Unreadable) else f"expected text, got {_shown(value)}")


def text_or_utf8(value: object) -> str:
    """Text, also where it is stored as bytes in UTF-8. Raises ValueError."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError(f"expected UTF-8 text, got bytes {value[:16].hex()}") from None
    return text(value)


def integer(value: object) -> int:
    """A signed 64-bit integer, also when stored as a whole float. Raises ValueError."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    raise ValueError(f"expected a 64-bit integer, got {_shown(value)}")


def real(value: object) -> float:
    """A number as a float. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            pass
    raise ValueError(f"expected a number, got {_shown(value)}")


def truth(value: object) -> bool:
    """0, 1 or a boolean. Raises ValueError."""
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise ValueError(f"expected 0 or 1, got {_shown(value)}")


def blob(value: object) -> bytes:
    """The value itself, if it is bytes. Raises ValueError."""
    if isinstance(value, bytes):
        return value
    raise ValueError(f"expected bytes, got {_shown(value)}")


def cocoa(value: object) -> Utc:
    """Seconds since 2001-01-01 00:00 UTC (CFAbsoluteTime), kept to the microsecond. Raises ValueError."""
    return _since(_COCOA, value, 1, "seconds since 2001")


def cocoa_or_nanoseconds(value: object) -> Utc:
    """As `cocoa`, or nanoseconds since 2001 above 10**12 (sms.db since iOS 11). Raises ValueError."""
    if isinstance(value, int | float) and abs(value) > 10**12:
        return _since(_COCOA, value, 10**9, "nanoseconds since 2001")
    return cocoa(value)


def unix(value: object) -> Utc:
    """Seconds since 1970-01-01 00:00 UTC. Raises ValueError."""
    return _since(_UNIX, value, 1, "seconds since 1970")


def cocoa_or_unix(value: object) -> Utc:
    """Seconds since 2001, or since 1970 where that is 2001 or later: the same number is never both before 2032.

    For columns that hold the one or the other by generation of the system. Raises ValueError.
    """
    behind = isinstance(value, int | float) and value >= _BETWEEN_EPOCHS
    return unix(value) if behind else cocoa(value)


def unix_milliseconds(value: object) -> Utc:
    """Milliseconds since 1970-01-01 00:00 UTC. Raises ValueError."""
    return _since(_UNIX, value, 10**3, "milliseconds since 1970")


def unix_nanoseconds(value: object) -> Utc:
    """Nanoseconds since 1970-01-01 00:00 UTC, cut to the microsecond. Raises ValueError."""
    return _since(_UNIX, value, 10**9, "nanoseconds since 1970")


def webkit(value: object) -> Utc:
    """Microseconds since 1601-01-01 00:00 UTC (Chrome). Raises ValueError."""
    return _since(_WEBKIT, value, 10**6, "microseconds since 1601")


def texts(value: object) -> tuple[str, ...]:
    """The elements of a list, if all are text. Raises ValueError."""
    if isinstance(value, list | tuple) and len(value) <= _MOST:
        return tuple(text(v) for v in value)
    raise ValueError(f"expected a list of texts, got {_shown(value)}")


def keys(value: object) -> tuple[str, ...]:
    """The keys of a dictionary, if all are text. Raises ValueError."""
    if isinstance(value, Mapping) and len(value) <= _MOST:
        return tuple(text(k) for k in value)
    raise ValueError(f"expected a dictionary, got {_shown(value)}")


@dataclass(frozen=True)
class NoneWhere:
    """A reader like `read`, for stores that write one of the numbers `none` where there is nothing."""

    read: Callable[[Any], Any]
    none: tuple[int, ...]

    def __call__(self, value: object) -> Any:
        return None if value in self.none else self.read(value)


@dataclass(frozen=True)
class ByColumn:
    """A reader that can also read columns of Arrow."""

    read: Callable[[Any], Any]
    at_once: Callable[[Any], Any] | None = None
    """All of a column of bytes; None where it is not plain enough, and `read` is to be asked."""
    nothing: Callable[[Any], Any] | None = None
    """Where in a column of bytes `read` certainly gives None, as an array of truths."""

    def __call__(self, value: object) -> Any:
        return self.read(value)


def zero_is_none(read: Callable[[object], Utc]) -> Callable[[object], Utc | None]:
    """A reader of times like `read`, for stores that write 0 where there is none."""
    return NoneWhere(read, (0,))


def naive_utc(value: object) -> Utc:
    """A property list date, which is UTC by definition and naive in Python. Raises ValueError."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return Utc(value.replace(tzinfo=UTC))
    raise ValueError(f"expected a date, got {_shown(value)}")


def iso(value: date) -> str:
    """A date in ISO 8601 with its zone. What has none is a property list date, which is UTC by definition."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return f"{value.isoformat()}Z"
    return value.isoformat()


def wall_clock(value: str, layout: str) -> WallClock:
    """A date and time without a zone, as `strptime` reads `layout`. Raises ValueError."""
    return WallClock(datetime.strptime(value, layout).replace(tzinfo=None))  # noqa: DTZ007 - the zone is unknown


def behind_slash(value: object) -> str | None:
    """What stands behind the first `/` of a text that has something on both sides of it. Raises ValueError."""
    before, _, behind = text(value).partition("/")
    return behind if before and behind else None


def behind_name(value: object) -> str | None:
    """As `behind_slash`, but None where a UUID stands before the `/`. Raises ValueError."""
    return None if _UUID.match(text(value)) else behind_slash(value)


def hexadecimal(value: object) -> str:
    """Bytes as hexadecimal digits. Raises ValueError."""
    return blob(value).hex()


def _since(epoch: datetime, value: object, per_second: int, expected: str) -> Utc:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_HIGHEST <= value <= _HIGHEST:
        raise ValueError(f"expected {expected}, got {_shown(value)}")
    try:
        if isinstance(value, int):
            seconds, rest = divmod(value, per_second)
            return Utc(epoch + timedelta(seconds=seconds, microseconds=rest * 10**6 // per_second))
        return Utc(epoch + timedelta(microseconds=round(value * 10**6 / per_second)))
    except OverflowError:
        raise ValueError(f"expected {expected}, got {_shown(value)}") from None


def _shown(value: object) -> str:
    return f"{value!r:.60}"


def unix_microseconds(value: object) -> Utc:
    """Microseconds since 1970-01-01 00:00 UTC. Raises ValueError."""
    return _since(_UNIX, value, 10**6, "microseconds since 1970")


def utc_text(value: object) -> Utc:
    """`YYYY-MM-DD HH:MM:SS` in UTC, as SQLite's CURRENT_TIMESTAMP writes it. Raises ValueError."""
    try:
        return Utc(datetime.strptime(text(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC))
    except ValueError:
        raise ValueError(f"expected a time as YYYY-MM-DD HH:MM:SS, got {_shown(value)}") from None


def length(value: object) -> int:
    """How many bytes a blob has. Raises ValueError."""
    return len(blob(value))


LONGEST_TEXT = 16_384
"""Characters of a text in a blob that are kept."""


def utf16_text(value: object) -> str:
    r"""The beginning of UTF-16 text in a blob, least significant byte first; half a character becomes `\x..`."""
    return blob(value)[: 2 * LONGEST_TEXT].decode("utf-16-le", "backslashreplace")

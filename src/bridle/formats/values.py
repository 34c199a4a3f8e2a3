"""Checked conversions: each takes what a file may hold and returns its meaning, or raises ValueError.

Epochs after Apple's CFAbsoluteTime (seconds since 2001-01-01 00:00 UTC), POSIX time and the WebKit/Chrome epoch (1601).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from bridle.core import Utc, WallClock

_COCOA = datetime(2001, 1, 1, tzinfo=UTC)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_WEBKIT = datetime(1601, 1, 1, tzinfo=UTC)


def text(value: object) -> str:
    """The value itself, if it is text. Raises ValueError."""
    if isinstance(value, str):
        return value
    raise ValueError(f"expected text, got {_shown(value)}")


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
        return float(value)
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


def unix_milliseconds(value: object) -> Utc:
    """Milliseconds since 1970-01-01 00:00 UTC. Raises ValueError."""
    return _since(_UNIX, value, 10**3, "milliseconds since 1970")


def unix_nanoseconds(value: object) -> Utc:
    """Nanoseconds since 1970-01-01 00:00 UTC, cut to the microsecond. Raises ValueError."""
    return _since(_UNIX, value, 10**9, "nanoseconds since 1970")


def webkit(value: object) -> Utc:
    """Microseconds since 1601-01-01 00:00 UTC (Chrome). Raises ValueError."""
    return _since(_WEBKIT, value, 10**6, "microseconds since 1601")


def naive_utc(value: object) -> Utc:
    """A property list date, which is UTC by definition and naive in Python. Raises ValueError."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return Utc(value.replace(tzinfo=UTC))
    raise ValueError(f"expected a date, got {_shown(value)}")


def wall_clock(value: str, layout: str) -> WallClock:
    """A date and time without a zone, as `strptime` reads `layout`. Raises ValueError."""
    return WallClock(datetime.strptime(value, layout).replace(tzinfo=None))  # noqa: DTZ007 - the zone is unknown


def _since(epoch: datetime, value: object, per_second: int, expected: str) -> Utc:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
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

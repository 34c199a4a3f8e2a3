"""How Android's dumps write times, spans and users, and when the report that a part belongs to was taken.

Sources: AOSP `TimeUtils.formatDuration`, `UserHandle.formatUid`, `dumpstate.cpp`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/util/TimeUtils.java
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from bridle.core import SourceFile, WallClock

HEADER = "/**/sections/HEADER/1.txt"
"""Glob of the companion that `report_time` needs."""
_CLOCK = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T-](\d\d)[:-](\d\d)[:-](\d\d)(?:\.(\d{1,9}))?")
_YEARLESS = re.compile(r"(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.:](\d{1,6}))?")
_SPAN = re.compile(
    r"([+-]?)(?:(\d{1,7})d)? ?(?:(\d{1,9})h)? ?(?:(\d{1,9})m(?!s))? ?(?:(\d{1,12})s)? ?(?:(\d{1,15})ms)?"
)
_UID = re.compile(r"u(\d{1,4})_?(a|i|ai|s|)(\d{1,6})")
_TAKEN = re.compile(rb"== dumpstate: ([^\r\n]{1,40})")
_PER_USER = 100_000
_FIRST = {"a": 10_000, "i": 99_000, "ai": 90_000, "s": 0, "": 0}
"""Where the numbers of apps, isolated processes, isolated processes of an app zygote and the system begin."""


def wall_clock(value: str) -> WallClock:
    """`2020-01-08 15:30:07.123`, also with `-` or `T` between; what the phone's clock showed. Raises ValueError."""
    found = _CLOCK.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"expected a time as YYYY-MM-DD HH:MM:SS, got {value!a:.60}")
    micros = int((found[7] or "").ljust(6, "0")[:6])
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    try:
        return WallClock(datetime(year, month, day, hour, minute, second, micros))  # noqa: DTZ001 - the zone is unknown
    except ValueError:
        raise ValueError(f"expected a time of the calendar, got {value!a:.60}") from None


def yearless(value: str, taken: WallClock | None) -> WallClock | None:
    """`01-08 15:29:44.318` in the last year before the report was taken; None where that is not known.

    A day more is given, for the dump is written after the time in the report's header. A time with a year is that
    time. Raises ValueError for anything else, and for a day that no such year has.
    """
    found = _YEARLESS.fullmatch(value.strip())
    if found is None:
        return wall_clock(value)
    if taken is None:
        return None
    month, day, hour, minute, second = map(int, found.groups()[:5])
    micros = int((found[6] or "").ljust(6, "0"))
    for year in (taken.year + 1, taken.year, taken.year - 1):
        try:
            time = datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001 - the zone is unknown
        except ValueError:
            continue
        if time - taken <= timedelta(days=1):
            return WallClock(time)
    raise ValueError(f"expected a day and a time of the year before the report, got {value!a:.60}")


def milliseconds(value: str) -> int:
    """A span such as `+1d2h3m4s5ms`, `-4m30s` or `0`, in milliseconds. Raises ValueError."""
    try:
        return _milliseconds(value.strip())
    except ValueError:
        raise ValueError(f"expected a span such as +1h2m3s4ms, got {value!a:.60}") from None


@lru_cache(maxsize=4096)
def _milliseconds(text: str) -> int:
    if text in ("0", "+0", "-0"):
        return 0
    found = _SPAN.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise ValueError(text)
    days, hours, minutes, seconds, millis = (int(g or 0) for g in found.groups()[1:])
    span = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + millis
    return -span if found[1] == "-" else span


def uid(value: str) -> int:
    """A user identifier: `1000`, `u0a123` or `u10_a5` (user 10, app 5) as one number. Raises ValueError."""
    text = value.strip()
    if re.fullmatch(r"\d{1,10}", text):
        return int(text)
    found = _UID.fullmatch(text)
    if found is None:
        raise ValueError(f"expected a user such as u0a123, got {value!a:.60}")
    return int(found[1]) * _PER_USER + _FIRST[found[2]] + int(found[3])


def report_time(file: SourceFile) -> WallClock | None:
    """When the report was begun that this part belongs to, by the phone's clock; None where that is not known.

    The artifact declares `HEADER` as companion.
    """
    parents = file.path.parents
    header = file.companions().get(parents[2] / "sections/HEADER/1.txt") if len(parents) > 2 else None
    if header is None:
        return None
    with header.open() as stored:
        found = _TAKEN.search(stored.read(4096))
    try:
        return wall_clock(found[1].decode("ascii", "replace")) if found else None
    except ValueError:
        return None

"""Times of selection as text: read to UTC, with how exactly they were written, and nothing guessed.

A time is the beginning of what was written: `2018-05` is 2018-05-01T00:00Z, of precision month. `3/4/2018` is one of
two days; it is read only if the column, or the user, says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass

_LONGEST = 64
"""Characters of a cell that may be a time."""
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?"
_CLOCK = (
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?" + _ZONE + ")?"
)
_ISO = re.compile(r"(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2})" + _CLOCK + ")?)?", re.ASCII)
_PARTS = re.compile(r"(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.](?P<year>\d{4})" + _CLOCK, re.ASCII)
_EPOCH = re.compile(r"\d{10}(?:\d{3}|\d{6})?", re.ASCII)
_SECONDS = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}$"
_START = datetime(1970, 1, 1, tzinfo=UTC)
_FROM, _TO = 315_532_800, 4_102_444_800
"""Seconds since 1970 that a bare number may be as a time: the years 1980 to 2099."""

NOTHING = (None, None)


@dataclass(frozen=True)
class TimeReader:
    """Reads the cells of one column. `day_first` is None where `3/4/2018` cannot be told."""

    zone: tzinfo = UTC
    day_first: bool | None = None

    def read(self, text: str) -> tuple[int | None, str | None]:
        """Microseconds since 1970 in UTC and the precision, or `NOTHING`."""
        text = text.strip()
        if len(text) > _LONGEST:
            return NOTHING
        if _EPOCH.fullmatch(text):
            return _epoch(text)
        if found := _ISO.fullmatch(text):
            return self._moment(found, found["month"], found["day"])
        if found := _PARTS.fullmatch(text):
            order = self._order(int(found["one"]), int(found["two"]))
            if order is not None:
                day, month = (found["one"], found["two"]) if order else (found["two"], found["one"])
                return self._moment(found, month, day)
        return NOTHING

    def _order(self, one: int, two: int) -> bool | None:
        """Whether the day stands first: the value itself may say it."""
        if one > 12 >= two or two > 12 >= one:
            return one > 12
        return self.day_first if one != two else True

    def _moment(self, found: re.Match[str], month: str | None, day: str | None) -> tuple[int | None, str | None]:
        part = found.groupdict()
        fraction = (part.get("fraction") or "")[:6]
        hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
        micro = int(fraction.ljust(6, "0"))
        try:
            local = datetime(int(part["year"]), int(month or 1), int(day or 1), hour, minute, second, micro, self.zone)
            if zone := part.get("zone"):
                local = local.replace(tzinfo=UTC) - _offset(zone)
            micros = (local - _START) // timedelta(microseconds=1)
        except (ValueError, OverflowError):
            return NOTHING
        return micros, _precision(part, month, day, fraction)


def _precision(part: dict[str, str | None], month: str | None, day: str | None, fraction: str) -> str:
    if fraction.strip("0"):
        return "us"
    written = (("second", part.get("second")), ("minute", part.get("minute")), ("day", day), ("month", month))
    return next((name for name, value in written if value), "year")


def _offset(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta()
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]) if len(zone) > 3 else 0)
    return -size if zone[0] == "-" else size


def _epoch(text: str) -> tuple[int | None, str | None]:
    """Seconds, milliseconds or microseconds since 1970, by the count of digits."""
    seconds = int(text[:10])
    if not _FROM <= seconds < _TO:
        return NOTHING
    rest = text[10:].ljust(6, "0")
    return seconds * 10**6 + int(rest), "us" if rest.strip("0") else "second"


def read_seconds(cells: pa.Array, reader: TimeReader) -> pa.Array | None:
    """A column of which every cell is a UTC time to the second, `2018-05-04 10:20:30`; None for any other."""
    if reader.zone is not UTC or not pc.all(pc.match_substring_regex(cells, _SECONDS), skip_nulls=False).as_py():
        return None
    try:
        return cells.cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return None


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether a column writes the day before the month; None where no value shows it, or values contradict."""
    firsts = set()
    for text in texts:
        found = _PARTS.fullmatch(text.strip()[:_LONGEST])
        if found and (int(found["one"]) > 12) != (int(found["two"]) > 12):
            firsts.add(int(found["one"]) > 12)
    return firsts.pop() if len(firsts) == 1 else None


def is_time(text: str) -> bool:
    """Whether a cell is a time in some order of day and month; a bare number only if it is one since 1970."""
    if re.fullmatch(r"\d{4}", text.strip()):
        return False
    return any(TimeReader(UTC, order).read(text) != NOTHING for order in (True, False))


def zone_of(name: str) -> tzinfo:
    """A time zone by its name, such as Africa/Casablanca. Raises ValueError."""
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (OSError, ValueError, KeyError) as e:
        raise ValueError(f"expected a time zone such as Africa/Casablanca, got {name!r:.60}") from e

"""Dates as a phone shows them to its owner, whose order of day and month depends on the language.

    24/4/2018, 5:01 PM      1/8/2020, 3:29 – 3:32 PM      24.4.2018, 17:01      2018/4/24 17:01

Which number is the month is only taken where it is certain: a number beyond 12, points between the numbers, the year
in front, or what an earlier date of the same file has shown.

Sources: Android's `DateUtils.formatDateTime` and `formatDateRange` with FORMAT_NUMERIC_DATE,
https://developer.android.com/reference/android/text/format/DateUtils
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bridle.core import WallClock
from bridle.formats.android_values import wall_clock

_DATED = re.compile(
    r"(\d{1,4})([./-]) ?(\d{1,2})\2 ?(\d{1,4})\.?,? {0,2}(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?: ?([APap])\.? ?[Mm]\.?)?"
)
_TIMED = re.compile(r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?: ?([APap])\.? ?[Mm]\.?)?")
_BLANKS = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " ", "\u200e": None, "\u200f": None, "\u2013": "–"})
_DAY = timedelta(days=1)
_LONGEST = 80


class Dates:
    """Reads the dates of one file, and remembers the order once it is certain."""

    def __init__(self, near: WallClock | None = None) -> None:
        """`near` is a time within a day or two of which the file was written."""
        self._near = near
        self._month_first: bool | None = None

    def date(self, value: str) -> WallClock | None:
        """The date, or None where it is none or what the month is, is not certain."""
        text = value.translate(_BLANKS).strip()[:_LONGEST]
        try:
            return wall_clock(text)
        except ValueError:
            pass
        found = _DATED.fullmatch(text)
        return None if found is None else self._certain(found)

    def span(self, value: str, *, a_day: bool = False) -> tuple[WallClock | None, WallClock | None]:
        """Begin and end of `A – B`, where B may lack its date, and A what B says of noon; without a dash, A twice.

        `a_day` says that they are a day apart.
        """
        first, dash, last = value.translate(_BLANKS)[: 2 * _LONGEST].partition("–")
        first, last = first.strip(), last.strip()
        half = last[-2:] if re.search(r"[APap]\.?[Mm]\.?\Z", last) else ""
        if half and not re.search(r"[APap]\.? ?[Mm]\.?\Z", first):
            first = f"{first} {half}"
        if a_day:
            self._learn(first, last)
        begin = self.date(first)
        end = begin if not dash else self.date(last)
        if end is None and begin is not None and (timed := _TIMED.fullmatch(last)) is not None:
            end = _made(begin.year, begin.month, begin.day, timed[1], timed[2], timed[3], timed[4])
        return begin, end

    def _learn(self, first: str, last: str) -> None:
        """The order from two dates a day apart: only one order makes them so."""
        one, two = _DATED.fullmatch(first), _DATED.fullmatch(last)
        if self._month_first is not None or one is None or two is None:
            return
        fitting = []
        for order in (True, False):
            begin, end = _read(one, order), _read(two, order)
            if begin is not None and end is not None and abs(end - begin - _DAY) < timedelta(hours=2):
                fitting.append(order)
        if len(fitting) == 1:
            self._month_first = fitting[0]

    def _certain(self, found: re.Match[str]) -> WallClock | None:
        if len(found[1]) == 4 or found[2] == ".":
            return _read(found, False)
        both = _read(found, True), _read(found, False)
        if both[0] is None or both[1] is None:
            if both != (None, None):
                self._month_first = both[0] is not None
            return both[0] or both[1]
        if self._month_first is None and self._near is not None:
            close = [abs(b - self._near) <= 2 * _DAY for b in both if b is not None]
            if close[0] != close[1]:
                self._month_first = close[0]
        if self._month_first is not None:
            return both[0] if self._month_first else both[1]
        return both[0] if both[0] == both[1] else None


def _read(found: re.Match[str], month_first: bool) -> WallClock | None:
    if len(found[1]) == 4:
        year, month, day = int(found[1]), int(found[3]), int(found[4])
    else:
        day, month = (int(found[3]), int(found[1])) if month_first else (int(found[1]), int(found[3]))
        year = int(found[4]) + (2000 if len(found[4]) <= 2 else 0)
    return _made(year, month, day, found[5], found[6], found[7], found[8])


def _made(
    year: int, month: int, day: int, hour: str, minute: str, second: str | None, half: str | None
) -> WallClock | None:
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half in "Pp" else 0)
    try:
        return WallClock(datetime(year, month, day, hours, int(minute), int(second or 0)))  # noqa: DTZ001
    except ValueError:
        return None

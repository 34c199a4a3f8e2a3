"""Lines of Android's battery history, and the time of each by the marks of the clock among them.

                        0 (14) RESET:TIME: 2020-01-08-17-18-28
          +8m10s322ms (2) 100 c0200040 charge=2790 +running +wake_lock=1000:"startDream"

Offset since the history begins, words of memory the entry took, level in per cent, bits of the states, and what
changed. From Android 15 on (`Battery History [Format: 2]`) a line has the time itself, without its year:

      07-23 12:10:03.923 092 +running +wake_lock=1000:"*alarm*:TIME_TICK"

Before Android 5 offsets are negative: they count back from the dump.

Sources: AOSP `BatteryStats.HistoryPrinter`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/os/BatteryStats.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from bridle.classes import dataclass
from bridle.core import WallClock
from bridle.formats.android_pairs import maybe, package, package_of_component, whole
from bridle.formats.android_values import milliseconds, wall_clock

MOST = 500
"""Changes of one line that are read; what follows is one more, as stored."""
RUN = ("job", "top", "proc", "fg", "active", "wake_lock", "longwake", "wake_lock_in")
"""Events that say that something ran or held the phone awake."""
CHANGING = ("pkginst", "pkgunin", "pkginactive", "pkgactive")
"""Events about a package itself."""
_AS_UID = re.compile(r"u(\d{1,5})(a|i|ai|s)(\d{1,6})")
_LINE = re.compile(
    r"(?:(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})|(0|[+-](?:\d{1,15}(?:d|h|ms|m|s))+))(?: +\(\d{1,9}\))?"
    r"(?: +(\d{3})(?: +([0-9a-f]{8,16}))?)?(?: +(\S.*))?"
)
_MARK = re.compile(r"((?:RESET:)?TIME): (\d{4}(?:-\d\d){5})(?:-(\d{3}))?")
_TOKEN = re.compile(r"([+-]?[A-Za-z_][\w.]*)(=)?")
_NAMED = re.compile(r"(-?\w{1,20}):\"")
_PLAIN = re.compile(r"SHUTDOWN|START|RESET|\*?OVERFLOW\*?.*")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: `+job=u0a12:"com.example/.Job"`, `volt=4302`, `-screen`."""

    event: str
    """With its sign, where it has one."""
    uid: str | None = None
    value: str | None = None
    named: bool = False
    """Whether the value is a name in quotation marks behind a user."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line."""

    offset: int | None
    """Milliseconds since the history begins; none where the line has a time."""
    time: WallClock | None
    level: int | None
    states: str | None
    mark: str | None
    """TIME or RESET:TIME, where the line is a mark of the clock; START, SHUTDOWN, OVERFLOW."""
    changes: tuple[Change, ...]
    unread: str | None = None
    """The time of a mark, where it cannot be read."""


class Clock:
    """The time of each line of one history. A mark holds until the phone starts again."""

    def __init__(self, now: WallClock | None) -> None:
        self._now = now
        self._mark: WallClock | None = None
        self._at = 0

    @property
    def mark(self) -> tuple[WallClock | None, int]:
        """The time of the last mark, as far as it holds, and its offset."""
        return self._mark, self._at

    def moment(self, line: str) -> Moment | None:
        """What a line says; None where it is none of a history."""
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        offset = None if found[2] is None else maybe(milliseconds, found[2])
        if found[1] is None and offset is None:
            return None
        level, rest = None if found[3] is None else int(found[3]), found[5] or ""
        mark = name = unread = None
        if marked := _MARK.fullmatch(rest):
            name = marked[1]
            mark = maybe(wall_clock, f"{marked[2]}.{marked[3] or '0'}")
            self._mark, self._at = mark, offset or 0
            unread = marked[2] if mark is None else None
        elif _PLAIN.fullmatch(rest):
            name = rest
            if rest == "START":
                self._mark = None
        time = mark if mark is not None else self._time(found[1], offset)
        changes = () if name is not None else tuple(_changes(rest))
        return Moment(offset, time, level, found[4], name, changes, unread)

    def _time(self, stamp: str | None, offset: int | None) -> WallClock | None:
        if stamp is not None:
            return self._dated(stamp)
        known, behind = (self._mark, offset) if offset is None or offset >= 0 else (self._now, offset)
        if known is None or behind is None:
            return None
        try:
            return WallClock(known + timedelta(milliseconds=behind - (self._at if behind >= 0 else 0)))
        except OverflowError:
            return None

    def _dated(self, stamp: str) -> WallClock | None:
        """A time without its year, in the year that puts it nearest to what is known."""
        near = self._mark or self._now
        if near is None:
            return None
        years = (near.year, near.year - 1, near.year + 1)
        found = [t for y in years if (t := maybe(wall_clock, f"{y:04d}-{stamp}")) is not None]
        return min(found, key=lambda t: abs(t - near), default=None)


def _changes(text: str) -> Iterator[Change]:
    at = count = 0
    while at < len(text) and count < MOST:
        token = _TOKEN.match(text, at)
        if token is None or (token[2] is None and text[token.end() : token.end() + 1] not in ("", " ")):
            end = _end(text, at)
            yield Change(text[at:end])
        elif token[2] is None:
            end = token.end()
            yield Change(token[1])
        elif named := _NAMED.match(text, token.end()):
            end = text.find('" ', named.end())
            stop = end if end >= 0 else len(text) - text.endswith('"')
            yield Change(token[1], named[1], text[named.end() : max(stop, named.end())], named=True)
            end = len(text) if end < 0 else end + 1
        else:
            end = _end(text, token.end())
            yield Change(token[1], None, text[token.end() : end])
        count += 1
        at = end
        while text[at : at + 1] == " ":
            at += 1
    if at < len(text):
        yield Change(text[at:])


def _end(text: str, at: int) -> int:
    end = text.find(" ", at)
    return len(text) if end < 0 else end


def version_code(uid: str | None) -> int | None:
    """The version code of an installed package, which stands where a user stands elsewhere, and in its form."""
    found = _AS_UID.fullmatch(uid or "")
    if found is None:
        return maybe(whole, uid)
    return int(found[1]) * 100_000 + {"a": 10_000, "i": 99_000, "ai": 90_000, "s": 0}[found[2]] + int(found[3])


def package_in(event: str, name: str) -> str | None:
    """The package in the name of an event, where its form says where it stands."""
    if event == "job":
        return package_of_component(name)
    if event in ("wake_lock", "longwake", "wake_lock_in"):
        for mark in ("*job*/", "*job*r/", "*job*e/", "*job*u/"):
            if name.startswith(mark):
                return package_of_component(name.removeprefix(mark))
        return None
    return package(name.partition(":")[0])

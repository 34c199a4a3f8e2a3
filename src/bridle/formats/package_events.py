"""Messages of a package manager's dump: what it noted while it installed, changed and deleted packages.

    4/1/70 11:05 PM: Adding duplicate shared id: 1000 name=android

Samsung's systems note each installation and removal as well, several lines of it below one time:

    2025-03-28 02:22:45.340: START INSTALL PACKAGE: observer{133061357}
              stagedDir{/data/app/vmdl1456751445.tmp}
              pkg{com.example.app}
              Request from{com.android.vending}
    2025-03-28 02:22:45.717: result of install: 1{133061357}
    2024-10-18 09:52:01.536: START DELETE PACKAGE: observer{49463941}
    pkg{com.example.gone}, user{10}, caller{1010253} flags{4}
    2024-10-18 09:52:01.538: result of delete: -2{49463941}

A result does not name the package: it is that of the operation with the same observer. The form of the time is that of
the phone's language, and `4/1/70` is in April or January: it is read only where it can mean one thing.

Sources: AOSP `PackageManagerServiceUtils.logCriticalInfo`; Samsung's `PmLog`, lines of which are published in
https://github.com/IsMyPhonePwned/bugreport-extractor-library ; Citizen Lab, "From Protest to Peril".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bridle.core import WallClock
from bridle.formats import android_values
from bridle.formats.package_dump import Item, given
from bridle.formats.package_tables import Facts

MOST_LINES = 200
_MOST_RUNNING = 1_000
_STAMP = re.compile(
    r"(\d.{2,30}?\d[:.]\d\d(?:[:.]\d\d(?:[.,]\d{3})?)?(?:[\s\u202f]?[^\W\d][^\s:]{0,4}(?:\s[^\s:]{1,3})?)?): (.*)"
)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d\d(?:\d\d)?),? (\d{1,2}):(\d\d)[\s\u202f](AM|PM)")
_BRACES = re.compile(r"([A-Za-z][A-Za-z ]{0,30}?)\s*\{([^{}]{0,500})\}")
_START = re.compile(r"START (INSTALL|DELETE) PACKAGE: .*")
_RESULT = re.compile(r"result of (install|delete): (-?\d{1,9})\{(\w{1,40})\}")
_CHANGE = re.compile(r"seq=(\d{1,18}), package=(\S+)")
_NAMED = re.compile(
    r"(?:\bname[=:] ?|\bpackage:? |\bPackage:? |\bpkg[:=] ?|\bdata for |/data/(?:user|user_de)/\d+/)"
    r"([A-Za-z]\w*(?:\.[A-Za-z_]\w*)+)"
)


class Events:
    """The messages of one section, line by line."""

    def __init__(self, title: str, running: dict[str, str]) -> None:
        self._title, self._running = title, running
        self._at, self._stamp = 0, ""
        self._lines: list[str] = []

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text = raw.strip()
        if found := _STAMP.fullmatch(text):
            yield from self.end()
            self._at, self._stamp, self._lines = at, found[1], [found[2]]
        elif self._lines:
            if len(self._lines) < MOST_LINES:
                self._lines.append(text)
        else:
            yield "Fact", f"line {at}", {"section": self._title or None, "text": text}

    def end(self) -> Iterator[Item]:
        """The message that is open."""
        if self._lines:
            yield "PackageEvent", f"line {self._at}", self._event(self._lines)
        self._lines = []

    def _event(self, lines: list[str]) -> dict[str, Any]:
        event: dict[str, Any] = {
            "section": self._title or None, "time": time(self._stamp), "time_stored": self._stamp, "action": "message",
            "text": "\n".join(lines),
        }  # fmt: skip
        if found := _START.fullmatch(lines[0]):
            event["action"] = found[1].lower()
            self._start(event, dict(_BRACES.findall(event["text"].partition("PACKAGE: ")[2])))
        elif found := _RESULT.match(lines[0]):
            event |= {"action": f"{found[1]} result", "result": int(found[2]), "observer": found[3]}
            package = self._running.pop(found[3], None)
            event["package_name" if found[1] == "delete" or int(found[2]) > 0 else "wanted_package"] = package
        else:
            event["named"] = tuple(dict.fromkeys(_NAMED.findall(event["text"])))
        return event

    def _start(self, event: dict[str, Any], of: dict[str, str]) -> None:
        package, observer = given(of.get("pkg")), given(of.get("observer"))
        event |= {
            "observer": observer, "staged_dir": given(of.get("stagedDir")), "user": _number(of.get("user")),
            "caller_uid": _number(of.get("caller")), "flags": _number(of.get("flags")),
            "version_code": _number(of.get("versionCode")), "requested_by": given(of.get("Request from")),
            "package_name" if event["action"] == "delete" else "wanted_package": package,
        }  # fmt: skip
        if observer and package and len(self._running) < _MOST_RUNNING:
            self._running[observer] = package


class Logged:
    """Lines of any other section, of which some makers put a log of installations below a heading of its own."""

    def __init__(self, title: str, running: dict[str, str]) -> None:
        self._facts, self._events = Facts(title), Events(title, running)
        self._within = False

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        if raw[0] != " " and _STAMP.match(raw):
            self._within = True
            yield from self._events.line(at, raw)
        elif self._within and raw.rstrip().endswith("}"):
            yield from self._events.line(at, raw)
        else:
            yield from self.end()
            yield from self._facts.line(at, raw)

    def end(self) -> Iterator[Item]:
        """The message that is open."""
        if self._within:
            self._within = False
            yield from self._events.end()


class Changes:
    """`Package Changes`: packages that were installed, changed or removed since the start, without a time."""

    def __init__(self) -> None:
        self._user: int | None = None

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text = raw.strip()
        if found := _CHANGE.fullmatch(text):
            yield "PackageEvent", f"line {at}", {
                "section": "Package Changes", "action": "change", "sequence": int(found[1]), "package_name": found[2],
                "user": self._user,
            }  # fmt: skip
            return
        if text.startswith("User ") and text[5:-1].isdecimal():
            self._user = _number(text[5:-1])
        yield "Fact", f"line {at}", {"section": "Package Changes", "text": text}

    def end(self) -> Iterator[Item]:
        """Nothing is open."""
        yield from ()


def _number(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"-?\d{1,18}", value) else None


def time(stored: str) -> WallClock | None:
    """The time, where its form can mean one thing only."""
    try:
        return android_values.wall_clock(stored)
    except ValueError:
        found = _AMERICAN.fullmatch(stored)
    if found is None:
        return None
    first, second, year, hour, minute = (int(found[n]) for n in range(1, 6))
    if first != second and first <= 12 and second <= 12:
        return None
    month, day = (first, second) if first <= 12 else (second, first)
    year += 0 if year >= 100 else 2000 if year < 70 else 1900
    try:
        return WallClock(datetime(year, month, day, hour % 12 + 12 * (found[6] == "PM"), minute))  # noqa: DTZ001
    except ValueError:
        return None

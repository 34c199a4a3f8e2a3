"""dumpsys usagestats: what was opened and shown, app by app, and how long each app was used.

The events of the last day stand one by one, then totals of the day, week, month and year, then how active the system
thinks each app is. The same in another form (`--checkin`: times in milliseconds since 1970) is the section CHECKIN
USAGESTATS of a report:

    user=0
      Last 24 hour events (timeRange="1/7/2020, 3:32 PM – 1/8/2020, 3:32 PM" )
        time="2020-01-08 15:29:44" type=ACTIVITY_RESUMED package=com.example class=com.example.Main flags=0x0
      In-memory daily stats
      timeRange="1/8/2020, 3:29 – 3:32 PM"
        packages
          package=com.example totalTimeUsed="00:24" lastTimeUsed="2020-01-08 15:29:45" appLaunchCount=1
      App Standby States:
        package=com.example u=0 bucket=10 reason=u-su used=+8h20m42s664ms idle=n

Before Android 5 there is a list for each day, with `com.example: 4 times, 3054 ms` in it.

A total names a package also where it has since been removed, and where it was never opened.

Known limits: Android 8.1 and 9 write dates in the order of the phone's language (`24/4/2018, 5:01 PM`); they are kept
as stored, and are read where day and month are certain. The human form is exact to the second, before Android 10 to
the minute. Configurations, settings and database files are kept as lines. Packages that only stand in the list of
ChooserCounts, without a count, are left out: the totals have them.

Sources: AOSP `UserUsageStatsService.dump`, `AppIdleHistory.dumpUser` of Android 6 to 16,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/usage/java/com/android/server/usage/UserUsageStatsService.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bridle.core import Gap, PackageName, Record, SourceFile, Utc, WallClock, artifact, note, record
from bridle.formats.android_pairs import as_json, maybe, only, pairs, something, whole
from bridle.formats.android_values import milliseconds, report_time
from bridle.formats.lines import lines, too_long
from bridle.formats.local_dates import Dates
from bridle.formats.values import unix_milliseconds

_NEVER = (1969, 1970)
"""Years of 0 milliseconds since 1970, in any zone."""
_RANGE = re.compile(r"(?:Last (\d+) hour events \()?(?:timeRange=\"([^\"]*)\"|beginTime=(\d+) endTime=(\d+))\W*")
_INTERVAL = re.compile(r"In-memory (\w+) stats")
_AGGREGATION = re.compile(r"([a-z-]+): (\d{1,10})x for (\"[^\"]*\"|\d{1,18})(.*)")
_OLD_DAY = re.compile(r"Date: (\d{4})(\d\d)(\d\d)(?: .*)?")
_OLD_TOTAL = re.compile(r"([A-Za-z][\w.]*): (\d{1,10}) times, (\d{1,15}) ms")
_ELAPSED = re.compile(r"(?:(\d{1,9}):)?(\d{1,9}):(\d\d)")
_EVENT = (
    "time", "type", "package", "class", "taskRootPackage", "taskRootClass", "instanceId", "shortcutId", "channelId",
    "standbyBucket", "reason", "flags", "locusId",
)  # fmt: skip
_TOTAL = (
    "package", "totalTimeUsed", "totalTime", "lastTimeUsed", "lastTime", "totalTimeVisible", "lastTimeVisible",
    "lastTimeComponentUsed", "totalTimeFS", "lastTimeFS", "appLaunchCount",
)  # fmt: skip
_STANDBY = ("package", "u", "bucket", "reason", "used", "lastUsedElapsed", "usedScr", "lastUsedScreenOn", "lastJob",
            "idle")  # fmt: skip


@record
class Event(Record):
    """Something that happened with an app or the phone: an activity was resumed, the screen locked, a notification."""

    user: int | None = note(doc="number of the Android user")
    time: WallClock | None = note(doc="when, by the phone's clock; none where day and month are not certain")
    time_utc: Utc | None = note(doc="when; only in the checkin form")
    time_stored: str | None = note(doc="the time as stored, where it could not be read")
    type: str = note(doc="ACTIVITY_RESUMED (MOVE_TO_FOREGROUND before Android 10), KEYGUARD_HIDDEN, …")
    package_name: PackageName | None = note(doc="package it happened with", surface="running-process")
    class_name: str | None = note(doc="activity or service")
    task_root_package: PackageName | None = note(doc="package that began the task", surface="running-process")
    task_root_class: str | None = note(doc="activity that began the task")
    instance_id: int | None = note(doc="number of the activity's instance")
    shortcut_id: str | None = note(doc="shortcut that was used")
    channel_id: str | None = note(doc="notification channel")
    reason: str | None = note(doc="why, where stored")
    flags: str | None = note(doc="flags, as stored; 0x1 an instant app")
    locus_id: str | None = note(doc="part of the app, such as a chat, as the app names it")
    extra: str | None = note(doc="further values, as JSON")


@record(surface="installed-app")
class BucketChange(Record):
    """A package came to be seen as more or less active."""

    user: int | None = note(doc="number of the Android user")
    time: WallClock | None = note(doc="when, by the phone's clock")
    time_utc: Utc | None = note(doc="when; only in the checkin form")
    time_stored: str | None = note(doc="the time as stored, where it could not be read")
    package_name: PackageName | None = note(doc="package")
    bucket: int | None = note(
        doc="5 exempted, 10 active, 20 working set, 30 frequent, 40 rare, 45 restricted, 50 never"
    )
    reason: str | None = note(doc="why: d default, u used, t timeout, p predicted, f forced, and more behind a dash")
    extra: str | None = note(doc="further values, as JSON")


@record(surface="installed-app")
class Total(Record):
    """How much a package was used in a day, week, month or year."""

    user: int | None = note(doc="number of the Android user")
    interval: str | None = note(doc="daily, weekly, monthly or yearly")
    range_stored: str | None = note(doc="the interval, as stored")
    begin: WallClock | None = note(doc="when the interval began, by the phone's clock; none where it is not certain")
    end: WallClock | None = note(doc="when it ended, which is the last time something was counted")
    begin_utc: Utc | None = note(doc="when the interval began; only in the checkin form")
    end_utc: Utc | None = note(doc="when it ended; only in the checkin form")
    package_name: PackageName = note(doc="package")
    used_ms: int | None = note(doc="milliseconds in the foreground; whole seconds in the human form")
    last_used: WallClock | None = note(doc="last time in the foreground, by the phone's clock; none where never")
    last_used_utc: Utc | None = note(doc="last time in the foreground; only in the checkin form")
    visible_ms: int | None = note(doc="milliseconds visible; from Android 10")
    last_visible: WallClock | None = note(doc="last time visible, by the phone's clock")
    last_component_used: WallClock | None = note(doc="last time any of its components was used; from Android 12")
    service_ms: int | None = note(doc="milliseconds with a foreground service; from Android 10")
    last_service: WallClock | None = note(doc="last time with a foreground service, by the phone's clock")
    launches: int | None = note(doc="times it was opened by its owner")
    extra: str | None = note(doc="further values, as JSON")


@record(surface="installed-app")
class Chosen(Record):
    """How often a package was chosen to open or share something."""

    user: int | None = note(doc="number of the Android user")
    interval: str | None = note(doc="daily, weekly, monthly or yearly")
    package_name: PackageName = note(doc="package that was chosen")
    action: str = note(doc="what it was chosen for, such as android.intent.action.SEND")
    annotation: str | None = note(doc="what was opened or shared")
    count: int = note(doc="times")


@record
class Aggregation(Record):
    """How often and how long the screen was on, or locked, in an interval."""

    user: int | None = note(doc="number of the Android user")
    interval: str | None = note(doc="daily, weekly, monthly or yearly")
    range_stored: str | None = note(doc="the interval, as stored")
    event: str = note(doc="screen-interactive, screen-non-interactive, keyguard-shown or keyguard-hidden")
    count: int = note(doc="times")
    duration_ms: int | None = note(doc="milliseconds")


@record(surface="installed-app")
class Standby(Record):
    """How active the system holds a package to be."""

    user: int | None = note(doc="number of the Android user")
    package_name: PackageName = note(doc="package")
    bucket: int | None = note(
        doc="5 exempted, 10 active, 20 working set, 30 frequent, 40 rare, 45 restricted, 50 never"
    )
    reason: str | None = note(doc="why: d default, u used, t timeout, p predicted, f forced, and more behind a dash")
    used_ago_ms: int | None = note(doc="milliseconds the phone was on since it was last used")
    used_screen_ms: int | None = note(doc="milliseconds the screen was on since it was last used")
    last_job_ago_ms: int | None = note(doc="milliseconds since its last job; absurdly long where it had none")
    idle: bool | None = note(doc="whether it is held to be idle")
    extra: str | None = note(doc="further values, as JSON")


@record
class Line(Record):
    """A line that no other table takes: configurations, settings, files."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


Rows = Iterator[Event | BucketChange | Total | Chosen | Aggregation | Standby | Line | Gap]
"""What the parts of the parser give."""


@artifact(
    "/**/dumpsys/usagestats/*.txt", "/**/sections/CHECKIN USAGESTATS/*.txt",
    companions=("/**/sections/HEADER/1.txt",),
)  # fmt: skip
def usagestats(file: SourceFile) -> Iterator[
    Event | BucketChange | Total | Chosen | Aggregation | Standby | Line | Gap
]:  # fmt: skip
    state = _State(report_time(file))
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
            elif line := text.strip():
                yield from state.take(f"line {number}", line)


class _State:
    """Where in the dump a line stands."""

    def __init__(self, now: WallClock | None) -> None:
        self._dates = Dates(now)
        self._user: int | None = None
        self._section: str | None = None
        self._interval: str | None = None
        self._range: str | None = None
        self._span: dict[str, Any] = {}

    def take(self, at: str, line: str) -> Rows:
        if line.startswith("time="):
            yield from self._event(at, line)
        elif line.startswith("package="):
            yield from self._package(at, line)
        elif found := _RANGE.fullmatch(line):
            self._begin(found)
            self._section = f"Last {found[1]} hour events" if found[1] else self._section
            yield Line(locator=at, section=self._section, text=line)
        elif found := _AGGREGATION.fullmatch(line):
            yield Aggregation(
                locator=at, user=self._user, interval=self._interval, range_stored=self._range, event=found[1],
                count=int(found[2]), duration_ms=_elapsed(found[3]),
            )  # fmt: skip
        elif found := _OLD_TOTAL.fullmatch(line):
            counted = {"package": found[1], "appLaunchCount": found[2], "totalTime": found[3]}
            yield self._total(at, counted)
        elif line.startswith("user=") and line[5:].isdecimal():
            self._user, self._interval, self._section = maybe(whole, line[5:]), None, line
        else:
            yield self._line(at, line)

    def _line(self, at: str, line: str) -> Line:
        if found := _INTERVAL.fullmatch(line):
            self._interval, self._range, self._span = found[1], None, {}
        elif day := _OLD_DAY.fullmatch(line):
            begin = self._dates.date("{}-{}-{} 00:00:00".format(*day.groups()))
            self._interval, self._range, self._span = "daily", line[6:14], {"begin": begin}
        if line.endswith(":") or (" " not in line and "=" not in line) or found or line == "event aggregations":
            self._section = line.rstrip(":")
        if line.startswith("UsageStatsDatabase"):
            self._interval = self._range = None
        return Line(locator=at, section=self._section, text=line)

    def _begin(self, found: re.Match[str]) -> None:
        """The span of what follows."""
        if found[2] is None:
            self._range = f"{found[3]} {found[4]}"
            self._span = {"begin_utc": _instant(found[3]), "end_utc": _instant(found[4])}
            return
        begin, end = self._dates.span(found[2], a_day=found[1] == "24")
        self._range, self._span = found[2], {"begin": begin, "end": end}

    def _event(self, at: str, line: str) -> Rows:
        found = pairs(line)
        kind, stored = found.get("type"), found["time"]
        time, instant = self._dates.date(stored), _instant(stored)
        if kind is None:
            yield Gap(locator=at, reason=f"expected an event with a type, got {line!a:.60}")
            return
        known: dict[str, Any] = {
            "locator": at, "user": self._user, "time": time, "time_utc": instant,
            "time_stored": stored if time is None and instant is None else None,
            "package_name": something(found.get("package")), "reason": something(found.get("reason")),
            "extra": as_json(only(found, _EVENT)),
        }  # fmt: skip
        if kind == "STANDBY_BUCKET_CHANGED":
            yield BucketChange(**known, bucket=maybe(whole, found.get("standbyBucket")))
            return
        yield Event(
            **known, type=kind, class_name=something(found.get("class")),
            task_root_package=something(found.get("taskRootPackage")),
            task_root_class=something(found.get("taskRootClass")), instance_id=maybe(whole, found.get("instanceId")),
            shortcut_id=something(found.get("shortcutId")), channel_id=something(found.get("channelId")),
            flags=something(found.get("flags")), locus_id=something(found.get("locusId")),
        )  # fmt: skip

    def _package(self, at: str, line: str) -> Rows:
        found = pairs(line)
        name = found["package"]
        if "ChooserCounts=" in line:
            yield from self._chosen(at, name, line)
        elif "totalTimeUsed" in found or "totalTime" in found:
            yield self._total(at, found)
        elif "idle" in found or "lastUsedElapsed" in found or "bucket" in found:
            yield self._standby(at, found)
        elif self._section != "ChooserCounts" or len(found) > 1:
            yield Gap(locator=at, reason=f"expected what a package used, got {line!a:.60}")

    def _chosen(self, at: str, name: str, line: str) -> Iterator[Chosen | Gap]:
        for number, counted in enumerate(line.split("ChooserCounts=")[1:], 1):
            what, _, count = counted.rstrip().rpartition(" is ")
            action, _, annotation = what.partition(":")
            times = maybe(whole, count)
            if not action or times is None:
                yield Gap(locator=f"{at}.{number}", reason=f"expected how often it was chosen, got {counted!a:.60}")
                continue
            yield Chosen(
                locator=f"{at}.{number}", user=self._user, interval=self._interval, package_name=name, action=action,
                annotation=something(annotation), count=times,
            )  # fmt: skip

    def _total(self, at: str, found: dict[str, str]) -> Total:
        last = found.get("lastTimeUsed", found.get("lastTime"))
        span = {"begin": None, "end": None, "begin_utc": None, "end_utc": None} | self._span
        return Total(
            locator=at, user=self._user, interval=self._interval, range_stored=self._range,
            package_name=found["package"], used_ms=_elapsed(found.get("totalTimeUsed", found.get("totalTime"))),
            last_used=self._last(last), last_used_utc=_instant(last),
            visible_ms=_elapsed(found.get("totalTimeVisible")),
            last_visible=self._last(found.get("lastTimeVisible")),
            last_component_used=self._last(found.get("lastTimeComponentUsed")),
            service_ms=_elapsed(found.get("totalTimeFS")), last_service=self._last(found.get("lastTimeFS")),
            launches=maybe(whole, found.get("appLaunchCount")),
            extra=as_json(only(found, _TOTAL) | self._unread(found)), **span,
        )  # fmt: skip

    def _standby(self, at: str, found: dict[str, str]) -> Standby:
        user = maybe(whole, found.get("u"))
        return Standby(
            locator=at, user=self._user if user is None else user, package_name=found["package"],
            bucket=maybe(whole, found.get("bucket")), reason=something(found.get("reason")),
            used_ago_ms=maybe(milliseconds, found.get("used", found.get("lastUsedElapsed"))),
            used_screen_ms=maybe(milliseconds, found.get("usedScr", found.get("lastUsedScreenOn"))),
            last_job_ago_ms=maybe(milliseconds, found.get("lastJob")),
            idle={"y": True, "n": False}.get(found.get("idle", "")),
            extra=as_json(only(found, _STANDBY)),
        )  # fmt: skip

    def _unread(self, found: dict[str, str]) -> dict[str, str]:
        """The times of a total that could not be read, as stored."""
        lasting = {k: v for k, v in found.items() if k in _TOTAL and k.startswith("total") and _elapsed(v) is None}
        dates = {k: v for k, v in found.items() if k in _TOTAL and k.startswith("last") and not v.isdecimal()}
        return lasting | {k: v for k, v in dates.items() if self._dates.date(v) is None}

    def _last(self, stored: str | None) -> WallClock | None:
        """A last time; None for never, which is stored as the beginning of 1970 in the phone's zone."""
        time = None if stored is None else self._dates.date(stored)
        return None if time is None or time.year in _NEVER else time


def _instant(stored: str | None) -> Utc | None:
    """Milliseconds since 1970; None for 0, and for a time in words."""
    number = maybe(whole, stored)
    if not number or number < 0:
        return None
    try:
        return unix_milliseconds(number)
    except ValueError:
        return None


def _elapsed(stored: str | None) -> int | None:
    """Milliseconds of `1:02:03`, `02:03` or a number of them."""
    text = (stored or "").strip('"')
    if found := _ELAPSED.fullmatch(text):
        return ((int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])) * 1000
    return maybe(whole, text)

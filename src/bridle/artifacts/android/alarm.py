"""dumpsys alarm: when which app wants to be woken, and how often each was.

    nowRTC=1578493909464=2020-01-08 15:31:49.464 nowELAPSED=135819
      RTC_WAKEUP #0: Alarm{9b76855 type 0 when 1578517200000 com.example}
        tag=*walarm*:com.example.action.WAKE
        type=0 whenElapsed=+6h28m10s536ms when=2020-01-08 22:00:00.000
        window=0 repeatInterval=21600000 count=0 flags=0x9
        operation=PendingIntent{b9f826a: PendingIntentRecord{5126b0b com.example broadcastIntent}}
      App Alarm history:
        com.example, u0: -1m52s320ms,
      Alarm Stats:
      u0a39:com.example +75ms running, 1 wakeups:
        +75ms 1 wakes 1 alarms, last -1m52s320ms:
          *walarm*:com.example.action.WAKE

Known limits: an alarm's user identifier is not stored. What was delivered is kept only for apps the system throttles,
and for some hours. Settings, batches and the rest are kept as lines; `Top Alarms` repeats the statistics.

Sources: AOSP `AlarmManagerService.dump`, `Alarm.dump` of Android 6 to 16,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/apex/jobscheduler/service/java/com/android/server/alarm/AlarmManagerService.java
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats.android_pairs import as_json, before, maybe, only, pairs, something, uid_or_none, user_of, whole
from bridle.formats.android_values import milliseconds, report_time, wall_clock
from bridle.formats.lines import lines, too_long

_MOST = 64
"""Values of one alarm, and times of one app, that are kept."""
_ALARM = re.compile(r"(?:([A-Z_]+) )?#(\d{1,9}): Alarm\{\S+ type (\d{1,2}) (?:.* )?(\S+)\}")
_NUMBERED = re.compile(r"(?:[A-Z_]+ )?#\d{1,9}: Alarm\{")
_WHOLE = ("operation", "tag", "listener", "showIntent", "idle-options")
"""Values that are all of their line, blanks included."""
_NOW = re.compile(r"(?:nowRTC=\d{1,15}=|Realtime wakeup \(now=)([\d-]+ [\d:.]+).*")
_FIRED = re.compile(r"(\S+), u(\d{1,4}): (.*)")
_APP = re.compile(r"([^\s:]+):(\S+) (\S+) running, (\d{1,9}) wakeups:")
_OLD_APP = re.compile(r"[A-Za-z][\w.]*")
_OLD_RUN = re.compile(r"(\d{1,12}ms) running, (\d{1,9}) wakeups")
_OLD_TAG = re.compile(r"(\d{1,9}) alarms: (.*)")
_TAG = re.compile(r"(\S+) (\d{1,9}) wakes (\d{1,9}) alarms, last (\S+):")
_TYPES = ("RTC_WAKEUP", "RTC", "ELAPSED_WAKEUP", "ELAPSED", "RTC_POWEROFF_WAKEUP")
_MAPPED = ("tag", "type", "when", "origWhen", "whenElapsed", "expectedWhenElapsed", "repeatInterval", "count", "flags",
           "window", "exactAllowReason", "operation", "listener")  # fmt: skip


@record(surface="installed-app")
class Alarm(Record):
    """An app that wants to be woken or told at a time."""

    type: str | None = note(doc="RTC_WAKEUP and ELAPSED_WAKEUP wake the phone; RTC and ELAPSED wait until it is awake")
    package_name: PackageName = note(doc="package that asked for it")
    tag: str | None = note(doc="action, service or name, behind *walarm*: (wakes the phone) or *alarm*:")
    time: WallClock | None = note(doc="when, by the phone's clock")
    in_ms: int | None = note(doc="milliseconds after the dump; negative where it is due")
    interval_ms: int | None = note(doc="milliseconds after which it is repeated; none for once")
    window: str | None = note(doc="by how much it may be late, as stored; 0 is exact")
    exact_reason: str | None = note(doc="why the app may ask for exact times, from Android 12")
    flags: str | None = note(doc="flags, as stored")
    operation: str | None = note(doc="what is done, as stored")
    listener: str | None = note(doc="what is called instead, as stored")
    extra: str | None = note(doc="further values, as JSON")


@record(surface="running-process")
class Fired(Record):
    """An alarm was delivered to an app."""

    package_name: PackageName = note(doc="package")
    user: int | None = note(doc="number of the Android user")
    ago_ms: int | None = note(doc="milliseconds before the dump")
    time: WallClock | None = note(doc="when, by the phone's clock")


@record(surface="running-process")
class Statistic(Record):
    """How often an app, or one alarm of it, was told or woke the phone since its start."""

    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    package_name: PackageName = note(doc="package")
    tag: str | None = note(doc="the alarm; none for all of the app")
    running_ms: int | None = note(doc="milliseconds it took")
    wakeups: int | None = note(doc="times the phone was woken")
    alarms: int | None = note(doc="times it was delivered")
    last: WallClock | None = note(doc="last time, by the phone's clock")
    last_ago_ms: int | None = note(doc="milliseconds before the dump")


@record
class Line(Record):
    """A line that no other table takes."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


Rows = Iterator[Alarm | Fired | Statistic | Line | Gap]
"""What the parts of the parser give."""


@artifact("/**/dumpsys/alarm/*.txt", companions=("/**/sections/HEADER/1.txt",))
def alarm(file: SourceFile) -> Iterator[Alarm | Fired | Statistic | Line | Gap]:
    state = _State(report_time(file))
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
            else:
                yield from state.take(f"line {number}", text.strip(), len(text) - len(text.lstrip()))
    yield from state.finish()


class _State:
    """The alarm, or the app, whose lines come."""

    def __init__(self, now: WallClock | None) -> None:
        self._now = now
        self._section: str | None = None
        self._alarm: tuple[str, re.Match[str], int] | None = None
        self._values: dict[str, str] = {}
        self._app: re.Match[str] | None = None
        self._old_app: str | None = None
        self._tag: tuple[str, re.Match[str]] | None = None

    def take(self, at: str, line: str, indent: int) -> Rows:
        if self._alarm is not None and line and indent > self._alarm[2]:
            self._more(line)
            return
        yield from self.end()
        if self._tag is not None:
            yield from self._of_tag(line)
        elif not line:
            self._app = None
        elif _NUMBERED.match(line):
            found = _ALARM.fullmatch(line)
            self._alarm = None if found is None else (at, found, indent)
            if found is None:
                yield Gap(locator=at, reason=f"expected an alarm with its type, time and package, got {line!a:.60}")
        elif found := _APP.fullmatch(line):
            self._app = found
            yield self._statistic(at, found, None)
        elif self._app is not None and (found := _TAG.fullmatch(line)):
            self._tag = (at, found)
        else:
            yield from self._other(at, line)

    def _more(self, line: str) -> None:
        """A line of an alarm."""
        key, equals, value = line.partition("=")
        if len(self._values) >= _MOST or not equals:
            return
        if key in _WHOLE:
            self._values.setdefault(key, value)
        else:
            self._values = pairs(line) | self._values

    def _of_tag(self, line: str) -> Iterator[Statistic]:
        """The line below the counts of one alarm, which names it."""
        if self._tag is not None:
            yield self._statistic(*self._tag, line or None)
        self._tag = None

    def _other(self, at: str, line: str) -> Rows:
        if self._section == "App Alarm history" and (found := _FIRED.fullmatch(line)):
            yield from self._fired(at, found)
            return
        if self._section == "Alarm Stats" and (yield from self._old(at, line)):
            return
        if found := _NOW.fullmatch(line):
            self._now = maybe(wall_clock, found[1]) or self._now
        if line.endswith(":"):
            self._section = line[:-1]
        yield Line(locator=at, section=self._section, text=line)

    def _old(self, at: str, line: str) -> Generator[Statistic, None, bool]:
        """Statistics as they were before Android 5, an app's name alone in its line; whether the line is of them."""
        known: dict[str, Any] = {
            "locator": at, "uid": None, "user": None, "tag": None, "running_ms": None, "wakeups": None, "alarms": None,
            "last": None, "last_ago_ms": None,
        }  # fmt: skip
        if _OLD_APP.fullmatch(line):
            self._old_app = line
            return True
        if self._old_app is None:
            return False
        if found := _OLD_RUN.fullmatch(line):
            run = {"running_ms": maybe(milliseconds, found[1]), "wakeups": int(found[2])}
            yield Statistic(**known | run, package_name=self._old_app)
        elif found := _OLD_TAG.fullmatch(line):
            yield Statistic(**known | {"alarms": int(found[1]), "tag": found[2]}, package_name=self._old_app)
        return found is not None

    def _fired(self, at: str, found: re.Match[str]) -> Rows:
        spans = [s.strip() for s in found[3].split(",", _MOST) if s.strip()]
        for number, stored in enumerate(spans[:_MOST], 1):
            span = maybe(milliseconds, stored)
            if span is None:
                yield Gap(locator=f"{at}.{number}", reason=f"expected a span, got {stored!a:.60}")
                continue
            yield Fired(
                locator=f"{at}.{number}", package_name=found[1], user=maybe(whole, found[2]), ago_ms=-span,
                time=before(self._now, -span),
            )  # fmt: skip
        if len(spans) > _MOST:
            yield Gap(locator=f"{at}.more", reason=f"expected at most {_MOST} times, got more")

    def finish(self) -> Rows:
        """What the end of the dump cut off."""
        yield from self.end()
        yield from self._of_tag("")

    def _statistic(self, at: str, found: re.Match[str], tag: str | None) -> Statistic:
        assert self._app is not None
        uid, of_tag = uid_or_none(self._app[1]), found is not self._app
        last = maybe(milliseconds, found[4]) if of_tag else None
        ago = None if last is None else -last
        return Statistic(
            locator=at, uid=uid, user=user_of(uid), package_name=self._app[2], tag=tag,
            running_ms=maybe(milliseconds, found[1] if of_tag else found[3]),
            wakeups=int(found[2] if of_tag else found[4]), alarms=int(found[3]) if of_tag else None,
            last=before(self._now, ago), last_ago_ms=ago,
        )  # fmt: skip

    def end(self) -> Iterator[Alarm]:
        """The alarm whose lines have been read."""
        if self._alarm is None:
            return
        (at, found, _), said = self._alarm, self._values
        number = int(found[3])
        when = said.get("when", said.get("origWhen", ""))
        span = maybe(milliseconds, said.get("whenElapsed", said.get("expectedWhenElapsed", when)))
        interval = maybe(whole, said.get("repeatInterval"))
        yield Alarm(
            locator=at, type=found[1] or (_TYPES[number] if number < len(_TYPES) else None), package_name=found[4],
            tag=something(said.get("tag")),
            time=maybe(wall_clock, when) or before(self._now, None if span is None else -span), in_ms=span,
            interval_ms=interval or None, window=said.get("window"), exact_reason=said.get("exactAllowReason"),
            flags=said.get("flags"), operation=something(said.get("operation")),
            listener=something(said.get("listener")), extra=as_json(only(said, _MAPPED)),
        )  # fmt: skip
        self._alarm, self._values = None, {}

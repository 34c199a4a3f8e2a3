"""dumpsys batterystats: what woke, ran, connected and was installed, for days back, with the level of the battery.

Its history has a line for each moment something changed; here each change is a row (`History`), and the values of the
battery are one (`State`). Times are counted from the marks of the clock in it:

    Battery History (0% used, 9124 used of 4096KB, 47 strings using 4816):
                        0 (14) RESET:TIME: 2020-01-08-17-18-28
          +8m10s322ms (2) 100 c0200040 charge=2790 +running +job=u0a12:"com.example/.Job"

Then come the days, each with the packages that were installed, updated (`vers=` is the version code) or removed on it;
the first is the current one, which has no end and no heading of its own:

    Daily stats:
      Current start time: 2022-08-17-01-15-45
        Package changes:
          Update com.example vers=12
      Daily from 2022-08-16-15-56-39 to 2022-08-17-01-15-45:
        Package changes:
          Uninstall com.example.gone

and what each user identifier used since the last charge. Before Android 4.4 the service was called batteryinfo.

Known limits: the history is a ring of some megabytes, on a busy phone a day. Between a start of the phone and the next
mark of the clock the time is not known. A clock that was not yet set says 1970, as stored. Changes beyond 500 of one
line are one, as stored; times in the summaries stay text. What an app calls its wake lock is its own word: with a
quotation mark in it, it can seem to be a change of its own, and `*job*/com.other/` names a package that has nothing to
do with it. `vers=0` stands for a removed package on some phones.

Sources: AOSP `BatteryStats` (`HistoryPrinter`, `dumpDailyPackageChanges`, `dumpLocked`) of Android 5 to 16,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/os/BatteryStats.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Block, Gap, PackageName, ProcessName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import battery_columns
from bridle.formats.android_pairs import as_json, maybe, package, uid_or_none, user_of, whole
from bridle.formats.android_values import report_time, wall_clock
from bridle.formats.battery_history import CHANGING, RUN, Change, Clock, Moment, package_in, version_code
from bridle.formats.lines import blocks, too_long

_DAY = re.compile(r"Daily from (\S+) to (\S+):")
_CHANGED = re.compile(r"(Update|Uninstall) (\S+)(?: vers=(\S+))?")
_STEP = re.compile(r"#\d+: ")
_UID = re.compile(r"  #?(-?\d{1,10}|u\d{1,4}[a-z]{1,2}\d{1,6}):")
_USE = re.compile(r"(Wake lock|Job Completions|Job|Sync|Sensor|Proc|Apk|Service|Wakeup alarm) (.*)")
_USED = re.compile(r"(.*?)(?::| realtime$|: (?:\d|\(|canceled|successful).*)")
_VALUES = {"status": "status", "health": "health", "plug": "plug"}
_NUMBERS = {"temp": "temperature", "volt": "voltage", "charge": "charge"}


@record
class History(Record):
    """Something that began (+), ended (-) or happened."""

    offset_ms: int | None = note(doc="milliseconds since the history begins; before Android 5 negative, until the dump")
    time: WallClock | None = note(doc="when, by the phone's clock; counted from the last mark of the clock")
    level: int | None = note(doc="battery, per cent")
    event: str = note(
        doc="+job, -job, +top, +wake_lock, +screen, +usb_data, +camera, pkginst, …; TIME, START, SHUTDOWN"
    )
    uid: int | None = note(doc="user identifier it belongs to; for pkginst the version code stands in `version`")
    user: int | None = note(doc="number of the Android user")
    name: str | None = note(doc="what it is about, as stored: a package, a component, the tag of a wake lock, a reason")
    package_name: PackageName | None = note(
        doc="package that ran or held the phone awake, where the name holds one", surface="running-process"
    )
    process_name: ProcessName | None = note(doc="process of +proc", surface="running-process")
    changed_package: PackageName | None = note(
        doc="package of pkginst, pkgunin, pkginactive or pkgactive", surface="installed-app"
    )
    version: int | None = note(doc="version code of an installed package")


@record
class State(Record):
    """The battery, at a line of the history that gives a value of it or nothing else."""

    offset_ms: int | None = note(doc="milliseconds since the history begins")
    time: WallClock | None = note(doc="when, by the phone's clock")
    level: int | None = note(doc="battery, per cent")
    states: str | None = note(doc="bits of what was on, hexadecimal")
    status: str | None = note(doc="charging, discharging, full, not-charging; none where it did not change")
    health: str | None = note(doc="health of the battery")
    plug: str | None = note(doc="what it is plugged to: none, ac, usb, wireless")
    temperature: int | None = note(doc="tenths of a degree Celsius")
    voltage: int | None = note(doc="millivolts")
    charge: int | None = note(doc="mAh")
    extra: str | None = note(doc="further values, as JSON")


@record
class Daily(Record):
    """A day of the daily statistics."""

    begin: WallClock | None = note(doc="when it began, by the phone's clock")
    end: WallClock | None = note(doc="when it ended; none for the current day")
    current: bool = note(doc="whether it was not yet over")
    charge_steps: int = note(doc="steps of a per cent by which it was charged")
    discharge_steps: int = note(doc="steps of a per cent by which it was discharged")
    package_changes: int = note(doc="packages installed, updated or removed")


@record(surface="installed-app")
class PackageChange(Record):
    """A package that was installed, updated or removed on a day."""

    begin: WallClock | None = note(doc="when the day began")
    end: WallClock | None = note(doc="when the day ended; none for the current day")
    kind: str = note(doc="Update (also a first installation) or Uninstall, as stored")
    package_name: PackageName = note(doc="package")
    version: int | None = note(doc="version code; 0 stands for a removed package")


@record
class UidUse(Record):
    """What a user identifier used since the last charge."""

    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    kind: str = note(doc="Wake lock, Job, Job Completions, Sync, Proc, Apk, Service, CPU, Wi-Fi network, …")
    name: str | None = note(doc="tag, component, process, package or service, as stored")
    package_name: PackageName | None = note(doc="package it is about, where one is named", surface="installed-app")
    process_name: ProcessName | None = note(doc="process it is about", surface="running-process")
    text: str = note(doc="the line, without the blanks around it")


@record
class Line(Record):
    """A line that no other table takes."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


Rows = Iterator[Block[History] | History | State | Daily | PackageChange | UidUse | Line | Gap]
"""What the parts of the parser give."""


@artifact("/**/dumpsys/batterystats/*.txt", "/**/dumpsys/batteryinfo/*.txt", companions=("/**/sections/HEADER/1.txt",))
def batterystats(
    file: SourceFile,
) -> Iterator[Block[History] | History | State | Daily | PackageChange | UidUse | Line | Gap]:
    state = _State(report_time(file))
    with file.open() as stored:
        for first, found, longer in blocks(stored):
            done = 0
            for start, stop in [*battery_columns.runs(found), (len(found), len(found))]:
                yield from state.each(first + done, found[done:start], longer)
                yield from state.together(first + start, found[start:stop])
                done = stop
    yield from state.end()


class _State:
    """Where in the dump a line stands."""

    def __init__(self, now: WallClock | None) -> None:
        self._now = now
        self._section = ""
        self._clock: Clock | None = None
        self._day: _Day | None = None
        self._uid: str | None = None
        self._package: str | None = None
        self._process: str | None = None

    def each(self, first: int, found: list[bytes], longer: list[int]) -> Rows:
        """Take lines one by one, with the numbers of those that are too long."""
        for number, line in enumerate(found, first):
            if number in longer:
                yield too_long(number)
                continue
            text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
            if text.strip():
                yield from self.take(f"line {number}", text)

    def together(self, first: int, found: list[bytes]) -> Rows:
        """Take lines that have the form of plain changes."""
        block = None
        if found and self._clock is not None:
            block = battery_columns.block(History, first, found, *self._clock.mark)
        if block is not None:
            yield block
        else:
            yield from self.each(first, found, [])

    def take(self, at: str, text: str) -> Rows:
        line = text.strip()
        if text[0] not in " ,\t" and line.endswith(":"):
            yield from self._begin(at, line)
        elif self._clock is not None:
            yield from self._history(at, line)
        elif self._day is not None:
            yield from self._daily(at, line)
        elif self._section.startswith("Statistics since"):
            yield from self._statistics(at, text, line)
        else:
            yield Line(locator=at, section=self._section or None, text=line)

    def end(self) -> Rows:
        if self._day is not None:
            yield self._day.row()

    def _begin(self, at: str, line: str) -> Rows:
        yield from self.end()
        self._section, self._clock, self._day, self._uid = line.partition("(")[0].strip().rstrip(":"), None, None, None
        if "history" in self._section.lower():
            self._clock = Clock(self._now)
        elif self._section == "Daily stats":
            self._day = _Day(at, None, None, current=True)
            return
        yield Line(locator=at, section=self._section, text=line)

    def _history(self, at: str, line: str) -> Rows:
        assert self._clock is not None
        moment = self._clock.moment(line)
        if moment is not None:
            if moment.unread is not None:
                yield Gap(locator=at, reason=f"expected a time of the clock, got {moment.unread!a:.60}")
            yield from _moment(at, moment)
        elif line[0] in "+-" and line[1:2].isdigit():
            yield Gap(locator=at, reason=f"expected a line of the battery history, got {line!a:.60}")
        else:
            yield Line(locator=at, section=self._section, text=line)

    def _daily(self, at: str, line: str) -> Rows:
        day = self._day
        assert day is not None
        if found := _DAY.fullmatch(line):
            yield day.row()
            self._day = _Day(at, found[1], found[2], current=False)
            yield from self._day.gaps()
        elif (found := _CHANGED.fullmatch(line)) and (found[3] is not None or found[1] == "Uninstall"):
            day.changed += 1
            version = maybe(whole, found[3])
            if found[3] is not None and version is None:
                yield Gap(locator=f"{at}:vers", reason=f"expected a version code, got {found[3]!a:.60}")
            yield PackageChange(
                locator=at, begin=day.begin, end=day.end, kind=found[1], package_name=found[2], version=version
            )
        elif line.startswith("Current start time: ") and not day.has_begun:
            day.started(line.removeprefix("Current start time: "))
            yield from day.gaps()
        elif line.startswith(("Update ", "Uninstall ", "Daily from ")):
            yield Gap(locator=at, reason=f"expected a package and its version, or a day, got {line!a:.60}")
        elif _STEP.match(line):
            day.step()
            yield Line(locator=at, section=f"{self._section}: {day.heading}", text=line)
        else:
            if line.endswith(":"):
                day.heading = line[:-1]
            yield Line(locator=at, section=self._section, text=line)

    def _statistics(self, at: str, text: str, line: str) -> Rows:
        if found := _UID.fullmatch(text):
            self._uid, self._package, self._process = found[1], None, None
        elif self._uid is None or not text.startswith("    "):
            yield Line(locator=at, section=self._section, text=line)
        else:
            yield self._use(at, line)

    def _use(self, at: str, line: str) -> UidUse:
        kind, name, of = line.partition(":")[0], None, None
        if found := _USE.fullmatch(line):
            used = _USED.fullmatch(found[2])
            kind, name = found[1], used[1] if used else found[2]
            of = self._about(kind, name)
        number = uid_or_none(self._uid)
        return UidUse(
            locator=at, uid=number, user=user_of(number), kind=kind, name=name, package_name=of or self._package,
            process_name=self._process, text=line,
        )  # fmt: skip

    def _about(self, kind: str, name: str) -> str | None:
        """The package that a line names; a process or a package is that of the lines below it too."""
        if kind in ("Proc", "Apk"):
            self._process = name if kind == "Proc" else None
            self._package = package(name.partition(":")[0]) if kind == "Apk" else None
        elif kind in ("Wake lock", "Job", "Job Completions"):
            self._process = self._package = None
            return package_in("wake_lock" if kind == "Wake lock" else "job", name)
        return None


class _Day:
    """A day while its lines are read."""

    def __init__(self, at: str, begin: str | None, end: str | None, *, current: bool) -> None:
        self.at, self.current, self._stored = at, current, [begin, end]
        self.begin, self.end = maybe(wall_clock, begin), maybe(wall_clock, end)
        self.has_begun, self.heading = begin is not None, ""
        self.changed = self._charged = self._discharged = 0

    def started(self, begin: str) -> None:
        self.has_begun, self._stored[0], self.begin = True, begin, maybe(wall_clock, begin)

    def gaps(self) -> Iterator[Gap]:
        for stored, read, name in zip(self._stored, (self.begin, self.end), ("begin", "end"), strict=True):
            if stored is not None and read is None:
                yield Gap(locator=f"{self.at}:{name}", reason=f"expected a time of a day, got {stored!a:.60}")

    def step(self) -> None:
        if "discharge" in self.heading.lower():
            self._discharged += 1
        else:
            self._charged += 1

    def row(self) -> Daily:
        return Daily(
            locator=self.at, begin=self.begin, end=self.end, current=self.current, charge_steps=self._charged,
            discharge_steps=self._discharged, package_changes=self.changed,
        )  # fmt: skip


def _moment(at: str, moment: Moment) -> Iterator[History | State]:
    values = {c.event: c.value or "" for c in moment.changes if _is_value(c)}
    events = [c for c in moment.changes if not _is_value(c)]
    if moment.mark is not None:
        events = [Change(moment.mark)]
    for number, change in enumerate(events, 1):
        yield _event(f"{at}.{number}", moment, change)
    if values or not events:
        numbers = {field: maybe(whole, values.get(key)) for key, field in _NUMBERS.items()}
        read = {key for key, field in _NUMBERS.items() if numbers[field] is not None} | set(_VALUES)
        yield State(
            locator=at, offset_ms=moment.offset, time=moment.time, level=moment.level, states=moment.states,
            status=values.get("status"), health=values.get("health"), plug=values.get("plug"),
            temperature=numbers["temperature"], voltage=numbers["voltage"], charge=numbers["charge"],
            extra=as_json({k: v for k, v in values.items() if k not in read}),
        )  # fmt: skip


def _is_value(change: Change) -> bool:
    """Whether it is a value of the battery or of the phone, not something that begins, ends or happens."""
    return change.value is not None and not change.named and change.event[0] not in "+-"


def _event(at: str, moment: Moment, change: Change) -> History:
    bare = change.event.lstrip("+-")
    number = uid_or_none(change.uid)
    version = version_code(change.uid) if bare == "pkginst" else None
    uid = None if bare in CHANGING else number
    name = change.value or None
    return History(
        locator=at, offset_ms=moment.offset, time=moment.time, level=moment.level, event=change.event, uid=uid,
        user=user_of(uid), name=name, package_name=package_in(bare, name) if name and bare in RUN else None,
        process_name=name if bare == "proc" else None, changed_package=name if bare in CHANGING else None,
        version=version,
    )  # fmt: skip

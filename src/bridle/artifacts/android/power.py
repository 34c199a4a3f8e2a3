"""The power service: whether the phone is awake, when it last slept and why, and who keeps it from sleeping.

    Power Manager State:
      mWakefulness=Awake
      mLastWakeTime=1234567 (149280 ms ago)
      mLastSleepReason=power_button
    Wake Locks: size=1
      PARTIAL_WAKE_LOCK              'com.example:sync' ACQ=-1m2s3ms (uid=10123 pid=321 ws=WorkSource{10123})
    Wake Lock Log
      03-29 23:14:05.123 - 10123 - ACQ com.example:sync (partial)

The log is there since Android 11 and reaches back minutes to hours. An app names its wake locks itself.

Known limits: times of the log have no year; it is that of the report, or none without its header. `…_ago` counts back
from the dump, which is a minute or two after the time in the header.

Sources: AOSP `PowerManagerService`, `WakeLockLog`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/power/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values, indented
from bridle.formats.activity_values import linux_user
from bridle.formats.indented import Line
from bridle.formats.lines import lines

_MOMENT = re.compile(r"(\w{1,80})=(-?\d{1,18}) \((-?\d{1,18}) ms ago\)")
_LOCK = re.compile(r"([A-Z_]{5,40}_LOCK|\?\?\?) +'")
_HOLDER = re.compile(r"\((?:minState=\d{1,9}, )?uid=(\d{1,10})(?:,? pid=(\d{1,10}))?(.*)\)")
_ACQUIRED = re.compile(r"ACQ=(\S{1,40})")
_LOGGED = re.compile(
    r"(\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}) - (?:(\w{1,20}|---)(?: \(([^()]{1,255})\))? - )?(ACQ|REL) (.*)"
)
_FLAGS = re.compile(r"(.*) \(([a-z,\- ]{1,80})\)")


@record
class Moment(Record):
    """When something last happened: waking, sleeping, use."""

    name: str = note(doc="what, in the dump's words, such as mLastWakeTime")
    uptime: int = note(doc="milliseconds since boot without deep sleep; 0 is the time before the first")
    ago: int = note(doc="milliseconds from it to the dump")


@record
class WakeLock(Record):
    """A wake lock that is held."""

    level: str = note(doc="PARTIAL_WAKE_LOCK keeps the processor on, others a screen too")
    tag: str = note(doc="its name, given by the app")
    uid: int | None = note(doc="user (of Linux) that holds it")
    pid: int | None = note(doc="process that holds it")
    acquired_ago: int | None = note(doc="milliseconds from its taking to the dump")
    flags: str | None = note(doc="what else stands behind the name, as stored")
    source: str | None = note(doc="for whom it is held, as stored")


@record
class WakeLockEvent(Record):
    """A wake lock that was taken or given back."""

    time: WallClock | None = note(doc="when; none where the year is not known")
    clock: str = note(doc="when, as stored: month, day, time")
    event: str = note(doc="ACQ taken, REL given back")
    tag: str = note(doc="its name, given by the app")
    uid: int | None = note(doc="user (of Linux) that took it")
    package_name: PackageName | None = note(doc="package that took it, on newer systems")
    flags: str | None = note(doc="level and flags, as stored")


@record
class Fact(Record):
    """Any other line of the dump."""

    place: str | None = note(doc="the headings above it, joined by /")
    name: str | None = note(doc="name of the value; none for a sentence")
    value: str | None = note(doc="value or sentence, as stored; none if empty")


@artifact("/**/dumpsys/power/*.txt", companions=("/**/sections/HEADER/1.txt",))
def power(file: SourceFile) -> Iterator[Moment | WakeLock | WakeLockEvent | Fact | Gap]:
    taken = android_values.report_time(file)
    with file.open() as stored:
        for line in indented.tree(lines(stored)):
            if isinstance(line, Gap):
                yield line
            elif found := _MOMENT.fullmatch(line.text):
                locator = f"line {line.number}"
                yield Moment(locator=locator, name=found[1], uptime=int(found[2]), ago=int(found[3]))
            elif found := _LOGGED.fullmatch(line.text):
                yield from _event(line, found, taken)
            elif lock := _lock(line):
                yield from lock
            elif not (line.heads and line.text.endswith(":")):
                name, value = line.named()
                yield Fact(locator=f"line {line.number}", place=line.place, name=name, value=value)


def _lock(line: Line) -> list[WakeLock | Gap] | None:
    """A held wake lock. Its name may hold anything, so what follows is looked for from the end."""
    text, locator = line.text, f"line {line.number}"
    level = _LOCK.match(text)
    behind = max(text.rfind("(uid="), text.rfind("(minState="))
    quote = text.rfind("'", 0, behind) if behind > 0 else -1
    holder = _HOLDER.fullmatch(text[behind:]) if level and quote >= level.end() else None
    if level is None or holder is None:
        return None
    flags = text[quote + 1 : behind].strip()
    acquired, ago, gaps = _ACQUIRED.search(flags), None, []
    try:
        ago = -android_values.milliseconds(acquired[1]) if acquired else None
    except ValueError as e:
        gaps.append(Gap(locator=f"{locator}.acquired_ago", reason=str(e)))
    lock = WakeLock(
        locator=locator, level=level[1], tag=text[level.end() : quote], uid=int(holder[1]),
        pid=int(holder[2]) if holder[2] else None, acquired_ago=ago, flags=flags or None,
        source=holder[3].strip() or None,
    )  # fmt: skip
    return [lock, *gaps]


def _event(line: Line, found: re.Match[str], taken: WallClock | None) -> Iterator[WakeLockEvent | Gap]:
    locator, problems = f"line {line.number}", []
    time = user = None
    try:
        time = android_values.yearless(found[1], taken)
    except ValueError as e:
        problems.append(("time", str(e)))
    try:
        user = linux_user(found[2]) if found[2] not in (None, "---") else None
    except ValueError as e:
        problems.append(("uid", str(e)))
    flags = _FLAGS.fullmatch(found[5])
    yield WakeLockEvent(
        locator=locator, time=time, clock=found[1], event=found[4], tag=flags[1] if flags else found[5], uid=user,
        package_name=found[3], flags=flags[2] if flags else None,
    )  # fmt: skip
    for name, reason in problems:
        yield Gap(locator=f"{locator}.{name}", reason=reason)

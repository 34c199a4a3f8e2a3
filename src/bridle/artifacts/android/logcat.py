"""Android's logs: every entry, and rows of their own for what single entries tell.

From a bugreport the sections SYSTEM LOG, EVENT LOG, RADIO LOG and so on, and LAST LOGCAT, which is of before the last
boot; from AndroidQF `logcat.txt` and `logcat_old.txt`; from Android 9 on the KERNEL LOG of a bugreport is of this form.

    --------- beginning of system
    01-08 15:30:16.609  1000   929   996 I ActivityManager: Start proc 3663:com.android.keychain/1000 for service {…}
    01-08 15:30:16.608  1000   929   996 I am_proc_start: [0,3663,1000,com.android.keychain,service,{…}]

Times are the phone's clock, and have no year: `bridle.formats.logcat` tells how it is found, from the time of the
report or of the acquisition. Without one there is only the stamp.

Known limits: how far back a log reaches depends on how much is logged: minutes, or days. Entries of before the clock
was set, in the first seconds of a boot, say January 1 and are given a year all the same. Lines that begin with `***`
are dumpstate's own, and told in `android.dumpstate.part`. A process that starts is told twice, in the system's log and
in the event log. What an app writes may be made up, and under any tag.

Sources: as `bridle.formats.logcat`, `bridle.formats.log_events`, `bridle.formats.kernel_events`;
https://developer.android.com/tools/logcat
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from bridle.core import (
    Block,
    Gap,
    PackageName,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Utc,
    WallClock,
    artifact,
    note,
    record,
)
from bridle.formats import kernel_events
from bridle.formats import logcat as lines
from bridle.formats.android_values import report_time, wall_clock
from bridle.formats.log_rows import rows

_ACQUISITION = "/androidqf/acquisition.json"
_TITLES = {
    "EVENT LOG": "events", "RADIO LOG": "radio", "KERNEL LOG": "kernel", "STATS LOG": "stats", "CRASH LOG": "crash",
    "MAIN LOG": "main", "SECURITY LOG": "security",
}  # fmt: skip
_DMESG = re.compile(rb"(?:<\d{1,4}>)?\[ *\d{1,9}\.\d{1,9}\]")


@record
class Entry(Record):
    """One entry of a log."""

    buffer: str | None = note(
        doc="log it is of: `main`, `system`, `events`, `radio`, `kernel`, …; none where entries of several are mixed"
    )
    time: WallClock | None = note(doc="when, by the phone's clock; the year is found as the module says")
    time_utc: Utc | None = note(doc="the same as an instant, where the log tells its zone or seconds since 1970")
    time_stored: str | None = note(doc="time as stored, where it could not be read or has no year")
    user: str | None = note(doc="user that wrote it, as stored: a number, or a name such as `root`, `u0_a12`")
    uid: int | None = note(doc="number of that user")
    pid: int | None = note(doc="process that wrote it")
    tid: int | None = note(doc="thread that wrote it")
    priority: str = note(doc="`V` verbose, `D` debug, `I` info, `W` warning, `E` error, `F` or `A` fatal, `S` silent")
    tag: str | None = note(doc="tag it was written under")
    message: Text | None = note(doc="what was written")


@record
class Told(Record):
    """What one entry tells."""

    entry: str = note(doc="locator of the entry")
    time: WallClock | None = note(doc="Entry.time")
    time_utc: Utc | None = note(doc="Entry.time_utc")


@record(surface="running-process")
class ProcessStart(Told):
    """A process of an app or of the system's apps was started."""

    user: int | None = note(doc="user of the phone, 0 is the first; only the event log tells")
    uid: int | None = note(doc="number of the user it runs as")
    pid: int | None = note(doc="process identifier")
    process_name: ProcessName | None = note(doc="name of the process: that of the app, or with `:` and more")
    package_name: PackageName | None = note(doc="the name up to a colon, where it has a dot: the app")
    cause: str | None = note(doc="what it was started for: `activity`, `service`, `broadcast`, `content`, …")
    component: Text | None = note(doc="the component of the app, as stored", surface="mention")


@record(surface="running-process")
class ProcessEnd(Told):
    """A process has died, or was killed by the system."""

    kind: str = note(doc="`died` or `killed`")
    user: int | None = note(doc="user of the phone; only the event log tells")
    pid: int | None = note(doc="process identifier")
    process_name: ProcessName | None = note(doc="ProcessStart.process_name")
    package_name: PackageName | None = note(doc="ProcessStart.package_name")
    adj: int | None = note(doc="oom_adj: how dispensable it was; the higher, the more")
    reason: Text | None = note(doc="why, as stored", surface="mention")


@record(surface="crash")
class Crash(Told):
    """A crash, a process that did not respond, or another failure that was reported."""

    kind: str = note(doc="`crash`, `anr`, `wtf` (event log), `java`, `native` (DEBUG), `signal` (libc)")
    user: int | None = note(doc="user of the phone; only the event log tells")
    pid: int | None = note(doc="process identifier")
    process_name: ProcessName | None = note(doc="name of the process; of a `signal` at most 15 characters of it")
    package_name: PackageName | None = note(doc="ProcessStart.package_name")
    exception: str | None = note(doc="class of the exception, or name of the signal")
    message: Text | None = note(doc="its message, or the line", surface="mention")
    file: str | None = note(doc="source file it was thrown in")
    line: int | None = note(doc="line of that")


@record
class Denial(kernel_events.Denial):
    """A decision of SELinux that was noted: an access that was denied, or granted and audited."""

    entry: str = note(doc="locator of the entry")
    time: WallClock | None = note(doc="Entry.time")
    time_utc: Utc | None = note(doc="Entry.time_utc")


@record
class UsbDevice(kernel_events.UsbDevice):
    """What one entry tells of USB: of a device at the phone (host), or of the phone at a computer (`gadget`)."""

    entry: str = note(doc="locator of the entry")
    time: WallClock | None = note(doc="Entry.time")
    time_utc: Utc | None = note(doc="Entry.time_utc")


@record
class PackageEvent(Told):
    """A step of an installation, an update or a removal, or an app that is stopped for one."""

    action: str = note(
        doc="`install`, `installed`, `update`, `delete`, `deleted`, `removed`, `force stop`, …, or the tag"
    )
    package_name: PackageName | None = note(doc="app, where the line names it", surface="installed-app")
    detail: Text | None = note(doc="the line")


@record
class BootEvent(Told):
    """A step of a boot, of a user who is started or unlocked, or of the screen and its lock."""

    event: str = note(doc="tag of the event log: `boot_progress_start`, `power_screen_state`, `ssm_user_unlocked`, …")
    value: str | None = note(doc="its values, as stored; of `boot_progress_…` milliseconds since the boot")


@record
class ConfigWrite(Told):
    """The system wrote one of its files of settings."""

    name: str = note(doc="which: `package-user-0` after a change of apps, `usagestats`, `dropbox`, …")
    milliseconds: int | None = note(doc="how long it took")


@record
class Dropped(Told):
    """Entries of a process that the log itself removed."""

    uid: int = note(doc="user that wrote them")
    process_name: ProcessName | None = note(doc="process that wrote them", surface="running-process")
    kind: str = note(doc="`expire`: removed because it wrote too much; `identical`: the same as the one before")
    lines: int = note(doc="how many")


_TYPES = {
    c.__name__: c
    for c in (
        ProcessStart, ProcessEnd, Crash, Denial, UsbDevice, PackageEvent, BootEvent, ConfigWrite, Dropped,
    )
}  # fmt: skip


@artifact(
    "/**/sections/SYSTEM LOG/*.txt",
    "/**/sections/MAIN LOG/*.txt",
    "/**/sections/EVENT LOG/*.txt",
    "/**/sections/RADIO LOG/*.txt",
    "/**/sections/CRASH LOG/*.txt",
    "/**/sections/STATS LOG/*.txt",
    "/**/sections/SECURITY LOG/*.txt",
    "/**/sections/KERNEL LOG/*.txt",
    "/**/sections/LAST LOGCAT/*.txt",
    "/androidqf/logcat*.txt",
    companions=("/**/sections/HEADER/1.txt", "/androidqf/acquisition.json"),
)
def logcat(
    file: SourceFile,
) -> Iterator[
    Block[Entry]
    | Block[ProcessStart]
    | Block[ProcessEnd]
    | Crash
    | Denial
    | UsbDevice
    | PackageEvent
    | BootEvent
    | ConfigWrite
    | Dropped
    | Gap
]:
    if _is_dmesg(file):
        return
    with file.open() as stored:
        for item in lines.entries(stored, _taken(file), _TITLES.get(file.path.parent.name)):
            if isinstance(item, Gap):
                yield item
            else:
                yield item.block(Entry)
                yield from rows(item, _TYPES)


def _is_dmesg(file: SourceFile) -> bool:
    """Whether it is the kernel's own form, which `kernel_log` reads."""
    with file.open() as stored:
        return _DMESG.match(stored.read(64)) is not None


def _taken(file: SourceFile) -> datetime | None:
    """About when the log was taken."""
    if (time := report_time(file)) is not None:
        return time
    acquisition = file.companions().get(PurePosixPath(_ACQUISITION))
    if acquisition is None or file.path.parts[1:2] != ("androidqf",):
        return None
    try:
        with acquisition.open() as stored:
            told = json.loads(stored.read(1 << 20))
        started = told.get("started") or told.get("created")
        return wall_clock(str(started)[:19])
    except (ValueError, AttributeError, RecursionError):
        return None

"""The kernel's log: its lines, devices on USB, refused accesses, and its failures.

    <6>[   12.993652] usb 1-1: New USB device found, idVendor=04f2, idProduct=b6c0

From a bugreport KERNEL LOG (before Android 9; later ones have it in the form of logcat, which `logcat` reads) and LAST
KMSG; from the phone or AndroidQF /proc/kmsg, /proc/last_kmsg and /sys/fs/pstore, which are of before the last boot.

A line tells the seconds since the boot. Where the report tells its time and how long the phone ran, the time of a line
is known to the minute; the clock stops while the phone sleeps on some kernels, and the log of before the last boot has
no such time.

Known limits: a line without a time, as some vendors write, has none here. `pmsg-ramoops` of pstore is Android's log in
binary, and a Gap. Lines of dumpstate's own, which begin with `***`, are told in `android.dumpstate.part`.

Sources: as `bridle.formats.dmesg`, `bridle.formats.kernel_events`; bugreports of Android 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bridle.core import Block, Gap, Record, SourceFile, Text, WallClock, artifact, note, record
from bridle.formats import dmesg, kernel_events
from bridle.formats.lines import lines, too_long
from bridle.formats.row_blocks import RowBlocks

_SECTIONS = frozenset({"KERNEL LOG"})
"""Sections whose seconds count from the boot that the report tells of."""
_LOGCAT = ("--------- ",)


@record
class Entry(Record):
    """One line of the kernel's log."""

    priority: int | None = note(doc="syslog priority: 0 emergency to 7 debug, and 8 times the facility; none if untold")
    seconds: float | None = note(doc="seconds since the boot")
    time: WallClock | None = note(doc="the same by the phone's clock, to the minute; none where that is not known")
    message: Text | None = note(doc="what was written")


@record
class UsbDevice(kernel_events.UsbDevice):
    """What one line tells of a device on USB; the lines of one device have the same port."""

    entry: str = note(doc="locator of the entry")
    time: WallClock | None = note(doc="Entry.time")
    seconds: float | None = note(doc="Entry.seconds")


@record
class Denial(kernel_events.Denial):
    """A decision of SELinux that was noted: an access that was denied, or granted and audited."""

    entry: str = note(doc="locator of the entry")
    time: WallClock | None = note(doc="Entry.time")
    seconds: float | None = note(doc="Entry.seconds")


@record
class Failure(kernel_events.Failure):
    """A panic, an oops or another failure of the kernel."""

    entry: str = note(doc="locator of the entry")
    time: WallClock | None = note(doc="Entry.time")
    seconds: float | None = note(doc="Entry.seconds")


@artifact(
    "/**/sections/KERNEL LOG/*.txt",
    "/**/sections/LAST KMSG/*.txt",
    "/**/sections/LAST PANIC CONSOLE/*.txt",
    "/**/last_kmsg",
    "/**/proc/kmsg",
    "/sys/fs/pstore/*",
    "/androidqf/logs/**/pstore/*",
    companions=("/**/sections/HEADER/1.txt",),
)
def kernel_log(file: SourceFile) -> Iterator[Block[Entry] | UsbDevice | Denial | Failure | Gap]:
    booted, found, last = _booted(file), RowBlocks(Entry), ""
    with file.open() as stored:
        for number, line in lines(stored):
            at = f"line {number}"
            if line is None:
                yield too_long(number)
                continue
            if not line.strip() or line.startswith("*** "):
                continue
            row = _row(line, booted)
            if row is None and number == 1 and _is_logcat(line):
                return
            if row is None:
                if last != f"line {number - 1}":
                    yield Gap(locator=at, reason=f"expected a line as <6>[  1.234567] text, got {line!a:.60}")
                last = at
                continue
            yield from found.add((at, *row))
            yield from _events(at, row[1], row[2], row[3] or "")
    yield from found.end()


def _row(line: str, booted: datetime | None) -> tuple[int | None, float | None, WallClock | None, str | None] | None:
    if told := dmesg.LINE.fullmatch(line):
        seconds = float(told[2])
        time = None if booted is None else WallClock(booted + timedelta(seconds=seconds))
        return int(told[1]) if told[1] else None, seconds, time, told[3].rstrip() or None
    if told := dmesg.PRIORITY_ONLY.fullmatch(line):
        return int(told[1]), None, None, told[2].rstrip() or None
    return None


def _is_logcat(line: str) -> bool:
    """Whether the log is in the form that `logcat` reads."""
    return line.startswith(_LOGCAT) or (line[2:3] == "-" and line[5:6] == " " and line[8:9] == ":")


def _events(
    at: str, seconds: float | None, time: WallClock | None, message: str
) -> Iterator[UsbDevice | Denial | Failure]:
    told: dict[str, Any] = {"entry": at, "seconds": seconds, "time": time}
    if (usb := kernel_events.usb(message)) is not None:
        yield UsbDevice(locator=f"{at}:UsbDevice", **told, **usb)
    if "avc:" in message and (denied := kernel_events.denial(message)) is not None:
        yield Denial(locator=f"{at}:Denial", **told, **denied)
    if (failed := kernel_events.failure(message)) is not None:
        yield Failure(locator=f"{at}:Failure", **told, **failed)


def _booted(file: SourceFile) -> datetime | None:
    parents = file.path.parents
    if file.path.parent.name not in _SECTIONS or len(parents) < 3:
        return None
    header = file.companions().get(parents[2] / "sections/HEADER/1.txt")
    if header is None:
        return None
    with header.open() as stored:
        return dmesg.booted(stored.read(64 << 10))

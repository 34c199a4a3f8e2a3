"""sysdiagnose.log: how a sysdiagnose was collected: when, in what zone, into which file, and what was run for it.

Lines of text. Where one begins with a time, a process and its number, they are told apart; the rest is the message. The
name of the archive holds the time of the collection with its zone, the device and the build:

    sysdiagnose_2023.05.24_13-29-15-0700_iPhone-OS_iPhone_19H349.tar.gz

Known limits: the form of the lines is not published and differs by release; one that has none of it is all message.

Sources: sysdiagnose(1); https://github.com/mvt-project/mvt (sysdiagnose_info: the name of the archive); names of
archives of iOS 15 to 26.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from bridle.core import FileName, Gap, Record, SourceFile, Text, Utc, WallClock, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.values import wall_clock
from bridle.formats.written import zoned

_ARCHIVE = re.compile(
    r"(?:IN_PROGRESS_)?sysdiagnose_(\d{4}\.\d\d\.\d\d_\d\d-\d\d-\d\d[+-]\d{4})_([^_/\s]{1,60})_([^_/\s]{1,60})"
    r"_([0-9A-Za-z]{1,20})(?:\.tar\.gz)?"
)
_LINE = re.compile(
    r"(?:\[?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)([.,]\d{1,9})?( ?(?:Z|[+-]\d\d:?\d\d))?\]?(?:[ :,]{1,3}|\Z))?"
    r"(?:([A-Za-z_][\w.-]{0,60})\[(\d{1,10})(?::[0-9a-fA-F]{1,16})?\](?: <\w{1,20}>)?:? ?)?(.*)",
    re.DOTALL,
)


@record
class Archive(Record):
    """The name of the archive, wherever a line has it for the first time."""

    name: FileName = note(doc="name of the file or folder")
    time: Utc | None = note(doc="when the collection began")
    utc_offset: str = note(doc="the zone of the phone then, as the offset from UTC")
    system: str = note(doc="family of the system, such as `iPhone-OS`")
    device: str = note(doc="family of the device, such as `iPhone`")
    build: str = note(doc="build of the system")


@record
class Line(Record):
    """One line."""

    time: Utc | None = note(doc="when it was written, where it has a zone")
    local_time: WallClock | None = note(doc="when it was written, where it has none")
    process: str | None = note(doc="process that wrote it; part of the collection itself")
    pid: int | None = note(doc="its process identifier")
    message: Text | None = note(doc="what it says")


@artifact("/sysdiagnose/sysdiagnose.log", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/sysdiagnose.log")
def sysdiagnose_log(file: SourceFile) -> Iterator[Archive | Line | Gap]:
    seen: set[str] = set()
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
                continue
            if line.strip():
                yield _line(f"line {number}", line.strip())
            for found in _ARCHIVE.finditer(line):
                if found[0] not in seen and len(seen) < 100:
                    seen.add(found[0])
                    yield _archive(f"line {number}: name {len(seen)}", found)


def _archive(at: str, found: re.Match[str]) -> Archive:
    time = None
    with suppress(ValueError):
        time = zoned(found[1])
    return Archive(
        locator=at, name=found[0], time=time, utc_offset=found[1][-5:], system=found[2], device=found[3], build=found[4]
    )


def _line(at: str, line: str) -> Line:
    found = _LINE.fullmatch(line)
    if found is None:
        return Line(locator=at, time=None, local_time=None, process=None, pid=None, message=line)
    time = local = None
    with suppress(ValueError):
        if found[3]:
            time = zoned(f"{found[1]}{found[2] or ''}{found[3]}")
        elif found[1]:
            layout = "%Y-%m-%d %H:%M:%S.%f" if found[2] else "%Y-%m-%d %H:%M:%S"
            local = wall_clock(f"{found[1].replace('T', ' ')}{(found[2] or '').replace(',', '.')[:7]}", layout)
    dated = found[1] is None or time is not None or local is not None
    return Line(
        locator=at, time=time, local_time=local, process=found[4], pid=int(found[5]) if found[5] else None,
        message=(found[6] if dated else line) or None,
    )  # fmt: skip

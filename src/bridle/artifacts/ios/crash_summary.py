"""summaries/*.log of a sysdiagnose: for each kind of log, which files its collector found.

`crashes_and_spins.log` lists the crash reports on the phone by path, with what was found of each behind a comma. A
report that is listed and not in the sysdiagnose was left out or is gone; one that is in it and not listed is odd. Most
reports bear their process and the local time in their names: `Name-2023-05-24-132915.ips`.

Known limits: the text behind the path is not published and kept as stored; so are lines that are no path.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (crashlogs: lines and names); names of the files from a list of
paths of an iOS 16.1 phone that was collecting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from bridle.core import FileName, FilePath, Gap, ProcessName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.values import wall_clock

_PATH = re.compile(r"(/[^,]*)(?:,\s*(.*))?")
_SIZE = re.compile(r"(?<![\d.:-])(\d[\d,]{0,17}) bytes")
_NAME = re.compile(r"(.+?)[-_](\d{4}-\d\d-\d\d)[-_](\d\d)-?(\d\d)-?(\d\d)(?!\d)")
_KIND = re.compile(r"(?:\.(?:cpu_resource|diskwrites_resource|wakeups_resource|hang|spin|userspace_watchdog_timeout))+")


@record(surface="crash")
class Listed(Record):
    """A file that the collector found."""

    path: FilePath = note(doc="file, as listed", surface="file-present")
    name: FileName | None = note(doc="last part of its path", surface="file-present")
    process_name: ProcessName | None = note(doc="process or kind of report, where the name has one before its time")
    time: WallClock | None = note(doc="local time in the name")
    size: int | None = note(doc="bytes, where the line tells them")
    detail: str | None = note(doc="what stands behind the path, as stored")


@record
class Line(Record):
    """A line that begins with no path."""

    text: str = note(doc="the line, as stored")


@artifact("/sysdiagnose/summaries/*.log", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/summaries/*.log")
def crash_summary(file: SourceFile) -> Iterator[Listed | Line | Gap]:
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
            elif found := _PATH.fullmatch(line.strip(" \t")):
                yield _listed(f"line {number}", found[1], found[2])
            elif line.strip():
                yield Line(locator=f"line {number}", text=line.strip())


def _listed(at: str, path: str, detail: str | None) -> Listed:
    name = path.rpartition("/")[2]
    process, time = _process_and_time(name)
    size = _SIZE.search(detail) if detail else None
    return Listed(
        locator=at, path=path, name=name or None, process_name=process, time=time,
        size=int(size[1].replace(",", "")) if size else None, detail=detail or None,
    )  # fmt: skip


def _process_and_time(name: str) -> tuple[str | None, WallClock | None]:
    found = _NAME.match(name)
    if found is None:
        return None, None
    time = None
    with suppress(ValueError):
        time = wall_clock(f"{found[2]} {found[3]}{found[4]}{found[5]}", "%Y-%m-%d %H%M%S")
    return _KIND.sub("", found[1]), time

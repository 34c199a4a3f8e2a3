"""command.log of AndroidQF and Bugbane: what the tool did, and what failed.

    2026-01-02T03:04:05+01:00 [INFO] Collecting list of files... This might take a while...
    2026-01-02T03:05:05+01:00 [ERROR] Failed to pull log file /data/log/x: Permission denied

What could not be collected was not examined: an absent process in a list that was never made says nothing.

Known limits: the time is that of the examiner's computer (with Bugbane, the phone's), to the second. The log of an
interrupted acquisition ends where that does; an archive that was interrupted has none.

Sources: https://github.com/mvt-project/androidqf (log/logger.go) ; https://github.com/osservatorionessuno/bugbane
(AcquisitionLog.kt)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, Record, SourceFile, Text, Utc, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.written import zoned

_LINE = re.compile(r"(\S{19,35}) \[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\] ?(.*)", re.DOTALL)
_FAILED = re.compile(r"\b(?:fail(?:ed|ure)?|error|impossible|unable|couldn't|cannot|denied|timed out)\b", re.IGNORECASE)
_MOST_LINES = 200
"""Further lines of one entry that are kept together."""


@record
class Entry(Record):
    """One entry."""

    time: Utc | None = note(doc="when it was written, to the second")
    level: str = note(doc="`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`")
    message: Text = note(doc="what it says, with its further lines")
    failed: bool = note(doc="whether it is an error or says that something failed")


@dataclass
class _Begun:
    locator: str
    time: Utc | None
    level: str
    parts: list[str] = field(default_factory=list)

    def entry(self) -> Entry:
        message = "\n".join(self.parts).rstrip("\n")
        failed = self.level in ("ERROR", "CRITICAL") or _FAILED.search(message) is not None
        return Entry(locator=self.locator, time=self.time, level=self.level, message=message, failed=failed)


@artifact("/androidqf/command.log")
def androidqf_command_log(file: SourceFile) -> Iterator[Entry | Gap]:
    begun: _Begun | None = None
    with file.open() as stored:
        for number, line in lines(stored):
            locator = f"line {number}"
            if line is None:
                yield too_long(number)
            elif found := _LINE.fullmatch(line):
                if begun is not None:
                    yield begun.entry()
                begun = _Begun(locator, None, found[2], [found[3]])
                try:
                    begun.time = zoned(found[1])
                except ValueError as e:
                    yield Gap(locator=f"{locator}.time", reason=str(e))
            elif begun is not None and len(begun.parts) < _MOST_LINES:
                begun.parts.append(line)
            elif line.strip():
                yield Gap(locator=locator, reason=f"expected a time and a level, got {line!a:.60}")
    if begun is not None:
        yield begun.entry()

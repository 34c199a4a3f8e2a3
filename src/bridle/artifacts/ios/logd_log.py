"""logd.0.log: what the log daemon says of itself: starts, changes of the time zone, flushes at power-off, memory.

It dates boots (`libtrace_kic=1` is written once in each), and tells of time zones the phone was in.

Known limits: how far back it reaches depends on how much was written, not on time. Only what logd and its helper say of
themselves is in it; a boot without this line cannot be told.

Sources: logs of iOS 14 and macOS 11; https://github.com/log2timeline/plaso (ios_logd).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, ProcessName, Record, SourceFile, Text, Utc, artifact, note, record
from bridle.formats import daemon_log


@record(surface="running-process")
class Entry(Record):
    """One entry; its further lines belong to its message."""

    time: Utc | None = note(doc="when it was written; the log tells its zone")
    process_name: ProcessName | None = note(doc="process that wrote it: `logd` or `logd_helper`")
    pid: int = note(doc="its process identifier")
    message: Text = note(doc="what it wrote, cut to 65,536 characters", surface="mention")


@artifact("/private/var/db/diagnostics/logd.*.log")
def logd_log(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        for found in daemon_log.entries(stored, daemon_log.logd):
            yield found if isinstance(found, Gap) else _entry(found)


def _entry(found: daemon_log.Entry) -> Entry:
    return Entry(
        locator=f"line {found.line}", time=found.time, process_name=found.process, pid=found.pid, message=found.message
    )

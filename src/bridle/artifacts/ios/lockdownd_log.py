"""lockdownd.log: what computers asked the phone for over the cable or Wi-Fi: pairings, services, values.

Known limits: times are those of the phone's clock, in no zone; years have two digits and are read as of this century.

Sources: logs of iOS 15; https://github.com/log2timeline/plaso (ios_lockdownd_log).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, Text, WallClock, artifact, note, record
from bridle.formats import daemon_log

_CLIENT = re.compile(r"(\S{1,64}) attempting to get \[")


@record
class Entry(Record):
    """One entry; its further lines belong to its message."""

    time: WallClock | None = note(doc="what the phone's clock showed, to the microsecond")
    pid: int = note(doc="process identifier of lockdownd; a new one is a new start of the daemon")
    function: str | None = note(doc="function that wrote it")
    client: str | None = note(doc="program on the other side that asks for a value, where it is told")
    message: Text = note(doc="what it wrote, cut to 65,536 characters")


@artifact(
    "/private/var/logs/lockdownd.log*",
    "/private/var/mobile/Library/Logs/lockdownd.log*",
    "/private/var/root/Library/Logs/lockdownd.log*",
)
def lockdownd_log(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        for found in daemon_log.entries(stored, daemon_log.lockdown):
            yield found if isinstance(found, Gap) else _entry(found)


def _entry(found: daemon_log.Entry) -> Entry:
    client = _CLIENT.match(found.message)
    return Entry(
        locator=f"line {found.line}", time=found.shown, pid=found.pid, function=found.function,
        client=client[1] if client else None, message=found.message,
    )  # fmt: skip

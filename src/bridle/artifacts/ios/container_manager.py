"""containermanagerd.log: containers made, replaced or deleted for apps and groups, and each start of the daemon.

The daemon starts once in a boot: its first lines date the boot. The log is gone from iOS 18 on.

Known limits: times are those of the phone's clock, in no zone. A path with a blank in it ends there in `paths`.

Sources: logs of iOS 14, which have the form of mobile_installation.log;
https://github.com/EC-DIGIT-CSIRC/sysdiagnose (containermanager)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import BundleId, FilePath, Gap, Record, SourceFile, Text, WallClock, artifact, note, record
from bridle.formats import daemon_log


@record(surface="installed-app")
class Entry(Record):
    """One entry; its further lines belong to its message."""

    time: WallClock | None = note(doc="what the phone's clock showed")
    pid: int = note(doc="process identifier of the daemon")
    level: str | None = note(doc="`notice`, `err` …")
    thread: str | None = note(doc="identifier of the thread")
    function: str | None = note(doc="function that wrote it")
    message: Text = note(doc="what it wrote, cut to 65,536 characters", surface="mention")
    bundle_ids: tuple[BundleId, ...] | None = note(doc="identifiers in the message: three or more words joined by dots")
    paths: tuple[FilePath, ...] | None = note(doc="paths in the message", surface="mention")


@artifact(
    "/private/var/root/Library/Logs/MobileContainerManager/containermanagerd.log*",
    "/private/var/mobile/Library/Logs/MobileContainerManager/containermanagerd.log*",
)
def container_manager(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        for found in daemon_log.entries(stored, daemon_log.installer):
            yield found if isinstance(found, Gap) else _entry(found)


def _entry(found: daemon_log.Entry) -> Entry:
    return Entry(
        locator=f"line {found.line}", time=found.shown, pid=found.pid, level=found.level, thread=found.thread,
        function=found.function, message=found.message, bundle_ids=daemon_log.identifiers(found.message),
        paths=daemon_log.paths(found.message),
    )  # fmt: skip

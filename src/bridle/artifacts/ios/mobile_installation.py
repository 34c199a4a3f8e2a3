"""mobile_installation.log: every app that was installed, updated, moved or removed, and what was refused.

Written by installd. The older files are `mobile_installation.log.1` and so on.

Known limits: times are those of the phone's clock, in no zone. A path with a blank in it ends there in `paths`.

Sources: logs of iOS 14; https://github.com/log2timeline/plaso (ios_mobile_installation_log);
https://abrignoni.blogspot.com/2019/01/ios-mobile-installation-logs-parser.html
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
    "/private/var/installd/Library/Logs/MobileInstallation/mobile_installation.log*",
    "/private/var/mobile/Library/Logs/MobileInstallation/mobile_installation.log*",
)
def mobile_installation(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        for found in daemon_log.entries(stored, daemon_log.installer):
            yield found if isinstance(found, Gap) else _entry(found)


def _entry(found: daemon_log.Entry) -> Entry:
    return Entry(
        locator=f"line {found.line}", time=found.shown, pid=found.pid, level=found.level, thread=found.thread,
        function=found.function, message=found.message, bundle_ids=daemon_log.identifiers(found.message),
        paths=daemon_log.paths(found.message),
    )  # fmt: skip

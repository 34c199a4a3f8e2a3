"""containermanagerd.log: containers made, replaced or deleted for apps and groups, and each start of the daemon.

The daemon starts once in a boot: its first lines date the boot. The log is gone from iOS 18 on.

Known limits: times are those of the phone's clock, in no zone. A path with a blank in it ends there in `paths`.

Sources: logs of iOS 14, which have the form of mobile_installation.log;
https://github.com/EC-DIGIT-CSIRC/sysdiagnose (containermanager)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, SourceFile, artifact, record
from bridle.formats import daemon_log


@record(surface="installed-app")
class Entry(daemon_log.InstallerEntry):
    """One entry; its further lines belong to its message."""


@artifact(
    "/private/var/root/Library/Logs/MobileContainerManager/containermanagerd.log*",
    "/private/var/mobile/Library/Logs/MobileContainerManager/containermanagerd.log*",
)
def container_manager(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        yield from daemon_log.installer_entries(stored, Entry)

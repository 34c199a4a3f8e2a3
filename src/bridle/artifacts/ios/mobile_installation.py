"""mobile_installation.log: every app that was installed, updated, moved or removed, and what was refused.

Written by installd. The older files are `mobile_installation.log.1` and so on.

Known limits: times are those of the phone's clock, in no zone. A path with a blank in it ends there in `paths`.

Sources: logs of iOS 14; https://github.com/log2timeline/plaso (ios_mobile_installation_log);
https://abrignoni.blogspot.com/2019/01/ios-mobile-installation-logs-parser.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, SourceFile, artifact, record
from bridle.formats import daemon_log


@record(surface="installed-app")
class Entry(daemon_log.InstallerEntry):
    """One entry; its further lines belong to its message."""


@artifact(
    "/private/var/installd/Library/Logs/MobileInstallation/mobile_installation.log*",
    "/private/var/mobile/Library/Logs/MobileInstallation/mobile_installation.log*",
)
def mobile_installation(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        yield from daemon_log.installer_entries(stored, Entry)

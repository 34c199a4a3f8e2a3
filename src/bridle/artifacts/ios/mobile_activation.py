"""mobileactivationd.log: activations of the phone, with the properties of the device they were asked with.

An entry may hold a whole property list, line by line. An activation that nobody asked for is a lead, no more.

Known limits: times are those of the phone's clock, in no zone. A path with a blank in it ends there in `paths`.

Sources: logs of iOS 14, which have the form of mobile_installation.log;
https://github.com/EC-DIGIT-CSIRC/sysdiagnose (mobileactivation)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, SourceFile, artifact, record
from bridle.formats import daemon_log


@record
class Entry(daemon_log.InstallerEntry):
    """One entry; its further lines belong to its message."""


@artifact(
    "/private/var/mobile/Library/Logs/mobileactivationd/mobileactivationd.log*",
    "/private/var/root/Library/Logs/mobileactivationd/mobileactivationd.log*",
)
def mobile_activation(file: SourceFile) -> Iterator[Entry | Gap]:
    with file.open() as stored:
        yield from daemon_log.installer_entries(stored, Entry)

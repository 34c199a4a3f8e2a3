"""dumpsys vpn_management: which app is the VPN of each user, and what became of its connections.

    VPNs:
      0: com.example.vpn
        Active vpn type: 1
        2024-03-01T10:15:02.123 - Establish by com.example.vpn

All traffic of the user can pass through that app. There is this service since Android 12; before, `connectivity` has
its networks.

Known limits: only the app that is prepared now; which were before stands in the log, as far as it reaches.

Sources: AOSP `VpnManagerService.dump`, `Vpn.dump`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/VpnManagerService.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats import service_text
from bridle.formats.service_text import event, fact, outlined

_VPN = re.compile(r"(\d{1,6}): (\[Legacy VPN\]|[A-Za-z0-9_.]{1,255})")


@record(surface="installed-app")
class Vpn(Record):
    """The app that is prepared as VPN of a user."""

    user: int = note(doc="number of the user")
    package_name: PackageName | None = note(doc="the app; none for the system's own VPN")


@record
class Event(service_text.Event):
    """A line of the log of a VPN."""


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@artifact("/**/dumpsys/vpn_management/*.txt", "/**/dumpsys/vpn/*.txt")
def vpn_management(file: SourceFile) -> Iterator[Vpn | Event | Fact | Gap]:
    with file.open() as stored:
        for item in outlined(stored):
            if isinstance(item, Gap):
                yield item
            elif (row := _row(*item)) is not None:
                yield row


def _row(number: int, above: tuple[str, ...], text: str) -> Vpn | Event | Fact | Gap | None:
    found = _VPN.fullmatch(text) if above and above[-1].startswith("VPNs") else None
    if found is not None:
        package = None if found[2].startswith("[") else found[2]
        return Vpn(locator=f"line {number}", user=int(found[1]), package_name=package)
    return event(Event, number, above, text) or fact(Fact, number, above, text)

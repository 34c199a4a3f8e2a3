"""iOS clients.plist of locationd: who asked where the phone is, and when.

Keys may carry a prefix (`i` and a colon) and a final colon since iOS 17.

Sources: stores of iOS 13 to 17; KasperskyLab/triangle_check, https://github.com/KasperskyLab/triangle_check.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import BundleId, FilePath, FormatError, Gap, ProcessName, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa


@record(surface="running-process")
class Client(Record):
    """One program that used location services, or may."""

    name: ProcessName | None = col("client", doc="key of the entry: a bundle identifier or a path", surface="mention")
    bundle_id: BundleId | None = col("BundleId", doc="bundle identifier", surface="installed-app")
    bundle_path: FilePath | None = col("BundlePath", doc="where its bundle lies", surface="mention")
    executable: FilePath | None = col("Executable", doc="the program")
    registered: FilePath | None = col("Registered", doc="the program as it registered itself")
    authorization: int | None = col("Authorization", doc="0 not asked, 1 never, 2 while used, 4 always")
    location_started: Utc | None = col("LocationTimeStarted", cocoa, doc="last started")
    location_stopped: Utc | None = col("LocationTimeStopped", cocoa, doc="last stopped")
    consumption_began: Utc | None = col("ConsumptionPeriodBegin", cocoa, doc="began to be counted")
    fence_stopped: Utc | None = col("FenceTimeStopped", cocoa, doc="last left a fence")
    significant_stopped: Utc | None = col("SignificantTimeStopped", cocoa, doc="last significant change")
    received: Utc | None = col("ReceivingLocationInformationTimeStopped", cocoa, doc="last received a location")
    signal_stopped: Utc | None = col("SignalEnvironmentTimeStopped", cocoa, doc="last used the signal environment")
    beacon_stopped: Utc | None = col("BeaconRegionTimeStopped", cocoa, doc="last left a beacon's region")
    extra: str | None = rest(doc="other stored keys, as JSON")


@artifact(
    "/private/var/root/Library/Caches/locationd/clients.plist",
    "/private/var/mobile/Library/Caches/locationd/clients.plist",
)
def locationd_clients(file: SourceFile) -> Iterator[Client | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, dict):
        raise FormatError(f"expected a dictionary of clients, got {type(stored).__name__}")
    for n, (name, found) in enumerate(stored.items(), 1):
        if isinstance(found, dict):
            yield from records([(f"clients/{n}", {**found, "client": _plain(name)})], Client)
        else:
            yield Gap(locator=f"clients/{n}", reason=f"Client: expected a dictionary, got {type(found).__name__}")


def _plain(name: object) -> object:
    """The client's name without the marks of newer releases."""
    if not isinstance(name, str):
        return name
    return (
        name.removeprefix("i").removesuffix(":").removeprefix(":") if name.startswith("i") and ":" in name[:3] else name
    )

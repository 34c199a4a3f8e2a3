"""clients.plist of locationd: the programs that asked where the phone is, and when.

A dictionary of clients. The times of `IonosphereHarvest.bundle` and `WRMLinkSelection.bundle` are a mark of Operation
Triangulation; the two stand on clean phones too, and count only together with what else happened then.

The keys are bundle identifiers, `com.apple.locationd.bundle-` and a path, or, on newer systems, the same between a
letter and a colon: `iorg.example.app:`.

Known limits: only the last begin and end of each use are stored. What the keys in `extra` mean, and when an entry is
removed, is not published.

Sources: the file of an iOS 16 phone; https://github.com/mvt-project/mvt (locationd); the search utility for Operation
Triangulation, https://github.com/KasperskyLab/triangle_check
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import BundleId, FilePath, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, text

_KEY = "(key)"
_BUNDLE_AT = "com.apple.locationd.bundle-"


def _named(key: object) -> str:
    """The key without the letter and the colon of newer systems. Raises ValueError."""
    name = text(key)
    return name[1:].rstrip(":") if name.endswith(":") and name[:1].isalpha() else name


def _path(key: object) -> str | None:
    """The path in a client's key, if it names one. Raises ValueError."""
    name = _named(key).removeprefix(_BUNDLE_AT)
    return name if name.startswith("/") else None


def _identifier(key: object) -> str | None:
    """The bundle identifier in a client's key, if it names no path. Raises ValueError."""
    return None if _path(key) is not None else _named(key)


@record(surface="running-process")
class Client(Record):
    """A program that asked for the location."""

    name: str | None = col(_KEY, doc="key of the entry, as stored")
    named_bundle_id: BundleId | None = col(_KEY, _identifier, doc="bundle identifier in it", surface="installed-app")
    named_path: FilePath | None = col(_KEY, _path, doc="path in it")
    bundle_id: BundleId | None = col("BundleId", doc="bundle identifier", surface="installed-app")
    bundle_path: FilePath | None = col("BundlePath", doc="folder of the bundle", surface="mention")
    executable: FilePath | None = col("Executable", doc="program that asked")
    registered: FilePath | None = col("Registered", doc="program as it was registered")
    authorization: int | None = col("Authorization", doc="0 not asked, 1 never, 2 while used, 4 always, 5 once")
    location_started: Utc | None = col("LocationTimeStarted", cocoa, doc="when it last began to receive the location")
    location_stopped: Utc | None = col("LocationTimeStopped", cocoa, doc="when it last stopped receiving the location")
    background_stopped: Utc | None = col(
        "BackgroundLocationTimeStopped", cocoa, doc="when it last stopped receiving the location in the background"
    )
    receiving_stopped: Utc | None = col(
        "ReceivingLocationInformationTimeStopped", cocoa, doc="when it last stopped receiving anything about places"
    )
    significant_stopped: Utc | None = col(
        "SignificantTimeStopped", cocoa, doc="when it last stopped being told of large moves"
    )
    fence_started: Utc | None = col("FenceTimeStarted", cocoa, doc="when it last began to watch an area")
    fence_stopped: Utc | None = col("FenceTimeStopped", cocoa, doc="when it last stopped watching an area")
    visit_stopped: Utc | None = col("VisitTimeStopped", cocoa, doc="when it last stopped being told of visits")
    beacon_stopped: Utc | None = col("BeaconRegionTimeStopped", cocoa, doc="when it last stopped watching beacons")
    signal_stopped: Utc | None = col("SignalEnvironmentTimeStopped", cocoa, doc="when it last stopped using signals")
    consumption_began: Utc | None = col(
        "ConsumptionPeriodBegin", cocoa, doc="begin of the period its use is counted in"
    )
    extra: str | None = rest(doc="keys that no field maps, as JSON; times in seconds since 2001")


@artifact(
    "/private/var/root/Library/Caches/locationd/clients.plist",
    "/private/var/mobile/Library/Caches/locationd/clients.plist",
)
def locationd_clients(file: SourceFile) -> Iterator[Client | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary of clients, got {type(stored).__name__}")
    yield from records(_clients(stored), Client)


def _clients(stored: Mapping[object, object]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for number, (name, entry) in enumerate(stored.items(), 1):
        place = f"clients/{number}"
        if isinstance(entry, Mapping):
            yield place, {**entry, _KEY: name}
        else:
            yield Gap(locator=place, reason=f"Client: expected a dictionary, got {entry!r:.60}")

"""consolidated.db of locationd: which apps asked to be told when the phone enters or leaves an area.

To protect the person, only who asked is read: no coordinates, no sizes of areas, and no beacons' identifiers, not even
in a column for what is left over. The file itself stays in the acquisition.

Known limits: the epoch of the times is not published; they are given as stored.

Sources: names of tables and columns seen in backups of iOS by others; no file of a real phone was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, Gap, Record, SourceFile, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col


@record(surface="installed-app")
class Fence(Record):
    """An area an app watches."""

    number: int | None = col("FenceIndex", doc="number of the area")
    bundle_id: BundleId | None = col("BundleId", doc="app that watches it")
    on_behalf_of: BundleId | None = col("OnBehalfBundleId", doc="app it is watched for")
    name: str | None = col("Name", doc="name the app gave the area")
    timestamp: float | None = col("Timestamp", doc="time of the row, as stored")


@record(surface="installed-app")
class BeaconFence(Record):
    """A beacon an app watches for."""

    bundle_id: BundleId | None = col("BundleIdentifier", doc="app that watches for it")
    on_behalf_of: BundleId | None = col("OnBehalfBundleIdentifier", doc="app it is watched for")


@artifact("/private/var/root/Library/Caches/locationd/consolidated.db")
def location_cache(file: SourceFile) -> Iterator[Block[Fence] | Block[BeaconFence] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("GeoFence", Fence)
        yield from db.table("BeaconFences", BeaconFence, optional=True)

"""DataUsage.sqlite: the processes that have used the network, and the bytes each moved.

A process that moved nothing has a row in ZPROCESS and none in ZLIVEUSAGE; the other way round, the row of the process
was deleted. A name may be `process`, `process/bundle` or `process/process` where a daemon acted for another program,
and `UUID/bundle`. Rows that were deleted or replaced are read from space that the database does not use.

Known limits: of each process only the first and the last time are stored, and one sum for each period, kind and tag.
Other tables of the file are not read. Stores after iOS 15 are unconfirmed.

Sources: tables of phones with iOS 14 and 15 (test data of MVT and plaso);
https://github.com/mac4n6/APOLLO (datausage_zliveusage, datausage_zprocess).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, Gap, ProcessName, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.sqlite_recovery import recovered
from bridle.formats.table import col, rest
from bridle.formats.values import behind_name, behind_slash, cocoa


@record(surface="network-user")
class Process(Record):
    """A process that has used the network."""

    process_id: int | None = col("Z_PK", doc="number of the row; a missing number is a deleted row or one never used")
    name: ProcessName | None = col("ZPROCNAME", doc="process; `daemon/app` where a daemon acted for an app")
    delegate: ProcessName | None = col("ZPROCNAME", behind_name, doc="whom a daemon acted for: what is behind the `/`")
    named_bundle_id: BundleId | None = col(
        "ZPROCNAME", behind_slash, doc="what is behind the `/`, read as a bundle identifier"
    )
    bundle_id: BundleId | None = col("ZBUNDLENAME", doc="app the process belongs to; none for most system processes")
    first_used: Utc | None = col("ZFIRSTTIMESTAMP", cocoa, doc="when it first used the network")
    last_used: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it last used the network")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Usage(Record):
    """Bytes moved for one process, up to one instant."""

    usage_id: int | None = col("Z_PK", doc="number of the row")
    process_id: int | None = col("ZHASPROCESS", doc="Process.process_id; no such Process: its row was deleted")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when the counters were last written")
    bill_cycle_end: Utc | None = col("ZBILLCYCLEEND", cocoa, doc="end of the billing period the bytes count for")
    kind: int | None = col("ZKIND", doc="kind of traffic as a number; its meaning is not published")
    tag: int | None = col("ZTAG", doc="tag of the traffic as a number; its meaning is not published")
    wifi_in: int | None = col("ZWIFIIN", doc="bytes received over Wi-Fi; 0 in the stores that were examined")
    wifi_out: int | None = col("ZWIFIOUT", doc="bytes sent over Wi-Fi; 0 in the stores that were examined")
    wwan_in: int | None = col("ZWWANIN", doc="bytes received over cellular")
    wwan_out: int | None = col("ZWWANOUT", doc="bytes sent over cellular")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@recovered(surface="network-user")
class RecoveredProcess(Process):
    """A process whose row was deleted or replaced."""


@recovered()
class RecoveredUsage(Usage):
    """Bytes moved, from a row that was deleted or replaced."""


@artifact("/private/var/wireless/Library/Databases/DataUsage.sqlite")
def data_usage(
    file: SourceFile,
) -> Iterator[
    Block[Process] | Block[Usage] | Block[PrimaryKey] | Block[RecoveredProcess] | Block[RecoveredUsage] | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.table("ZPROCESS", Process)
        yield from db.table("ZLIVEUSAGE", Usage)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
        yield from db.recovered("ZPROCESS", RecoveredProcess)
        yield from db.recovered("ZLIVEUSAGE", RecoveredUsage)

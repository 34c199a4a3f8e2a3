"""iOS DataUsage.sqlite: bytes each process moved over the network.

Wi-Fi columns are 0 on most releases. A process without traffic is ordinary; traffic without its process is not.

Sources: stores of iOS 13 to 16; the iOS artifact catalogue of Amnesty International's methodology report of July 2021,
https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, Gap, ProcessName, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa


@record(surface="network-user")
class Process(Record):
    """A process that has used the network."""

    process_id: int = col("Z_PK", doc="number of the row; a missing number is a deleted row or one never used")
    name: ProcessName | None = col("ZPROCNAME", doc="daemon/app where a daemon acted for an app")
    bundle_id: BundleId | None = col("ZBUNDLENAME", doc="empty for most daemons")
    first_used: Utc | None = col("ZFIRSTTIMESTAMP", cocoa, doc="first use of the network")
    last_used: Utc | None = col("ZTIMESTAMP", cocoa, doc="last use of the network")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record
class Usage(Record):
    """Traffic of one process."""

    process_id: int | None = col("ZHASPROCESS", doc="Process.process_id; no such Process: its row was deleted")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it was counted")
    kind: int | None = col("ZKIND", doc="0 or 1; meaning not published")
    wifi_in: int | None = col("ZWIFIIN", doc="bytes over Wi-Fi; 0 on most releases")
    wifi_out: int | None = col("ZWIFIOUT", doc="bytes over Wi-Fi; 0 on most releases")
    wwan_in: int | None = col("ZWWANIN", doc="bytes over cellular")
    wwan_out: int | None = col("ZWWANOUT", doc="bytes over cellular")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record
class PrimaryKey(Record):
    """The highest row number Core Data has given out for one kind of row."""

    entity: str | None = col("Z_NAME", doc="Process, LiveUsage …")
    last: int | None = col("Z_MAX", doc="above the highest Process.process_id: rows at the end are gone")
    extra: str | None = rest(doc="other stored columns, as JSON")


@artifact("/private/var/wireless/Library/Databases/DataUsage.sqlite")
def data_usage(file: SourceFile) -> Iterator[Block[Process] | Block[Usage] | Block[PrimaryKey] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("ZPROCESS", Process)
        yield from db.table("ZLIVEUSAGE", Usage)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)

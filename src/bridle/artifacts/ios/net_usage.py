"""netusage.sqlite: the processes that have used the network, what each moved over every kind of link, and the networks.

The tables are those of DataUsage.sqlite, with Wi-Fi and wired links counted as well. Up to iOS 14 the system cuts the
names of its own processes at 16 characters (`AssetCacheLocato`), so that a name of that length stands for all that
begin so; names of apps are bundle identifiers and whole. A name `daemon/process` or `daemon/bundle` is a daemon that
acted for another program. An app is a process; the tables of apps refer to its row in ZPROCESS.

Deleted and replaced rows are read from unused space of the file.

Known limits: of each process only the first and the last time are stored, and one sum for each period, kind and tag.
One store of iOS 14 was at hand; AppDomain and DiagnosticCase are known as published. What Provisioning rows hold
is not read: the journals count events by hashes, the predictions are of the quality of links by the hour, and in none
of ten did a process or a host stand. Other tables are not read.

Sources: the tables of a phone with iOS 14 (test data of plaso); https://github.com/mac4n6/APOLLO (netusage_zliveusage,
netusage_zliverouteperf); https://github.com/mvt-project/mvt (net_netusage).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, Domain, Gap, ProcessName, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.sqlite_recovery import recovered
from bridle.formats.table import col, rest
from bridle.formats.values import behind_name, behind_slash, cocoa, hexadecimal, length


@record(surface="network-user")
class Process(Record):
    """A process that has used the network."""

    process_id: int | None = col("Z_PK", doc="number of the row; a missing number is a deleted row or one never used")
    name: ProcessName | None = col("ZPROCNAME", doc="process, cut at 16 characters up to iOS 14; `daemon/process`")
    delegate: ProcessName | None = col("ZPROCNAME", behind_name, doc="whom a daemon acted for: what is behind the `/`")
    named_bundle_id: BundleId | None = col(
        "ZPROCNAME", behind_slash, doc="what is behind the `/`, read as a bundle identifier"
    )
    bundle_id: BundleId | None = col("ZBUNDLENAME", doc="app the process belongs to; cut as the name is")
    first_used: Utc | None = col("ZFIRSTTIMESTAMP", cocoa, doc="when it first used the network")
    last_used: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it last used the network")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Usage(Record):
    """Bytes moved by one process, up to one instant."""

    usage_id: int | None = col("Z_PK", doc="number of the row")
    process_id: int | None = col("ZHASPROCESS", doc="Process.process_id; no such Process: its row was deleted")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when the counters were last written")
    bill_cycle_end: Utc | None = col("ZBILLCYCLEEND", cocoa, doc="end of the billing period the bytes count for")
    kind: int | None = col("ZKIND", doc="kind of traffic as a number; its meaning is not published")
    tag: int | None = col("ZTAG", doc="tag of the traffic as a number; its meaning is not published")
    wifi_in: int | None = col("ZWIFIIN", doc="bytes received over Wi-Fi")
    wifi_out: int | None = col("ZWIFIOUT", doc="bytes sent over Wi-Fi")
    wwan_in: int | None = col("ZWWANIN", doc="bytes received over cellular")
    wwan_out: int | None = col("ZWWANOUT", doc="bytes sent over cellular")
    wired_in: int | None = col("ZWIREDIN", doc="bytes received over a cable")
    wired_out: int | None = col("ZWIREDOUT", doc="bytes sent over a cable")
    x_in: int | None = col("ZXIN", doc="bytes received of a kind called X; its meaning is not published")
    x_out: int | None = col("ZXOUT", doc="bytes sent of a kind called X; its meaning is not published")
    flows: int | None = col("ZALLFLOWS", doc="connections")
    jumbo_flows: int | None = col("ZJUMBOFLOWS", doc="connections that moved very much; the limit is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class NetworkAttachment(Record):
    """A network the phone was attached to."""

    attachment_id: int | None = col("Z_PK", doc="number of the row")
    identifier: str | None = col("ZIDENTIFIER", doc="name of the network, `-` and its access point, or `Carrier-` …")
    kind: int | None = col("ZKIND", doc="1 Wi-Fi and 2 cellular in the store that was examined")
    first_seen: Utc | None = col("ZFIRSTTIMESTAMP", cocoa, doc="when it was first used, to the hour")
    last_seen: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it was last used, to the hour")
    service: str | None = col("ZSERVICE", doc="name of the network service")
    is_hotspot: bool | None = col("ZISHOTSPOT", doc="whether it is a hotspot")
    is_known_good: bool | None = col("ZISKNOWNGOOD", doc="whether it has worked before")
    stay_mean: float | None = col("ZOVERALLSTAYMEAN", doc="seconds attached at a time, on average")
    signature: str | None = col("ZNETSIGNATURE", hexadecimal, doc="what the system knows the network by, hexadecimal")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class RoutePerformance(Record):
    """How well one attachment has worked."""

    performance_id: int | None = col("Z_PK", doc="number of the row")
    attachment_id: int | None = col("ZHASNETWORKATTACHMENT", doc="NetworkAttachment.attachment_id")
    kind: int | None = col("ZKIND", doc="as NetworkAttachment.kind")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when the counters were last written, to the hour")
    bytes_in: int | None = col("ZBYTESIN", doc="bytes received")
    bytes_out: int | None = col("ZBYTESOUT", doc="bytes sent")
    connection_attempts: int | None = col("ZCONNATTEMPTS", doc="connections tried")
    connection_successes: int | None = col("ZCONNSUCCESSES", doc="connections made")
    captivity_redirects: int | None = col("ZCAPTIVITYREDIRECTS", doc="redirections to a sign-in page")
    certificate_errors: int | None = col("ZCERTERRORS", doc="connections that failed for the certificate")
    data_stalls: int | None = col("ZDATASTALLS", doc="times no data came through")
    packets_in: int | None = col("ZPACKETSIN", doc="packets received")
    packets_out: int | None = col("ZPACKETSOUT", doc="packets sent")
    stay: float | None = col("ZOVERALLSTAY", doc="seconds attached in all")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="network-user")
class AppDomain(Record):
    """A domain an app has contacted; kept from iOS 15 for the App Privacy Report."""

    app_id: int | None = col("ZHASAPP", doc="Process.process_id of the app")
    domain: Domain | None = col("ZDOMAIN", doc="domain")
    owner: str | None = col("ZDOMAINOWNER", doc="who runs the domain, where the system knows it as a tracker")
    hits: int | None = col("ZHITS", doc="number of contacts")
    kind: int | None = col("ZKIND", doc="kind of contact as a number; its meaning is not published")
    first_used: Utc | None = col("ZFIRSTTIMESTAMP", cocoa, doc="when the app first contacted the domain")
    last_used: Utc | None = col("ZTIMESTAMP", cocoa, doc="when the app last contacted the domain")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="running-process")
class DiagnosticCase(Record):
    """Something about a process that the system took note of, such as too much traffic."""

    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when the case was opened")
    closed: Utc | None = col("ZCASECLOSEDTIME", cocoa, doc="when the case was closed")
    case_id: str | None = col("ZCASEID", doc="identifier of the case")
    domain: str | None = col("ZCASEDOMAIN", doc="area of the system the case is about")
    type: str | None = col("ZCASETYPE", doc="kind of case")
    subtype: str | None = col("ZCASESUBTYPE", doc="finer kind of case")
    context: str | None = col("ZCASESUBTYPECONTEXT", doc="what the case is about, in its own terms")
    process: ProcessName | None = col("ZCASEDETECTEDPROCESS", doc="process it was seen on")
    effective_process: ProcessName | None = col("ZCASEEFFECTIVEPROCESS", doc="process that one acted for")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Provisioning(Record):
    """Something that the daemon keeps for itself between two runs: how good links were, or counts for Apple."""

    provisioning_id: int | None = col(
        "Z_PK", doc="number of the row; a missing number is a deleted row or one never used"
    )
    identifier: str | None = col("ZIDENTIFIER", doc="what it is, such as `AnalyticsMixedJournal-` and a day in seconds")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it was last written")
    size: int | None = col("ZMAP", length, doc="bytes of what is kept, an archive that is not copied")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@recovered(surface="network-user")
class RecoveredProcess(Process):
    """A process whose row was deleted or replaced."""


@recovered()
class RecoveredUsage(Usage):
    """Bytes moved, from a row that was deleted or replaced."""


@recovered(surface="network-user")
class RecoveredAppDomain(AppDomain):
    """A domain an app has contacted, from a row that was deleted or replaced."""


@artifact("/private/var/networkd/db/netusage.sqlite", "/private/var/networkd/netusage.sqlite")
def net_usage(
    file: SourceFile,
) -> Iterator[
    Block[Process] | Block[Usage] | Block[NetworkAttachment] | Block[RoutePerformance] | Block[AppDomain]
    | Block[DiagnosticCase] | Block[Provisioning] | Block[PrimaryKey]
    | Block[RecoveredProcess] | Block[RecoveredUsage] | Block[RecoveredAppDomain] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZPROCESS", Process)
        yield from db.table("ZLIVEUSAGE", Usage)
        yield from db.table("ZNETWORKATTACHMENT", NetworkAttachment, optional=True)
        yield from db.table("ZLIVEROUTEPERF", RoutePerformance, optional=True)
        yield from db.table("ZAPPDOMAINUSAGE", AppDomain, optional=True)
        yield from db.table("ZDIAGNOSTICCASESTORAGE", DiagnosticCase, optional=True)
        yield from db.table("ZPROVISIONINGDATA", Provisioning, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
        yield from db.recovered("ZPROCESS", RecoveredProcess)
        yield from db.recovered("ZLIVEUSAGE", RecoveredUsage)
        yield from db.recovered("ZAPPDOMAINUSAGE", RecoveredAppDomain)

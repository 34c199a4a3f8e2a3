"""Who used the network in a power log, what for, and what woke the phone.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

import re

from bridle.core import BundleId, Domain, IpAddress, ProcessName, Url, Utc, record
from bridle.formats.power_log_events import Aggregate, Event, Span, bundles
from bridle.formats.table import col
from bridle.formats.values import hexadecimal, text, unix

_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")


def _seconds(value: object) -> float:
    """The number in `2.43s`. Raises ValueError."""
    if (found := _SECONDS.fullmatch(text(value))) is None:
        raise ValueError(f"expected seconds such as 2.43s, got {value!r:.60}")
    return float(found[1])


def _listed(value: object) -> tuple[str, ...] | None:
    """What commas part, each once. Raises ValueError."""
    return tuple(dict.fromkeys(p for part in text(value).split(",") if (p := part.strip()))) or None


@record(surface="network-user")
class Traffic(Span):
    """What one process sent and received in a span."""

    since: Utc | None = col("(since)", unix, doc="begin, in the older table, where `time` is the end; real time")
    process_name: ProcessName | None = col("ProcessName", doc="process, or bundle identifier of an app")
    bundle_id: BundleId | None = col("BundleName", doc="app, or the process again")
    wifi_in: int | None = col("WifiIn", doc="bytes received over Wi-Fi")
    wifi_out: int | None = col("WifiOut", doc="bytes sent over Wi-Fi")
    wwan_in: int | None = col("CellIn", doc="bytes received over cellular")
    wwan_out: int | None = col("CellOut", doc="bytes sent over cellular")


@record(surface="network-user")
class Connection(Event):
    """A connection of a process; few systems note them."""

    process_name: ProcessName | None = col("ProcessName", doc="process")
    pid: int | None = col("ProcessPID", doc="process identifier")
    remote_address: IpAddress | None = col("RemoteAddress", doc="address of the other side")
    remote_port: int | None = col("RemotePort", doc="port of the other side")
    local_address: str | None = col("LocalAddress", doc="own address")
    local_port: int | None = col("LocalPort", doc="own port")
    interface: str | None = col("InterfaceName", doc="`en0` Wi-Fi, `pdp_ip0` cellular …")
    event: int | None = col("EventType", doc="what happened, as a number; its meaning is not published")


@record(surface="network-user")
class NameService(Event):
    """A question to, or an answer from, the local network's name service."""

    process_name: ProcessName | None = col("clientName", doc="process that asked")
    pid: int | None = col("clientPID", doc="its process identifier; 0 for none")
    service: Domain | None = col("service", doc="service or name asked for, such as `_companion-link._tcp`")
    record_type: str | None = col("recordType", doc="kind of record, such as `PTR`")
    event: int | None = col("eventName", doc="what happened, as a number; its meaning is not published")


@record(surface="network-user")
class NetworkWake(Event):
    """A packet that woke the phone, and the process it was for; of tunnels too (IPSec)."""

    process_name: ProcessName | None = col("ProcessName", doc="process, cut at 16 characters")
    effective_process: ProcessName | None = col("EffectiveProcessName", doc="process that one acted for")
    pid: int | None = col("PID", doc="process identifier")
    reason: str | None = col("WakeReason", doc="kind of packet")


@record(surface="network-user")
class BackgroundTransfer(Event):
    """A step of a transfer that the system carries on for a program that need not run."""

    client: str | None = col("bundleID", doc="`service:[client:app]`, as stored")
    bundle_ids: tuple[BundleId, ...] | None = col("bundleID", bundles, doc="the identifiers in it")
    task_uuid: str | None = col("taskUUID", doc="identifier of the transfer, the same in all of its steps")
    task_kind: int | None = col("taskKind", doc="kind of transfer as a number; its meaning is not published")
    state: int | None = col("state", doc="kind of step as a number; its meaning is not published")
    bytes_in: int | None = col("bytesReceived", doc="bytes received so far")
    bytes_out: int | None = col("bytesSent", doc="bytes sent so far")
    interface: str | None = col("interfaceName", doc="`en0` Wi-Fi, `pdp_ip0` cellular …")
    error_domain: str | None = col("errorDomain", doc="area of the error it failed with")
    error_code: int | None = col("errorCode", doc="number of the error")
    failing_url: Url | None = col("errorFailingURL", doc="address that could not be reached")


@record(surface="network-user")
class Push(Event):
    """A notification from Apple's servers, or one to them; the table in the locator says which."""

    topic: BundleId | None = col("Topic", doc="app or service it was for")
    bundle_id: BundleId | None = col("BundleID", doc="the same, where a system stores both")
    connection: str | None = col("ConnectionType", str, doc="`wifi`, `wwan` … or a number")
    server: Domain | None = col("ServerHostname", doc="server")
    server_address: IpAddress | None = col("ServerIP", doc="its address")
    size: int | None = col("Size", doc="bytes of the notification")
    is_dropped: bool | None = col("IsDropped", doc="whether it was dropped")


@record(surface="network-user")
class NetworkBitmap(Event):
    """When one process used the network, as one bit for each of slices of equal length."""

    process_name: ProcessName | None = col("BundleName", doc="process, or bundle identifier of an app")
    bundle_id: BundleId | None = col("BundleName", doc="the same, read as a bundle identifier")
    wifi: str | None = col("WiFi", hexadecimal, doc="slices with traffic over Wi-Fi, hexadecimal")
    wwan: str | None = col("Cellular", hexadecimal, doc="slices with traffic over cellular, hexadecimal")
    ipsec: str | None = col("IPSec", hexadecimal, doc="slices with traffic in a tunnel, hexadecimal")
    begin_stored: int | None = col("MachAbsoluteStartTime", doc="begin of the first slice; its unit is not published")
    end_stored: int | None = col("MachAbsoluteEndTime", doc="end of the last slice; its unit is not published")


@record
class InterfaceTraffic(Event):
    """What went through one interface since the device was started, as far as is known."""

    interface: str | None = col("Interface", doc="`en0` Wi-Fi, `pdp_ip0` cellular, `awdl0` devices near by …")
    bytes_in: int | None = col("DownBytes", doc="bytes received")
    bytes_out: int | None = col("UpBytes", doc="bytes sent")


@record
class ScheduledTask(Event):
    """Work that waits for a good moment, such as a transfer or the upkeep of a store."""

    task: str | None = col("taskName", doc="what it is called")
    bundle_id: BundleId | None = col("bundleID", doc="program it is of", surface="mention")
    bundle_ids: tuple[BundleId, ...] | None = col(
        "application", _listed, doc="programs it is for, such as a shop and the app that is fetched", surface="mention"
    )
    involved: str | None = col("involvedProcesses", doc="processes that take part, as stored")
    valid_from: Utc | None = col("startTime", unix, doc="from when it may run, which is stored as real time")
    valid_until: Utc | None = col("endTime", unix, doc="until when it is to have run, which is stored as real time")
    network_size: int | None = col("networkTaskSize", doc="size of its transfer as a number; its unit is not published")


@record
class MailFetch(Event):
    """A look for new mail."""

    account: str | None = col("account", doc="kind of account, `/` and the begin of its identifier")
    cause: str | None = col("cause", doc="why, such as `poll` or `other`")
    duration: float | None = col("duration", _seconds, doc="seconds it took")
    bytes_in: int | None = col("rx", doc="bytes received")
    bytes_out: int | None = col("tx", doc="bytes sent")
    over_wifi: bool | None = col("wifi", doc="whether it went over Wi-Fi")


@record
class AccountSync(Event):
    """An account of contacts, calendars or the like that began to be synchronised."""

    account_class: str | None = col("AccountClass", doc="kind of account, such as `MobileCalDAVDaemonAccount`")
    account_id: str | None = col("AccountID", doc="identifier of the account on this device")
    account_name: str | None = col("AccountName", doc="name that was given to it")


@record(surface="network-user")
class PushCount(Aggregate):
    """Notifications to or from Apple's servers in a span; the table in the locator says which."""

    topic: BundleId | None = col("Topic", doc="app or service they were for")
    bundle_id: BundleId | None = col("BundleID", doc="app they were for, where they were not shown")
    connection: str | None = col("ConnectionType", str, doc="`wifi`, `wwan` … or a number")
    count: int | None = col("Count", doc="how many")
    size: int | None = col("Size", doc="bytes of them")


@record(surface="network-user")
class PushConnection(Event):
    """A connection to Apple's servers of notifications that was made, or that a sign of life was sent on."""

    connection: str | None = col("ConnectionType", str, doc="`wifi`, `wwan` … or a number")
    link_quality: int | None = col("LinkQuality", doc="quality of the link; 100 the best, as far as is known")
    server: Domain | None = col("ServerHostname", doc="server")
    server_address: IpAddress | None = col("ServerIP", doc="its address")


@record(surface="network-user")
class IdentityTraffic(Span):
    """What one service of iMessage's kind moved in a span; no log with rows was at hand."""

    topic: BundleId | None = col("topic", doc="service")
    bytes_in: int | None = col("IncomingBytes", doc="bytes received")
    bytes_out: int | None = col("OutgoingBytes", doc="bytes sent")
    messages_in: int | None = col("IncomingMessages", doc="messages received")
    messages_out: int | None = col("OutgoingMessages", doc="messages sent")

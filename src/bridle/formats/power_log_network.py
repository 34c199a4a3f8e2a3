"""Who used the network in a power log, what for, and what woke the phone.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

import re

from bridle.core import BundleId, Domain, IpAddress, ProcessName, Url, Utc, record
from bridle.formats.power_log_events import Event, Span
from bridle.formats.table import col
from bridle.formats.values import text, unix

_PARTS = re.compile(r"[^:\[\]]+")


def _bundles(value: object) -> tuple[str, ...] | None:
    """The identifiers in `service:[client:app]`, each once; `(null)` stands for none. Raises ValueError."""
    return tuple(dict.fromkeys(p for p in _PARTS.findall(text(value)) if p != "(null)")) or None


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
    """A packet that woke the phone, and the process it was for."""

    process_name: ProcessName | None = col("ProcessName", doc="process, cut at 16 characters")
    effective_process: ProcessName | None = col("EffectiveProcessName", doc="process that one acted for")
    pid: int | None = col("PID", doc="process identifier")
    reason: str | None = col("WakeReason", doc="kind of packet")


@record(surface="network-user")
class BackgroundTransfer(Event):
    """A step of a transfer that the system carries on for a program that need not run."""

    client: str | None = col("bundleID", doc="`service:[client:app]`, as stored")
    bundle_ids: tuple[BundleId, ...] | None = col("bundleID", _bundles, doc="the identifiers in it")
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

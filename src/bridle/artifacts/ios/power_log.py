"""PowerLog (*.PLSQL): which processes ran and used the network, camera, microphone and location, for some days back.

Each kind of event has a table: `PL`, who tells it, how (`EventPoint` an instant, `EventForward` a state from then on,
`EventBackward` one up to then, `EventInterval` a span, `EventNone` a list), and its name. Of some 370 those are read
here that name a process or say what a person or a program did; which there are depends on the system.

The log keeps a clock of its own, which setting the phone's clock does not move. A table has what is to be added from
each moment on (`system`), which may be minutes or more. `time` has it added: the offset in force at that time or, as
the system itself does it, for events before the first offset the first one. Without that table `time` is none.

Known limits: one log, of an iPad with iPadOS 15, was at hand. Energy, sensors and names of accounts are not read. What
the numbers in `state` of Camera and AppState mean is as far as is known, and not confirmed.

Sources: the log of an iPad with iPadOS 15 (test data of plaso), whose name has the wall clock of its last event; the
compiled code of Apple's powerlogd (use of `system`, clocks of the columns); https://github.com/abrignoni/iLEAPP and
https://github.com/mac4n6/APOLLO (powerlog_…).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from bridle.core import (
    BundleId,
    Domain,
    FormatError,
    Gap,
    IpAddress,
    ProcessName,
    Record,
    SourceFile,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import gzipped, offsets, sqlite
from bridle.formats.table import col, plan, records, rest
from bridle.formats.values import text, unix

_OFFSETS = "PLStorageOperator_EventForward_TimeOffset"
_PARTS = re.compile(r"[^:\[\]]+")
_REAL = {
    "(time)": "timestamp", "(end)": "timestampEnd", "(logged)": "timestampLogged", "(since)": "SinceTime",
    "(deleted)": "AppDeletedDate", "(updated)": "AppUpdatedDate", "(plugin deleted)": "PluginDeletedDate",
    "(boot)": "DeviceBootTime",
}  # fmt: skip
"""Columns in real time, and those in the log's own time that they are made of."""


def _bundles(value: object) -> tuple[str, ...] | None:
    """The identifiers in `service:[client:app]`, each once; `(null)` stands for none. Raises ValueError."""
    return tuple(dict.fromkeys(p for p in _PARTS.findall(text(value)) if p != "(null)")) or None


@record
class _Event(Record):
    """What every kind of event has."""

    number: int | None = col("ID", doc="number of the row")
    time: Utc | None = col("(time)", unix, doc="when it was, or was noted, or began; real time")
    time_stored: float | None = col("timestamp", doc="`time` as stored: seconds since 1970 by the log's own clock")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class _Span(_Event):
    """An event that may have an end."""

    end: Utc | None = col("(end)", unix, doc="until when; real time")
    logged: Utc | None = col("(logged)", unix, doc="when it was written down, where that is stored; real time")


@record
class TimeOffset(_Event):
    """What is to be added to the log's own time from then on."""

    system: float | None = col("system", doc="seconds to add for real time")
    kernel: float | None = col("kernel", doc="seconds to add for the clock of the kernel, which counts from the boot")
    baseband: float | None = col("baseband", doc="seconds to add for the clock of the modem")


@record(surface="running-process")
class ProcessStart(_Event):
    """A process that was there from then on; several share an instant when the log begins."""

    process_name: ProcessName | None = col("ProcessName", doc="process")
    bundle_id: BundleId | None = col("BundleID", doc="bundle identifier of its program", surface="installed-app")
    pid: int | None = col("PID", doc="process identifier")
    coalition_id: int | None = col("CoalitionID", doc="Coalition.coalition_id of the processes launched with it")


@record
class ProcessorSpan(_Span):
    """A span in which the processor's time was counted."""


@record(surface="running-process")
class ProcessorUse(Record):
    """A process that used the processor within a span."""

    number: int | None = col("ID", doc="number of the row")
    span_id: int | None = col("FK_ID", doc="ProcessorSpan.number of the table of the same name without `_Dynamic`")
    process_name: ProcessName | None = col("ProcessName", doc="process")
    bundle_id: BundleId | None = col("BundleID", doc="bundle identifier of its program", surface="installed-app")
    pid: int | None = col("PID", doc="process identifier")
    amount: float | None = col("value", doc="time of the processor, in `unit`")
    unit: str | None = col("unit", doc="`s` for seconds")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="running-process")
class Coalition(_Span):
    """What a group of processes launched together did in a span, or since it began."""

    coalition_id: int | None = col("LaunchdCoalitionId", doc="number of the group")
    launchd_name: ProcessName | None = col("LaunchdName", doc="name of the job that launched it")
    bundle_id: BundleId | None = col("BundleId", doc="app it belongs to, if any", surface="installed-app")
    cpu_seconds: float | None = col("cpu_time", doc="seconds of the processor")
    bytes_read: float | None = col("bytesread", doc="bytes read from storage")
    bytes_written: float | None = col("byteswritten", doc="bytes written to storage")
    tasks_started: float | None = col("tasks_started", doc="processes it started")


@record(surface="network-user")
class Traffic(_Span):
    """What one process sent and received in a span."""

    since: Utc | None = col("(since)", unix, doc="begin, in the older table, where `time` is the end; real time")
    process_name: ProcessName | None = col("ProcessName", doc="process, or bundle identifier of an app")
    bundle_id: BundleId | None = col("BundleName", doc="app, or the process again")
    wifi_in: int | None = col("WifiIn", doc="bytes received over Wi-Fi")
    wifi_out: int | None = col("WifiOut", doc="bytes sent over Wi-Fi")
    wwan_in: int | None = col("CellIn", doc="bytes received over cellular")
    wwan_out: int | None = col("CellOut", doc="bytes sent over cellular")


@record(surface="network-user")
class Connection(_Event):
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
class NameService(_Event):
    """A question to, or an answer from, the local network's name service."""

    process_name: ProcessName | None = col("clientName", doc="process that asked")
    pid: int | None = col("clientPID", doc="its process identifier; 0 for none")
    service: Domain | None = col("service", doc="service or name asked for, such as `_companion-link._tcp`")
    record_type: str | None = col("recordType", doc="kind of record, such as `PTR`")
    event: int | None = col("eventName", doc="what happened, as a number; its meaning is not published")


@record(surface="network-user")
class NetworkWake(_Event):
    """A packet that woke the phone, and the process it was for."""

    process_name: ProcessName | None = col("ProcessName", doc="process, cut at 16 characters")
    effective_process: ProcessName | None = col("EffectiveProcessName", doc="process that one acted for")
    pid: int | None = col("PID", doc="process identifier")
    reason: str | None = col("WakeReason", doc="kind of packet")


@record(surface="network-user")
class BackgroundTransfer(_Event):
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
class Push(_Event):
    """A notification from Apple's servers, or one to them; the table in the locator says which."""

    topic: BundleId | None = col("Topic", doc="app or service it was for")
    bundle_id: BundleId | None = col("BundleID", doc="the same, where a system stores both")
    connection: str | None = col("ConnectionType", str, doc="`wifi`, `wwan` … or a number")
    server: Domain | None = col("ServerHostname", doc="server")
    server_address: IpAddress | None = col("ServerIP", doc="its address")
    size: int | None = col("Size", doc="bytes of the notification")
    is_dropped: bool | None = col("IsDropped", doc="whether it was dropped")


@record(surface="running-process")
class Camera(_Event):
    """A camera that was switched on or off."""

    bundle_id: BundleId | None = col("BundleId", doc="app that did it; older systems store none")
    camera: int | None = col("CameraType", doc="which camera, as a number; its meaning is not published")
    state: int | None = col("State", doc="0 off, 1 on, as far as is known")


@record(surface="running-process")
class Audio(_Span):
    """An assertion of an app that plays or records, or its state as what is playing now, or a recording by Shazam."""

    bundle_id: BundleId | None = col("BundleID", doc="bundle identifier of the app")
    application: ProcessName | None = col("ApplicationName", doc="name or bundle identifier of the app")
    assertion: str | None = col("AssertionName", doc="what it is active for")
    operation: str | None = col("Operation", doc="whether the assertion begins or ends")
    route: str | None = col("AudioRoute", doc="where the sound goes or comes from")
    pid: int | None = col("PID", doc="process identifier")
    state: int | None = col("State", doc="1 playing in the log that was examined")


@record
class AudioRouting(_Event):
    """Where the phone's sound goes from then on, and the process that has it."""

    active: bool | None = col("Active", doc="whether sound is in use")
    pid: int | None = col("ActivePID", doc="process identifier of who uses it; 0 for none")
    route: str | None = col("ActiveRoute", doc="such as `Speaker`")
    category: str | None = col("OutputCategory", doc="kind of use, such as `Audio/Video` or `PlayAndRecord`")
    headset_has_input: bool | None = col("HeadsetHasInput", doc="whether the headset has a microphone")


@record(surface="running-process")
class LocationClient(_Span):
    """A program that asks where the phone is."""

    client: BundleId | None = col("Client", doc="app, or name of a system bundle", surface="installed-app")
    bundle_id: BundleId | None = col("BundleId", doc="bundle identifier", surface="installed-app")
    executable: ProcessName | None = col("Executable", doc="program, or its path; often empty")
    type: str | None = col("Type", doc="`Location`, `Visit`, `Significant`, `Fence` …")
    accuracy: float | None = col("LocationDesiredAccuracy", doc="metres it asks for; negative are Apple's constants")
    in_use: int | None = col("InUseLevel", doc="how much the app is in use, as a number")
    authorized: bool | None = col("Authorized", doc="whether it may")


@record
class AirDrop(_Event):
    """A step of AirDrop, such as looking for others near by."""

    state: str | None = col("State", doc="`Start` or `Stop`")
    step: str | None = col("Subevent", doc="such as `BluetoothScanning` or `Transfer`")
    bundle_id: BundleId | None = col("bundleId", doc="app it was for")
    pid: int | None = col("pid", doc="process identifier")


@record
class Lock(_Event):
    """The phone was locked or unlocked."""

    locked: bool | None = col("Locked", doc="whether it is locked from then on")


@record(surface="running-process")
class ScreenApp(_Event):
    """What is on the screen from then on."""

    bundle_id: BundleId | None = col("bundleID", doc="app, or a part of the system such as `com.apple.lock-screen`")
    role: int | None = col("AppRole", doc="how it is shown, as a number; its meaning is not published")


@record(surface="running-process")
class AppState(_Event):
    """An app or extension that came to another state, was started ahead of its use, or ended."""

    bundle_id: BundleId | None = col("Identifier", doc="app or extension")
    prewarmed_bundle_id: BundleId | None = col("BundleID", doc="app that was started ahead of its use")
    pid: int | None = col("pid", doc="process identifier")
    state: int | None = col("State", doc="1 ended, 2 suspended, 4 in the background, 8 in front, as far as is known")
    reason: int | None = col("Reason", doc="reason as a number; its meaning is not published")


@record(surface="installed-app")
class App(_Event):
    """An app that is or was installed, or a version of one; times of installation are rounded to the half hour."""

    bundle_id: BundleId | None = col("AppBundleId", doc="bundle identifier")
    name: str | None = col("AppName", doc="name under its icon")
    executable: ProcessName | None = col("AppExecutable", doc="name of its program", surface="mention")
    version: str | None = col("AppBundleVersion", doc="version a person sees")
    build: str | None = col("AppBuildVersion", doc="version the system sees")
    deleted: Utc | None = col("(deleted)", unix, doc="when it was deleted, real time; none while it is installed")
    deleted_stored: float | None = col("AppDeletedDate", doc="`deleted` as stored, by the log's own clock; 0 for none")
    updated: Utc | None = col("(updated)", unix, doc="when it was updated, real time, to the half hour")
    updated_stored: float | None = col("AppUpdatedDate", doc="`updated` as stored, by the log's own clock; 0 for none")
    type: int | None = col("AppType", doc="kind of app as a number; 3 those of the system in the log examined")
    is_third_party: bool | None = col("AppIs3rdParty", doc="whether it is not Apple's")


@record(surface="installed-app")
class Plugin(_Event):
    """An extension that is or was installed."""

    bundle_id: BundleId | None = col("PluginId", doc="bundle identifier of the extension")
    parent: BundleId | None = col("PluginParentApp", doc="app it is part of")
    executable: ProcessName | None = col("PluginExecutableName", doc="name of its program", surface="mention")
    type: str | None = col("PluginType", doc="what it extends")
    deleted: Utc | None = col("(plugin deleted)", unix, doc="when it was deleted, as App.deleted")
    deleted_stored: float | None = col("PluginDeletedDate", doc="`deleted` as stored, as App.deleted_stored")


@record
class System(_Event):
    """The system and the device, at each start of the log."""

    build: str | None = col("Build", doc="build of the system")
    last_build: str | None = col("LastBuild", doc="build before the last update")
    boot: Utc | None = col("(boot)", unix, doc="last start of the device, real time")
    boot_stored: float | None = col("DeviceBootTime", doc="`boot` as stored: seconds since 1970 by the log's own clock")
    upgrade_stored: float | None = col(
        "LastUpgradeTimestamp", doc="last update, in seconds since 1970; which clock is not known"
    )
    backup_stored: float | None = col("LastBackupTimestamp", doc="last backup, likewise")


_Found = (
    TimeOffset | System | ProcessStart | ProcessorSpan | ProcessorUse | Coalition | Traffic | Connection | NameService
    | NetworkWake | BackgroundTransfer | Push | Camera | Audio | AudioRouting | LocationClient | AirDrop | Lock
    | ScreenApp | AppState | App | Plugin | Gap
)  # fmt: skip
_TABLES: tuple[tuple[str, type[Record]], ...] = (
    (_OFFSETS, TimeOffset),
    ("PLConfigAgent_EventNone_Config", System),
    ("PLProcessMonitorAgent_EventForward_ProcessID", ProcessStart),
    ("PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval", ProcessorSpan),
    ("PLProcessMonitorAgent_EventInterval_ProcessMonitorInterval_Dynamic", ProcessorUse),
    ("PLProcessMonitorAgent_EventBackward_ProcessMonitor", ProcessorSpan),
    ("PLProcessMonitorAgent_EventBackward_ProcessMonitor_Dynamic", ProcessorUse),
    ("PLCoalitionAgent_EventInterval_CoalitionInterval", Coalition),
    ("PLCoalitionAgent_EventPoint_CoalitionSnapshot", Coalition),
    ("PLCoalitionAgent_EventPoint_CoalitionMemory", Coalition),
    ("PLProcessNetworkAgent_EventInterval_UsageDiff", Traffic),
    ("PLProcessNetworkAgent_EventBackward_Usage", Traffic),
    ("PLProcessNetworkAgent_EventPoint_Connection", Connection),
    ("PLMDNSAgent_EventPoint_MDNSEvent", NameService),
    ("PLWifiAgent_EventPoint_Wake", NetworkWake),
    ("PLNetworkAgent_EventPoint_Wake", NetworkWake),
    ("PLXPCAgent_EventPoint_BackgroundTransfer", BackgroundTransfer),
    ("PLPushAgent_EventPoint_ReceivedPush", Push),
    ("PLPushAgent_EventPoint_SentPush", Push),
    ("PLCameraAgent_EventForward_Camera", Camera),
    ("PLAudioAgent_EventPoint_AudioApp", Audio),
    ("PLAudioAgent_EventForward_NowPlaying", Audio),
    ("PLAudioAgent_EventInterval_ShazamRecording", Audio),
    ("PLAudioAgent_EventForward_Routing", AudioRouting),
    ("PLLocationAgent_EventForward_ClientStatus", LocationClient),
    ("PLLocationAgent_EventPoint_ClientStatus", LocationClient),
    ("PLXPCAgent_EventForward_AirDrop", AirDrop),
    ("PLSpringBoardAgent_EventForward_SBLock", Lock),
    ("PLScreenStateAgent_EventForward_ScreenState", ScreenApp),
    ("PLApplicationAgent_EventForward_Application", AppState),
    ("PLApplicationAgent_EventPoint_AppPrewarm", AppState),
    ("PLApplicationAgent_EventPoint_ApplicationExitReason", AppState),
    ("PLApplicationAgent_EventNone_AllApps", App),
    ("PLApplicationAgent_EventNone_AppVersions", App),
    ("PLApplicationAgent_EventForward_ApplicationDidUninstall", App),
    ("PLApplicationAgent_EventNone_AllPlugins", Plugin),
)


@artifact(
    "/private/var/containers/Shared/SystemGroup/*/Library/BatteryLife/**/*.PLSQL",
    "/private/var/containers/Shared/SystemGroup/*/Library/BatteryLife/**/*.PLSQL.gz",
    "/private/var/mobile/Library/BatteryLife/**/*.PLSQL",
)
def power_log(file: SourceFile) -> Iterator[_Found]:
    content, problem = gzipped.plain(file)
    if problem is not None:
        yield Gap(locator="gzip", reason=f"{problem}; what stands before is read")
    with sqlite.connect(content) as db:
        yield from _events(db)


def _events(db: sqlite.Database) -> Iterator[_Found]:
    there = {name.lower() for name in db.tables()}
    if not any(name.lower() in there for name, _ in _TABLES):
        raise FormatError("expected tables of a power log, got none of them")
    yield from db.problems()
    if (clock := offsets.known(db, _OFFSETS, "timestamp", "system")).at(0.0) is None:
        yield Gap(locator="(times)", reason=f"{_OFFSETS}: expected an offset, got none: no time can be told")
    elif clock.full:
        yield Gap(locator="(times)", reason=f"{_OFFSETS}: expected fewer than {offsets.MOST} offsets, got more")
    for name, cls in _TABLES:
        if name.lower() in there:
            timed = offsets.corrected(db.rows(name), clock, _REAL, plan(cls).mapped)
            yield from cast("Iterator[_Found]", records(timed, cls))

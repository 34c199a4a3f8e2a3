"""PowerLog (*.PLSQL): which processes ran and used the network, camera, microphone and location, for some days back.

Each kind of event has a table: `PL`, who tells it, how (`EventPoint` an instant, `EventForward` a state from then on,
`EventBackward` one up to then, `EventInterval` a span, `EventNone` a list), and its name. Of some 370 those are read
here that name a process or say what a person or a program did; which there are depends on the system.

The log keeps a clock of its own, which setting the phone's clock does not move. A table has what is to be added from
each moment on (`system`), which may be minutes or more. `time` has it added: the offset in force at that time or, as
the system itself does it, for events before the first offset the first one. Without that table `time` is none.

Known limits: one log, of an iPad with iPadOS 15, was at hand; of tables that were empty in it, only the columns are
known. What the numbers in `state` of Camera and AppState mean is as far as is known, and not confirmed. Not read are
tables that name no program: battery, display, sensors and counters of chips; Bluetooth and Wi-Fi as a whole; how energy
was shared (`DistributionEvents`, `QualificationEvents`: numbers alone); threads of the kernel; and further numbers
(`_Array_`) of states. Tables `…Obfuscated` have digests for names; each of their processes stands in the plain table.

Sources: the log of an iPad with iPadOS 15 (test data of plaso), whose name has the wall clock of its last event; the
compiled code of Apple's powerlogd (use of `system`, clocks of the columns); https://github.com/abrignoni/iLEAPP and
https://github.com/mac4n6/APOLLO (powerlog_…).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from bridle.core import FormatError, Gap, Record, SourceFile, artifact
from bridle.formats import gzipped, offsets, sqlite
from bridle.formats.power_log_apps import (
    App,
    AppNote,
    AppPrediction,
    AppRunTime,
    AppState,
    Call,
    CloudScan,
    NotificationCount,
    Plugin,
    ScreenApp,
    WebApp,
)
from bridle.formats.power_log_events import Archive, System, TimeOffset, TimeZone
from bridle.formats.power_log_network import (
    AccountSync,
    BackgroundTransfer,
    Connection,
    IdentityTraffic,
    InterfaceTraffic,
    MailFetch,
    NameService,
    NetworkBitmap,
    NetworkWake,
    Push,
    PushConnection,
    PushCount,
    ScheduledTask,
    Traffic,
)
from bridle.formats.power_log_processes import (
    Assertion,
    Coalition,
    Energy,
    EnergyEstimate,
    EnergyNode,
    EnergyTotal,
    ProcessNote,
    ProcessorSpan,
    ProcessorUse,
    ProcessStart,
    ScheduledWake,
    StorageUse,
)
from bridle.formats.power_log_sensors import AirDrop, Audio, AudioRouting, Camera, LocationClient, Lock
from bridle.formats.table import Row, extended, plan, records, renamed

_OFFSETS = "PLStorageOperator_EventForward_TimeOffset"
_REAL = {
    "(time)": "timestamp", "(end)": "timestampEnd", "(logged)": "timestampLogged", "(since)": "SinceTime",
    "(deleted)": "AppDeletedDate", "(updated)": "AppUpdatedDate", "(plugin deleted)": "PluginDeletedDate",
    "(boot)": "DeviceBootTime",
}  # fmt: skip
"""Columns in real time, and those in the log's own time that they are made of."""

_Found = (
    TimeOffset | System | ProcessStart | ProcessorSpan | ProcessorUse | Coalition | Traffic | Connection | NameService
    | NetworkWake | BackgroundTransfer | Push | Camera | Audio | AudioRouting | LocationClient | AirDrop | Lock
    | ScreenApp | AppState | App | Plugin | TimeZone | Archive | ProcessNote | ScheduledWake | Assertion | StorageUse
    | EnergyNode | Energy | EnergyTotal | EnergyEstimate | NetworkBitmap | InterfaceTraffic | ScheduledTask | MailFetch
    | AccountSync | PushCount | PushConnection | IdentityTraffic | AppRunTime | AppNote | NotificationCount
    | AppPrediction | CloudScan | WebApp | Call | Gap
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
    ("PLIPSecAgent_EventPoint_IPSecWake", NetworkWake),
    ("PLLocaleAgent_EventForward_TimeZone", TimeZone),
    ("PLStorageOperator_EventPoint_Archive", Archive),
    ("PLProcessMonitorAgent_EventPoint_FreezerStats", ProcessNote),
    ("PLProcessMonitorAgent_EventPoint_FreezerDemotion", ProcessNote),
    ("PLProcessMonitorAgent_EventPoint_SharedCacheReslid", ProcessNote),
    ("PLPerformanceAgent_EventPoint_JetsamPriority", ProcessNote),
    ("PLPowerAssertionAgent_EventPoint_TimedOutProcesses", ProcessNote),
    ("PLSleepWakeAgent_EventForward_PowerState_Dynamic", ProcessNote),
    ("PLXPCAgent_EventPoint_AppActivationPerformanceProcessData", ProcessNote),
    ("PLXPCAgent_EventPoint_MachineTranslation", ProcessNote),
    ("PLXPCAgent_EventForward_SpatialAudio", ProcessNote),
    ("PLXPCService_EventPoint_ClientLogging", ProcessNote),
    ("PLStorageOperator_EventForward_Configuration", ProcessNote),
    ("PLSleepWakeAgent_EventPoint_ScheduledWake", ScheduledWake),
    ("PLPowerAssertionAgent_EventForward_Assertion", Assertion),
    ("PLAppTimeService_Aggregate_Metrics", StorageUse),
    ("PLCoalitionAgent_Aggregate_NANDStats", StorageUse),
    ("PLAccountingOperator_EventNone_Nodes", EnergyNode),
    ("PLAccountingOperator_Aggregate_RootNodeEnergy", Energy),
    ("PLAccountingOperator_Aggregate_QualificationEnergy", Energy),
    ("PLDuetService_Aggregate_DuetEnergyAccumulator", EnergyTotal),
    ("PLAccountingOperator_EventInterval_EnergyEstimateEvents", EnergyEstimate),
    ("PLProcessNetworkAgent_EventBackward_NetworkBitmap", NetworkBitmap),
    ("PLNetworkAgent_EventBackward_CumulativeNetworkUsage", InterfaceTraffic),
    ("PLDuetService_EventNone_DASActivity", ScheduledTask),
    ("PLXPCAgent_EventPoint_MailFetch", MailFetch),
    ("PLXPCAgent_EventPoint_DASyncStart", AccountSync),
    ("PLPushAgent_Aggregate_SentPushes", PushCount),
    ("PLPushAgent_Aggregate_SuppressedPushes", PushCount),
    ("PLPushAgent_EventPoint_APSDConnectedEvent", PushConnection),
    ("PLPushAgent_EventPoint_SentKeepAlive", PushConnection),
    ("PLIdentityServicesAgent_EventInterval_IDSMessagePeriodic", IdentityTraffic),
    ("PLIdentityServicesAgent_EventInterval_IDSSocketPeriodic", IdentityTraffic),
    ("PLAppTimeService_Aggregate_AppRunTime", AppRunTime),
    ("PLApplicationAgent_EventBackward_ApplicationMemory", AppNote),
    ("PLApplicationAgent_EventBackward_WidgetStats", AppNote),
    ("PLApplicationAgent_EventPoint_WidgetUpdates", AppNote),
    ("PLApplicationAgent_EventPoint_SuggestedWidgetReload", AppNote),
    ("PLApplicationAgent_EventPoint_AppDocking", AppNote),
    ("PLAppTimeService_Aggregate_CellularCondition", AppNote),
    ("PLCameraAgent_EventForward_Torch", AppNote),
    ("PLHealthKitAgent_EventPoint_HealthKitQuery", AppNote),
    ("PLLocationAgent_EventForward_StatusBar", AppNote),
    ("PLProcessMonitorAgent_EventBackward_AppLaunchTimeSeries", AppNote),
    ("PLProcessMonitorAgent_EventBackward_AppResumeTimeSeries", AppNote),
    ("PLProcessMonitorAgent_EventPoint_AppNotFrozen", AppNote),
    ("PLSpringBoardAgent_EventPoint_SBBulletins", AppNote),
    ("PLSpringBoardAgent_EventPoint_SBNotifications", AppNote),
    ("PLVideoAgent_EventForward_Video", AppNote),
    ("PLVideoAgent_EventInterval_GroupSession", AppNote),
    ("PLWatchKitAgent_EventPoint_WatchKitTransport", AppNote),
    ("PLXPCAgent_EventForward_AppAccessory", AppNote),
    ("PLXPCAgent_EventInterval_SpotlightIndexes", AppNote),
    ("PLXPCAgent_EventInterval_SpotlightQueries", AppNote),
    ("PLXPCAgent_EventPoint_AppActivationPerformanceActivationData", AppNote),
    ("PLXPCAgent_EventPoint_ShortcutsTriggerFired", AppNote),
    ("PLSpringBoardAgent_Aggregate_SBBulletins_Aggregate", NotificationCount),
    ("PLSpringBoardAgent_Aggregate_SBNotifications_Aggregate", NotificationCount),
    ("PLDuetService_EventForward_DASApplicationUsagePrediction", AppPrediction),
    ("PLProcessMonitorAgent_EventPoint_AppResumePredictions", AppPrediction),
    ("PLXPCAgent_EventPoint_DeepScanReasons", CloudScan),
    ("PLXPCAgent_EventForward_WebApp", WebApp),
    ("PLXPCAgent_EventForward_InCallService", Call),
)
_CALLED: dict[str, dict[str, str]] = {
    "PLApplicationAgent_EventBackward_ApplicationMemory": {"AppBundleId": "BundleID"},
    "PLDuetService_EventForward_DASApplicationUsagePrediction": {"applicationBundleID": "BundleID"},
    "PLPerformanceAgent_EventPoint_JetsamPriority": {"name": "ProcessName"},
    "PLSleepWakeAgent_EventForward_PowerState_Dynamic": {"AppName": "ProcessName"},
    "PLSpringBoardAgent_Aggregate_SBBulletins_Aggregate": {"BulletinBundleID": "BundleID"},
    "PLSpringBoardAgent_Aggregate_SBNotifications_Aggregate": {"NotificationBundleID": "BundleID"},
    "PLSpringBoardAgent_EventPoint_SBBulletins": {"BulletinBundleID": "BundleID"},
    "PLSpringBoardAgent_EventPoint_SBNotifications": {"NotificationBundleID": "BundleID"},
    "PLVideoAgent_EventForward_Video": {"clientDisplayID": "BundleID", "clientPID": "PID"},
    "PLXPCAgent_EventForward_AppAccessory": {"SessionAppBundleID": "BundleID"},
    "PLXPCAgent_EventPoint_ShortcutsTriggerFired": {"WFAssociatedAppBundleID": "BundleID"},
    "PLXPCService_EventPoint_ClientLogging": {"process-name": "ProcessName"},
}
"""Columns that tables call otherwise than others call the same."""


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
            timed = offsets.corrected(_rows(db, name), clock, _REAL, plan(cls).mapped)
            yield from cast("Iterator[_Found]", records(timed, cls))


def _rows(db: sqlite.Database, name: str) -> Iterator[Row | Gap]:
    """The rows of a table, its columns called as in others, with what some are made of."""
    called, made = _CALLED.get(name, {}), _MADE.get(name)
    for row in db.rows(name):
        if isinstance(row, Gap):
            yield row
        else:
            known = renamed(row, called) if called else row
            yield extended(known, made(known)) if made is not None else known


def _acted(row: Row) -> dict[str, object]:
    """The real time of an assertion: the milliseconds that are stored have what is to be added to the clock in them."""
    noted, more = row["timestamp"], row["timestampActionOffset"]
    both = isinstance(noted, int | float) and isinstance(more, int | float)
    return {"(acted)": noted + more / 1000 if both else None}


def _used(row: Row) -> dict[str, object]:
    """The name of what energy is accounted to, unless every log has it."""
    return {"(used)": None if row["IsPermanent"] else row["Name"]}


_MADE: dict[str, Callable[[Row], dict[str, object]]] = {
    "PLPowerAssertionAgent_EventForward_Assertion": _acted,
    "PLAccountingOperator_EventNone_Nodes": _used,
}

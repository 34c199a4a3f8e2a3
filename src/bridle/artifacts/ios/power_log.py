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

from collections.abc import Iterator
from typing import cast

from bridle.core import FormatError, Gap, Record, SourceFile, artifact
from bridle.formats import gzipped, offsets, sqlite
from bridle.formats.power_log_apps import App, AppState, Plugin, ScreenApp
from bridle.formats.power_log_events import System, TimeOffset
from bridle.formats.power_log_network import BackgroundTransfer, Connection, NameService, NetworkWake, Push, Traffic
from bridle.formats.power_log_processes import Coalition, ProcessorSpan, ProcessorUse, ProcessStart
from bridle.formats.power_log_sensors import AirDrop, Audio, AudioRouting, Camera, LocationClient, Lock
from bridle.formats.table import plan, records

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

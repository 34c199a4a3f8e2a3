"""Processes in a power log: that they were there, and what they used of the processor and of storage.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

import re

from bridle.core import BundleId, ProcessName, Record, Utc, record
from bridle.formats.power_log_events import Aggregate, Event, Span
from bridle.formats.table import col, rest
from bridle.formats.values import text, unix

_CONNECTION = re.compile(r"com\.apple\.persistentconnection\[([^,\]]{1,255}),")
_PROGRAM = re.compile(r"(?:application|daemon|xpcservice|extension)<([A-Za-z0-9._-]{1,255})")


def _connecting(value: object) -> str | None:
    """The process in `com.apple.persistentconnection[process,…]`. Raises ValueError."""
    found = _CONNECTION.match(text(value))
    return found[1] if found else None


def _program(value: object) -> str | None:
    """The program in `application<program>…`, `daemon<program>…` and the like. Raises ValueError."""
    found = _PROGRAM.match(text(value))
    return found[1] if found else None


@record(surface="running-process")
class ProcessStart(Event):
    """A process that was there from then on; several share an instant when the log begins."""

    process_name: ProcessName | None = col("ProcessName", doc="process")
    bundle_id: BundleId | None = col("BundleID", doc="bundle identifier of its program", surface="installed-app")
    pid: int | None = col("PID", doc="process identifier")
    coalition_id: int | None = col("CoalitionID", doc="Coalition.coalition_id of the processes launched with it")


@record
class ProcessorSpan(Span):
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
class Coalition(Span):
    """What a group of processes launched together did in a span, or since it began."""

    coalition_id: int | None = col("LaunchdCoalitionId", doc="number of the group")
    launchd_name: ProcessName | None = col("LaunchdName", doc="name of the job that launched it")
    bundle_id: BundleId | None = col("BundleId", doc="app it belongs to, if any", surface="installed-app")
    cpu_seconds: float | None = col("cpu_time", doc="seconds of the processor")
    bytes_read: float | None = col("bytesread", doc="bytes read from storage")
    bytes_written: float | None = col("byteswritten", doc="bytes written to storage")
    tasks_started: float | None = col("tasks_started", doc="processes it started")


@record(surface="running-process")
class ProcessNote(Event):
    """A process that is named for its memory, for what it asked of a service, or as who writes the log.

    The table in the locator says which.
    """

    process_name: ProcessName | None = col("ProcessName", doc="process")
    pid: int | None = col("PID", doc="process identifier")


@record(surface="running-process")
class ScheduledWake(Event):
    """A process that had the device wake at some time."""

    requester: str | None = col(
        "ProcessName", doc="what the wake is called, such as `com.apple.alarm.…`; not a process"
    )
    process_name: ProcessName | None = col("ProcessName", _connecting, doc="process in it, where it is a connection's")
    pid: int | None = col("PID", doc="process identifier")
    due: Utc | None = col("EventTime", unix, doc="when the device was to wake, which is stored as real time")
    type: str | None = col("Type", doc="such as `wake`")
    uuid: str | None = col("SleepWakeUUID", doc="identifier that the events of one sleep and wake share")


@record(surface="running-process")
class Assertion(Event):
    """A process that keeps the device awake, or does so no more; `time` is when several of them were written down."""

    acted: Utc | None = col("(acted)", unix, doc="when it was, real time")
    name: str | None = col("AssertName", doc="what it is called; none where it ends")
    process_name: ProcessName | None = col("AssertName", _connecting, doc="process in the name of a connection's")
    bundle_id: BundleId | None = col(
        "AssertName", _program, doc="app, service or job in names such as `application<…>`", surface="mention"
    )
    pid: int | None = col("pid", doc="process identifier")
    acts_for: int | None = col("AssertionOnBehalfOfPID", doc="identifier of the process it acts for")
    action: int | None = col("Action", doc="0 begins, 4 ends, as far as is known")
    type: int | None = col("AssertType", doc="kind of assertion as a number; its meaning is not published")
    assertion_id: int | None = col("GlobalUniqueID", doc="number that the events of one assertion share")


@record(surface="running-process")
class StorageUse(Aggregate):
    """What a process or an app read from storage and wrote to it in a span."""

    process_name: ProcessName | None = col("BundleId", doc="process, or bundle identifier of an app")
    bundle_id: BundleId | None = col("BundleId", doc="the same, read as a bundle identifier")
    bytes_read: int | None = col("bytesread", doc="bytes read")
    bytes_written: int | None = col("byteswritten", doc="bytes written")
    logical_writes: int | None = col("LogicalWrites", doc="bytes it gave to be written, where a day is summed up")


@record(surface="running-process")
class EnergyNode(Event):
    """What energy is accounted to; `time` is when the log first knew it, which may be long before its other rows."""

    name: str | None = col("Name", doc="process, bundle identifier or part of the device, such as `Display`")
    process_name: ProcessName | None = col(
        "(used)", doc="the same, where it is not one that every log has from the start"
    )
    bundle_id: BundleId | None = col("(used)", doc="the same, read as a bundle identifier")
    is_permanent: bool | None = col("IsPermanent", doc="whether every log has it from the start: it may never have run")


@record
class Energy(Aggregate):
    """Energy that was used in a span."""

    node_id: int | None = col("NodeID", doc="EnergyNode.number of who used it")
    root_id: int | None = col("RootNodeID", doc="EnergyNode.number of the part of the device")
    amount: float | None = col("Energy", doc="energy; its unit is not published")
    qualification: int | None = col("QualificationID", doc="circumstance as a number; its meaning is not published")


@record(surface="running-process")
class EnergyTotal(Record):
    """Energy that a process has used so far; when is not told, for the span that is stored takes ten years."""

    number: int | None = col("ID", doc="number of the row")
    process_name: ProcessName | None = col("BundleID", doc="process, or bundle identifier of an app")
    bundle_id: BundleId | None = col("BundleID", doc="the same, read as a bundle identifier")
    amount: float | None = col("Energy", doc="energy; its unit is not published")
    qualification: int | None = col("QualificationID", doc="circumstance as a number; its meaning is not published")
    begin_stored: float | None = col("timestamp", doc="begin of the span, by the log's own clock")
    interval: float | None = col("timeInterval", doc="seconds of the span")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class EnergyEstimate(Event):
    """One estimate of the energy that something used."""

    node_id: int | None = col("NodeID", doc="EnergyNode.number of who used it")
    root_id: int | None = col("RootNodeID", doc="EnergyNode.number of the part of the device")
    amount: float | None = col("Energy", doc="energy; its unit is not published")
    start_offset: int | None = col("StartOffset", doc="begin, in milliseconds from `time`, as far as is known")
    end_offset: int | None = col("EndOffset", doc="end, in milliseconds from `time`, as far as is known")

"""Processes in a power log: that they were there, and what they used of the processor and of storage.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

from bridle.core import BundleId, ProcessName, Record, record
from bridle.formats.power_log_events import Event, Span
from bridle.formats.table import col, rest


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

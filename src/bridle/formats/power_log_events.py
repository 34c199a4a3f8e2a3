"""What every event of a power log has, and what the log tells of itself: its clock and its system.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

from bridle.core import Record, Utc, record
from bridle.formats.table import col, rest
from bridle.formats.values import unix


@record
class Event(Record):
    """What every kind of event has."""

    number: int | None = col("ID", doc="number of the row")
    time: Utc | None = col("(time)", unix, doc="when it was, or was noted, or began; real time")
    time_stored: float | None = col("timestamp", doc="`time` as stored: seconds since 1970 by the log's own clock")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Span(Event):
    """An event that may have an end."""

    end: Utc | None = col("(end)", unix, doc="until when; real time")
    logged: Utc | None = col("(logged)", unix, doc="when it was written down, where that is stored; real time")


@record
class TimeOffset(Event):
    """What is to be added to the log's own time from then on."""

    system: float | None = col("system", doc="seconds to add for real time")
    kernel: float | None = col("kernel", doc="seconds to add for the clock of the kernel, which counts from the boot")
    baseband: float | None = col("baseband", doc="seconds to add for the clock of the modem")


@record
class System(Event):
    """The system and the device, at each start of the log."""

    build: str | None = col("Build", doc="build of the system")
    last_build: str | None = col("LastBuild", doc="build before the last update")
    boot: Utc | None = col("(boot)", unix, doc="last start of the device, real time")
    boot_stored: float | None = col("DeviceBootTime", doc="`boot` as stored: seconds since 1970 by the log's own clock")
    upgrade_stored: float | None = col(
        "LastUpgradeTimestamp", doc="last update, in seconds since 1970; which clock is not known"
    )
    backup_stored: float | None = col("LastBackupTimestamp", doc="last backup, likewise")

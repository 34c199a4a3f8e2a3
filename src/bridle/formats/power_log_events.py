"""What every event of a power log has, and what the log tells of itself: its clock and its system.

Sources: as the artifact `ios.power_log` tells.
"""

from __future__ import annotations

import re

from bridle.core import Record, Utc, record
from bridle.formats.table import col, rest
from bridle.formats.values import text, unix

_PARTS = re.compile(r"[^:\[\]]+")


def bundles(value: object) -> tuple[str, ...] | None:
    """The identifiers in `service:[client:app]`, each once; `(null)` stands for none. Raises ValueError."""
    return tuple(dict.fromkeys(p for p in _PARTS.findall(text(value)) if p != "(null)")) or None


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
class Aggregate(Event):
    """What was summed up over a span that begins at `time`."""

    interval: float | None = col("timeInterval", doc="seconds that are summed up")


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


@record
class TimeZone(Event):
    """The zone and the region that the device is set to from then on."""

    zone: str | None = col("TimeZoneName", doc="zone, such as `America/Toronto`")
    seconds: int | None = col("SecondsFromGMT", doc="seconds that its clock is ahead of UTC")
    is_summer_time: bool | None = col("TimeZoneIsInDST", doc="whether it is on summer time")
    country: str | None = col("CountryCode", doc="country of the region that is set")
    locale: str | None = col("LocaleId", doc="language and region, such as `en_CA`")


@record
class Archive(Event):
    """A part of the log that was moved to an archive: it says what archives there were."""

    begin_stored: float | None = col("StartDate", doc="first moment of the part, by the log's own clock")
    end_stored: float | None = col("EndDate", doc="last moment of the part, by the log's own clock")
    removed_stored: float | None = col("RemovedDate", doc="when it was removed, by the log's own clock; 0 for not yet")
    synchronised_stored: float | None = col("SyncedOffDate", doc="when it was copied away, likewise")
    uuid: str | None = col("UUID", doc="identifier, which the name of the archive ends with")
    stage: int | None = col("Stage", doc="how far it has come, as a number; its meaning is not published")

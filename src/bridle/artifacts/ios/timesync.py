"""timesync: when the device was started, and when its wall clock was compared with the kernel's.

The unified logs count ticks since the boot; these files say which wall time that was. They are written for the logs,
and keep boots for as long as the logs do. A step between two comparisons that the ticks do not explain is a wall clock
that was set, by the network or by hand.

Known limits: one file of macOS was at hand, none of a phone. How long a boot is kept depends on the logs. Who set the
clock, and why, is not stored.

Sources: as `bridle.formats.timesync`; a file of macOS 10.14.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import timesync as stored_times
from bridle.formats.values import unix_nanoseconds


@record
class Boot(Record):
    """A start of the device."""

    uuid: str = note(doc="UUID of the boot")
    time: Utc | None = note(doc="wall time of the boot, by the clock as it then was")
    numerator: int = note(doc="ticks times numerator over denominator are nanoseconds")
    denominator: int = note(doc="see numerator")
    minutes_west: int = note(doc="minutes west of UTC: -60 is UTC+1")
    daylight_saving: int = note(doc="1 while daylight saving time was in force, else 0")


@record
class Sync(Record):
    """A comparison of the two clocks."""

    boot_uuid: str | None = note(doc="Boot.uuid; none for one before the first boot of the file")
    time: Utc | None = note(doc="wall time")
    continuous_time: int = note(doc="ticks since the boot at that time, counted while asleep too")
    minutes_west: int = note(doc="minutes west of UTC: -60 is UTC+1")
    daylight_saving: int = note(doc="1 while daylight saving time was in force, else 0")


@artifact("/private/var/db/diagnostics/timesync/*.timesync")
def timesync(file: SourceFile) -> Iterator[Boot | Sync | Gap]:
    with file.open() as stored:
        for r in stored_times.records(stored):
            if isinstance(r, Gap):
                yield r
                continue
            locator = f"offset {r.offset}"
            time, wrong = _time(r.wall)
            shared = {"minutes_west": r.minutes_west, "daylight_saving": r.daylight_saving}
            if isinstance(r, stored_times.Boot):
                yield Boot(
                    locator=locator, uuid=r.uuid, time=time, numerator=r.numerator, denominator=r.denominator, **shared
                )
            else:
                yield Sync(locator=locator, boot_uuid=r.boot, time=time, continuous_time=r.kernel, **shared)
            if wrong is not None:
                yield Gap(locator=f"{locator}.time", reason=wrong)


def _time(wall: int) -> tuple[Utc | None, str | None]:
    """A wall time, 0 for none, and what is wrong with it."""
    try:
        return (unix_nanoseconds(wall) if wall else None), None
    except ValueError as e:
        return None, str(e)

"""dumpsys sensorservice: who listens to motion, light and other sensors, and who began and ended it, with the time.

    4 active connections
    Connection Number: 0
        Operating Mode: NORMAL
             com.example.steps.Listener | WakeLockRefCount 0 | uid 10123 | cache size 0 | max cache size 0
             Device Orientation 0x0000001e | status: active | pending flush events 0
    Previous Registrations:
    15:30:02 - 0x00000006 pid= 1497 uid=10087 package=com.example.steps.Listener
    15:29:48 + 0x00000007 pid=  929 uid= 1000 package=com.example.Light samplingPeriod=250000us batchingPeriod=0us

Known limits: the log has times of the day; they are put on the day of the report, and on the day before where the log,
newest first, goes past midnight. `listener` is the name of a class, which mostly begins with the app's. What the
sensors are and last measured is not read.

Sources: AOSP `SensorService::dump`, `SensorRegistrationInfo`, `SensorEventConnection::dump`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/services/sensorservice/SensorService.h
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.core import Gap, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values
from bridle.formats.service_text import integer, served

_REGISTRATION = re.compile(
    r"\s*(\d\d):(\d\d):(\d\d) ([+-]) (0x[0-9a-fA-F]{1,8}) pid= *(\d{1,10}) uid= *(\d{1,10}) package=(\S{1,500})(.*)"
)
_PERIOD = re.compile(r"samplingPeriod=(-?\d{1,15})us")
_BATCHING = re.compile(r"batchingPeriod=(-?\d{1,15})us")
_CONNECTION = re.compile(r"\s*(\S.{0,300}?) \| WakeLockRefCount \d{1,10} \| uid (\d{1,10})\b.*")
_SENSOR = re.compile(r"\s*(\S.{0,200}?) (0x[0-9a-fA-F]{1,8}) \| status: ([a-z ]{1,40})\b.*")


@record(surface="running-process")
class Registration(Record):
    """An entry of the log: a listener began or ended."""

    time: WallClock | None = note(
        doc="when, by the phone's clock; the day is not stored; none without a report's header"
    )
    time_of_day: str = note(doc="when, as stored")
    began: bool = note(doc="whether it began; else it ended")
    sensor: str = note(doc="number of the sensor, hexadecimal")
    pid: int = note(doc="process identifier")
    uid: int = note(doc="user identifier of the app")
    listener: str = note(doc="class that listens")
    sampling_period: int | None = note(doc="microseconds between two values")
    batching_period: int | None = note(doc="microseconds values may be held back")


@record(surface="running-process")
class Connection(Record):
    """A sensor that someone listened to at the time of the dump."""

    listener: str | None = note(doc="class that listens")
    uid: int | None = note(doc="user identifier of the app")
    sensor: str = note(doc="number of the sensor, hexadecimal")
    name: str = note(doc="name of the sensor")
    status: str = note(doc="`active`, `inactive`, …")


class _Days:
    """Puts times of the day, newest first, on days."""

    def __init__(self, report: WallClock | None) -> None:
        self._before = None if report is None else report + timedelta(minutes=10)

    def time(self, hour: int, minute: int, second: int) -> WallClock | None:
        if hour > 23 or minute > 59 or second > 59:
            raise ValueError(f"expected a time of the day, got {hour:02}:{minute:02}:{second:02}")
        if self._before is None:
            return None
        day = self._before
        time = WallClock(datetime(day.year, day.month, day.day, hour, minute, second))  # noqa: DTZ001 - unknown zone
        self._before = time if time <= day else WallClock(time - timedelta(days=1))
        return self._before


@artifact("/**/dumpsys/sensorservice/*.txt", companions=("/**/sections/HEADER/1.txt",))
def sensorservice(file: SourceFile) -> Iterator[Registration | Connection | Gap]:
    days = _Days(android_values.report_time(file))
    log = False
    listener: tuple[str | None, int | None] = (None, None)
    with file.open() as stored:
        for item in served(stored):
            if isinstance(item, Gap):
                yield item
                continue
            number, line = item
            if log and line.strip():
                yield _registration(number, line, days)
            elif line.startswith("Previous Registrations"):
                log = True
            elif found := _CONNECTION.fullmatch(line):
                listener = found[1], integer(found[2])
            elif found := _SENSOR.fullmatch(line):
                yield Connection(
                    locator=f"line {number}", listener=listener[0], uid=listener[1], sensor=found[2], name=found[1],
                    status=found[3].strip(),
                )  # fmt: skip


def _registration(number: int, line: str, days: _Days) -> Registration | Gap:
    at = f"line {number}"
    found = _REGISTRATION.fullmatch(line)
    if found is None:
        return Gap(locator=at, reason=f"Registration: expected a time and a sensor, got {line!a:.60}")
    hour, minute, second = (int(g) for g in found.groups()[:3])
    try:
        time = days.time(hour, minute, second)
    except (ValueError, OverflowError) as e:
        return Gap(locator=at, reason=f"Registration: {e}")
    period, batching = _PERIOD.search(found[9]), _BATCHING.search(found[9])
    return Registration(
        locator=at, time=time, time_of_day=f"{hour:02}:{minute:02}:{second:02}", began=found[4] == "+", sensor=found[5],
        pid=int(found[6]), uid=int(found[7]), listener=found[8], sampling_period=int(period[1]) if period else None,
        batching_period=int(batching[1]) if batching else None,
    )  # fmt: skip

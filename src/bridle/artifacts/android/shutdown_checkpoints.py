"""Files of `shutdown-checkpoints` (Android 12 and later): who had the phone shut down or restart, and when.

    Shutdown request from BINDER for reason userrequested at 2026-03-29 10:00:00.000 UTC (epoch=1774778400000)
    com.android.server.power.PowerManagerService.shutdown
    From process com.android.systemui (pid=1497)

    Shutdown request from INTENT at 2026-03-29 10:05:00.000 UTC (epoch=1774778700000)
    Intent: com.android.internal.intent.action.REQUEST_SHUTDOWN
    Package: com.example.app

SYSTEM is the system itself, BINDER a process that called it, INTENT an app that asked by an intent.

Known limits: the system keeps the last 10 shutdowns. A phone whose battery died or that was forced off has none.

Sources: AOSP `ShutdownCheckPoints`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/power/
https://github.com/abrignoni/ALEAPP (shutdown_checkpoints).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, ProcessName, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.values import unix_milliseconds, zero_is_none

_REQUEST = re.compile(
    r"Shutdown request from (\w{1,40})(?: for reason (.{0,400}?))? at (.{1,60}?) \(epoch=(-?\d{1,19})\)"
)
_PROCESS = re.compile(r"From process (.{1,400}) \(pid=(-?\d{1,10})\)")
_MOST = 200
_time = zero_is_none(unix_milliseconds)


@record
class Request(Record):
    """A request to shut down or restart."""

    origin: str = note(doc="SYSTEM, BINDER or INTENT")
    reason: str | None = note(doc="reason that was given, such as userrequested or recovery")
    time: Utc | None = note(doc="when")
    clock: str = note(doc="when, as stored, in the phone's zone")
    process_name: ProcessName | None = note(doc="process that asked", surface="running-process")
    pid: int | None = note(doc="its identifier")
    package_name: PackageName | None = note(doc="package that asked by an intent")
    intent: str | None = note(doc="that intent")
    stack: tuple[str, ...] = note(doc="methods that were run, the last first")


@dataclass
class _Open:
    locator: str
    origin: str
    reason: str | None
    clock: str
    epoch: int
    values: dict[str, str] = field(default_factory=dict)
    pid: int | None = None
    stack: list[str] = field(default_factory=list)

    def take(self, text: str) -> None:
        if found := _PROCESS.fullmatch(text):
            self.values["process"], self.pid = found[1], int(found[2])
        elif text.startswith(("Intent: ", "Package: ")):
            name, _, value = text.partition(": ")
            self.values[name.lower()] = value
        elif len(self.stack) < _MOST:
            self.stack.append(text)

    def rows(self) -> Iterator[Request | Gap]:
        time, problem = None, None
        try:
            time = _time(self.epoch)
        except ValueError as e:
            problem = str(e)
        yield Request(
            locator=self.locator, origin=self.origin, reason=self.reason, time=time, clock=self.clock,
            process_name=self._given("process"), pid=self.pid, package_name=self._given("package"),
            intent=self._given("intent"), stack=tuple(self.stack),
        )  # fmt: skip
        if problem:
            yield Gap(locator=f"{self.locator}.time", reason=problem)

    def _given(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value in (None, "null", "?", "") else value


@artifact("/data/system/shutdown-checkpoints/*")
def shutdown_checkpoints(file: SourceFile) -> Iterator[Request | Gap]:
    current: _Open | None = None
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
            elif found := _REQUEST.fullmatch(line.strip()):
                yield from current.rows() if current else ()
                current = _Open(f"line {number}", found[1], found[2] or None, found[3], int(found[4]))
            elif current is None and line.strip():
                yield Gap(locator=f"line {number}", reason=f"expected a request to shut down, got {line!a:.60}")
            elif current is not None and line.strip():
                current.take(line.strip())
    yield from current.rows() if current else ()

"""dumpsys telephony.registry: which apps listen to calls, cells and the SIM, and the state of the phone.

    last known state:
      Phone Id=0
        mCallState=0
    local logs:
      2020-01-08T15:29:45.441 - listen: E pkg=com.example.app events=0x20 notifyNow=false subId=1 callerUserId=0
    registrations: count=1
      {callingPackage=com.example.app binder=… callerUid=10123 subId=-1 phoneId=0 events=[6]}

An app that listens to the state of calls (bit 0x20, event 6) can record each of them.

Known limits: only listeners of the time of the dump, and as many of the past as the log holds. What an event's number
means is not told.

Sources: AOSP `TelephonyRegistry.dump`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/TelephonyRegistry.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, Utc, WallClock, artifact, note, record
from bridle.formats import service_text
from bridle.formats.service_text import blank_pairs, extra, fact, integer, logged, outlined, section

_LONGEST = 1 << 16
_OLD = re.compile(r"([A-Za-z0-9_.]{1,255}) (0x[0-9a-f]{1,8})")


@record(surface="running-process")
class Listener(Record):
    """An app that listens, or began to."""

    package_name: PackageName = note(doc="app")
    time: WallClock | None = note(doc="when it began or changed, by the phone's clock; none for those that listen now")
    time_utc: Utc | None = note(doc="when, where the log is kept in UTC")
    uid: int | None = note(doc="user identifier of the app, where told")
    user: int | None = note(doc="number of the user, where told")
    events: str | None = note(doc="what it listens to, as bits or numbers; `0x0` is the end of it")
    extra: str | None = note(doc="other values, as JSON")


@record
class Event(service_text.Event):
    """A line of another log."""


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@artifact("/**/dumpsys/telephony.registry/*.txt")
def telephony_registry(file: SourceFile) -> Iterator[Listener | Event | Fact | Gap]:
    with file.open() as stored:
        for item in outlined(stored, _LONGEST):
            if isinstance(item, Gap):
                yield item
            elif (row := _row(*item)) is not None:
                yield row


def _row(number: int, above: tuple[str, ...], text: str) -> Listener | Event | Fact | Gap | None:
    at = f"line {number}"
    try:
        found = logged(text)
    except ValueError as e:
        return Gap(locator=at, reason=f"Event: {e}")
    time, utc, rest = found or (None, None, text)
    if rest.startswith("listen: ") and "pkg=" in rest:
        return _listener(at, time, utc, rest)
    if found is not None:
        return Event(locator=at, section=section(above), time=time, utc=utc, event=rest)
    if text.startswith(("{callingPackage=", "{pkg=", "{pkgForDebug=")):
        return _listener(at, None, None, text[1:].removesuffix("}"))
    if above and above[-1].startswith("registrations:") and (old := _OLD.fullmatch(text)):
        return _listener(at, None, None, f"pkg={old[1]} events={old[2]}")
    return fact(Fact, number, above, text)


def _listener(at: str, time: WallClock | None, utc: Utc | None, text: str) -> Listener | Gap:
    values = blank_pairs(text.removeprefix("listen: E "))
    package = next((p for p in (values.pop(n, None) for n in ("callingPackage", "pkg", "pkgForDebug")) if p), None)
    if package is None:
        return Gap(locator=at, reason=f"Listener: expected a package, got {text!a:.60}")
    return Listener(
        locator=at, package_name=package, time=time, time_utc=utc, uid=integer(values.pop("callerUid", None)),
        user=integer(values.pop("callerUserId", None)), events=values.pop("events", None), extra=extra(values),
    )  # fmt: skip

"""dumpsys location: which apps asked for the phone's position, how often and for how long, and the last positions.

Up to Android 11:

    Historical Records by Provider:
      com.example.maps: gps: Min interval 0 seconds: Max interval 5 seconds: Duration requested 12 total, 2 …

In Android 11 also, below `Last Several Location Requests`:

    At 2020-09-01 10:15:55: +     gps request from com.example.maps at interval 5 seconds

Since Android 12:

    Event Log:
      11-24 10:15:55.123: gps provider +registration 10123/com.example.maps -> Request[@+5s0ms HIGH_ACCURACY]
    Historical Aggregate Location Provider Data:
      gps:
        10123/com.example.maps: min/max interval = +5s0ms/+1m, total/active/foreground duration = +1h/…, locations = 12

Known limits: times have no year and are put into the year before the report. Positions are rounded or left out by some
systems. State of the receiver hardware is kept as facts.

Sources: AOSP `LocationManagerService.dump`, `LocationRequestStatistics`, `LocationEventLog`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/location/eventlog/LocationEventLog.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values, service_text
from bridle.formats.service_text import fact, integer, outlined, section, stored

_OLD = re.compile(r"([A-Za-z0-9_.]{1,255}): ([a-z_]{1,40}): ((?:Min interval|Interval) .*)")
_NEW = re.compile(r"(\d{1,10})/([A-Za-z0-9_.]{1,255})(?:\[([^\]]*)\])?: (min/max interval = .*)")
_SECONDS = re.compile(r"(Min interval|Max interval|Duration requested|Interval) (\d{1,12})|(\d{1,12}) foreground")
_SPANS = re.compile(r"(min/max interval|total/active/foreground duration|locations) = ([^,]{1,120})")
_EVENT = re.compile(r"(\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?): (.*)")
_ASKED = re.compile(
    r"At (\d{4}-\d\d-\d\d \d\d[:-]\d\d[:-]\d\d(?:\.\d{1,6})?): "
    r"([+-] +([a-z_]{1,40}) request from ([A-Za-z0-9_.]{1,255})\b.*)"
)
_WHO = re.compile(r"(?:^|[ (])(\d{1,10})/([A-Za-z0-9_.]{1,255})")
_PROVIDER = re.compile(r"([a-z_]{1,40}) provider\b")
_UPDATE = re.compile(
    r"UpdateRecord\[([a-z_]{1,40}) ([A-Za-z0-9_.]{1,255})\((\d{1,10})(?: (foreground|background))?[^)]{0,100}\)"
)
_REGISTERED = re.compile(r"(\d{1,10})/([A-Za-z0-9_.]{1,255})(?:\[[^\]]*\])?(?:[ ,(/]|\Z)")
_GROUND = re.compile(r"\b(foreground|background)\b")
_LOCATION = re.compile(r"(?:([a-z_ ]{1,40}): )?(?:last location=)?(Location\[.*)")
_POSITION = re.compile(r"Location\[(\w{1,40}) (-?\d{1,3}[.,]\d{1,12}|\*+),(-?\d{1,3}[.,]\d{1,12}|\*+)(.*)")


@record(surface="running-process")
class Requester(Record):
    """An app that asked a provider for the position since the phone was started, all its requests together."""

    package_name: PackageName = note(doc="app")
    uid: int | None = note(doc="user identifier of the app, since Android 12")
    provider: str | None = note(doc="`gps`, `network`, `passive`, `fused`")
    shortest: int | None = note(doc="milliseconds of the shortest interval asked for")
    longest: int | None = note(doc="milliseconds of the longest interval asked for")
    requested: int | None = note(doc="milliseconds the requests stood; to the minute up to Android 11")
    active: int | None = note(doc="milliseconds they were served, since Android 12")
    foreground: int | None = note(doc="milliseconds the app was in the foreground meanwhile")
    locations: int | None = note(doc="positions it got, since Android 12")
    detail: str = note(doc="the entry as stored, without the app")


@record(surface="running-process")
class Listener(Record):
    """A request that stood at the time of the dump."""

    package_name: PackageName = note(doc="app")
    uid: int | None = note(doc="user identifier of the app")
    provider: str | None = note(doc="`gps`, `network`, `passive`, `fused`, where told")
    foreground: bool | None = note(doc="whether the app was in the foreground, where told")
    section: str | None = note(doc="headings it stands below")
    detail: str = note(doc="the entry as stored")


@record
class Event(Record):
    """An entry of the log, since Android 11."""

    time: WallClock | None = note(doc="when, by the phone's clock; the year is not stored since Android 12")
    provider: str | None = note(doc="provider, where named")
    uid: int | None = note(doc="user identifier of the app, where named")
    package_name: PackageName | None = note(doc="app, where named", surface="running-process")
    event: str = note(doc="the entry as stored, without its time")


@record
class Position(Record):
    """A position that a provider last knew."""

    section: str | None = note(doc="headings it stands below")
    provider: str | None = note(doc="provider that gave it")
    latitude: float | None = note(doc="degrees north; none where masked")
    longitude: float | None = note(doc="degrees east; none where masked")
    location: str = note(doc="the position as stored, with accuracy and time since the start of the phone")


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@artifact("/**/dumpsys/location/*.txt", companions=("/**/sections/HEADER/1.txt",))
def location(file: SourceFile) -> Iterator[Requester | Listener | Event | Position | Fact | Gap]:
    report = android_values.report_time(file)
    with file.open() as opened:
        for item in outlined(opened):
            if isinstance(item, Gap):
                yield item
                continue
            number, above, text = item
            row = _row(f"line {number}", above, text, report) or fact(Fact, number, above, text)
            if row is not None:
                yield row


def _row(
    at: str, above: tuple[str, ...], text: str, report: WallClock | None
) -> Requester | Listener | Event | Position | Gap | None:
    try:
        if found := _OLD.fullmatch(text):
            return _old(at, found)
        if found := _NEW.fullmatch(text):
            return _new(at, above[-1].rstrip(":") if above else None, found)
        if found := _ASKED.fullmatch(text):
            time = android_values.wall_clock(found[1])
            return Event(locator=at, time=time, provider=found[3], uid=None, package_name=found[4], event=found[2])
        if found := _EVENT.fullmatch(text):
            return _event(at, found, report)
    except ValueError as e:
        return Gap(locator=at, reason=f"expected an entry of a log or of an app: {e}")
    if found := _LOCATION.fullmatch(text):
        return _position(at, above, found)
    return _listener(at, above, text)


def _listener(at: str, above: tuple[str, ...], text: str) -> Listener | None:
    """`UpdateRecord[gps com.example(10123 foreground) …]`, or `10123/com.example[tag] …` since Android 12."""
    if old := _UPDATE.search(text):
        package, uid, provider, ground = old[2], old[3], old[1], old[4]
    elif new := _REGISTERED.match(text):
        found = _PROVIDER.search(" ".join(above))
        package, uid, provider, ground = new[2], new[1], found[1] if found else None, _first(_GROUND, text)
    else:
        return None
    return Listener(
        locator=at, package_name=package, uid=integer(uid), provider=provider,
        foreground=None if ground is None else ground == "foreground", section=section(above), detail=text,
    )  # fmt: skip


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _old(at: str, found: re.Match[str]) -> Requester:
    seconds: dict[str, int] = {}
    for part in _SECONDS.finditer(found[3]):
        seconds.setdefault(part[1] or "foreground", int(part[2] or part[3]))
    shortest = seconds.get("Min interval", seconds.get("Interval"))
    scale = 60_000 if "inutes" in found[3] and "Duration requested" in found[3] else 1000
    return Requester(
        locator=at, package_name=found[1], uid=None, provider=found[2], shortest=_times(shortest, 1000),
        longest=_times(seconds.get("Max interval", shortest), 1000),
        requested=_times(seconds.get("Duration requested"), scale), active=None,
        foreground=_times(seconds.get("foreground"), scale), locations=None, detail=found[3],
    )  # fmt: skip


def _times(value: int | None, factor: int) -> int | None:
    return None if value is None else value * factor


def _new(at: str, provider: str | None, found: re.Match[str]) -> Requester:
    values = {part[1]: part[2] for part in _SPANS.finditer(found[4])}
    shortest, longest = _spans(values.get("min/max interval"), 2)
    requested, active, foreground = _spans(values.get("total/active/foreground duration"), 3)
    return Requester(
        locator=at, package_name=found[2], uid=integer(found[1]), provider=provider, shortest=shortest, longest=longest,
        requested=requested, active=active, foreground=foreground, locations=integer(values.get("locations")),
        detail=found[4],
    )  # fmt: skip


def _spans(value: str | None, count: int) -> list[int | None]:
    """Spans with `/` between; `passive` and the like have no length."""
    parts = (value or "").split("/")
    parts += [""] * (count - len(parts))
    return [android_values.milliseconds(p) if p[:1] in "+-0123456789" and p else None for p in parts[:count]]


def _event(at: str, found: re.Match[str], report: WallClock | None) -> Event:
    who, provider = _WHO.search(found[2]), _PROVIDER.search(found[2])
    return Event(
        locator=at, time=android_values.yearless(found[1], report), provider=provider[1] if provider else None,
        uid=integer(who[1]) if who else None, package_name=who[2] if who else None, event=found[2],
    )  # fmt: skip


def _position(at: str, above: tuple[str, ...], found: re.Match[str]) -> Position:
    place = _POSITION.match(found[2])
    north, east = (_degrees(place[2]), _degrees(place[3])) if place else (None, None)
    return Position(
        locator=at, section=section(above), provider=place[1] if place else stored(found[1]), latitude=north,
        longitude=east, location=found[2],
    )  # fmt: skip


def _degrees(value: str) -> float | None:
    return None if "*" in value else float(value.replace(",", "."))

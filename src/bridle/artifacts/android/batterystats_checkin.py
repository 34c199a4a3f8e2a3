"""CHECKIN BATTERYSTATS: the battery statistics in the form machines read, with times of a known zone.

    9,hsp,17,10106,"com.example/.UploadJob"
    9,h,0:RESET:TIME:1578500308223
    9,h,0,Bl=100,Bs=d,Bv=4401,+r,+w=6,+Ejb=17
    9,0,i,uid,10106,com.example
    9,10106,l,pr,"com.example:remote",1200,270,0,0,1,0

hsp is a name (number, user identifier, text), h a line of the history: milliseconds after the line before, then what
changed, names by their number. i and l are what the phone knows and what was counted since the last charge, for a user
identifier. So times that the human form has by the phone's clock are instants here, and user identifiers have the names
of their packages, which the statistics of the network do not give.

Known limits: what stands behind the names of counters is kept as stored. A clock that was not yet set says 1970.
Between a start of the phone and the next mark of the clock the time is not known.

Sources: AOSP `BatteryStats.dumpCheckinLocked`, `HistoryPrinter`, HISTORY_EVENT_CHECKIN_NAMES,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/os/BatteryStats.java
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, ProcessName, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.android_pairs import maybe, package, user_of, whole
from bridle.formats.battery_history import CHANGING, RUN, package_in
from bridle.formats.lines import lines, too_long
from bridle.formats.values import unix_milliseconds

_EVENTS = {
    "Epr": "proc", "Efg": "fg", "Etp": "top", "Esy": "sync", "Ewl": "wake_lock_in", "Ejb": "job", "Eur": "user",
    "Euf": "userfg", "Ecn": "conn", "Eac": "active", "Epi": "pkginst", "Epu": "pkgunin", "Eal": "alarm",
    "Est": "stats", "Eai": "pkginactive", "Eaa": "pkgactive", "Etw": "tmpwhitelist", "Esw": "screenwake",
    "Ewa": "wakeupap", "Elw": "longwake", "Eec": "est_capacity", "w": "wake_lock", "wr": "wake_reason",
    "r": "running", "S": "screen", "Ud": "usb_data", "a": "audio", "ca": "camera", "g": "gps", "s": "sensor",
    "W": "wifi", "Ww": "wifi_running", "BP": "plugged", "ch": "charging",
}  # fmt: skip
"""What the human form calls what is written short here."""
_MOST_NAMES, _MOST_CHANGES = 100_000, 500
_LONGEST = 10**15
"""Milliseconds that a history may last."""
_HISTORY = re.compile(r"(-?\d{1,15})(?::(.*)|,(.*))?")
_NAME = re.compile(r"(\d{1,9}),(-?\d{1,10}),\"?(.*?)\"?")
_CHANGE = re.compile(r"([+-]?)([A-Za-z]\w*)(?:=(.*))?")


@record
class Event(Record):
    """Something that began (+), ended (-) or happened."""

    offset_ms: int = note(doc="milliseconds since the history begins")
    time: Utc | None = note(doc="when, counted from the last mark of the clock")
    event: str = note(
        doc="as in the human form where its name is known: +job, -wake_lock, pkginst, TIME; else as stored"
    )
    uid: int | None = note(doc="user identifier of the name")
    user: int | None = note(doc="number of the Android user")
    name: str | None = note(doc="what it is about: a package, a component, the tag of a wake lock, a reason")
    package_name: PackageName | None = note(doc="package that ran or held the phone awake", surface="running-process")
    process_name: ProcessName | None = note(doc="process of +proc", surface="running-process")
    changed_package: PackageName | None = note(
        doc="package of pkginst, pkgunin, pkginactive or pkgactive", surface="installed-app"
    )
    version: int | None = note(doc="version code of an installed package")


@record
class State(Record):
    """The battery, at a line of the history that gives values."""

    offset_ms: int = note(doc="milliseconds since the history begins")
    time: Utc | None = note(doc="when, counted from the last mark of the clock")
    level: int | None = note(doc="battery, per cent; none where it did not change")
    values: str = note(
        doc="all values, as JSON, under their short names: Bs status, Bp plug, Bt temperature, Bv millivolts"
    )


@record(surface="installed-app")
class UidPackage(Record):
    """Whose a user identifier is."""

    uid: int | None = note(doc="user identifier, without the Android user: 10106 for all users")
    package_name: PackageName = note(doc="package; several may share an identifier")


@record
class Counted(Record):
    """A counter of a user identifier, or of the phone (0)."""

    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    scope: str = note(doc="i what is known, l since the last charge, u since it was unplugged")
    counter: str = note(doc="short name: pr process, apk package, wl wake lock, jb job, nt network, cpu, fg, vers, …")
    package_name: PackageName | None = note(doc="package, of apk and of jobs", surface="installed-app")
    process_name: ProcessName | None = note(doc="process, of pr", surface="running-process")
    values: str = note(doc="values, as a JSON list of what is stored")


Rows = Iterator[Event | State | UidPackage | Counted | Gap]
"""What the parts of the parser give."""


@artifact("/**/sections/CHECKIN BATTERYSTATS/*.txt")
def batterystats_checkin(file: SourceFile) -> Iterator[Event | State | UidPackage | Counted | Gap]:
    state = _State()
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
            elif line := text.strip():
                yield from state.take(f"line {number}", line)


class _State:
    """The names of the history, and where in time it is."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[int | None, str]] = {}
        self._offset = 0
        self._mark: int | None = None
        """Milliseconds since 1970 at the beginning of the history, by the last mark."""

    def take(self, at: str, line: str) -> Rows:
        version, _, rest = line.partition(",")
        kind, _, values = rest.partition(",")
        if not version.isdecimal() or not values:
            yield Gap(locator=at, reason=f"expected a line of battery statistics, got {line!a:.60}")
        elif kind == "hsp":
            yield from self._name(at, values)
        elif kind == "h":
            yield from self._history(at, values)
        else:
            yield _counted(at, kind, values)

    def _name(self, at: str, values: str) -> Iterator[Gap]:
        found = _NAME.fullmatch(values)
        if found is None or len(self._names) >= _MOST_NAMES:
            what = f"a name, got {values!a:.60}" if found is None else f"at most {_MOST_NAMES} names, got more"
            yield Gap(locator=at, reason=f"expected {what}")
            return
        self._names[found[1]] = (maybe(whole, found[2]), found[3])

    def _history(self, at: str, values: str) -> Rows:
        found = _HISTORY.fullmatch(values)
        if found is None or abs(self._offset + int(found[1])) > _LONGEST:
            yield Gap(locator=at, reason=f"expected a line of the battery history, got {values!a:.60}")
            return
        self._offset += int(found[1])
        if found[2] is not None:
            yield self._marked(at, found[2])
        elif found[3]:
            yield from self._changes(at, found[3])

    def _marked(self, at: str, what: str) -> Event | Gap:
        name, _, stored = what.rpartition(":")
        if name.endswith("TIME"):
            since = maybe(whole, stored)
            if since is None:
                return Gap(locator=at, reason=f"expected milliseconds since 1970, got {stored!a:.60}")
            self._mark = since - self._offset
        elif what == "START":
            self._mark = None
        return self._event(at, name or what, None)

    def _changes(self, at: str, stored: str) -> Rows:
        values: dict[str, str] = {}
        for number, part in enumerate(stored.split(",", _MOST_CHANGES), 1):
            found = _CHANGE.fullmatch(part)
            if found is None or (not found[1] and found[2] not in _EVENTS):
                values.setdefault(found[2] if found else f"~{number}", (found[3] or "") if found else part)
            else:
                yield self._event(f"{at}.{number}", found[1] + _EVENTS.get(found[2], found[2]), found[3])
        if values:
            yield State(
                locator=at, offset_ms=self._offset, time=self._time(), level=maybe(whole, values.get("Bl")),
                values=json.dumps(values, ensure_ascii=False),
            )  # fmt: skip

    def _event(self, at: str, event: str, number: str | None) -> Event:
        known = self._names.get(number or "")
        bare = event.lstrip("+-")
        uid, name = known if known is not None else (None, number)
        version = uid if bare == "pkginst" else None
        owner = None if bare in CHANGING or (uid or 0) < 0 else uid
        return Event(
            locator=at, offset_ms=self._offset, time=self._time(), event=event, uid=owner, user=user_of(owner),
            name=name, package_name=package_in(bare, name) if name and known and bare in RUN else None,
            process_name=name if known and bare == "proc" else None,
            changed_package=name if known and bare in CHANGING else None, version=version,
        )  # fmt: skip

    def _time(self) -> Utc | None:
        since = None if self._mark is None else self._mark + self._offset
        if not since or since < 0:
            return None
        try:
            return unix_milliseconds(since)
        except ValueError:
            return None


def _counted(at: str, kind: str, stored: str) -> UidPackage | Counted | Gap:
    scope, *values = stored.split(",")
    if not values:
        return Gap(locator=at, reason=f"expected a counter, got {stored!a:.60}")
    counter, *values = values
    if counter == "uid" and len(values) == 2:
        return UidPackage(locator=at, uid=maybe(whole, values[0]), package_name=values[1])
    uid = maybe(whole, kind)
    name = values[0].strip('"') if values else ""
    of = None
    if counter == "apk" and len(values) > 1:
        of = package(values[1])
    elif counter in ("jb", "jbc"):
        of = package_in("job", name)
    elif counter == "wl":
        of = package_in("wake_lock", name)
    return Counted(
        locator=at, uid=uid, user=user_of(uid), scope=scope, counter=counter, package_name=of,
        process_name=name if counter == "pr" and name else None, values=json.dumps(values, ensure_ascii=False),
    )  # fmt: skip

"""dumpsys user: users, work profiles and clones on the phone, when they were made and last used, and restrictions.

    Users:
      UserInfo{0:null:c13} serialNo=0 isPrimary=true
        Type: android.os.usertype.full.SYSTEM
        Flags: 3091 (ADMIN|FULL|INITIALIZED|PRIMARY|SYSTEM)
        State: RUNNING_UNLOCKED
        Created: +28d3h50m37s631ms ago
        Last logged in: +2m14s928ms ago
        Restrictions:
          no_sms

A user nobody knows of, a second space or a clone profile holds apps that the owner's launcher does not show.

Known limits: times are stored as spans before the dump, and are given as times only as far as the beginning of the
report is known, seconds or minutes before it. A span below zero is a clock that was set back.

Sources: AOSP `UserManagerService.dump`, `UserInfo`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/pm/UserManagerService.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from datetime import timedelta

from bridle.classes import dataclass
from bridle.core import Gap, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values, service_text
from bridle.formats.service_text import extra, fact, integer, named_value, outlined, stored, truth

_MOST = 500
_USER = re.compile(r"UserInfo\{(-?\d{1,6}):(.*):([0-9a-fA-F]{1,10})\}(.*)")
_SPAN = re.compile(r"([+-][\dhdms]{1,40}) ago")


@record
class User(Record):
    """A user or profile."""

    user: int = note(doc="number; 0 is the first, whose apps have identifiers of five digits")
    name: str | None = note(doc="name; the system may mask it")
    flags: str = note(doc="flags, hexadecimal: 1 primary, 2 admin, 4 guest, 20 managed profile, 400 full, …")
    serial: int | None = note(doc="number that is never given again")
    type: str | None = note(doc="type, since Android 11")
    state: str | None = note(doc="`RUNNING_UNLOCKED`, `RUNNING_LOCKED`, `-1` for one that does not run, …")
    created_ago: int | None = note(doc="milliseconds from when it was made to the dump")
    created: WallClock | None = note(doc="when it was made, counted back from the beginning of the report")
    last_logged_in_ago: int | None = note(doc="milliseconds from its last switch or unlock to the dump")
    last_logged_in: WallClock | None = note(doc="when that was, counted back from the beginning of the report")
    unlocked_ago: int | None = note(doc="milliseconds from its unlock since the start of the phone to the dump")
    fingerprint: str | None = note(doc="build it last logged in on")
    has_profile_owner: bool | None = note(doc="whether an app owns the profile")
    restrictions: tuple[str, ...] = note(doc="restrictions set by the system or the person")
    effective_restrictions: tuple[str, ...] = note(doc="restrictions that hold, those of owners included")
    extra: str | None = note(doc="other values, as JSON")


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@dataclass
class _Open:
    number: int
    depth: int
    head: re.Match[str]
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def add(self, below: tuple[str, ...], text: str) -> bool:
        """Keep a line of the user; False where there are too many."""
        self.count += 1
        if self.count > _MOST:
            return False
        if below:
            if stored(text) and text != "none":
                self.lists.setdefault(" > ".join(b.rstrip(": ") for b in below), []).append(text)
        elif not text.endswith(":"):
            name, value = named_value(text)
            self.values.setdefault(name, value or "")
        return True


@artifact("/**/dumpsys/user/*.txt", companions=("/**/sections/HEADER/1.txt",))
def user(file: SourceFile) -> Iterator[User | Fact | Gap]:
    report = android_values.report_time(file)
    now: _Open | None = None
    with file.open() as opened:
        for item in outlined(opened):
            if isinstance(item, Gap):
                yield item
                continue
            number, above, text = item
            if now is not None and len(above) >= now.depth:
                if not now.add(above[now.depth :], text):
                    yield Gap(locator=f"line {number}", reason=f"expected at most {_MOST} lines of a user, got more")
                continue
            if now is not None:
                yield from _end(now, report)
                now = None
            if text.startswith("UserInfo{"):
                found = _USER.fullmatch(text)
                now = _Open(number, len(above) + 1, found) if found else None
                if found is None:
                    yield Gap(locator=f"line {number}", reason=f"User: expected id, name and flags, got {text!a:.60}")
            elif (row := fact(Fact, number, above, text)) is not None:
                yield row
    if now is not None:
        yield from _end(now, report)


def _end(now: _Open, report: WallClock | None) -> Iterator[User | Gap]:
    at, values = f"line {now.number}", now.values
    rest = service_text.blank_pairs(now.head[4])
    spans: dict[str, int | None] = {}
    for name in ("Created", "Last logged in", "Unlock time"):
        value = stored(values.pop(name, None))
        try:
            spans[name] = _ago(value)
        except ValueError as e:
            spans[name] = None
            yield Gap(locator=f"{at}.{name}", reason=f"User: {name}: {e}")
    serial = integer(rest.pop("serialNo", None))
    restrictions = tuple(now.lists.pop("Restrictions", ()))
    effective = tuple(now.lists.pop("Effective restrictions", ()))
    lists = {name: ", ".join(found) for name, found in now.lists.items()}
    yield User(
        locator=at, user=int(now.head[1]), name=stored(now.head[2]), flags=now.head[3], serial=serial,
        type=stored(values.pop("Type", None)), state=stored(values.pop("State", None)), created_ago=spans["Created"],
        created=_before(report, spans["Created"]), last_logged_in_ago=spans["Last logged in"],
        last_logged_in=_before(report, spans["Last logged in"]), unlocked_ago=spans["Unlock time"],
        fingerprint=stored(values.pop("Last logged in fingerprint", None)),
        has_profile_owner=truth(values.pop("Has profile owner", None)), restrictions=restrictions,
        effective_restrictions=effective, extra=extra({**rest, **values, **lists}),
    )  # fmt: skip


def _ago(value: str | None) -> int | None:
    if value is None:
        return None
    found = _SPAN.fullmatch(value)
    if found is None:
        raise ValueError(f"expected a span before the dump, got {value!a:.60}")
    return android_values.milliseconds(found[1])


def _before(report: WallClock | None, ago: int | None) -> WallClock | None:
    if report is None or ago is None:
        return None
    try:
        return WallClock(report - timedelta(milliseconds=ago))
    except OverflowError:
        return None

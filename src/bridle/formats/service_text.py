"""What the text dumps of Android's services have in common: refusals, components, named values.

Since Android 14 lines about the process of the service stand before its dump; they are passed over here:

    Service host process PID: 633
    Threads in use: 0/14
    Client PIDs: 2445, 2428

A service that does not let the shell ask writes `Security exception: …` or `Permission Denial: …`, and nothing or
little else: that is a Gap, for it is not known what the service had to tell.

Sources: AOSP `dumpsys.cpp`, `ComponentName`, `LocalLog`, `EventLogger`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpsys/dumpsys.cpp
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import BinaryIO, TypeVar

from bridle.core import Gap, Record, Utc, WallClock, note, record
from bridle.formats import android_values
from bridle.formats.lines import LONGEST, lines, too_long
from bridle.formats.outline import outline

MOST_NAMED = 200
"""Named values of one line that are taken apart."""
_HEADING = 80
_HOST = ("Service host process PID:", "Threads in use:", "Client PIDs:", "DUMP OF SERVICE ")
_REFUSED = re.compile(
    r"(?:java\.lang\.)?"
    r"(?:Security ?[Ee]xception|Permission Denial|Error dumping service info|Can't find service)\b.{0,300}"
)
_TIMED_OUT = re.compile(r"\*\*\* SERVICE '.{1,100}' DUMP TIMEOUT .{1,60}")
_COMPONENT = re.compile(r"(?:ComponentInfo)?\{?([A-Za-z0-9_.]{1,255})/([^\s/{},()\[\]]{1,255})\}?")
_NAMED = re.compile(r"(?:^|(?<=[\s,{\[(]))([A-Za-z_][A-Za-z0-9_.-]{0,60})[=:](?!//)")
_LOGGED = re.compile(r"(?:P[0-9DTHMS.]{1,30} / )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z?) - (.*)", re.DOTALL)
_OPEN, _CLOSE = "([{<", ")]}>"

F = TypeVar("F", bound="Fact")
E = TypeVar("E", bound="Event")


@record
class Fact(Record):
    """A line of a dump as name and value."""

    section: str | None = note(doc="headings it stands below, outermost first, with ` > ` between")
    name: str = note(doc="what stands before the first `=` or `:`; the whole line where there is neither")
    value: str | None = note(doc="what stands behind it, as stored")


@record
class Event(Record):
    """A line of a log that the system server keeps in memory."""

    section: str | None = note(doc="headings it stands below, outermost first, with ` > ` between")
    time: WallClock | None = note(doc="when, by the phone's clock")
    utc: Utc | None = note(doc="when, where the log is kept in UTC")
    event: str = note(doc="what happened, as stored")


def event(cls: type[E], number: int, above: tuple[str, ...], text: str) -> E | Gap | None:
    """A line of a log as an event; None for a line that is none."""
    try:
        found = logged(text)
    except ValueError as e:
        return Gap(locator=f"line {number}", reason=f"{cls.__name__}: {e}")
    if found is None:
        return None
    return cls(locator=f"line {number}", section=section(above), time=found[0], utc=found[1], event=found[2])


def refused(line: str) -> str | None:
    """What a service said instead of a dump, or None for any other line."""
    found = _REFUSED.match(line) or _TIMED_OUT.match(line)
    return found[0] if found else None


def refusal(number: int, said: str) -> Gap:
    """The gap of a service that did not give its dump, or not all of it."""
    what = "the dump was cut" if said.startswith("***") else "the service refused"
    return Gap(locator=f"line {number}", reason=f"{what}: {said}"[:300])


def served(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[int, str] | Gap]:
    """Number and text of every line of a dump, with its indentation; refusals and lines that are too long as Gaps."""
    for number, line in lines(stored, longest):
        if line is None:
            yield too_long(number, longest)
        elif (said := refused(line)) is not None:
            yield refusal(number, said)
        elif not line.startswith(_HOST):
            yield number, line


def outlined(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[int, tuple[str, ...], str] | Gap]:
    """As `served`, without blank lines, and with the headings that a line stands below by its indentation."""
    for item in outline(stored, longest):
        if isinstance(item, Gap):
            yield item
        elif not item[1] and (said := refused(item[2])) is not None:
            yield refusal(item[0], said)
        elif item[1] or not item[2].startswith(_HOST):
            yield item


def fact(cls: type[F], number: int, above: tuple[str, ...], text: str) -> F | None:
    """A line as a fact; None for a heading, which stands in the section of what is below it."""
    if text.endswith((":", ":{", ": {", "=[", "={")) or text in ("{", "}", "[", "]"):
        return None
    name, value = named_value(text)
    return cls(locator=f"line {number}", section=section(above), name=name, value=value)


def logged(text: str) -> tuple[WallClock | None, Utc | None, str] | None:
    """A line of a log of the system server, `2020-01-08T15:29:45.874 - …`: time, time in UTC where it is, and the rest.

    None for a line that is none. Raises ValueError for a time that is none.
    """
    found = _LOGGED.fullmatch(text)
    if found is None:
        return None
    time = android_values.wall_clock(found[1])
    return (None, Utc(time.replace(tzinfo=UTC)), found[3]) if found[2] else (time, None, found[3])


def section(above: tuple[str, ...]) -> str | None:
    """The headings above a line as one text, each cut to 80 characters."""
    return " > ".join(part[:_HEADING].rstrip(": ") for part in above) or None


def named_value(text: str) -> tuple[str, str | None]:
    """`name=value` or `name: value`, cut at what comes first."""
    places = [at for at in (text.find("="), text.find(": ")) if at > 0]
    if not places:
        return text, None
    at = min(places)
    return text[:at].strip(), text[at + 1 :].strip() or None


def component(text: str) -> tuple[str, str] | None:
    """`{pkg/.Class}`, `ComponentInfo{pkg/pkg.Class}` or bare: the whole name, and its package. None for others."""
    found = _COMPONENT.fullmatch(text.strip())
    if found is None:
        return None
    package, name = found[1], found[2]
    return f"{package}/{package}{name}" if name.startswith(".") else f"{package}/{name}", package


def split_top(text: str, separator: str = ",") -> Iterator[str]:
    """The parts between separators that stand outside of brackets, stripped; empty ones are left out."""
    depth = start = 0
    for at, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif char == separator and not depth:
            if part := text[start:at].strip():
                yield part
            start = at + 1
    if part := text[start:].strip():
        yield part


def comma_pairs(text: str) -> dict[str, str]:
    """`a=b, c={d, e}` by name, values as stored; the first of two of one name counts."""
    found: dict[str, str] = {}
    for part in split_top(text):
        name, sign, value = part.partition("=")
        if sign and len(found) < MOST_NAMED:
            found.setdefault(name.strip(), value.strip())
    return found


def blank_pairs(text: str) -> dict[str, str]:
    """`a=b c:d e=f g` by name, values up to the next name; the first of two of one name counts."""
    found: dict[str, str] = {}
    before, start = None, 0
    for count, mark in enumerate(_NAMED.finditer(text)):
        if before is not None:
            found.setdefault(before, text[start : mark.start()].strip())
        before, start = mark[1], mark.end()
        if count >= MOST_NAMED:
            break
    if before is not None:
        found.setdefault(before, text[start:].strip())
    return found


def stored(value: str | None) -> str | None:
    """The value, or None for one that stands for nothing."""
    return None if value is None or value in ("", "null", "{null}", "<null>", "<unknown>") else value


def integer(value: str | None) -> int | None:
    """A decimal or `0x` number of 64 bits, or None for anything else."""
    if value is None or not re.fullmatch(r"-?\d{1,18}|0x[0-9a-fA-F]{1,15}", value):
        return None
    return int(value, 0) if value.startswith("0x") else int(value)


def truth(value: str | None) -> bool | None:
    """`true` or `false`, or None for anything else."""
    return {"true": True, "false": False}.get(value or "")


def extra(rest: Mapping[str, str]) -> str | None:
    """Named values as JSON, or None where there are none."""
    return json.dumps(dict(rest), sort_keys=True, ensure_ascii=False) if rest else None

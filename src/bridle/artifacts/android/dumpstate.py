"""The text of a bugreport, or the `dumpsys.txt` of AndroidQF: what it says of the phone, and which parts it has.

It begins with a header; `bridle.formats.dumpstate` tells how the parts behind it are marked:

    ========================================================
    == dumpstate: 2020-01-08 15:30:07
    ========================================================

    Build: aosp_sailfish-userdebug 10 QP1A.191005.007.A3 eng.230473.20191211.100332 test-keys
    Build fingerprint: 'google/sailfish/sailfish:10/QP1A.191005.007.A3/eng.230473.20191211.100332:userdebug/test-keys'
    Command line: console=ttyHSL0,115200,n8 androidboot.verifiedbootstate=orange androidboot.veritymode=enforcing
    Uptime: up 0 weeks, 0 days, 0 hours, 0 minutes
    Dumpstate info: id=1 pid=3526 dry_run=0 args=/system/bin/dumpstate -S -d -z

A `Part` is what was there to be examined: one that took long, failed or was not closed may lack what others have.

Known limits: a part is told, not its content, which other artifacts read. Since Android 12 most `androidboot.…` stand
in /proc/bootconfig, which is not in the header; the properties `ro.boot.…` tell the same.

Sources: AOSP `frameworks/native/cmds/dumpstate/dumpstate.cpp` (PrintHeader),
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpstate/
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import Gap, Record, SourceFile, Text, WallClock, artifact, note, record
from bridle.formats import dumpstate as grammar
from bridle.formats.android_values import wall_clock
from bridle.formats.lines import lines, too_long

_HEADER_BYTES = 64 << 10
"""A header has some three thousand bytes."""
_MOST_ARGUMENTS = 2_000
_FIRST_LINE = 200
_TAKEN = "== dumpstate:"
_FACT = re.compile(r"([A-Za-z][^:\n]{0,60}):(?: (.*))?")
_ARGUMENT = re.compile(r'([^\s="]+)(?:=("[^"]{0,2000}"|\S*))?|(\S+)')


@record
class Report(Record):
    """A report: when it was begun."""

    time: WallClock | None = note(doc="when dumpstate was started, by the phone's clock; none if it cannot be read")
    stored: str = note(doc="the same, as stored")


@record
class Fact(Record):
    """A line of the header: `Build`, `Build fingerprint`, `Bootloader`, `Radio`, `Kernel`, `Uptime`, …"""

    key: str = note(doc="name before the colon, as stored")
    value: Text | None = note(doc="what follows it, without the quotes around a fingerprint")


@record
class KernelArgument(Record):
    """An argument of the kernel's command line, among them the state of the boot loader."""

    key: str = note(doc="name, such as `androidboot.verifiedbootstate`")
    value: str | None = note(doc="value, without quotes; none for an argument without one")


@record
class Part(Record):
    """A section of the text, the dump of a service, or what stands between two of them."""

    kind: str = note(doc="`section`, `service` or `between`; the header is a section")
    title: str = note(doc="title of the section or name of the service")
    command: str | None = note(doc="command that was run, or file that was copied")
    priority: str | None = note(doc="`CRITICAL`, `HIGH` or `NORMAL`: the pass of dumpsys it is of")
    offset: int = note(doc="bytes before it in the text")
    length: int = note(doc="bytes of it, without heading and closing line; 0 is nothing")
    first_line: Text | None = note(doc="its first line that is not empty, to 200 characters")
    seconds: float | None = note(doc="seconds it took, where a closing line says so")
    ended: WallClock | None = note(doc="when the dump of a service ended, by the phone's clock")
    closed: bool = note(doc="whether a closing line names it; a copied file has none")
    failed: str | None = note(doc="first line in it that says that a command failed or timed out, without `*** `")


@artifact("/**/dumpstate.txt", "/androidqf/dumpsys.txt")
def dumpstate(file: SourceFile) -> Iterator[Report | Fact | KernelArgument | Part | Gap]:
    with file.open() as stored, file.open() as beside:
        for number, part in enumerate(grammar.parts(stored)):
            if not number and part.title == grammar.HEADER:
                yield from _header(beside, part.length)
            if part.length or part.title != grammar.HEADER:
                yield from _part(beside, part)


def _header(stored: BinaryIO, length: int) -> Iterator[Report | Fact | KernelArgument | Gap]:
    head = io.BytesIO(stored.read(min(length, _HEADER_BYTES)))
    if b"== dumpstate:" not in head.getvalue():
        return
    for number, line in lines(head):
        if line is None:
            yield too_long(number)
        elif line.startswith(_TAKEN):
            yield from _report(f"line {number}", line.removeprefix(_TAKEN).strip())
        elif found := _FACT.fullmatch(line):
            yield from _fact(f"line {number}", found[1], (found[2] or "").strip())
        elif line.strip("= "):
            yield Gap(locator=f"line {number}", reason=f"expected a line `name: value`, got {line!a:.60}")
    if length > _HEADER_BYTES:
        yield Gap(locator="end of header", reason=f"expected a header of at most {_HEADER_BYTES} bytes, got {length}")


def _report(at: str, taken: str) -> Iterator[Report | Gap]:
    try:
        yield Report(locator=at, time=wall_clock(taken), stored=taken)
    except ValueError as e:
        yield Report(locator=at, time=None, stored=taken)
        yield Gap(locator=f"{at}.time", reason=f"Report: time: {e}")


def _fact(at: str, key: str, value: str) -> Iterator[Fact | KernelArgument | Gap]:
    if len(value) > 1 and value[0] == value[-1] == "'":
        value = value[1:-1]
    yield Fact(locator=at, key=key, value=value or None)
    if key == "Command line":
        for number, found in enumerate(_ARGUMENT.finditer(value), 1):
            if number > _MOST_ARGUMENTS:
                yield Gap(locator=f"{at}.{number}", reason=f"expected at most {_MOST_ARGUMENTS} arguments, got more")
                return
            argument = (found[2] or "").strip('"') or None
            yield KernelArgument(locator=f"{at}.{number}", key=found[1] or found[3], value=argument)
    elif key == "Dumpstate info":
        yield from _info(at, value)


def _info(at: str, value: str) -> Iterator[Fact]:
    """`id=1 pid=3526 … args=/system/bin/dumpstate -S …` as a fact for each; what is behind `args=` may have blanks."""
    before, _, arguments = value.partition("args=")
    pairs = [(key, told) for key, _, told in (word.partition("=") for word in before.split())]
    times: dict[str, int] = {}
    for key, told in [*pairs, ("args", arguments)] if arguments else pairs:
        times[key] = times.get(key, 0) + 1
        again = f", {times[key]}" if times[key] > 1 else ""
        yield Fact(locator=f"{at}:{key}{again}", key=f"Dumpstate info: {key}", value=told or None)


def _part(stored: BinaryIO, part: grammar.Part) -> Iterator[Part | Gap]:
    at, ended, odd = f"{'rest' if part.rest else 'part'} at line {part.line}", None, None
    try:
        ended = wall_clock(part.ending) if part.ending else None
    except ValueError as e:
        odd = Gap(locator=f"{at}.ended", reason=f"Part: ended: {e}")
    yield Part(
        locator=at, kind=part.kind, title=part.title, command=part.command, priority=part.priority, offset=part.offset,
        length=part.length, first_line=_first_line(stored, part), seconds=part.seconds, ended=ended, closed=part.closed,
        failed=part.failed,
    )  # fmt: skip
    if odd is not None:
        yield odd


def _first_line(stored: BinaryIO, part: grammar.Part) -> str | None:
    stored.seek(part.offset)
    text = stored.read(min(part.length, 2 * _FIRST_LINE)).decode("utf-8", "backslashreplace").strip()
    return text.partition("\n")[0].rstrip()[:_FIRST_LINE] or None

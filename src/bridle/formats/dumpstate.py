"""Where the parts of a dumpstate text lie, found in one pass: its header, its sections, and the dumps of its services.

    == dumpstate: 2026-03-29 23:14:20
    ------ SYSTEM PROPERTIES (getprop) ------
    [ro.build.version.sdk]: [34]
    ------ 0.101s was the duration of 'SYSTEM PROPERTIES' ------
    -------------------------------------------------------------------------------
    DUMP OF SERVICE CRITICAL activity:
    …
    --------- 0.151s was the duration of dumpsys activity, ending at: 2026-03-29 23:14:28

A section ends at its closing line, or where the next begins: what is a file's copy has no closing line, and Android 4
closed with `[ps: 0.2s elapsed]`. A dump of a service has the same form in the `dumpsys.txt` of AndroidQF. A line of a
part that looks like such a heading is taken for one: whoever writes to a log of several lines can add parts, but not
hide what stands behind them: where a closing line comes for a part that was left, its rest is given as well.

Sources: AOSP `frameworks/native/cmds/dumpstate` and `cmds/dumpsys`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpstate/bugreport-format.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError

HEADER, BETWEEN = "HEADER", "BETWEEN"
"""Titles of what stands before the first heading, and of what stands between a closing line and the next heading."""
MOST = 100_000
"""Parts of one text; a userdebug build has some two thousand."""
_CHUNK = 1 << 20
_LONGEST = 4096
"""Bytes of a heading or closing line that are looked at."""
_MARK = re.compile(rb"\n(?:------(?:---)? |DUMP OF SERVICE |\*\*\* )")
_DASHES = b"------"
_HOLDS_SERVICES = "DUMPSYS"
"""In the title of a section in which the dumps of services stand: its closing line comes after theirs."""
_CLOSING = re.compile(rb"------ (\d{1,9}(?:\.\d{1,9})?)s was the duration of '(.*)' ------\r?\Z", re.DOTALL)
_SERVICE = re.compile(rb"DUMP OF SERVICE (?:(CRITICAL|HIGH|NORMAL) )?(.+?):?\r?\Z", re.DOTALL)
_SERVICE_END = re.compile(
    rb"--------- (\d{1,9}(?:\.\d{1,9})?)s was the duration of dumpsys (.+?), ending at: (.{1,40}?)\r?\Z", re.DOTALL
)
_FAILED = re.compile(rb"\*\*\* (?:command '.*' |SERVICE '.*' |Error |.*: )(.*)\Z", re.DOTALL)
_RULE = re.compile(rb"(?<!-)-{79,}\r?\n\Z")
_ELAPSED = re.compile(rb"\[[^\n]{1,200}: \d{1,9}(?:\.\d{1,9})?s elapsed\]\s*\Z")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of the text: what stands under one heading, without the heading and the closing line."""

    kind: str
    """`section`, `service` or `between`; the header is a section."""
    title: str
    """`SYSTEM PROPERTIES`, `package`, …; text that is no UTF-8 has `\\xNN`."""
    command: str | None = None
    """What was run, or the file that was copied."""
    priority: str | None = None
    """`CRITICAL`, `HIGH` or `NORMAL`, where the service was dumped for one."""
    offset: int
    length: int
    line: int
    """Number of its first line in the whole text, from 1."""
    seconds: float | None = None
    """How long it took, where a closing line says so."""
    ending: str | None = None
    """When a service's dump ended, by the phone's clock, as stored."""
    closed: bool = False
    """Whether a closing line names it."""
    failed: str | None = None
    """The first line in it that says that a command failed, timed out or could not be read."""
    rest: bool = False
    """Whether it goes on from a part of that title, which a line like a heading or a closing line had ended."""


@dataclass
class _Open:
    kind: str
    title: str
    offset: int
    line: int
    command: str | None = None
    priority: str | None = None
    failed: str | None = None

    def part(self, end: int, **closing: object) -> Part:
        return Part(
            kind=self.kind, title=self.title, command=self.command, priority=self.priority, offset=self.offset,
            length=max(0, end - self.offset), line=self.line, failed=self.failed, **closing,  # type: ignore[arg-type]
        )  # fmt: skip


def parts(stored: BinaryIO) -> Iterator[Part]:
    """Every part in its order; nothing but headings, closing lines and rules lies outside of them.

    Empty stretches between parts are left out. Raises FormatError beyond `MOST` parts, after giving those.
    """
    state = _State(stored)
    given = 0
    for at, number, line in _marked_lines(stored):
        for part in state.take(at, number, line):
            if part.kind != "between" or part.length:
                yield part
                given += 1
        if given > MOST:
            raise FormatError(f"expected at most {MOST} parts, got more")
    yield from state.end()


class _State:
    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._open = _Open("section", HEADER, 0, 1)
        self._left: dict[tuple[str, str], tuple[_Open, bool]] = {}
        """Where parts were left, and whether closed, by kind and title: none that hold the dumps of services."""
        stored.seek(0, 2)
        self._size = stored.tell()

    def take(self, at: int, number: int, line: bytes) -> Iterator[Part]:
        """A line that may be a heading or a closing line. `at` is where it begins."""
        behind = min(at + len(line) + 1, self._size)
        if line.startswith(b"*** "):
            if self._open.failed is None and _FAILED.match(line):
                self._open.failed = _text(line[4:])
        elif found := _SERVICE.match(line):
            yield self._open.part(self._before_rule(at))
            new = _Open("service", _text(found[2]), behind, number + 1, priority=_text(found[1] or b"") or None)
            self._turn(new, at, number)
        elif found := _SERVICE_END.match(line):
            title = _text(found[2])
            if self._open.kind == "service" and self._open.title == title:
                yield self._open.part(at, seconds=float(found[1]), ending=_text(found[3]), closed=True)
                self._turn(_Open("between", BETWEEN, behind, number + 1), behind, number + 1, closed=True)
            elif left := self._left_at("service", title):
                yield left.part(at, seconds=float(found[1]), ending=_text(found[3]), closed=True, rest=True)
        elif found := _CLOSING.match(line):
            title = _text(found[2])
            same = self._open.title == title
            yield self._closed_by(at, float(found[1])) if same else self._open.part(at)
            if not same and (left := self._left_at("section", title)):
                yield left.part(at, seconds=float(found[1]), closed=True, rest=True)
            self._turn(_Open("between", BETWEEN, behind, number + 1), behind, number + 1, closed=same)
        elif heading := _heading(line):
            yield self._open.part(self._without_elapsed(self._before_rule(at)))
            title = _text(heading[0]).partition(" (")[0]
            self._turn(_Open("section", title, behind, number + 1, command=_text(heading[1]) or None), at, number)

    def _turn(self, new: _Open, at: int, number: int, *, closed: bool = False) -> None:
        """Leave the open part for a new one. What is left goes on at `at`, should its closing line come (again)."""
        left = self._open
        if left.kind != "between" and not (left.kind == "section" and _HOLDS_SERVICES in left.title):
            goes_on = _Open(left.kind, left.title, at, number, left.command, left.priority)
            self._left[(left.kind, left.title)] = (goes_on, closed)
        self._left.pop((new.kind, new.title), None)
        self._open = new

    def _left_at(self, kind: str, title: str) -> _Open | None:
        """Where a part was left whose closing line has come; one that had been closed only if nothing came between."""
        left, closed = self._left.pop((kind, title), (None, False))
        return None if closed and self._open.kind != "between" else left

    def _closed_by(self, at: int, seconds: float) -> Part:
        return self._open.part(at, seconds=seconds, closed=True)

    def end(self) -> Iterator[Part]:
        part = self._open.part(self._without_elapsed(self._size))
        if part.length or part.kind != "between":
            yield part

    def _before_rule(self, at: int) -> int:
        """Where a line of dashes above a heading begins, or `at`."""
        before = self._read(max(self._open.offset, at - 200), at)
        found = _RULE.search(before)
        return at - len(before) + found.start() if found else at

    def _without_elapsed(self, at: int) -> int:
        before = self._read(max(self._open.offset, at - 256), at)
        found = _ELAPSED.search(before)
        return at - len(before) + found.start() if found else at

    def _read(self, start: int, end: int) -> bytes:
        self._stored.seek(start)
        return self._stored.read(max(0, end - start))


def _marked_lines(stored: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Offset, number and beginning of every line that starts as a heading or closing line may."""
    at, number, before = 0, 1, 1
    """Offset of the chunk, lines begun before it, and the newline that is thought before the first line."""
    buffer = bytearray(b"\n" + bytes(_CHUNK))
    while True:
        stored.seek(at)
        stop = before + _fill(stored, memoryview(buffer)[before : before + _CHUNK])
        last = stop < before + _CHUNK
        end = stop if last else stop - _LONGEST
        counted = before
        for found in _MARK.finditer(buffer, 0, stop):
            place = found.start()
            if place >= end:
                break
            number += buffer.count(b"\n", counted, place + 1)
            counted = max(counted, place + 1)
            newline = buffer.find(b"\n", place + 1, min(stop, place + 1 + _LONGEST))
            line = bytes(buffer[place + 1 : newline if newline >= 0 else min(stop, place + 1 + _LONGEST)])
            yield at + place + 1 - before, number, line
        if last:
            return
        number += buffer.count(b"\n", counted, end)
        at, before = at + end - before, 0


def _fill(stored: BinaryIO, into: memoryview) -> int:
    """Bytes that were read: less than asked for only at the end."""
    filled = 0
    while filled < len(into) and (read := stored.readinto(into[filled:])):  # type: ignore[attr-defined]
        filled += read
    return filled


def _heading(line: bytes) -> tuple[bytes, bytes] | None:
    """Title and command of `------ TITLE (command) ------`, or None. In one pass, for a log may have such lines."""
    line = line.removesuffix(b"\r")
    if len(line) < 2 * len(_DASHES) + 1 or not line.startswith(_DASHES + b" ") or not line.endswith(_DASHES):
        return None
    within = line[len(_DASHES) + 1 : -len(_DASHES)]
    title, bracket, command = within.partition(b"(")
    if bracket and command.endswith(b") "):
        return title.removesuffix(b" "), command[:-2]
    return within.removesuffix(b" "), b""


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "backslashreplace").strip()

"""Diagnostic reports written as text: their fields, the calls of the thread that failed, the images that were loaded.

Sources: reports of iOS 14.5 and 14.8; https://developer.apple.com/documentation/xcode/examining-the-fields-in-a-crash-report
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.ips import Report

_MOST_LINES = 400
_KEY = re.compile(r"([A-Z][A-Za-z0-9/ ()-]{1,40}):(?:[ \t]+(.*))?")
_BODY = ("Thread ", "Binary Images", "Heaviest stack", "Powerstats")
_INFORMATION = "\nApplication Specific Information:\n"
_CRASHED = re.compile(r"Thread \d{1,5}(?: name:.{0,200})? Crashed:")
_CALL = re.compile(
    r"(\d{1,4})\s++(\S(?:.{0,199}?\S)?)\s++(0x[0-9a-f]{1,16}) (?:(0x[0-9a-f]{1,16}|0) \+ (\d{1,20})|(.{1,300}))"
)
_IMAGE = re.compile(
    r" *(0x[0-9a-f]{1,16}) - +(0x[0-9a-f]{1,16}) \+?(\S.{0,200}?) (\S{1,20}) +<([0-9a-fA-F-]{32,36})> (\S.*)"
)
_NAME_AND_PID = re.compile(r"(.{1,200}?) \[(\d{1,10})\]")
_KEYS = {
    "Path": "procPath", "Identifier": "(bundle)", "Role": "procRole", "Date/Time": "captureTime",
    "Launch Time": "procLaunch", "Exception Subtype": "(subtype)", "Exception Codes": "(codes)",
    "Hardware Model": "modelCode", "UUID": "(uuid)", "Event": "(exception)", "User ID": "userID", "PID": "pid",
    "Command": "procName", "Termination Description": "(indicator)",
}  # fmt: skip
_PAIRS = {
    "Process": ("procName", "pid"), "Parent Process": ("parentProc", "parentPid"),
    "Parent": ("parentProc", "parentPid"), "Responsible": ("responsibleProc", "responsiblePid"),
    "Terminating Process": ("(byProc)", "(byPid)"),
}  # fmt: skip
_NUMBERS = ("pid", "parentPid", "responsiblePid", "(byPid)", "userID", "faultingThread")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call on the stack of the thread that failed."""

    line: int
    number: int
    image: str | None
    """None where the address lies in no image (`???`)."""
    offset: int
    """Bytes from the begin of the image; the address itself where that is not told."""
    symbol: str | None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """An image of the list at the end of a report."""

    line: int
    name: str
    path: str
    uuid: str
    base: int
    size: int
    arch: str


def fields(report: Report) -> Iterator[tuple[str, str]]:
    """`Key: value` of the lines before the first thread."""
    for line in report.text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        if line.startswith(_BODY):
            return
        if found := _KEY.fullmatch(line.rstrip("\r")):
            yield found[1], (found[2] or "").strip()


def left_out(report: Report) -> Iterator[Gap]:
    """A Gap where there are more lines before the first thread than are read for fields."""
    *read, last = report.text.split("\n", _MOST_LINES)
    more = last.lstrip()
    if len(read) < _MOST_LINES or not more or more.startswith(_BODY):
        return
    if not any(line.startswith(_BODY) for line in read):
        reason = f"expected at most {_MOST_LINES} lines before the first thread, got more"
        yield Gap(locator=f"line {report.first_line + _MOST_LINES}", reason=reason)


def named(report: Report) -> dict[str, Any]:
    """The fields under the names that a report in JSON has for them; of one that stands twice the first."""
    found: dict[str, Any] = {}
    for key, value in fields(report):
        for name, read in _read(key, value):
            found.setdefault(name, int(read) if name in _NUMBERS and read.isdecimal() else read)
    return found


def _read(key: str, value: str) -> Iterator[tuple[str, str]]:
    if not value:
        return
    if key in _PAIRS:
        found = _NAME_AND_PID.match(value)
        yield _PAIRS[key][0], found[1] if found else value
        if found:
            yield _PAIRS[key][1], found[2]
    elif key == "Coalition":
        found = _NAME_AND_PID.match(value)
        yield "coalitionName", found[1] if found else value
    elif key == "Exception Type":
        kind, _, signal = value.partition(" (")
        yield "(exception)", kind
        if signal:
            yield "(signal)", signal.rstrip(")")
    elif key == "Termination Reason":
        yield "(namespace)", value.removeprefix("Namespace ").partition(",")[0]
        yield "(code)", value.partition("Code ")[2] or value
    elif key == "Triggered by Thread":
        yield "faultingThread", value
    else:
        yield _KEYS.get(key, key), value


def information(report: Report, longest: int) -> str | None:
    """What the program itself left in the report, up to the next empty line."""
    _, found, after = report.text.partition(_INFORMATION)
    return after.partition("\n\n")[0][:longest] or None if found else None


def calls(report: Report) -> Iterator[Call | Gap]:
    """The calls below `Thread 7 Crashed:`, up to the next empty line or the images; a Gap for a line that is none.

    A line that begins with an address belongs to the images, also where their heading stands above the calls.
    """
    inside = False
    for number, line in enumerate(report.text.split("\n"), report.first_line):
        if not inside:
            inside = line.startswith("Thread ") and _CRASHED.match(line) is not None
        elif not line.strip() or line.startswith("Binary Images:") or line.lstrip().startswith("0x"):
            return
        elif not (found := _CALL.match(line)):
            yield Gap(locator=f"line {number}", reason=f"expected a call, got {line!a:.60}")
        else:
            image = found[2] if found[2] != "???" else None
            yield Call(
                line=number, number=int(found[1]), image=image,
                offset=int(found[5]) if found[5] and image else int(found[3], 16),
                symbol=found[6].strip() if found[6] else None,
            )  # fmt: skip


def images(report: Report) -> Iterator[Loaded | Gap]:
    """The lines below `Binary Images:`; a Gap for one that begins with an address and says no more that is known."""
    start = report.text.find("\nBinary Images:") + 1
    if start == 0:
        return
    first = report.first_line + report.text.count("\n", 0, start)
    for number, line in enumerate(report.text[start:].split("\n"), first):
        if image := _IMAGE.fullmatch(line.rstrip()):
            base, end = int(image[1], 16), int(image[2], 16)
            yield Loaded(
                line=number, name=image[3], path=image[6], uuid=image[5], base=base, size=end - base + 1, arch=image[4]
            )
        elif line.lstrip().startswith("0x"):
            yield Gap(locator=f"line {number}", reason=f"expected an image, got {line!a:.60}")

"""spindump of a sysdiagnose: every process at the time of its collection, with the code loaded into it.

A head of `key: value` lines, then for each process its own, the stacks of its threads, and its images:

    Process:          accessoryd [176]
    UUID:             0A1B2C3D-0000-4000-8000-000000000000
    Path:             /System/Library/PrivateFrameworks/CoreAccessories.framework/Support/accessoryd
    Parent:           launchd [1]
    Time Since Fork:  201s

      Thread 0x8b6    DispatchQueue "com.apple.main-thread"(1)    8 samples (1-8)    priority 31 (base 31)
      8  ??? (dyld + 99536) [0x102c504d0]
      Binary Images:
               0x1027f4000 -                ???  accessoryd <0A1B2C3D-0000-4000-8000-000000000000>  /System/…/accessoryd

Path and UUID come from the kernel and the loader, not from the process. A process started when its `Time Since Fork`
lies before the time of the head. Stacks are passed over; only images that a stack leads through are listed. Jobs
that launchd holds back because they end again and again are facts. What stands behind `Spindump binary format` is the
same once more, for Apple's tool, and is not read.

Reports on microstackshots, samples taken over hours and days, have `Powerstats for:` in place of `Process:`, and the
times of the first and the last sample: such a process need not run any more.

Known limits: no file was at hand. Stacks, loads and times of threads are not read, and a process without an image in
any stack has no Image. Names may be cut by the kernel.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (spindumpnosymbols, lines of iOS 15); quoted dumps of iOS 26 and
of macOS 12, and reports on wakeups of macOS; spindump(8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import BundleId, FilePath, Gap, ProcessName, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.lines import picked, too_long
from bridle.formats.table import col, records, rest
from bridle.formats.written import decimal, whole, zoned

_MOST_LINES = 200
"""Lines of one process before its threads; some twenty are ordinary."""
_KEY = re.compile(r"([A-Za-z][^:]{0,60}):(?:\s+(.*))?")
_OF_PROCESS = re.compile(r"(.*) \[(\d{1,10})\](?: (.*))?")
_SECONDS = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)s")
_IMAGE = re.compile(
    r"[ *]*0x([0-9a-f]{1,16}) -\s{1,40}(?:0x([0-9a-f]{1,16})|\?\?\?)\s{1,40}"
    r"(\S.*?)\s{0,99}<([0-9A-Fa-f-]{32,36})>(?:\s{1,40}(\S.*))?"
)
_NAME_AND_VERSION = re.compile(r"(.*?)(?: ([0-9][0-9A-Za-z.]*))?(?: \(([^()]*)\))?")
_HEADING = "(heading)"
_HEADINGS = ("Process", "Powerstats for")
_BINARY = b"Spindump binary format"
_THROTTLED = " throttled after "
_THROTTLED_STORED = _THROTTLED.encode()
"""In an indented line that names a job which launchd holds back, because it ends again and again."""
_TOLD = re.compile(rb"\n(?:(?! )|[ *]*0x)")
"""Behind the end of a line: one that is not indented, or begins with an address."""
_KNOWN = ("---", "Heavy format", "Timeline format", "Use -", "No samples")
"""Lines of the head that say nothing of the phone begin so."""


def _name(value: str) -> str:
    found = _OF_PROCESS.fullmatch(value)
    return found[1] if found else value


def _pid(value: str) -> int | None:
    found = _OF_PROCESS.fullmatch(value)
    return int(found[2]) if found else None


def _state(value: str) -> str | None:
    found = _OF_PROCESS.fullmatch(value)
    return found[3] if found else None


def _seconds(value: str) -> float:
    found = _SECONDS.fullmatch(value)
    if found is None:
        raise ValueError(f"expected seconds such as 392s, got {value!r:.60}")
    return decimal(found[1])


@record
class Fact(Record):
    """One line of the head, or between processes."""

    key: str = note(doc="what it says, as stored")
    value: str | None = note(doc="the rest of the line")
    time: Utc | None = note(doc="the value, where it is a date, a time and a zone")


@record(surface="running-process")
class Process(Record):
    """One process."""

    process_name: ProcessName | None = col("Process", _name, doc="name, as the kernel has it")
    pid: int | None = col("Process", _pid, doc="process identifier")
    heading: str | None = col(_HEADING, doc="`Process` for one that was there; `Powerstats for` for one sampled before")
    state: str | None = col("Process", _state, doc="what stands behind the identifier, such as `(suspended)`")
    path: FilePath | None = col("Path", doc="program")
    uuid: str | None = col("UUID", doc="UUID of the program's executable")
    identifier: BundleId | None = col("Identifier", doc="bundle identifier")
    codesigning_id: BundleId | None = col("Codesigning ID", doc="identifier the program is signed with")
    version: str | None = col("Version", doc="version of the bundle")
    uid: int | None = col("UID", whole, doc="number of the user it runs as; 0 is root, 501 is mobile")
    parent: ProcessName | None = col("Parent", _name, doc="name of its parent")
    parent_pid: int | None = col("Parent", _pid, doc="process identifier of its parent")
    responsible: ProcessName | None = col("Responsible", _name, doc="name of the process it works for")
    responsible_pid: int | None = col("Responsible", _pid, doc="process identifier of that one")
    since_fork: float | None = col("Time Since Fork", _seconds, doc="seconds it has run for; the system rounds them")
    first_sampled: Utc | None = col("Start time", zoned, doc="when it was first sampled, below `Powerstats for`")
    last_sampled: Utc | None = col("End time", zoned, doc="when it was last sampled, below `Powerstats for`")
    footprint: str | None = col("Footprint", doc="memory it uses, with unit, as stored")
    architecture: str | None = col("Architecture", doc="architecture of its code")
    notes: tuple[str, ...] | None = col("Note", tuple, doc="notes of the collector, such as omitted threads")
    extra: str | None = rest(doc="lines that no field maps, as JSON")


@record(surface="running-process")
class Image(Record):
    """An image of code that stands in a stack of a process."""

    pid: int | None = note(doc="process identifier of the process above it")
    process: int | None = note(doc="line of that process")
    name: str = note(doc="name of the image")
    version: str | None = note(doc="its version and, in brackets, its source version, where they stand there")
    uuid: str = note(doc="UUID of the image")
    path: FilePath | None = note(doc="file it was loaded from")
    start: str = note(doc="address of its first byte, hexadecimal")
    end: str | None = note(doc="address of its last byte, hexadecimal; none where it is not known")


@artifact(
    "/sysdiagnose/spindump*.txt",
    "/sysdiagnose/microstackshots*.txt",
    "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/spindump*.txt",
)
def spindump(file: SourceFile) -> Iterator[Fact | Process | Image | Gap]:
    report, any_yet = _Report(), False
    with file.open() as stored:
        for some, longer in picked(stored, _TOLD, _THROTTLED_STORED):
            yield from map(too_long, longer)
            for number, line in some:
                if not _is_told(line):
                    continue
                if line.startswith(_BINARY):
                    break
                for row in report.line(number, line.decode("utf-8", "backslashreplace").rstrip(" \t\r")):
                    any_yet = True
                    yield row
            else:
                continue
            break
    yield from report.end()
    if not any_yet and not report.process and file.size:
        yield Gap(locator="file", reason="expected a head and processes, got neither")


def _is_told(line: bytes) -> bool:
    """Most lines are stacks, which are indented and do not begin with an address."""
    return (
        line[:1] != b" "
        or line.lstrip(b" *")[:2] == b"0x"
        or (_THROTTLED_STORED in line and _THROTTLED_STORED in line[:300])
    )


@dataclass
class _Report:
    """What has been read of the process at hand."""

    process: int | None = None
    """Line of the last process."""
    pid: int | None = None
    keys: dict[str, str | list[str]] = field(default_factory=dict)
    """Its keys, until they are told."""
    lines: int = 0
    """How many lines they were."""

    def line(self, number: int, line: str) -> Iterator[Fact | Process | Image | Gap]:
        if line.startswith(" ") and _THROTTLED in line:
            yield from self.end()
            key, _, value = line.strip().partition(": ")
            yield Fact(locator=f"line {number}", key=key.rstrip(":"), value=value or None, time=None)
        elif line.startswith((" ", "*")):
            yield from self.end()
            yield self._image(number, line)
        elif not line or line.startswith(_KNOWN):
            yield from self.end()
        elif found := _KEY.fullmatch(line):
            yield from self._key(number, found[1], found[2])
        else:
            yield Gap(locator=f"line {number}", reason=f"expected `key: value`, got {line!a:.60}")

    def end(self) -> Iterator[Process | Gap]:
        """The process whose keys are complete."""
        if self.keys:
            yield from records([(f"line {self.process}", self.keys)], Process)
            self.keys = {}

    def _key(self, number: int, key: str, value: str | None) -> Iterator[Fact | Process | Gap]:
        if key in _HEADINGS:
            yield from self.end()
            self.process, self.pid = number, _pid(value or "")
            self.keys, self.lines = {"Process": value or "", _HEADING: key}, 1
        elif not self.keys:
            yield Fact(locator=f"line {number}", key=key, value=value, time=_time(value))
        elif self.lines < _MOST_LINES:
            self.lines += 1
            self._keep(key, value or "")
        else:
            yield Gap(locator=f"line {number}", reason=f"Process: expected at most {_MOST_LINES} lines, got more")

    def _keep(self, key: str, value: str) -> None:
        """A key may stand more than once; `Note` is always a list."""
        before = self.keys.get(key)
        if before is None:
            self.keys[key] = [value] if key == "Note" else value
        elif isinstance(before, str):
            self.keys[key] = [before, value]
        else:
            before.append(value)

    def _image(self, number: int, line: str) -> Image | Gap:
        found = _IMAGE.fullmatch(line)
        if found is None:
            return Gap(locator=f"line {number}", reason=f"Image: expected addresses, name and UUID, got {line!a:.60}")
        name, version = _name_and_version(found[3])
        return Image(
            locator=f"line {number}", pid=self.pid, process=self.process, name=name, version=version, uuid=found[4],
            path=found[5], start=found[1], end=found[2],
        )  # fmt: skip


def _name_and_version(name: str) -> tuple[str, str | None]:
    """`com.apple.Foundation 6.9 (1866)` is a name, a version and a source version; the latter two may be missing."""
    found = _NAME_AND_VERSION.fullmatch(name)
    if found is None or not found[1]:
        return name, None
    return found[1], name[len(found[1]) :].strip() or None


def _time(value: str | None) -> Utc | None:
    try:
        return zoned(value)
    except ValueError:
        return None

"""Text logs of Apple's daemons: entries that begin with a time, and lines that go on with the one before.

    Wed Aug 11 05:51:02 2021 [176] <notice> (0x16bae7000) -[MIContainer …:]: Made container live for …
    10/13/21 07:57:42.865446 pid=69 handle_get_value: AMPDevicesAgent attempting to get [DeviceColor]
    2021-08-11 05:50:23-0700 logd[29]: flush for power button

The first two tell the time the phone's clock showed, in no zone; the last one tells its zone.

Sources: logs of iOS 14 and 15.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import BinaryIO, TypeVar

from bridle.classes import dataclass
from bridle.core import BundleId, FilePath, Gap, Record, Text, Utc, WallClock, note, record
from bridle.formats.lines import lines, too_long

LONGEST_MESSAGE = 64 << 10
"""Characters of one message that are kept, over all of its lines."""
_MONTHS = {m: n for n, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_INSTALLER = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4}) "
    r"\[(\d{1,10})\] <([a-z]{1,16})> \((0x[0-9a-fA-F]{1,16})\) ?(.*)"
)
_LOCKDOWN = re.compile(r"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) pid=(\d{1,10}) ?(.*)")
_LOGD = re.compile(
    r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([+-]\d\d)(\d\d) ([^\s\[\]:]{1,64})\[(\d{1,10})\]: ?(.*)"
)
_FUNCTION = re.compile(r"([-+]\[[^\]]{1,300}\]\w{0,40}|[A-Za-z_][A-Za-z0-9_.]{0,127}(?:\([^)]{0,80}\))?): ?")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a log."""

    line: int
    """Number of its first line."""
    shown: WallClock | None = None
    time: Utc | None = None
    pid: int
    process: str | None = None
    level: str | None = None
    thread: str | None = None
    function: str | None = None
    message: str
    """All of its lines; cut to `LONGEST_MESSAGE` characters."""


@dataclass
class _Open:
    """An entry whose lines are not all read."""

    entry: Entry
    more: list[str] = field(default_factory=list)
    length: int = 0
    """Characters of the message so far, with the line's end."""
    cut: bool = False

    def add(self, line: str) -> None:
        room = LONGEST_MESSAGE - self.length
        self.cut |= len(line) > room or room < 0
        if room >= 0:
            self.more.append(line[:room])
            self.length += len(line) + 1

    def told(self) -> Iterator[Entry | Gap]:
        """The entry, and a Gap where not all of its message was kept."""
        yield self.whole()
        if self.cut:
            reason = f"expected a message of at most {LONGEST_MESSAGE} characters, got more: the rest is not kept"
            yield Gap(locator=f"line {self.entry.line}.message", reason=reason)

    def whole(self) -> Entry:
        return replace(self.entry, message="\n".join([self.entry.message, *self.more])) if self.more else self.entry


@record
class InstallerEntry(Record):
    """One entry of installd, containermanagerd or mobileactivationd; its further lines belong to its message."""

    time: WallClock | None = note(doc="what the phone's clock showed")
    pid: int = note(doc="process identifier of the daemon")
    level: str | None = note(doc="`notice`, `err` …")
    thread: str | None = note(doc="identifier of the thread")
    function: str | None = note(doc="function that wrote it")
    message: Text = note(doc="what it wrote, cut to 65,536 characters", surface="mention")
    bundle_ids: tuple[BundleId, ...] | None = note(doc="identifiers in the message: three or more words joined by dots")
    paths: tuple[FilePath, ...] | None = note(doc="paths in the message", surface="mention")


E = TypeVar("E", bound=InstallerEntry)


def installer_entries(stored: BinaryIO, cls: type[E]) -> Iterator[E | Gap]:
    """The entries of such a log as rows of `cls`, which says what a bundle identifier in it means."""
    for found in entries(stored, installer):
        if isinstance(found, Gap):
            yield found
            continue
        yield cls(
            locator=f"line {found.line}", time=found.shown, pid=found.pid, level=found.level, thread=found.thread,
            function=found.function, message=found.message, bundle_ids=identifiers(found.message),
            paths=paths(found.message),
        )  # fmt: skip


Reader = Callable[[int, str], Entry | None]


def entries(stored: BinaryIO, read: Reader) -> Iterator[Entry | Gap]:
    """The entries of a log. `read` makes one of a line that begins an entry, and None of any other.

    Lines before the first entry are a Gap each: what they went on with is in an older file, or lost.
    """
    waiting: _Open | None = None
    for number, line in lines(stored):
        if line is None:
            yield too_long(number)
        elif (begun := read(number, line)) is not None:
            if waiting is not None:
                yield from waiting.told()
            waiting = _Open(begun, length=len(begun.message) + 1)
        elif waiting is not None:
            waiting.add(line)
        elif line.strip():
            yield Gap(locator=f"line {number}", reason=f"expected a time at the begin of an entry, got {line!a:.60}")
    if waiting is not None:
        yield from waiting.told()


def installer(number: int, line: str) -> Entry | None:
    """An entry of mobile_installation, containermanagerd or mobileactivationd."""
    found = _INSTALLER.fullmatch(line)
    if found is None or found[1] not in _MONTHS:
        return None
    try:
        shown = WallClock(
            datetime(int(found[6]), _MONTHS[found[1]], int(found[2]), int(found[3]), int(found[4]), int(found[5]))  # noqa: DTZ001 - the zone is unknown
        )
    except ValueError:
        return None
    function, message = _split(found[10])
    return Entry(
        line=number, shown=shown, pid=int(found[7]), level=found[8], thread=found[9], function=function, message=message
    )


def lockdown(number: int, line: str) -> Entry | None:
    """An entry of lockdownd; years are two digits, of this century."""
    found = _LOCKDOWN.fullmatch(line)
    if found is None:
        return None
    month, day, year, hour, minute, second, micros = map(int, found.groups()[:7])
    try:
        shown = WallClock(datetime(2000 + year, month, day, hour, minute, second, micros))  # noqa: DTZ001 - the zone is unknown
    except ValueError:
        return None
    function, message = _split(found[9])
    return Entry(line=number, shown=shown, pid=int(found[8]), function=function, message=message)


def logd(number: int, line: str) -> Entry | None:
    """An entry of logd's own log."""
    found = _LOGD.fullmatch(line)
    if found is None:
        return None
    fraction = (found[3] or "").ljust(6, "0")
    try:
        time = datetime.fromisoformat(f"{found[1]}T{found[2]}.{fraction}{found[4]}:{found[5]}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Entry(line=number, time=Utc(time), process=found[6], pid=int(found[7]), message=found[8])


def _split(text: str) -> tuple[str | None, str]:
    """The function that wrote the entry, and what it wrote."""
    found = _FUNCTION.match(text)
    return (found[1], text[found.end() :]) if found else (None, text)


_IDENTIFIER = re.compile(r"(?<![\w./@-])[A-Za-z][A-Za-z0-9-]{1,62}(?:\.[A-Za-z0-9_-]{1,63}){2,8}(?![\w/@-]|\.\w)")
_PATH = re.compile(r"(?<![\w.:/])/(?:private|var|System|Applications|Developer|Library|usr|tmp)/[^\s\"'<>;,]{1,1000}")
_MOST = 32


def identifiers(message: str) -> tuple[str, ...] | None:
    """Bundle identifiers and the like: three or more words joined by dots, each once, at most 32."""
    return tuple(dict.fromkeys(f[0] for f in _IDENTIFIER.finditer(message)))[:_MOST] or None


def paths(message: str) -> tuple[str, ...] | None:
    """Paths on the device, each once, at most 32; one with a blank in it ends there."""
    return tuple(dict.fromkeys(f[0].rstrip(".:)]") for f in _PATH.finditer(message)))[:_MOST] or None

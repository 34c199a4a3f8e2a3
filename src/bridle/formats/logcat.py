"""Lines of `logcat`, in any of the layouts a phone's reports have, as columns.

    --------- beginning of main
    01-08 15:30:16.609  1000   929   996 I ActivityManager: Start proc 3663:com.android.keychain/1000 for service …
    03-29 23:14:20.123   929   996 I ActivityManager: …                   (threadtime)
    2026-03-29 23:14:20.123 +0100  1000   929   996 I ActivityManager: …  (year, zone)
    1578493816.609  1000   929   996 I ActivityManager: …                 (epoch)
    01-06 19:37:24.123 D/Tag     (  123): …                               (time, Android 4 and before)
    D/Tag     (  123): …                                                  (brief)

A time has no year there. It is given the year in which it lies before the time the log was taken, so an entry of
December in a report of January is of the year before.

Sources: AOSP `system/logging/liblog/logprint.cpp`,
https://android.googlesource.com/platform/system/logging/+/refs/heads/main/liblog/logprint.cpp
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.core import Gap, Record, Utc
from bridle.formats import arrow
from bridle.formats.android_users import number
from bridle.formats.log_lines import Lines, chunks, filled, halves, locators
from bridle.formats.log_threadtime import Cut, cut
from bridle.formats.values import unix

R = TypeVar("R", bound=Record)
_SLACK = timedelta(days=2)
"""How far an entry may lie behind the time of the report: zones, and a report that takes long."""
_YEARS = range(1971, 2200)
_OTHER = re.compile(
    r"(?:(\d{4})-)?(\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9})(?: ([+-]\d{4}))? +"
    r"(?:(\w+):? +)?(\d{1,10}) +(\d{1,10}) ([VDIWEFAS]) (.*)",
    re.DOTALL,
)
_EPOCH = re.compile(r" *(\d{1,11})\.(\d{1,9}) +(?:(\w+):? +)?(\d{1,10}) +(\d{1,10}) ([VDIWEFAS]) (.*)", re.DOTALL)
_BRIEF = re.compile(
    r"(?:(?:(\d{4})-)?(\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}) )?([VDIWEFAS])/"
    r"(.*?)\( {0,8}(?:(\w{1,32}):)? {0,8}(\d{1,10})\): ?(.*)",
    re.DOTALL,
)
_BUFFER = re.compile(r"-{5,20} (beginning of|switch to) (\S{1,100})")
COLUMNS = (
    "locator", "buffer", "time", "time_utc", "time_stored", "user", "uid", "pid", "tid", "priority", "tag", "message",
)  # fmt: skip
"""What an entry has."""


@dataclass(frozen=True)
class Batch:
    """Entries as columns by the names of `COLUMNS`."""

    columns: dict[str, pa.Array]

    def block(self, record: type[R]) -> arrow.ArrowBlock[R]:
        """As records of a type that has just these fields."""
        return block(record, self.columns)


def block(record: type[R], columns: dict[str, pa.Array]) -> arrow.ArrowBlock[R]:
    """Columns as a block, in the order of its record type."""
    schema = arrow.schema(record)
    return arrow.ArrowBlock(record, pa.table([columns[n] for n in schema.names], schema=schema))


def entries(stored: BinaryIO, taken: datetime | None, buffer: str | None) -> Iterator[Batch | Gap]:
    """All entries. `taken` is about when the log was taken, `buffer` the one it begins with, as far as known."""
    reader = _Reader(taken if taken and taken.year in _YEARS else None, buffer)
    for found in chunks(stored):
        yield from reader.read(found)


class _Reader:
    def __init__(self, taken: datetime | None, buffer: str | None) -> None:
        self._taken, self._buffer = taken, buffer
        self._begun = self._switches = False

    def read(self, found: Lines) -> Iterator[Batch | Gap]:
        """The entries of some lines: those of the common layout at once, others one by one."""
        of = cut(pa.arange(found.first, found.first + len(found.texts)), found.texts)
        slow = _Slow(self._taken, self._buffer, found.too_long, begun=self._begun, switches=self._switches)
        slow.read(list(zip(of.numbers.to_pylist(), of.texts.to_pylist(), strict=True)))
        if of.fields:
            yield from self._thread(of, slow.buffers(of.fields["number"]))
        self._buffer, self._begun, self._switches = slow.buffer, slow.begun, slow.switches
        yield from slow.batch()

    def _thread(self, of: Cut, buffers: pa.Array) -> Iterator[Batch | Gap]:
        numbers, stamps, users = (of.fields[n] for n in ("number", "stamp", "user"))
        time = times(stamps, self._taken)
        tags, messages = _tags(of.fields["rest"])
        none = pa.scalar(None, pa.string())
        yield Batch(
            {
                "locator": locators(numbers), "buffer": buffers, "time": time,
                "time_utc": pa.nulls(len(numbers), arrow.TYPES[Utc]),
                "time_stored": pc.if_else(time.is_null(), stamps, none),
                "user": users, "uid": uids(users), "pid": of.fields["pid"], "tid": of.fields["tid"],
                "priority": of.fields["priority"], "tag": tags, "message": messages,
            }
        )  # fmt: skip
        for number_, ids in of.odd:
            reason = f"Entry: expected process and thread, got {ids.strip()!a:.60}"
            yield Gap(locator=f"line {number_}.pid", reason=reason)


@dataclass
class _Slow:
    """The lines of other layouts, marks of a buffer, and what is neither."""

    taken: datetime | None
    buffer: str | None
    too_long: tuple[int, ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    marks: list[tuple[int, str | None]] = field(default_factory=list)
    begun: bool = False
    """A mark was read before."""
    switches: bool = False
    """Each change of the buffer has a mark."""

    def __post_init__(self) -> None:
        self.marks.append((0, self.buffer))

    def read(self, lines: list[tuple[int, str]]) -> None:
        last = -1
        for number_, line in lines:
            if (found := _BUFFER.fullmatch(line)) is not None:
                self.buffer = self._behind(found[1] == "switch to", found[2].rpartition("/")[2] or found[2])
                self.marks.append((number_, self.buffer))
            elif (row := self._row(line)) is not None:
                self.rows.append((f"line {number_}", self.buffer, *row))
            elif number_ in self.too_long:
                self.gaps.append(
                    Gap(locator=f"line {number_}", reason="expected a log entry, got a line that is too long")
                )
            elif line.strip() and not line.startswith("*** "):
                if number_ != last + 1:
                    reason = f"expected a log entry, got {line!a:.60}"
                    self.gaps.append(Gap(locator=f"line {number_}", reason=reason))
                last = number_

    def _behind(self, switch: bool, name: str) -> str | None:
        """The buffer of the entries behind a mark; None where they may be of several.

        Without `logcat -D` each buffer has one mark, before its first entry, and entries of the others may follow it.
        """
        self.switches = self.switches or switch
        first, self.begun = not self.begun, True
        return name if self.switches or first else None

    def _row(self, line: str) -> tuple[object, ...] | None:
        if found := _OTHER.fullmatch(line):
            year, stamp, zone, user, pid, tid, priority, rest = found.groups()
            tag, message = _tag(rest)
            return *self._when(year, stamp, zone), user, _uid(user), int(pid), int(tid), priority, tag, message
        if found := _BRIEF.fullmatch(line):
            year, stamp, priority, tag, user, pid, message = found.groups()
            when = self._when(year, stamp, None)
            return *when, user, _uid(user), int(pid), None, priority, tag.rstrip() or None, message or None
        if found := _EPOCH.fullmatch(line):
            seconds, fraction, user, pid, tid, priority, rest = found.groups()
            tag, message = _tag(rest)
            instant, stamp = _epoch(seconds, fraction)
            return None, instant, stamp, user, _uid(user), int(pid), int(tid), priority, tag, message
        return None

    def _when(
        self, year: str | None, stamp: str | None, zone: str | None
    ) -> tuple[datetime | None, datetime | None, str | None]:
        """The clock's time, the instant, and the stamp where there is neither."""
        if stamp is None:
            return None, None, None
        time = moment(stamp, int(year)) if year else time_of(stamp, self.taken)
        if time is None:
            return None, None, f"{year}-{stamp}" if year else stamp
        return time, _instant(time, zone) if zone else None, None

    def buffers(self, numbers: pa.Array) -> pa.Array:
        """The buffer of each entry, by the marks before it."""
        if len(self.marks) == 1:
            return pa.repeat(pa.scalar(self.marks[0][1], pa.string()), len(numbers))
        starts = [n for n, _ in self.marks[1:]]
        of, at = [], 0
        for n in numbers.to_pylist():
            while at < len(starts) and starts[at] < n:
                at += 1
            of.append(at)
        return pa.array([name for _, name in self.marks], pa.string()).take(pa.array(of, pa.int64()))

    def batch(self) -> Iterator[Batch | Gap]:
        if self.rows:
            columns = zip(*self.rows, strict=True)
            kinds = {"time": pa.timestamp("us"), "time_utc": arrow.TYPES[Utc]}
            kinds |= dict.fromkeys(("uid", "pid", "tid"), pa.int64())
            yield Batch({n: pa.array(c, kinds.get(n, pa.string())) for n, c in zip(COLUMNS, columns, strict=True)})
        yield from self.gaps


def times(stamps: pa.Array, taken: datetime | None) -> pa.Array:
    """Times of stamps without a year, as a column; null where the year or the day is not known."""
    if taken is None:
        return pa.nulls(len(stamps), pa.timestamp("us"))
    try:
        found = _in_year(stamps, taken.year)
        late = pc.greater(found, pa.scalar(taken + _SLACK, pa.timestamp("us")))
        if pc.any(late).as_py():
            found = pc.if_else(late, _in_year(stamps, taken.year - 1), found)
    except pa.ArrowInvalid:
        return pa.array([time_of(s, taken) for s in stamps.to_pylist()], pa.timestamp("us"))
    return found


def _in_year(stamps: pa.Array, year: int) -> pa.Array:
    return pc.binary_join_element_wise(f"{year:04d}", stamps, "-").cast(pa.timestamp("us"))


def time_of(stamp: str, taken: datetime | None) -> datetime | None:
    """As `times`, of one stamp."""
    if taken is None:
        return None
    found = moment(stamp, taken.year)
    return found if found is not None and found <= taken + _SLACK else moment(stamp, taken.year - 1)


def moment(stamp: str, year: int) -> datetime | None:
    """`MM-DD HH:MM:SS.mmm` in a year, to the microsecond; None where that is no time."""
    try:
        day, _, clock = stamp.partition(" ")
        seconds, _, fraction = clock.partition(".")
        hour, minute, second = map(int, seconds.split(":"))
        micros = int(fraction.ljust(6, "0")[:6])
        return datetime(year, int(day[:2]), int(day[3:5]), hour, minute, second, micros)  # noqa: DTZ001 - no zone known
    except (ValueError, OverflowError):
        return None


def _instant(time: datetime, zone: str) -> Utc | None:
    """A time of a zone such as `+0100`."""
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    try:
        away = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
        return Utc((time - away).replace(tzinfo=UTC))
    except OverflowError:
        return None


def _epoch(seconds: str, fraction: str) -> tuple[Utc | None, str | None]:
    try:
        instant = unix(int(seconds))
    except ValueError:
        return None, f"{seconds}.{fraction}"
    return Utc(instant + timedelta(microseconds=int(fraction.ljust(6, "0")[:6]))), None


def _uid(user: str | None) -> int | None:
    return None if user is None else number(user)


def uids(users: pa.Array) -> pa.Array:
    """The numbers of users, as far as known."""
    coded = users.dictionary_encode()
    of = pa.array([_uid(u) for u in coded.dictionary.to_pylist()], pa.int64())
    return of.take(coded.indices) if len(of) else pa.nulls(len(users), pa.int64())


def _tag(rest: str) -> tuple[str | None, str | None]:
    tag, colon, message = rest.partition(": ")
    if not colon:
        tag, message = (rest[:-1], "") if rest.endswith(":") else ("", rest)
    return tag.rstrip() or None, message or None


def _tags(rest: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Tag and message of each entry, as `_tag`."""
    tags, messages = halves(rest, ": ")
    tags, messages, alone = filled(pc.ascii_rtrim_whitespace(tags)), filled(messages), messages.is_null()
    if pc.any(alone).as_py():
        pairs = [_tag(r) for r in rest.filter(alone).to_pylist()]
        tags, messages = (
            pc.replace_with_mask(of, alone, pa.array([pair[at] for pair in pairs], pa.string()))
            for at, of in enumerate((tags, messages))
        )
    return tags, messages

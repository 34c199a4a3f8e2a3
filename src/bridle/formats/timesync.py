"""timesync: which wall time a moment of the kernel's clock was, for each boot of a device.

The file is a row of records. A boot record (`0xbbb0`, 48 bytes) begins a boot: its UUID, the timebase that turns ticks
into nanoseconds, the wall time of the boot. The sync records (`Ts`, 32 bytes) after it belong to that boot: a
continuous kernel time and the wall time it was. Between two of them the kernel's clock counts, also while the device
sleeps; a step of the wall clock is a new sync record. Space that is not used yet is filled with zeros.

Sources: https://github.com/libyal/dtformats, documentation of the Apple Unified Logging and Activity Tracing formats;
https://github.com/mandiant/macos-UnifiedLogs.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.core import FormatError, Gap, Utc
from bridle.formats.values import unix_nanoseconds

_BOOT = struct.Struct("<HHI16sIIqiI")
_SYNC = struct.Struct("<HHIQqiI")
_BOOT_MARK, _SYNC_MARK = 0xBBB0, 0x7354
_LEAST, _MOST = 8, 4096
"""Bytes of a record that can be stepped over."""
_UNREADABLE = 64
_FIRST, _LAST = 0, 253_402_300_799_000_000_000
"""Nanoseconds since 1970 that a time may be: to the end of 9999."""
TICKS = 2**62
"""A continuous time is less."""


@dataclass(frozen=True)
class Boot:
    """A boot record."""

    offset: int
    uuid: str
    numerator: int
    denominator: int
    wall: int
    """Nanoseconds since 1970 at the boot; 0 for not known."""
    minutes_west: int
    daylight_saving: int


@dataclass(frozen=True)
class Sync:
    """A sync record."""

    offset: int
    boot: str | None
    """UUID of the boot record before it."""
    kernel: int
    """Continuous time in ticks since the boot."""
    wall: int
    minutes_west: int
    daylight_saving: int


def uuid_text(raw: bytes) -> str:
    """16 bytes as the logs show a UUID."""
    return str(UUID(bytes=raw)).upper()


def records(stored: BinaryIO) -> Iterator[Boot | Sync | Gap]:
    """Every record of a file. Raises FormatError where it does not begin with one."""
    offset, boot, unreadable = 0, None, 0
    while len(head := stored.read(4)) == 4:
        mark, size = struct.unpack("<HH", head)
        if offset == 0 and (mark, size) not in ((_BOOT_MARK, _BOOT.size), (_SYNC_MARK, _SYNC.size)):
            raise FormatError(f"timesync: expected a boot or a sync record, got {head.hex()}")
        if not any(head):
            yield from _end(stored, offset)
            return
        if not _LEAST <= size <= _MOST or unreadable == _UNREADABLE:
            yield Gap(locator=f"offset {offset}", reason=f"expected a record, got {head.hex()}; the rest is not read")
            return
        raw = head + stored.read(size - 4)
        made = _record(raw, offset, boot)
        unreadable += isinstance(made, Gap)
        boot = made.uuid if isinstance(made, Boot) else boot
        yield made
        offset += size
    if head:
        yield Gap(locator=f"offset {offset}", reason=f"expected a record, got {len(head)} bytes")


def _end(stored: BinaryIO, offset: int) -> Iterator[Gap]:
    """A Gap if anything follows the zeros that fill the file."""
    at = offset
    while piece := stored.read(1 << 16):
        if any(piece):
            yield Gap(locator=f"offset {offset}", reason=f"expected nothing but zeros, got data near {at}")
            return
        at += len(piece)


def _record(raw: bytes, offset: int, boot: str | None) -> Boot | Sync | Gap:
    mark, size = struct.unpack_from("<HH", raw)
    if mark == _BOOT_MARK and size == len(raw) == _BOOT.size:
        _, _, _, uuid, numerator, denominator, wall, west, daylight = _BOOT.unpack(raw)
        return Boot(offset, uuid_text(uuid), numerator, denominator, wall, west, daylight)
    if mark == _SYNC_MARK and size == len(raw) == _SYNC.size:
        _, _, _, kernel, wall, west, daylight = _SYNC.unpack(raw)
        if kernel >= TICKS:
            return Gap(locator=f"offset {offset}", reason=f"expected a continuous time, got {kernel}")
        return Sync(offset, boot, kernel, wall, west, daylight)
    return Gap(locator=f"offset {offset}", reason=f"expected a boot or a sync record, got {raw[:8].hex()}")


@dataclass(frozen=True)
class Clock:
    """Wall times of a boot: `kernel` ticks rise, and `wall` has the nanoseconds since 1970 of each."""

    numerator: int
    denominator: int
    kernel: Sequence[int]
    wall: Sequence[int]
    source: str
    """`timesync` or `header`."""

    def nanoseconds(self, ticks: int) -> int | None:
        """Nanoseconds since 1970, by the last sync at or before `ticks`, or the first of all. None for no time."""
        at = max(bisect_right(self.kernel, ticks) - 1, 0)
        found = self.wall[at] + (ticks - self.kernel[at]) * self.numerator // self.denominator
        return found if _FIRST <= found <= _LAST else None

    def utc(self, ticks: int) -> Utc | None:
        """The time, to the microsecond. None where it is none."""
        found = self.nanoseconds(ticks)
        return None if found is None else unix_nanoseconds(found)

    def column(self, ticks: pa.Array) -> pa.Array:
        """The times of a column of ticks, to the microsecond; null where it is none."""
        try:
            return self._at_once(ticks)
        except (pa.ArrowInvalid, OverflowError):
            found = (self.nanoseconds(t) for t in ticks.to_pylist())
            return pa.array([None if n is None else n // 1000 for n in found], pa.timestamp("us", tz="UTC"))

    def _at_once(self, ticks: pa.Array) -> pa.Array:
        bounds = pc.min_max(ticks).as_py()
        first, last = (max(bisect_right(self.kernel, bounds[b]) - 1, 0) for b in ("min", "max"))
        if bounds["min"] < self.kernel[first]:
            raise OverflowError("times before the first sync are rounded one by one")
        kernel, wall = pa.scalar(self.kernel[first], pa.int64()), pa.scalar(self.wall[first], pa.int64())
        if first != last:
            places = pa.array([bisect_right(self.kernel, t) - 1 - first for t in ticks.to_pylist()], pa.int32())
            kernel = pa.array(self.kernel[first : last + 1], pa.int64()).take(places)
            wall = pa.array(self.wall[first : last + 1], pa.int64()).take(places)
        since = pc.subtract_checked(ticks, kernel)
        if self.numerator != self.denominator:
            since = pc.divide(pc.multiply_checked(since, pa.scalar(self.numerator)), pa.scalar(self.denominator))
        found = pc.add_checked(since, wall)
        if (low := pc.min_max(found).as_py())["min"] < _FIRST or low["max"] > _LAST:
            raise OverflowError("some are no times")
        return pc.divide(found, pa.scalar(1000, pa.int64())).cast(pa.timestamp("us", tz="UTC"))


def clock_of(boot: str, found: Iterable[Boot | Sync | Gap]) -> Clock | None:
    """The clock of a boot, of all records of all files. None where they say nothing of it.

    Without a sync record, the time of the boot itself is the only one.
    """
    begun: Boot | None = None
    syncs: dict[int, int] = {}
    for r in found:
        if isinstance(r, Boot) and r.uuid == boot and r.numerator and r.denominator:
            begun = begun or r
        elif isinstance(r, Sync) and r.boot == boot and 0 < r.wall <= _LAST:
            syncs[r.kernel] = r.wall
    if begun is None or not (syncs or 0 < begun.wall <= _LAST):
        return None
    ordered = sorted(syncs.items()) or [(0, begun.wall)]
    return Clock(begun.numerator, begun.denominator, [k for k, _ in ordered], [w for _, w in ordered], "timesync")

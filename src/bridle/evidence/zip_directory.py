"""The directory of a zip archive, and what can be found without one: the local headers, one after another.

Source: PKWARE APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT ; extra fields after
Info-ZIP `proginfo/extrafld.txt`.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from isal import isal_zlib

from bridle.core import Utc, WallClock
from bridle.evidence.archive import STEP, Bounds, RandomBytes
from bridle.evidence.source import SourceError
from bridle.evidence.stream import INFLATE_ERRORS, Inflate, raw_deflate

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR, _DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_CENTRAL = struct.Struct("<4s6H3I5H2I")
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
STORED, DEFLATED, BZIP2 = 0, 8, 12
ENCRYPTED, _STREAMED = 1, 8
_FULL = 0xFFFFFFFF
_FURTHEST = 1 << 62
"""No file is as long; what a directory places further away is thought here."""


class Row(NamedTuple):
    """One member, as a directory entry or a local header describes it."""

    name: bytes
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    offset: int
    mode: int = 0
    """Unix mode, 0 if the archiver gave none."""
    modified: Utc | None = None
    cut: bool = False
    """The archive ends before the member does."""
    shown: WallClock | None = None
    """The time of the header itself, to two seconds, in the zone of whoever packed the archive."""


class Directory:
    """The central directory. `usable` is False where it is missing or wrong, and `wrong` says how."""

    def __init__(self, source: RandomBytes, bounds: Bounds) -> None:
        self._source, self._bounds = source, bounds
        self._start = self._length = self._shift = 0
        self.wrong = ""
        self.encrypted = self.backslashes = False
        self.duplicates = 0
        self.overlapping: frozenset[int] = frozenset()
        self._find()
        if not self.wrong:
            self._survey()

    @property
    def usable(self) -> bool:
        return not self.wrong

    def _find(self) -> None:
        tail_at = max(0, self._source.size - 0xFFFF - _END.size - 20)
        tail = self._source.read(tail_at, self._source.size - tail_at)
        at = tail.rfind(END)
        if at < 0 or at + _END.size > len(tail):
            self.wrong = "it ends without a directory"
            return
        _, disk, _, _, self._count, self._length, self._start, _ = _END.unpack_from(tail, at)
        end = tail_at + at
        if at >= 20 and tail.startswith(_LOCATOR, at - 20):
            end, disk = self._find64(struct.unpack_from("<Q", tail, at - 12)[0], end - 20), 0
        if disk not in (0, 0xFFFF):
            raise SourceError("This is one part of a zip archive in several; join the parts first.")
        self._shift = end - self._length - self._start
        if self._shift < 0 or (self._shift and self._source.read(self._start, 4) == CENTRAL):
            self._shift = 0
        if self._start + self._shift + self._length > self._source.size:
            self.wrong = "its directory lies beyond its end"

    def _find64(self, at: int, fallback: int) -> int:
        for place in (at, fallback - 56):
            head = self._source.read(place, 56) if place >= 0 else b""
            if len(head) == 56 and head[:4] == _END64:
                self._count, self._length, self._start = struct.unpack_from("<3Q", head, 32)
                return place
        self.wrong = "its zip64 directory record is missing"
        return fallback

    def rows(self) -> Iterator[Row]:
        """Every entry of the directory, as far as it is well-formed; sets `wrong` where it is not."""
        at, end, buffer, base = self._start + self._shift, self._start + self._shift + self._length, b"", 0
        while at < end:
            if at + _CENTRAL.size + 3 * 0xFFFF > base + len(buffer) and base + len(buffer) < end:
                buffer, base = self._source.read(at, min(4 * STEP, end - at)), at
            place = at - base
            if buffer[place : place + 4] != CENTRAL or place + _CENTRAL.size > len(buffer):
                self.wrong = f"its directory is damaged at {at:#x}"
                return
            row, length = _central(buffer, place, self._shift)
            at += length
            if at > end:
                self.wrong = f"its directory is cut short at {at:#x}"
                return
            yield row

    def _survey(self) -> None:
        """One pass over the directory: is it whole, do names repeat, do members share their bytes?"""
        starts, ends, names = array("Q"), array("Q"), array("q")
        slashes = backslashes = False
        for row in self.rows():
            starts.append(min(row.offset, _FURTHEST))
            ends.append(min(row.offset + LOCAL_HEADER.size + len(row.name) + row.stored, _FURTHEST))
            names.append(hash(row.name))
            self.encrypted |= bool(row.flags & ENCRYPTED)
            slashes, backslashes = slashes or b"/" in row.name, backslashes or b"\\" in row.name
            if len(starts) > self._bounds.members:
                break
        ordered = sorted(names)
        self.duplicates = sum(a == b for a, b in pairwise(ordered))
        self.backslashes = backslashes and not slashes
        self.overlapping = _overlapping(starts, ends)
        if not self.wrong and len(starts) & 0xFFFF != self._count & 0xFFFF and len(starts) <= self._bounds.members:
            self.wrong = f"its directory has {len(starts)} entries instead of {self._count}"


def _overlapping(starts: array[int], ends: array[int]) -> frozenset[int]:
    order: Sequence[int] = range(len(starts))
    if any(a > b for a, b in pairwise(starts)):
        order = sorted(order, key=starts.__getitem__)
    found, furthest, owner = set(), 0, -1
    for i in order:
        if starts[i] < furthest:
            found |= {i, owner}
        if ends[i] > furthest:
            furthest, owner = ends[i], i
    return frozenset(found)


def _central(buffer: bytes, at: int, shift: int) -> tuple[Row, int]:
    f = _CENTRAL.unpack_from(buffer, at)
    name_at = at + _CENTRAL.size
    extra_at = name_at + f[10]
    extra = buffer[extra_at : extra_at + f[11]]
    size, stored, offset = _wide(extra, f[9], f[8], f[16])
    row = Row(
        name=buffer[name_at:extra_at], flags=f[3], method=f[4], crc=f[7], stored=stored, size=size,
        offset=offset + shift, mode=f[15] >> 16 if f[1] >> 8 in (3, 19) else 0, modified=_modified(extra),
        shown=_shown(f[6], f[5]),
    )  # fmt: skip
    return row, _CENTRAL.size + f[10] + f[11] + f[12]


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        yield tag, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _wide(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset, the 32-bit ones replaced by those of a zip64 extra field."""
    values = [size, stored, offset]
    if _FULL in values:
        wide = next((v for tag, v in _fields(extra) if tag == 1), b"")
        for i, v in enumerate(values):
            if v == _FULL and len(wide) >= 8:
                values[i], wide = int.from_bytes(wide[:8], "little"), wide[8:]
    return values[0], values[1], values[2]


def _modified(extra: bytes) -> Utc | None:
    """From the extra fields alone: the time of day in the header itself is of an unknown zone."""
    for tag, value in _fields(extra):
        if tag == 0x5455 and len(value) >= 5 and value[0] & 1:
            return Utc(datetime.fromtimestamp(struct.unpack_from("<i", value, 1)[0], UTC))
        if tag == 0x000A and len(value) >= 16 and value[4:6] == b"\x01\x00":
            ticks = struct.unpack_from("<Q", value, 8)[0]
            if 0 < ticks < 2650467744000000000:
                return Utc(datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10))
    return None


def _shown(date: int, time: int) -> WallClock | None:
    """A date and a time as MS-DOS keeps them; None for what no calendar has, and for the first day it knows."""
    if date <= 0x21:
        return None
    day = (1980 + (date >> 9), date >> 5 & 15, date & 31)
    try:
        return WallClock(datetime(*day, time >> 11, time >> 5 & 63, (time & 31) * 2))  # noqa: DTZ001 - the zone is unknown
    except ValueError:
        return None


def salvaged(source: RandomBytes, bounds: Bounds) -> Iterator[Row]:
    """Members by their local headers, one after another, up to where the archive breaks off."""
    at: int | None = 0
    count = 0
    while at is not None and count < bounds.members and (at := _find(source, LOCAL, at)) is not None:
        head = source.read(at, LOCAL_HEADER.size)
        if len(head) < LOCAL_HEADER.size:
            return
        f = LOCAL_HEADER.unpack(head)
        start = at + LOCAL_HEADER.size + f[9] + f[10]
        rest = source.read(at + LOCAL_HEADER.size, f[9] + f[10])
        extra = rest[f[9] :]
        size, stored, _ = _wide(extra, f[8], f[7], 0)
        row = Row(
            name=rest[: f[9]], flags=f[2], method=f[3], crc=f[6], stored=stored, size=size, offset=at,
            modified=_modified(extra), shown=_shown(f[5], f[4]),
        )  # fmt: skip
        if not row.name or f[3] > 100:
            at += 4
            continue
        if not row.stored and (row.flags & _STREAMED or row.crc):
            row = _measured(source, row, start, bounds)
        if start + row.stored > source.size:
            row = row._replace(stored=max(0, source.size - start), cut=True)
        yield row
        count += 1
        at = start + row.stored


def _find(source: RandomBytes, what: bytes, at: int) -> int | None:
    while at < source.size:
        found = (data := source.read(at, 4 * STEP)).find(what)
        if found >= 0:
            return at + found
        at += max(1, len(data) - len(what) + 1)
    return None


def _measured(source: RandomBytes, row: Row, start: int, bounds: Bounds) -> Row:
    """A member whose sizes follow its data: they are found by decompressing it, or by the descriptor's mark."""
    if row.method != DEFLATED or row.flags & ENCRYPTED:
        return _described(source, row, start)
    inflate, size, crc, read = raw_deflate(), 0, 0, 0

    def pieces() -> Iterator[bytes]:
        nonlocal read
        while data := source.read(start + read, STEP):
            read += len(data)
            yield data

    try:
        for out in fed(inflate, pieces()):
            size, crc = size + len(out), isal_zlib.crc32(out, crc)
            if size > bounds.member:
                break
    except INFLATE_ERRORS:
        return row._replace(stored=read, size=size, cut=True)
    if not inflate.eof:
        return row._replace(stored=read, size=size, cut=True)
    return row._replace(stored=read - len(inflate.unused_data), size=size, crc=crc)


def _described(source: RandomBytes, row: Row, start: int) -> Row:
    at: int | None = start
    while at is not None and (at := _find(source, _DESCRIPTOR, at)) is not None:
        mark = source.read(at, 16)
        if len(mark) == 16:
            crc, stored, size = struct.unpack_from("<3I", mark, 4)
            if stored == at - start:
                return row._replace(crc=crc, stored=stored, size=size)
        at += 4
    return row._replace(stored=source.size - start, size=source.size - start, cut=True)


def fed(inflate: Inflate, pieces: Iterator[bytes]) -> Iterator[bytes]:
    data = b""
    while not inflate.eof:
        if inflate.needs_input and not (data := next(pieces, b"")):
            return
        if out := inflate.decompress(data, STEP):
            yield out
        data = b""

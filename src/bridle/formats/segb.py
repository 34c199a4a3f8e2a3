"""SEGB segments, as Apple's Biome stores events: entries with a state, a time and a checksum, of two generations.

The first has a header of 56 bytes: where the entries end, and at its end the mark `SEGB`. Each entry has a header of 32
bytes (length, state, two times, CRC-32 of the payload, a number of unknown meaning) and begins at a multiple of 8. The
second begins with `SEGB`, the count of entries and the time the segment was made, in 32 bytes. At the end of the file
there are 16 bytes per entry: where it ends, counted from the end of the header, its state and its time. An entry begins
with a CRC-32 and a number of unknown meaning, at a multiple of 4. All numbers are little-endian.

An entry that is marked as deleted may still hold its payload; it is given like any other. A segment of the second
generation may use space again, and then an entry that reads as written has a checksum that does not fit.

Sources: https://github.com/cclgroupltd/ccl-segb (layout); https://cellebrite.com/en/understanding-and-decoding-the-
newest-ios-segb-format/ ; no segment of a real phone was at hand.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError, Gap

MARK = b"SEGB"
MAX_PAYLOAD = 4 << 20
"""Bytes of one payload that are read."""
MAX_ENTRIES = 1 << 20
"""Entries of one segment of the second generation."""
STATES = {1: "written", 3: "deleted", 4: "unknown"}
_FIRST = struct.Struct("<I48x4s")
_FIRST_ENTRY = struct.Struct("<iiddIi")
_SECOND = struct.Struct("<4sId16x")
_SECOND_ENTRY = struct.Struct("<Ii")
_TRAILER = struct.Struct("<iid")
_CHUNK = 64 << 10


@dataclass(frozen=True)
class Entry:
    """One entry."""

    offset: int
    """Where its header begins in the file."""
    state: int
    """1 written, 3 deleted, 4 of unknown meaning."""
    time: float
    """When it was written, in seconds since 2001."""
    second_time: float | None
    """A second time of the first generation, in seconds since 2001; it is the same as a rule."""
    crc_fits: bool
    """Whether the payload has the checksum that is stored with it."""
    payload: bytes


def entries(stored: BinaryIO, size: int) -> Iterator[Entry | Gap]:
    """The entries of a segment of `size` bytes, in their order in the file. Raises FormatError for other bytes."""
    header = _read(stored, 0, _FIRST.size)
    if header[:4] == MARK and len(header) >= _SECOND.size:
        yield from _second(stored, size, header)
    elif len(header) == _FIRST.size and header[-4:] == MARK:
        yield from _first(stored, size, header)
    else:
        raise FormatError(f"SEGB: expected its mark at byte 0 or 52, got {header[:4]!r} and {header[-4:]!r}")


def _first(stored: BinaryIO, size: int, header: bytes) -> Iterator[Entry | Gap]:
    (end, _) = _FIRST.unpack(header)
    place, last = _FIRST.size, min(end, size)
    while place < last:
        head = _read(stored, place, _FIRST_ENTRY.size)
        if len(head) < _FIRST_ENTRY.size:
            yield _gap(place, f"expected a header of {_FIRST_ENTRY.size} bytes, got {len(head)}")
            return
        length, state, time, second_time, crc, _ = _FIRST_ENTRY.unpack(head)
        begin = place + _FIRST_ENTRY.size
        if not 0 <= length <= size - begin:
            yield _gap(place, f"expected a payload of at most {size - begin} bytes, got {length}")
            return
        if length > MAX_PAYLOAD:
            yield Gap(locator=f"offset 0x{place:x}", reason=f"expected a payload up to {MAX_PAYLOAD}, got {length}")
        else:
            payload = _read(stored, begin, length)
            yield Entry(place, state, time, second_time, zlib.crc32(payload) == crc, payload)
        place = _aligned(begin + length, 8)
    if end > size:
        yield Gap(locator=f"end 0x{size:x}", reason=f"expected entries up to byte {end}, got {size} bytes")
    yield from _remains(stored, place, size)


def _second(stored: BinaryIO, size: int, header: bytes) -> Iterator[Entry | Gap]:
    _, count, _ = _SECOND.unpack(header[: _SECOND.size])
    table = size - count * _TRAILER.size
    if count > MAX_ENTRIES:
        raise FormatError(f"SEGB: expected at most {MAX_ENTRIES} entries, got {count}")
    if table < _SECOND.size:
        raise FormatError(f"SEGB: expected {count} entries and their table, got {size} bytes")
    place = 0
    for where, end, state, time in _trailers(stored, table, count):
        length = end - place - _SECOND_ENTRY.size
        if length < 0 or _SECOND.size + end > table:
            seen = f"one from byte {place} to {end} of {table - _SECOND.size}"
            yield Gap(locator=f"table 0x{where:x}", reason=f"expected an entry of 8 bytes or more, got {seen}")
            continue
        start, place = _SECOND.size + place, _aligned(end, 4)
        if length > MAX_PAYLOAD:
            yield Gap(locator=f"offset 0x{start:x}", reason=f"expected a payload up to {MAX_PAYLOAD}, got {length}")
            continue
        whole = _read(stored, start, length + _SECOND_ENTRY.size)
        crc, _ = _SECOND_ENTRY.unpack(whole[: _SECOND_ENTRY.size])
        payload = whole[_SECOND_ENTRY.size :]
        yield Entry(start, state, time, None, zlib.crc32(payload) == crc, payload)
    yield from _remains(stored, _SECOND.size + place, table)


def _trailers(stored: BinaryIO, table: int, count: int) -> list[tuple[int, int, int, float]]:
    """The entries' places in the table, ends, states and times, in the order of their ends."""
    data = _read(stored, table, count * _TRAILER.size)
    if len(data) < count * _TRAILER.size:
        raise FormatError(f"SEGB: expected a table of {count} entries at byte {table}, got {len(data)} bytes")
    found = [(table + n * _TRAILER.size, *row) for n, row in enumerate(_TRAILER.iter_unpack(data))]
    return sorted(found, key=lambda row: row[1])


def _remains(stored: BinaryIO, start: int, end: int) -> Iterator[Gap]:
    """A Gap where the space after the last entry is not empty."""
    while start < end:
        chunk = _read(stored, start, min(_CHUNK, end - start))
        if not chunk:
            return
        if kept := chunk.lstrip(b"\0"):
            at = start + len(chunk) - len(kept)
            yield Gap(locator=f"after 0x{at:x}", reason=f"{end - at} bytes after the last entry were not read")
            return
        start += len(chunk)


def _gap(place: int, reason: str) -> Gap:
    return Gap(locator=f"offset 0x{place:x}", reason=f"{reason}; it cannot be known where the next entry is")


def _aligned(place: int, to: int) -> int:
    return -(-place // to) * to


def _read(stored: BinaryIO, place: int, count: int) -> bytes:
    stored.seek(place)
    return stored.read(count)

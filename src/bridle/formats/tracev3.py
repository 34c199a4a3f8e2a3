"""tracev3: Apple's unified logs as the device stores them.

The file is a row of chunks: a tag, a sub tag, a size, the content, padding to 8 bytes. The header says which boot it
was and how ticks of the continuous time become nanoseconds. A catalog lists the processes that logged, and the names
they logged under; the chunksets after it are LZ4 blocks with chunks of records. A record refers to its format string
by a place in the strings of an executable or of the shared cache, and holds the arguments; arguments too long for it
have a chunk of their own.

Records are gathered over several chunksets and become columns at once. What of a chunk cannot be read is a Gap, and
the next one is read; after too many of them the rest of the file is one Gap, which says how many bytes it has.

Not read: chunksets of another compression (systems after 26 are said to have one), each of which is a Gap.

Sources: https://github.com/libyal/dtformats, documentation of the Apple Unified Logging and Activity Tracing formats
(layout, flags, arguments); https://github.com/mandiant/macos-UnifiedLogs (chunks that are not aligned, private
arguments, arguments kept by themselves).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

import pyarrow.compute as pc

from bridle.core import FormatError, Gap, Record, Utc
from bridle.formats import _tracev3_catalog as catalogs
from bridle.formats import arrow
from bridle.formats._tracev3_catalog import Catalog, Header, Process
from bridle.formats._tracev3_chunkset import unpacked
from bridle.formats._tracev3_columns import columns, in_order
from bridle.formats._tracev3_messages import Message, Search, messages
from bridle.formats._tracev3_records import PLACE, Gathered
from bridle.formats.arrow import ArrowBlock
from bridle.formats.timesync import Clock

R = TypeVar("R", bound=Record)

HEADER, CATALOG, CHUNKSET = 0x1000, 0x600B, 0x600D
_CHUNK = struct.Struct("<IIQ")
_TAGS = {HEADER: 1 << 16, CATALOG: 1 << 20, CHUNKSET: 64 << 20}
"""The most bytes of each; offsets in a catalog have 16 bits."""
_STEP = 1 << 20
_UNREADABLE = 64
"""After so many chunks that cannot be read, the rest is not."""
_GAPS = 256
"""Gaps that are told one by one."""
_ROWS, _BYTES = 32_768, 16 << 20
"""Records that become columns at once, or a few more; bytes of the chunksets they are in."""
_AGAIN = tuple(struct.pack("<II", tag, 0x11) for tag in (CATALOG, CHUNKSET))
_MARKS = 4096
_NOT_TOLD = "has a text that is looked for, but in no record that could be read"


class Batch:
    """Records that were read, in the order of the file."""

    def __init__(self, gathered: Gathered, clock: Clock | None, boot: str | None, search: Search | None) -> None:
        self._gathered, self._clock, self._search = gathered, clock, search
        self._parts = columns(gathered, clock, boot)

    def block(self, cls: type[R]) -> ArrowBlock[R]:
        """The records as rows of `cls`, whose fields are among those of a record.

        They are `locator`, `time`, `time_from`, `kind`, `level`, `pid`, `process_uuid`, `subsystem`, `category`,
        `thread_id`, `activity_id`, `strings_uuid`, `format_offset`, `dynamic`, `continuous_time`, `boot_uuid`, `lost`.
        """
        schema = arrow.schema(cls)
        return ArrowBlock(cls, in_order(self._parts, schema.names).cast(schema))

    def messages(self) -> Iterator[tuple[Message, dict[str, Any], Process | None] | Gap]:
        """The messages that are looked for: what they say, the columns of the record, its process."""
        if self._search is None:
            return
        told: set[int] = set()
        for found in sorted(messages(self._gathered, self._parts, self._search), key=lambda m: m.place):
            chunk = self._gathered.chunks[found.place // PLACE]
            row = {
                name: column[found.row].as_py() for name, column in self._parts[found.part].items() if name != "time"
            }
            row["time"] = self.time(row["continuous_time"])
            told.add(found.place // PLACE)
            yield found, row, chunk.process
        for number, chunk in enumerate(self._gathered.chunks):
            if chunk.marked and number not in told:
                yield Gap(locator=f"{chunk.prefix}{chunk.start} text", reason=_NOT_TOLD)

    def damage(self) -> Iterator[Gap]:
        """What of the columns could not be computed."""
        for part in self._parts if self._clock else ():
            missing = pc.indices_nonzero(part["time"].is_null())
            if len(missing):
                ticks = part["continuous_time"][missing[0].as_py()]
                reason = f"expected a time, got continuous time {ticks}; so in {len(missing)} records of this kind"
                yield Gap(locator=f"{part['locator'][missing[0].as_py()]}.time", reason=reason)

    def time(self, ticks: int) -> Utc | None:
        """The time of a continuous time."""
        return None if self._clock is None else self._clock.utc(ticks)


def read(
    stored: BinaryIO, size: int, clock: Callable[[Header], Clock | None], search: Search | None = None
) -> Iterator[Header | Catalog | Batch | Gap]:
    """Everything in a file, in its order. `clock` gives the times of the boot that a header names.

    A Batch is to be used before the next item is asked for. Raises FormatError where it does not begin as such a file.
    """
    gaps, last = 0, None
    for item in _Reader(clock, search).items(stored, size):
        gaps += isinstance(item, Gap)
        if gaps <= _GAPS or not isinstance(item, Gap):
            yield item
        else:
            last = item
    if last is not None:
        yield Gap(
            locator=f"{last.locator} and before",
            reason=f"{gaps - _GAPS} more places could not be read; of the last: {last.reason}",
        )


class _Reader:
    """What the chunks before say of the ones after."""

    def __init__(self, clock: Callable[[Header], Clock | None], search: Search | None) -> None:
        self._clock_of, self._search = clock, search
        self._clock: Clock | None = None
        self._boot: str | None = None
        self._processes: dict[tuple[int, int], Process] = {}
        self._gathered = Gathered()
        self._marks = tuple(m.encode() for m in search.marks) if search else ()

    def items(self, stored: BinaryIO, size: int) -> Iterator[Header | Catalog | Batch | Gap]:
        """Everything in a file."""
        for item in _chunks(stored, size):
            if isinstance(item, Gap):
                yield item
                continue
            tag, offset, content = item
            try:
                yield from self._chunk(tag, offset, content)
            except FormatError as e:
                reason = f"{e!s:.200}; {len(content)} bytes are not read"
                yield Gap(locator=f"offset {offset}", reason=reason)
        yield from self._flush()
        for place in self._gathered.untold():
            yield Gap(locator=f"{place} text", reason=_NOT_TOLD)

    def _chunk(self, tag: int, offset: int, content: bytes) -> Iterator[Header | Catalog | Batch | Gap]:
        """What a chunk gives. Raises FormatError."""
        if tag == HEADER:
            yield from self._flush()
            self._clock, self._boot = None, None
            head = catalogs.header(content, offset)
            self._clock, self._boot = self._clock_of(head), head.boot
            yield head
        elif tag == CATALOG:
            self._processes = {}
            found = catalogs.catalog(content, offset)
            self._processes = found.find()
            yield found
            for number, reason in enumerate(found.damage, 1):
                yield Gap(locator=f"offset {offset} damage {number}", reason=reason)
        else:
            plain = unpacked(content)
            for place, reason in self._gathered.add(plain, offset, self._processes, self._found(plain)):
                yield Gap(locator=place, reason=reason)
            if len(self._gathered) >= _ROWS or self._gathered.bytes >= _BYTES:
                yield from self._flush()

    def _flush(self) -> Iterator[Batch | Gap]:
        """The records that wait."""
        if len(self._gathered):
            batch = Batch(self._gathered, self._clock, self._boot, self._search)
            yield batch
            yield from batch.damage()
        self._gathered.clear()

    def _found(self, content: bytes) -> list[int]:
        """Where in a chunkset the marks are."""
        found: list[int] = []
        for mark in self._marks:
            at = content.find(mark)
            while at >= 0 and len(found) < _MARKS:
                found.append(at)
                at = content.find(mark, at + 1)
        return sorted(found)


def _chunks(stored: BinaryIO, size: int) -> Iterator[tuple[int, int, bytes] | Gap]:
    """Tag, offset and content of each chunk."""
    offset = unreadable = 0
    while offset + _CHUNK.size <= size:
        stored.seek(offset)
        head = stored.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            break
        tag, _, length = _CHUNK.unpack(head)
        end = offset + _CHUNK.size + length
        if offset == 0 and tag not in _TAGS:
            raise FormatError(f"tracev3: expected a header, got {head[:8].hex()}")
        if length <= _TAGS.get(tag, -1) and end <= size:
            yield tag, offset, stored.read(length)
        else:
            unreadable += 1
            end = _next(stored, offset, size, end if 0x1000 <= tag < 0x7000 else 0, unreadable)
            yield Gap(locator=f"offset {offset}", reason=_reason(tag, length, end - offset))
        offset = end + (-end & 7)
    if offset < size:
        yield Gap(locator=f"offset {offset}", reason=f"expected a chunk, got {size - offset} bytes")


def _reason(tag: int, length: int, skipped: int) -> str:
    known = "chunk that fits" if tag in _TAGS else "header, catalog or chunkset"
    return f"expected a {known}, got tag 0x{tag:x} with {length} bytes; {skipped} bytes are not read"


def _next(stored: BinaryIO, offset: int, size: int, end: int, unreadable: int) -> int:
    """Where to go on after a chunk that cannot be read: behind it, or where the next one seems to begin."""
    if unreadable >= _UNREADABLE:
        return size
    if offset < end <= size:
        return end
    at = offset + 8
    while at < size:
        stored.seek(at)
        piece = stored.read(_STEP + 8)
        if len(piece) < 8:
            break
        starts = [i for i in (_aligned(piece, mark) for mark in _AGAIN) if i >= 0]
        if starts:
            return at + min(starts)
        at += _STEP
    return size


def _aligned(piece: bytes, mark: bytes) -> int:
    """The first place of a mark that is a multiple of 8; -1 for none."""
    at = piece.find(mark)
    while at >= 0 and at & 7:
        at = piece.find(mark, at + 1)
    return at


__all__ = ["Batch", "Catalog", "Header", "Message", "Process", "Search", "read"]

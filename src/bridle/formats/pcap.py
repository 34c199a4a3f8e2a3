"""Packets of a capture file: pcap in either byte order, in micro- or nanoseconds, and pcapng.

A packet is a tuple and not an object: a capture has millions. `(number, time, link, data, start, end, length)`: its
number in the file from 1, as Wireshark counts; microseconds since 1970-01-01 00:00 UTC, 0 where none is stored; the
link type; bytes that hold it, and where in them; and how long it was on the wire, of which less may have been kept.
What is damaged ends a pcap, whose records cannot be found again; what was read before it stands.

Sources: draft-ietf-opsawg-pcap (pcap), draft-ietf-opsawg-pcapng (pcapng), https://www.tcpdump.org/linktypes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from struct import Struct
from typing import BinaryIO

from bridle.core import FormatError, Gap
from bridle.formats.pcapng import Found, Sections

Packet = tuple[int, int, int, bytes, int, int, int]
"""Number, time, link type, bytes, start, end, length on the wire."""

MOST = 16 << 20
"""Bytes of one packet. More is damage: no network has such packets."""
_STEP = 1 << 20
_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1), b"\xa1\xb2\xc3\xd4": (">", 1), b"\x4d\x3c\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1000),
}  # fmt: skip
"""Byte order, and stored units of a second's fraction in a microsecond."""
_LAST = 253_402_300_799_999_999
"""Microseconds to the end of year 9999."""


class Capture:
    """A capture file while it is read. What could not be read is in `gaps`, of which each has its own locator."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self.gaps: list[Gap] = []
        self.snap_length: int | None = None
        """Bytes that were kept of each packet at most; of a pcapng, of the last interface that says it."""
        self.cut = 0
        """Packets of which not all was kept."""
        self.truncated = False
        """Whether the file ends in the middle of something."""

    def packets(self) -> Iterator[Packet]:
        """Every packet in its order. Raises FormatError where the file is no capture."""
        return chain.from_iterable(self.batches())

    def batches(self) -> Iterator[list[Packet]]:
        """The same, as many at a time as were read in one step: a megabyte of the file."""
        magic = self._stored.read(4)
        if magic in _MAGICS:
            return self._pcap(*_MAGICS[magic])
        if magic == b"\x0a\x0d\x0d\x0a":
            return self._pcapng()
        raise FormatError(f"expected a pcap or pcapng file, got {magic!r:.60}")

    def _pcap(self, order: str, units: int) -> Iterator[list[Packet]]:
        head = self._stored.read(20)
        if len(head) < 20:
            self._ends(4 + len(head), "header of the file")
            return
        _, _, _, _, snap, link = Struct(f"{order}HHiIII").unpack(head)
        self.snap_length, link = snap or None, link & 0xFFFF
        record, number, place, finer = Struct(f"{order}IIII").unpack_from, 0, 24, units != 1
        data = self._stored.read(_STEP)
        while data:
            batch: list[Packet] = []
            at, wanted = 0, 16
            last = len(data) - 16
            while at <= last:
                seconds, fraction, kept, length = record(data, at)
                end = at + 16 + kept
                if end > last + 16:
                    wanted = 16 + kept
                    break
                number += 1
                if length > kept:
                    self.cut += 1
                if finer:
                    fraction //= units
                batch.append((number, seconds * 1_000_000 + fraction, link, data, at + 16, end, length))
                at = end
            if batch:
                yield batch
            place += at
            data = self._more(data[at:], place, number + 1, wanted)

    def _more(self, rest: bytes, place: int, number: int, wanted: int) -> bytes:
        """The packet that has begun and what follows it; nothing where the file ends or is damaged there."""
        if wanted - 16 > MOST:
            self.gap(place, f"expected packet {number} to have at most {MOST} bytes, got {wanted - 16}")
            return b""
        more = self._stored.read(max(_STEP, wanted))
        if rest and len(rest) + len(more) < wanted:
            self._ends(place, f"packet {number}", wanted, len(rest) + len(more))
            return b""
        return rest + more

    def _pcapng(self) -> Iterator[list[Packet]]:
        sections, number, place, data = Sections(), 0, 0, b"\x0a\x0d\x0d\x0a" + self._stored.read(_STEP)
        while data:
            batch: list[Packet] = []
            at, wanted = 0, 12
            while len(data) - at >= 12:
                try:
                    kind, wanted = sections.head(data, at)
                    if wanted > len(data) - at:
                        break
                    found = sections.block(kind, data, at, at + wanted)
                except FormatError as e:
                    self.gap(place + at, f"{e}")
                    found = None
                    if sections.lost:
                        data = b""
                        break
                if found is not None:
                    number += 1
                    batch.append(self._found(number, found))
                at, wanted = at + wanted, 12
            if batch:
                yield batch
            place += at
            data = self._more(data[at:], place, number + 1, wanted) if data else b""
        self.snap_length = sections.snap_length

    def _found(self, number: int, found: Found) -> Packet:
        time, link, data, start, end, length = found
        self.cut += length > end - start
        return number, time if 0 <= time <= _LAST else 0, link, data, start, end, length

    def _ends(self, place: int, what: str, wanted: int = 24, got: int | None = None) -> None:
        self.truncated = True
        got = place if got is None else got
        self.gap(place, f"the capture ends within {what}: expected {wanted} bytes, got {got}")

    def gap(self, place: int, reason: str) -> None:
        """Take note of what could not be read at that place of the file."""
        self.gaps.append(Gap(locator=f"offset {place:#x}", reason=reason))

"""Blocks of a pcapng file: sections in either byte order, their interfaces with resolutions of their own, packets.

Sources: draft-ietf-opsawg-pcapng, sections 3 and 4.
"""

from __future__ import annotations

from struct import Struct, error

from bridle.core import FormatError

_SECTION, _INTERFACE, _PACKET, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_MOST_WORDS = 4 << 20
"""Words of four bytes that a block has at most."""
_MOST_INTERFACES = 4096
_RESOLUTION, _OFFSET = 9, 14
"""Options of an interface: the unit of its times, and seconds that are added to them."""

Found = tuple[int, int, bytes, int, int, int]
"""Time, link type, bytes, start, end, length on the wire."""


class _Order:
    """What is read in one byte order."""

    def __init__(self, sign: str) -> None:
        self.head, self.interface = Struct(f"{sign}II"), Struct(f"{sign}HHI")
        self.enhanced, self.packet = Struct(f"{sign}5I"), Struct(f"{sign}HH4I")
        self.option, self.word, self.offset = Struct(f"{sign}HH"), Struct(f"{sign}I"), Struct(f"{sign}q")


_ORDERS = {b"\x4d\x3c\x2b\x1a": _Order("<"), b"\x1a\x2b\x3c\x4d": _Order(">")}


class Sections:
    """The section that is being read, and its interfaces."""

    def __init__(self) -> None:
        self._order = _ORDERS[b"\x4d\x3c\x2b\x1a"]
        self._interfaces: list[tuple[int, int, int, int]] = []
        """Link type, units in a second, seconds to add, and bytes kept of a packet (0: all)."""
        self.snap_length: int | None = None
        self.lost = False
        """Whether it is not known where the next block begins."""

    def head(self, data: bytes, at: int) -> tuple[int, int]:
        """The type of the block at `at`, and its length. A section's head says in which order the rest is.

        Raises FormatError where no block can follow; then the rest of the file is lost.
        """
        self.lost = True
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            if (order := _ORDERS.get(data[at + 8 : at + 12])) is None:
                raise FormatError(f"section: expected a byte-order magic, got {data[at + 8 : at + 12]!r:.60}")
            self._order, self._interfaces = order, []
        kind, length = self._order.head.unpack_from(data, at)
        if length < 12 or length % 4 or length // 4 > _MOST_WORDS:
            most = 4 * _MOST_WORDS
            raise FormatError(f"block of type {kind:#x}: expected a length of 12 to {most} bytes, got {length}")
        self.lost = False
        return kind, length

    def block(self, kind: int, data: bytes, at: int, end: int) -> Found | None:
        """The packet of a block, if it is one. Raises FormatError for a block that is damaged."""
        try:
            if kind == _ENHANCED:
                return self._enhanced(data, at + 8, end - 4)
            if kind == _SIMPLE:
                return self._simple(data, at + 8, end - 4)
            if kind == _PACKET:
                interface, _, high, low, kept, length = self._order.packet.unpack_from(data, at + 8)
                return self._found(interface, high << 32 | low, data, at + 28, kept, end - 4, length)
            if kind == _INTERFACE:
                self._interface(data, at + 8, end - 4)
        except error as e:
            raise FormatError(f"block of type {kind}: {e}") from e
        return None

    def _enhanced(self, data: bytes, at: int, end: int) -> Found:
        interface, high, low, kept, length = self._order.enhanced.unpack_from(data, at)
        return self._found(interface, high << 32 | low, data, at + 20, kept, end, length)

    def _simple(self, data: bytes, at: int, end: int) -> Found:
        """A packet without a time or an interface: it is of the first."""
        (length,) = self._order.word.unpack_from(data, at)
        snap = self._known(0)[3]
        kept = min(length, end - at - 4, snap or length)
        return 0, self._known(0)[0], data, at + 4, at + 4 + kept, length

    def _found(self, number: int, time: int, data: bytes, start: int, kept: int, end: int, length: int) -> Found:
        link, units, add, _ = self._known(number)
        if start + kept > end:
            raise FormatError(f"packet: expected at most {max(0, end - start)} bytes in its block, got {kept}")
        micros = time if units == 1_000_000 else time * 1_000_000 // units
        return micros + add * 1_000_000, link, data, start, start + kept, length

    def _known(self, number: int) -> tuple[int, int, int, int]:
        if number >= len(self._interfaces):
            raise FormatError(f"packet: expected one of {len(self._interfaces)} interfaces, got number {number}")
        return self._interfaces[number]

    def _interface(self, data: bytes, at: int, end: int) -> None:
        link, _, snap = self._order.interface.unpack_from(data, at)
        if len(self._interfaces) >= _MOST_INTERFACES:
            raise FormatError(f"expected at most {_MOST_INTERFACES} interfaces in a section, got more")
        units, add, at = 1_000_000, 0, at + 8
        while at + 4 <= end:
            code, size = self._order.option.unpack_from(data, at)
            at += 4
            if not code or at + size > end:
                break
            if code == _RESOLUTION and size:
                units = 1 << (data[at] & 0x7F) if data[at] & 0x80 else 10 ** min(data[at], 30)
            elif code == _OFFSET and size == 8:
                (add,) = self._order.offset.unpack_from(data, at)
            at += size + (-size % 4)
        self._interfaces.append((link, units, add, snap))
        self.snap_length = snap or self.snap_length

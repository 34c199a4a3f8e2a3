"""QUIC's Initial packets in a datagram, their headers still protected.

Sources: RFC 9000, 12.2 (packets in one datagram), 16 (numbers of variable length) and 17.2 ; RFC 9369, 3.2 (types)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridle.core import FormatError
from bridle.formats.quic_keys import V2, salt

_LONG, _FIXED = 0x80, 0x40
_SHORTEST = 32
"""Bytes of an Initial packet at least: less cannot hold its header, a sample and a tag."""
_MOST_PACKETS = 16
"""In one datagram."""
_LONGEST_ID = 20
_RETRY = 3


@dataclass(frozen=True, slots=True)
class Initial:
    """One packet as it was sent."""

    version: int
    destination: bytes
    """Connection id of who is to get it."""
    source: bytes
    token: bytes
    number_at: int
    """Where the packet number begins in `data`."""
    data: bytes
    """From the first byte of the packet to its last."""


def looks_initial(datagram: bytes | memoryview) -> bool:
    """Whether the datagram begins as a packet with a long header, in a version whose salt is known. Cheap."""
    if len(datagram) < _SHORTEST or datagram[0] & (_LONG | _FIXED) != (_LONG | _FIXED):
        return False
    return salt(int.from_bytes(datagram[1:5], "big")) is not None


def initials(datagram: bytes) -> Iterator[Initial]:
    """The Initial packets among those in a datagram. Raises FormatError where the first does not hold together.

    What follows the first packet may be anything, padding most often: it ends the datagram without a word.
    """
    at = 0
    for number in range(_MOST_PACKETS):
        if len(datagram) - at < _SHORTEST or not datagram[at] & _LONG:
            return
        version = int.from_bytes(datagram[at + 1 : at + 5], "big")
        kind = datagram[at] >> 4 & 3
        if version == V2:
            kind = (kind - 1) & 3
        if salt(version) is None or kind == _RETRY:
            return
        try:
            packet, at = _packet(datagram, at, version, kind == 0)
        except FormatError:
            if number == 0:
                raise
            return
        if packet is not None:
            yield packet


def _packet(data: bytes, start: int, version: int, is_initial: bool) -> tuple[Initial | None, int]:
    """The packet, None where it is of another type, and where the next begins."""
    destination, at = _identity(data, start + 5)
    source, at = _identity(data, at)
    token = b""
    if is_initial:
        size, at = variable(data, at)
        token, at = _cut(data, at, size)
    size, at = variable(data, at)
    end = at + size
    if end > len(data):
        raise FormatError(f"QUIC: a packet of {size} bytes at byte {at} does not fit in {len(data)}")
    if not is_initial:
        return None, end
    return Initial(version, destination, source, token, at - start, data[start:end]), end


def _identity(data: bytes, at: int) -> tuple[bytes, int]:
    if at >= len(data) or data[at] > _LONGEST_ID:
        raise FormatError(f"QUIC: expected a connection id of at most {_LONGEST_ID} bytes at byte {at}")
    return _cut(data, at + 1, data[at])


def _cut(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(data):
        raise FormatError(f"QUIC: {size} bytes at byte {at} do not fit in {len(data)}")
    return data[at : at + size], at + size


def variable(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1, 2, 4 or 8 bytes, and where it ends. Raises FormatError."""
    if at >= len(data):
        raise FormatError(f"QUIC: a number at byte {at} of {len(data)}")
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        raise FormatError(f"QUIC: a number of {size} bytes at byte {at} does not fit in {len(data)}")
    return int.from_bytes(data[at : at + size], "big") & ((1 << (size * 8 - 2)) - 1), at + size

"""The handshake of DTLS, TLS over datagrams, as far as it is in clear: messages put together from their fragments.

A message is given as TLS has it, type, length and body, so that what reads the hellos of TLS reads these. Calls and
conferences in browsers and messengers begin with it.

Sources: RFC 6347 (DTLS 1.2), 4.1 and 4.2 ; RFC 9147 (DTLS 1.3), 4 and 5
"""

from __future__ import annotations

from struct import unpack_from

LONGEST_MESSAGE = 1 << 16
_MOST_MESSAGES, _MOST_PIECES, _MOST_DATAGRAMS = 16, 256, 256
_HANDSHAKE, _CHANGE = 22, 20
_HEAD, _MESSAGE_HEAD = 13, 12
_TYPES = frozenset({1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20})


def looks(datagram: bytes | memoryview) -> bool:
    """Whether a datagram begins with a record of a handshake in clear. Cheap."""
    return (
        len(datagram) >= _HEAD + _MESSAGE_HEAD
        and datagram[0] == _HANDSHAKE
        and datagram[1] == 0xFE
        and datagram[2] in (0xFF, 0xFD)
        and datagram[3] == datagram[4] == 0
        and datagram[_HEAD] in _TYPES
    )


class Handshakes:
    """Takes the datagrams of one direction and gives handshake messages. `done` once nothing more is read."""

    __slots__ = ("_count", "_given", "_parts", "done")

    def __init__(self) -> None:
        self._count = 0
        self._given: set[int] = set()
        self._parts: dict[int, tuple[int, int, dict[int, bytes]]] = {}
        """Number of a message to its type, its length and its pieces by their place."""
        self.done = False

    @property
    def unfinished(self) -> int:
        """Bytes that are held of messages that are not whole."""
        return sum(len(piece) for _, _, pieces in self._parts.values() for piece in pieces.values())

    def feed(self, datagram: bytes | memoryview) -> list[tuple[int, bytes]]:
        """Type and bytes (type and length included) of each message that becomes whole."""
        found: list[tuple[int, bytes]] = []
        self._count += 1
        if self.done or self._count > _MOST_DATAGRAMS:
            self.done = True
            return found
        data, at = bytes(datagram), 0
        while at + _HEAD <= len(data) and not self.done:
            kind, version, epoch = data[at], data[at + 1], data[at + 3] << 8 | data[at + 4]
            size = data[at + 11] << 8 | data[at + 12]
            if version != 0xFE or at + _HEAD + size > len(data):
                break
            if kind == _HANDSHAKE and epoch == 0:
                self._record(data[at + _HEAD : at + _HEAD + size], found)
            elif kind == _CHANGE or epoch:
                self.done = True
            at += _HEAD + size
        return found

    def _record(self, body: bytes, found: list[tuple[int, bytes]]) -> None:
        at = 0
        while at + _MESSAGE_HEAD <= len(body):
            kind, high, low, number, place_high, place_low, size_high, size_low = unpack_from(">BBHHBHBH", body, at)
            length, place, size = high << 16 | low, place_high << 16 | place_low, size_high << 16 | size_low
            at += _MESSAGE_HEAD
            if at + size > len(body) or place + size > length or length > LONGEST_MESSAGE:
                return
            self._piece(number, kind, length, place, body[at : at + size], found)
            at += size

    def _piece(
        self, number: int, kind: int, length: int, place: int, piece: bytes, found: list[tuple[int, bytes]]
    ) -> None:
        if number in self._given or (number not in self._parts and len(self._parts) >= _MOST_MESSAGES):
            return
        known_kind, known_length, pieces = self._parts.setdefault(number, (kind, length, {}))
        if (known_kind, known_length) != (kind, length) or len(pieces) >= _MOST_PIECES:
            return
        if len(piece) >= len(pieces.get(place, b"")):
            pieces[place] = piece
        whole = _joined(pieces, length)
        if whole is not None:
            del self._parts[number]
            self._given.add(number)
            found.append((kind, bytes([kind]) + length.to_bytes(3, "big") + whole))


def _joined(pieces: dict[int, bytes], length: int) -> bytes | None:
    """The message, where its pieces leave no hole."""
    if sum(map(len, pieces.values())) < length:
        return None
    whole = bytearray()
    for place in sorted(pieces):
        if place > len(whole):
            return None
        whole += pieces[place][len(whole) - place :]
    return bytes(whole) if len(whole) == length else None

"""Fragments of IP datagrams, kept until their others have come: only so many, and only for so long.

Sources: RFC 791 section 3.2, RFC 8200 section 4.5, RFC 1858 (overlapping fragments; the first that came stands).
"""

from __future__ import annotations

from dataclasses import dataclass, field

Whole = tuple[bytes, int]
"""What a datagram carries, and of how many fragments."""
Name = tuple[bytes, int, int]
"""Addresses, protocol and number of a datagram."""

_LONGEST = 0xFFFF
_MOST, _MOST_PIECES, _MOST_BYTES = 1024, 128, 4 << 20
_WAIT = 30_000_000
"""Microseconds between the first fragment and the last one of a datagram."""


@dataclass(slots=True)
class _Waiting:
    since: int
    pieces: dict[int, bytes] = field(default_factory=dict)
    length: int | None = None
    held: int = 0


class Fragments:
    """Datagrams of which not all has come, the oldest first."""

    def __init__(self) -> None:
        self._waiting: dict[Name, _Waiting] = {}
        self._held = 0
        self._given_up = 0

    @property
    def lost(self) -> int:
        """Datagrams of which parts never came, or came too late: those given up and those that still wait."""
        return self._given_up + len(self._waiting)

    def joined(self, name: Name, place: int, piece: bytes, more: bool, time: int) -> Whole | None:
        """Take a fragment. Returns the datagram once it is whole."""
        found = self._waiting.get(name)
        if found is not None and time - found.since > _WAIT:
            self._give_up(name)
            found = None
        if found is None:
            self._make_room()
            found = self._waiting[name] = _Waiting(time)
        if place + len(piece) > _LONGEST or len(found.pieces) >= _MOST_PIECES:
            self._give_up(name)
            return None
        if place not in found.pieces:
            found.pieces[place] = piece
            found.held += len(piece)
            self._held += len(piece)
        if not more and found.length is None:
            found.length = place + len(piece)
        if found.length is None or found.held < found.length:
            return None
        return self._whole(name, found, found.length)

    def _whole(self, name: Name, found: _Waiting, length: int) -> Whole | None:
        data = bytearray(length)
        reached = 0
        for place, piece in sorted(found.pieces.items(), reverse=True):
            data[place : place + len(piece)] = piece
        for place, piece in sorted(found.pieces.items()):
            if place > reached:
                return None
            reached = max(reached, place + len(piece))
        if reached < length:
            return None
        del self._waiting[name]
        self._held -= found.held
        return bytes(data[:length]), len(found.pieces)

    def _give_up(self, name: Name) -> None:
        self._held -= self._waiting.pop(name).held
        self._given_up += 1

    def _make_room(self) -> None:
        while self._waiting and (len(self._waiting) >= _MOST or self._held > _MOST_BYTES):
            self._give_up(next(iter(self._waiting)))

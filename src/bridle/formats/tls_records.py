"""TLS handshake messages put together from the records of one direction of a stream, up to where encryption begins.

Sources: RFC 5246, 6.2 (records) ; RFC 8446, 5.1 and appendix D.4 (a change of cipher that changes nothing)
"""

from __future__ import annotations

LONGEST_MESSAGE = 1 << 19
"""Bytes of one handshake message at most: a chain of certificates of 512 KiB is longer than any that is used."""
_MOST_BYTES = 1 << 20
"""Bytes of one direction that are looked at: hellos and certificates come first."""
_LONGEST_RECORD = (1 << 14) + 2048
_CHANGE, _ALERT, _HANDSHAKE, _APPLICATION = 20, 21, 22, 23
_HELLOS = (1, 2)


def begins(data: bytes | memoryview, at: int = 0) -> bool:
    """Whether a TLS record with a hello begins here. Cheap: for streams that turn to TLS later, as after STARTTLS."""
    return (
        len(data) >= at + 6
        and data[at] == _HANDSHAKE
        and data[at + 1] == 3
        and data[at + 2] <= 4
        and data[at + 5] in _HELLOS
        and 4 < (data[at + 3] << 8 | data[at + 4]) <= _LONGEST_RECORD
    )


class Records:
    """Takes the bytes of one direction in order and gives handshake messages. Holds what is unfinished, and no more.

    `done` once nothing more can come: encryption began, or the bytes are no TLS, or a limit was reached; `ended` then
    says which. What is fed afterwards costs nothing.
    """

    __slots__ = ("_changed", "_message", "_pending", "_taken", "done", "ended")

    def __init__(self) -> None:
        self._pending = b""
        """The record that is not whole yet."""
        self._message = bytearray()
        """The handshake message that is not whole yet."""
        self._changed = False
        self._taken = 0
        self.done = False
        self.ended: str | None = None
        """`encrypted`, `not TLS` or `limit`; None while more may come."""

    @property
    def unfinished(self) -> int:
        """Bytes that are held since their message or record is not whole: a stream that ends with some was cut."""
        return len(self._pending) + len(self._message)

    def feed(self, data: bytes | memoryview) -> list[tuple[int, bytes]]:
        """Type and bytes (type and length included) of each handshake message that these bytes complete."""
        if self.done:
            return []
        self._taken += len(data)
        held = self._pending + bytes(data) if self._pending else bytes(data)
        found: list[tuple[int, bytes]] = []
        at, end = 0, len(held)
        while at + 5 <= end and not self.done:
            size = held[at + 3] << 8 | held[at + 4]
            kind = held[at]
            if held[at + 1] != 3 or not _CHANGE <= kind <= _APPLICATION + 1 or size > _LONGEST_RECORD:
                self._stop("not TLS")
            elif kind == _APPLICATION:
                self._stop("encrypted")
            elif at + 5 + size > end:
                break
            else:
                self._record(kind, held[at + 5 : at + 5 + size], found)
                at += 5 + size
        self._pending = b"" if self.done else held[at:]
        if self._taken > _MOST_BYTES or self.unfinished > LONGEST_MESSAGE + _LONGEST_RECORD:
            self._stop("limit")
        return found

    def _record(self, kind: int, body: bytes, found: list[tuple[int, bytes]]) -> None:
        if kind == _CHANGE:
            self._changed = True
        elif kind == _HANDSHAKE and self._changed:
            self._after_change(body, found)
        elif kind == _HANDSHAKE:
            self._message += body
            self._messages(found)

    def _after_change(self, body: bytes, found: list[tuple[int, bytes]]) -> None:
        """A hello in clear may still come where a server asked for a second one; all else is encrypted."""
        if len(body) > 4 and body[0] in _HELLOS and int.from_bytes(body[1:4], "big") == len(body) - 4:
            found.append((body[0], body))
        else:
            self._stop("encrypted")

    def _messages(self, found: list[tuple[int, bytes]]) -> None:
        held = self._message
        while len(held) >= 4:
            size = int.from_bytes(held[1:4], "big") + 4
            if size > LONGEST_MESSAGE:
                self._stop("limit")
                return
            if len(held) < size:
                return
            found.append((held[0], bytes(held[:size])))
            del held[:size]

    def _stop(self, why: str) -> None:
        self.done, self.ended = True, self.ended or why
        self._pending = b""
        self._message = bytearray()

"""Frames inside QUIC's Initial packets, and the handshake messages that their CRYPTO frames make together.

Sources: RFC 9000, 12.4 (which frames an Initial packet may hold) and 19
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FormatError
from bridle.formats.quic_header import variable

LONGEST_STREAM = 1 << 15
"""Bytes of the handshake of one side in clear that are put together."""
_MOST_PIECES = 1_024
"""Of the handshake of one side, repeated ones among them: a client that cuts its hello up sends a few dozen."""
_PADDING, _PING, _ACK, _ACK_COUNTS, _CRYPTO = 0x00, 0x01, 0x02, 0x03, 0x06


class Crypto:
    """The handshake of one side, from pieces that come in any order and more than once. What came first stays."""

    __slots__ = ("_count", "_given", "_pieces", "_whole")

    def __init__(self) -> None:
        self._whole = bytearray()
        """The stream from its beginning as far as it is without a hole."""
        self._count = 0
        self._given = 0
        """Bytes of it that were given as messages."""
        self._pieces: dict[int, bytes] = {}

    @property
    def held(self) -> int:
        """Bytes that are kept and not given yet."""
        return len(self._whole) - self._given + sum(map(len, self._pieces.values()))

    def add(self, offset: int, body: bytes) -> None:
        """A piece of the stream; what lies beyond LONGEST_STREAM, or comes after too many others, is left out."""
        self._count += 1
        if not body or offset + len(body) > LONGEST_STREAM or self._count > _MOST_PIECES:
            return
        if offset > len(self._whole):
            if len(body) > len(self._pieces.get(offset, b"")):
                self._pieces[offset] = body
            return
        self._whole += body[len(self._whole) - offset :]
        for start in sorted(self._pieces):
            if start > len(self._whole):
                break
            self._whole += self._pieces.pop(start)[len(self._whole) - start :]

    def messages(self) -> Iterator[bytes]:
        """Whole messages, type and length included, that were not given before."""
        while len(self._whole) >= self._given + 4:
            size = 4 + int.from_bytes(self._whole[self._given + 1 : self._given + 4], "big")
            if len(self._whole) < self._given + size:
                return
            self._given += size
            yield bytes(self._whole[self._given - size : self._given])


def crypto_frames(plain: bytes) -> Iterator[tuple[int, bytes]]:
    """Offset and content of each CRYPTO frame, up to a frame that an Initial packet may not hold or that is cut."""
    at, end = 0, len(plain)
    try:
        while at < end:
            kind = plain[at]
            at += 1
            if kind == _CRYPTO:
                offset, at = variable(plain, at)
                size, at = variable(plain, at)
                if at + size > end:
                    return
                yield offset, plain[at : at + size]
                at += size
            elif kind in (_ACK, _ACK_COUNTS):
                at = _acknowledgement(plain, at, kind == _ACK_COUNTS)
            elif kind == _PADDING:
                at = end - len(plain[at:].lstrip(b"\0"))
            elif kind != _PING:
                return
    except FormatError:
        return


def _acknowledgement(plain: bytes, at: int, counts: bool) -> int:
    """Where the frame ends."""
    _, at = variable(plain, at)
    _, at = variable(plain, at)
    ranges, at = variable(plain, at)
    for _ in range(2 * min(ranges, len(plain)) + 1 + 3 * counts):
        _, at = variable(plain, at)
    return at

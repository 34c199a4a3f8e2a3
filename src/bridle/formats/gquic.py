"""Google's QUIC from before the standard (Q0xx): what its client says in clear in its first packet.

Chrome and Google's apps spoke it from 2013 to about 2020. Its hello is no TLS: it is a list of tags with values, among
them the host that is asked for and what the client calls itself. From version 50 on it is encrypted.

Sources: "QUIC Crypto" (A. Langley, W. Chang, 2016) ; draft-tsvwg-quic-protocol-02 ; Chromium `quic_framer`
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import unpack_from

from bridle.core import FormatError

MOST_TAGS = 128
_LONGEST_NAME = 1_024
_SHORTEST, _LATEST = 40, 96
"""Bytes of a datagram at least, and the place by which the hello begins."""
_VERSION_AND_ID = 0x09
_LONG = 0x80
_HELLO = b"CHLO"


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client said."""

    version: str
    """Such as `Q043`."""
    server_name: str | None
    user_agent: str | None
    tags: tuple[str, ...]
    """In the order in which they were sent."""


def looks(datagram: bytes | memoryview) -> bool:
    """Whether a datagram says a version of Google's QUIC. Cheap."""
    if len(datagram) < _SHORTEST:
        return False
    first = datagram[0]
    at = 1 if first & _LONG else 9
    return (bool(first & _LONG) or first & _VERSION_AND_ID == _VERSION_AND_ID) and bytes(datagram[at : at + 2]) == b"Q0"


def hello(datagram: bytes | memoryview) -> Hello | None:
    """The hello in a datagram; None where it holds none, as later packets do. Raises FormatError for a damaged one."""
    if not looks(datagram):
        return None
    data = bytes(datagram)
    at = data.find(_HELLO, 0, _LATEST)
    if at < 0:
        return None
    place = 1 if data[0] & _LONG else 9
    values = _values(data, at)
    name, agent = values.get("SNI"), values.get("UAID")
    return Hello(
        version=data[place : place + 4].decode("ascii", "backslashreplace"),
        server_name=_text(name) if name else None,
        user_agent=_text(agent) if agent else None,
        tags=tuple(values),
    )


def _values(data: bytes, at: int) -> dict[str, bytes]:
    """The tags and their values: a table of where each ends comes first. What goes beyond the datagram is cut."""
    if at + 8 > len(data):
        raise FormatError(f"Google QUIC: a hello at byte {at} does not fit in {len(data)}")
    count = unpack_from("<H", data, at + 4)[0]
    table, begin = at + 8, at + 8 + 8 * count
    if not 0 < count <= MOST_TAGS or begin > len(data):
        raise FormatError(f"Google QUIC: expected 1 to {MOST_TAGS} tags that fit in {len(data)} bytes, got {count}")
    found: dict[str, bytes] = {}
    start = 0
    for n in range(count):
        tag, end = unpack_from("<4sI", data, table + 8 * n)
        if end < start:
            raise FormatError(f"Google QUIC: expected tags to end one after the other, got {start} and {end}")
        found[tag.rstrip(b"\0").decode("ascii", "backslashreplace")] = data[begin + start : begin + end]
        start = end
    return found


def _text(value: bytes) -> str:
    return value[:_LONGEST_NAME].decode("ascii", "backslashreplace")

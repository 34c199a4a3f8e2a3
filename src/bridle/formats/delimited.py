"""Protocol Buffers one after another in a stream, each after its length as a varint.

Sources: https://protobuf.dev/programming-guides/techniques/#streaming
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import FormatError, Gap
from bridle.formats import protobuf

LONGEST = 1 << 24
"""Bytes of one message that are read."""
_LONGEST_LENGTH = 5


def messages(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[str, bytes] | Gap]:
    """`item N` and the bytes of each message, from 1. What follows a length that cannot be is lost, and is one Gap."""
    number = 0
    while True:
        number += 1
        length = _length(stored)
        if length is None:
            return
        if not 0 <= length <= longest:
            yield Gap(locator=f"item {number}", reason=f"expected a length up to {longest} bytes, got another")
            return
        data = stored.read(length)
        if len(data) < length:
            yield Gap(locator=f"item {number}", reason=f"expected {length} bytes, got the end after {len(data)}")
            return
        yield f"item {number}", data


def _length(stored: BinaryIO) -> int | None:
    """The next length; None at the end, -1 for one that is none."""
    value = 0
    for i in range(_LONGEST_LENGTH):
        byte = stored.read(1)
        if not byte:
            return None if not i else -1
        value |= (byte[0] & 0x7F) << 7 * i
        if byte[0] < 0x80:
            return value
    return -1


def fields(data: bytes) -> dict[int, list[int | bytes]]:
    """The values of a message by the number of their field. Raises FormatError."""
    found: dict[int, list[int | bytes]] = {}
    for number, _, value in protobuf.fields(data):
        found.setdefault(number, []).append(value)
    return found


def text(values: list[int | bytes] | None) -> str | None:
    """The last of a field's values as text, with `\\xff` for bytes that are none. Raises FormatError."""
    if not values:
        return None
    if not isinstance(values[-1], bytes):
        raise FormatError(f"protobuf: expected text, got {values[-1]!r:.60}")
    return values[-1].decode("utf-8", "backslashreplace")


def truth(values: list[int | bytes] | None) -> bool | None:
    """The last of a field's values as truth. Raises FormatError."""
    number = whole(values)
    return None if number is None else bool(number)


def whole(values: list[int | bytes] | None) -> int | None:
    """The last of a field's values as a number with a sign. Raises FormatError."""
    if not values:
        return None
    if isinstance(values[-1], bytes):
        raise FormatError(f"protobuf: expected a number, got {values[-1]!r:.60}")
    return protobuf.signed(values[-1])

"""Protocol Buffers as they lie in bytes: numbered fields without a schema. Names and meanings belong to the caller.

Sources: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bridle.core import FormatError

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
"""Wire types: how the value of a field is laid out."""
MAX_DEPTH = 64
"""Groups inside one another, and numbers of a path, at most."""
_SIZES = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """The fields of a message in their order: number, wire type, value. Raises FormatError.

    A varint is an int without sign (`signed` and `zigzag` read the others); every other value is its bytes: 8 or 4 of
    them for fixed ones (`real` reads those), a group without its end.
    """
    at, size = 0, len(data)
    while at < size:
        tag = data[at]
        if 8 <= tag < 0x80 and at + 1 < size and (byte := data[at + 1]) < 0x80:
            # Most fields: a number below 16, and one byte that is the value or the length.
            end = at + 2 + byte
            if tag & 7 == VARINT:
                yield tag >> 3, VARINT, byte
                at += 2
                continue
            if tag & 7 == BYTES and end <= size:
                yield tag >> 3, BYTES, data[at + 2 : end]
                at = end
                continue
        number, wire, value, at = _field(data, at, 0)
        if wire == END_GROUP:
            raise FormatError(f"protobuf: a group ends that did not begin, before byte {at}")
        yield number, wire, value


def at(data: bytes, *path: int) -> Iterator[int | bytes]:
    """The values of the fields at a path of numbers, through messages in messages. Raises FormatError.

    `at(data, 2, 3)` are all fields 3 of all fields 2. A field on the way that is no message raises FormatError.
    """
    if not 0 < len(path) <= MAX_DEPTH:
        raise FormatError(f"protobuf: expected a path of 1 to {MAX_DEPTH} numbers, got {len(path)}")
    for number, _, value in fields(data):
        if number != path[0]:
            continue
        if len(path) == 1:
            yield value
        elif isinstance(value, bytes):
            yield from at(value, *path[1:])
        else:
            raise FormatError(f"protobuf: expected a message in field {number}, got a number")


def signed(value: int) -> int:
    """A varint of type int32 or int64: negative numbers are stored as their two's complement of 64 bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


def zigzag(value: int) -> int:
    """A varint of type sint32 or sint64."""
    return (value >> 1) ^ -(value & 1)


def real(value: int | bytes) -> float:
    """A double (8 bytes) or a float (4 bytes). Raises FormatError."""
    if not isinstance(value, bytes) or len(value) not in _SIZES.values():
        raise FormatError(f"protobuf: expected 4 or 8 bytes of a real number, got {value!r:.60}")
    return float(struct.unpack("<d" if len(value) == 8 else "<f", value)[0])


def _field(data: bytes, start: int, depth: int) -> tuple[int, int, int | bytes, int]:
    """Number, wire type and value of the field at `start`, and where the next one is."""
    tag, place = _varint(data, start)
    number, wire = tag >> 3, tag & 7
    if not 0 < number < 1 << 29:
        raise FormatError(f"protobuf: field number {number} at byte {start}")
    if wire == VARINT:
        value, end = _varint(data, place)
        return number, wire, value, end
    if wire == BYTES:
        length, place = _varint(data, place)
        return number, wire, _take(data, place, length), place + length
    if wire in _SIZES:
        return number, wire, _take(data, place, _SIZES[wire]), place + _SIZES[wire]
    if wire == GROUP:
        inside, end = _group(data, place, number, depth + 1)
        return number, wire, inside, end
    if wire == END_GROUP:
        return number, wire, b"", place
    raise FormatError(f"protobuf: wire type {wire} at byte {start}")


def _group(data: bytes, start: int, number: int, depth: int) -> tuple[bytes, int]:
    """The bytes of a group and where it ends."""
    if depth > MAX_DEPTH:
        raise FormatError(f"protobuf: more than {MAX_DEPTH} groups inside one another")
    place = start
    while place < len(data):
        found, wire, _, end = _field(data, place, depth)
        if wire == END_GROUP:
            if found != number:
                raise FormatError(f"protobuf: group {number} ends as {found} at byte {place}")
            return data[start:place], end
        place = end
    raise FormatError(f"protobuf: group {number} at byte {start} does not end")


def _take(data: bytes, start: int, count: int) -> bytes:
    if start + count > len(data):
        raise FormatError(f"protobuf: {count} bytes at byte {start} of {len(data)}")
    return data[start : start + count]


def _varint(data: bytes, start: int) -> tuple[int, int]:
    """A number of up to 64 bits, seven in each byte, and where it ends."""
    if start < len(data) and (first := data[start]) < 0x80:
        return first, start + 1
    value = 0
    for i, byte in enumerate(data[start : start + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, start + i + 1
    raise FormatError(f"protobuf: expected a number at byte {start} of {len(data)}")

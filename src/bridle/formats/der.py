"""DER and BER (ITU-T X.690): values that hold each other, each with its tag and its length.

Sources: ITU-T X.690, https://www.itu.int/rec/T-REC-X.690
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FormatError

MOST_PARTS = 1_000
"""Values that one other may hold."""
_DEEPEST = 16
_INDEFINITE, _CONSTRUCTED = 0x80, 0x20


def element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and end of the element at `at`. Raises FormatError."""
    if at + 2 > len(data):
        raise FormatError(f"DER: an element at byte {at} does not fit in {len(data)}")
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or start + size > len(data):
            raise FormatError(f"DER: expected a length of 1 to 4 bytes at byte {at + 1}")
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise FormatError(f"DER: {length} bytes at byte {start} do not fit in {len(data)}")
    return tag, data[start : start + length], start + length


def elements(data: bytes, most: int = MOST_PARTS) -> Iterator[tuple[int, bytes]]:
    """Tag and content of what lies in `data`, one after another. Raises FormatError, also for more than `most`."""
    at = count = 0
    while at < len(data):
        tag, body, at = element(data, at)
        count += 1
        if count > most:
            raise FormatError(f"DER: expected at most {most} parts, got more")
        yield tag, body


def ber_element(data: bytes, at: int, depth: int = 0) -> tuple[int, bytes, int]:
    """As `element`, for BER as well: the content may go on until two zero bytes. Raises FormatError."""
    if data[at + 1 : at + 2] != bytes([_INDEFINITE]) or not data[at] & _CONSTRUCTED:
        return element(data, at)
    if depth >= _DEEPEST:
        raise FormatError(f"BER: expected at most {_DEEPEST} levels of unknown length, got more")
    place = at + 2
    for _ in range(MOST_PARTS + 1):
        if data[place : place + 2] == b"\0\0":
            return data[at], data[at + 2 : place], place + 2
        place = ber_element(data, place, depth + 1)[2]
    raise FormatError(f"BER: expected at most {MOST_PARTS} parts, got more")


def ber_elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content and all bytes of what lies in `data`, one after another. Raises FormatError."""
    at = count = 0
    while at < len(data):
        start = at
        tag, body, at = ber_element(data, start)
        count += 1
        if count > MOST_PARTS:
            raise FormatError(f"BER: expected at most {MOST_PARTS} parts, got more")
        yield tag, body, data[start:at]

"""Protocol Buffers one after another, each after its length, from lines of JSON: an object of field numbers.

Text and whole numbers are themselves, a number with a point is a double, an object is a message, a list is repeated.
A line that is a text is written as those hexadecimal bytes.
"""

from __future__ import annotations

import json
import struct
from typing import Any


def make(text: str) -> bytes:
    return b"".join(_line(json.loads(line)) for line in text.splitlines() if line.strip())


def _line(value: Any) -> bytes:
    if isinstance(value, str):
        return bytes.fromhex(value)
    data = _message(value)
    return _varint(len(data)) + data


def _message(fields: dict[str, Any]) -> bytes:
    out = b""
    for number, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            out += _field(int(number), one)
    return out


def _field(number: int, value: Any) -> bytes:
    if isinstance(value, float):
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value & (1 << 64) - 1)
    data = _message(value) if isinstance(value, dict) else value.encode()
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])

"""Protobuf messages from JSON: a list of fields, each number and value.

A value is a number (varint), a text, a list (a message inside), `{"hex": "00ff"}` (bytes) or `{"fixed64": "…"}`. An
object `{"fields": […], "cut": 12, "gzip": true}` in the place of the list cuts that many bytes off and compresses.
"""

from __future__ import annotations

import gzip
import json
from typing import Any


def make(text: str) -> bytes:
    """The message."""
    wanted = json.loads(text)
    if isinstance(wanted, list):
        return _message(wanted)
    made = _message(wanted["fields"])
    made = made[: len(made) - wanted.get("cut", 0)]
    return gzip.compress(made, mtime=0) if wanted.get("gzip") else made


def _message(fields: list[Any]) -> bytes:
    return b"".join(_field(number, value) for number, value in fields)


def _field(number: int, value: Any) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value % (1 << 64))
    if isinstance(value, dict) and "fixed64" in value:
        return _varint(number << 3 | 1) + bytes.fromhex(value["fixed64"])
    if isinstance(value, dict):
        data = bytes.fromhex(value["hex"])
    else:
        data = value.encode() if isinstance(value, str) else _message(value)
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])

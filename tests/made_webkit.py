"""What WebKit's persistent coders write, from a JSON list of values in their order.

A string is a text of one byte a character, {"wide": "…"} one of two, null no text; {"u16": 1}, {"u32": 1}, {"u64": 1},
{"real": 1.5} and {"truth": true} are numbers of their size; {"hex": "00ff"} are bytes, {"hash": 7} twenty bytes 07.
"""

from __future__ import annotations

import json
import struct
from typing import Any

_NUMBERS = {"u16": "<H", "u32": "<I", "u64": "<Q", "real": "<d", "truth": "<?"}


def make(text: str) -> bytes:
    return b"".join(_value(v) for v in json.loads(text))


def _value(value: Any) -> bytes:
    if value is None:
        return b"\xff\xff\xff\xff"
    if isinstance(value, str):
        return struct.pack("<I?", len(value), True) + value.encode("latin-1")
    ((kind, inner),) = value.items()
    if kind == "wide":
        stored = inner.encode("utf-16-le", "surrogatepass")
        return struct.pack("<I?", len(stored) // 2, False) + stored
    if kind == "hex":
        return bytes.fromhex(inner)
    return bytes([inner]) * 20 if kind == "hash" else struct.pack(_NUMBERS[kind], inner)

"""Biome segments from JSON: `{"version": 1 or 2, "entries": […]}`.

An entry has `time`, and may have `state` (1), `second_time`, `payload` and `crc` (a wrong one). A payload is a list of
protobuf fields, each number, type and value, such as `[6, "text", "org.example.app"]`, or bytes in hexadecimal. `end`
overrides where the first generation says its entries end, `slack` are bytes after the last entry.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any


def make(text: str) -> bytes:
    wanted = json.loads(text)
    slack = bytes.fromhex(wanted.get("slack", ""))
    return (_first if wanted["version"] == 1 else _second)(wanted, slack)


def _first(wanted: dict[str, Any], slack: bytes) -> bytes:
    body = b""
    for entry in wanted["entries"]:
        payload = _payload(entry.get("payload", ""))
        crc = entry.get("crc", zlib.crc32(payload))
        times = entry["time"], entry.get("second_time", entry["time"])
        body += struct.pack("<iiddIi", len(payload), entry.get("state", 1), *times, crc, 0) + payload
        body += bytes(-len(body) % 8)
    end = wanted.get("end", 56 + len(body))
    return struct.pack("<I48x4s", end, b"SEGB") + body + slack


def _second(wanted: dict[str, Any], slack: bytes) -> bytes:
    body, table = b"", []
    for entry in wanted["entries"]:
        body += bytes(-len(body) % 4)
        payload = _payload(entry.get("payload", ""))
        body += struct.pack("<Ii", entry.get("crc", zlib.crc32(payload)), 0) + payload
        table.append(struct.pack("<iid", entry.get("end", len(body)), entry.get("state", 1), entry["time"]))
    body += bytes(-len(body) % 4)
    header = struct.pack("<4sId16x", b"SEGB", len(table), wanted.get("time", 0.0))
    return header + body + slack + b"".join(reversed(table))


def _payload(wanted: str | list[Any]) -> bytes:
    return bytes.fromhex(wanted) if isinstance(wanted, str) else fields(wanted)


def fields(wanted: list[Any]) -> bytes:
    """A protobuf message."""
    return b"".join(_field(*f) for f in wanted)


def _field(number: int, kind: str, value: Any) -> bytes:
    if kind == "number":
        return _varint(number << 3) + _varint(value % (1 << 64))
    if kind == "real":
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    if kind == "float":
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    stored = {"text": str.encode, "bytes": bytes.fromhex, "message": fields}[kind](value)  # type: ignore[operator]
    return _varint(number << 3 | 2) + _varint(len(stored)) + stored


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])

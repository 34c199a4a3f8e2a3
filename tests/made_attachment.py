r"""A file sent with a message, from JSON: {"hex": "…"} are its bytes, {"text": "…"} its text, {"zip": […]} an archive.

A member is {"name": "…", "hex": "…" or "text": "…"}, with "deflated", "encrypted" and "method" where wanted. An archive
with "directory": false has none. In a name, "\udcff" is the byte ff.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any


def make(text: str) -> bytes:
    given = json.loads(text)
    return archive(given["zip"], directory=given.get("directory", True)) if "zip" in given else _bytes(given)


def archive(members: list[dict[str, Any]], *, directory: bool = True) -> bytes:
    out, entries = b"", b""
    for m in members:
        content, name = _bytes(m), m["name"].encode("utf-8", "surrogateescape")
        packer = zlib.compressobj(0, zlib.DEFLATED, -15)
        stored = packer.compress(content) + packer.flush() if m.get("deflated") else content
        flags = 0x800 | bool(m.get("encrypted"))
        fields = (20, flags, m.get("method", 8 if m.get("deflated") else 0), 0, 0, zlib.crc32(content), len(stored),
                  len(content), len(name), 0)  # fmt: skip
        entries += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *fields, 0, 0, 0, 0, len(out)) + name
        out += struct.pack("<4s5H3I2H", b"PK\3\4", *fields) + name + stored
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), len(entries), len(out), 0)
    return out + entries + end if directory else out


def _bytes(given: dict[str, Any]) -> bytes:
    return bytes.fromhex(given["hex"]) if "hex" in given else given["text"].encode()

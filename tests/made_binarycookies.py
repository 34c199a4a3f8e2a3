"""A file of cookies from JSON: a list of pages, each a list of cookies.

A cookie has `domain`, `name`, `path`, `value` and `comment` (a text, null or {"hex": "ff"}), `flags`, `expires` and
`created`. Instead of a page or a cookie, {"hex": "00ff"} stands for its bytes.
"""

from __future__ import annotations

import json
import struct
from typing import Any

_TEXTS = ("domain", "name", "path", "value", "comment")


def make(text: str) -> bytes:
    pages = [_page(p) for p in json.loads(text)]
    head = struct.pack(f">4sI{len(pages)}I", b"cook", len(pages), *map(len, pages))
    return head + b"".join(pages) + struct.pack(">I", 0) + bytes.fromhex("071720050000004b")


def _page(page: Any) -> bytes:
    if isinstance(page, dict):
        return bytes.fromhex(page["hex"])
    cookies = [bytes.fromhex(c["hex"]) if "hex" in c else _cookie(c) for c in page]
    at = 8 + 4 * len(cookies) + 4
    places = [at + sum(map(len, cookies[:n])) for n in range(len(cookies))]
    return b"\x00\x00\x01\x00" + struct.pack(f"<I{len(cookies)}II", len(cookies), *places, 0) + b"".join(cookies)


def _cookie(cookie: dict[str, Any]) -> bytes:
    stored, places = b"", []
    for name in _TEXTS:
        value = cookie.get(name)
        places.append(0 if value is None else 56 + len(stored))
        if value is not None:
            stored += (bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()) + b"\x00"
    head = struct.pack("<IIII5II", 56 + len(stored), 0, cookie.get("flags", 0), 0, *places, 0)
    return head + struct.pack("<dd", cookie["expires"], cookie["created"]) + stored

"""A list of JSON objects, plain or compressed with zlib, as backups of messages keep it; from bytes nobody vouches for.

An object that cannot be read is a Gap, and the next one is looked for: `},{"` cannot stand inside a JSON text. Bytes
that are no UTF-8 become halves of characters, as text that cannot be read is told by whoever reads the value.

Sources: RFC 8259, https://www.rfc-editor.org/rfc/rfc8259 ; RFC 1950, https://www.rfc-editor.org/rfc/rfc1950
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import FormatError, Gap

MOST = 64 << 20
"""Bytes of one list, decompressed; a thousand messages have some hundred thousand."""
_STEP = 1 << 16
_MOST_BROKEN = 20
"""Objects that cannot be read and are searched past; each costs reading on to where it breaks."""
_BLANK = re.compile(r"[ \t\r\n]*")
_NEXT = re.compile(r"\}[ \t\r\n]{0,8},[ \t\r\n]{0,8}\{[ \t\r\n]{0,8}\"")
_Object = tuple[str, Mapping[str, Any]]


def objects(stored: BinaryIO) -> Iterator[_Object | Gap]:
    """The objects with their places, `[0]`, `[1]` … Raises FormatError where there is no list."""
    text, problem = _content(stored)
    at = _after(text, 0)
    if not text.startswith("[", at):
        if text:
            raise FormatError(f"expected a list of JSON objects, got {text[at : at + 40]!a:.60}")
        if problem is not None:
            raise FormatError(problem)
        return
    yield from _items(text, _after(text, at + 1))
    if problem is not None:
        yield Gap(locator="zlib", reason=problem)


def _items(text: str, at: int) -> Iterator[_Object | Gap]:
    number = broken = 0
    decoder = json.JSONDecoder()
    while at < len(text) and text[at] != "]":
        place = f"[{number}]"
        number += 1
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield Gap(locator=place, reason=f"expected a JSON object, got {text[at : at + 40]!a:.60}")
            broken += 1
            following = _NEXT.search(text, at) if broken < _MOST_BROKEN else None
            if following is None:
                yield Gap(locator="rest", reason=f"expected more objects, got {len(text) - at} characters unread")
                return
            at = text.index("{", following.start())
            continue
        if isinstance(found, dict):
            yield place, found
        else:
            yield Gap(locator=place, reason=f"expected a JSON object, got {found!a:.60}")
        at = _after(text, at)
        if text.startswith(",", at):
            at = _after(text, at + 1)
        elif not text.startswith("]", at):
            yield Gap(locator=f"{place}.end", reason=f"expected a comma or the end, got {text[at : at + 40]!a:.60}")
            following = _NEXT.search(text, at)
            at = text.index("{", following.start()) if following else len(text)


def _after(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _content(stored: BinaryIO) -> tuple[str, str | None]:
    """The text, decompressed where it is compressed, and what is wrong with the compression. Raises FormatError."""
    head = stored.read(2)
    stored.seek(0)
    compressed = len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0
    data, problem = _inflated(stored) if compressed else (stored.read(MOST + 1), None)
    if len(data) > MOST:
        raise FormatError(f"expected a list of at most {MOST} bytes, got more")
    return data.decode("utf-8", "surrogateescape"), problem


def _inflated(stored: BinaryIO) -> tuple[bytes, str | None]:
    inflate, size = zlib.decompressobj(), 0
    kept: list[bytes] = []
    try:
        while not inflate.eof and size <= MOST:
            data = inflate.unconsumed_tail or stored.read(_STEP)
            if not data:
                return b"".join(kept), "zlib: the compressed data ends early"
            kept.append(inflate.decompress(data, _STEP))
            size += len(kept[-1])
    except zlib.error as e:
        return b"".join(kept), f"zlib: {e!s:.100}"
    return b"".join(kept), None

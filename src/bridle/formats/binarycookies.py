"""Files of cookies that Apple's URL loading system writes: `Cookies.binarycookies`.

`cook`, the count of pages and the size of each (most significant byte first), then the pages (least significant first).
A page is 00 00 01 00, the count of its cookies, where each begins, four zero bytes, and the cookies. A cookie is its
size, four bytes, flags, four bytes, where its domain, name, path, value and comment begin (0: none), four zero bytes,
when it expires and when it was made (seconds since 2001 as doubles), and the texts, each ended by a zero byte. After
the pages stand a checksum, four or eight fixed bytes and, in newer files, a property list; they are not read.

Sources: https://github.com/libyal/dtformats/blob/main/documentation/Safari%20Cookies.asciidoc ; a file of macOS (test
data of dtformats)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError, Gap

_MOST_PAGES = 100_000
_LONGEST_PAGE = 4 << 20
_MOST_BAD = 1_000
"""Cookies of one page that cannot be read, after which the rest of it is not."""
_HEAD = struct.Struct("<4xI4xIIIII4x")
"""Of a cookie behind its size: flags, and where domain, name, path, value and comment begin."""
_TIMES = struct.Struct("<dd")
_FIXED = 4 + _HEAD.size + _TIMES.size


@dataclass(frozen=True)
class Cookie:
    """One cookie. Its value is not kept."""

    locator: str
    """`page 1, cookie 2`."""
    flags: int
    domain: bytes | None
    name: bytes | None
    path: bytes | None
    value_length: int | None
    comment: bytes | None
    expires: float
    """Seconds since 2001."""
    created: float


def read(stored: BinaryIO) -> Iterator[Cookie | Gap]:
    """The cookies of each page, and a Gap for a page or a cookie that cannot be read. Raises FormatError."""
    head = stored.read(8)
    if head[:4] != b"cook" or len(head) < 8:
        raise FormatError(f"binary cookies: expected `cook` and a count, got {head!r:.60}")
    count = int.from_bytes(head[4:], "big")
    if count > _MOST_PAGES:
        raise FormatError(f"binary cookies: expected at most {_MOST_PAGES} pages, got {count}")
    sizes = stored.read(4 * count)
    if len(sizes) < 4 * count:
        raise FormatError(f"binary cookies: expected the sizes of {count} pages, got {len(sizes)} bytes")
    for number, size in enumerate(struct.unpack(f">{count}I", sizes), 1):
        if size > _LONGEST_PAGE:
            reason = (
                f"binary cookies: expected a page of at most {_LONGEST_PAGE} bytes, got {size}: the rest is not read"
            )
            yield Gap(locator=f"page {number}", reason=reason)
            return
        page = stored.read(size)
        yield from _page(f"page {number}", page, size)
        if len(page) < size:
            return


def _page(place: str, page: bytes, size: int) -> Iterator[Cookie | Gap]:
    if len(page) < size:
        yield Gap(locator=place, reason=f"binary cookies: expected a page of {size} bytes, got {len(page)}")
    if len(page) < 8 or page[:4] != b"\x00\x00\x01\x00":
        yield Gap(locator=f"{place}, head", reason=f"binary cookies: expected a page, got {page[:8]!r:.60}")
        return
    count = int.from_bytes(page[4:8], "little")
    whole = min(count, (len(page) - 8) // 4)
    if whole < count:
        reason = f"binary cookies: expected where {count} cookies begin, got {whole} places"
        yield Gap(locator=f"{place}, cookie {whole + 1}", reason=reason)
    begins = struct.unpack_from(f"<{whole}I", page, 8)
    read_bytes = bad = 0
    for number, begin in enumerate(begins, 1):
        locator = f"{place}, cookie {number}"
        try:
            cookie, length = _cookie(locator, page, begin)
        except FormatError as e:
            bad += 1
            rest = "" if bad < _MOST_BAD else ": the rest of the page is not read"
            yield Gap(locator=locator, reason=f"binary cookies: {e}{rest}")
            if rest:
                return
            continue
        read_bytes += length
        if read_bytes > len(page):
            yield Gap(locator=locator, reason="binary cookies: the cookies of the page lie one over another")
            return
        yield cookie


def _cookie(locator: str, page: bytes, begin: int) -> tuple[Cookie, int]:
    """The cookie at `begin`, and its size. Raises FormatError."""
    size = int.from_bytes(page[begin : begin + 4], "little")
    if size < _FIXED or begin + size > len(page):
        raise FormatError(f"expected a cookie at byte {begin}, got a size of {size} in a page of {len(page)}")
    stored = page[begin : begin + size]
    flags, *places = _HEAD.unpack_from(stored, 4)
    domain, name, path, value, comment = (_text(stored, p) for p in places)
    expires, created = _TIMES.unpack_from(stored, 4 + _HEAD.size)
    length = None if value is None else len(value)
    return Cookie(locator, flags, domain, name, path, length, comment, expires, created), size


def _text(stored: bytes, place: int) -> bytes | None:
    """The bytes at `place` up to a zero byte. Raises FormatError."""
    if place == 0:
        return None
    end = stored.find(b"\x00", place)
    if place < _FIXED or end < 0:
        raise FormatError(f"expected a text in {len(stored)} bytes, got one at byte {place}")
    return stored[place:end]

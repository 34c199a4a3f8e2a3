"""The leaf pages of a table in the order of its keys, by the inner pages alone.

Only a tree that is whole is taken: pages of the right kind, each led to once, and keys that rise from page to page.
Anything else is for SQLite to read as far as it can.

Source: https://www.sqlite.org/fileformat2.html#b_tree_pages
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.formats._sqlite_cells import INNER, LEAF, signed, varint
from bridle.formats._sqlite_vfs import Pages

_FIRST_KEY, _LAST_KEY = -(2**63), 2**63 - 1
_MAX_DEPTH = 19
"""Levels of inner pages; SQLite reads no deeper tree."""
_LOCKED = 1 << 30
"""The page at this offset is never part of a tree."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page, and the keys its rows lie between: above `low` and not above `high`."""

    number: int
    low: int
    high: int


def leaves(pages: Pages, root: int) -> list[Leaf] | None:
    """The leaf pages of the table at `root`; None where the tree is not whole."""
    level = [Leaf(root, _FIRST_KEY, _LAST_KEY)]
    seen = {root}
    for _ in range(_MAX_DEPTH):
        kind = pages.page(level[0].number)[:1]
        if kind == bytes([LEAF]):
            return level
        below: list[Leaf] = []
        for parent in level:
            children = _children(pages, parent)
            if children is None:
                return None
            below += children
        before = len(seen)
        seen.update(child.number for child in below)
        if len(seen) != before + len(below):
            return None
        level = below
    return None


def _children(pages: Pages, parent: Leaf) -> list[Leaf] | None:
    page = pages.page(parent.number)
    if len(page) < pages.page_size or page[0] != INNER or parent.number == 1:
        return None
    count, rightmost = struct.unpack_from(">H", page, 3)[0], struct.unpack_from(">I", page, 8)[0]
    usable = pages.page_size - pages.reserved
    if not 1 <= count <= (usable - 12) // 7:
        return None
    found: list[Leaf] = []
    low = parent.low
    for number, key in (*_cells(page, count, usable), (rightmost, parent.high)):
        last = len(found) == count
        if not (low < key <= parent.high or (last and low <= key)) or not _is_there(pages, number):
            return None
        found.append(Leaf(number, low, key))
        low = key
    return found if len(found) == count + 1 else None


def _cells(page: bytes, count: int, usable: int) -> Iterator[tuple[int, int]]:
    """The child pages and keys of an inner page, up to the first that cannot be one."""
    for at in struct.unpack_from(f">{count}H", page, 12):
        if not 12 + 2 * count <= at <= usable - 5:
            return
        if page[at + 4] < 0x80:
            key = page[at + 4]
        else:
            key, end = varint(page, at + 4)
            if end > usable:
                return
            key = signed(key)
        yield int.from_bytes(page[at : at + 4], "big"), key


def _is_there(pages: Pages, number: int) -> bool:
    most = min(pages.count, pages.declared or pages.count)
    return 1 < number <= most and number != _LOCKED // pages.page_size + 1


def upper_key(pages: Pages, root: int, key: int) -> int | None:
    """The highest rowid that can lie on the same leaf page as `key`, by the inner pages; None if they set no bound."""
    bound: int | None = None
    number = root
    for _ in range(_MAX_DEPTH + 1):
        page = pages.page(number)
        start = 100 if number == 1 else 0
        if len(page) < start + 12 or page[start] != INNER:
            break
        child, highest = _child(page, start, key)
        if highest is not None:
            if bound is not None and highest > bound:
                break
            bound = highest
        number = child
    return bound


def _child(page: bytes, start: int, key: int) -> tuple[int, int | None]:
    """The child page of an inner page where `key` belongs, and the highest key it may hold."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for i in range(min(count, len(page) // 2)):
        cell = int.from_bytes(page[start + 12 + 2 * i : start + 14 + 2 * i], "big")
        highest = _signed(page, cell + 4)
        if highest >= key:
            return int.from_bytes(page[cell : cell + 4], "big"), highest
    return int.from_bytes(page[start + 8 : start + 12], "big"), None


def _signed(page: bytes, at: int) -> int:
    value = 0
    for i, byte in enumerate(page[at : at + 9]):
        if i == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value

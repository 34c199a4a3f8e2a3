"""Versions of pages that may hold rows nobody can ask for: pages in use with space that is not zero, free pages, pages
of no b-tree, and older or uncommitted versions in the main file and its write-ahead log.

All pages are looked at once, in their order; what is kept is a few bytes for each.

Source: https://www.sqlite.org/fileformat2.html#the_freelist
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Iterator

from bridle.classes import dataclass
from bridle.formats import _sqlite_cells as cells
from bridle.formats._sqlite_vfs import Pages

_HEAD = struct.Struct(">HHH")
_ZEROS = bytes(65536)

FREE_PAGE = "free page"
UNUSED_PAGE = "page of no table"
FREE_BLOCK = "free block"
UNUSED_SPACE = "unused space of a page"
OLDER_PAGE = "main file, replaced by the write-ahead log"
SUPERSEDED = "write-ahead log, superseded"
UNCOMMITTED = "write-ahead log, not committed"
EARLIER_USE = "write-ahead log, of an earlier use"


@dataclass(frozen=True)
class Image:
    """One version of a page."""

    place: str
    number: int
    page: bytes
    found_in: str | None
    """None for a page in use: its cells are rows of their table."""
    owner: int | None = None
    """The root of the table the page belongs to now."""
    starts_at: int = 0
    """Bytes in front of this are known to be something else."""
    overflow: Callable[[int], bytes] | None = None
    """Gives the pages that values went on in; None where they are not known any more."""


class Survey:
    """What each page of a database is used for."""

    def __init__(self, pages: Pages, roots: Iterable[int]) -> None:
        self._pages = pages
        self.owners: dict[int, int] = {}
        """The root of the table that a page belongs to."""
        self._suspects, self._leaves = array("I"), array("I")
        self._free: dict[int, int] = {}
        """Pages of the freelist: how many of their first bytes belong to the list."""
        children = self._look()
        for root in roots:
            reached = [root]
            while reached:
                number = reached.pop()
                if number not in self.owners:
                    self.owners[number] = root
                    reached.extend(children.get(number, ()))
        self._list_free()

    def _look(self) -> dict[int, Iterable[int]]:
        """Note the leaf pages, those whose free space is not all zero, and what the inner pages lead to."""
        children: dict[int, Iterable[int]] = {}
        for number, page in self._pages.current():
            start = 100 if number == 1 else 0
            if len(page) < start + 12:
                continue
            if page[start] == cells.LEAF:
                self._leaves.append(number)
                block, count, content = _HEAD.unpack_from(page, start + 1)
                gap, content = start + 8 + 2 * count, content or 65536
                if block or (gap < content and page[gap:content] != _ZEROS[: content - gap]):
                    self._suspects.append(number)
            elif page[start] == cells.INNER:
                children[number] = _children(page, start)
        return children

    def _list_free(self) -> None:
        """Walk the freelist; a page that comes twice ends it."""
        page = self._pages.current_page(1)
        following = int.from_bytes(page[32:36], "big")
        while following and following not in self._free and following not in self.owners:
            page = self._pages.current_page(following)
            if len(page) < 8:
                break
            count = min(int.from_bytes(page[4:8], "big"), len(page) // 4 - 2)
            self._free[following] = 8 + 4 * count
            for number in struct.unpack_from(f">{count}I", page, 8):
                if number not in self._free and number not in self.owners:
                    self._free[number] = 0
            following = int.from_bytes(page[:4], "big")

    def images(self) -> Iterator[Image]:
        """Every version of a page that may hold rows nobody can ask for."""
        for number in self._suspects:
            if (owner := self.owners.get(number)) is not None:
                yield self._current(number, None, owner)
        for number, taken in self._free.items():
            yield self._current(number, FREE_PAGE, starts_at=taken)
        for number in self._leaves:
            if number not in self.owners and number not in self._free:
                yield self._current(number, UNUSED_PAGE)
        yield from self._replaced()
        yield from self._logged()

    def _current(self, number: int, found_in: str | None, owner: int | None = None, starts_at: int = 0) -> Image:
        page = self._pages.current_page(number)
        return Image(self._pages.place(number), number, page, found_in, owner, starts_at, self._freed)

    def _freed(self, number: int) -> bytes:
        """A page of the freelist that is as it was when it was freed; empty for any other."""
        return self._pages.current_page(number) if self._free.get(number) == 0 else b""

    def _replaced(self) -> Iterator[Image]:
        """Pages of the main file of which the log has a newer version, or which it cut off."""
        for number in self._pages.replaced():
            page = self._pages.main_page(number)
            if page and page != self._pages.current_page(number):
                owner = self.owners.get(number)
                yield Image(f"page {number}", number, page, OLDER_PAGE, owner, 0, self._pages.main_page)

    def _logged(self) -> Iterator[Image]:
        """Frames of the log that are not part of the database as it is."""
        for frame, number, state, page in self._pages.frames_not_used():
            place = f"wal frame {frame} page {number}"
            yield Image(place, number, page, _STATES[state], self.owners.get(number))


_STATES = {"superseded": SUPERSEDED, "uncommitted": UNCOMMITTED, "earlier": EARLIER_USE}


def _children(page: bytes, start: int) -> Iterable[int]:
    """The pages that an inner page of a table leads to."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    found = array("I", [int.from_bytes(page[start + 8 : start + 12], "big")])
    count = min(count, (len(page) - start - 12) // 2)
    for at in struct.unpack_from(f">{count}H", page, start + 12):
        if at + 4 <= len(page):
            found.append(int.from_bytes(page[at : at + 4], "big"))
    return found

"""Rows in one version of a page: those its pointers lead to, and those in the space it does not use.

In unused space a record is looked for by its header: its length, then a serial type for each column of a table. If the
payload's length and the rowid still stand before it and agree, the cell is intact. A cell that became a free block
lost its first four bytes: the length of the payload, and some or all of the rowid, the header's length and the first
serial type. It is put together again from the table's number of columns and the types that are left, where it is known
that a cell begins there: at the start of a free block, also of one that was joined to another or to unused space, and
right behind another cell.

Where two cells overlap, the front one is cut. A row that is cut is kept only if its beginning was found in full.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, pairwise
from operator import itemgetter

from bridle.formats import _sqlite_cells as cells
from bridle.formats._sqlite_cells import Cell
from bridle.formats._sqlite_images import FREE_BLOCK, UNUSED_SPACE, Image
from bridle.formats._sqlite_layouts import LEAST_COLUMNS, Layout, Layouts, full_enough
from bridle.formats._sqlite_vfs import Pages
from bridle.formats.table import Undecodable

_LEAST_WITHOUT_HEAD = 6
"""Columns of a table whose records are recognised without their rowid anywhere in unused space."""
_LEAST_WITH_BYTES = 3
_LONGEST_HEAD = 13
"""Bytes of a payload's length and a rowid, and one more."""
_WITH_SHORT = 4
"""The schema format from which on 0 and 1 take no bytes."""
_LEAST_CELL = 6
"""Bytes of a cell that lost its first four, and says anything."""
_MAX_LOOKED_AT = 3_000_000
"""Places in one database that look like a record header, and are looked at …"""
_AS_MUCH_AS = 10
"""… of which a place where a cell without its head may begin costs so many."""
_MAX_SEEN = 500_000
Found = tuple[Cell, Layout]


class Carver:
    """Finds the rows of the tables of one database."""

    def __init__(self, layouts: Layouts, roots: dict[int, Layout], usable: int, pages: Pages) -> None:
        self._layouts, self._roots, self._usable, self._encoding = layouts, roots, usable, pages.encoding
        self._has_short = int.from_bytes(pages.current_page(1)[44:48], "big") >= _WITH_SHORT
        self._looked_at = 0
        self.seen: dict[int, Cell | None] = {}
        """Cells that pages' own pointers led to, by the hash of their bytes; None stands for rows in use."""

    @property
    def has_given_up(self) -> bool:
        """Whether too much in the database looked like a row."""
        return self._looked_at > _MAX_LOOKED_AT

    def cells_of(self, image: Image) -> Iterator[tuple[str, Cell, Layout | None]]:
        """The rows in a page, and where they were found; without a table those that fit none.

        Of cells that pages' own pointers lead to each is told once; others like it count as its copies.
        """
        owner = self._roots.get(image.owner or 0)
        page = image.page[: self._usable]
        leaf = cells.leaf(page, image.number) if image.starts_at == 0 else None
        if leaf is None:
            if image.found_in is not None and any(page[image.starts_at :]):
                yield from self._span(image.found_in, page, (image.starts_at, len(page)), None, owner)
            return
        if image.found_in is not None:
            listed = [c for p in leaf.pointers if (c := self._listed(page, p)) is not None]
            owner = self._layouts.elect((cells.kinds(c.types) for c in listed), owner) or owner
            for one in listed:
                yield image.found_in, one, self._layouts.choose(cells.kinds(one.types), owner)
        for start, end in cells.blocks(page, leaf.block, leaf.gap[1]):
            yield from self._span(image.found_in or FREE_BLOCK, page, (start, end), start, owner)
        if any(page[slice(*leaf.gap)]):
            yield from self._span(image.found_in or UNUSED_SPACE, page, leaf.gap, None, owner)

    def _listed(self, page: bytes, at: int) -> Cell | None:
        raw = cells.raw(page, at, self._usable)
        if raw is None:
            return None
        mark = hash(raw)
        if mark in self.seen:
            if (same := self.seen[mark]) is not None:
                same.copies += 1
            return None
        self.seen[mark] = found = cells.cell(page, at, len(page), self._usable)
        return found

    def leave_out(self, page: bytes, number: int) -> None:
        """Leave out the rows of a page that is in use, wherever pointers lead to the same."""
        leaf = cells.leaf(page, number)
        if leaf is not None and len(self.seen) < _MAX_SEEN:
            for at in leaf.pointers:
                if (raw := cells.raw(page, at, self._usable)) is not None:
                    self.seen[hash(raw)] = None

    def _span(
        self, found_in: str, page: bytes, span: tuple[int, int], begins: int | None, owner: Layout | None
    ) -> Iterator[tuple[str, Cell, Layout | None]]:
        """The rows in a part of a page that is not in use. At `begins` a cell begins that lost its first four bytes."""
        intact, others = self._looked_for(page, span, begins, owner)
        found = [o for o in intact if o[0].start != begins]
        if owner is None:
            owner = self._layouts.elect((cells.kinds(one.types) for one, _ in found), None)
        if owner is not None and len(owner.columns) >= LEAST_COLUMNS:
            starts = _block_starts(page, span, [one for one, _ in found], len(owner.columns) + _LEAST_CELL - 2) | (
                {begins} if begins is not None else set()
            )
            found = list(self._joined(page, span[1], found, starts, owner))
        else:
            for (one, _), (following, _) in pairwise(found):
                one.cut(following.start)
        places = [one.start for one, _ in found]
        for one, layout in others:
            before = bisect_left(places, one.stop) - 1
            if before < 0 or found[before][0].ends <= one.start:
                found.append((one, layout))
        for one, layout in sorted(found, key=lambda f: f[0].start):
            yield found_in, one, layout

    def _looked_for(
        self, page: bytes, span: tuple[int, int], begins: int | None, owner: Layout | None
    ) -> tuple[list[Found], list[Found]]:
        """Records by their headers: cells that are intact, and records without a rowid. None overlap their like."""
        start, end = span
        first = start if begins is None else begins + 4
        intact: list[Found] = []
        others: list[Found] = []
        behind = behind_other = first
        for at in self._layouts.headers(page, first, end):
            self._looked_at += 1
            if self._looked_at > _MAX_LOOKED_AT:
                break
            found = self._record(page, at, end, owner) if at >= behind else None
            if found is None:
                continue
            types, size, layout = found
            one = self._with_head(page, at, behind, end, types, size)
            if one is not None and self._is_sound(one, strictly=False):
                intact.append((one, layout))
                behind = one.body_at
            elif at >= behind_other and len(layout.columns) >= _LEAST_WITHOUT_HEAD:
                bare = cells.made(page, at, at, None, types, size, end, self._usable)
                if bare is not None and self._is_sound(bare, strictly=True) and _is_rich(bare, layout):
                    others.append((bare, layout))
                    behind_other = bare.stop
        return intact, others

    def _record(self, page: bytes, at: int, end: int, owner: Layout | None) -> tuple[list[int], int, Layout] | None:
        """The record header at `at` as serial types, size of the values, and the table it fits."""
        found = cells.record_types(page, at, end)
        if found is None:
            return None
        types = found[0]
        layout = self._layouts.choose(cells.kinds(types), owner)
        if layout is None or not full_enough(layout, len(types)):
            return None
        return types, cells.body_size(types), layout

    def _with_head(self, page: bytes, at: int, start: int, end: int, types: list[int], size: int) -> Cell | None:
        """The cell whose record begins at `at`, if the payload's length and a rowid stand before it."""
        payload = cells.as_varint(cells.varint(page, at)[0] + size)
        for length in range(1, 10):
            begin = at - length - len(payload)
            if begin < start:
                return None
            if page.startswith(payload, begin):
                rowid, stop = cells.varint(page, begin + len(payload))
                if stop == at:
                    return cells.made(page, begin, at, cells.signed(rowid), types, size, end, self._usable)
        return None

    def _is_sound(self, one: Cell, *, strictly: bool) -> bool:
        """Whether the texts decode, at least half of them or `strictly` all.

        The cell is cut at the first value that SQLite does not write so: it was overwritten.
        """
        texts = wrong = at = 0
        for t, size in zip(one.types, cells.sizes(one.types), strict=True):
            if not size:
                continue
            raw = one.body[at : at + size]
            if len(raw) < size:
                break
            if t >= 13 and t & 1:
                text = cells.value(t, raw, self._encoding)
                texts += 1
                wrong += isinstance(text, Undecodable)
                overwritten = isinstance(text, str) and "\0" in text
            else:
                overwritten = t <= 6 and not cells.is_shortest(raw, self._has_short)
            if overwritten:
                one.cut(one.body_at + at)
                break
            at += size
        return wrong == 0 or (not strictly and wrong * 2 <= texts)

    def _joined(self, page: bytes, end: int, intact: list[Found], starts: set[int], owner: Layout) -> Iterator[Found]:
        """The intact cells, each cut where the next begins, and those that lost their first bytes.

        These begin at `starts`, and may follow right behind any other.
        """
        known = {one.start: (one, layout) for one, layout in intact}
        places = sorted({*known, *starts})
        for place, limit in pairwise([*places, end]):
            at = place
            if place in known:
                one, layout = known[place]
                at = min(one.stop, limit)
                one.cut(limit)
                yield one, layout
            yield from self._beheaded(page, at, limit, owner, certain=place in starts)

    def _beheaded(self, page: bytes, at: int, limit: int, owner: Layout, *, certain: bool) -> Iterator[Found]:
        """Cells that lost their first four bytes, one right behind the other; that one begins `at` is `certain`."""
        while at + _LEAST_CELL <= limit and any(page[at + 4 : limit]):
            self._looked_at += _AS_MUCH_AS
            best = max(self._attempts(page, at, limit, owner), key=itemgetter(0), default=None)
            if best is None or self.has_given_up:
                return
            (_, exact, _, _), one = best
            if not (certain or exact or _is_rich(one, owner)):
                return
            at, certain = one.stop, False
            one.cut(limit)
            yield one, owner

    def _attempts(
        self, page: bytes, start: int, limit: int, owner: Layout
    ) -> Iterator[tuple[tuple[int, bool, bool, int], Cell]]:
        """Cells that may have begun at `start`, with how well they fit: in values, length, what is left, kinds."""
        for at in range(start + 2, start + _LONGEST_HEAD):
            for length in (1, 2):
                made = self._attempt(page, start, at, length, limit, owner)
                if made is not None:
                    score = owner.score(cells.kinds(made.types))
                    there = len(made.body)
                    if score and there and self._is_sound(made, strictly=True):
                        yield (len(made.body) - there, made.stop == limit, at >= start + 4, score), made

    def _attempt(self, page: bytes, start: int, at: int, length: int, limit: int, owner: Layout) -> Cell | None:
        """The cell at `start` if its record began at `at` and the length of its header took `length` bytes."""
        lost = max(0, start + 4 - at - length)
        if lost > (owner.key == 0):
            return None
        matched = (owner.other_types if lost else owner.all_types).match(page, max(at + length, start + 4), limit)
        if matched is None:
            return None
        left = matched.group()
        stored = cells.as_varint(length + lost + len(left))
        known = max(0, start + 4 - at)
        if len(stored) != length or (known < length and not page.startswith(stored[known:], at + known)):
            return None
        types = [0] * lost + (cells.numbers(left) or [])
        size = cells.body_size(types)
        payload = length + lost + len(left) + size
        rowid = at - start - cells.varint_length(payload)
        if not _is_rowid(page[max(start + 4, at - rowid) : at], rowid):
            return None
        return cells.made(page, start, at, None, types, size, limit, self._usable, stored + bytes(lost) + left)


def _is_rich(one: Cell, layout: Layout) -> bool:
    """Whether a record has all columns, and is not cut; half of them have a value, and three one that takes bytes."""
    with_value = [t for t in one.types if t]
    with_bytes = [size for size in cells.sizes(with_value) if size]
    enough = len(with_bytes) >= _LEAST_WITH_BYTES and 2 * len(with_value) >= len(layout.columns)
    return enough and not one.is_cut and len(one.types) == len(layout.columns)


def _block_starts(page: bytes, span: tuple[int, int], intact: list[Cell], least: int) -> set[int]:
    """Where free blocks of at least so many bytes began: what they said of their size still leads to where they ended.

    They ended at the end of the span, or where another of them or an intact cell begins.
    """
    start, end = span
    if end - start < _LEAST_CELL:
        return set()
    sizes = chain(
        zip(range(start, end, 2), struct.unpack_from(f">{(end - start) // 2}H", page, start), strict=False),
        zip(range(start + 1, end, 2), struct.unpack_from(f">{(end - start - 1) // 2}H", page, start + 1), strict=False),
    )
    leading = {at - 2: at - 2 + size for at, size in sizes if least <= size <= end - at + 2 and at >= start + 2}
    taken = [(one.start, one.ends) for one in intact]
    ends = {end, *(one.start for one in intact)}
    found: set[int] = set()
    for at in sorted(leading, reverse=True):
        following = int.from_bytes(page[at : at + 2], "big")
        is_one = leading[at] in ends and (following == 0 or leading[at] <= following <= len(page) - 4)
        if is_one and not _is_within(at, taken):
            ends.add(at)
            found.add(at)
    return found


def _is_within(at: int, taken: list[tuple[int, int]]) -> bool:
    """Whether a place lies in one of the parts of a page, which are sorted."""
    before = bisect_right(taken, (at, 1 << 20)) - 1
    return before >= 0 and taken[before][1] > at


def _is_rowid(left: bytes, length: int) -> bool:
    """Whether `left` can be the end of a rowid of `length` bytes."""
    if not 1 <= length <= 9:
        return False
    return not left or ((length == 9 or left[-1] < 0x80) and all(b >= 0x80 for b in left[:-1]))

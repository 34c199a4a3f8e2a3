"""Which recovered cells say nothing new: those whose row is in use with the same values, and pieces of other cells.

A row in use was copied whenever its page was split or tidied, so most of what lies in unused space is a copy. Cells are
compared as far as they go, byte by byte: a cut one is the same as a row that begins like it. An older row that lacks
columns added since is the same as one that begins with its values. A cell that lost its rowid is the same as any row of
its table with its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridle.formats import _sqlite_cells as cells
from bridle.formats._sqlite_cells import Cell

_MAX_VERSIONS = 100
"""Cells with the same rowid that are compared; others are kept …"""
_MAX_LENGTHS = 64
"""… and so are cells without a rowid that have the same header, but more different lengths."""


class Wanted:
    """Cells of one table that something like them is looked for."""

    def __init__(self, found: Iterable[Cell]) -> None:
        self._by_rowid: dict[int, list[Cell]] = {}
        self._by_header: dict[bytes, dict[int, dict[bytes, list[Cell]]]] = {}
        for one in found:
            if one.rowid is not None:
                versions = self._by_rowid.setdefault(one.rowid, [])
                if len(versions) < _MAX_VERSIONS:
                    versions.append(one)
                continue
            by_length = self._by_header.setdefault(one.header, {})
            if len(one.body) in by_length or len(by_length) < _MAX_LENGTHS:
                by_length.setdefault(len(one.body), {}).setdefault(one.body, []).append(one)

    def like(self, rowid: int, payload: bytes) -> list[Cell]:
        """Cells that say nothing but what the row with this rowid and payload says; each is given once."""
        found = []
        if (versions := self._by_rowid.get(rowid)) is not None:
            found = [one for one in versions if _is_same(one, payload)]
            if found:
                self._by_rowid[rowid] = [one for one in versions if one not in found]
        if self._by_header:
            length = cells.varint(payload, 0)[0]
            for size, bodies in self._by_header.get(payload[:length], {}).items():
                found += bodies.pop(payload[length : length + size], ())
        return found


def rows_of(page: bytes, number: int, usable: int) -> Iterator[tuple[int, bytes]]:
    """The rowids in a leaf page, and as much of the payloads as lies in it."""
    leaf = cells.leaf(page, number)
    for at in leaf.pointers if leaf is not None else ():
        payload, after = cells.varint(page, at)
        rowid, after = cells.varint(page, after)
        yield cells.signed(rowid), page[after : after + cells.local_size(payload, usable)]


def _is_same(one: Cell, payload: bytes) -> bool:
    length = cells.varint(payload, 0)[0]
    body = payload[length:]
    if payload[:length] != one.header:
        found = cells.record_types(payload, 0, len(payload))
        if found is None or len(found[0]) <= len(one.types) or found[0][: len(one.types)] != list(one.types):
            return False
    common = min(len(body), len(one.body))
    return body[:common] == one.body[:common]

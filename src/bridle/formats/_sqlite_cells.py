"""Rows as they lie in the leaf pages of a table: cells, record headers and values, read from the bytes.

Source: https://www.sqlite.org/fileformat2.html#record_format
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from typing import Any

from bridle.classes import dataclass
from bridle.formats.table import Undecodable

LEAF, INNER = 13, 5
"""First bytes of a table's pages."""
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
_VARINT = re.compile(rb"[\x80-\xff]{0,7}[\x00-\x7f]|[\x80-\xff]{8}[\x00-\xff]", re.DOTALL)
_SHORTER = {2: 1, 3: 2, 4: 3, 6: 4, 8: 6}
_KINDS = "niiiiiifii??"
_HEAD = struct.Struct(">HHH")


@dataclass(slots=True)
class Cell:
    """A row in a page. What was overwritten is missing at the end of `body`."""

    start: int
    stop: int
    """Where it ended in the page when it was whole."""
    rowid: int | None
    header: bytes
    types: Sequence[int]
    body_at: int
    body: bytes
    """Values that lie in the page and are still there."""
    size: int
    """Bytes of all values."""
    overflow: int
    """The page that the values go on in; 0 for none."""
    copies: int = 0
    """How many more there are that are the same."""

    @property
    def is_cut(self) -> bool:
        """Whether values are missing, or all that lies behind the page."""
        return len(self.body) < self.size and not self.overflow

    @property
    def ends(self) -> int:
        """Where what is still there ends."""
        return self.body_at + len(self.body)

    def cut(self, stop: int) -> None:
        """Take away what lies behind `stop`."""
        if self.stop > stop:
            self.body = self.body[: max(0, stop - self.body_at)]
            self.overflow = 0


@dataclass(frozen=True)
class Leaf:
    """The header of a table's leaf page."""

    pointers: Sequence[int]
    """Places of its cells that can be ones."""
    gap: tuple[int, int]
    """From the last pointer to the first cell."""
    block: int
    """The first free block; 0 for none."""


def varint(page: bytes, at: int) -> tuple[int, int]:
    """An unsigned integer and where it ends; its end lies behind the page where it is cut."""
    value = 0
    for i in range(at, at + 8):
        if i >= len(page):
            return value, len(page) + 1
        byte = page[i]
        if byte < 0x80:
            return value << 7 | byte, i + 1
        value = value << 7 | byte & 0x7F
    if at + 8 >= len(page):
        return value, len(page) + 1
    return value << 8 | page[at + 8], at + 9


def varint_length(value: int) -> int:
    return 9 if value >= 1 << 56 else max(1, -(-value.bit_length() // 7))


def as_varint(value: int) -> bytes:
    """A number below 2**56 as SQLite stores it."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))


def signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def record_types(page: bytes, at: int, end: int) -> tuple[list[int], int] | None:
    """The serial types of the record header at `at`, and where the header ends. None where there is no header."""
    length, first = varint(page, at)
    stop = at + length
    if not first < stop <= end:
        return None
    raw = page[first:stop]
    found = list(raw) if raw.isascii() else numbers(raw)
    if found is None or 10 in found or 11 in found:
        return None
    return found, stop


def numbers(raw: bytes) -> list[int] | None:
    """All of `raw` as varints; None if the last is cut."""
    parts = _VARINT.findall(raw)
    if sum(map(len, parts)) != len(raw):
        return None
    return [p[0] if len(p) == 1 else varint(p, 0)[0] for p in parts]


def sizes(types: Sequence[int]) -> list[int]:
    """Bytes that values of these serial types take."""
    return [_SIZES[t] if t < 12 else t - 12 >> 1 for t in types]


def body_size(types: Sequence[int]) -> int:
    return sum(sizes(types))


def kinds(types: Sequence[int]) -> str:
    """A letter for each value: `n`othing, `i`nteger, `f`loat, `t`ext, `b`ytes."""
    return "".join([_KINDS[t] if t < 12 else "bt"[t & 1] for t in types])


def local_size(payload: int, usable: int) -> int:
    """How many bytes of a payload lie in the page; the others lie in overflow pages."""
    if payload <= usable - 35:
        return payload
    least = (usable - 12) * 32 // 255 - 23
    size = least + (payload - least) % (usable - 4)
    return size if size <= usable - 35 else least


def cell(page: bytes, at: int, end: int, usable: int) -> Cell | None:
    """The cell at `at`, if its lengths agree with each other. It may go on behind `end`, and is cut there."""
    payload, after = varint(page, at)
    rowid, after = varint(page, after)
    found = record_types(page, after, end)
    if found is None:
        return None
    types, stop = found
    size = body_size(types)
    if stop - after + size != payload:
        return None
    return made(page, at, after, signed(rowid), types, size, end, usable)


def raw(page: bytes, at: int, usable: int) -> bytes | None:
    """The bytes of the cell at `at` that lie in the page; None if it is cut."""
    payload, after = varint(page, at)
    _, after = varint(page, after)
    local = local_size(payload, usable)
    stop = after + local + 4 * (local < payload)
    return page[at:stop] if stop <= len(page) else None


def made(
    page: bytes, start: int, at: int, rowid: int | None, types: Sequence[int], size: int, end: int, usable: int,
    header: bytes | None = None,
) -> Cell | None:  # fmt: skip
    """The cell that begins at `start` and whose record begins at `at`. `header` stands for a damaged one."""
    length = len(header) if header is not None else varint(page, at)[0]
    payload = length + size
    local = local_size(payload, usable)
    if length > local:
        return None
    stop = at + local
    overflow, whole_stop = 0, stop
    if local < payload:
        whole_stop = stop + 4
        overflow = int.from_bytes(page[stop:whole_stop], "big") if whole_stop <= end else 0
    body = page[at + length : min(stop, end)]
    header = header or page[at : at + length]
    return Cell(start, whole_stop, rowid, header, types, at + length, body, size, overflow)


def leaf(page: bytes, number: int) -> Leaf | None:
    """The header of a table's leaf page; None if it is none or cannot be right."""
    start = 100 if number == 1 else 0
    if len(page) < start + 12 or page[start] != LEAF:
        return None
    block, count, content = _HEAD.unpack_from(page, start + 1)
    content = content or 65536
    gap = start + 8 + 2 * count
    if content > len(page) or content < gap:
        return None
    pointers = struct.unpack_from(f">{count}H", page, start + 8)
    return Leaf([p for p in dict.fromkeys(pointers) if content <= p <= len(page) - 4], (gap, content), block)


def blocks(page: bytes, first: int, start: int) -> list[tuple[int, int]]:
    """The free blocks behind `start`, of which `first` is one; each lies behind the one that leads to it."""
    found: list[tuple[int, int]] = []
    at = first
    while start <= at <= len(page) - 4 and (not found or at >= found[-1][1]):
        following, size = struct.unpack_from(">HH", page, at)
        if size < 4 or at + size > len(page):
            break
        found.append((at, at + size))
        at = following
    return found


def values(types: Sequence[int], body: bytes, encoding: str) -> tuple[list[Any], bool]:
    """The values, None for those `body` does not reach to, and whether it reaches to all."""
    found: list[Any] = []
    at = 0
    for t, size in zip(types, sizes(types), strict=True):
        found.append(value(t, body[at : at + size], encoding) if at + size <= len(body) else None)
        at += size
    return found, at <= len(body)


def is_shortest(raw: bytes, has_short: bool) -> bool:
    """Whether an integer of `raw` bytes is stored in as few as SQLite can; with `has_short`, 0 and 1 take none."""
    number = int.from_bytes(raw, "big", signed=True)
    if len(raw) == 1:
        return not has_short or number not in (0, 1)
    limit = 1 << 8 * _SHORTER[len(raw)] - 1
    return not -limit <= number < limit


def value(serial_type: int, raw: bytes, encoding: str) -> Any:
    """The value that `raw` holds; text that does not decode is `Undecodable`."""
    if serial_type >= 12:
        return _text(raw, encoding) if serial_type & 1 else raw
    if serial_type == 7:
        (real,) = struct.unpack(">d", raw)
        return None if math.isnan(real) else real
    if serial_type >= 8:
        return serial_type - 8
    return int.from_bytes(raw, "big", signed=True) if serial_type else None


def _text(raw: bytes, encoding: str) -> str | Undecodable:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return Undecodable(raw)

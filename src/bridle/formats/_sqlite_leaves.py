"""Rows of a table's leaf pages as Arrow columns, many pages at once and without a Python object for each value.

The cells of some pages are taken together, in the order in which they lie in the bytes. Column by column their serial
types are read from the record headers and their values from the bodies, for all rows by a few vector operations; a
column that is NULL, 0 or 1 in all rows costs no more than reading its type. What overflows a page is put together
behind the pages. What does not hold together in any way is `OddError`, and is left to SQLite.

Source: https://www.sqlite.org/fileformat2.html#record_format
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.formats._parts import Parts, merged, pieces
from bridle.formats._sqlite_cells import LEAF, local_size
from bridle.formats._sqlite_tree import Leaf
from bridle.formats._sqlite_vfs import Pages
from bridle.formats.table import Undecodable

_PADDING = 16
"""Bytes behind the cells, so that reading a few bytes beyond a cell stays within."""
_MAX_OVERFLOW = 16 << 20
"""Bytes of rows in overflow pages that are taken at once."""
_MAX_ROWS = 20_000
"""Rows of several pages that are taken at once."""
_LONGEST_HEADER = 3
_I32, _I64, _U8 = pa.int32(), pa.int64(), pa.uint8()


class OddError(Exception):
    """Rows that are not as SQLite writes them. `keys_hold` tells whether their keys are."""

    def __init__(self, *, keys_hold: bool) -> None:
        super().__init__()
        self.keys_hold = keys_hold


@dataclass(frozen=True)
class RecordColumn:
    """A column as records of a table have it."""

    name: str
    is_rowid: bool
    """Whether it is an alias of the rowid, whatever is stored."""
    is_real: bool
    """Whether whole numbers stand for floats."""
    has_default: bool
    """Whether records that lack it have another value than NULL."""


def rows(
    pages: Pages, leaves: Sequence[Leaf], record: Sequence[RecordColumn], wanted: Sequence[str]
) -> tuple[pa.Array, list[Parts]]:
    """The rowids and the columns `wanted` of the rows of `leaves`, in their order. Raises OddError."""
    try:
        found = _Cells(pages, leaves)
    except (pa.ArrowInvalid, IndexError, ValueError):
        raise OddError(keys_hold=False) from None
    try:
        columns = _Records(found).columns(record, frozenset(wanted))
    except (pa.ArrowInvalid, IndexError, ValueError):
        raise OddError(keys_hold=True) from None
    return found.keys, [columns[name] for name in wanted]


def _expect(holds: object, *, keys_hold: bool) -> None:
    if not holds:
        raise OddError(keys_hold=keys_hold)


def _expect_all(hold: pa.Array, *, keys_hold: bool) -> None:
    _expect(pc.all(hold, min_count=0).as_py(), keys_hold=keys_hold)


@lru_cache(maxsize=4096)
def _number(value: int, of: pa.DataType = _I32) -> pa.Scalar:
    return pa.scalar(value, of)


def _plus(column: pa.Array, number: int) -> pa.Array:
    return pc.add(column, _number(number)) if number else column


class _Bytes:
    """Bytes that are read at many places at once. Reading beyond them raises IndexError."""

    def __init__(self, content: bytes) -> None:
        self.buffer = pa.py_buffer(content)
        self.unsigned = pa.Array.from_buffers(_U8, len(content), [None, self.buffer])
        self._signed = self.unsigned.view(pa.int8())

    def at(self, places: pa.Array) -> pa.Array:
        return self.unsigned.take(places)

    def varint(self, at: pa.Array, most: int, *, keys_hold: bool) -> tuple[pa.Array, pa.Array]:
        """The integers at these places, of at most `most` bytes, and where they end."""
        byte = self.at(at)
        if _most(byte) < 0x80:
            return byte, _plus(at, 1)
        value, at = pc.bit_wise_and(byte.cast(_I64), _number(0x7F, _I64)), _plus(at, 1)
        more = pc.greater_equal(byte, _number(0x80, _U8))
        for i in range(1, most):
            byte = self.at(at)
            bits = 8 if i == 8 else 7
            low = byte.cast(_I64) if i == 8 else pc.bit_wise_and(byte.cast(_I64), _number(0x7F, _I64))
            value = pc.if_else(more, pc.bit_wise_or(pc.shift_left(value, _number(bits, _I64)), low), value)
            at = pc.add(at, more.cast(_I32))
            more = pc.and_(more, pc.greater_equal(byte, _number(0x80, _U8)))
            if i == 8 or not pc.any(more).as_py():
                return value, at
        raise OddError(keys_hold=keys_hold)

    def integers(self, at: pa.Array, widths: pa.Array | int, most: int) -> pa.Array:
        """Signed integers of up to `most` bytes; `widths` gives the bytes of each, or of all."""
        value = self._signed.take(at).cast(_I64)
        for i in range(1, most):
            byte = self.at(_plus(at, i)).cast(_I64)
            longer = pc.bit_wise_or(pc.shift_left(value, _number(8, _I64)), byte)
            value = longer if isinstance(widths, int) else pc.if_else(pc.greater(widths, _number(i)), longer, value)
        return value


def _least(column: pa.Array) -> int:
    return int(pc.min_max(column)["min"].as_py())


def _most(column: pa.Array) -> int:
    return int(pc.min_max(column)["max"].as_py())


class _Cells:
    """The cells of some leaf pages: their keys, and where their payloads begin and end in `bytes`."""

    def __init__(self, pages: Pages, leaves: Sequence[Leaf]) -> None:
        raw = pages.several([leaf.number for leaf in leaves], bytes(_PADDING))
        size, usable = pages.page_size, pages.page_size - pages.reserved
        _expect(len(raw) == size * len(leaves) + _PADDING, keys_hold=False)
        self.bytes = _Bytes(raw)
        at, page = _pointers(raw, size, usable)
        _expect(len(at) <= _MAX_ROWS or len(leaves) == 1, keys_hold=True)
        payload, at = self.bytes.varint(at, 4, keys_hold=False)
        self.keys, at = self.bytes.varint(at, 9, keys_hold=False)
        self.keys = self.keys.cast(_I64)
        self._check_keys(leaves, page)
        self.start, self.stop = at, pc.add(at, payload.cast(_I32))
        if _most(payload) > usable - 35:
            payloads = zip(*(c.to_pylist() for c in (at, payload, page)), strict=True)
            self._join_overflow(pages, raw, list(payloads))
            return
        ends = pc.multiply(_plus(page, 1), _number(size))
        _expect_all(pc.less_equal(self.stop, _plus(ends, usable - size)), keys_hold=True)

    def _check_keys(self, leaves: Sequence[Leaf], page: pa.Array) -> None:
        """Expect keys that rise, within the bounds that the inner pages set to each page."""
        keys = self.keys
        _expect_all(pc.less(keys[:-1], keys[1:]), keys_hold=False)
        low = pa.array([leaf.low for leaf in leaves], _I64).take(page)
        high = pa.array([leaf.high for leaf in leaves], _I64).take(page)
        within = pc.and_(
            pc.less_equal(keys, high), pc.or_(pc.greater(keys, low), pc.equal(low, _number(-(2**63), _I64)))
        )
        _expect_all(within, keys_hold=False)

    def _join_overflow(self, pages: Pages, raw: bytes, payloads: list[tuple[int, int, int]]) -> None:
        """Put the payloads that go on in overflow pages together, behind the pages."""
        size, usable = pages.page_size, pages.page_size - pages.reserved
        _expect(sum(p for _, p, _ in payloads if p > usable - 35) <= _MAX_OVERFLOW, keys_hold=True)
        joined: list[bytes] = [raw]
        start, stop = self.start.to_pylist(), self.stop.to_pylist()
        end = len(raw)
        for i, (at, payload, page) in enumerate(payloads):
            local = local_size(payload, usable)
            limit = page * size + usable
            _expect(at + local + 4 * (local < payload) <= limit, keys_hold=True)
            if local < payload:
                first = int.from_bytes(raw[at + local : at + local + 4], "big")
                parts = [raw[at : at + local], *_chain(pages, first, payload - local)]
                joined += parts
                start[i], stop[i] = end, end + payload
                end += payload
        self.start, self.stop = pa.array(start, _I32), pa.array(stop, _I32)
        self.bytes = _Bytes(b"".join([*joined, bytes(_PADDING)]))


def _pointers(raw: bytes, size: int, usable: int) -> tuple[pa.Array, pa.Array]:
    """Where the cells of all pages begin, and the number of the page of each."""
    offsets, found = [0], []
    for start in range(0, len(raw) - _PADDING, size):
        count = raw[start + 3] << 8 | raw[start + 4]
        _expect(raw[start] == LEAF and 1 <= count <= (usable - 8) // 6, keys_hold=False)
        found.append(raw[start + 8 : start + 8 + 2 * count])
        offsets.append(offsets[-1] + count)
    words = array("H", b"".join(found))
    if sys.byteorder == "little":
        words.byteswap()
    pointers = pa.Array.from_buffers(pa.uint16(), len(words), [None, pa.py_buffer(words)]).cast(_I32)
    first = pa.array([8 + 2 * (b - a) for a, b in pairwise(offsets)], _I32)
    page = pc.list_parent_indices(pa.ListArray.from_arrays(pa.array(offsets, _I32), pointers)).cast(_I32)
    within = pc.and_(pc.greater_equal(pointers, first.take(page)), pc.less_equal(pointers, _number(usable - 4)))
    _expect_all(within, keys_hold=False)
    return pc.add(pc.multiply(page, _number(size)), pointers), page


def _chain(pages: Pages, number: int, missing: int) -> list[bytes]:
    content = pages.page_size - pages.reserved - 4
    found: list[bytes] = []
    while missing > 0:
        page = pages.page(number) if 1 < number <= min(pages.count, pages.declared or pages.count) else b""
        _expect(len(page) == pages.page_size, keys_hold=True)
        found.append(page[4 : 4 + min(content, missing)])
        missing -= content
        number = int.from_bytes(page[:4], "big")
    return found


_WIDTHS = pa.array([0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0, *(t - 12 >> 1 for t in range(12, 256))], _I32)
"""Bytes of values by their serial types."""
_INTEGER = pa.array([False, *[True] * 6, False, True, True, *[False] * 246], pa.bool_())


class _Records:
    """The records of cells, read column by column in the order in which they lie in the bytes."""

    def __init__(self, cells: _Cells) -> None:
        self._bytes, self._keys, self._count = cells.bytes, cells.keys, len(cells.keys)
        order = pc.array_sort_indices(cells.start)
        self._place = pc.array_sort_indices(order)
        """Where each row lies in that order."""
        start, self._stop = cells.start.take(order), cells.stop.take(order)
        _expect_all(pc.less_equal(self._stop[:-1], start[1:]), keys_hold=True)
        length, self._type_at = self._bytes.varint(start, _LONGEST_HEADER, keys_hold=True)
        self._header_stop = pc.add(start, length.cast(_I32))
        _expect_all(pc.less_equal(self._header_stop, self._stop), keys_hold=True)
        self._value_at = self._header_stop
        self._sure = 0
        """Bytes of types that each of the headers still has."""

    def columns(self, record: Sequence[RecordColumn], wanted: frozenset[str]) -> dict[str, Parts]:
        """The columns by name."""
        found: dict[str, Parts] = {}
        nothing = Parts(self._count, (), {})
        for column in record:
            types = self._types(column)
            if types is None:
                values = nothing
            else:
                widths = self._widths(types)
                after = self._after(widths)
                values = self._values(column, types, widths, after) if column.name in wanted else nothing
                self._value_at = after
            found[column.name] = Parts(self._count, (self._keys,), {}) if column.is_rowid else values
        _expect(self._type_at.equals(self._header_stop) and self._value_at.equals(self._stop), keys_hold=True)
        return found

    def _after(self, widths: pa.Array | int) -> pa.Array:
        """Where the values of a column end. Nothing is read beyond the record."""
        if isinstance(widths, int) and widths == 0:
            return self._value_at
        after = _plus(self._value_at, widths) if isinstance(widths, int) else pc.add(self._value_at, widths)
        _expect_all(pc.less_equal(after, self._stop), keys_hold=True)
        return after

    def _types(self, column: RecordColumn) -> pa.Array | None:
        """The serial types of the next column, None where no record has it; 0 for those that do not."""
        present = None
        if self._sure <= 0:
            left = pc.subtract(self._header_stop, self._type_at)
            self._sure = _least(left)
            _expect(self._sure >= 0, keys_hold=True)
            if self._sure == 0:
                _expect(not column.has_default, keys_hold=True)
                if _most(left) == 0:
                    return None
                present = pc.greater(left, _number(0))
        types = self._bytes.at(self._type_at)
        if _most(types) < 0x80:
            after = _plus(self._type_at, 1)
            self._sure -= 1
        else:
            types, after = self._bytes.varint(self._type_at, 4, keys_hold=True)
            types, self._sure = types.cast(_I32), 0
        if present is None:
            self._type_at = after
            return types
        self._type_at = pc.if_else(present, after, self._type_at)
        self._sure = 0
        return pc.if_else(present, types, pa.scalar(0, types.type))

    def _widths(self, types: pa.Array) -> pa.Array | int:
        """The bytes of the values: of all, or of each."""
        if types.type == _U8:
            bounds = pc.min_max(types).as_py()
            if bounds["min"] == bounds["max"]:
                return int(_WIDTHS[bounds["min"]].as_py())
            return _WIDTHS.take(types)
        long = pc.shift_right(pc.subtract(types, _number(12)), _number(1))
        return pc.if_else(pc.less(types, _number(12)), _WIDTHS.take(pc.min_element_wise(types, _number(12))), long)

    def _values(self, column: RecordColumn, types: pa.Array, widths: pa.Array | int, after: pa.Array) -> Parts:
        bounds = pc.min_max(types).as_py()
        least, most = bounds["min"], bounds["max"]
        if most == 0:
            return Parts(self._count, (), {})
        arrays: list[pa.Array] = []
        odd: dict[int, Any] = {}
        if least < 12:
            reserved = pc.any(pc.is_in(types, _reserved(types.type))).as_py() if most >= 10 else False
            _expect(not reserved, keys_hold=True)
            arrays += self._numbers(column, types, widths, least, most)
        if most >= 12:
            arrays += self._texts_and_blobs(types, after, odd)
        return Parts(self._count, tuple(arrays), odd)

    def _numbers(
        self, column: RecordColumn, types: pa.Array, widths: pa.Array | int, least: int, most: int
    ) -> list[pa.Array]:
        found: list[pa.Array] = []
        is_integer = _INTEGER.take(pc.min_element_wise(types.cast(_I32), _number(12))) if least != most else None
        if least == most != 7 or (is_integer is not None and pc.any(is_integer).as_py()):
            found.append(self._integers(types, widths, least, most, is_integer))
        if least <= 7 <= most:
            is_real = pc.equal(types, pa.scalar(7, types.type))
            if pc.any(is_real).as_py():
                found.append(self._reals(is_real))
        if column.is_real and found and found[0].type == _I64:
            found[0] = found[0].cast(pa.float64(), safe=False)
            found = [merged(found)]
        return found

    def _integers(
        self, types: pa.Array, widths: pa.Array | int, least: int, most: int, is_integer: pa.Array | None
    ) -> pa.Array:
        if is_integer is None:
            if least in (8, 9):
                return pa.repeat(pa.scalar(least - 8, _I64), self._count)
            value = self._bytes.integers(self._value_at, widths, widths)
            return value.take(self._place)
        small = pc.min_element_wise(types.cast(_I32), _number(12))
        longest = _most(pc.if_else(is_integer, small, _number(0)))
        if longest >= 8:
            longest = _most(pc.if_else(pc.and_(is_integer, pc.less(small, _number(7))), small, _number(0)))
        value = pc.subtract(small, _number(8)).cast(_I64)
        if longest:
            stored = self._bytes.integers(self._value_at, widths, int(_WIDTHS[longest].as_py()))
            value = pc.if_else(pc.less(small, _number(7)), stored, value) if most >= 8 else stored
        return pc.if_else(is_integer, value, pa.scalar(None, _I64)).take(self._place)

    def _reals(self, is_real: pa.Array) -> pa.Array:
        value = self._bytes.integers(self._value_at, 8, 8).view(pa.float64())
        is_real = pc.and_(is_real, pc.invert(pc.is_nan(value)))
        return pc.if_else(is_real, value, pa.scalar(None, pa.float64())).take(self._place)

    def _texts_and_blobs(self, types: pa.Array, after: pa.Array, odd: dict[int, Any]) -> list[pa.Array]:
        every = pieces(self._bytes.buffer, self._value_at, after)
        is_text = pc.equal(pc.bit_wise_and(types, pa.scalar(1, types.type)), pa.scalar(1, types.type))
        is_long = pc.greater_equal(types, pa.scalar(12, types.type))
        found = []
        for wanted, of in ((is_text, pa.string()), (pc.invert(is_text), pa.binary())):
            chosen = pc.and_(wanted, is_long).take(self._place)
            if pc.any(chosen).as_py():
                doubled = pc.multiply(self._place.cast(_I32), _number(2))
                values = every.take(pc.if_else(chosen, doubled, pa.scalar(None, _I32)))
                found.append(values if of == pa.binary() else _decoded(values, odd))
        return found


def _decoded(values: pa.Array, odd: dict[int, Any]) -> pa.Array:
    """The texts; what does not decode goes into `odd`."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        found = values.to_pylist()
    for i, stored in enumerate(found):
        try:
            found[i] = None if stored is None else stored.decode()
        except UnicodeDecodeError:
            odd[i], found[i] = Undecodable(stored), None
    return pa.array(found, pa.string())


@lru_cache(maxsize=2)
def _reserved(of: pa.DataType) -> pa.Array:
    return pa.array([10, 11], of)

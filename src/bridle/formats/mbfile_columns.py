"""Attributes of many MBFiles at once, as Arrow columns: the blobs of one layout are proven equal and read together.

Whatever is not as expected, down to a single odd value, is left to `mbfile.Reader`, and said to be.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats.mbfile import DATA_KEY, MAX_BYTES, TRAILER, Layout, Reader

_SHORTEST = 40
_MOST_LAYOUTS, _MOST_STRANGE = 64, 4_096
"""Layouts, and blobs without one, of one column; what is behind them is left to the Reader."""
_UID, _DICTIONARY, _DATA, _ASCII = 0x80, 0xD2, 0x4, 0x5


@dataclass(frozen=True)
class Attributes:
    """Columns as long as that of the blobs; NULL where a file has no such attribute, and in every odd row."""

    columns: Mapping[str, pa.Array]
    odd: pa.Array
    """True where nothing is told here: ask the Reader."""


def read(
    reader: Reader, blobs: pa.Array, asked: Mapping[str, pa.DataType], known: frozenset[str] | None = None
) -> Attributes:
    """The attributes `asked` for, as int64, binary, or string (of ASCII). With `known`, a file with others is odd."""
    groups, order = _Batch(reader, blobs).groups(known)
    parts: dict[str, list[pa.Array]] = {name: [] for name in asked}
    odd = []
    for rows in groups:
        right = pa.repeat(True, len(rows.numbers))
        for name, of in asked.items():
            number = rows.layout.fields.get(name)
            found, fine = (pa.nulls(len(right), of), right) if number is None else _READ[of](rows, number)
            right = pc.and_(right, fine)
            parts[name].append(found)
        odd.append(pc.invert(right))
    places = pc.sort_indices(pa.concat_arrays([*(rows.numbers for rows in groups), order]))
    odd_rows = pa.concat_arrays([*odd, pa.repeat(True, len(order))]).take(places)
    columns = {}
    for name, of in asked.items():
        column = pa.concat_arrays([*parts[name], pa.nulls(len(order), of)]).take(places)
        columns[name] = pc.if_else(odd_rows, pa.scalar(None, of), column)
    return Attributes(columns, odd_rows)


class _Rows:
    """Blobs whose object tables look alike: their numbers in the column, and where in its bytes their parts are.

    No position leaves its blob, whatever an object table says: pieces are cut by position, without asking again.
    """

    def __init__(
        self, data: pa.Buffer, layout: Layout, count: int, places: tuple[pa.Array, pa.Array, pa.Array]
    ) -> None:
        self.data, self.layout, self.count = data, layout, count
        self.numbers, self.starts, self.tables = places
        self.table = _pieces(data, self.tables, pc.add(self.tables, _i(2 * count)))
        """The object tables, which lie behind all objects."""
        self._offsets = _swapped("H", self.table)

    def only(self, mask: pa.Array) -> _Rows:
        places = (self.numbers.filter(mask), self.starts.filter(mask), self.tables.filter(mask))
        return self if len(places[0]) == len(mask) else _Rows(self.data, self.layout, self.count, places)

    def at(self, number: int) -> pa.Array:
        """Where object `number` begins; where the table begins for one that is said to be elsewhere than before it."""
        if number >= self.count:
            return self.tables
        offsets = _arrow(self._offsets[number :: self.count], pa.uint16()).cast(pa.int32())
        found = pc.add(self.starts, offsets)
        return pc.if_else(
            pc.and_(pc.greater_equal(offsets, _i(8)), pc.less_equal(found, self.tables)), found, self.tables
        )

    def inside(self, at: pa.Array, length: Any) -> pa.Array:
        """Whether so many bytes all lie before the object table."""
        return pc.less_equal(pc.add(at, length), self.tables)

    def heads(self, at: pa.Array) -> tuple[pa.Array, pa.Array]:
        """The first byte of objects, and the eight bytes behind it as one number."""
        sixteen = _swapped("Q", _pieces(self.data, pc.subtract(at, _i(7)), pc.add(at, _i(9))))
        return pc.bit_wise_and(_arrow(sixteen[0::2], pa.uint64()), _u(0xFF)), _arrow(sixteen[1::2], pa.uint64())

    def holds(self, at: pa.Array, expected: bytes) -> pa.Array:
        """Whether these bytes lie there; at most 16."""
        found = _pieces(self.data, at, pc.add(at, _i(len(expected))))
        return pc.and_(self.inside(at, _i(len(expected))), pc.equal(found, pa.scalar(expected, pa.binary())))

    def first(self, at: pa.Array, length: int) -> bytes:
        """Bytes of the first blob."""
        where: int = at[0].as_py()
        return bytes(self.data[where : where + length])


class _Batch:
    """A column of blobs, sorted into layouts."""

    def __init__(self, reader: Reader, blobs: pa.Array) -> None:
        self._reader, self._blobs = reader, blobs
        _, offsets, data = blobs.buffers()
        self._data = data if data is not None else pa.py_buffer(b"")
        bounds = pa.Array.from_buffers(pa.int32(), len(blobs) + 1, [None, offsets], offset=blobs.offset)
        self._starts, self._ends = bounds.slice(0, len(blobs)), bounds.slice(1)

    def groups(self, known: frozenset[str] | None) -> tuple[list[_Rows], pa.Array]:
        """Rows of one layout each, and the numbers of all other rows."""
        numbers = _arrow(array("i", range(len(self._blobs))), pa.int32())
        lengths = pc.subtract(self._ends, self._starts)
        whole = pc.and_(pc.greater_equal(lengths, _i(_SHORTEST)), pc.less_equal(lengths, _i(MAX_BYTES)))
        left, found, odd = self._told(numbers.filter(whole)), [], [numbers.filter(pc.invert(whole))]
        layouts = strange = 0
        while left.num_rows and layouts < _MOST_LAYOUTS and strange < _MOST_STRANGE:
            if (rows := self._alike(left)) is None:
                odd.append(left["number"].slice(0, 1))
                left, strange = left.slice(1), strange + 1
                continue
            if known is None or known.issuperset(rows.layout.fields):
                found.append(rows)
            else:
                odd.append(rows.numbers)
            left, layouts = left.filter(pc.invert(pc.is_in(left["number"], value_set=rows.numbers))), layouts + 1
        return found, pa.concat_arrays([*odd, left["number"]])

    def _told(self, numbers: pa.Array) -> pa.RecordBatch:
        """Where the rows begin, and what their last 32 bytes say."""
        starts, ends = self._starts.take(numbers), self._ends.take(numbers)
        trailers = _swapped("Q", _pieces(self._data, pc.subtract(ends, _i(TRAILER.size)), ends))
        shape, count, top, place = (_arrow(trailers[i::4], pa.uint64()) for i in range(4))
        names = ["number", "start", "length", "shape", "count", "top", "table"]
        return pa.record_batch([numbers, starts, pc.subtract(ends, starts), shape, count, top, place], names=names)

    def _alike(self, left: pa.RecordBatch) -> _Rows | None:
        """The rows among `left` that are of the layout of the first; None if that has none."""
        first = self._blobs[left["number"][0].as_py()].as_py()
        try:
            layout = self._reader.layout(first)
        except FormatError:
            return None
        width, _, count, top, _ = TRAILER.unpack_from(first, len(first) - TRAILER.size)
        if layout is None or width != 2:
            return None
        place = pc.subtract(left["length"], _i(TRAILER.size + 2 * count))
        alike = _all(
            pc.equal(pc.bit_wise_and(left["shape"], _u(0xFFFF)), _u(0x0201)),
            pc.equal(left["count"], _u(count)),
            pc.equal(left["top"], _u(top)),
            pc.greater_equal(place, _i(max(8, len(layout.prefix)))),
            pc.equal(left["table"].view(pa.int64()), place.cast(pa.int64())),
        )
        return self._proven(left.filter(alike), place.filter(alike), layout, count) if alike[0].as_py() else None

    def _proven(self, alike: pa.RecordBatch, place: pa.Array, layout: Layout, count: int) -> _Rows | None:
        """Those of the rows that begin as the layout does, and so are of it."""
        starts = alike["start"]
        begins = pc.equal(_pieces(self._data, starts, pc.add(starts, _i(len(layout.prefix)))), layout.prefix)
        rows = _Rows(self._data, layout, count, (alike["number"], starts, pc.add(starts, place))).only(begins)
        number, root = layout.root
        proven = pc.and_(pc.starts_with(rows.table, layout.table), rows.holds(rows.at(number), root))
        return rows.only(proven) if begins[0].as_py() and proven[0].as_py() else None


def _integers(rows: _Rows, number: int) -> tuple[pa.Array, pa.Array]:
    """Whole numbers of 1, 2, 4 or 8 bytes, of which only the last have a sign."""
    at = rows.at(number)
    markers, behind = rows.heads(at)
    bits = pc.shift_left(_u(8), pc.min_element_wise(pc.bit_wise_and(markers, _u(0xF)), _u(3)))
    kind = pc.and_(pc.greater_equal(markers, _u(0x10)), pc.less_equal(markers, _u(0x13)))
    length = pc.add(pc.shift_right(bits, _u(3)).cast(pa.int32()), _i(1))
    found = pc.shift_right(behind, pc.subtract(_u(64), bits))
    return found.view(pa.int64()), pc.and_(kind, rows.inside(at, length))


def _referred(rows: _Rows, number: int) -> tuple[pa.Array, pa.Array]:
    """Where the objects are that the values refer to, if they are as many in their table as that of the first."""
    at = rows.at(number)
    reference = rows.first(at, 2)
    objects = rows.layout.objects
    if reference[0] != _UID or reference[1] >= len(objects):
        return rows.tables, pa.repeat(False, len(at))
    return rows.at(objects[reference[1]]), rows.holds(at, reference)


def _counted(rows: _Rows, at: pa.Array, kind: int) -> tuple[pa.Array, pa.Array]:
    """The bytes of objects that begin with their kind and how many they are."""
    markers, behind = rows.heads(at)
    few = pc.bit_wise_and(markers, _u(0xF))
    more = pc.equal(few, _u(0xF))
    of_bytes = pc.shift_right(behind, _u(56))
    long = pc.equal(of_bytes, _u(0x11))
    many = pc.if_else(
        long, pc.bit_wise_and(pc.shift_right(behind, _u(40)), _u(0xFFFF)),
        pc.bit_wise_and(pc.shift_right(behind, _u(48)), _u(0xFF)),
    )  # fmt: skip
    count = pc.if_else(more, many, few).cast(pa.int32())
    starts = pc.add(at, pc.if_else(more, pc.if_else(long, _i(4), _i(3)), _i(1)))
    ends = pc.add(starts, count)
    right = _all(
        pc.equal(pc.shift_right(markers, _u(4)), _u(kind)),
        pc.or_(pc.invert(more), pc.or_(long, pc.equal(of_bytes, _u(0x10)))),
        pc.less_equal(ends, rows.tables),
    )
    cut = (pc.if_else(right, starts, rows.tables), pc.if_else(right, ends, rows.tables))
    return _pieces(rows.data, *cut), right


def _blobs(rows: _Rows, number: int) -> tuple[pa.Array, pa.Array]:
    """Data, or the `NS.data` of archived NSData; all are built as the first is."""
    at, right = _referred(rows, number)
    built = rows.first(at, 5)
    if built[:1] and built[0] >> 4 == _DATA:
        found, fine = _counted(rows, at, _DATA)
        return found, pc.and_(right, fine)
    if len(built) < 5 or built[0] != _DICTIONARY:
        return pa.nulls(len(at), pa.binary()), pa.repeat(False, len(at))
    first, second = (rows.holds(rows.at(key), DATA_KEY) for key in built[1:3])
    in_first = first[0].as_py()
    found, fine = _counted(rows, rows.at(built[3 if in_first else 4]), _DATA)
    named = first if in_first else pc.and_(second, pc.invert(first))
    return found, _all(right, rows.holds(at, built), named, fine)


def _texts(rows: _Rows, number: int) -> tuple[pa.Array, pa.Array]:
    """Text that is stored as ASCII."""
    at, right = _referred(rows, number)
    found, fine = _counted(rows, at, _ASCII)
    texts = found.view(pa.string())
    right = _all(right, fine, pc.string_is_ascii(texts))
    return pc.if_else(right, texts, pa.scalar(None, pa.string())), right


_READ: dict[pa.DataType, Callable[[_Rows, int], tuple[pa.Array, pa.Array]]] = {
    pa.int64(): _integers, pa.binary(): _blobs, pa.string(): _texts,
}  # fmt: skip


def _all(first: pa.Array, *more: pa.Array) -> pa.Array:
    for mask in more:
        first = pc.and_(first, mask)
    return first


@lru_cache(maxsize=64)
def _u(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.uint64())


@lru_cache(maxsize=1024)
def _i(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.int32())


def _pieces(data: pa.Buffer, starts: pa.Array, ends: pa.Array) -> pa.Array:
    """The bytes from each start to its end, in ascending order and without overlap: every other value of a column."""
    count = len(starts)
    if not count:
        return pa.array([], pa.binary())
    bounds = array("i", bytes(8 * count))
    bounds[0::2], bounds[1::2] = _plain(starts), _plain(ends)
    column = pa.Array.from_buffers(pa.binary(), 2 * count - 1, [None, pa.py_buffer(bounds), data])
    return column.take(_evens(count))


@lru_cache(maxsize=4)
def _evens(count: int) -> pa.Array:
    return _arrow(array("i", range(0, 2 * count, 2)), pa.int32())


def _plain(numbers: pa.Array) -> array[int]:
    found = array("i")
    start = 4 * numbers.offset
    found.frombytes(memoryview(numbers.buffers()[1])[start : start + 4 * len(numbers)])
    return found


def _swapped(code: str, pieces: pa.Array) -> array[int]:
    """Bytes of whole big-endian numbers, one after another, as numbers of this machine."""
    found: array[int] = array(code)
    if len(pieces):
        found.frombytes(memoryview(pieces.buffers()[2])[: pc.sum(pc.binary_length(pieces)).as_py()])
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _arrow(numbers: array[int], of: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(of, len(numbers), [None, pa.py_buffer(numbers)])

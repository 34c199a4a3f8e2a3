"""Property lists, binary and XML, as plain Python values, read from bytes nobody vouches for.

Dictionaries, lists (arrays and sets), str, bytes, bool, int, float, None, `plistlib.UID`, and dates as naive
`datetime` in UTC. A string or date that cannot be decoded is an `Unreadable` in its place; the rest is kept.

Sources: CFBinaryPList.c and CFPropertyList.c of Apple's open-source CoreFoundation; plistlib of CPython.
"""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta
from plistlib import UID
from typing import Any

from bridle.core import FormatError, SourceFile
from bridle.formats import _plist_xml
from bridle.formats._unreadable import Unreadable as Unreadable

LIMIT = 64 << 20
"""Bytes of one property list that are read at most."""
MOST_VALUES = 2_000_000
"""Values of one property list, each counted wherever it is referred to."""
DEEPEST = 64
"""Lists and dictionaries within one another."""
_EPOCH = datetime(2001, 1, 1)  # noqa: DTZ001 - property list dates are UTC by definition and naive in Python
_LEAST_VALUES, _VALUES_PER_BYTE = 1_000, 4
"""Values that a list may stand for at most: each takes a byte or more, unless containers are shared."""
_CHARGED = 64
"""Bytes of a string or of data that count as one more object, wherever they are referred to."""


def load(file: SourceFile, limit: int = LIMIT) -> Any:
    """The value of a property list file of at most `limit` bytes. Raises FormatError."""
    if file.size > limit:
        raise FormatError(f"property list: expected at most {limit} bytes, got {file.size}")
    with file.open() as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise FormatError(f"property list: expected at most {limit} bytes, got more")
    return loads(data)


def loads(data: bytes, *, max_objects: int = MOST_VALUES, max_depth: int = DEEPEST) -> Any:
    """The value of a property list, binary or XML. Raises FormatError, also for one that is too deep or too large.

    A value counts every time it is referred to, so that shared references cannot multiply in the reader's hands.
    """
    if data.startswith(b"bplist"):
        return _Binary(data, max_objects, max_depth).root()
    return _plist_xml.read(data, max_objects, max_depth)


def date(seconds: float) -> datetime:
    """Seconds since 2001-01-01 00:00 UTC as a naive date, to the microsecond. Raises ValueError or OverflowError."""
    return _EPOCH + timedelta(seconds=seconds)


class _Binary:
    """A binary property list: objects found through a table of offsets, each decoded once."""

    def __init__(self, data: bytes, max_objects: int, max_depth: int) -> None:
        self._data, self._max_objects, self._max_depth = data, max_objects, max_depth
        self._max_values = _LEAST_VALUES + _VALUES_PER_BYTE * len(data)
        if data[:7] != b"bplist0":
            raise FormatError(f"binary property list: expected version 0, got {data[6:8]!r}")
        if len(data) < 40:
            raise FormatError(f"binary property list: expected at least 40 bytes, got {len(data)}")
        self._offset_size, self._ref_size, self._count, self._top, table = struct.unpack(">6xBBQQQ", data[-32:])
        if not (1 <= self._offset_size <= 8 and 1 <= self._ref_size <= 8 and self._top < self._count):
            raise FormatError(f"binary property list: bad trailer {data[-32:]!r:.60}")
        self._end = len(data) - 32
        if table > self._end or self._count * self._offset_size > self._end - table:
            raise FormatError(f"binary property list: {self._count} offsets do not fit at byte {table}")
        self._table: int = table
        self._done: dict[int, tuple[Any, int, int]] = {}
        self._open: set[int] = set()

    def root(self) -> Any:
        return self._value(self._top, 0)[0]

    def _value(self, number: int, depth: int) -> tuple[Any, int, int]:
        """An object, how many objects it counts as (long ones as more) and stands for, each reference counted."""
        if number in self._done:
            return self._done[number]
        if number >= self._count:
            raise FormatError(f"binary property list: object {number} of {self._count}")
        if depth > self._max_depth:
            raise FormatError(f"binary property list: deeper than {self._max_depth} levels")
        if number in self._open:
            raise FormatError(f"binary property list: object {number} contains itself")
        at = self._table + number * self._offset_size
        offset = int.from_bytes(self._data[at : at + self._offset_size], "big")
        if not 8 <= offset < self._end:
            raise FormatError(f"binary property list: object {number} lies at byte {offset}")
        self._open.add(number)
        result = self._decode(offset, depth)
        self._open.discard(number)
        self._check_counts(result[1], result[2])
        self._done[number] = result
        return result

    def _decode(self, offset: int, depth: int) -> tuple[Any, int, int]:
        token = self._data[offset]
        kind, low = token >> 4, token & 15
        if kind in (0x0, 0x1, 0x2, 0x3, 0x8):
            return self._scalar(offset, kind, low), 1, 1
        count, start = self._length(offset, low)
        if kind in (0x4, 0x5, 0x6, 0x7):
            return *self._bytes(offset, kind, start, count), 1
        if kind in (0xA, 0xB, 0xC):
            return self._list(self._refs(start, count), depth)
        if kind == 0xD:
            keys, values = self._refs(start, count), self._refs(start + count * self._ref_size, count)
            return self._dict(keys, values, depth)
        raise FormatError(f"binary property list: unknown marker {token:#04x} at byte {offset}")

    def _scalar(self, offset: int, kind: int, low: int) -> Any:
        if kind == 0x0:
            if low in (0x0, 0x8, 0x9):
                return {0x0: None, 0x8: False, 0x9: True}[low]
            raise FormatError(f"binary property list: unknown marker {low:#04x} at byte {offset}")
        if kind == 0x8:
            if low > 7:
                raise FormatError(f"binary property list: reference of {low + 1} bytes at byte {offset}")
            return UID(int.from_bytes(self._take(offset + 1, low + 1), "big"))
        if low > 4:
            raise FormatError(f"binary property list: number of 2**{low} bytes at byte {offset}")
        raw = self._take(offset + 1, 1 << low)
        if kind == 0x1:
            return int.from_bytes(raw, "big", signed=low >= 3)
        if low not in (2, 3):
            raise FormatError(f"binary property list: real number of {1 << low} bytes at byte {offset}")
        (number,) = struct.unpack(">f" if low == 2 else ">d", raw)
        if kind == 0x2:
            return number
        try:
            return date(number)
        except (ValueError, OverflowError):
            return Unreadable(f"expected a date, got {number!r} seconds since 2001", offset)

    def _bytes(self, offset: int, kind: int, start: int, count: int) -> tuple[Any, int]:
        raw = self._take(start, count * 2 if kind == 0x6 else count)
        weight = 1 + len(raw) // _CHARGED
        if kind == 0x4:
            return raw, weight
        encoding = {0x5: "ascii", 0x6: "utf-16-be", 0x7: "utf-8"}[kind]
        try:
            return raw.decode(encoding), weight
        except UnicodeDecodeError as e:
            return Unreadable(f"expected {encoding} text, got {raw[e.start : e.start + 8]!r}", offset), weight

    def _list(self, refs: Iterator[int], depth: int) -> tuple[list[Any], int, int]:
        out, weight, values = [], 1, 1
        for r in refs:
            value, more, count = self._value(r, depth + 1)
            out.append(value)
            weight, values = weight + more, values + count
            self._check_counts(weight, values)
        return out, weight, values

    def _dict(self, keys: Iterator[int], held: Iterator[int], depth: int) -> tuple[dict[Any, Any], int, int]:
        out, weight, values = {}, 1, 1
        for k, v in zip(keys, held, strict=True):
            (key, *more), (value, *most) = self._value(k, depth + 1), self._value(v, depth + 1)
            if not isinstance(key, Hashable):
                raise FormatError(f"binary property list: expected a string as key, got a {type(key).__name__}")
            out[key] = value
            weight, values = weight + more[0] + most[0], values + more[1] + most[1]
            self._check_counts(weight, values)
        return out, weight, values

    def _check_counts(self, weight: int, values: int) -> None:
        if weight > self._max_objects or values > self._max_values:
            most = self._max_objects if weight > self._max_objects else self._max_values
            raise FormatError(f"binary property list: more than {most} objects")

    def _length(self, offset: int, low: int) -> tuple[int, int]:
        """Count of a string's or container's elements, and where they start."""
        if low != 15:
            return low, offset + 1
        marker = self._take(offset + 1, 1)[0]
        if marker >> 4 != 1 or marker & 15 > 3:
            raise FormatError(f"binary property list: expected a count at byte {offset + 1}, got {marker:#04x}")
        size = 1 << (marker & 15)
        return int.from_bytes(self._take(offset + 2, size), "big"), offset + 2 + size

    def _refs(self, start: int, count: int) -> Iterator[int]:
        """The numbers of a container's elements, each read when it is asked for: containers may lie over each other."""
        if count > self._max_objects:
            raise FormatError(f"binary property list: more than {self._max_objects} objects")
        size = self._ref_size
        self._check(start, count * size)
        return (int.from_bytes(self._data[i : i + size], "big") for i in range(start, start + count * size, size))

    def _take(self, start: int, count: int) -> bytes:
        self._check(start, count)
        return self._data[start : start + count]

    def _check(self, start: int, count: int) -> None:
        if start + count > self._end:
            raise FormatError(f"binary property list: {count} bytes at byte {start} do not fit in {self._end}")

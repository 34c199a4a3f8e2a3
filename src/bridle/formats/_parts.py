"""A stored column as Arrow holds it: one array for each type of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass

_TYPES: dict[type, pa.DataType] = {int: pa.int64(), float: pa.float64(), str: pa.string(), bytes: pa.binary()}
_NONE = type(None)


@dataclass(frozen=True)
class Parts:
    """A column of `count` values. Of the arrays at most one has a value in a row, and none where there is an odd one.

    The arrays are of whole numbers, floats, text and bytes, each type at most once. A row without any value is NULL.
    """

    count: int
    arrays: tuple[pa.Array, ...]
    odd: Mapping[int, Any]
    """What is no value of these types, by row."""

    @property
    def is_empty(self) -> bool:
        """Whether all rows are NULL."""
        return not self.odd and all(a.null_count == self.count for a in self.arrays)

    def only(self, of: pa.DataType) -> pa.Array | None:
        """The column as one array of a type, if all its values are of that or NULL."""
        if self.odd or any(a.type != of for a in self.arrays):
            return None
        return self.arrays[0] if self.arrays else pa.nulls(self.count, of)

    def values(self) -> list[Any]:
        """The values as Python has them."""
        found: list[Any] = [None] * self.count
        for array in self.arrays:
            stored = array.to_pylist()
            found = (
                stored
                if array is self.arrays[0]
                else [v if o is None else o for o, v in zip(found, stored, strict=True)]
            )
        for i, value in self.odd.items():
            found[i] = value
        return found


def parts(column: Sequence[Any]) -> Parts:
    """The column of these Python values."""
    seen = set(map(type, column)) - {_NONE}
    arrays: list[pa.Array] = []
    odd: dict[int, Any] = {}
    for of in seen:
        array = None
        if of in _TYPES:
            array = _array(column if len(seen) == 1 else [v if type(v) is of else None for v in column], _TYPES[of])
        if array is not None:
            arrays.append(array)
        else:
            odd |= {i: v for i, v in enumerate(column) if type(v) is of}
    return Parts(len(column), tuple(arrays), odd)


def _array(values: Sequence[Any], of: pa.DataType) -> pa.Array | None:
    try:
        return pa.array(values, of)
    except (ValueError, TypeError, OverflowError):
        return None


def merged(arrays: Sequence[pa.Array]) -> pa.Array:
    """Arrays of one type, of which at most one has a value in a row, as one."""
    return arrays[0] if len(arrays) == 1 else pc.coalesce(*arrays)


def pieces(buffer: pa.Buffer, start: pa.Array, stop: pa.Array) -> pa.Array:
    """Bytes of a buffer as an array: piece `2 * i` is what lies from `start[i]` to `stop[i]`.

    The places are of 32 bits, do not fall, and lie within the buffer: the caller has seen to it.
    """
    offsets = pa.concat_arrays([start, stop]).take(_in_turn(len(start)))
    return pa.Array.from_buffers(pa.binary(), 2 * len(start) - 1, [None, offsets.buffers()[1], buffer])


@lru_cache(maxsize=8)
def _in_turn(count: int) -> pa.Array:
    """Places that take the first of two halves in turn with the second."""
    return pa.array([p for i in range(count) for p in (i, count + i)], pa.int32())

"""The regular files of a backup's folder by name: what was asked for, how large they are and when they changed.

A backup has hundreds of thousands, nearly all named by 40 hexadecimal digits behind the first two of them. Such a name
is 20 bytes here, in order, and is looked for among those that begin with the same one or two bytes. Names of another
form are few, and are kept as they are.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

_BYTES, _SHELF, _LENGTH = 20, 3, 43
"""Bytes of a name, characters of a shelf with its slash, and of a name behind it."""
_MANY = 16_384
"""Names from which on two bytes tell where one is looked for."""
_TAKEN, _KEPT = 1, 2
_NONE = pa.scalar(None, pa.int32())


class BackupFiles:
    """First `add` each folder's files, in the order of the folders; then `ready`; then ask."""

    def __init__(self) -> None:
        self._names = bytearray()
        self._sizes, self._times, self._marks = array("q"), array("q"), bytearray()
        self._others: dict[str, list[int]] = {}
        """Size, time and marks by names of another form."""
        self._starts = array("i")
        """Where names begin that begin with one or two bytes, and where all end."""
        self._wide, self._steps = False, 0

    def __len__(self) -> int:
        return len(self._sizes) + len(self._others)

    def add(self, names: Sequence[str], sizes: Sequence[int], times: Sequence[int]) -> None:
        """The files of one folder, sorted by name: sizes in bytes, times of change in nanoseconds since 1970."""
        if (found := self._bytes_of(names)) is not None:
            self._names += found
            self._sizes.extend(sizes)
            self._times.extend(times)
        elif len(names) == 1:
            self._others[names[0]] = [sizes[0], times[0], 0]
        else:
            for name, size, time in zip(names, sizes, times, strict=True):
                self.add([name], [size], [time])

    def _bytes_of(self, names: Sequence[str]) -> bytes | None:
        """Names of the usual form that come behind all others, as bytes."""
        shelf = names[0][:_SHELF] if names else ""
        if not names or set(map(len, names)) != {_LENGTH} or shelf[2] != "/":
            return None
        digits = "".join(names).replace(shelf, "")
        found = _digested(digits)
        if found is None or len(found) != len(names) * _BYTES or found[:_BYTES] <= self._names[-_BYTES:]:
            return None
        return found if {shelf[:2]} == {name[_SHELF : _SHELF + 2] for name in (names[0], names[-1])} else None

    def ready(self) -> None:
        """All are known."""
        count = len(self._sizes)
        self._marks = bytearray(count)
        self._wide = count >= _MANY
        heads = pc.value_counts(_heads(self._names, wide=self._wide))
        counts = [0] * ((1 << 16 if self._wide else 1 << 8) + 1)
        for head, many in zip(heads.field(0).to_pylist(), heads.field(1).to_pylist(), strict=True):
            counts[head + 1] = many
        self._starts = array("i", accumulate(counts))
        self._steps = max(counts).bit_length()

    def take(self, name: str) -> int | None:
        """The size of a file that is asked for; None if there is none of the name."""
        if (other := self._others.get(name)) is not None:
            other[2] |= _TAKEN
            return other[0]
        if (place := self._place(name)) is None:
            return None
        self._marks[place] |= _TAKEN
        return self._sizes[place]

    def take_all(self, names: pa.Array) -> pa.Array:
        """The same of many names of the usual form."""
        places = self._places(names)
        marks = self._marks
        for place in places.drop_null().to_pylist():
            marks[place] |= _TAKEN
        return _numbers(self._sizes).take(places)

    def left(self) -> Iterator[tuple[str, int]]:
        """Names and sizes of those that were not asked for."""
        yield from ((name, size) for name, (size, _, mark) in self._others.items() if not mark & _TAKEN)
        for place, mark in enumerate(self._marks):
            if not mark & _TAKEN:
                digits = self._names[_BYTES * place : _BYTES * (place + 1)].hex()
                yield f"{digits[:2]}/{digits}", self._sizes[place]

    def keep(self, name: str) -> None:
        """`only_kept` leaves this one."""
        if (other := self._others.get(name)) is not None:
            other[2] |= _KEPT
        elif (place := self._place(name)) is not None:
            self._marks[place] |= _KEPT

    def only_kept(self) -> BackupFiles:
        """Those that were to be kept."""
        kept = BackupFiles()
        kept._others = {name: other for name, other in self._others.items() if other[2] & _KEPT}
        marks = pa.Array.from_buffers(pa.uint8(), len(self._marks), [None, pa.py_buffer(self._marks)])
        mask = pc.greater_equal(marks, _KEPT)
        names = _names(self._names).filter(mask)
        kept._names += memoryview(names.buffers()[1] or b"")[: _BYTES * len(names)]
        kept._sizes.extend(_numbers(self._sizes).filter(mask).to_pylist())
        kept._times.extend(_numbers(self._times).filter(mask).to_pylist())
        kept.ready()
        return kept

    def state(self, name: str) -> tuple[int, int] | None:
        """A file's size and time of change."""
        if (other := self._others.get(name)) is not None:
            return other[0], other[1]
        place = self._place(name)
        return None if place is None else (self._sizes[place], self._times[place])

    def _place(self, name: str) -> int | None:
        if len(name) != _LENGTH or not self._sizes:
            return None
        wanted = _digested(name[_SHELF:])
        if wanted is None or name[:_SHELF] != f"{name[_SHELF : _SHELF + 2]}/":
            return None
        head = wanted[0] << 8 | wanted[1] if self._wide else wanted[0]
        low, high, names = self._starts[head], self._starts[head + 1], self._names
        while low < high:
            middle = (low + high) >> 1
            found = names[_BYTES * middle : _BYTES * (middle + 1)]
            if found == wanted:
                return middle
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def _places(self, names: pa.Array) -> pa.Array:
        """The same of many; NULL for none."""
        count = len(self._sizes)
        if not count or not len(names):
            return pa.nulls(len(names), pa.int32())
        digits = pc.utf8_slice_codeunits(names, _SHELF)
        wanted = bytes.fromhex(str(memoryview(digits.buffers()[2])[: 2 * _BYTES * len(names)], "ascii"))
        there, sought = _names(self._names), _names(wanted)
        starts = pa.Array.from_buffers(pa.int32(), len(self._starts), [None, pa.py_buffer(self._starts)])
        heads = _heads(wanted, wide=self._wide).cast(pa.int32())
        low, high = starts.take(heads), starts.take(pc.add(heads, 1))
        for _ in range(self._steps):
            middle = pc.shift_right(pc.add(low, high), 1)
            looked_at = there.take(pc.min_element_wise(middle, count - 1))
            below = pc.and_(pc.less(looked_at, sought), pc.less(middle, high))
            low, high = pc.if_else(below, pc.add(middle, 1), low), pc.if_else(below, high, middle)
        low = pc.min_element_wise(low, count - 1)
        return pc.if_else(pc.equal(there.take(low), sought), low, _NONE)


def _digested(digits: str) -> bytes | None:
    """What hexadecimal digits stand for; None for other text."""
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        return None
    return found if found.hex() == digits else None


def _names(joined: bytes | bytearray) -> pa.Array:
    return pa.Array.from_buffers(pa.binary(_BYTES), len(joined) // _BYTES, [None, pa.py_buffer(joined)])


def _numbers(of: array[int]) -> pa.Array:
    return pa.Array.from_buffers(pa.int64(), len(of), [None, pa.py_buffer(of)])


def _heads(joined: bytes | bytearray, *, wide: bool) -> pa.Array:
    """The number that the first byte of each name is, or the first two."""
    count = len(joined) // _BYTES
    if not wide:
        return pa.Array.from_buffers(pa.uint8(), count, [None, pa.py_buffer(bytes(joined[::_BYTES]))])
    heads = bytearray(2 * count)
    low = sys.byteorder == "little"
    heads[low::2], heads[not low :: 2] = joined[::_BYTES], joined[1::_BYTES]
    return pa.Array.from_buffers(pa.uint16(), count, [None, pa.py_buffer(heads)])

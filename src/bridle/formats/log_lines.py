"""The lines of a large log as Arrow arrays, some megabytes at a time, so that a parser can look at all of them at once.

Bytes that are no UTF-8 become `\\xff`. Lines of more than `LONGEST` bytes are told apart; one longer than all that is
read at a time is cut there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass

LONGEST = 64 << 10
_SIZE = 2 << 20


@dataclass(frozen=True)
class Lines:
    """Successive lines, without their ends."""

    first: int
    """Number of the first one, from 1."""
    texts: pa.Array
    """Empty where a line is too long."""
    too_long: tuple[int, ...]
    """Numbers of lines that are."""


def chunks(stored: BinaryIO, size: int = _SIZE) -> Iterator[Lines]:
    """All lines, at most `size` bytes and a line at a time."""
    number, held = 1, 0
    buffer = bytearray(3 * size)
    """What is read, behind what is held of a line without its end: of less than twice the size."""
    while count := _fill(stored, memoryview(buffer)[held : held + size]):
        stop = held + count
        end = buffer.rfind(b"\n", 0, stop)
        if end < 0 and stop < 2 * size:
            held = stop
            continue
        found = _lines(number, buffer, stop if end < 0 else end)
        number += len(found.texts)
        held = stop - end - 1 if end >= 0 else 0
        buffer[:held] = buffer[stop - held : stop]
        yield found
    if held:
        yield _lines(number, buffer, held)


def _fill(stored: BinaryIO, into: memoryview) -> int:
    """Bytes that were read: less than asked for only at the end."""
    filled = 0
    while filled < len(into) and (read := stored.readinto(into[filled:])):  # type: ignore[attr-defined]
        filled += read
    return filled


def _lines(number: int, buffer: bytearray, end: int) -> Lines:
    """The lines in the beginning of a buffer; nothing of it is kept."""
    held: bytearray | bytes = buffer
    if buffer.find(b"\r", 0, end) >= 0:
        held = bytes(memoryview(buffer)[:end]).replace(b"\r\n", b"\n").removesuffix(b"\r")
        end = len(held)
    texts = pc.split_pattern(_text(held, end), "\n").flatten()
    long = pc.greater(pc.binary_length(texts), LONGEST)
    if not pc.any(long).as_py():
        return Lines(number, texts, ())
    numbers = tuple(number + at for at in pc.indices_nonzero(long).to_pylist())
    return Lines(number, pc.if_else(long, "", texts), numbers)


def _text(held: bytearray | bytes, end: int) -> pa.Array:
    """An array of one text, over the buffer itself where that is UTF-8."""
    places = pa.py_buffer(struct.pack("=ii", 0, end))
    try:
        return pa.Array.from_buffers(pa.binary(), 1, [None, places, pa.py_buffer(held)]).cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([held[:end].decode("utf-8", "backslashreplace")], pa.string())


def locators(numbers: pa.Array) -> pa.Array:
    """`line 12` of each number."""
    return pc.binary_join_element_wise("line", numbers.cast(pa.string()), " ")


def every(flat: pa.Array, width: int, at: int) -> pa.Array:
    """Every `width`-th element of an array, from `at`."""
    return pc.list_element(pa.FixedSizeListArray.from_arrays(flat, width), at)


def halves(texts: pa.Array, between: str) -> tuple[pa.Array, pa.Array]:
    """What stands before and after the first `between` of each text; the second is null where there is none."""
    parts = pc.split_pattern(texts, between, max_splits=1)
    alone = pc.equal(pc.list_value_length(parts), 1)
    if not pc.any(alone).as_py():
        flat = parts.flatten()
        return every(flat, 2, 0), every(flat, 2, 1)
    whole = pc.if_else(alone, pc.binary_join_element_wise(texts, "", between), texts)
    flat = pc.split_pattern(whole, between, max_splits=1).flatten()
    return every(flat, 2, 0), pc.if_else(alone, pa.scalar(None, pa.string()), every(flat, 2, 1))


def filled(texts: pa.Array) -> pa.Array:
    """The texts, with null for empty ones."""
    empty = pc.equal(pc.binary_length(texts), 0)
    if not pc.any(empty).as_py():
        return texts
    return pc.if_else(empty, pa.scalar(None, pa.string()), texts)

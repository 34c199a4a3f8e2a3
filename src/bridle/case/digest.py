"""SHA-256 of what a table says: independent of its encryption, compression and row groups.

Hashed are the names and types of the columns (a list's is `list<item: TYPE>`), then the rows in steps of `STEP`,
column by column: a byte per row for whether there is a value, then the values little-endian with zero for none; text
and bytes as lengths (int32) and content; lists as lengths and their items in the same way. Field metadata is left out.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STEP = 8192
_START = b"bridle table 1\n"
_SHORT = 512
"""Characters of a value that is kept as often as a step has rows."""
_ALL = memoryview(b"\1" * STEP)
"""Of rows that all have a value."""
_NOTHING = memoryview(bytes(8 * STEP))
"""Of rows that have none."""


class ContentDigest:
    """Takes a table's batches in order, however they are cut."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._hash = hashlib.sha256(_START)
        self._hash.update("".join(f"{f.name!r} {_spelled(f.type)}\n" for f in schema).encode())
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._last: dict[int, tuple[str, int, bytes]] = {}
        """Of columns that are the same in all rows of a step: the value, how many rows, and their bytes."""

    def update(self, table: pa.Table) -> None:
        """Take more rows, of the schema's columns; text may come as a dictionary."""
        self._waiting.append(table)
        self._rows += table.num_rows
        if self._rows >= STEP:
            self._flush(whole=True)

    def hexdigest(self) -> str:
        """Of all rows so far. Nothing may be added afterwards."""
        self._flush(whole=False)
        return self._hash.hexdigest()

    def _flush(self, *, whole: bool) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        stop = table.num_rows - table.num_rows % STEP if whole else table.num_rows
        for start in range(0, stop, STEP):
            self._step(table.slice(start, min(STEP, stop - start)))
        rest = table.slice(stop)
        self._waiting, self._rows = [rest] if rest.num_rows else [], rest.num_rows

    def _step(self, table: pa.Table) -> None:
        self._hash.update(struct.pack("<q", table.num_rows))
        for n, column in enumerate(table.columns):
            array = _one(column)
            if not pa.types.is_dictionary(array.type):
                pieces = _canonical(array)
            elif (same := _only(array)) is not None:
                pieces = iter((self._repeated(n, same, len(array)),))
            else:
                pieces = _canonical(array.dictionary_decode())
            for piece in pieces:
                self._hash.update(piece)

    def _repeated(self, column: int, value: str, rows: int) -> bytes:
        """What `_canonical` gives for rows that all have the value."""
        last = self._last.get(column)
        if last is None or last[:2] != (value, rows):
            text = value.encode()
            last = value, rows, b"\1" * rows + struct.pack("<i", len(text)) * rows + text * rows
            self._last[column] = last
        return last[2]


def content_sha256(table: pa.Table) -> str:
    """The content digest of a table in memory."""
    digest = ContentDigest(table.schema)
    digest.update(table)
    return digest.hexdigest()


def _spelled(of: pa.DataType) -> str:
    """A type's name. Parquet calls the items of a list `element`, Arrow calls them `item`."""
    return f"list<item: {_spelled(of.value_type)}>" if pa.types.is_list(of) else str(of)


def _one(column: pa.ChunkedArray) -> pa.Array:
    chunks = column.chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else pa.array([], column.type)


def _only(array: pa.DictionaryArray) -> str | None:
    """The value that all rows have; None if they have several, or if it is long enough to be hashed as it comes."""
    if array.null_count or not len(array):
        return None
    ends = pc.min_max(array.indices)
    first = ends["min"].as_py()
    value = array.dictionary[first].as_py() if first == ends["max"].as_py() else None
    return value if value is not None and len(value) <= _SHORT else None


def _canonical(array: pa.Array) -> Iterator[Any]:
    """The bytes of a column's values. Raises TypeError for a type no table has."""
    of, count, whole = array.type, len(array), not array.null_count
    if not whole and array.null_count == count <= STEP:
        yield _NOTHING[:count]
        yield _NOTHING[: _width(of) * count]
        return
    yield _ALL[:count] if whole and count <= STEP else _fixed(pc.is_valid(array).cast(pa.uint8()), 1)
    if pa.types.is_string(of) or pa.types.is_binary(of):
        yield _fixed(_filled(pc.binary_length(array), 0), 4)
        yield _content(_filled(array, "" if pa.types.is_string(of) else b""))
    elif pa.types.is_list(of):
        yield _fixed(_filled(pc.list_value_length(array), 0), 4)
        yield from _canonical(pc.list_flatten(array))
    elif pa.types.is_boolean(of):
        yield _fixed(_filled(array, False).cast(pa.uint8()), 1)
    elif pa.types.is_timestamp(of) or pa.types.is_int64(of):
        yield _fixed(array if whole else pc.fill_null(array.cast(pa.int64()), 0), 8)
    elif pa.types.is_float64(of):
        yield _fixed(_filled(array, 0.0), 8)
    else:
        raise TypeError(f"no table has a column of type {of}")


def _width(of: pa.DataType) -> int:
    """The bytes that stand for no value. Raises TypeError for a type no table has."""
    if pa.types.is_string(of) or pa.types.is_binary(of) or pa.types.is_list(of):
        return 4
    if pa.types.is_boolean(of):
        return 1
    if pa.types.is_timestamp(of) or pa.types.is_int64(of) or pa.types.is_float64(of):
        return 8
    raise TypeError(f"no table has a column of type {of}")


def _filled(array: pa.Array, value: Any) -> pa.Array:
    return pc.fill_null(array, value) if array.null_count else array


def _fixed(array: pa.Array, width: int) -> memoryview:
    buffer = array.buffers()[1]
    return memoryview(b"" if buffer is None else buffer)[array.offset * width : (array.offset + len(array)) * width]


def _content(array: pa.Array) -> memoryview:
    _, offsets, content = array.buffers()
    if content is None or not len(array):
        return memoryview(b"")
    first, last = (struct.unpack_from("<i", offsets, (array.offset + n) * 4)[0] for n in (0, len(array)))
    return memoryview(content)[first:last]

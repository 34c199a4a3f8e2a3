"""SHA-256 of what a table says: independent of its encryption, compression and row groups.

Hashed are the names and types of the columns, then the rows in steps of `STEP`, column by column: a byte per row for
whether there is a value, then the values little-endian with zero for none; text and bytes as lengths (int32) and
content; lists as lengths and their items in the same way. Field metadata is left out.
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
_ALL = memoryview(b"\1" * STEP)
"""Of rows that all have a value."""


class ContentDigest:
    """Takes a table's batches in order, however they are cut."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._hash = hashlib.sha256(_START)
        self._hash.update("".join(f"{f.name!r} {f.type}\n" for f in schema).encode())
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def update(self, table: pa.Table) -> None:
        """Take more rows, of the schema's columns."""
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
        for column in table.columns:
            for piece in _canonical(_one(column)):
                self._hash.update(piece)


def content_sha256(table: pa.Table) -> str:
    """The content digest of a table in memory."""
    digest = ContentDigest(table.schema)
    digest.update(table)
    return digest.hexdigest()


def _one(column: pa.ChunkedArray) -> pa.Array:
    chunks = column.chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else pa.array([], column.type)


def _canonical(array: pa.Array) -> Iterator[Any]:
    """The bytes of a column's values. Raises TypeError for a type no table has."""
    of, whole = array.type, not array.null_count
    yield _ALL[: len(array)] if whole and len(array) <= STEP else _fixed(pc.is_valid(array).cast(pa.uint8()), 1)
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

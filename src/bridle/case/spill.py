"""Rows that wait for their place in a table: in memory up to a budget, then in one encrypted file.

The file's key exists only in this process: after a crash nothing can be read from what is left of it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BUDGET = 64 << 20
"""Bytes of rows kept in memory, over all tables."""
_OVERHEAD = 3 << 9
"""What a column of a part costs beyond its values: a file of one row takes what its columns take."""

Order = tuple[str, ...]


@dataclass
class _Part:
    """Rows in memory, or where they lie in the file."""

    order: Order
    number: int
    rows: pa.Table | None
    offset: int = 0
    length: int = 0


class Spill:
    """The parts of all tables until they are written."""

    def __init__(self, path: Path, budget: int = BUDGET) -> None:
        self._path, self._budget = path, budget
        self._parts: dict[str, list[_Part]] = {}
        self._held: list[_Part] = []
        self._size = self._count = self._end = 0
        self._cipher = AESGCM(secrets.token_bytes(32))
        self._descriptor = -1

    def add(self, table: str, order: Order, rows: pa.Table) -> None:
        part = _Part(order, self._count, rows)
        self._count += 1
        self._parts.setdefault(table, []).append(part)
        self._held.append(part)
        self._size += rows.nbytes + _OVERHEAD * rows.num_columns
        if self._size > self._budget:
            self._empty()

    def take(self, table: str) -> Iterator[pa.Table]:
        """The parts of a table in their order; they are forgotten here as they are given out."""
        parts = sorted(self._parts.pop(table, []), key=lambda p: (p.order, p.number))
        parts.reverse()
        while parts:
            part = parts.pop()
            yield part.rows if part.rows is not None else self._read(part)

    def close(self) -> None:
        """Removes the file."""
        self._parts.clear()
        self._held.clear()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._path.unlink(missing_ok=True)

    def _empty(self) -> None:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        for part in self._held:
            assert part.rows is not None
            self._write(part, part.rows)
        self._held, self._size = [], 0

    def _write(self, part: _Part, rows: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
            stream.write_table(rows)
        sealed = self._cipher.encrypt(self._nonce(part), sink.getvalue().to_pybytes(), None)
        part.offset, part.length, part.rows = self._end, len(sealed), None
        view = memoryview(sealed)
        while view:
            written = os.pwrite(self._descriptor, view, self._end)
            self._end, view = self._end + written, view[written:]

    def _read(self, part: _Part) -> pa.Table:
        sealed = b""
        while len(sealed) < part.length:
            piece = os.pread(self._descriptor, part.length - len(sealed), part.offset + len(sealed))
            if not piece:
                raise OSError(f"{self._path.name}: expected {part.length} bytes at {part.offset}, the file is shorter")
            sealed += piece
        with pa.ipc.open_stream(self._cipher.decrypt(self._nonce(part), sealed, None)) as stream:
            return stream.read_all()

    @staticmethod
    def _nonce(part: _Part) -> bytes:
        """Each part is written once, so its number never repeats under the key."""
        return part.number.to_bytes(12, "big")

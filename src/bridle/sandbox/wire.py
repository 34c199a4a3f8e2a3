"""What crosses between parent and child.

To the child: a message of a JSON head, contents that are sent along, and descriptors. Back: frames of a mark, a table
number, the number of the file in the message, and a body.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import tempfile
import time
from collections.abc import Sequence

import pyarrow as pa

from bridle.classes import dataclass

GAP = 0xFFFF
"""The table number of gaps."""
FRAME = struct.Struct(">cHIQ")
MAX_FRAME = 1 << 30
HEAD = struct.Struct(">II")
"""Bytes of a message's head, and of the contents behind it."""
DESCRIPTORS = 192
"""Of one message: the system passes at most 253 at once, and a child may open 256."""
LENGTH = struct.Struct(">I")
"""Bytes of the head in the body of a frame of several files."""
Frame = tuple[bytes, pa.Buffer | bytes]
"""Header and body."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How the reading of a file ended. `exhausted` asks for a fresh child."""

    status: str
    reason: str | None = None
    exhausted: bool = False


def rows(number: int, file: int, batch: pa.RecordBatch) -> Frame:
    """Rows of one table from one file."""
    body = _stream(batch)
    return FRAME.pack(b"B", number, file, body.size), body


def closing(file: int, end: Closing) -> Frame:
    """The last frame of a file."""
    body = json.dumps([end.status, end.reason, end.exhausted]).encode()
    return FRAME.pack(b"D", 0, file, len(body)), body


def gathered(ended: Sequence[tuple[int, Closing]], tables: Sequence[tuple[int, list[int], pa.RecordBatch]]) -> Frame:
    """Several files at once: how each ended, and per table how many rows are of each and the rows. All or nothing."""
    bodies = [_stream(batch) for _, _, batch in tables]
    head = json.dumps(
        {
            "files": [(n, e.status, e.reason, e.exhausted) for n, e in ended],
            "tables": [(number, counts, b.size) for (number, counts, _), b in zip(tables, bodies, strict=True)],
        }
    ).encode()
    head += b" " * (-(LENGTH.size + len(head)) % 8)
    body = b"".join((LENGTH.pack(len(head)), head, *bodies))
    return FRAME.pack(b"G", 0, 0, len(body)), body


def hello(network: str, system_calls: str, unbounded: Sequence[str] = ()) -> Frame:
    """The first frame of a child.

    Whether its network is `cut` or `open`, its system calls `filtered` or `open`, and what of it could not be bounded.
    """
    body = json.dumps({"network": network, "system_calls": system_calls, "unbounded": list(unbounded)}).encode()
    return FRAME.pack(b"H", 0, 0, len(body)), body


def _stream(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue()


class Progress:
    """Which file of a message a child is in, and since when: a few bytes of memory that both sides see.

    The parent needs it when the child dies or does not come back. It is the child's word, and is not relied upon.
    """

    _FIELDS = struct.Struct("=qd")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, self._FIELDS.size)

    @classmethod
    def new(cls) -> Progress:
        with tempfile.TemporaryFile() as file:
            descriptor = os.memfd_create("progress") if hasattr(os, "memfd_create") else os.dup(file.fileno())
        os.ftruncate(descriptor, cls._FIELDS.size)
        return cls(descriptor)

    def enter(self, file: int) -> None:
        """From now on the child is in this file; -1: in none."""
        self._FIELDS.pack_into(self._memory, 0, file, time.monotonic())

    def read(self) -> tuple[int, float]:
        """The file, and when it was begun on the clock of `time.monotonic`."""
        file, begun = self._FIELDS.unpack_from(self._memory)
        return int(file), float(begun)

    def close(self) -> None:
        self._memory.close()
        os.close(self.descriptor)

"""What crosses between parent and child: frames of a mark, a table number and a body."""

from __future__ import annotations

import json
import struct

import pyarrow as pa

GAP = 0xFFFF
"""The table number of gaps."""
FRAME = struct.Struct(">cHQ")
MAX_FRAME = 1 << 30


def rows(number: int, batch: pa.RecordBatch) -> bytes:
    """Rows of one table."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    body = sink.getvalue()
    return FRAME.pack(b"B", number, body.size) + bytes(memoryview(body))


def closing(status: str, reason: str | None, *, exhausted: bool = False) -> bytes:
    """The last frame of a task. `exhausted` asks for a fresh child."""
    body = json.dumps({"status": status, "reason": reason, "exhausted": exhausted}).encode()
    return FRAME.pack(b"D", 0, len(body)) + body


def hello(network: str) -> bytes:
    """The first frame of a child: whether its network is `cut` or `open`."""
    body = json.dumps({"network": network}).encode()
    return FRAME.pack(b"H", 0, len(body)) + body

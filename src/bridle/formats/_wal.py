"""The write-ahead log of an SQLite database: where the newest committed version of each page lies in it.

A log that was begun anew keeps frames of its former use behind the current ones; they bear other salts and are no
damage. Everything else that keeps a frame from being used is told in one sentence.

Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass

_MAGIC = {0x377F0682: "little", 0x377F0683: "big"}
"""By the byte order of the words that checksums add up."""
_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_WORD = 0xFFFFFFFF


@dataclass
class Log:
    """What a log holds: `pages` by number with their offsets in it, and what could not be used."""

    pages: dict[int, int] = field(default_factory=dict)
    count: int = 0
    """Pages of the database as of the last commit; 0 where nothing was committed."""
    page_size: int = 0
    problem: str | None = None
    size: int = 0
    """Bytes of the log."""
    salts: tuple[int, int] = (0, 0)
    committed: int = 0
    """The last frame that was committed; 0 for none."""


def read(file: BinaryIO, size: int) -> Log:
    """The committed pages of a log of `size` bytes."""
    log = Log(size=size)
    if size == 0:
        return log
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size or (order := _MAGIC.get(int.from_bytes(head[:4], "big"))) is None:
        log.problem = "its header is not that of a write-ahead log"
        return log
    _, _, page_size, _, salt_1, salt_2, *stored = _HEADER.unpack(head)
    sums = _add(head[:24], (0, 0), order)
    if sums != tuple(stored) or page_size < 512 or page_size > 65536 or page_size & (page_size - 1):
        log.problem = "its header fails its checksum"
        return log
    log.page_size, log.salts = page_size, (salt_1, salt_2)
    _collect(log, _Frames(file, size, (salt_1, salt_2), order, page_size), sums)
    return log


@dataclass
class _Frames:
    file: BinaryIO
    size: int
    salts: tuple[int, int]
    order: str
    page_size: int

    def __iter__(self) -> Iterator[tuple[int, bytes, bytes]]:
        offset = _HEADER.size
        while offset < self.size:
            head = self.file.read(_FRAME.size)
            page = self.file.read(self.page_size)
            yield offset, head, page
            offset += _FRAME.size + self.page_size


def _collect(log: Log, frames: _Frames, sums: tuple[int, int]) -> None:
    pending: dict[int, int] = {}
    used = 0
    for number, (offset, head, page) in enumerate(frames, 1):
        if len(page) < frames.page_size:
            log.problem = f"it ends within frame {number}"
            break
        page_number, committed, *rest = _FRAME.unpack(head)
        if tuple(rest[:2]) != frames.salts:
            if number == 1:
                log.problem = "its first frame bears another salt than its header"
            break
        sums = _add(page, _add(head[:8], sums, frames.order), frames.order)
        if sums != tuple(rest[2:]) or page_number == 0:
            log.problem = f"frame {number} fails its checksum, and what follows it was not read"
            break
        used, pending[page_number] = number, offset + _FRAME.size
        if committed:
            log.pages |= pending
            log.count = committed
            log.committed = number
            pending = {}
    if pending and log.problem is None:
        log.problem = f"its last {len(pending)} pages, to frame {used}, were never committed and were not read"


def frames_not_used(file: BinaryIO, log: Log, page_size: int) -> Iterator[tuple[int, int, str, bytes]]:
    """Frames that are not part of the database: number, page, why, and as much of the page as is there.

    They are `superseded` by a later frame, `uncommitted`, or left from an `earlier` use of the log.
    """
    if log.page_size not in (0, page_size):
        return
    used = frozenset(log.pages.values())
    step = _FRAME.size + page_size
    for number, offset in enumerate(range(_HEADER.size, log.size - _FRAME.size, step), 1):
        if offset + _FRAME.size in used:
            continue
        file.seek(offset)
        head = file.read(_FRAME.size)
        page = file.read(page_size)
        if len(head) < _FRAME.size:
            return
        page_number, _, *rest = _FRAME.unpack(head)
        state = "superseded" if number <= log.committed else "uncommitted"
        yield number, page_number, state if tuple(rest[:2]) == log.salts else "earlier", page


def frame(offset: int, page_size: int) -> int:
    """The number of the frame whose page lies at `offset`."""
    return (offset - _HEADER.size) // (_FRAME.size + page_size) + 1


def _add(content: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """The running checksum of a log continued over `content`: each word is added to the sum of the two before it.

    Such a sum is linear in the words, with Fibonacci numbers as weights: a page costs two products of vectors instead
    of a loop (18 µs instead of 115 µs for 4 KiB).
    """
    words = array("I", content)
    if sys.byteorder != order:
        words.byteswap()
    count = len(words)
    weights, f = _weights(count)
    column = pa.Array.from_buffers(pa.uint32(), count, [None, pa.py_buffer(words)])
    last = pc.sum(pc.multiply(column, weights[:count])).as_py() + f[count] * sums[0] + f[count + 1] * sums[1]
    before = pc.sum(pc.multiply(column, weights[1:])).as_py() + f[count - 1] * sums[0] + f[count] * sums[1]
    return before & _WORD, last & _WORD


@lru_cache(maxsize=8)
def _weights(count: int) -> tuple[pa.Array, list[int]]:
    """Fibonacci numbers modulo 2**32: descending from the `count`-th to 0 as a column, and ascending."""
    f = [0, 1]
    while len(f) < count + 2:
        f.append((f[-1] + f[-2]) & _WORD)
    return pa.array(f[count::-1], pa.uint32()), f

"""The chunks within a chunkset of a tracev3 file: LZ4 blocks, and what they hold."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import lz4.block

from bridle.classes import dataclass
from bridle.core import FormatError

MOST = 4 << 20
"""Bytes of a chunkset that are unpacked; those seen hold up to 64 KiB."""
FIREHOSE, OVERSIZE, STATE, SIMPLE = 0x6001, 0x6002, 0x6003, 0x6004
_NAMES = {FIREHOSE: "firehose", OVERSIZE: "oversize", STATE: "statedump", SIMPLE: "simpledump"}
_CHUNK = struct.Struct("<IIQ")
_AGAIN = struct.pack("<II", FIREHOSE, 0)
"""What records begin with; they are searched for after damage."""
_UNREADABLE = 16
_BLOCKS = 1024
_NOT_ZERO = re.compile(rb"[^\0]")


def unpacked(content: bytes) -> bytes:
    """The content of a chunkset. Raises FormatError."""
    at, made = 0, b""
    for _ in range(_BLOCKS):
        mark = content[at : at + 4]
        if mark == b"bv4$":
            return made
        if mark not in (b"bv41", b"bv4-"):
            raise FormatError(f"chunkset: expected an LZ4 block or the end of them, got {mark.hex() or 'nothing'}")
        size, packed = _sizes(content, at, mark)
        if len(made) + size > MOST:
            raise FormatError(f"chunkset: expected at most {MOST} bytes unpacked, got {len(made) + size}")
        at += 12 if mark == b"bv41" else 8
        body = content[at : at + packed]
        if len(body) != packed:
            raise FormatError(f"chunkset: expected a block of {packed} bytes, got {len(body)}")
        made += _block(body, size, made) if mark == b"bv41" else body
        at += packed
    raise FormatError(f"chunkset: expected at most {_BLOCKS} blocks, got more")


def _sizes(content: bytes, at: int, mark: bytes) -> tuple[int, int]:
    """Bytes of a block, unpacked and as stored."""
    raw = content[at + 4 : at + 12]
    if len(raw) < (8 if mark == b"bv41" else 4):
        raise FormatError("chunkset: expected the sizes of a block, got the end")
    size = int.from_bytes(raw[:4], "little")
    return size, int.from_bytes(raw[4:], "little") if mark == b"bv41" else size


def _block(body: bytes, size: int, before: bytes) -> bytes:
    try:
        made: bytes = lz4.block.decompress(body, uncompressed_size=size, dict=before[-(1 << 16) :])
    except (lz4.block.LZ4BlockError, ValueError, OverflowError) as e:
        raise FormatError(f"chunkset: expected an LZ4 block, got damage: {e!s:.60}") from None
    if len(made) != size:
        raise FormatError(f"chunkset: expected {size} bytes unpacked, got {len(made)}")
    return made


@dataclass(frozen=True)
class Damage:
    """Bytes of a chunkset that could not be read."""

    at: int
    reason: str


def chunks(content: bytes) -> Iterator[tuple[int, int, int] | Damage]:
    """Tag, start and end of the body of each chunk.

    After damage, the next chunk of records is searched for.
    """
    at, unreadable = 0, 0
    while (at := _skip_zeros(content, at)) + _CHUNK.size <= len(content):
        tag, _, size = _CHUNK.unpack_from(content, at)
        start, end = at + _CHUNK.size, at + _CHUNK.size + size
        if tag in _NAMES and end <= len(content):
            yield tag, start, end
            at = end
            continue
        unreadable += 1
        following = end if 0x6000 <= tag < 0x7000 and end <= len(content) else content.find(_AGAIN, at + 1)
        if following < 0 or unreadable > _UNREADABLE:
            following = len(content)
        yield Damage(at, f"expected a chunk, got tag 0x{tag:x} and {size} bytes; {following - at} bytes are not read")
        at = following
    if at < len(content):
        yield Damage(at, f"expected a chunk, got {len(content) - at} bytes")


def _skip_zeros(content: bytes, at: int) -> int:
    """Where the next byte that is not 0 is: chunks are aligned to 8 bytes as a rule, and some are not."""
    found = _NOT_ZERO.search(content, at)
    return found.start() if found else len(content)

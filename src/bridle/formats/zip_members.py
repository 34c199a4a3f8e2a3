"""The members of a small zip archive with their first bytes, read from bytes nobody vouches for.

The directory at the end is what readers go by; where it is missing, the local headers are walked from the start.
Nothing is unpacked beyond the first bytes of each member. Encrypted members and methods other than stored and deflated
are listed and not read; zip64 is not known.

Sources: PKWARE APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError

MOST = 200
"""Members that are looked at."""
LONGEST_HEAD = 64
"""First bytes of a member that are kept."""
_TOO_MANY = f"zip: only the first {MOST} members are looked at"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 1, 0x800
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_TAIL = 0xFFFF + _END.size
_LONGEST_DIRECTORY = 1 << 20
_MOST_PACKED = 4096
"""Bytes of a deflated member that are read for its first bytes."""


@dataclass(frozen=True)
class Member:
    """One member: what its entry says of it, and its first bytes."""

    name: str
    method: int
    """0 stored, 8 deflated."""
    stored: int
    """Bytes in the archive."""
    size: int
    """Bytes once unpacked."""
    offset: int
    """Where its local header is said to be."""
    encrypted: bool
    head: bytes | None
    """None where it cannot be read."""


def members(stream: BinaryIO, size: int) -> Iterator[Member]:
    """Up to `MOST` members of an archive of `size` bytes. Raises FormatError where it is none, is
    damaged, or has more."""
    directory = _directory(stream, size)
    yield from _walk(stream, size) if directory is None else _listed(stream, directory)


def _directory(stream: BinaryIO, size: int) -> bytes | None:
    """The central directory, as much of it as is looked at. None where there is none."""
    start = max(0, size - _TAIL)
    tail = _read(stream, start, size - start)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        return None
    _, _, _, _, _, length, offset, _ = _END.unpack_from(tail, at)
    if offset + length > start + at:
        return None
    found = _read(stream, offset, min(length, _LONGEST_DIRECTORY))
    return found if found.startswith(b"PK\1\2") or not length else None


def _listed(stream: BinaryIO, directory: bytes) -> Iterator[Member]:
    at = 0
    for _ in range(MOST):
        if at == len(directory):
            return
        if len(directory) - at < _CENTRAL.size or not directory.startswith(b"PK\1\2", at):
            raise FormatError(f"zip: expected an entry of the directory at its byte {at}")
        f = _CENTRAL.unpack_from(directory, at)
        flags, method, stored, size, offset = f[3], f[4], f[8], f[9], f[16]
        name_at = at + _CENTRAL.size
        if name_at + f[10] > len(directory):
            raise FormatError(f"zip: expected a name of {f[10]} bytes at byte {name_at} of the directory, got its end")
        name = directory[name_at : name_at + f[10]]
        at = name_at + f[10] + f[11] + f[12]
        yield _member(stream, name, flags, method, stored, size, offset)
    if at < len(directory):
        raise FormatError(_TOO_MANY)


def _walk(stream: BinaryIO, size: int) -> Iterator[Member]:
    at = 0
    for _ in range(MOST):
        header = _read(stream, at, _LOCAL.size)
        if at and not header.startswith(b"PK\3\4"):
            return
        if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
            raise FormatError(f"zip: expected a header of a member at byte {at}, got {header[:8]!r}")
        _, _, flags, method, _, _, _, stored, unpacked, name_length, extra = _LOCAL.unpack(header)
        name = _read(stream, at + _LOCAL.size, name_length)
        yield _member(stream, name, flags, method, stored, unpacked, at)
        at += _LOCAL.size + name_length + extra + stored
        if at >= size:
            return
        if flags & 8 and not stored:
            raise FormatError(f"zip: expected the length of the member before byte {at}: what follows is not found")
    if _read(stream, at, 4) == b"PK\3\4":
        raise FormatError(_TOO_MANY)


def _member(stream: BinaryIO, name: bytes, flags: int, method: int, stored: int, size: int, offset: int) -> Member:
    encrypted = bool(flags & _ENCRYPTED)
    head = None if encrypted else _head(stream, method, stored, offset)
    text = name.decode("utf-8" if flags & _UTF8 else "cp437", "backslashreplace")
    return Member(text, method, stored, size, offset, encrypted, head)


def _head(stream: BinaryIO, method: int, stored: int, offset: int) -> bytes | None:
    """The first bytes of a member. None where its header is not there or its method is not known."""
    header = _read(stream, offset, _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        return None
    name_length, extra = struct.unpack_from("<2H", header, 26)
    at = offset + _LOCAL.size + name_length + extra
    if method == _STORED:
        return _read(stream, at, min(LONGEST_HEAD, stored))
    if method != _DEFLATED:
        return None
    try:
        packed = _read(stream, at, min(_MOST_PACKED, stored or _MOST_PACKED))
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, LONGEST_HEAD)
    except zlib.error:
        return None


def _read(stream: BinaryIO, at: int, count: int) -> bytes:
    stream.seek(at)
    return stream.read(count)

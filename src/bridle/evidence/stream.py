"""A compressed file as one stream: decompressed as it is read, checked to its end, hashed on the way."""

from __future__ import annotations

import bz2
import hashlib
import lzma
import os
import struct
from collections.abc import Iterator
from typing import Protocol, cast

from isal import igzip_lib, isal_zlib

from bridle.evidence.ahead import AheadOfBytes
from bridle.evidence.archive import BOUNDS, STEP, Bounds

GZIP, BZIP2, XZ = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0"
_XZ_MEMORY = 256 << 20
_OUT = 1 << 16
"""Bytes decompressed at a time: where the data is damaged, that many before the damage are lost with it."""
_RATIO_FROM = 16 << 30
"""A stream may begin with a long run of zeros; only beyond this is its ratio judged."""


class Inflate(Protocol):
    """What bz2, lzma and isal decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _decompressor(magic: bytes) -> Inflate:
    if magic.startswith(GZIP):
        return _Gunzip()
    if magic.startswith(BZIP2):
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def raw_deflate() -> Inflate:
    """A decompressor of the bare DEFLATE streams inside zip archives; `crc` is that of its output so far."""
    deflate: Inflate = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    return deflate


class _Gunzip:
    """One gzip member (RFC 1952). A wrong checksum is raised only after all content was handed out."""

    _LONGEST_HEADER = 1 << 17

    def __init__(self) -> None:
        self._header, self._trailer = b"", b""
        self._body: Inflate | None = None
        self._crc = self._size = 0
        self._ended = self.eof = False
        self.unused_data = b""

    @property
    def needs_input(self) -> bool:
        if self._body is None:
            return True
        return len(self._trailer) < 8 if self._ended else self._body.needs_input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._body is None:
            self._header += data
            if (end := _gzip_body(self._header)) is None:
                if len(self._header) > self._LONGEST_HEADER:
                    raise ValueError("its gzip header does not end")
                return b""
            data, self._body = self._header[end:], raw_deflate()
        body = self._body
        if not self._ended:
            out = body.decompress(data, max_length)
            self._crc, self._size = isal_zlib.crc32(out, self._crc), self._size + len(out)
            self._ended = body.eof
            self._trailer = body.unused_data if self._ended else b""
            return out
        self._trailer += data
        if len(self._trailer) >= 8:
            self.eof, self.unused_data = True, self._trailer[8:]
            if struct.unpack_from("<II", self._trailer) != (self._crc, self._size & 0xFFFFFFFF):
                raise ValueError("its checksum is wrong")
        return b""


def _gzip_body(header: bytes) -> int | None:
    """Where the compressed data begins, or None if the header goes on."""
    if len(header) < 10:
        return None
    flags, end = header[3], 10
    if flags & 4:
        end += 2 + int.from_bytes(header[10:12], "little")
    for named in (8, 16):
        if flags & named:
            end = header.find(b"\0", end) + 1
            if end == 0:
                return None
    end += 2 * bool(flags & 2)
    return end if end <= len(header) else None


INFLATE_ERRORS = (cast(type[Exception], igzip_lib.IsalError), OSError, EOFError, ValueError, lzma.LZMAError)


def is_compressed(head: bytes) -> bool:
    """Whether a file that begins so is gzip, bzip2 or xz."""
    return head.startswith((GZIP, BZIP2, XZ))


class Stream:
    """The decompressed bytes of a file, from its beginning to its end. At the end `broken` says why that came early."""

    def __init__(self, descriptor: int, bounds: Bounds = BOUNDS, *, hashed: bool = True) -> None:
        """`hashed`: whether its `digest` will be asked for."""
        self._descriptor, self._bounds, self._hashed = descriptor, bounds, hashed
        self._hash, self._stored = hashlib.sha256(), 0
        self._chunks: Iterator[bytes] = self._decompressed()
        self._ahead: AheadOfBytes | None = None
        self._buffer: bytes = b""
        self._start = 0
        self.offset = 0
        """Decompressed bytes given out so far."""
        self.broken: str | None = None
        self._lost = False
        """Whether the file could not be read to its end."""

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes, fewer only at the end."""
        if self._start + count <= len(self._buffer):
            piece = self._buffer[self._start : self._start + count]
            self._start += count
            self.offset += count
            return piece
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[bytes]:
        """The next `count` bytes as they come, fewer only at the end."""
        while count > 0 and self._fill():
            piece = self._buffer[self._start : self._start + count]
            self._start += len(piece)
            self.offset += len(piece)
            count -= len(piece)
            yield piece

    def skip(self, count: int) -> int:
        """Pass over `count` bytes. Returns how many there were."""
        left = count
        while left > 0 and self._fill():
            step = min(left, len(self._buffer) - self._start)
            self._start += step
            left -= step
        self.offset += count - left
        return count - left

    def put_back(self, data: bytes) -> None:
        """Make `data`, which was read last, the next to be read."""
        self._buffer, self._start = data + self._buffer[self._start :], 0
        self.offset -= len(data)

    def ahead(self) -> None:
        """Read, hash and decompress on another thread from here on, until the end or `close`."""
        if self._ahead is None:
            self._chunks = self._ahead = AheadOfBytes(self._chunks)

    def close(self) -> None:
        """End the thread, if there is one; the descriptor is not this class's own. Closing twice does nothing."""
        if self._ahead is not None:
            self._ahead.close()

    def digest(self) -> str:
        """SHA-256 of the whole file as stored; reads what is left of it. Empty where not all of it can be read."""
        assert self._hashed
        self.close()
        while self._raw():
            pass
        return "" if self._lost else self._hash.hexdigest()

    def _fill(self) -> bool:
        while self._start >= len(self._buffer):
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._buffer, self._start = chunk, 0
        return True

    def _raw(self) -> bytes:
        try:
            data = os.read(self._descriptor, STEP)
        except OSError as e:
            self.broken = self.broken or f"it cannot be read from byte {self._stored} on ({e.strerror})"
            self._lost = True
            return b""
        if self._hashed:
            self._hash.update(data)
        self._stored += len(data)
        return data

    def _decompressed(self) -> Iterator[bytes]:
        data = self._raw()
        if not is_compressed(data):
            while data:
                yield data
                data = self._raw()
            return
        given = 0
        try:
            for out in self._inflated(data):
                given += len(out)
                if given > self._bounds.total or (
                    given > _RATIO_FROM and given > self._bounds.ratio * max(self._stored, 1)
                ):
                    self.broken = f"it expands to more than {given} bytes, beyond the bounds"
                    return
                yield out
        except INFLATE_ERRORS as e:
            damage = f"the compressed data is damaged near byte {self._stored} of the file ({e!s:.60})"
            self.broken = self.broken or damage

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        magic = data
        inflate = _decompressor(magic)
        while True:
            out = inflate.decompress(data, _OUT)
            if out:
                yield out
            data = b""
            if inflate.eof:
                data = (inflate.unused_data or self._raw()).lstrip(b"\0")
                while not data and (more := self._raw()):
                    data = more.lstrip(b"\0")
                if not data:
                    return
                if not data.startswith(magic[:2]):
                    self.broken = f"something else follows the compressed data, near byte {self._stored} of the file"
                    return
                inflate = _decompressor(magic)
            elif inflate.needs_input and not (data := self._raw()):
                self.broken = self.broken or f"the compressed data ends early, at byte {self._stored} of the file"
                return

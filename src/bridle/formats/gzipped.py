"""A gzip file as the file that was compressed, in memory and within bounds.

A file that is cut short or damaged gives what stands before the damage, and what is wrong with it.

Sources: RFC 1951, https://www.rfc-editor.org/rfc/rfc1951 ; RFC 1952, https://www.rfc-editor.org/rfc/rfc1952
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from bridle.core import FormatError, SourceFile

LIMIT = 1 << 30
"""Bytes of content that are kept in memory at most."""
RATIO = 200
"""Bytes of content for one compressed byte; more is no file a phone writes."""
_RATIO_FROM = 1 << 20
_MAGIC = b"\x1f\x8b\x08"
_STEP = 1 << 16
"""Bytes read and decompressed at a time: as many before a damage are lost with it."""
_PART = 1 << 12
"""Bytes handed to the decompressor at once: of many small members little is handed back."""
_LONGEST_NAME = 1 << 16
_CHECKSUM, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16


class _DamagedError(Exception):
    """The rest of the stream cannot be decompressed."""


class Content:
    """What was compressed, under the path and digest of the compressed file."""

    def __init__(self, file: SourceFile, content: bytes) -> None:
        self._file, self._content = file, content

    @property
    def path(self) -> PurePosixPath:
        return self._file.path

    @property
    def size(self) -> int:
        return len(self._content)

    @property
    def sha256(self) -> str:
        return self._file.sha256

    def open(self) -> BinaryIO:
        return io.BytesIO(self._content)

    def sibling(self, suffix: str) -> SourceFile | None:  # noqa: ARG002 - a compressed file is alone
        return None

    def companions(self) -> Mapping[PurePosixPath, SourceFile]:
        return self._file.companions()


def plain(file: SourceFile, *, limit: int | None = None, ratio: int = RATIO) -> tuple[SourceFile, str | None]:
    """What `file` holds, decompressed if it is compressed, and what is wrong with the compression.

    Raises FormatError for more than `limit` bytes (LIMIT where none is given), more than `ratio` for each byte stored,
    and where there is nothing.
    """
    problem, limit = None, LIMIT if limit is None else limit
    kept = io.BytesIO()
    with file.open() as stored:
        if stored.read(len(_MAGIC)) != _MAGIC:
            return file, None
        stored.seek(0)
        try:
            for part in _inflated(stored):
                kept.write(part)
                if kept.tell() > limit:
                    raise FormatError(f"gzip: expected at most {limit} bytes of content, got more")
                if kept.tell() > max(_RATIO_FROM, ratio * file.size):
                    raise FormatError(f"gzip: expected at most {ratio} bytes of content for each stored, got more")
        except _DamagedError as e:
            problem = f"gzip: {e}"
    if not kept.tell():
        raise FormatError(problem or "gzip: nothing is in it")
    return Content(file, kept.getvalue()), problem


class _Ahead:
    """A stream from which more can be taken than was needed, and given back without being copied."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored, self._ahead, self._at = stored, b"", 0

    def some(self) -> bytes:
        """Bytes, at most `_PART`; none at the end."""
        self._fill(1)
        found = self._ahead[self._at : self._at + _PART]
        self._at += len(found)
        return found

    def give_back(self, count: int) -> None:
        """The last bytes of what `some` gave last."""
        self._at -= count

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes. Raises _DamagedError where there are fewer."""
        if not self._fill(count):
            raise _DamagedError("cut short")
        self._at += count
        return self._ahead[self._at - count : self._at]

    def skip_text(self) -> None:
        """Over a text and the zero that ends it. Raises _DamagedError where it is too long."""
        whole = self._fill(_LONGEST_NAME)
        end = self._ahead.find(b"\0", self._at, self._at + _LONGEST_NAME)
        if end < 0:
            problem = f"expected a name of at most {_LONGEST_NAME} bytes, got a longer one" if whole else "cut short"
            raise _DamagedError(problem)
        self._at = end + 1

    def _fill(self, count: int) -> bool:
        """Read until `count` bytes are at hand; False where there are fewer."""
        while len(self._ahead) - self._at < count:
            more = self._stored.read(_STEP)
            if not more:
                return False
            self._ahead, self._at = self._ahead[self._at :] + more, 0
        return True


def _inflated(stored: BinaryIO) -> Iterator[bytes]:
    """The content of every member. Raises _DamagedError where it ends too early."""
    ahead = _Ahead(stored)
    while rest := ahead.some():
        if rest.strip(b"\0"):
            ahead.give_back(len(rest))
            _skip_header(ahead)
            yield from _member(ahead)


def _member(ahead: _Ahead) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    checksum = size = 0
    while not inflate.eof:
        data = inflate.unconsumed_tail or ahead.some()
        if not data:
            raise _DamagedError("cut short")
        try:
            found = inflate.decompress(data, _STEP)
        except zlib.error as e:
            raise _DamagedError(f"{e!s:.100}") from None
        checksum, size = zlib.crc32(found, checksum), size + len(found)
        if found:
            yield found
    ahead.give_back(len(inflate.unused_data))
    if ahead.take(8) != struct.pack("<II", checksum, size & 0xFFFFFFFF):
        raise _DamagedError("its checksum is wrong")


def _skip_header(ahead: _Ahead) -> None:
    head = ahead.take(10)
    if not head.startswith(_MAGIC):
        raise _DamagedError(f"expected another file in it, got {head[:3]!r}")
    flags = head[3]
    if flags & _EXTRA:
        ahead.take(int.from_bytes(ahead.take(2), "little"))
    for text in (_NAME, _COMMENT):
        if flags & text:
            ahead.skip_text()
    if flags & _CHECKSUM:
        ahead.take(2)

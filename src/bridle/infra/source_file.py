"""A file that is imported: its digest, its beginning, and its JSON or bytes a piece at a time, plain or gzip."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from bridle.core import Gap
from bridle.file_names import name_as_text
from bridle.formats import json_array, json_lines

HEAD = 1 << 16
"""Bytes from which the form of a file is told."""
LARGEST = 512 << 20
"""Bytes of a file that is read as a whole."""
LONGEST = 32 << 20
"""Bytes of one object or line: a whole host of a scan."""
RATIO = 400
"""Bytes of content for one compressed byte."""
_STEP = 1 << 18
_GZIP = b"\x1f\x8b\x08"


class UnreadableError(ValueError):
    """A file that cannot be imported. One sentence."""


@dataclass(frozen=True)
class SourceFile:
    """One file of the user's."""

    path: Path

    @property
    def name(self) -> str:
        return name_as_text(self.path.name)

    @cached_property
    def sha256(self) -> str:
        """Of the bytes as they lie on the disk."""
        digest = hashlib.sha256()
        with self.path.open("rb") as f:
            while data := f.read(_STEP):
                digest.update(data)
        return digest.hexdigest()

    @cached_property
    def head(self) -> bytes:
        with self.open() as f:
            return f.read(HEAD)

    def open(self) -> BinaryIO:
        """The content, decompressed while it is read. Reading raises UnreadableError for a damaged file."""
        f = self.path.open("rb")
        if f.read(3) != _GZIP:
            f.seek(0)
            return f
        f.seek(0)
        return io.BufferedReader(_Inflated(f, self.path.stat().st_size), _STEP)

    def whole(self) -> bytes:
        """All of the content. Raises UnreadableError."""
        with self.open() as f:
            data = f.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UnreadableError(f"larger than {LARGEST >> 20} MiB; split it")
        return data

    def objects(self) -> Iterator[tuple[str, Any] | Gap]:
        """JSON values with their places: one a line, the items of an array, or the one that the file is."""
        text = self.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        first, _, rest = text.partition(b"\n")
        is_lines = first.rstrip().endswith(b"}") or (len(text) > HEAD - 9 and not rest)
        with self.open() as f:
            if text.startswith(b"{") and is_lines:
                yield from json_lines.objects(f, LONGEST)
            elif text.startswith(b"{") and (found := _single(f.read(LONGEST + 1))) is not None:
                yield "item 1", found
            else:
                yield from self._items()

    def _items(self) -> Iterator[tuple[str, Any] | Gap]:
        with self.open() as f:
            yield from json_array.items(f, LONGEST)


def _single(data: bytes) -> Any | None:
    """The one JSON value of a file; None if it is more than one, or too long to be read at once."""
    if len(data) > LONGEST:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


class _Inflated(io.RawIOBase):
    """The content of a gzip file of one member or several, within `RATIO`."""

    def __init__(self, f: BinaryIO, size: int) -> None:
        self._f, self._most, self._given = f, RATIO * size + (64 << 20), 0
        self._inflate = zlib.decompressobj(31)
        self._left = b""
        self._inside = False
        """Whether a member has begun and not ended."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = b""
        while not data:
            self._left = self._left or self._f.read(_STEP)
            if not self._left:
                if self._inside:
                    raise UnreadableError("the gzip file ends early")
                return 0
            data = self._next(len(buffer))
        self._given += len(data)
        if self._given > self._most:
            raise UnreadableError(f"more than {RATIO} bytes for each compressed one; it may be a decompression bomb")
        buffer[: len(data)] = data
        return len(data)

    def _next(self, most: int) -> bytes:
        """What the next bytes of the file become; nothing between two members."""
        try:
            data = self._inflate.decompress(self._left, most)
        except zlib.error as e:
            raise UnreadableError(f"the gzip file is damaged: {e!s:.60}") from None
        self._inside = not self._inflate.eof
        self._left = self._inflate.unconsumed_tail
        if self._inflate.eof:
            self._left = self._inflate.unused_data
            self._inflate = zlib.decompressobj(31)
        return data

    def close(self) -> None:
        self._f.close()
        super().close()

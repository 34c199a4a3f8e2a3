"""uuidtext: the format strings of one executable, or of the libraries of a shared cache, that the logs refer to.

The file of an executable (magic 0x66778899) has ranges of its text, one after the other, and then its path on the
device. That of a shared cache (`hcsd`, versions 1 and 2) has ranges too, each belonging to an image with a UUID of its
own, a place in the cache, and a path. Only what is asked for is read: the files are up to 100 MB.

Sources: https://github.com/libyal/dtformats, documentation of the Apple Unified Logging and Activity Tracing formats.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError, SourceFile
from bridle.formats.timesync import uuid_text

_MAGIC, _CACHE_MAGIC = 0x66778899, b"hcsd"
_RANGES, _IMAGES = 1 << 18, 1 << 17
_PATH = 4096
_STRING = 8192
"""Bytes of the longest path, and of the longest format string, that are read."""
_FIRST = 512
"""Bytes that most strings are within."""
_OPEN, _FORMATS, _KEPT = 16, 1 << 15, 1 << 20
"""Files that are open at once, strings that are remembered, and ranges and images."""
_RANGE = {1: struct.Struct("<IIII"), 2: struct.Struct("<QIIQ")}
_IMAGE = {1: struct.Struct("<II16sI"), 2: struct.Struct("<QI16sI")}


@dataclass(frozen=True, slots=True)
class Range:
    """A range of an image's text, and where in the file it is kept."""

    start: int
    size: int
    at: int
    image: int
    """Index of its image in a shared cache."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image in a shared cache."""

    uuid: str
    path: str | None
    path_at: int
    """Where in the file the path is."""
    start: int
    """Of its text in the cache."""
    size: int


@dataclass(frozen=True)
class Strings:
    """What a file says of itself, without its strings."""

    path: str | None
    """Of the executable; None for a shared cache."""
    cache: bool
    version: tuple[int, int]
    ranges: Sequence[Range]
    """By rising start."""
    images: Sequence[Image] = ()
    starts: Sequence[int] = field(default=(), repr=False)

    def range_of(self, offset: int) -> Range | None:
        """The range that holds an offset."""
        found = bisect_right(self.starts, offset) - 1
        r = self.ranges[found] if found >= 0 else None
        return r if r is not None and offset < r.start + r.size else None

    def image_of(self, offset: int) -> Image | None:
        """The image of a shared cache whose strings hold an offset."""
        r = self.range_of(offset)
        return self.images[r.image] if r is not None and r.image < len(self.images) else None


def read(stored: BinaryIO, size: int) -> Strings:
    """The head of either kind of file. Raises FormatError."""
    head = stored.read(16)
    if len(head) == 16 and head[:4] == _CACHE_MAGIC:
        return _cache(stored, size, head)
    if len(head) < 16 or int.from_bytes(head[:4], "little") != _MAGIC:
        raise FormatError(f"uuidtext: expected strings of an executable or a shared cache, got {head[:8].hex()}")
    major, minor, count = struct.unpack_from("<III", head, 4)
    at = 16 + count * 8
    if count > _RANGES or at > size:
        raise FormatError(f"uuidtext: expected {_RANGES} ranges at most within {size} bytes, got {count}")
    ranges = []
    for start, length in struct.iter_unpack("<II", _exactly(stored, count * 8)):
        ranges.append(Range(start, length, at, 0))
        at += length
    if at > size:
        raise FormatError(f"uuidtext: expected strings within {size} bytes, got {at}")
    stored.seek(at)
    return _strings(_terminated(stored.read(_PATH)), False, (major, minor), ranges, ())


def _cache(stored: BinaryIO, size: int, head: bytes) -> Strings:
    major, minor, range_count, image_count = struct.unpack_from("<HHII", head, 4)
    if major not in _RANGE:
        raise FormatError(f"shared cache: expected version 1 or 2, got {major}.{minor}")
    if range_count > _RANGES or image_count > _IMAGES:
        raise FormatError(f"shared cache: expected fewer ranges and images, got {range_count} and {image_count}")
    raw = _exactly(stored, range_count * _RANGE[major].size)
    ranges = []
    for a, b, c, d in _RANGE[major].iter_unpack(raw):
        ranges.append(Range(b, d, c, a) if major == 1 else Range(a, c, b, d))
    raw = _exactly(stored, image_count * _IMAGE[major].size)
    images = []
    for start, length, uuid, path in _IMAGE[major].iter_unpack(raw):
        images.append(Image(uuid_text(uuid), _path_at(stored, path, size), path, start, length))
    return _strings(None, True, (major, minor), ranges, images)


def _path_at(stored: BinaryIO, at: int, size: int) -> str | None:
    if at >= size:
        return None
    stored.seek(at)
    return _terminated(stored.read(_PATH))


def _strings(
    path: str | None, cache: bool, version: tuple[int, int], ranges: list[Range], images: Sequence[Image]
) -> Strings:
    ranges.sort(key=lambda r: r.start)
    return Strings(path, cache, version, ranges, images, [r.start for r in ranges])


def _exactly(stored: BinaryIO, size: int) -> bytes:
    found = stored.read(size)
    if len(found) != size:
        raise FormatError(f"uuidtext: expected {size} bytes, got {len(found)}")
    return found


def _terminated(raw: bytes) -> str | None:
    return raw.split(b"\0", 1)[0].decode("utf-8", "backslashreplace") or None


class Library:
    """The strings of the images a log refers to, each read once. What is not there or is damaged is None."""

    def __init__(self, find: Callable[[str, bool], SourceFile | None]) -> None:
        """`find` gives the file of a UUID; its second argument says whether that is one of a shared cache."""
        self._find = find
        self._heads: dict[tuple[str, bool], tuple[Strings, SourceFile] | None] = {}
        self._opened: dict[tuple[str, bool], BinaryIO] = {}
        self._formats: dict[tuple[str, bool, int], str | None] = {}
        self._kept = 0
        self.damage: dict[str, str] = {}
        """Files that could not be read, by their path, and why."""

    def strings(self, uuid: str | None, cache: bool = False) -> Strings | None:
        """What the file of an image or of a shared cache says of itself."""
        if uuid is None:
            return None
        found = self._head(uuid, cache)
        return None if found is None else found[0]

    def path(self, uuid: str | None) -> str | None:
        """The path of an executable."""
        found = self.strings(uuid)
        return None if found is None else found.path

    def text(self, uuid: str, cache: bool, offset: int) -> str | None:
        """The format string at an offset of an image or of a shared cache."""
        key = uuid, cache, offset
        if key not in self._formats:
            found = self._head(uuid, cache)
            r = None if found is None else found[0].range_of(offset)
            if len(self._formats) >= _FORMATS:
                self._formats.clear()
            self._formats[key] = None if found is None or r is None else self._string(uuid, found[1], cache, r, offset)
        return self._formats[key]

    def close(self) -> None:
        """Close what was opened."""
        for stored in self._opened.values():
            stored.close()
        self._opened.clear()

    def _head(self, uuid: str, cache: bool) -> tuple[Strings, SourceFile] | None:
        if (uuid, cache) not in self._heads:
            found = self._read(uuid, cache)
            self._kept += 0 if found is None else len(found[0].ranges) + len(found[0].images)
            if self._kept > _KEPT:
                self._heads.clear()
                self._kept = 0
            self._heads[uuid, cache] = found
        return self._heads[uuid, cache]

    def _read(self, uuid: str, cache: bool) -> tuple[Strings, SourceFile] | None:
        file = self._find(uuid, cache)
        if file is None:
            return None
        try:
            with file.open() as stored:
                return read(stored, file.size), file
        except FormatError as e:
            self.damage[str(file.path)] = f"{e!s:.200}"
            return None

    def _string(self, uuid: str, file: SourceFile, cache: bool, r: Range, offset: int) -> str:
        stored = self._opened.get((uuid, cache))
        if stored is None:
            if len(self._opened) >= _OPEN:
                self._opened.pop(next(iter(self._opened))).close()
            stored = self._opened[uuid, cache] = file.open()
        stored.seek(r.at + offset - r.start)
        left = min(r.start + r.size - offset, _STRING)
        raw = stored.read(min(left, _FIRST))
        if b"\0" not in raw and left > _FIRST:
            raw += stored.read(left - _FIRST)
        return raw.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")

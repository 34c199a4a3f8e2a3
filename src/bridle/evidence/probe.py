"""A first look at what was given: a folder, an archive or a file, and what lies near its top."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, partial
from pathlib import Path

from bridle.core import FormatError
from bridle.evidence.archive import (
    BOUNDS,
    Bounds,
    Container,
    Entry,
    PlainBytes,
    Shelf,
    name_of,
    open_evidence,
    printable,
)
from bridle.evidence.extent import Extent
from bridle.evidence.folder import Folder
from bridle.evidence.source import SourceError
from bridle.evidence.stream import Stream, is_compressed
from bridle.evidence.tar import BLOCK, TarArchive, header_of
from bridle.evidence.zip import ZipArchive, ZipContent
from bridle.evidence.zip_directory import END, LOCAL
from bridle.file_names import name_as_text

_HEAD = 1 << 16
_DEPTH, _NAMES = 5, 200_000


class OneFile:
    """A container that is a single file; decompressed first if it is compressed."""

    encrypted = False

    def __init__(self, path: Path, bounds: Bounds = BOUNDS) -> None:
        self.problems: list[str] = []
        self.facts: dict[str, str] = {}
        self.absolute = False
        self._bounds = bounds
        self._name = os.path.basename(os.path.realpath(path))  # noqa: PTH119 - a Path would lose bytes that are not UTF-8
        self._descriptor = open_evidence(path)
        self._file = PlainBytes(self._descriptor)
        self._shelf = Shelf()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file as stored."""
        digest, at = hashlib.sha256(), 0
        while data := self._file.read(at, 1 << 20):
            digest.update(data)
            at += len(data)
        return digest.hexdigest()

    def close(self) -> None:
        self._shelf.close()
        self._file.close()

    def names(self) -> Iterator[str]:
        yield name_of(self._name, absolute=False).path

    def entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:
        """The file itself, without the suffix of its compression."""
        name = name_of(self._name, absolute=False)
        status = os.fstat(self._descriptor)
        if not is_compressed(self._file.read(0, 8)):
            size = status.st_size
            yield Entry(path=name.path, name=name.shown, type="file", size=size, content=lambda: self._extent(size))
            return
        path = name.path.removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
        if not wanted(path):
            yield Entry(path=path, name=name.shown, type="file")
            return
        slot = self._shelf.keep(self._decompressed(), self._bounds.member)
        yield Entry(path=path, name=name.shown, type="file", size=slot.size, content=slot.extent)

    def _extent(self, size: int) -> Extent:
        extent = self._file.extent(0, size)
        assert extent is not None
        return extent

    def _decompressed(self) -> Iterator[bytes]:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        stream = Stream(self._descriptor, self._bounds, hashed=False)
        stream.ahead()
        try:
            yield from stream.pieces(self._bounds.member)
            if stream.skip(1):
                stream.broken = f"it expands to more than {self._bounds.member} bytes"
        finally:
            stream.close()
        if stream.broken:
            self.problems.append(
                f"The file was read only in part: {stream.broken}; {stream.offset} bytes of it were read."
            )


class Probe:
    """What `open_source` knows of a path before it knows what it is. Raises SourceError for what cannot be read."""

    def __init__(self, path: Path, bounds: Bounds = BOUNDS) -> None:
        self.path, self._bounds = path, bounds
        self.head = b""
        """The first bytes of a file, decompressed."""
        self.stored_head = b""
        """The first bytes of a file as stored."""
        try:
            mode = path.stat().st_mode
        except OSError as e:
            raise SourceError(f"{printable(str(path))} cannot be read: {e.strerror}.") from e
        if stat.S_ISDIR(mode):
            self.form = "folder"
            self.container: Container = Folder(path, bounds=bounds)
        elif stat.S_ISREG(mode):
            self._look()
        else:
            raise SourceError(f"{printable(str(path))} is neither a file nor a folder.")

    def _look(self) -> None:
        descriptor = open_evidence(self.path)
        try:
            file = PlainBytes(descriptor)
            self.stored_head = file.read(0, _HEAD)
            stream = Stream(descriptor, self._bounds, hashed=False)
            self.head = stream.read(_HEAD)
            if not self.head:
                raise SourceError(f"{self.label()} {f'is damaged: {stream.broken}' if stream.broken else 'is empty'}.")
            tail = file.read(max(0, file.size - _HEAD), _HEAD)
        except BaseException:
            os.close(descriptor)
            raise
        self.form = self._form(tail)
        if self.form == "zip":
            self.container = _owned(file, partial(ZipArchive, bounds=self._bounds))
            return
        os.close(descriptor)
        self.container = (TarArchive if self.form == "tar" else OneFile)(self.path, bounds=self._bounds)

    def _form(self, tail: bytes) -> str:
        if self.head[257:262] == b"ustar" or (
            len(self.head) >= BLOCK and self.head[0] and header_of(self.head[:BLOCK])
        ):
            return "tar"
        if self.stored_head.startswith((LOCAL, END)) or (END in tail and LOCAL in self.stored_head):
            return "zip"
        return "file"

    @cached_property
    def names(self) -> frozenset[str]:
        """Paths in the container, cut to their first five components; folders end in `/`."""
        return shallow(self.container)

    def label(self, given: str | None = None) -> str:
        """What the report calls the source: `given`, or else the name of the file or folder."""
        return name_as_text(given or printable(self.path.name or self.path.resolve().name)) or "source"

    def close(self) -> None:
        self.container.close()


def _owned(file: PlainBytes, make: Callable[[PlainBytes], ZipArchive]) -> ZipArchive:
    """What `make` makes of a file, which is closed if it fails."""
    try:
        return make(file)
    except BaseException:
        file.close()
        raise


def shallow(container: Container) -> frozenset[str]:
    """Names of a container, cut to their first five components; at most 200,000 different ones."""
    found: set[str] = set()
    for name in container.names():
        parts = name.split("/", _DEPTH)
        found.add("/".join(parts[:_DEPTH]) + "/" if len(parts) > _DEPTH else name)
        if len(found) >= _NAMES:
            break
    return frozenset(found)


def heads(container: Container, picked: Collection[str], count: int) -> Iterator[tuple[Entry, bytes]]:
    """The first bytes of the members of a folder or zip whose paths are `picked`; unreadable ones are passed over."""
    before, left = list(container.problems), len(picked)
    for entry in container.entries(picked.__contains__):
        if entry.path in picked:
            left -= 1
            if (head := head_of(entry, count)) is not None:
                yield entry, head
        if left <= 0:
            break
    container.problems[:] = before


def head_of(entry: Entry, count: int) -> bytes | None:
    """The first bytes of a member, or None if it cannot be read. What is packed is not unpacked any further."""
    if entry.content is None:
        return None
    if isinstance(entry.content, ZipContent):
        return entry.content.head(count)
    try:
        extent = entry.content()
    except (FormatError, OSError):
        return None
    try:
        with extent.open() as file:
            return file.read(count)
    except OSError:
        return None
    finally:
        extent.close()

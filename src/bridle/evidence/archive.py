"""What the readers of folders, tar and zip archives share: entries, safe names, bounds, and room for their content."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridle.classes import dataclass
from bridle.core import Utc, WallClock
from bridle.descriptors import (
    BYTES,
    FOLDER,
    NO_LINKS,
    NO_WAIT,
    folders_can_be_opened,
    pread,
    pwrite,
    refuse_link,
    scanned,
)
from bridle.evidence.extent import Extent
from bridle.evidence.source import SourceError, State

STEP = 1 << 18
"""Bytes taken from an archive at a time."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How far a container is followed. Everything here is under an attacker's control."""

    members: int = 5_000_000
    total: int = 1 << 40
    """Bytes after decompression, of the whole archive."""
    member: int = 8 << 30
    """Bytes after decompression, of one file that is read."""
    ratio: int = 1000
    """Decompressed bytes for each stored one, beyond `ratio_from` bytes."""
    ratio_from: int = 512 << 20
    depth: int = 256
    """Folders within folders."""


BOUNDS = Bounds()


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One member of a container, before it is known where on the device it belongs."""

    path: str
    """Relative, safe to show and to join: no `..`, no control characters, `\\xNN` for what is not UTF-8."""
    name: str
    """As stored, made printable."""
    type: str
    size: int | None = None
    modified: Utc | None = None
    shown: WallClock | None = None
    """The time an archive gives without a zone."""
    state: State = State.PRESENT
    reason: str | None = None
    content: Callable[[], Extent] | None = None


class Container(Protocol):
    """A folder or an archive, read once."""

    problems: list[str]
    absolute: bool
    """Whether a name may begin with `/`: only in a whole file system."""

    @property
    def digest(self) -> str: ...
    @property
    def encrypted(self) -> bool: ...
    @property
    def facts(self) -> dict[str, str]: ...
    def entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:
        """Every member once; `wanted` is asked with an entry's path. Streams keep only the content that is wanted."""

    def names(self) -> Iterator[str]:
        """Paths of the members, folders ending in `/`; of a stream, those near its beginning."""

    def close(self) -> None: ...


_ODD = re.compile("[\x00-\x1f\x7f-\x9f\\\\\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:(?:[/\\]|\Z)")
_ORDINARY = re.compile(r"[A-Za-z0-9_-][^\x00-\x1f\x7f-\x9f\\:\ud800-\udfff]*\Z")
"""Names that need no further look, unless they hold `//` or `/.`."""
_LONGEST = 4096


def printable(name: str) -> str:
    """A stored name with control characters, backslashes and bytes that are not UTF-8 as `\\xNN`."""
    return _ODD.sub(lambda m: f"\\x{ord(m[0]) & 0xFF:02x}", name)


@dataclass(frozen=True, slots=True)
class Name:
    """A stored name made safe, and why its member is refused, if it is."""

    path: str
    shown: str
    refused: str | None = None


def name_of(stored: bytes | str, *, absolute: bool) -> Name:
    """A safe relative path for a stored name. A leading `/` is right only where `absolute` (a whole file system)."""
    text = stored.decode("utf-8", "surrogateescape") if isinstance(stored, bytes) else stored
    if _ORDINARY.match(text) and "//" not in text and "/." not in text and len(text) < _LONGEST:
        path = text[:-1] if text[-1] == "/" else text
        return Name(path, text)
    shown = printable(text)
    refused = _refused(text, absolute)
    parts = [p.replace("..", r"\x2e\x2e") if p == ".." else p for p in shown.split("/") if p not in ("", ".")]
    path = "/".join(parts)
    if len(path) > _LONGEST:
        path = path[:_LONGEST].rstrip("/.")
    return Name(path, shown[:_LONGEST], refused)


def _refused(text: str, absolute: bool) -> str | None:
    if "\0" in text:
        return "the name contains a NUL character"
    if len(text) > _LONGEST:
        return f"the name is longer than {_LONGEST} characters"
    if ".." in text and ".." in re.split(r"[/\\]", text):
        return "the name leads out of its folder"
    if _DRIVE.match(text):
        return "the name begins with a drive letter"
    if text.startswith(("/", "\\")) and not absolute:
        return "the name is absolute"
    return None


def link_refused(path: str, target: str, *, absolute: bool) -> str | None:
    """Why a link is refused: its target lies outside of the container. No link is ever followed."""
    if target.startswith(("/", "\\")) or _DRIVE.match(target):
        return None if absolute and target.startswith("/") else f"a link that leads out, to {printable(target)[:200]}"
    depth = path.count("/")
    for part in target.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return f"a link that leads out, to {printable(target)[:200]}"
    return None


def open_evidence(path: Path | str) -> int:
    """A descriptor for reading a regular file: no link is followed, and its access time stays where that is allowed.

    Raises SourceError when it is no regular file or may not be read.
    """
    flags = os.O_RDONLY | NO_LINKS | NO_WAIT | BYTES
    try:
        return _quietly_opened(os.path.realpath(path), flags)
    except OSError as e:
        raise SourceError(f"{printable(str(path))} cannot be read: {e.strerror}.") from e


def _quietly_opened(path: str, flags: int) -> int:
    """Without touching the access time, which only a file's owner may ask for."""
    try:
        return os.open(path, flags | getattr(os, "O_NOATIME", 0))
    except PermissionError:
        return os.open(path, flags)


def open_member(path: str, *, folder: bool = False) -> int:
    """As `open_evidence`, for what lies inside a folder: raises OSError, and does not follow even a link at `path`."""
    flags = os.O_RDONLY | NO_LINKS | NO_WAIT | BYTES
    return _quietly_opened(path, flags | (FOLDER if folder else 0))


def members_of(folder: str) -> list[tuple[str, os.stat_result]]:
    """Names and status of what is in a folder, which is no link itself. Raises OSError."""
    if not folders_can_be_opened():
        refuse_link(folder)
        return scanned(folder)
    descriptor = open_member(folder, folder=True)
    try:
        return scanned(descriptor)
    finally:
        os.close(descriptor)


class RandomBytes(Protocol):
    """Bytes that can be read anywhere."""

    size: int

    def read(self, offset: int, count: int) -> bytes: ...
    def extent(self, offset: int, length: int) -> Extent | None:
        """The region as it lies in a file, or None where it is not stored in clear."""

    def close(self) -> None: ...


class PlainBytes:
    """A region of an open file. Owns the descriptor."""

    def __init__(self, descriptor: int, offset: int = 0, size: int | None = None) -> None:
        self._descriptor, self._offset = descriptor, offset
        self.size = os.fstat(descriptor).st_size - offset if size is None else size

    def read(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        return pread(self._descriptor, count, self._offset + offset) if count > 0 else b""

    def extent(self, offset: int, length: int) -> Extent | None:
        return Extent(descriptor=os.dup(self._descriptor), offset=self._offset + offset, length=length, size=length)

    def close(self) -> None:
        """Closing twice does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class DecryptedBytes:
    """What a seekable decrypting file gives. Owns the file, and `also`, which it reads from."""

    def __init__(self, file: BinaryIO, also: Extent | None = None) -> None:
        self._file, self._also = file, also
        self.size = file.seek(0, io.SEEK_END)

    def read(self, offset: int, count: int) -> bytes:
        if offset >= self.size:
            return b""
        self._file.seek(offset)
        return self._file.read(min(count, self.size - offset))

    def extent(self, offset: int, length: int) -> Extent | None:  # noqa: ARG002 - never in clear
        return None

    def close(self) -> None:
        """Closing twice does nothing."""
        self._file.close()
        if self._also is not None:
            self._also.close()
            self._also = None


def bytes_of(extent: Extent) -> RandomBytes:
    """The content of an Extent, which is owned from here on."""
    if extent.cipher == "none":
        return PlainBytes(extent.descriptor, extent.offset + extent.start, extent.size)
    return DecryptedBytes(extent.open(), extent)


MEMORY_EACH = 64 << 20
MEMORY_ALL = 64 << 20
_MEMORY_OF_PROCESS = 96 << 20
"""Bytes in memory of all shelves together: archives in archives have many."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where on a Shelf some content lies."""

    descriptor: int
    offset: int
    size: int
    key: bytes
    sha256: str | None = None

    def extent(self) -> Extent:
        """The content, under its own descriptor."""
        return Extent(
            descriptor=os.dup(self.descriptor), offset=self.offset, length=self.size, size=self.size,
            cipher="ctr" if self.key else "none", key=self.key, sha256=self.sha256,
        )  # fmt: skip


class Shelf:
    """Content taken out of an archive, one after another in two files without a name.

    Small content stays in anonymous memory; what is large, or beyond `memory` bytes in all, goes to disk under a
    random key of its own. A Spool per member would need a descriptor for each.
    """

    _all_in_memory = 0

    def __init__(self, memory: int = MEMORY_ALL, each: int = MEMORY_EACH) -> None:
        self._memory = memory if hasattr(os, "memfd_create") else 0
        self._each = each
        self._files: dict[bool, int] = {}
        self._ends = {True: 0, False: 0}

    def keep(self, chunks: Iterable[bytes], expected: int) -> Slot:
        """Store `chunks`, of which there are at most `expected` bytes. What `chunks` raises leaves nothing behind."""
        left = min(self._memory - self._ends[True], _MEMORY_OF_PROCESS - Shelf._all_in_memory)
        in_memory = expected <= min(self._each, left)
        descriptor, start, size = self._file(in_memory), self._ends[in_memory], 0
        key, digest = b"" if in_memory else secrets.token_bytes(32), hashlib.sha256()
        for chunk in _encrypted(_hashed(chunks, digest), key) if key else _hashed(chunks, digest):
            data = memoryview(chunk)
            while data:
                written = pwrite(descriptor, data, start + size)
                size, data = size + written, data[written:]
        self._ends[in_memory] += size
        if in_memory:
            Shelf._all_in_memory += size
        return Slot(descriptor, start, size, key, digest.hexdigest())

    def _file(self, in_memory: bool) -> int:
        if in_memory not in self._files:
            self._files[in_memory] = _in_memory() if in_memory else _unnamed()
        return self._files[in_memory]

    @property
    def size(self) -> int:
        return sum(self._ends.values())

    def close(self) -> None:
        """Forget everything; Extents handed out stay usable."""
        for descriptor in self._files.values():
            os.close(descriptor)
        if self._files:
            Shelf._all_in_memory -= self._ends[True]
        self._files.clear()
        self._ends = {True: 0, False: 0}


def _hashed(chunks: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _encrypted(chunks: Iterable[bytes], key: bytes) -> Iterator[memoryview]:
    """Each chunk encrypted, in the same memory every time: what is given out is used before the next is asked for."""
    encrypt, room = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor(), memoryview(b"")
    for chunk in chunks:
        if len(room) < len(chunk) + 16:
            room = memoryview(bytearray(len(chunk) + 16))
        yield room[: encrypt.update_into(chunk, room)]


def _in_memory() -> int:
    """Where the system has no files in memory, one without a name: what is in it is encrypted in that case too."""
    return os.memfd_create("evidence") if hasattr(os, "memfd_create") else _unnamed()


def _unnamed() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())

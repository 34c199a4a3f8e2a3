"""The folder of an iTunes backup on the examiner's disk: listed once, and opened without following a link."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path

import pyarrow as pa

from bridle.core import FormatError
from bridle.descriptors import FOLDER, NO_LINKS, NO_WAIT, folders_can_be_opened, open_file, refuse_link, scanned
from bridle.evidence.archive import printable
from bridle.evidence.backup_files import BackupFiles
from bridle.evidence.source import SourceError
from bridle.evidence.steady import Changes

DESCRIBING = ("Info.plist", "Manifest.db", "Manifest.db-wal", "Manifest.plist", "Status.plist")
"""The files that describe a backup: the digest covers their content, and of the others name and size."""
_DEPTH, _FILES = 32, 5_000_000
_TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
_NAME = itemgetter(0)
_STEP = 1 << 20
_FEW_SHELVES = 16
_KIND = 0o170000
"""The bits of a mode that tell what a file is."""
_PLAIN = re.compile(r"[0-9A-Za-z_./-]*").fullmatch
"""Names that are shown as they are."""


class BackupFolder:
    """Names are relative to the folder, as `0d/0d609c54…`; bytes that are not UTF-8 are surrogates."""

    def __init__(self, path: Path) -> None:
        self._root = os.path.realpath(path)
        self._files = BackupFiles()
        """The regular ones."""
        self._changes = Changes(self._root)
        self.odd: dict[str, str] = {}
        """What is no regular file: `directory` (only where none is expected), `symlink` or `other`."""
        self.problems: list[str] = []
        self.digest = ""
        self._hashed: dict[tuple[int, ...], str] = {}
        """SHA-256 of files by which they are and when they last changed."""
        self._shelves: dict[str, int] = {}
        """Descriptors of shelves that files were opened in."""

    def close(self) -> None:
        """Nothing is opened afterwards."""
        for descriptor in self._shelves.values():
            os.close(descriptor)
        self._shelves.clear()

    def walk(self) -> None:
        """List everything, and compute the digest: SHA-256 over one line `type size name` per entry, each folder's own
        sorted by name; for `DESCRIBING` the SHA-256 of the content is a fourth word."""
        self._files, self.odd, self.problems, self._hashed = BackupFiles(), {}, [], {}
        digest, waiting = hashlib.sha256(), [""]
        while waiting:
            below = waiting.pop()
            names, found = self._listed(below)
            if below and {s.st_mode & _KIND for s in found} <= {stat.S_IFREG} and _PLAIN("".join(names)):
                sizes = [s.st_size for s in found]
                self._files.add(names, sizes, [s.st_mtime_ns for s in found])
                lines = [f"file {size} {name}\n" for name, size in zip(names, sizes, strict=True)]
            else:
                folders, lines = self._sorted_out(names, found)
                waiting += [f + "/" for f in reversed(folders)]
            digest.update("".join(lines).encode())
            if below.count("/") >= _DEPTH or len(self._files) > _FILES:
                self.problems.append(f"The folder was listed only in part: {_FILES} files or {_DEPTH} levels.")
                break
        self._files.ready()
        self.digest = digest.hexdigest()

    def _sorted_out(self, names: list[str], found: list[os.stat_result]) -> tuple[list[str], list[str]]:
        """The folders of a folder, and the lines that describe it."""
        folders, lines = [], []
        for name, status in zip(names, found, strict=True):
            kind = _type(status)
            size = status.st_size if kind == "file" else 0
            line = f"{kind} {size} {printable(name)}"
            if kind == "file":
                self._files.add([name], [size], [status.st_mtime_ns])
                line += f" {self.sha256(name)}" if name in DESCRIBING else ""
            else:
                if kind == "directory":
                    folders.append(name)
                if kind != "directory" or not _is_shelf(name):
                    self.odd[name] = kind
            lines.append(line + "\n")
        return folders, lines

    def _listed(self, below: str) -> tuple[list[str], list[os.stat_result]]:
        """What is in one folder, sorted by name."""
        try:
            self._changes.listed(below)
            listed = [(below + name, status) for name, status in self._scanned(below.rstrip("/"))]
        except OSError as e:
            self.problems.append(f"The folder {printable(below) or '.'} cannot be read: {e.strerror}.")
            return [], []
        ordinary = "".join([name for name, _ in listed]).isascii()
        listed.sort(key=_NAME if ordinary else lambda item: os.fsencode(item[0]))
        return [name for name, _ in listed], [status for _, status in listed]

    def _scanned(self, folder: str) -> list[tuple[str, os.stat_result]]:
        """Names and status of what is in a folder. Raises OSError."""
        if not folders_can_be_opened():
            return scanned(_no_links_to(self._root, folder))
        descriptor = self._open(folder, folder=True)
        try:
            return scanned(descriptor)
        finally:
            os.close(descriptor)

    def take(self, name: str) -> int | None:
        """The size of a regular file that a manifest row names, None if there is none."""
        return self._files.take(name)

    def take_all(self, names: pa.Array) -> pa.Array:
        """The same of many names, each 40 hexadecimal digits behind the first two of them and a slash."""
        return self._files.take_all(names)

    def left(self) -> Iterator[tuple[str, int]]:
        """The regular files that nobody has taken, with their size."""
        return self._files.left()

    def keep(self, name: str) -> None:
        """This file is opened later, and is noticed then if it changed."""
        self._files.keep(name)

    def forget(self) -> None:
        """All files were asked for: only those that are kept stay."""
        self._files = self._files.only_kept()

    def size(self, name: str) -> int | None:
        """The size of a regular file, None if there is none."""
        try:
            status = Path(self._root, name).lstat()
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def take_odd(self, name: str) -> str | None:
        """What stands where a manifest row names a regular file, if it is something else."""
        return self.odd.pop(name, None) or self.odd.get(name[:2])

    def open(self, name: str) -> tuple[int, int]:
        """A descriptor and the size of a regular file. Raises FormatError or PermissionError."""
        try:
            descriptor = self._open_on_shelf(name) if name[2:3] == "/" else self._open(name)
        except PermissionError:
            raise
        except OSError as e:
            raise FormatError(f"{printable(name)}: {e.strerror}") from e
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise FormatError(f"{printable(name)}: expected a regular file")
        listed = self._files.state(name)
        if listed is not None and listed != (status.st_size, status.st_mtime_ns):
            self._changes.note(name)
        return descriptor, status.st_size

    def changes(self) -> Iterator[str]:
        """What changed since it was listed, as sentences."""
        return self._changes.told()

    def _open_on_shelf(self, name: str) -> int:
        """As `_open`, with the folder that holds the file opened once. Raises OSError."""
        shelf, _, below = name.partition("/")
        if "/" in below or not _is_shelf(shelf) or not folders_can_be_opened():
            return self._open(name)
        above = self._shelves.get(shelf)
        if above is None:
            if len(self._shelves) >= _most_shelves():
                os.close(self._shelves.pop(next(iter(self._shelves))))
            above = self._shelves[shelf] = self._open(shelf, folder=True)
        return _open_at(below, above, folder=False)

    def _open(self, name: str, *, folder: bool = False) -> int:
        """Component by component, so that a link anywhere on the way is an error. Raises OSError."""
        if not folders_can_be_opened():
            return open_file(_no_links_to(self._root, name))
        parts = name.split("/") if name else []
        descriptor = _open_at(self._root, None, folder=folder or bool(parts))
        for i, part in enumerate(parts):
            above = descriptor
            try:
                descriptor = _open_at(part, above, folder=folder or i < len(parts) - 1)
            finally:
                os.close(above)
        return descriptor

    def read(self, name: str, limit: int) -> bytes | None:
        """A small file's bytes; None if it is not there. Raises FormatError."""
        if not os.path.lexists(f"{self._root}/{name}"):
            return None
        try:
            descriptor, size = self.open(name)
        except PermissionError as e:
            raise SourceError(f"{name} cannot be read: {e.strerror}.") from e
        with os.fdopen(descriptor, "rb") as file:
            if size > limit:
                raise FormatError(f"{name}: {size} bytes, more than {limit}")
            return file.read(limit)

    def sha256(self, name: str) -> str:
        """Of a file as stored; empty if it cannot be read."""
        try:
            descriptor, _ = self.open(name)
        except (FormatError, PermissionError):
            return ""
        digest = hashlib.sha256()
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            state = _state(descriptor)
            while part := file.read(_STEP):
                digest.update(part)
            if state == _state(descriptor):
                self._hashed[state] = digest.hexdigest()
        return digest.hexdigest()

    def known(self, descriptor: int) -> str | None:
        """What `sha256` gave for an open file that has not changed since then."""
        return self._hashed.get(_state(descriptor))


def _no_links_to(root: str, name: str) -> str:
    """The path of what is below a folder, with no link on the way when it was looked at. Raises OSError."""
    path = root
    for part in name.split("/") if name else []:
        path = f"{path}/{part}"
        refuse_link(path)
    return path


def _open_at(name: str, within: int | None, *, folder: bool) -> int:
    """Without following a link, waiting for a pipe, or, where that is allowed, touching the access time."""
    flags = os.O_RDONLY | NO_LINKS | NO_WAIT | (FOLDER if folder else 0)
    try:
        return os.open(name, flags | getattr(os, "O_NOATIME", 0), dir_fd=within)
    except PermissionError:
        return os.open(name, flags, dir_fd=within)


@cache
def _most_shelves() -> int:
    """How many folders may stay open: a quarter of what the process may have."""
    try:
        import resource
    except ImportError:
        return _FEW_SHELVES
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 256 if allowed < 0 else max(_FEW_SHELVES, min(256, allowed // 4))


def _is_shelf(name: str) -> bool:
    """Whether a folder is one of the 256 that backups keep their files in."""
    return len(name) == 2 and all(c in "0123456789abcdef" for c in name)


def _state(descriptor: int) -> tuple[int, ...]:
    """Which file it is, and when it changed."""
    s = os.fstat(descriptor)
    return s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns


def _type(status: os.stat_result) -> str:
    return _TYPES.get(stat.S_IFMT(status.st_mode), "other")

"""A database's pages as SQLite asks for them: from the evidence, with its write-ahead log laid over them in memory.

Nothing is written and nothing is locked; there is no journal and no shared memory. The first page is shown as that of
a database in rollback mode, because its log is merged here.

Source: https://www.sqlite.org/fileformat2.html
"""

# ruff: noqa: N802, ARG002 - the names and arguments are SQLite's
from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import BinaryIO

import apsw

from bridle.core import FormatError

MAGIC = b"SQLite format 3\0"
_HEADER = 100
_ENCODINGS = {0: "utf-8", 1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}


class BudgetError(apsw.FullError):
    """More was read for a batch of rows than a batch may hold."""


class Pages:
    """The pages of a database file, those of its log in front of those of the file."""

    def __init__(self, file: BinaryIO, size: int, log: BinaryIO | None, overlay: Mapping[int, int], count: int) -> None:
        """`overlay` gives a page's offset in `log`; `count` is the number of pages the log says there are, or 0."""
        self._file, self._size, self._log, self._overlay = file, size, log, overlay
        self.taken, self.budget = 0, 1 << 62
        self._first = b""
        self._first = self._first_page()
        self.page_size = page_size(self._first)
        self.encoding = _ENCODINGS.get(int.from_bytes(self._first[56:60], "big"), "utf-8")
        self.whole = size // self.page_size
        """Pages the file holds to their end."""
        self.declared = count or int.from_bytes(self._first[28:32], "big")
        self.count = count or max(self.whole, 1)
        self.stored = self.count * self.page_size if not count else (self.whole + len(overlay)) * self.page_size
        """Bytes of pages that are there."""
        self.missing = any(n not in overlay for n in range(self.whole + 1, min(self.declared, self.whole + 10_000) + 1))
        """Whether pages the header or the log counts are nowhere."""
        self._first = self._as_rollback(self._first)

    def _first_page(self) -> bytes:
        if 1 in self._overlay:
            head = self._stored(self._log, self._overlay[1], _HEADER)
            return self._stored(self._log, self._overlay[1], page_size(head))
        head = self._stored(self._file, 0, _HEADER)
        return self._stored(self._file, 0, page_size(head))

    def _as_rollback(self, first: bytes) -> bytes:
        page = bytearray(first.ljust(self.page_size, b"\0"))
        page[18:20] = b"\1\1"
        if self.declared > self.count:
            page[28:32] = self.count.to_bytes(4, "big")
        return bytes(page)

    @property
    def bytes_shown(self) -> int:
        return self.count * self.page_size

    def read(self, amount: int, offset: int) -> bytes:
        """What SQLite's xRead gives. Raises apsw.IOError where the evidence cannot be read."""
        self.taken += amount
        if self.taken > self.budget:
            raise BudgetError("a batch of rows is too large")
        number, within = divmod(offset, self.page_size)
        if number == 0:
            return self._first[within : within + amount]
        if offset + amount > self.bytes_shown:
            amount = max(0, self.bytes_shown - offset)
        try:
            at = self._overlay.get(number + 1)
            if at is None:
                return self._stored(self._file, offset, amount)
            return self._stored(self._log, at + within, amount)
        except (OSError, ValueError) as e:
            raise apsw.IOError(f"page {number + 1} cannot be read: {type(e).__name__}") from e

    def page(self, number: int) -> bytes:
        """One page, empty where there is none."""
        try:
            return self.read(self.page_size, (number - 1) * self.page_size) if 0 < number <= self.count else b""
        except apsw.Error:
            return b""

    @staticmethod
    def _stored(file: BinaryIO | None, offset: int, amount: int) -> bytes:
        if file is None:
            return b""
        file.seek(offset)
        return file.read(amount)


def page_size(head: bytes) -> int:
    """The page size a database's first bytes give. Raises FormatError where they are none of a database."""
    if not head.startswith(MAGIC):
        raise FormatError(f"not an SQLite database: it begins with {head[:16].hex()}")
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    if size < 512 or size & (size - 1) or len(head) < _HEADER:
        raise FormatError(f"an SQLite header with page size {size}" if len(head) >= _HEADER else "a cut SQLite header")
    return size


class _OpenFile:
    """What SQLite holds as the open database file."""

    def __init__(self, pages: Pages) -> None:
        self.xRead = pages.read
        self._pages = pages

    def xFileSize(self) -> int:
        return self._pages.bytes_shown

    def xClose(self) -> None:
        return

    def xLock(self, level: int) -> None:
        return

    def xUnlock(self, level: int) -> None:
        return

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_IMMUTABLE

    def xSync(self, flags: int) -> None:
        return

    def xWrite(self, content: bytes, offset: int) -> None:
        raise apsw.ReadOnlyError("evidence is only read")

    def xTruncate(self, size: int) -> None:
        raise apsw.ReadOnlyError("evidence is only read")


class _EvidenceVFS(apsw.VFS):
    """Opens what `open_pages` was given, by number, and nothing else."""

    name = "bridle-evidence"

    def __init__(self) -> None:
        self.opening: dict[str, Pages] = {}
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _OpenFile:  # type: ignore[override]
        pages = self.opening.get(name.filename() if isinstance(name, apsw.URIFilename) else name or "")
        if pages is None:
            raise apsw.CantOpenError("evidence is only read")
        flags[1] = flags[0]
        return _OpenFile(pages)

    def xAccess(self, pathname: str, flags: int) -> bool:
        return False

    def xFullPathname(self, name: str) -> str:
        return name

    def xDelete(self, filename: str, syncdir: bool) -> None:
        raise apsw.ReadOnlyError("evidence is only read")


_VFS = _EvidenceVFS()
_NUMBERS = itertools.count()


def open_pages(pages: Pages) -> apsw.Connection:
    """A read-only connection over `pages`. Raises apsw.Error."""
    name = f"evidence-{next(_NUMBERS)}"
    _VFS.opening[name] = pages
    try:
        return apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY, vfs=_VFS.name)
    finally:
        del _VFS.opening[name]

"""A database's pages as SQLite asks for them: from the evidence, with its write-ahead log laid over them in memory.

Nothing is written and nothing is locked; there is no journal and no shared memory. The first page is shown as that of
a database in rollback mode, because its log is merged here.

Source: https://www.sqlite.org/fileformat2.html
"""

# ruff: noqa: N802, ARG002 - the names and arguments are SQLite's
from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import apsw

from bridle.core import FormatError
from bridle.formats import _wal

MAGIC = b"SQLite format 3\0"
_HEADER = 100
_RUN = 1 << 20
_ENCODINGS = {0: "utf-8", 1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}


class BudgetError(apsw.FullError):
    """More was read for a batch of rows than a batch may hold."""


class Pages:
    """The pages of a database file, those of its log in front of those of the file."""

    def __init__(self, file: BinaryIO, size: int, log: BinaryIO | None, logged: _wal.Log) -> None:
        """`logged` says where a page's newest version lies in `log`."""
        self._file, self._size, self._log, self._logged = file, size, log, logged
        overlay, count = logged.pages, logged.count
        self._overlay = overlay
        self.taken, self.budget = 0, 1 << 62
        self._first = b""
        self._first = self._first_page()
        self.page_size = page_size(self._first)
        self.encoding = _ENCODINGS.get(int.from_bytes(self._first[56:60], "big"), "utf-8")
        self.reserved = self._first[20]
        """Bytes at the end of each page that are not SQLite's."""
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

    def several(self, numbers: Sequence[int], behind: bytes = b"") -> bytes:
        """Some pages behind each other, with `behind` at their end; those that lie together in the file read at once.

        Shorter than they are where one cannot be read.
        """
        runs: list[tuple[int, int]] = []
        for number in numbers:
            if runs and number == sum(runs[-1]) and not self._overlay.keys() & {number, number - 1}:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            else:
                runs.append((number, 1))
        return b"".join([*(self._several(*run) for run in runs), behind])

    def _several(self, first: int, count: int) -> bytes:
        if count == 1:
            return self.page(first)
        if first < 2 or first + count - 1 > min(self.whole, self.count):
            return b""
        return self._tried(self._file, (first - 1) * self.page_size, count * self.page_size)

    def current(self) -> Iterator[tuple[int, bytes]]:
        """All pages that are there with their numbers, read in long runs; those that cannot be read are left out."""
        at_once = max(1, _RUN // self.page_size)
        last = min(self.whole, self.count)
        for first in range(1, last + 1, at_once):
            run = self._tried(self._file, (first - 1) * self.page_size, at_once * self.page_size)
            for number in range(first, min(first + at_once, last + 1)):
                at = (number - first) * self.page_size
                yield number, self.current_page(number) if number in self._overlay else run[at : at + self.page_size]
        for number in sorted(n for n in self._overlay if last < n <= self.count):
            yield number, self.current_page(number)

    def current_page(self, number: int) -> bytes:
        """One page as it is stored, whatever was read before; empty where there is none."""
        at = self._overlay.get(number)
        if at is not None:
            return self._tried(self._log, at, self.page_size)
        return self.main_page(number) if number <= self.count else b""

    def main_page(self, number: int) -> bytes:
        """One page of the main file, also where the log has a newer one; empty where there is none."""
        if not 0 < number <= self.whole:
            return b""
        return self._tried(self._file, (number - 1) * self.page_size, self.page_size)

    def place(self, number: int) -> str:
        """Where the current version of a page lies."""
        at = self._overlay.get(number)
        frame = "" if at is None else f"wal frame {_wal.frame(at, self.page_size)} "
        return f"{frame}page {number}"

    def replaced(self) -> Iterator[int]:
        """The pages of the main file that are not part of the database any more."""
        yield from sorted(n for n in self._overlay if n <= min(self.whole, self.count))
        yield from range(self.count + 1, self.whole + 1)

    def frames_not_used(self) -> Iterator[tuple[int, int, str, bytes]]:
        """As `_wal.frames_not_used`, up to the first that cannot be read."""
        if self._log is None:
            return
        try:
            yield from _wal.frames_not_used(self._log, self._logged, self.page_size)
        except (OSError, ValueError):
            return

    def _tried(self, file: BinaryIO | None, offset: int, amount: int) -> bytes:
        try:
            return self._stored(file, offset, amount)
        except (OSError, ValueError):
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

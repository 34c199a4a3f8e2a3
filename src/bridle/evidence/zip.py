"""Zip archives read member by member from their directory, or, where that is missing, from their local headers.

The standard library's reader trusts declared sizes and gives up without a directory. Encrypted members are listed.

Source: PKWARE APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import bz2
import hashlib
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterator

from isal import isal_zlib

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.evidence.archive import (
    BOUNDS,
    MEMORY_ALL,
    STEP,
    Bounds,
    Entry,
    RandomBytes,
    Shelf,
    Slot,
    bytes_of,
    link_refused,
    name_of,
)
from bridle.evidence.extent import Extent
from bridle.evidence.source import SourceError, State
from bridle.evidence.stream import INFLATE_ERRORS, Inflate, raw_deflate
from bridle.evidence.zip_directory import (
    BZIP2,
    DEFLATED,
    ENCRYPTED,
    LOCAL,
    LOCAL_HEADER,
    STORED,
    Directory,
    Row,
    fed,
    salvaged,
)

_KEPT = 64
_LINK = 4096


class ZipArchive:
    """A zip archive as entries. Owns `source`. Content is decompressed only when asked for.

    Raises SourceError where no member can be found at all.
    """

    def __init__(self, source: RandomBytes, *, absolute: bool = False, bounds: Bounds = BOUNDS) -> None:
        self._source, self.absolute, self._bounds = source, absolute, bounds
        self._kept: OrderedDict[int, tuple[Shelf, Slot]] = OrderedDict()
        self._expanded = 0
        self._digest: str | None = None
        self.problems: list[str] = []
        self.facts: dict[str, str] = {}
        self._directory = Directory(source, bounds)
        self._salvaged = None if self._directory.usable else list(salvaged(source, bounds))
        if self._salvaged is not None:
            self._say_salvaged()
        self.encrypted = self._directory.encrypted
        if self._directory.duplicates:
            self.facts["duplicate_names"] = str(self._directory.duplicates)

    def _say_salvaged(self) -> None:
        assert self._salvaged is not None
        if not self._salvaged:
            raise SourceError(f"The zip archive is broken: {self._directory.wrong}, and no member is left to be read.")
        self.problems.append(
            f"The archive was read only in part: {self._directory.wrong};"
            f" {len(self._salvaged)} members were found by their local headers."
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the archive as stored."""
        if self._digest is None:
            digest = hashlib.sha256()
            for start in range(0, self._source.size, STEP * 4):
                digest.update(self._source.read(start, STEP * 4))
            self._digest = digest.hexdigest()
        return self._digest

    def close(self) -> None:
        for shelf, _ in self._kept.values():
            shelf.close()
        self._kept.clear()
        self._source.close()

    def rows(self) -> Iterator[Row]:
        """Every member, in the order of the directory."""
        return self._directory.rows() if self._salvaged is None else iter(self._salvaged)

    def names(self) -> Iterator[str]:
        """The path of every member, folders ending in `/`."""
        for row in self.rows():
            path = name_of(self._name(row), absolute=True).path
            yield path + "/" if row.name.endswith(b"/") else path

    def _name(self, row: Row) -> bytes:
        return row.name.replace(b"\\", b"/") if self._directory.backslashes else row.name

    def entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:
        """Every member; content is a promise, so what is not wanted costs nothing."""
        for number, row in enumerate(self.rows()):
            if number >= self._bounds.members:
                self.problems.append(
                    f"The archive has more than {self._bounds.members} members; the rest is not listed."
                )
                return
            name = name_of(self._name(row), absolute=self.absolute)
            if not name.path:
                continue
            kind = _type(row)
            state, reason = self._judged(row, number, name.path, name.refused, wanted)
            readable = kind == "file" and state in (State.PRESENT, State.DAMAGED)
            yield Entry(
                path=name.path, name=name.shown, type=kind, modified=row.modified, shown=row.shown, state=state,
                reason=reason, size=None if kind == "directory" else row.size,
                content=ZipContent(self, row) if readable else None,
            )  # fmt: skip

    def _judged(
        self, row: Row, number: int, path: str, refused: str | None, wanted: Callable[[str], bool]
    ) -> tuple[State, str | None]:
        if refused is None and _type(row) == "other":
            refused = "a device, pipe or socket"
        if refused is None and number in self._directory.overlapping:
            refused = "its data overlaps that of another member"
        if refused is None and row.size > self._bounds.ratio_from and row.size > self._bounds.ratio * row.stored:
            refused = f"{row.size} bytes packed into {row.stored}, beyond the bounds"
        if refused is None and row.size > self._bounds.member and wanted(path):
            refused = f"{row.size} bytes, beyond the bound of {self._bounds.member}"
        if refused is None and _type(row) == "symlink" and not row.flags & ENCRYPTED:
            refused = self._link_refused(row, path)
        if refused is not None:
            return State.REFUSED, refused[0].upper() + refused[1:] + "."
        if row.flags & ENCRYPTED:
            return State.ENCRYPTED, "Encrypted with a password of the zip archive."
        return (State.DAMAGED, "Cut short: the archive ends before it does.") if row.cut else (State.PRESENT, None)

    def _link_refused(self, row: Row, path: str) -> str | None:
        try:
            target = b"".join(self._checked(row._replace(size=min(row.size, _LINK))))
        except FormatError as e:
            return f"a link whose target cannot be read: {e}"
        return link_refused(path, target.decode("utf-8", "surrogateescape"), absolute=self.absolute)

    def content(self, row: Row) -> Extent:
        """The bytes of a member, checked against its size and CRC-32. Raises FormatError."""
        if (kept := self._kept.get(row.offset)) is not None:
            self._kept.move_to_end(row.offset)
            return kept[1].extent()
        if row.method == STORED and (extent := self._source.extent(self._start(row), row.stored)) is not None:
            try:
                for _ in self._checked(row):
                    pass
            except FormatError:
                extent.close()
                raise
            return extent
        self._expanded += row.size
        if self._expanded > self._bounds.total:
            raise FormatError(f"more than {self._bounds.total} bytes were decompressed from this archive")
        return self._keep(row).extent()

    def pieces(self, row: Row) -> Iterator[bytes]:
        """The bytes of a member, read once and kept nowhere; raises FormatError at the latest behind the last."""
        return self._checked(row)

    def _keep(self, row: Row) -> Slot:
        shelf = Shelf()
        try:
            slot = shelf.keep(self._checked(row), self._limit(row))
        except BaseException:
            shelf.close()
            raise
        self._kept[row.offset] = (shelf, slot)
        while len(self._kept) > 1 and (
            len(self._kept) > _KEPT or sum(s.size for s, _ in self._kept.values()) > MEMORY_ALL
        ):
            self._kept.popitem(last=False)[1][0].close()
        return slot

    def _limit(self, row: Row) -> int:
        """Bytes a member may have: what it declares, but for one that is cut, whose size may be unknown."""
        return self._bounds.member if row.cut else row.size

    def what_is_left(self, row: Row, why: str) -> Extent:
        """As much of a damaged member as can be decompressed; recorded as a problem. Raises FormatError."""
        extent = self.content(row._replace(cut=True))
        name = name_of(row.name, absolute=True).shown
        self.problems.append(f"{name[:200]} was read only in part: {why}; {extent.size} bytes of it were read.")
        return extent

    def _start(self, row: Row) -> int:
        """Where a member's data begins. Raises FormatError; says so when directory and local header differ."""
        head = self._source.read(row.offset, LOCAL_HEADER.size)
        if len(head) < LOCAL_HEADER.size or head[:4] != LOCAL:
            raise FormatError(f"offset {row.offset:#x}: expected a local header, got {head[:4]!r}")
        fields = LOCAL_HEADER.unpack(head)
        name = self._source.read(row.offset + LOCAL_HEADER.size, fields[9])
        if name != row.name or fields[3] != row.method:
            text = f"Directory and local header differ at {row.offset:#x}; the directory was believed."
            if text not in self.problems and len(self.problems) < 100:
                self.problems.append(text)
        return row.offset + LOCAL_HEADER.size + int(fields[9]) + int(fields[10])

    def _checked(self, row: Row) -> Iterator[bytes]:
        start, stored, limit = self._start(row), row.stored, self._limit(row)
        if start + stored > self._source.size and not row.cut:
            raise FormatError(f"its {stored} stored bytes do not fit into the archive")
        pieces = (self._source.read(start + at, min(STEP, stored - at)) for at in range(0, stored, STEP))
        size = crc = 0
        for out in _inflated(row, pieces):
            crc, size = isal_zlib.crc32(out, crc), size + len(out)
            if size > limit:
                raise FormatError(f"it expands beyond its declared size of {limit} bytes")
            yield out
        if not row.cut and row.size != size:
            raise FormatError(f"expected {row.size} bytes, got {size}")
        if not row.cut and crc != row.crc:
            raise FormatError(f"expected CRC-32 {row.crc:08x}, got {crc:08x}")


@dataclass(frozen=True, slots=True)
class ZipContent:
    """Opens one member; small, since an archive may have millions."""

    archive: ZipArchive
    row: Row

    def __call__(self) -> Extent:
        return self.archive.content(self.row)

    def pieces(self) -> Iterator[bytes]:
        """The content, a piece at a time. Raises FormatError."""
        return self.archive.pieces(self.row)

    def head(self, count: int) -> bytes | None:
        """The first bytes, whatever becomes of the rest; None where there are none that can be read."""
        found = b""
        try:
            for piece in self.pieces():
                found += piece
                if len(found) >= count:
                    break
        except (FormatError, OSError):
            return found[:count] or None
        return found[:count]

    def leniently(self) -> Extent:
        """The content, or what is left of it. Raises FormatError."""
        try:
            return self()
        except FormatError as e:
            return self.archive.what_is_left(self.row, str(e))


def zip_in(entry: Entry) -> ZipArchive | None:
    """A member of a container as a zip archive, or None if it is none. The caller closes it."""
    if entry.content is None:
        return None
    try:
        content = entry.content
        source = bytes_of(content.leniently() if isinstance(content, ZipContent) else content())
    except (FormatError, OSError):
        return None
    try:
        return ZipArchive(source)
    except SourceError:
        source.close()
        return None


def _type(row: Row) -> str:
    if row.name.endswith((b"/", b"\\")):
        return "directory"
    kinds = {0: "file", stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    return kinds.get(stat.S_IFMT(row.mode), "other")


def _inflated(row: Row, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The decompressed bytes of a member. Raises FormatError."""
    if row.method == STORED or (row.method not in (DEFLATED, BZIP2) and row.stored == row.size):
        yield from pieces
        return
    if row.method not in (DEFLATED, BZIP2):
        raise FormatError(f"compression method {row.method} is not understood")
    inflate: Inflate = raw_deflate() if row.method == DEFLATED else bz2.BZ2Decompressor()
    try:
        yield from fed(inflate, pieces)
    except INFLATE_ERRORS as e:
        if isinstance(e, FormatError):
            raise
        if row.cut:
            return
        raise FormatError(f"the compressed data is damaged ({e!s:.60})") from e
    if not inflate.eof and not row.cut:
        raise FormatError("the compressed data ends early")

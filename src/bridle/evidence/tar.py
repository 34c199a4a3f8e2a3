"""Tar archives, plain or compressed, read in one pass to their very end.

The standard library's reader takes a bad header for the end of the archive and stops without a word; this one goes on
at the next header it finds and says so. Formats: POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU long names.

Sources: POSIX.1-2017 `pax`, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html ; GNU tar manual,
https://www.gnu.org/software/tar/manual/html_node/Standard.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bridle.classes import dataclass
from bridle.core import Utc
from bridle.evidence.archive import (
    BOUNDS,
    STEP,
    Bounds,
    Entry,
    Name,
    Shelf,
    Slot,
    link_refused,
    name_of,
    open_evidence,
)
from bridle.evidence.source import State
from bridle.evidence.stream import Stream

BLOCK = 512
_META = 1 << 20
"""Bytes of a long name or a pax header."""
_HEAD_MEMBERS, _HEAD_BYTES = 5000, 64 << 20
_NO_DATA = b"123456"
_EXTENDED = b"LKxgX"
_KINDS = {
    b"1": "file",
    b"2": "symlink",
    b"3": "other",
    b"4": "other",
    b"5": "directory",
    b"6": "other",
    b"D": "directory",
}
_SPECIAL = {
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a named pipe",
    b"S": "a sparse file, whose holes are not stored in place",
    b"M": "the rest of a file that began in another volume",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """One tar header, with what the extended headers before it said."""

    name: bytes
    kind: bytes
    size: int
    modified: Utc | None
    link: bytes
    more: bool = False
    """Old GNU sparse: further blocks of the map follow."""
    sparse: bool = False


def header_of(block: bytes) -> Header | None:
    """The header in a block, or None if its checksum or its numbers are wrong."""
    stored = _number(block[148:156])
    if len(block) < BLOCK or stored is None:
        return None
    plain = sum(block) - sum(block[148:156]) + 8 * 32
    if stored != plain and stored != plain - 256 * sum(b > 127 for b in block[:148] + block[156:]):
        return None
    size, kind = _number(block[124:136]), block[156:157]
    if size is None:
        return None
    name = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0" and block[345]:
        name = block[345:500].partition(b"\0")[0] + b"/" + name
    return Header(
        name=name, kind=b"5" if kind in b"0\0" and name.endswith(b"/") else kind, size=size,
        modified=_time(_number(block[136:148])), link=block[157:257].partition(b"\0")[0],
        more=kind == b"S" and block[482] != 0, sparse=kind == b"S",
    )  # fmt: skip


def _number(field: bytes) -> int | None:
    """Octal text, or base 256 with the first bit set; negative and malformed numbers are None."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    text = field.partition(b"\0")[0].strip()
    return int(text or b"0", 8) if re.fullmatch(rb"[0-7]*", text) else None


def _time(seconds: float | None) -> Utc | None:
    try:
        return None if seconds is None else Utc(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


class TarArchive:
    """A tar archive as entries. `problems` and `digest` are complete once `entries` is exhausted."""

    encrypted = False

    def __init__(
        self, path: Path, *, absolute: bool = False, bounds: Bounds = BOUNDS,
        stream: Callable[[Bounds], Stream] | None = None,
    ) -> None:  # fmt: skip
        """`stream` gives the archive's bytes, from the beginning each time, where they are not those of `path`."""
        self._path, self.absolute, self._bounds, self._stream = path, absolute, bounds, stream
        self._shelf = Shelf()
        self._slots: dict[str, Slot] = {}
        self.problems: list[str] = []
        self.facts: dict[str, str] = {}
        self.digest = ""

    def close(self) -> None:
        self._shelf.close()

    def names(self) -> Iterator[str]:
        """Paths near the beginning of the archive."""
        seen, reader = 0, _Reader(self._path, self._bounds, self._stream, hashed=False)
        try:
            while seen < _HEAD_MEMBERS and reader.stream.offset < _HEAD_BYTES and (h := reader.next()):
                path = name_of(h.name, absolute=True).path
                yield path + "/" if h.kind == b"5" else path
                reader.pass_over(h)
                seen += 1
        finally:
            reader.close()

    def entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:
        """Every member in stored order; what is wanted is kept, the rest skipped."""
        seen, reader = 0, _Reader(self._path, self._bounds, self._stream)
        reader.stream.ahead()
        try:
            while (h := reader.next()) is not None:
                seen += 1
                if seen > self._bounds.members:
                    reader.problems.append(f"it has more than {self._bounds.members} members; the rest is not listed")
                    break
                name = name_of(h.name, absolute=self.absolute)
                entry = self._entry(reader, h, name, wanted)
                if name.path:
                    yield entry
            self.digest = reader.stream.digest()
            self.problems += [
                f"The archive was read only in part: {p}; {seen} members were read." for p in reader.problems
            ]
        finally:
            reader.close()

    def _entry(self, reader: _Reader, h: Header, name: Name, wanted: Callable[[str], bool]) -> Entry:
        kind = _KINDS.get(h.kind, "file")
        entry = Entry(
            path=name.path, name=name.shown, type=kind, modified=h.modified, size=h.size if kind == "file" else None
        )
        refused = name.refused or ("a sparse file, whose holes are not stored in place" if h.sparse else None)
        refused = refused or _SPECIAL.get(h.kind) or self._link_refused(h, name)
        if refused is None and kind == "file" and wanted(name.path):
            if h.kind == b"1":
                return self._linked(entry, h)
            if h.size <= self._bounds.member:
                return self._kept(reader, h, entry)
            refused = f"{h.size} bytes, beyond the bound of {self._bounds.member}"
        missing = reader.pass_over(h)
        if refused is not None:
            return replace(entry, state=State.REFUSED, reason=refused[0].upper() + refused[1:] + ".")
        return _cut(entry, missing, h) if missing else entry

    def _kept(self, reader: _Reader, h: Header, entry: Entry) -> Entry:
        slot = self._shelf.keep(reader.stream.pieces(h.size), h.size)
        reader.stream.skip(-h.size % BLOCK)
        self._slots[entry.path] = slot
        entry = replace(entry, content=slot.extent)
        return _cut(entry, h.size - slot.size, h) if slot.size < h.size else entry

    def _linked(self, entry: Entry, h: Header) -> Entry:
        target = name_of(h.link, absolute=self.absolute).path
        if (slot := self._slots.get(target)) is not None:
            return replace(entry, size=slot.size, content=slot.extent)
        reason = f"A hard link to {target[:200]}, whose content was not kept."
        return replace(entry, size=None, state=State.DAMAGED, reason=reason)

    def _link_refused(self, h: Header, name: Name) -> str | None:
        target = h.link.decode("utf-8", "surrogateescape")
        if h.kind == b"1":
            return "a hard link that leads out" if name_of(h.link, absolute=self.absolute).refused else None
        return link_refused(name.path, target, absolute=self.absolute) if h.kind == b"2" else None


def _cut(entry: Entry, missing: int, h: Header) -> Entry:
    return replace(entry, state=State.DAMAGED, reason=f"Cut short: {h.size - missing} of {h.size} bytes are there.")


class _Reader:
    """Headers in order, each with its extended headers applied; finds its way back after damage."""

    def __init__(
        self, path: Path, bounds: Bounds, stream: Callable[[Bounds], Stream] | None, *, hashed: bool = True
    ) -> None:
        self._bounds, self._descriptor = bounds, -1
        if stream is None:
            self._descriptor = open_evidence(path)
            self.stream = Stream(self._descriptor, bounds, hashed=hashed)
        else:
            self.stream = stream(bounds)
        self.problems: list[str] = []
        self._ended = False

    def close(self) -> None:
        self.stream.close()
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def next(self) -> Header | None:
        """The next member's header, or None at the end. The caller takes its data."""
        extra: dict[str, bytes] = {}
        while (block := self._block()) is not None:
            h = header_of(block)
            if h is None or h.size > self._bounds.total:
                found = self._next_header(block)
                if found is None:
                    return None
                extra, h = {}, found
            if h.kind in _EXTENDED:
                self._extend(h, extra)
                continue
            while h.more and (more := self.stream.read(BLOCK)):
                h = replace(h, more=len(more) == BLOCK and more[504] != 0)
            return self._complete(h, extra)
        return None

    def pass_over(self, h: Header) -> int:
        """Skip a member's data. Returns how many bytes of it are missing."""
        if h.kind in _NO_DATA:
            return 0
        missing = h.size - self.stream.skip(h.size)
        self.stream.skip(-h.size % BLOCK)
        return missing

    def _block(self) -> bytes | None:
        """The next block that is not all zeros, or None at the end."""
        while True:
            block = self.stream.read(BLOCK)
            if len(block) == BLOCK and block.count(0) < BLOCK:
                return block
            if len(block) < BLOCK:
                self._at_end(block)
                return None
            self._ended = True
            self._pass_zeros()

    def _pass_zeros(self) -> None:
        while piece := self.stream.read(STEP):
            if piece.count(0) < len(piece):
                first = len(piece) - len(piece.lstrip(b"\0"))
                self.stream.put_back(piece[first - first % BLOCK :])
                return

    def _at_end(self, rest: bytes) -> None:
        if self.stream.broken:
            self.problems.append(self.stream.broken)
        elif rest.strip(b"\0"):
            self.problems.append(f"it ends inside a header, at byte {self.stream.offset}")
        elif not self._ended:
            self.problems.append(f"it ends without an end mark, at byte {self.stream.offset}")

    def _next_header(self, bad: bytes) -> Header | None:
        """After a bad block: the next header with a right checksum, at whatever offset."""
        at = self.stream.offset - BLOCK
        what = "data follows its end mark" if self._ended else "a header is damaged"
        self.problems.append(f"{what} at byte {at}, and what belonged there is lost")
        self._ended, window, start = False, bad, 1
        while True:
            found = window.find(b"ustar", start + 257)
            if found >= 0 and found + 255 <= len(window):
                start = found - 257
                if (h := header_of(window[start : start + BLOCK])) and h.size <= self._bounds.total:
                    self.stream.put_back(window[start + BLOCK :])
                    return h
                start += 1
                continue
            more = self.stream.read(STEP)
            if not more:
                if self.stream.broken:
                    self._at_end(b"")
                return None
            window, start = window[max(start, len(window) - 2 * BLOCK) :] + more, 0

    def _extend(self, h: Header, extra: dict[str, bytes]) -> None:
        if h.size > _META:
            self.problems.append(f"an extended header of {h.size} bytes before byte {self.stream.offset} is too large")
            self.pass_over(h)
            return
        body = self.stream.read(h.size)
        self.stream.skip(-h.size % BLOCK)
        if h.kind in b"LK":
            extra["path" if h.kind == b"L" else "linkpath"] = body.partition(b"\0")[0]
        elif h.kind in b"xX" and not _read_pax(body, extra):
            self.problems.append(f"an extended header before byte {self.stream.offset} is damaged")

    def _complete(self, h: Header, extra: dict[str, bytes]) -> Header:
        sparse = any(k.startswith("GNU.sparse.") for k in extra)
        size, mtime = extra.get("size", b""), extra.get("mtime", b"")
        modified = h.modified
        if re.fullmatch(rb"-?\d{1,12}(?:\.\d*)?", mtime):
            modified = _time(float(mtime))
        return replace(
            h, name=extra.get("GNU.sparse.name") or extra.get("path") or h.name, link=extra.get("linkpath") or h.link,
            sparse=h.sparse or sparse, modified=modified,
            size=int(size) if re.fullmatch(rb"\d{1,15}", size) else h.size,
        )  # fmt: skip


def _read_pax(body: bytes, extra: dict[str, bytes]) -> bool:
    """Add the `length key=value` records of a pax header to `extra`. False if one is malformed."""
    start = 0
    while start < len(body):
        match = re.compile(rb"(\d{1,7}) ([^=\n]+)=").match(body, start)
        end = start + int(match[1]) if match else 0
        if match is None or end > len(body) or end <= match.end() or body[end - 1 : end] != b"\n":
            return not body[start:].strip(b"\0")
        extra[match[2].decode("utf-8", "replace")] = body[match.end() : end - 1]
        start = end
    return True

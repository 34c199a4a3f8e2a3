"""The zip archive that an Android app is, read as Android reads it, and what is unlike any ordinary archive in it.

Android looks at less than other readers do: a bit that says a file is encrypted, a method of compression that does not
exist, an extra field that is none, bytes before the first file. Malware writes them to stop tools that analyse apps, or
to have two readers see two archives (Janus: a program before the archive). All of it is read over, and told.

A directory that is missing or cut short is made up for by the local headers, which Android would not do. zip64 is not
known: no phone installs an app of 4 GiB.

Sources: PKWARE APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT ; AOSP `libziparchive`,
https://android.googlesource.com/platform/system/libziparchive/ , and `libs/androidfw/AssetsProvider.cpp` ;
CVE-2017-13156 (Janus) ; https://github.com/AmnestyTech/investigations (a configuration in the attributes of files).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import field
from itertools import pairwise
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError

MOST = 100_000
"""Entries that are looked at."""
STORED, DEFLATED = 0, 8
BLOCK_MARK = b"APK Sig Block 42"
"""What a block of signatures before the directory ends with."""
_LONGEST_DIRECTORY = 64 << 20
_STEP, _LEAST_STEP = 1 << 16, 1 << 9
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_ENCRYPTED, _STREAMED, _UTF8 = 1, 8, 0x800
_DESCRIPTOR = 24
_MOST_ENDS = 16
_GAP_STEP, _GAPS_READ = 1 << 16, 8 << 20
_ATTRIBUTES = slice(36, 42)
_TEXT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_MOST_WITH_TEXT = 50
"""Entries whose attributes look like text in any archive: none, but chance is given room."""


@dataclass(frozen=True)
class Local:
    """What stands before the content of an entry."""

    name: bytes
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    data: int
    """Where the content begins."""


@dataclass(frozen=True)
class Entry:
    """One file of the archive, as its directory has it."""

    number: int
    """From 1."""
    raw_name: bytes
    flags: int
    method: int
    """0 stored, 8 deflated."""
    crc: int
    stored: int
    """Bytes in the archive."""
    size: int
    """Bytes once unpacked."""
    offset: int
    """Of its local header."""
    local: Local | None
    """None where there is none at that place."""

    @property
    def name(self) -> str:
        return self.raw_name.decode("utf-8", "backslashreplace")


@dataclass
class Oddity:
    """Something that no ordinary archive has, how often, and the first place of it."""

    count: int
    detail: str


@dataclass
class ApkZip:
    """An opened archive. Raises FormatError where no entry is found at all."""

    stream: BinaryIO
    size: int
    entries: list[Entry] = field(default_factory=list)
    oddities: dict[str, Oddity] = field(default_factory=dict)
    directory: int = 0
    """Where the directory begins: a block of signatures ends there."""

    def __post_init__(self) -> None:
        end = self._find_end()
        if end is None or not self._directory(*end):
            self._salvage()
        if not self.entries:
            raise FormatError(f"APK: expected a zip archive, got {self._read(0, 8)!r}")
        self._survey()

    def odd(self, kind: str, detail: str) -> None:
        """Count something odd; the first of its kind is kept."""
        found = self.oddities.setdefault(kind, Oddity(0, f"{detail:.300}"))
        found.count += 1

    def named(self, name: str) -> Entry | None:
        """The first entry of that name."""
        return next((e for e in self.entries if e.raw_name == name.encode()), None)

    def _read(self, at: int, count: int) -> bytes:
        if at < 0 or count <= 0 or at >= self.size:
            return b""
        self.stream.seek(at)
        return self.stream.read(min(count, self.size - at))

    def _find_end(self) -> tuple[int, tuple[int, ...]] | None:
        """Where the record at the end lies, and its numbers: the one whose comment ends the file, else the last."""
        start = max(0, self.size - 0xFFFF - _END.size)
        tail = self._read(start, self.size - start)
        found: list[tuple[int, tuple[int, ...]]] = []
        at = len(tail)
        while len(found) < _MOST_ENDS and (at := tail.rfind(_END_MARK, 0, at)) >= 0:
            if at + _END.size <= len(tail):
                found.append((start + at, _END.unpack_from(tail, at)[1:]))
        plausible = [f for f in found if f[1][5] + f[1][4] <= f[0] and f[1][3]]
        chosen = next((f for f in plausible if f[0] + _END.size + f[1][6] == self.size), None)
        chosen = chosen or next(iter(plausible or found), None)
        if len(plausible) > 1:
            self.odd(
                "second-end-of-directory", f"ends of a directory at {', '.join(f'{p[0]:#x}' for p in plausible[:4])}"
            )
        if chosen is not None and (behind := self.size - chosen[0] - _END.size - chosen[1][6]):
            self.odd("bytes-after-end", f"{behind} bytes behind the end and its comment")
        if chosen is not None and chosen[1][6]:
            self.odd("comment", f"a comment of {chosen[1][6]} bytes at the end")
        return chosen

    def _directory(self, end: int, numbers: tuple[int, ...]) -> bool:
        """Read the directory; False where none is there."""
        _, _, _, count, length, offset, _ = numbers
        if self._read(offset, 4) != _CENTRAL_MARK:
            moved = end - length
            if self._read(moved, 4) != _CENTRAL_MARK:
                self.odd("directory-damaged", f"no directory at {offset:#x}, where the end says it is")
                return False
            self.odd("directory-moved", f"the directory is at {moved:#x}, the end says {offset:#x}")
            offset = moved
        self.directory = offset
        if end - offset > _LONGEST_DIRECTORY:
            self.odd("directory-too-long", f"a directory of {end - offset} bytes: {_LONGEST_DIRECTORY} are read")
        for raw in self._central(self._read(offset, min(end - offset, _LONGEST_DIRECTORY))):
            self._add(raw, offset)
        if len(self.entries) & 0xFFFF != count and len(self.entries) < MOST:
            self.odd("entry-count-differs", f"{len(self.entries)} entries, and the end says {count}")
        return bool(self.entries)

    def _central(self, data: bytes) -> Iterator[bytes]:
        """The entries of the directory; the search goes on behind what is none."""
        at = 0
        while 0 <= at < len(data) and len(self.entries) < MOST:
            if len(data) - at < _CENTRAL.size or not data.startswith(_CENTRAL_MARK, at):
                self.odd("directory-damaged", f"no entry at byte {at} of a directory of {len(data)} bytes")
                at = data.find(_CENTRAL_MARK, at + 1)
                continue
            names, extra, comment = struct.unpack_from("<3H", data, at + 28)
            if at + _CENTRAL.size + names > len(data):
                self.odd("directory-damaged", f"a name of {names} bytes at byte {at} of {len(data)}")
                return
            yield data[at : at + _CENTRAL.size + names]
            at += _CENTRAL.size + names + extra + comment
        if 0 <= at < len(data):
            self.odd("too-many-entries", f"the directory has more than {MOST} entries: the rest is not read")

    def _add(self, raw: bytes, directory: int) -> None:
        f = _CENTRAL.unpack_from(raw)
        number = len(self.entries) + 1
        local = self._local(f[16]) if f[16] < directory else None
        self.entries.append(Entry(number, raw[_CENTRAL.size :], f[3], f[4], f[7], f[8], f[9], f[16], local))
        if all(b in _TEXT for b in raw[_ATTRIBUTES]):
            self.odd("attributes-hold-text", f"entry {number}: {raw[_ATTRIBUTES].decode('ascii')}")

    def _local(self, at: int) -> Local | None:
        header = self._read(at, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
            return None
        _, _, flags, method, _, _, crc, stored, size, names, extra = _LOCAL.unpack(header)
        start = at + _LOCAL.size
        return Local(self._read(start, names), flags, method, crc, stored, size, start + names + extra)

    def _salvage(self) -> None:
        """The entries by their local headers, as far as they follow each other."""
        at = 0
        while len(self.entries) < MOST and (local := self._local(at)) is not None:
            number = len(self.entries) + 1
            self.entries.append(
                Entry(number, local.name, local.flags, local.method, local.crc, local.stored, local.size, at, local)
            )
            if local.flags & _STREAMED and not local.stored:
                break
            at = local.data + local.stored
        self.directory = at
        if len(self.entries) >= MOST and self._local(at) is not None:
            self.odd("too-many-entries", f"there are more than {MOST} entries: the rest is not read")
        self.odd("no-directory", f"{len(self.entries)} entries were found by what stands before their content")

    def _survey(self) -> None:
        seen: set[bytes] = set()
        for entry in self.entries:
            if entry.raw_name in seen:
                self.odd("duplicate-entry", entry.name)
            seen.add(entry.raw_name)
            self._look(entry)
        if (text := self.oddities.get("attributes-hold-text")) and text.count <= _MOST_WITH_TEXT:
            del self.oddities["attributes-hold-text"]
        self._before()
        self._between()

    def _look(self, entry: Entry) -> None:
        if entry.method not in (STORED, DEFLATED):
            self.odd("unknown-method", f"{entry.name:.200}: method {entry.method}")
        if (entry.flags | (entry.local.flags if entry.local else 0)) & _ENCRYPTED:
            self.odd("encrypted-flag", f"{entry.name:.200} is marked as encrypted")
        if ".." in entry.name.replace("\\", "/").split("/") or entry.name.startswith("/"):
            self.odd("name-leaves-folder", entry.name)
        if entry.local is None:
            self.odd("no-local-header", f"{entry.name:.200}: nothing at {entry.offset:#x}")
        elif differing := _differing(entry, entry.local):
            self.odd("headers-differ", f"{entry.name:.200}: {', '.join(differing)}")

    def _before(self) -> None:
        first = min((e.offset for e in self.entries if e.local is not None), default=0)
        if first:
            head = self._read(0, 8)
            self.odd("bytes-before-first-entry", f"{first} bytes, which begin {head.hex()}")
            if head.startswith(b"dex\n"):
                self.odd("begins-with-dex", f"a program of {first} bytes stands before the archive")

    def _between(self) -> None:
        """Bytes that belong to no entry, and entries that share some."""
        found = sorted((e for e in self.entries if e.local is not None), key=lambda e: e.offset)
        left = _GAPS_READ
        for one, other in pairwise(found):
            if other.offset < _end_of(one):
                self.odd("entries-overlap", f"{other.name:.150} begins inside {one.name:.150}")
            elif left > 0:
                left -= self._gap(one, other.offset, left)
        if found and left > 0:
            self._gap(found[-1], self._end_of_entries(), left)

    def _gap(self, entry: Entry, until: int, most: int) -> int:
        """What lies between an entry and what comes next; how much of it was looked at."""
        start = _end_of(entry)
        head = self._read(start, min(until - start, _GAP_STEP, most))
        if (at := head.find(_LOCAL_MARK)) >= 0:
            name = head[at + _LOCAL.size : at + _LOCAL.size + int.from_bytes(head[at + 26 : at + 28], "little")]
            self.odd("unlisted-entry", f"{name!a:.150} at {start + at:#x} is in no directory")
        elif any(head[_DESCRIPTOR:] if entry.flags & _STREAMED else head):
            self.odd("bytes-between-entries", f"{until - start} bytes behind {entry.name:.200}, at {start:#x}")
        return len(head)

    def _end_of_entries(self) -> int:
        """Where the directory begins, or the block of signatures before it."""
        foot = self._read(self.directory - 24, 24)
        return self.directory - 8 - struct.unpack_from("<Q", foot)[0] if foot.endswith(BLOCK_MARK) else self.directory

    def content(self, entry: Entry, step: int = _STEP) -> Iterator[bytes]:
        """The content of an entry, as Android takes it; it ends early where it is damaged."""
        if entry.local is None:
            return
        if entry.method == DEFLATED:
            yield from self._inflated(entry, entry.local.data, step)
        elif entry.method == STORED or not self._is_deflated(entry, entry.local.data):
            yield from self._plain(entry.local.data, entry.size, step)
        else:
            yield from self._inflated(entry, entry.local.data, step)

    def read(self, entry: Entry, most: int) -> bytes:
        """Up to `most` bytes of the content of an entry."""
        out = bytearray()
        for piece in self.content(entry, max(_LEAST_STEP, min(_STEP, most))):
            out += piece
            if len(out) >= most:
                break
        return bytes(out[:most])

    def _is_deflated(self, entry: Entry, at: int) -> bool:
        """Of a method that does not exist: whether deflated is what fits. Android takes the bytes as they lie."""
        crc = 0
        for piece in self._plain(at, entry.size, _STEP):
            crc = zlib.crc32(piece, crc)
        if crc == entry.crc:
            return False
        return next(self._inflated(entry, at, _STEP), None) is not None and entry.stored != entry.size

    def _plain(self, at: int, size: int, step: int) -> Iterator[bytes]:
        end = min(self.size, at + size)
        while at < end and (piece := self._read(at, min(step, end - at))):
            yield piece
            at += len(piece)

    def _inflated(self, entry: Entry, at: int, step: int) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for piece in self._plain(at, entry.stored or self.size - at, step):
                data = piece
                while data and not inflate.eof:
                    if out := inflate.decompress(data, _STEP):
                        yield out
                    data = inflate.unconsumed_tail
                if inflate.eof:
                    return
        except zlib.error:
            return


def _end_of(entry: Entry) -> int:
    return (entry.local.data if entry.local else entry.offset) + entry.stored


def _differing(entry: Entry, local: Local) -> list[str]:
    """What the directory and the header before the content say differently."""
    pairs: list[tuple[str, object, object]] = [
        ("name", entry.raw_name, local.name),
        ("method", entry.method, local.method),
        ("encryption", entry.flags & _ENCRYPTED, local.flags & _ENCRYPTED),
    ]
    if not local.flags & _STREAMED or local.crc or local.stored or local.size:
        pairs += [
            ("CRC", entry.crc, local.crc),
            ("stored size", entry.stored, local.stored),
            ("size", entry.size, local.size),
        ]
    return [f"{what} {a!a:.40} and {b!a:.40}" for what, a, b in pairs if a != b]

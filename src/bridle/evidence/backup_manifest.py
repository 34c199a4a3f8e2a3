"""Manifest.db of an iTunes backup: one row per file, read from the encrypted file as it lies there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.core import FormatError, Gap, SourceFile, Utc
from bridle.evidence import backup_content
from bridle.evidence.backup_folder import BackupFolder
from bridle.evidence.extent import Extent
from bridle.formats import mbfile, mbfile_columns, sqlite, table
from bridle.formats._parts import Parts
from bridle.formats.values import unix

_SQLITE, _WAL = b"SQLite format 3\0", (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_ID = re.compile(r"[0-9a-f]{40}").fullmatch


Described = tuple[int | None, Utc | None, bytes | None]
"""Size, time of change and wrapped key."""
_COLUMNS = {
    "fileid": pa.string(), "domain": pa.string(), "relativepath": pa.string(), "flags": pa.int64(), "file": pa.binary(),
}  # fmt: skip


class Row(NamedTuple):
    """One row of `Files`."""

    locator: str
    member: str
    """`0d/0d609c54…`; empty where the row's fileID is none."""
    domain: str | None
    relative_path: str | None
    flags: int | None
    size: int | None
    modified: Utc | None
    wrapped: bytes | None
    """The file's key, wrapped under a class key."""
    refused: str | None
    """Why the row is not followed."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Many rows of `Files` as columns: IDs, domains and paths are what they should be. `each` gives single ones."""

    locators: pa.Array
    members: pa.Array
    domains: pa.Array
    relative_paths: pa.Array
    flags: pa.Array
    sizes: pa.Array
    seconds: pa.Array
    """When each last changed, in seconds since 1970, whatever they are."""
    wrapped: pa.Array
    odd: pa.Array
    """Where the MBFile is for the Reader of one; then there is neither size nor time nor key here."""
    described: Callable[[int], Described]
    """What the MBFile of such a row says."""

    def each(self, places: pa.Array) -> Iterator[Row]:
        """The rows at some places."""
        named = (self.members, self.domains, self.relative_paths, self.flags)
        said = zip(*(c.take(places).to_pylist() for c in (self.sizes, self.seconds, self.wrapped)), strict=True)
        odd = self.odd.take(places).to_pylist()
        rows = zip(*(c.take(places).to_pylist() for c in named), strict=True)
        for at, row, (size, seconds, key), alone in zip(places.to_pylist(), rows, said, odd, strict=True):
            member, domain, path, flags = row
            told: Described = self.described(at) if alone else (size, None if seconds is None else _time(seconds), key)
            yield Row(self.locators[at].as_py(), member, domain, path, flags, *told, None)


class Manifest:
    """Manifest.db and its write-ahead log. `key` is set once it is known that, and how, they are encrypted."""

    def __init__(self, folder: BackupFolder) -> None:
        self._folder = folder
        self._reader = mbfile.Reader()
        self.key: bytes | None = None

    def head(self) -> bytes:
        """The first 16 bytes of content."""
        with self.extent("Manifest.db").open(owned=True) as file:
            return file.read(len(_SQLITE))

    def is_plain(self) -> bool:
        """Whether the content, decrypted if there is a key, is SQLite."""
        return self.head() == _SQLITE

    def extent(self, name: str) -> Extent:
        """The content of Manifest.db, or of a file beside it. Raises FormatError or PermissionError."""
        descriptor, stored = self._folder.open(name)
        extent = backup_content.plain(descriptor, stored, self._folder.known(descriptor))
        if self.key is None or extent.open().read(16).startswith((_SQLITE, *_WAL)):
            return extent
        return backup_content.sealed(descriptor, stored, self.key, None)

    def has(self, name: str) -> bool:
        return self._folder.size(name) is not None

    def size(self, name: str) -> int:
        """Bytes of content of such a file."""
        extent = self.extent(name)
        extent.close()
        return extent.size

    def rows(self, *, keys: bool) -> Iterator[Row | Gap]:
        """Every row of `Files`, `wrapped` only if `keys`; a Gap where rows are lost, and the rest goes on.

        What is odd about a single value is seen in its row and is no Gap here.
        """
        last = "Files"
        try:
            with sqlite.connect(_ManifestFile(self, "Manifest.db")) as database:
                for row in database.rows("Files"):
                    if not isinstance(row, Gap):
                        last = row.locator
                        yield self._row(row, keys)
                    elif not row.locator.startswith(f"{last}."):
                        yield row
        except FormatError as e:
            yield Gap(locator="Files", reason=f"{e!s:.200}")

    def batches(self, *, keys: bool) -> Iterator[Rows | Row | Gap]:
        """The same rows, many at a time where their values are of the types they should be."""
        try:
            with sqlite.connect(_ManifestFile(self, "Manifest.db")) as database:
                for found in database.batches("Files"):
                    if isinstance(found, Gap):
                        yield found
                    elif (rows := self._rows(*found, keys)) is not None:
                        yield rows
                    else:
                        yield from self._one_by_one(*found, keys)
        except FormatError as e:
            yield Gap(locator="Files", reason=f"{e!s:.200}")

    def _rows(self, locators: pa.Array, stored: Mapping[str, Parts], keys: bool) -> Rows | None:
        nothing = Parts(len(locators), (), {})
        named = {name.lower(): column for name, column in stored.items()}
        typed: list[Any] = [named.get(name, nothing).only(of) for name, of in _COLUMNS.items()]
        ids, domains, paths, flags, blobs = typed
        if any(column is None for column in typed) or ids.null_count or domains.null_count or paths.null_count:
            return None
        if not pc.all(pc.match_substring_regex(ids, r"\A[0-9a-f]{40}\z")).as_py():
            return None
        asked = {"Size": pa.int64(), "LastModified": pa.int64()} | ({"EncryptionKey": pa.binary()} if keys else {})
        found = mbfile_columns.read(self._reader, blobs, asked)
        sizes = found.columns["Size"]
        return Rows(
            locators=locators, members=pc.binary_join_element_wise(pc.utf8_slice_codeunits(ids, 0, 2), ids, "/"),
            domains=domains, relative_paths=paths, flags=flags, odd=found.odd, seconds=found.columns["LastModified"],
            sizes=pc.if_else(pc.greater_equal(sizes, 0), sizes, pa.scalar(None, pa.int64())),
            wrapped=found.columns.get("EncryptionKey", pa.nulls(len(ids), pa.binary())),
            described=lambda at: self._described(blobs[at].as_py(), keys),
        )  # fmt: skip

    def _one_by_one(self, locators: pa.Array, stored: Mapping[str, Parts], keys: bool) -> Iterator[Row]:
        for row in sqlite.single(locators, stored):
            if not isinstance(row, Gap):
                yield self._row(row, keys)

    def _row(self, row: table.Row, keys: bool) -> Row:
        file_id, domain, relative = row["fileID"], row["domain"], row["relativePath"]
        flags = row["flags"]
        named = isinstance(file_id, str) and _ID(file_id) is not None
        refused = None if named else f"Its fileID is not 40 hexadecimal digits: {file_id!r:.60}."
        if not isinstance(domain, str) or not isinstance(relative, str):
            refused = refused or "Its domain or path is not text."
            domain, relative = _text(domain), _text(relative)
        size, modified, wrapped = self._described(row["file"], keys)
        member = f"{file_id[:2]}/{file_id}" if named else ""
        flags = flags if isinstance(flags, int) else None
        return Row(row.locator, member, domain, relative, flags, size, modified, wrapped, refused)

    def _described(self, blob: object, keys: bool) -> Described:
        """Size, time of change and wrapped key out of an MBFile; a row without a readable one is listed without."""
        if not isinstance(blob, bytes):
            return None, None, None
        try:
            mb = self._reader.read(blob)
            size, changed, wrapped = mb.get("Size"), mb.get("LastModified"), mb.get("EncryptionKey") if keys else None
        except FormatError:
            return None, None, None
        return (
            size if isinstance(size, int) and size >= 0 else None,
            _time(changed),
            wrapped if isinstance(wrapped, bytes) else None,
        )


def _time(seconds: object) -> Utc | None:
    if type(seconds) is int and 0 <= seconds < 1 << 33:
        return Utc(datetime.fromtimestamp(seconds, UTC))
    try:
        return unix(seconds)
    except ValueError:
        return None


def _text(value: object) -> str | None:
    """A name to show: text, or bytes as far as they are UTF-8."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return None if value is None or isinstance(value, table.Lost) else str(value)


@dataclass(frozen=True)
class _ManifestFile:
    """Manifest.db, or its log, as the SQLite reader wants it."""

    manifest: Manifest
    name: str

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath("/backup", self.name)

    @cached_property
    def size(self) -> int:
        return self.manifest.size(self.name)

    @property
    def sha256(self) -> str:
        digest = hashlib.sha256()
        with self.open() as file:
            while part := file.read(1 << 20):
                digest.update(part)
        return digest.hexdigest()

    def open(self) -> BinaryIO:
        return self.manifest.extent(self.name).open(owned=True)

    def sibling(self, suffix: str) -> SourceFile | None:
        name = self.name + suffix
        return _ManifestFile(self.manifest, name) if self.manifest.has(name) else None

    def companions(self) -> Mapping[PurePosixPath, SourceFile]:
        return {}

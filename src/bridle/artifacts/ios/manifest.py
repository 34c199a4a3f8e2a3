"""Manifest.db of an iTunes or Finder backup: every file, folder and link it lists, with size, times and owner.

The attributes are an archived object in each row. Where the backup keeps a file is `file_id[:2]/file_id`; where the
file was on the device is told by the ledger.

Known limits: extended attributes and the wrapped key of a file are not kept, and the table `Properties` is not read.
What the system leaves out of a backup is not listed.

Sources: manifests of iOS 10 to 17; https://www.theiphonewiki.com/wiki/ITunes_Backup
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.mbfile import Reader
from bridle.formats.table import Row, col, readable, records
from bridle.formats.values import blob, unix

_COLUMNS = ("fileID", "domain", "relativePath", "flags")
_ATTRIBUTES = (
    "Size", "LastModified", "LastStatusChange", "Birth", "Mode", "UserID", "GroupID", "InodeNumber", "ProtectionClass",
    "Flags", "Digest", "Target",
)  # fmt: skip


def _when(value: object) -> Utc | None:
    """A time; 0 stands for none. Raises ValueError."""
    return None if value == 0 else unix(value)


def _hexadecimal(value: object) -> str:
    return blob(value).hex()


@record
class File(Record):
    """One file, folder or link the backup lists; what lies in the backup may be less."""

    file_id: str | None = col("fileID", doc="SHA-1 of domain, `-` and path: the name of the file in the backup")
    domain: str | None = col("domain", doc="part of the device it belongs to, such as `HomeDomain`")
    relative_path: str | None = col("relativePath", doc="path within the domain")
    flags: int | None = col("flags", doc="1 file, 2 folder, 4 symbolic link")
    size: int | None = col("Size", doc="bytes of the file")
    modified: Utc | None = col("LastModified", _when, doc="when the content last changed")
    changed: Utc | None = col("LastStatusChange", _when, doc="when content, name or owner last changed")
    born: Utc | None = col("Birth", _when, doc="when it was made")
    mode: int | None = col("Mode", doc="kind and permissions, as stat(2) has them")
    user_id: int | None = col("UserID", doc="owner; 501 is mobile")
    group_id: int | None = col("GroupID", doc="group of the owner")
    inode: int | None = col("InodeNumber", doc="number in the file system: numbers close together were made together")
    protection_class: int | None = col("ProtectionClass", doc="class of the key that protects it on the device")
    object_flags: int | None = col("Flags", doc="flags in the archived object; 0 in the manifests that were examined")
    digest: str | None = col("Digest", _hexadecimal, doc="20 bytes in hexadecimal: the backup's own checksum")
    target: str | None = col("Target", doc="where a symbolic link leads")


@artifact("/backup/Manifest.db")
def manifest(file: SourceFile) -> Iterator[File | Gap]:
    with sqlite.connect(file) as db:
        yield from records(_files(db.rows("Files")), File)


def _files(rows: Iterator[Row | Gap]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    reader = Reader()
    told = None
    for row in rows:
        if isinstance(row, Gap):
            if row.locator != told:
                yield row
            continue
        found = {name: row[name] for name in _COLUMNS}
        try:
            if row["file"] is not None:
                attributes = reader.read(blob(readable(row["file"])))
                found |= {name: attributes.get(name) for name in _ATTRIBUTES}
        except ValueError as e:
            told = f"{row.locator}.file"
            yield row.locator, found
            yield Gap(locator=told, reason=f"File: file: {e!s:.200}")
        else:
            yield row.locator, found

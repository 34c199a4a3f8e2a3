"""Manifest.db of an iTunes or Finder backup: every file, folder and link it lists, with size, times and owner.

The attributes are an archived object in each row. Where the backup keeps a file is `file_id[:2]/file_id`; where the
file was on the device is told by the ledger.

Extended attributes, attributes that no field maps and a path that differs from the row's own are in `extra`. Of a value
of `Properties` whose key says that it is of a password, only the length is told.

Known limits: the wrapped key of a file is not kept, and of an extended attribute at most 4,096 bytes. What the system
leaves out of a backup is not listed. What `Properties` holds is not published.

Sources: manifests of iOS 10 to 17; https://www.theiphonewiki.com/wiki/ITunes_Backup
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Block, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import mbfile_rows, plist, sqlite
from bridle.formats.mbfile import MBFile, Reader
from bridle.formats.secret import is_secret
from bridle.formats.table import Lost, Row, col, readable, records, rest
from bridle.formats.values import blob, unix, zero_is_none

_ATTRIBUTES = (
    "Size", "LastModified", "LastStatusChange", "Birth", "Mode", "UserID", "GroupID", "InodeNumber", "ProtectionClass",
    "Flags", "Digest", "Target",
)  # fmt: skip
_PATH, _EXTENDED = "RelativePath", "ExtendedAttributes"
_TOLD = frozenset((*_ATTRIBUTES, "EncryptionKey"))
_TYPES: dict[str, type] = dict.fromkeys(_ATTRIBUTES, int) | {"Digest": bytes, "Target": str, _PATH: str}
_LONGEST = 4_096
"""Bytes of an extended attribute or of a property that are kept."""
_VALUE, _LENGTH = "(value)", "(length)"


_when = zero_is_none(unix)


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
    extra: str | None = rest(doc="columns and attributes that no field maps, as JSON; bytes in hexadecimal")


@record
class Property(Record):
    """A property of the backup itself."""

    key: str | None = col("key", doc="name of the property")
    value: str | None = col(_VALUE, doc="its value as text, of bytes at most 4,096 in hexadecimal; none for a secret")
    length: int | None = col(_LENGTH, doc="bytes of it, or characters of a secret")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/backup/Manifest.db")
def manifest(file: SourceFile) -> Iterator[Block[File] | File | Property | Gap]:
    with sqlite.connect(file) as db:
        reader = Reader()
        rows = mbfile_rows.Rows(File, reader, _TYPES, _TOLD | {_PATH}, lambda rows: records(_files(reader, rows), File))
        for found in db.batches("Files"):
            yield from [found] if isinstance(found, Gap) else rows.batch(*found)
        if "Properties" in db.tables():
            yield from records(_properties(db.rows("Properties")), Property)


def _files(reader: Reader, rows: Iterator[Row | Gap]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    told = None
    for row in rows:
        if isinstance(row, Gap):
            if row.locator != told:
                yield row
            continue
        found = {name: value for name, value in row.items() if name != "file"}
        try:
            if row["file"] is not None:
                attributes = reader.read(blob(readable(row["file"])))
                found |= {name: attributes.get(name) for name in _ATTRIBUTES}
                found |= _others(attributes, row["relativePath"])
        except ValueError as e:
            told = f"{row.locator}.file"
            yield row.locator, found
            yield Gap(locator=told, reason=f"File: file: {e!s:.200}")
        else:
            yield row.locator, found


def _others(attributes: MBFile, path: object) -> dict[str, Any]:
    """Attributes that no field maps, the path where it is another than the row's. Raises FormatError."""
    found: dict[str, Any] = {name: attributes.get(name) for name in attributes.names() if name not in _TOLD}
    if _PATH in found and found[_PATH] == path:
        del found[_PATH]
    if isinstance(stored := found.get(_EXTENDED), bytes):
        found[_EXTENDED] = _extended(stored)
    return found


def _extended(stored: bytes) -> Any:
    """Extended attributes by name; the bytes themselves where they are no property list."""
    try:
        found = plist.loads(stored, max_objects=_LONGEST)
    except ValueError:
        found = stored
    if isinstance(found, Mapping):
        return {name: value[:_LONGEST] if isinstance(value, bytes) else value for name, value in found.items()}
    return found


def _properties(rows: Iterator[Row | Gap]) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    for row in rows:
        if isinstance(row, Gap):
            yield row
            continue
        found = {name: value for name, value in row.items() if name != "value"}
        value = row["value"]
        if isinstance(value, str | bytes) and is_secret(f"{row['key']}", "salt", "hash"):
            found[_LENGTH] = len(value)
        elif isinstance(value, bytes):
            found |= {_VALUE: value[:_LONGEST].hex(), _LENGTH: len(value)}
        elif value is not None and not isinstance(value, Lost):
            found[_VALUE] = str(value)
        yield row.locator, found

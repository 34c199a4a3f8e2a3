"""Manifest.db of an iTunes or Finder backup: every file it holds or held, with owner, mode and times.

Sources: backups of iOS 10 to 17; MBFile as NSKeyedArchiver writes it. fileID is SHA-1 of domain, a hyphen and the path.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FormatError, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import mbfile, sqlite
from bridle.formats.table import Row
from bridle.formats.values import unix


@record
class File(Record):
    """One file, folder or link that the backup lists."""

    file_id: str | None = note(doc="name of its file in the backup")
    domain: str | None = note(doc="HomeDomain, AppDomain-… and so on")
    relative_path: str | None = note(doc="path below its domain")
    flags: int | None = note(doc="1 file, 2 folder, 4 link")
    size: int | None = note(doc="bytes")
    modified: Utc | None = note(doc="content last changed")
    changed: Utc | None = note(doc="owner, mode or name last changed")
    born: Utc | None = note(doc="made")
    mode: int | None = note(doc="POSIX mode")
    user_id: int | None = note(doc="owner")
    group_id: int | None = note(doc="group")
    inode: int | None = note(doc="number in its file system")
    protection_class: int | None = note(doc="1 to 4, as the data protection classes")


@artifact("/backup/Manifest.db")
def manifest(file: SourceFile) -> Iterator[File | Gap]:
    reader = mbfile.Reader()
    with sqlite.connect(file) as db:
        for row in db.rows("Files"):
            if isinstance(row, Gap):
                yield row
            else:
                yield from _file(row, reader)


def _file(row: Row, reader: mbfile.Reader) -> Iterator[File | Gap]:
    about: dict[str, object] = {}
    gaps: list[Gap] = []
    if isinstance(blob := row["file"], bytes):
        try:
            about = dict(reader.read(blob).values())
        except FormatError as e:
            gaps.append(Gap(locator=f"{row.locator}.file", reason=f"File: {e}"))
    yield File(
        locator=row.locator, file_id=_text(row["fileID"]), domain=_text(row["domain"]),
        relative_path=_text(row["relativePath"]), flags=_number(row["flags"]), size=_number(about.get("Size")),
        modified=_time(about.get("LastModified")), changed=_time(about.get("LastStatusChange")),
        born=_time(about.get("Birth")), mode=_number(about.get("Mode")), user_id=_number(about.get("UserID")),
        group_id=_number(about.get("GroupID")), inode=_number(about.get("InodeNumber")),
        protection_class=_number(about.get("ProtectionClass")),
    )  # fmt: skip
    for column, kind in (("fileID", str), ("domain", str), ("relativePath", str), ("flags", int)):
        if row[column] is not None and not isinstance(row[column], kind):
            gaps.append(Gap(locator=f"{row.locator}.{column}", reason=f"File: {column}: got {row[column]!r:.60}"))
    yield from gaps


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None


def _time(value: object) -> Utc | None:
    """Seconds since 1970; None for 0, which stands for "not kept"."""
    if not value:
        return None
    try:
        return unix(value)
    except ValueError:
        return None

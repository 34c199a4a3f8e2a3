"""files.json and files.pb of AndroidQF and Bugbane: what files could be seen on the phone, with owner and times.

    [{"path": "/sdcard/x", "size": 36, "mode": "-rw-rw----", "user_id": 0, "group_id": 1015, "changed_time": 1550155672,
      "modified_time": 1593109532, "access_time": 1593109532, "context": "u:object_r:sdcardfs:s0", "sha256": "", …}]

Three programs fill it, whichever the phone can run: the tool's own collector (mode as letters, numbers of user and
group, three times, label), `find -printf` (mode octal, names of user and group, time of change of the content) and
plain `find` (the path alone). Bugbane calls them `mtime`, `user` and `group`, and has a protobuf form. An array or one
object per line, up to a million; only what the list holds was seen, and without root little of /data is.

Known limits: a time of 0 is not told. A value that a program cannot give is 0 in the file and not told; a size of 0 is,
where the program gives sizes. Releases before 2026 put a `/` for each blank in a path that `find -printf` gave.

Sources: https://github.com/mvt-project/androidqf (adb/collector.go, adb/files.go) ;
https://github.com/osservatorionessuno/bugbane (Files.kt, ArtifactProtobuf.kt)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import Block, FilePath, FormatError, Gap, Md5, Record, Sha1, Sha256, SourceFile, Utc, artifact, record
from bridle.formats import delimited, protobuf
from bridle.formats.batches import blocks
from bridle.formats.quick_forensics import digest, extra, mappings, text
from bridle.formats.table import col
from bridle.formats.values import unix

_OCTAL = frozenset("01234567")
_LETTERS = "rwxrwxrwx"
_SPECIAL = {2: ("sS", 0o4000), 5: ("sS", 0o2000), 8: ("tT", 0o1000)}


@record(surface="file-present")
class File(Record):
    """One file."""

    path: FilePath = col("path", doc="where it is on the phone")
    size: int | None = col("size", doc="bytes")
    mode: str | None = col("mode", doc="kind and permissions, as stored: `-rw-rw----` or `660`")
    permissions: int | None = col("(permissions)", doc="the lower twelve bits of the mode: 0o4000 is setuid")
    uid: int | None = col("user_id", doc="number of its owner")
    user_name: str | None = col("user_name", doc="name of its owner")
    gid: int | None = col("group_id", doc="number of its group")
    group_name: str | None = col("group_name", doc="name of its group")
    accessed: Utc | None = col("access_time", unix, doc="when it was last read, to the second")
    changed: Utc | None = col("changed_time", unix, doc="when content, name or owner last changed, to the second")
    modified: Utc | None = col("modified_time", unix, doc="when its content last changed")
    context: str | None = col("context", doc="SELinux label")
    md5: Md5 | None = col("md5", digest, doc="MD5, where the phone computed it")
    sha1: Sha1 | None = col("sha1", digest, doc="SHA-1, where the phone computed it")
    sha256: Sha256 | None = col("sha256", digest, doc="SHA-256, where the phone computed it")
    sha512: str | None = col("sha512", digest, doc="SHA-512, where the phone computed it")
    error: str | None = col("error", doc="why it could not be read")
    extra: str | None = col("(extra)", doc="keys that no field maps, as JSON")


_TIMES = ("access_time", "changed_time", "modified_time")
_TIMES_AND_NUMBERS = (*_TIMES, "user_id", "group_id")
_ALL_NUMBERS = (*_TIMES_AND_NUMBERS, "size")
_RENAMED = {"mtime": "modified_time", "user": "user_name", "group": "group_name"}
_KNOWN = frozenset(
    {
        "path", "size", "mode", "user_id", "user_name", "group_id", "group_name", "access_time", "changed_time",
        "modified_time", "context", "md5", "sha1", "sha256", "sha512", "error",
    }
)  # fmt: skip


@artifact("/androidqf/files.json", "/androidqf/files.pb")
def androidqf_file(file: SourceFile) -> Iterator[Block[File] | Gap]:
    with file.open() as stored:
        found = _packed(stored) if file.path.suffix == ".pb" else mappings(stored)
        yield from blocks((i if isinstance(i, Gap) else (i[0], _row(i[1])) for i in found), File)


def _row(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The values that say something: empty ones stand for nothing, and zeros where the program had none to give."""
    row = {k: v for k, v in stored.items() if v not in ("", None)}
    for other, name in _RENAMED.items():
        if other in row:
            row.setdefault(name, row.pop(other))
    if not row.keys() <= _KNOWN:
        row["(extra)"] = extra(row, _KNOWN)
    mode = row.get("mode")
    letters = isinstance(mode, str) and not _OCTAL.issuperset(mode)
    for name in _TIMES if letters else _TIMES_AND_NUMBERS if mode else _ALL_NUMBERS:
        if row.get(name) == 0:
            del row[name]
    if isinstance(mode, str):
        row["(permissions)"] = _bits(mode) if letters else int(mode[:8], 8) & 0o7777
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = text(value)
    return row


def _bits(mode: str) -> int | None:
    """The permissions of `-rwsr-x---`; Go writes setuid, setgid and sticky as letters before: `ugrwxr-xr-x`."""
    kind, nine = mode[:-9], mode[-9:]
    bits = 0
    for i, c in enumerate(nine):
        upper = _SPECIAL.get(i)
        if upper and c in upper[0]:
            bits |= upper[1] | (0o400 >> i if c.islower() else 0)
        elif c == _LETTERS[i]:
            bits |= 0o400 >> i
        elif c != "-":
            return None
    for letter, bit in (("u", 0o4000), ("g", 0o2000), ("t", 0o1000)):
        bits |= bit if letter in kind else 0
    return bits if len(nine) == 9 else None


_NAMES = {1: "path", 3: "mode", 5: "user_name", 6: "group_name"}


def _packed(stored: BinaryIO) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    for item in delimited.messages(stored):
        if isinstance(item, Gap):
            yield item
            continue
        try:
            found = delimited.fields(item[1])
            row: dict[str, Any] = {name: delimited.text(found.get(n)) for n, name in _NAMES.items()}
            row["size"] = delimited.whole(found.get(4))
            row["modified_time"] = protobuf.real(found[2][-1]) if 2 in found else None
        except FormatError as e:
            yield Gap(locator=item[0], reason=str(e))
            continue
        yield item[0], row

"""What lies in an app besides its pictures and texts: programs, libraries, archives, and files of no known kind.

A file is told by its first bytes, not its name, wherever it lies. How much is unpacked of one app is bounded.

Sources: https://source.android.com/docs/core/runtime/dex-format ;
https://developer.android.com/guide/topics/resources .
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import magic
from bridle.formats.apk_zip import ApkZip, Entry
from bridle.formats.dex import LONGEST, Dex, Text

MOST_BYTES = 1 << 30
"""Unpacked bytes of one app that are read."""
MOST_UNKNOWN = 500
"""Files of no known kind that are told of one app."""
MOST_STRINGS = 5_000
"""Strings that are told of one program."""
_LEAST_UNKNOWN = 1_024
_PROGRAMS = ("elf", "mach-o", "pe", "script", "java-class")
_ARCHIVES = ("zip", "gzip", "bzip2", "xz", "7z", "rar", "lzfse")
_DEX = ((b"dex\n", "dex"), (b"dey\n", "odex"), (b"cdex", "cdex"), (b"vdex", "vdex"), (b"oat\n", "oat"))
_RESOURCES = (b"\3\0\x08\0", b"\2\0\x0c\0")
"""Binary XML, and a table of resources."""
_ZIPPED = {"apk": "apk", "jar": "jar", "aar": "jar", "xapk": "apk", "apks": "apk"}


@dataclass(frozen=True)
class Found:
    """One file with its digests; `dex` where it is a program that could be read."""

    entry: Entry
    kind: str
    """`dex`, `odex`, `elf`, `script`, `apk`, `jar`, `zip` …, or `unknown`."""
    size: int
    """Bytes that were unpacked."""
    sha256: str
    sha1: str
    md5: str
    crc_matches: bool
    """Whether they are what the archive says they are."""
    dex: Dex | None = None
    strings: tuple[Text, ...] = ()
    problem: str | None = None
    """Why a program could not be read, or not to its end."""


def found_in(archive: ApkZip) -> Iterator[Found | FormatError]:
    """The files of interest in the order of the directory. A FormatError says that the rest is not read."""
    left, unknown = MOST_BYTES, 0
    for entry in archive.entries:
        kind = kind_of(entry, archive.read(entry, magic.MOST))
        if kind is None:
            continue
        unknown += kind == "unknown"
        if kind == "unknown" and unknown > MOST_UNKNOWN:
            continue
        if left <= 0:
            yield FormatError(
                f"expected at most {MOST_BYTES} bytes of programs and archives, got more: the rest is not read"
            )
            return
        one = _read(archive, entry, kind, left)
        left -= one.size
        yield one


def kind_of(entry: Entry, head: bytes) -> str | None:
    """What a file of interest is. None for one that is not: pictures, texts, resources."""
    if not head:
        return None
    for start, kind in _DEX:
        if head.startswith(start):
            return kind
    found = magic.kind_of(head)
    extension = magic.extension_of(entry.name)
    if found == "zip":
        return _ZIPPED.get(extension or "", "zip")
    if found in _PROGRAMS or found in _ARCHIVES:
        return found
    if found is None and extension in ("dex", "so", "jar", "apk"):
        return "unknown"
    return "unknown" if found is None and _is_unknown(entry, head) else None


def _is_unknown(entry: Entry, head: bytes) -> bool:
    """Whether a file that is no resource holds what is no text either."""
    name = entry.name
    if name.startswith(("META-INF/", "kotlin/", "okhttp3/")) or (
        name.startswith("res/") and not name.startswith("res/raw")
    ):
        return False
    if entry.size < _LEAST_UNKNOWN or head.startswith(_RESOURCES):
        return False
    return b"\0" in head or sum(b < 9 or 13 < b < 32 or b > 126 for b in head) > len(head) // 3


def _read(archive: ApkZip, entry: Entry, kind: str, most: int) -> Found:
    digests = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    size = crc = 0
    kept = bytearray()
    for piece in archive.content(entry):
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        for digest in digests:
            digest.update(piece)
        if kind == "dex" and len(kept) < LONGEST:
            kept += piece
        if size >= most:
            break
    dex, strings, problem = _program(bytes(kept)) if kind == "dex" else (None, (), None)
    sha256, sha1, md5 = (d.hexdigest() for d in digests)
    matches = crc == entry.crc and size == entry.size
    if not matches:
        archive.odd("crc-differs", f"{entry.name:.200}: {size} bytes instead of {entry.size}, CRC {crc:08x}")
    return Found(entry, kind, size, sha256, sha1, md5, matches, dex, strings, problem)


def _program(data: bytes) -> tuple[Dex | None, tuple[Text, ...], str | None]:
    try:
        dex = Dex(data)
    except FormatError as e:
        return None, (), str(e)
    strings = tuple(dex.sought(MOST_STRINGS + 1))
    if len(strings) > MOST_STRINGS:
        return dex, strings[:MOST_STRINGS], f"expected at most {MOST_STRINGS} strings of interest, got more"
    return dex, strings, None

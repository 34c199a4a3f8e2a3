"""UUIDToBinaryLocations of tailspin: where each executable and library lay that was sampled, by its UUID.

A dictionary from UUID to path. iOS 12 to 14 keep it with tailspin's database, and sysdiagnose copies it; what ran
once stays in it, whether it is still there or not. When that was is not stored.

Known limits: no file was at hand, and none is known of systems after iOS 14. Whether an image is a program or a library
is not stored, and told from its path.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (uuid2path);
https://github.com/cheeky4n6monkey/iOS_sysdiagnose_forensic_scripts
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bridle.core import FilePath, FormatError, Gap, ProcessName, Record, SourceFile, artifact, record
from bridle.formats import plist, program
from bridle.formats.pointer import below, entries
from bridle.formats.table import col, records

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")


@record(surface="running-process")
class Image(Record):
    """An executable or a library that was sampled."""

    uuid: str | None = col("(uuid)", doc="UUID of the image")
    path: FilePath = col("(path)", doc="file it was loaded from")
    name: ProcessName | None = col(
        "(name)", doc="last part of the path of a program; none where it lies as a library does"
    )


@artifact("/sysdiagnose/logs/tailspindb/UUIDToBinaryLocations*")
def tailspin_images(file: SourceFile) -> Iterator[Image | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    yield from records(_images(stored), Image)


def _images(stored: Mapping[object, object]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for found in entries(stored):
        if isinstance(found, Gap):
            yield found
        elif not _UUID.fullmatch(found[1]):
            yield Gap(locator=found[0], reason=f"Image: expected a UUID, got {found[1]!a:.60}")
        elif isinstance(found[2], list) and found[2]:
            yield from (_image(below(found[0], n), found[1], path) for n, path in enumerate(found[2], 1))
        else:
            yield _image(*found)


def _image(at: str, uuid: str, path: object) -> tuple[str, Mapping[str, object]]:
    name = program.name_of(path) if isinstance(path, str) else None
    return at, {"(uuid)": uuid, "(path)": path, "(name)": name}

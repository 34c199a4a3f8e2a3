"""uuidtext: which executables and libraries logged, and where on the device they were.

The logs keep the strings of an image apart, under its UUID. A file in a folder of two digits is one image that a
process had loaded as it logged, with strings of its own: its path stands here while the logs refer to it, also when
the file itself is long gone. A file in `dsc` is a shared cache of the system, and lists the images in it, of which
none need have run. When an image logged is in the logs, not here.

Known limits: the strings are read only for the logs that refer to them (ios.unified_log). Files of macOS were at hand,
none of a phone. A process that never logged has no file. Whether an image is a program is told from its path.

Sources: as `bridle.formats.uuidtext`; files of macOS 10.14 and of both versions of the shared cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from uuid import UUID

from bridle.core import FilePath, Gap, ProcessName, Record, SourceFile, artifact, note, record
from bridle.formats import program
from bridle.formats import uuidtext as strings

_LAST = 2**63
_DIGITS = re.compile(r"[0-9A-Fa-f]{32}")


@record(surface="running-process")
class Image(Record):
    """An executable or a library that logged, with strings of its own."""

    uuid: str | None = note(doc="UUID of the image, by the path of the file")
    path: FilePath | None = note(doc="where on the device it was")
    process_name: ProcessName | None = note(
        doc="last part of the path of a program; none where it lies as a library does"
    )
    ranges: int = note(doc="number of ranges of its text that are kept")
    size: int = note(doc="bytes of them")
    version: str = note(doc="version of the file's format")


@record
class Cache(Record):
    """A shared cache of the system."""

    uuid: str | None = note(doc="UUID of the cache, by the path of the file")
    images: int = note(doc="number of images in it")
    ranges: int = note(doc="number of ranges of their texts that are kept")
    size: int = note(doc="bytes of them")
    version: str = note(doc="version of the file's format")


@record
class CacheImage(Record):
    """An image in a shared cache; whether it ever ran is not known from this."""

    uuid: str = note(doc="UUID of the image")
    path: FilePath | None = note(doc="where on the device it would be")
    start: int | None = note(doc="where in the cache its text begins")
    size: int = note(doc="bytes of its text")
    cache_uuid: str | None = note(doc="Cache.uuid")


@artifact("/private/var/db/uuidtext/*/*")
def uuidtext(file: SourceFile) -> Iterator[Image | Cache | CacheImage | Gap]:
    with file.open() as stored:
        found = strings.read(stored, file.size)
    uuid, version = _uuid(file.path), f"{found.version[0]}.{found.version[1]}"
    count, size = len(found.ranges), sum(r.size for r in found.ranges)
    if not found.cache:
        name = None if found.path is None else program.name_of(found.path)
        yield Image(
            locator="image", uuid=uuid, path=found.path, process_name=name, ranges=count, size=size, version=version
        )
        return
    yield Cache(locator="cache", uuid=uuid, images=len(found.images), ranges=count, size=size, version=version)
    for number, image in enumerate(found.images, 1):
        yield CacheImage(
            locator=f"image {number}", uuid=image.uuid, path=image.path, size=image.size, cache_uuid=uuid,
            start=image.start if image.start < _LAST else None,
        )  # fmt: skip
        if image.path_at >= file.size:
            reason = f"expected a path within {file.size} bytes, got one at {image.path_at}"
            yield Gap(locator=f"image {number}.path", reason=reason)
        if image.start >= _LAST:
            yield Gap(locator=f"image {number}.start", reason=f"expected a place in the cache, got {image.start}")


def _uuid(path: PurePosixPath) -> str | None:
    """The UUID a file is named after, of an image by its folder too. None for another name."""
    name = path.name if path.parent.name == "dsc" else path.parent.name + path.name
    return str(UUID(name)).upper() if _DIGITS.fullmatch(name) else None

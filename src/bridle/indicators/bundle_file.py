"""The file of a bundle: a tar (ustar, not compressed) that is written to the byte and read without trusting it.

It holds `manifest.json`, its signature `manifest.json.sig` where there is one, and `objects/SHA256`, sorted.

Source: POSIX.1-1988 ustar.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from bridle.indicators.feed_index import LARGEST_FEED, LARGEST_UPDATE

MANIFEST, SIGNATURE, OBJECTS = "manifest.json", "manifest.json.sig", "objects/"
_BLOCK = 512


class BundleError(Exception):
    """A file that is no bundle, or a damaged one. One sentence with the next step."""


def write(destination: Path, members: Iterable[tuple[str, bytes]]) -> int:
    """A new file with these members; its size. Raises BundleError; then there is none."""
    if os.path.lexists(destination):
        raise BundleError(f"{destination} exists already; name a new file")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{destination.name}-", dir=destination.parent)
    except OSError as e:
        raise BundleError(f"{destination} cannot be written: {e.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            for member, data in members:
                file.write(_header(member, len(data)) + data + bytes(-len(data) % _BLOCK))
            file.write(bytes(2 * _BLOCK))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        os.replace(name, destination)  # noqa: PTH105 - the one step that counts
    except BaseException as e:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(e, OSError):
            raise BundleError(f"{destination} cannot be written: {e.strerror}; make room first") from None
        raise
    return size


def _header(name: str, size: int) -> bytes:
    made = tarfile.TarInfo(name)
    made.size, made.mode = size, 0o644
    return made.tobuf(tarfile.USTAR_FORMAT)


def read(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each member, in their order, one in memory at a time. Raises BundleError.

    Only plain files of this form are taken, of at most as many bytes as a feed may have, and each name once.
    """
    total, seen = 0, set()
    while (header := _header_of(file)) is not None:
        total += header.size
        if header.size > LARGEST_FEED or total > LARGEST_UPDATE:
            raise BundleError(f"it is larger than a bundle may be ({LARGEST_FEED >> 20} MiB a feed)")
        if header.name in seen:
            raise BundleError(f"it has {header.name!r:.60} twice")
        seen.add(header.name)
        data = _exactly(file, header.size)
        if _exactly(file, -header.size % _BLOCK).strip(b"\0"):
            raise BundleError(f"{header.name!r:.60} in it goes on after its end")
        yield header.name, data


def _header_of(file: BinaryIO) -> tarfile.TarInfo | None:
    """The next member's header, or None at the end, after which nothing may come."""
    block = _exactly(file, _BLOCK)
    if not block.strip(b"\0"):
        if _exactly(file, _BLOCK).strip(b"\0") or file.read(1):
            raise BundleError("it goes on after its end")
        return None
    try:
        found = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.TarError, UnicodeError, ValueError):
        raise BundleError("it is no bundle, or a damaged one") from None
    if block != _header(found.name[:100], max(found.size, 0)):
        raise BundleError(f"{found.name!r:.60} in it is not what `bridle indicators pack` writes")
    return found


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise BundleError("it ends early: the copy is not whole; copy it again")
    return data

"""The content of a file in an encrypted iTunes backup: AES-256-CBC, padded as in PKCS #7, of doubtful length."""

from __future__ import annotations

import os

from bridle.core import FormatError
from bridle.evidence.extent import Extent, ExtentFile

_BLOCK = 16


def plain(descriptor: int, stored: int, sha256: str | None = None) -> Extent:
    """A file that is stored as it was; with its SHA-256 if that is known."""
    return Extent(descriptor=descriptor, offset=0, length=stored, size=stored, sha256=sha256)


def sealed(descriptor: int, stored: int, key: bytes, size: int | None) -> Extent:
    """A file that is stored encrypted. `size` is what the manifest gives. Closes the descriptor if it fails."""
    whole = stored - stored % _BLOCK
    extent = Extent(descriptor=descriptor, offset=0, length=whole, size=whole, cipher="cbc", key=key)
    try:
        kept = content_size(whole, _padding(extent) if stored == whole else 0, size)
    except OSError as e:
        os.close(descriptor)
        raise FormatError(f"the end of the file cannot be read: {e.strerror}") from e
    return Extent(descriptor=descriptor, offset=0, length=whole, size=kept, cipher="cbc", key=key)


def content_size(whole: int, padding: int, size: int | None) -> int:
    """How many of `whole` decrypted bytes are content.

    Files change while they are backed up, so the manifest's size is believed only where no more than padding could
    be lost by it, and never against valid padding that leaves more.
    """
    if size is None or not whole - _BLOCK <= size <= whole:
        return whole - padding
    return max(size, whole - padding) if padding else size


def expected_size(stored: int, size: int | None) -> int | None:
    """The content's size as far as the manifest and the stored size tell it without decrypting."""
    return size if size is not None and stored - _BLOCK <= size <= stored else None


def _padding(extent: Extent) -> int:
    """How many bytes of valid padding the content ends with; 0 if it is not padded."""
    if extent.length < _BLOCK:
        return 0
    file, room = ExtentFile(extent), bytearray(_BLOCK)
    file.seek(-_BLOCK, os.SEEK_END)
    last = room[: file.readinto(memoryview(room))]
    count = last[-1] if last else 0
    return count if 1 <= count <= _BLOCK and last.endswith(bytes([count]) * count) else 0

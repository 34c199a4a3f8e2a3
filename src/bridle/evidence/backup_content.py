"""The content of a file in an encrypted iTunes backup: AES-256-CBC, padded as in PKCS #7, of doubtful length."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from bridle.core import FormatError
from bridle.descriptors import pread
from bridle.evidence.extent import Extent, ExtentFile, decrypted_into

_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Content:
    """Opens one file of a backup, or reads it at once."""

    open: Callable[[str], tuple[int, int]]
    """Descriptor and size of the stored file. Raises FormatError or PermissionError."""
    name: str
    key: bytes | None = field(default=None, repr=False)
    """None for a file that is stored as it was."""
    size: int | None = None
    """What the manifest says."""

    def __call__(self) -> Extent:
        descriptor, stored = self.open(self.name)
        return plain(descriptor, stored) if self.key is None else sealed(descriptor, stored, self.key, self.size)

    def whole(self, most: int) -> bytes | None:
        """All content of a file of at most `most` bytes; None of another, and where it cannot be read to its end."""
        descriptor, stored = self.open(self.name)
        try:
            data = pread(descriptor, stored, 0) if stored <= most else b""
        except OSError:
            return None
        finally:
            os.close(descriptor)
        if len(data) != stored:
            return None
        return data if self.key is None else _deciphered(data, self.key, self.size)


def _deciphered(stored: bytes, key: bytes, size: int | None) -> bytes:
    """The content of a sealed file of which all is in memory."""
    whole = len(stored) - len(stored) % _BLOCK
    if not whole:
        return b""
    found = memoryview(bytearray(whole + _BLOCK))
    decrypted_into("cbc", key, bytes(_BLOCK), memoryview(stored)[:whole], found)
    padding = _padded(bytes(found[whole - _BLOCK : whole])) if whole == len(stored) else 0
    return bytes(found[: content_size(whole, padding, size)])


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
    return _padded(bytes(room[: file.readinto(memoryview(room))]))


def _padded(last: bytes) -> int:
    """How many bytes of padding a last block ends with."""
    count = last[-1] if last else 0
    return count if 1 <= count <= _BLOCK and last.endswith(bytes([count]) * count) else 0

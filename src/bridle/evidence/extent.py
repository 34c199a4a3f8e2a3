"""Bytes that another process can be handed: a region of an open file, decrypted while it is read.

A worker receives the descriptor and these few numbers, never a path. The ciphers are those of iTunes and adb backups
(AES-256-CBC) and of our own spool files (AES-256-CTR under a random key).
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import field, replace

from bridle.classes import dataclass
from bridle.descriptors import pread

_BLOCK = 16
_STEP = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Extent:
    """`length` stored bytes at `offset` of `descriptor`, which become `size` bytes of content."""

    descriptor: int
    offset: int
    length: int
    size: int
    cipher: str = "none"
    """`none`, `cbc` or `ctr`."""
    key: bytes = field(default=b"", repr=False)
    iv: bytes = bytes(_BLOCK)
    """What the first block of `cbc` is chained to: zero in iTunes backups."""
    start: int = 0
    """Bytes of the decrypted region that come before the content."""
    sha256: str | None = None
    """Of the content, where it was hashed on its way to where it lies."""

    def __post_init__(self) -> None:
        if self.cipher not in ("none", "cbc", "ctr"):
            raise ValueError(f"cipher: expected none, cbc or ctr, got {self.cipher!r:.60}")
        if min(self.offset, self.length, self.size, self.start) < 0 or self.start + self.size > self.length:
            raise ValueError(f"{self.size} bytes of content cannot come from {self.length} at {self.offset}")

    def part(self, start: int, size: int) -> Extent:
        """`size` bytes of the content from `start`, under a descriptor of their own. Raises ValueError beyond it."""
        if min(start, size) < 0 or start + size > self.size:
            raise ValueError(f"{size} bytes at {start} are not within {self.size}")
        return replace(self, descriptor=os.dup(self.descriptor), start=self.start + start, size=size, sha256=None)

    def open(self, *, owned: bool = False) -> io.BufferedReader:
        """The content as a seekable binary file. Closing it closes the descriptor only if `owned`."""
        return io.BufferedReader(ExtentFile(self, owned=owned), buffer_size=1 << 16)

    def hashed(self) -> str:
        """SHA-256 of the content, in hexadecimal. Raises OSError."""
        if self.sha256 is not None:
            return self.sha256
        digest, file = hashlib.sha256(), ExtentFile(self)
        view = memoryview(bytearray(max(1, min(_STEP, self.size))))
        while count := file.readinto(view):
            digest.update(view[:count])
        return digest.hexdigest()

    def close(self) -> None:
        os.close(self.descriptor)


class ExtentFile(io.RawIOBase):
    """Random access to an Extent's content by `pread`; nothing decrypted is ever written."""

    def __init__(self, extent: Extent, *, owned: bool = False) -> None:
        self._extent, self._owned, self._position = extent, owned, 0
        self._raw = self._plain = memoryview(b"")

    def close(self) -> None:
        if self._owned and not self.closed:
            self._extent.close()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._extent.size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._extent.size - self._position, _STEP)
        if wanted <= 0:
            return 0
        e, target = self._extent, memoryview(buffer)[:wanted]
        if e.cipher == "none":
            count = _read_into(e.descriptor, target, e.offset + e.start + self._position)
        else:
            count = self._decrypted(self._position + e.start, target)
        self._position += count
        return count

    def _decrypted(self, position: int, target: memoryview) -> int:
        """Fill `target` with what lies at `position` of the decrypted region. Returns how many bytes there were."""
        e = self._extent
        start = position - position % _BLOCK
        stop = min(e.length, -(-(position + len(target)) // _BLOCK) * _BLOCK)
        before = _BLOCK if e.cipher == "cbc" and start else 0
        stored = self._stored(e.offset + start - before, stop - start + before)
        if e.cipher == "cbc":
            if len(stored) < _BLOCK:
                return 0
            iv = bytes(stored[:_BLOCK]) if before else e.iv
            stored = stored[before : len(stored) - (len(stored) - before) % _BLOCK]
        else:
            iv = (start // _BLOCK).to_bytes(_BLOCK, "big")
        count = decrypted_into(e.cipher, e.key, iv, stored, self._plain)
        skip = position - start
        found = self._plain[skip : max(skip, min(count, skip + len(target)))]
        target[: len(found)] = found
        return len(found)

    def _stored(self, offset: int, count: int) -> memoryview:
        """Bytes as they lie in the file; room for them and for what becomes of them is kept for the next time."""
        if len(self._raw) < count:
            self._raw = memoryview(bytearray(count))
            self._plain = memoryview(bytearray(count + _BLOCK))
        return self._raw[: _read_into(self._extent.descriptor, self._raw[:count], offset)]


def _read_into(descriptor: int, target: memoryview, offset: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [target], offset)
    data = pread(descriptor, len(target), offset)
    target[: len(data)] = data
    return len(data)


def decrypted_into(cipher: str, key: bytes, iv: bytes, stored: memoryview, plain: memoryview) -> int:
    """Decrypt whole blocks (of `ctr`: any bytes) into `plain`, which has a block more. Returns how many bytes."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # only where there is something to do

    mode: modes.CTR | modes.CBC = modes.CTR(iv) if cipher == "ctr" else modes.CBC(iv)
    return Cipher(algorithms.AES(key), mode).decryptor().update_into(stored, plain)

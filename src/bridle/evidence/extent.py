"""Bytes that another process can be handed: a region of an open file, decrypted while it is read.

A worker receives the descriptor and these few numbers, never a path. The ciphers are those of iTunes and adb backups
(AES-256-CBC) and of our own spool files (AES-256-CTR under a random key).
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

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

    def __post_init__(self) -> None:
        if self.cipher not in ("none", "cbc", "ctr"):
            raise ValueError(f"cipher: expected none, cbc or ctr, got {self.cipher!r:.60}")
        if min(self.offset, self.length, self.size, self.start) < 0 or self.start + self.size > self.length:
            raise ValueError(f"{self.size} bytes of content cannot come from {self.length} at {self.offset}")

    def part(self, start: int, size: int) -> Extent:
        """`size` bytes of the content from `start`, under a descriptor of their own. Raises ValueError beyond it."""
        if min(start, size) < 0 or start + size > self.size:
            raise ValueError(f"{size} bytes at {start} are not within {self.size}")
        return replace(self, descriptor=os.dup(self.descriptor), start=self.start + start, size=size)

    def open(self, *, owned: bool = False) -> io.BufferedReader:
        """The content as a seekable binary file. Closing it closes the descriptor only if `owned`."""
        return io.BufferedReader(ExtentFile(self, owned=owned), buffer_size=1 << 16)

    def close(self) -> None:
        os.close(self.descriptor)


class ExtentFile(io.RawIOBase):
    """Random access to an Extent's content by `pread`; nothing decrypted is ever written."""

    def __init__(self, extent: Extent, *, owned: bool = False) -> None:
        self._extent, self._owned, self._position = extent, owned, 0

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
        data = self._read(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read(self, position: int, wanted: int) -> bytes:
        e = self._extent
        position += e.start
        if e.cipher == "none":
            return os.pread(e.descriptor, wanted, e.offset + position)
        start = position - position % _BLOCK
        stop = min(e.length, -(-(position + wanted) // _BLOCK) * _BLOCK)
        if e.cipher == "ctr":
            mode: modes.CTR | modes.CBC = modes.CTR((start // _BLOCK).to_bytes(_BLOCK, "big"))
            stored = os.pread(e.descriptor, stop - start, e.offset + start)
        else:
            before = start - _BLOCK if start else 0
            raw = os.pread(e.descriptor, stop - before, e.offset + before)
            if len(raw) < _BLOCK:
                return b""
            mode, stored = modes.CBC(raw[:_BLOCK] if start else e.iv), raw[_BLOCK:] if start else raw
            stored = stored[: len(stored) - len(stored) % _BLOCK]
        plain = bytearray(len(stored) + _BLOCK)
        count = Cipher(algorithms.AES(e.key), mode).decryptor().update_into(stored, plain)
        skip = position - start
        return bytes(memoryview(plain)[skip : max(skip, min(count, skip + wanted))])

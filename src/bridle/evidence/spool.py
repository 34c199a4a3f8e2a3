"""Content taken out of a stream, kept readable: in memory, or beyond a limit in an encrypted unnamed file.

A Spool holds a descriptor only once it is on disk, so thousands of small members can be kept at a time.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from bridle.evidence.extent import Extent

MEMORY_LIMIT = 64 << 20
"""Bytes of one member that are kept in memory."""
TOTAL_MEMORY_LIMIT = 256 << 20
"""Bytes of all members of this process together; beyond it, those larger than `SMALL` go to disk."""
SMALL = 64 << 10
STEP = 1 << 20


def _anonymous() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("evidence", os.MFD_CLOEXEC)
    return -1


def _unnamed() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(descriptor: int, content: bytes | bytearray | memoryview) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _encryptor(key: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()


class Spool:
    """Collects one member's bytes. `extent()` hands out what was written; `close` releases it."""

    _in_memory = 0
    """Bytes of all spools of this process that are in memory."""

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self._limit, self._size, self._hash = memory_limit, 0, hashlib.sha256()
        self._memory = bytearray()
        self._closed = False
        self._disk: int | None = None
        self._key = b""
        self._encrypt: CipherContext | None = None

    @property
    def size(self) -> int:
        return self._size

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        if self._disk is None and self._too_large(self._size + len(data), len(data)):
            self._move_to_disk()
        self._put(data)
        self._hash.update(data)
        self._size += len(data)

    def _too_large(self, size: int, more: int) -> bool:
        return size > self._limit or (size > SMALL and Spool._in_memory + more > TOTAL_MEMORY_LIMIT)

    def _put(self, data: bytes) -> None:
        if self._disk is None or self._encrypt is None:
            self._memory += data
            Spool._in_memory += len(data)
        else:
            _write(self._disk, self._encrypt.update(data))

    def _move_to_disk(self) -> None:
        self._disk, self._key = _unnamed(), secrets.token_bytes(32)
        self._encrypt = _encryptor(self._key)
        for start in range(0, self._size, STEP):
            self._put(bytes(self._memory[start : start + STEP]))
        self._forget()

    def _forget(self) -> None:
        Spool._in_memory -= len(self._memory)
        self._memory = bytearray()

    def extent(self) -> Extent:
        """The content so far, under a descriptor of its own. Raises ValueError once closed."""
        if self._closed:
            raise ValueError("the spool is closed")
        if self._disk is not None:
            return self._over(os.dup(self._disk), self._key)
        descriptor, key = _anonymous(), b""
        encrypt: CipherContext | None = None
        if descriptor < 0:
            descriptor, key = _unnamed(), secrets.token_bytes(32)
            encrypt = _encryptor(key)
        try:
            for start in range(0, self._size, STEP):
                part = self._memory[start : start + STEP]
                _write(descriptor, encrypt.update(bytes(part)) if encrypt else part)
        except BaseException:
            os.close(descriptor)
            raise
        return self._over(descriptor, key)

    def _over(self, descriptor: int, key: bytes) -> Extent:
        cipher = "ctr" if key else "none"
        return Extent(descriptor=descriptor, offset=0, length=self._size, size=self._size, cipher=cipher, key=key)

    def close(self) -> None:
        """Release what is held; extents handed out stay readable. Closing twice does nothing."""
        self._closed = True
        self._forget()
        if self._disk is not None:
            os.close(self._disk)
            self._disk = None

    def __del__(self) -> None:
        self.close()


def chunks(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """The bytes of a stream, at most `limit` of them. Raises ValueError when there are more."""
    seen = 0
    while data := stream.read(STEP):
        seen += len(data)
        if seen > limit:
            raise ValueError(f"more than {limit} bytes")
        yield data

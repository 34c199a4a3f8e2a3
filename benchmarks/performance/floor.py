"""What the machine could do at best: bytes that have to be read, hashed, deciphered and inflated, at measured rates.

A floor is no goal: rows have still to be decoded, kept and looked at. It shows what could be left to gain.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from isal import isal_zlib

from performance.inputs import Input

_SIZE = 128 << 20
_STEP = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Bytes in a CPU second of one core, files warm."""

    read: float
    sha256: float
    aes: float
    inflate: float
    """Of what comes out."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Bytes that one check cannot do without."""

    read: int = 0
    hashed: int = 0
    deciphered: int = 0
    inflated: int = 0

    def seconds(self, at: Rates) -> float:
        return self.read / at.read + self.hashed / at.sha256 + self.deciphered / at.aes + self.inflated / at.inflate


def rates() -> Rates:
    """As this machine does it now."""
    block = bytearray(os.urandom(_STEP))
    text = (b"01-02 03:04:05.678  1000  1234  1235 I Tag     : a line of a log " + os.urandom(8).hex().encode()) * 64
    packed = zlib.compress(text * 64, 6)
    out = bytearray(_STEP + 16)
    cipher = Cipher(algorithms.AES(bytes(32)), modes.CBC(bytes(16))).decryptor()
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(_SIZE // _STEP):
            file.write(block)
        file.flush()
        read = _rate(_SIZE, lambda: _read(Path(file.name), out))
    digest = hashlib.sha256()
    return Rates(
        read=read,
        sha256=_rate(_SIZE, lambda: [digest.update(block) for _ in range(_SIZE // _STEP)]),
        aes=_rate(_SIZE, lambda: [cipher.update_into(block, out) for _ in range(_SIZE // _STEP)]),
        inflate=_rate(len(text) * 64 * 100, lambda: [isal_zlib.decompress(packed) for _ in range(100)]),
    )


def _read(path: Path, into: bytearray) -> None:
    with path.open("rb", buffering=0) as file:
        while file.readinto(into):
            pass


def _rate(size: int, work: Callable[[], object]) -> float:
    """The best of three."""
    taken = []
    for _ in range(3):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return size / max(min(taken), 1e-9)


def load(given: Input, read: int) -> Load:
    """`read` is the size of the files that a check reads, as the ledger says."""
    packed = given.path.stat().st_size if given.path.is_file() else 0
    if given.kind == "sysdiagnose":
        return Load(read=packed, hashed=packed + read, inflated=_inflated(given.path))
    if given.kind == "bugreport":
        return Load(read=packed, hashed=packed + read, inflated=read)
    return Load(read=read, hashed=read, deciphered=read if given.encrypted else 0)


def _inflated(path: Path) -> int:
    piped = f"gzip -dc < '{path}' | wc -c"
    return int(subprocess.run(["sh", "-c", piped], check=True, capture_output=True).stdout)


def gzip_and_hash(path: Path) -> float:
    """Wall seconds of `gzip -dc FILE | sha256sum`."""
    begin = time.monotonic()
    subprocess.run(["sh", "-c", f"gzip -dc < '{path}' | sha256sum"], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin

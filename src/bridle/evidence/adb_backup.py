"""Android backups made with `adb backup` (`.ab`): versions 1 to 5, compressed or not, plain or AES-256.

Sources: AOSP `BackupManagerService`, `FullBackupEngine`, `PasswordUtils`
(https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/backup/).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterator
from dataclasses import field
from functools import partial
from pathlib import Path, PurePosixPath

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from isal import isal_zlib

from bridle.classes import dataclass
from bridle.descriptors import pread
from bridle.evidence.archive import BOUNDS, STEP, Bounds, open_evidence
from bridle.evidence.extent import Extent
from bridle.evidence.secret import Password, Secret, as_text, encoded, erase
from bridle.evidence.source import Member, NeedsPasswordError, Problem, SourceError, Wanted, WrongPasswordError
from bridle.evidence.stream import INFLATE_ERRORS, Stream, raw_deflate
from bridle.evidence.tar import TarArchive
from bridle.file_names import name_as_text

MAGIC = b"ANDROID BACKUP\n"
_MAX_HEADER = 8192
_MAX_ROUNDS = 5_000_000
_BLOCK = 16
_RATIO_FROM = 16 << 30


@dataclass(frozen=True, kw_only=True)
class _Header:
    """The text lines before the data."""

    version: int
    compressed: bool
    length: int
    """Where the data begins."""
    salts: tuple[bytes, bytes] = (b"", b"")
    """Of the password's key, and of the master key's checksum."""
    rounds: int = 0
    iv: bytes = b""
    blob: bytes = field(default=b"", repr=False)
    """Empty if the backup is not encrypted."""


@dataclass(frozen=True, kw_only=True)
class _Key:
    iv: bytes
    key: bytes = field(repr=False)


class AdbBackup:
    """One opened `.ab` file."""

    kind = "adb-backup"
    platform = "android"

    def __init__(self, extent: Extent, header: _Header, key: _Key | None, label: str, bounds: Bounds = BOUNDS) -> None:
        self.label, self.encrypted = label, key is not None
        self._extent, self._header = extent, header
        self._tar = TarArchive(Path(label), bounds=bounds, stream=partial(_Payload, extent, header, key))

    @staticmethod
    def recognise(path: Path) -> bool:
        """A file that begins with `ANDROID BACKUP`."""
        if not path.is_file():
            return False
        descriptor = open_evidence(path)
        try:
            return is_adb_backup(pread(descriptor, len(MAGIC), 0))
        finally:
            os.close(descriptor)

    @classmethod
    def open(cls, path: Path, *, password: Password, label: str | None, bounds: Bounds = BOUNDS) -> AdbBackup:
        """Open a file. Raises SourceError; asks for the password only if it is encrypted."""
        descriptor = open_evidence(path)
        size = os.fstat(descriptor).st_size
        extent = Extent(descriptor=descriptor, offset=0, length=size, size=size)
        return cls.open_extent(extent, password=password, label=name_as_text(label or path.name), bounds=bounds)

    @classmethod
    def open_extent(cls, extent: Extent, *, password: Password, label: str, bounds: Bounds = BOUNDS) -> AdbBackup:
        """Open a backup that lies inside another acquisition. Owns the Extent. Raises SourceError."""
        try:
            header = _read_header(extent)
            return cls(extent, header, _unlock(header, password) if header.blob else None, label, bounds)
        except BaseException:
            extent.close()
            raise

    @property
    def digest(self) -> str:
        return self._tar.digest

    @property
    def facts(self) -> dict[str, str]:
        return {"backup_version": str(self._header.version)}

    def members(self, wanted: Wanted) -> Iterator[Member]:
        for entry in self._tar.entries(lambda path: wanted(PurePosixPath("/adb_backup", path))):
            yield Member(
                path=PurePosixPath("/adb_backup", entry.path), member=entry.name, type=entry.type, size=entry.size,
                modified=entry.modified, state=entry.state, reason=entry.reason, content=entry.content,
            )  # fmt: skip

    def problems(self) -> tuple[Problem, ...]:
        return tuple(Problem(reason=p) for p in self._tar.problems)

    def close(self) -> None:
        self._tar.close()
        self._extent.close()


class _Payload(Stream):
    """The tar inside: decrypted and inflated while it is read."""

    def __init__(self, extent: Extent, header: _Header, key: _Key | None, bounds: Bounds = BOUNDS) -> None:
        super().__init__(extent.descriptor, bounds)
        self._file, self._header, self._key = extent.open(), header, key

    def _raw(self) -> bytes:
        data = self._file.read(STEP)
        self._hash.update(data)
        self._stored += len(data)
        return data

    def _decompressed(self) -> Iterator[bytes]:
        given = 0
        try:
            for out in self._inflated_zlib() if self._header.compressed else self._decrypted():
                given += len(out)
                limit = max(_RATIO_FROM, self._bounds.ratio * self._stored)
                if given > min(limit, self._bounds.total):
                    self.broken = f"it expands to more than {given} bytes, beyond the bounds"
                    return
                yield out
        except INFLATE_ERRORS as e:
            self.broken = f"the compressed data is damaged near byte {self._stored} of the file ({e!s:.60})"

    def _after_header(self) -> Iterator[bytes]:
        skip = self._header.length
        while data := self._raw():
            yield data[skip:]
            skip = max(0, skip - len(data))

    def _decrypted(self) -> Iterator[bytes]:
        """The data without its padding. `broken` is set where the padding is wrong, and nothing is cut off then."""
        if self._key is None:
            yield from self._after_header()
            return
        decrypt = Cipher(algorithms.AES(self._key.key), modes.CBC(self._key.iv)).decryptor()
        last, count = b"", 0
        for data in self._after_header():
            count += len(data)
            plain = last + decrypt.update(data)
            last = plain[-_BLOCK:]
            yield plain[:-_BLOCK]
        padding = last[-1] if last else 0
        if count % _BLOCK or not 1 <= padding <= _BLOCK or not last.endswith(bytes([padding]) * padding):
            self.broken = f"the encrypted data ends early, at byte {self._stored} of the file"
            yield last
        else:
            yield last[:-padding]

    def _inflated_zlib(self) -> Iterator[bytes]:
        """A zlib stream (RFC 1950). Its checksum is judged after all of it was handed out."""
        pieces = self._decrypted()
        head = b""
        while len(head) < 2 and (data := next(pieces, b"")):
            head += data
        if len(head) < 2 or head[0] & 15 != 8 or int.from_bytes(head[:2], "big") % 31 or head[1] & 32:
            raise ValueError("it is not a zlib stream")
        inflate, data, check = raw_deflate(), head[2:], 1
        while not inflate.eof:
            out = inflate.decompress(data, STEP)
            check = isal_zlib.adler32(out, check)
            yield out
            data = b""
            if not inflate.eof and inflate.needs_input:
                more = next(pieces, None)
                if more is None:
                    self.broken = self.broken or f"the compressed data ends early, at byte {self._stored} of the file"
                    return
                data = more
        trailer = inflate.unused_data
        while len(trailer) < 4 and (more := next(pieces, None)) is not None:
            trailer += more
        if trailer[:4] != check.to_bytes(4, "big"):
            self.broken = "the checksum of the compressed data is wrong"


def is_adb_backup(head: bytes) -> bool:
    """Whether a file that begins so is an `adb backup`."""
    return head.startswith(MAGIC)


def _read_header(extent: Extent) -> _Header:
    with extent.open() as file:
        head = file.read(_MAX_HEADER)
    lines = head.split(b"\n", 9)
    if not is_adb_backup(head) or len(lines) < 5:
        raise SourceError(f"The backup's header ends early or is none: it begins {head[:30]!r:.60}; copy it again.")
    version, compressed, encryption = lines[1:4]
    if version not in (b"1", b"2", b"3", b"4", b"5") or compressed not in (b"0", b"1"):
        raise SourceError(
            f"Version {version!r:.20} or compression {compressed!r:.20} of the backup is unknown to this release."
        )
    of = partial(_Header, version=int(version), compressed=compressed == b"1")
    if encryption == b"none":
        return of(length=sum(len(line) + 1 for line in lines[:4]))
    if encryption != b"AES-256":
        raise SourceError(f"The backup's encryption is unknown to this release: {encryption!r:.40}; it reads AES-256.")
    if len(lines) < 10:
        raise SourceError("The backup's header ends early; copy it again.")
    try:
        salt, check_salt, iv, blob = (bytes.fromhex(lines[i].decode()) for i in (4, 5, 7, 8))
    except ValueError:
        raise SourceError("The backup's header is damaged: its keys are not hexadecimal; copy it again.") from None
    rounds = int(lines[6]) if re.fullmatch(rb"[0-9]{1,8}", lines[6]) else 0
    if not 0 < rounds <= _MAX_ROUNDS or len(iv) != _BLOCK or not blob or len(blob) % _BLOCK:
        raise SourceError("The backup's header is damaged: its keys are not of the right length; copy it again.")
    length = sum(len(line) + 1 for line in lines[:9])
    return of(length=length, salts=(salt, check_salt), rounds=rounds, iv=iv, blob=blob)


def _unlock(header: _Header, password: Password) -> _Key:
    given = password()
    if given is None:
        raise NeedsPasswordError("The Android backup is encrypted; give its password with --password-file.")
    with encoded(given) as secret, encoded(_low_bytes(given)) as low:
        erase(given)
        for one in (secret,) if secret == low else (secret, low):
            key = hashlib.pbkdf2_hmac("sha1", one, header.salts[0], header.rounds, 32)
            blob = Cipher(algorithms.AES(key), modes.CBC(header.iv)).decryptor().update(header.blob)
            if (opened := _master_key(blob, header)) is not None:
                return opened
    raise WrongPasswordError("The password does not open the Android backup; give the one typed on the phone.")


def _low_bytes(password: Secret) -> bytearray:
    """`PBKDF2WithHmacSHA1And8bit` of version 1: of each UTF-16 unit the low byte."""
    return bytearray(as_text(password).encode("utf-16-le", "surrogatepass")[::2])


def _master_key(blob: bytes, header: _Header) -> _Key | None:
    """The master key in a decrypted blob: three fields, each after its length. None if its checksum is wrong."""
    parts, at = [], 0
    for _ in range(3):
        length = blob[at] if at < len(blob) else 0
        parts.append(blob[at + 1 : at + 1 + length])
        at += 1 + length
    iv, key, checksum = parts
    if len(iv) != _BLOCK or len(key) != 32 or len(checksum) != 32:
        return None
    for secret in (_java_characters(key), key):
        found = hashlib.pbkdf2_hmac("sha1", secret, header.salts[1], header.rounds, 32)
        if hmac.compare_digest(found, checksum):
            return _Key(iv=iv, key=key)
    return None


def _java_characters(key: bytes) -> bytes:
    """The key as Java makes text of it since version 2: each byte a character, 0x80 and above U+FF80 …, in UTF-8."""
    return "".join(chr(b if b < 0x80 else 0xFF00 | b) for b in key).encode()

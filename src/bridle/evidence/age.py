"""age files, decrypted where they are read: X25519 identities and passphrases, authenticated chunk by chunk.

Source: the age v1 specification, https://c2sp.org/age .
"""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.evidence.archive import open_evidence
from bridle.evidence.source import WrongPasswordError

MAGIC = b"age-encryption.org/v1\n"
_MAX_HEADER, _MAX_LINE, _MAX_STANZAS = 1 << 18, 1 << 12, 2_000
_MAX_WORK = 20
"""scrypt's cost as a power of two: 2^20 takes a gigabyte of memory, `age` itself asks for 2^18."""
_CHUNK, _TAG, _NONCE = 65_536, 16, 16
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+", re.IGNORECASE)


@dataclass(frozen=True)
class _Stanza:
    arguments: tuple[bytes, ...]
    body: bytes


def is_age(head: bytes) -> bool:
    """Whether a file that begins so is an age file (binary; armour is not read)."""
    return head.startswith(MAGIC)


def open_stream(source: Path | BinaryIO, secret: str) -> BinaryIO:
    """The content as a seekable file. `secret` is a passphrase, or holds an `AGE-SECRET-KEY-1…` line.

    Raises WrongPasswordError, or FormatError when header or last chunk are not authentic; reading raises FormatError
    at a chunk that is not. A file given by path is closed with the stream.
    """
    return _opened(source, secret, partly=False)[0]


def open_partly(source: Path | BinaryIO, secret: str) -> tuple[BinaryIO, int | None]:
    """As `open_stream`, but where the last chunk is missing or not authentic, the content before it.

    With the number of bytes at the end of the file that are left out for that; None for a whole file. A writer that is
    interrupted leaves such a file, and every chunk before the last is authentic on its own.
    """
    return _opened(source, secret, partly=True)


def _opened(source: Path | BinaryIO, secret: str, *, partly: bool) -> tuple[BinaryIO, int | None]:
    owned = isinstance(source, Path)
    file = os.fdopen(open_evidence(source), "rb") if isinstance(source, Path) else source
    try:
        plain = _Plain(file, secret, owned=owned, partly=partly)
        return io.BufferedReader(plain, buffer_size=_CHUNK), plain.left_out
    except BaseException:
        if owned:
            file.close()
        raise


class _Plain(io.RawIOBase):
    """Random access to the content, one authenticated chunk of 64 KiB at a time."""

    def __init__(self, file: BinaryIO, secret: str, *, owned: bool, partly: bool) -> None:
        self._file, self._owned = file, owned
        self.left_out: int | None = None
        file.seek(0)
        file_key = _open_header(file, secret)
        nonce = file.read(_NONCE)
        if len(nonce) < _NONCE:
            raise FormatError("age: the file ends before its content")
        self._cipher = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
        self._base = file.tell()
        stored = file.seek(0, os.SEEK_END) - self._base
        self._chunks = -(-stored // (_CHUNK + _TAG))
        self._size = stored - _TAG * self._chunks
        self._position, self._cached, self._content = 0, -1, b""
        self._ended = True
        try:
            self._see_the_end()
        except FormatError:
            if not partly:
                raise
            self._leave_out(stored)

    def _see_the_end(self) -> None:
        last = self._chunk(self._chunks - 1) if self._chunks else b""
        if not self._chunks or (not last and self._chunks > 1):
            raise FormatError("age: the file ends early; its last chunk is missing")

    def _leave_out(self, stored: int) -> None:
        """The content ends with the last chunk that is authentic as one that others follow. Raises FormatError."""
        self._ended = False
        whole = stored // (_CHUNK + _TAG)
        for count in (whole, whole - 1):
            self._chunks, self._cached = count, -1
            if count > 0 and self._is_authentic(count - 1):
                self._size = count * _CHUNK
                self.left_out = stored - count * (_CHUNK + _TAG)
                return
        raise FormatError("age: the file ends early, or was altered, in its first chunks")

    def _is_authentic(self, number: int) -> bool:
        try:
            return bool(self._chunk(number))
        except FormatError:
            return False

    def close(self) -> None:
        if self._owned and not self.closed:
            self._file.close()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        position = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence] + offset
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        self._position = position
        return position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._position >= self._size:
            return 0
        number, skip = divmod(self._position, _CHUNK)
        part = self._chunk(number)[skip : skip + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        if number != self._cached:
            self._file.seek(self._base + number * (_CHUNK + _TAG))
            stored = self._file.read(_CHUNK + _TAG)
            last = self._ended and number == self._chunks - 1
            try:
                self._content = self._cipher.decrypt(number.to_bytes(11, "big") + bytes([last]), stored, None)
            except (InvalidTag, ValueError):
                what = "the file ends early, or its last chunk was altered" if last else f"chunk {number} was altered"
                raise FormatError(f"age: {what}") from None
            self._cached = number
        return self._content


def _open_header(file: BinaryIO, secret: str) -> bytes:
    """The file key. Leaves the file at the nonce."""
    signed, stanzas, mac = _read_header(file)
    identities = _IDENTITY.findall(secret)
    if any(s.arguments[:1] == (b"scrypt",) for s in stanzas):
        if len(stanzas) != 1:
            raise FormatError("age: a passphrase stands beside other recipients")
        file_key = _by_passphrase(stanzas[0], secret.strip("\r\n"))
        if file_key is None:
            raise WrongPasswordError("The passphrase does not open this age file; give the right one.")
    else:
        if not identities:
            raise WrongPasswordError("This age file opens with an identity; give its line AGE-SECRET-KEY-1….")
        file_key = next((k for i in identities for s in stanzas if (k := _by_identity(s, i))), None)
        if file_key is None:
            raise WrongPasswordError("The age identity does not open this file; give that of one of its recipients.")
    check = hmac.HMAC(_hkdf(file_key, b"", b"header"), hashes.SHA256())
    check.update(signed)
    try:
        check.verify(mac)
    except InvalidSignature:
        raise FormatError("age: the header was altered") from None
    return file_key


def _read_header(file: BinaryIO) -> tuple[bytes, list[_Stanza], bytes]:
    """What the header's MAC covers, its stanzas, and the MAC."""
    raw = _line(file)
    if raw != MAGIC:
        raise FormatError(f"age: expected {MAGIC!r}, got {raw!r:.60}")
    stanzas: list[_Stanza] = []
    while True:
        line = _line(file)
        if line.startswith(b"--- "):
            return raw + b"---", stanzas, _base64(line[4:-1])
        if not line.startswith(b"-> ") or len(stanzas) >= _MAX_STANZAS:
            raise FormatError(f"age: expected a recipient, got {line!r:.60}")
        raw += line
        body = b""
        while True:
            part = _line(file)
            raw += part
            body += part[:-1]
            if len(raw) > _MAX_HEADER:
                raise FormatError(f"age: a header of more than {_MAX_HEADER} bytes")
            if len(part) < 65:
                break
        stanzas.append(_Stanza(tuple(line[3:-1].split(b" ")), _base64(body)))


def _line(file: BinaryIO) -> bytes:
    line = file.readline(_MAX_LINE)
    if not line.endswith(b"\n"):
        raise FormatError(f"age: the header ends early, at {line!r:.60}")
    return line


def _base64(text: bytes) -> bytes:
    """Base 64 without padding, in its one canonical form."""
    try:
        value = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        value = b""
    if base64.b64encode(value).rstrip(b"=") != text:
        raise FormatError(f"age: not base 64: {text!r:.60}")
    return value


def _by_identity(stanza: _Stanza, identity: str) -> bytes | None:
    if len(stanza.arguments) != 2 or stanza.arguments[0] != b"X25519":
        return None
    ephemeral = _base64(stanza.arguments[1])
    if len(ephemeral) != 32 or len(stanza.body) != 32:
        raise FormatError("age: a malformed X25519 recipient")
    private = X25519PrivateKey.from_private_bytes(_secret_key(identity))
    public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        key = _hkdf(shared, ephemeral + public, b"age-encryption.org/v1/X25519")
        return ChaCha20Poly1305(key).decrypt(bytes(12), stanza.body, None)
    except (InvalidTag, ValueError):
        return None


def _by_passphrase(stanza: _Stanza, passphrase: str) -> bytes | None:
    if len(stanza.arguments) != 3 or not re.fullmatch(rb"[1-9][0-9]?", stanza.arguments[2]):
        raise FormatError("age: a malformed passphrase recipient")
    salt, work = _base64(stanza.arguments[1]), int(stanza.arguments[2])
    if work > _MAX_WORK or len(salt) != 16 or len(stanza.body) != 32:
        raise FormatError(f"age: scrypt with a cost of 2^{work} and a salt of {len(salt)} bytes, beyond the bounds")
    scrypt = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << work, r=8, p=1)
    try:
        return ChaCha20Poly1305(scrypt.derive(passphrase.encode())).decrypt(bytes(12), stanza.body, None)
    except InvalidTag:
        return None


def _hkdf(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, purpose).derive(key)


def _secret_key(identity: str) -> bytes:
    """The 32 bytes of an `AGE-SECRET-KEY-1…` (Bech32). Raises WrongPasswordError."""
    if identity not in (identity.upper(), identity.lower()):
        raise WrongPasswordError("The age identity mixes upper and lower case; give the line as it was made.")
    prefix, _, text = identity.lower().rpartition("1")
    values = [_BECH32.find(c) for c in text]
    if -1 in values or _checksum([ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values) != 1:
        raise WrongPasswordError("The age identity has a typing error (its checksum is wrong); give the whole line.")
    number = 0
    for v in values[:-6]:
        number = number << 5 | v
    spare = 5 * len(values[:-6]) - 256
    if not 0 <= spare < 5 or number & ((1 << spare) - 1):
        raise WrongPasswordError("The age identity is not of 32 bytes; give the whole line.")
    return (number >> spare).to_bytes(32, "big")


def _checksum(values: list[int]) -> int:
    check = 1
    for v in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= g if top >> i & 1 else 0
    return check

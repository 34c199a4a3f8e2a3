"""Signatures of minisign, prehashed (`ED`), and its keys, plain or under a password.

Sources: https://jedisct1.github.io/minisign/ (formats), libsodium's `pickparams` of
crypto_pwhash_scryptsalsa208sha256 (what its limits mean for scrypt), RFC 7914.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bridle.case.signature_errors import KeyFileError, SignatureError

COMMENT = b"untrusted comment: "
_UNTRUSTED = COMMENT + b"signature of a bridle case\n"
_TRUSTED = b"trusted comment: "
_MEANT = b"bridle-case"
"""The trusted comment: what the signature is for. Signed, and without a time, so that the bytes are always the same."""
_MOST_MEMORY, _MOST_WORK = 1 << 30, 1 << 25
"""What minisign itself writes for a password (`SENSITIVE`); more is not done for a key file."""


class Parsed(NamedTuple):
    """A signature's parts."""

    key_id: bytes
    signature: bytes
    trusted: bytes
    of_both: bytes
    """Signature of the signature and the trusted comment."""


def public_text(raw: bytes, key_id: bytes) -> str:
    """`RW…`."""
    return base64.b64encode(b"Ed" + key_id + raw).decode()


def public_raw(text: str) -> tuple[bytes, bytes]:
    """The 32 bytes and the key id of a public key's file or line. Raises SignatureError."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(COMMENT.decode())]
    blob = _decoded(lines[0].strip().encode() if len(lines) == 1 else b"", 42, "public key")
    if blob[:2] != b"Ed":
        raise SignatureError(f"expected a public key of OpenSSH or minisign, got {text!r:.60}")
    return blob[10:], blob[2:10]


def fingerprint(key_id: bytes) -> str:
    """The key id as minisign prints it."""
    return f"minisign {int.from_bytes(key_id, 'little'):016X}"


def seed(stored: bytes, path: Path, ask: Callable[[], str | None] | None) -> tuple[bytes, bytes]:
    """The 32 secret bytes and the key id of a secret key. Raises KeyFileError."""
    try:
        blob = _decoded(stored.split(b"\n")[1].strip(), 158, "secret key")
    except (IndexError, SignatureError) as e:
        raise KeyFileError(f"{path} is no minisign secret key: its second line is damaged") from e
    kind, derived, checked, salt, work, memory, key = struct.unpack("<2s2s2s32sQQ104s", blob)
    if kind != b"Ed" or checked != b"B2" or derived not in (b"Sc", b"\0\0"):
        raise KeyFileError(f"{path} is a minisign secret key of an unknown kind; expected Ed25519 with BLAKE2b")
    if derived == b"Sc":
        key = _opened(key, salt, (work, memory), path, ask)
    key_id, secret, checksum = key[:8], key[8:72], key[72:]
    unchecked = derived != b"Sc" and checksum == bytes(32)  # as `minisign -W` of version 0.11 writes it
    expected = hashlib.blake2b(kind + key_id + secret, digest_size=32).digest()
    if not (unchecked or checksum == expected) or _public(secret[:32]) != secret[32:]:
        raise KeyFileError(f"the key {path} does not open: its password is another, or it is damaged")
    return secret[:32], key_id


def _public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _opened(
    key: bytes, salt: bytes, limits: tuple[int, int], path: Path, ask: Callable[[], str | None] | None
) -> bytes:
    work, memory = limits
    if memory > _MOST_MEMORY or work > _MOST_WORK:
        raise KeyFileError(f"the key {path} asks for more memory or work than minisign does; make a new one")
    password = ask() if ask else None
    if not password:
        raise KeyFileError(f"the key {path} has a password; give it in a file with --passphrase-file")
    cost, parallel = scrypt_parameters(work, memory)
    try:
        stream = Scrypt(salt=salt, length=len(key), n=cost, r=8, p=parallel).derive(password.encode())
    except MemoryError as e:
        raise KeyFileError(f"opening the key {path} needs {memory >> 20} MiB of memory; free some") from e
    return bytes(a ^ b for a, b in zip(key, stream, strict=True))


def scrypt_parameters(work: int, memory: int) -> tuple[int, int]:
    """N and p of scrypt (r is 8) for libsodium's limits of operations and of bytes."""
    work = max(work, 32768)
    if work < memory // 32:
        return _power(work // 32), 1
    cost = _power(memory // 1024)
    return cost, max(1, min(work // 4 // cost, 0x3FFFFFFF) // 8)


def _power(most: int) -> int:
    """The first power of two, from 2 on, that is more than half of `most`."""
    found = 2
    while found <= most // 2:
        found *= 2
    return found


def signed(secret: Ed25519PrivateKey, key_id: bytes, message: bytes) -> bytes:
    """The signature's file."""
    signature = secret.sign(hashlib.blake2b(message).digest())
    return _written(Parsed(key_id, signature, _MEANT, secret.sign(signature + _MEANT)))


def signed_parts(stored: bytes, message: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Signatures and what each is of: of the message, and of that signature with its comment."""
    found = parsed(stored)
    yield found.signature, hashlib.blake2b(message).digest()
    yield found.of_both, found.signature + found.trusted


def parsed(stored: bytes) -> Parsed:
    """A signature's file as it is written here. Raises SignatureError."""
    lines = stored.split(b"\n")
    if len(lines) != 5 or not lines[2].startswith(_TRUSTED):
        raise SignatureError("is neither an OpenSSH nor a minisign signature")
    blob, of_both = _decoded(lines[1], 74, "signature"), _decoded(lines[3], 64, "signature")
    if blob[:2] != b"ED":
        raise SignatureError("is no prehashed minisign signature (ED)")
    found = Parsed(blob[2:10], blob[10:], lines[2].removeprefix(_TRUSTED), of_both)
    if found.trusted != _MEANT:
        raise SignatureError(
            f"was made for {found.trusted.decode('utf-8', 'replace')!r:.60}, not for {_MEANT.decode()!r}"
        )
    if _written(found) != stored:
        raise SignatureError("was changed: it is not written as bridle writes a signature of minisign")
    return found


def _written(found: Parsed) -> bytes:
    first = base64.b64encode(b"ED" + found.key_id + found.signature)
    return _UNTRUSTED + first + b"\n" + _TRUSTED + found.trusted + b"\n" + base64.b64encode(found.of_both) + b"\n"


def _decoded(text: bytes, size: int, what: str) -> bytes:
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        blob = b""
    if len(blob) != size:
        raise SignatureError(f"is no minisign {what}: expected {size} bytes in base64, got {text!r:.60}")
    return blob

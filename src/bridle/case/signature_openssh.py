"""Signatures of OpenSSH (`ssh-keygen -Y sign`), and its Ed25519 keys.

Sources: PROTOCOL.sshsig and PROTOCOL.key of OpenSSH (https://github.com/openssh/openssh-portable), RFC 8709.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from bridle.case.signature_errors import KeyFileError, SignatureError

BEGIN_PRIVATE = b"-----BEGIN OPENSSH PRIVATE KEY-----"
BEGIN_SIGNATURE = b"-----BEGIN SSH SIGNATURE-----"
NAMESPACE = "bridle-case"
"""What the signature is for, so that one made for something else is none of a case: `-n bridle-case`."""
_KIND = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_PASSPHRASE = "has a passphrase; give it in a file with --passphrase-file"  # noqa: S105 - a sentence


class Parsed(NamedTuple):
    """A signature's parts: the key's 32 bytes, what it is for, the hash's name, the 64 bytes of the signature."""

    raw: bytes
    namespace: bytes
    hash_name: bytes
    signature: bytes


def public_text(raw: bytes) -> str:
    """`ssh-ed25519 AAAA…`."""
    return f"ssh-ed25519 {base64.b64encode(public_blob(raw)).decode()}"


def public_raw(text: str) -> bytes:
    """The 32 bytes of `ssh-ed25519 AAAA… comment`. Raises SignatureError."""
    parts = text.split()
    if parts[:1] != ["ssh-ed25519"]:
        raise SignatureError(f"expected an Ed25519 key (ssh-ed25519 …), got {text!r:.60}")
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except (IndexError, ValueError):
        raise SignatureError(f"expected ssh-ed25519 and base64, got {text!r:.60}") from None
    return raw_key(blob)


def fingerprint(raw: bytes) -> str:
    """`SHA256:…`, as `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_blob(raw)).digest()).decode().rstrip("=")


def seed(stored: bytes, path: Path, ask: Callable[[], str | None] | None) -> bytes:
    """The 32 secret bytes of a private key. Raises KeyFileError."""
    try:
        key = _loaded(stored, path, ask)
    except UnsupportedAlgorithm as e:
        if "bcrypt" in str(e):
            raise KeyFileError(
                f"the key {path} has a passphrase, and opening it needs the package bcrypt: pip install bridle[seal]"
            ) from e
        raise KeyFileError(f"the key {path} is of a kind that is not read: {e}") from e
    except KeyFileError:
        raise
    except ValueError as e:
        raise KeyFileError(f"the key {path} does not open: its passphrase is another, or it is damaged") from e
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"the key {path} is no Ed25519 key; `ssh-keygen -t ed25519 -f FILE` makes one")
    return key.private_bytes_raw()


def _loaded(stored: bytes, path: Path, ask: Callable[[], str | None] | None) -> object:
    try:
        return load_ssh_private_key(stored, None)
    except TypeError:
        passphrase = ask() if ask else None
    if not passphrase:
        raise KeyFileError(f"the key {path} {_PASSPHRASE}")
    return load_ssh_private_key(stored, passphrase.encode())


def signed(secret: Ed25519PrivateKey, message: bytes, namespace: str = NAMESPACE) -> bytes:
    """The signature's file."""
    signature = secret.sign(signed_bytes(namespace.encode(), b"sha512", message))
    return _armored(Parsed(secret.public_key().public_bytes_raw(), namespace.encode(), b"sha512", signature))


def signed_parts(stored: bytes, message: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Signatures and what each is of."""
    found = parsed(stored)
    yield found.signature, signed_bytes(found.namespace, found.hash_name, message)


def parsed(stored: bytes) -> Parsed:
    """A signature's file, which must be written as ssh-keygen writes it. Raises SignatureError."""
    lines = stored.split(b"\n")
    try:
        blob = base64.b64decode(b"".join(lines[1:-2]), validate=True)
    except ValueError:
        raise SignatureError("is no OpenSSH signature: its base64 is damaged") from None
    found = unpacked(blob)
    if found.namespace != NAMESPACE.encode():
        raise SignatureError(f"was made for {found.namespace.decode('utf-8', 'replace')!r:.60}, not for {NAMESPACE!r}")
    if _armored(found) != stored:
        raise SignatureError("was changed: it is not written as ssh-keygen writes a signature")
    return found


def unpacked(blob: bytes) -> Parsed:
    """What lies in a signature's base64, whatever it is for. Raises SignatureError."""
    if blob[:10] != _MAGIC + struct.pack(">I", 1):
        raise SignatureError("is no OpenSSH signature of version 1")
    public, namespace, _, hash_name, signature = _strings(blob[10:], 5)
    if hash_name not in _HASHES:
        raise SignatureError(f"uses the hash {hash_name.decode('utf-8', 'replace')!r:.60}, expected sha512")
    kind, value = _strings(signature, 2)
    if kind != _KIND or len(value) != 64:
        raise SignatureError("is not of an Ed25519 key")
    return Parsed(raw_key(public), namespace, hash_name, value)


def signed_bytes(namespace: bytes, hash_name: bytes, message: bytes) -> bytes:
    """What the key signs."""
    parts = (namespace, b"", hash_name, _HASHES[hash_name](message).digest())
    return _MAGIC + b"".join(map(_string, parts))


def _armored(found: Parsed) -> bytes:
    inner = _string(_KIND) + _string(found.signature)
    parts = (public_blob(found.raw), found.namespace, b"", found.hash_name, inner)
    text = base64.b64encode(_MAGIC + struct.pack(">I", 1) + b"".join(map(_string, parts)))
    wrapped = b"\n".join(text[i : i + 70] for i in range(0, len(text), 70))
    return BEGIN_SIGNATURE + b"\n" + wrapped + b"\n-----END SSH SIGNATURE-----\n"


def public_blob(raw: bytes) -> bytes:
    """A public key as OpenSSH writes it in binary."""
    return _string(_KIND) + _string(raw)


def raw_key(blob: bytes) -> bytes:
    """The 32 bytes of a public key in binary. Raises SignatureError."""
    kind, raw = _strings(blob, 2)
    if kind != _KIND or len(raw) != 32:
        raise SignatureError(f"expected an Ed25519 key, got one of kind {kind.decode('utf-8', 'replace')!r:.60}")
    return raw


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _strings(blob: bytes, count: int) -> list[bytes]:
    """Exactly so many strings, each after its length in four bytes."""
    found, at = [], 0
    for _ in range(count):
        length = int.from_bytes(blob[at : at + 4], "big")
        if at + 4 + length > len(blob):
            raise SignatureError("ends early")
        found.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(blob):
        raise SignatureError("has more in it than a signature of Ed25519")
    return found

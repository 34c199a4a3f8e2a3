"""Signatures that anybody can check without bridle: Ed25519 in the form of OpenSSH or of minisign.

Which form is decided by the key. Both are deterministic: the same key and bytes give the same signature.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bridle.case import signature_minisign as minisign
from bridle.case import signature_openssh as openssh
from bridle.case.signature_errors import KeyFileError, SignatureError
from bridle.classes import dataclass

__all__ = ["KeyFileError", "PublicKey", "SignatureError", "SigningKey", "holds", "public_key", "signing_key"]

LIMIT = 1 << 16
"""Bytes that a key or a signature may have."""
Ask = Callable[[], str | None]
"""Gives the passphrase of a key, or None if there is none to be had."""


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 key as its owner publishes it. `key_id` are minisign's 8 bytes, empty for OpenSSH."""

    raw: bytes
    key_id: bytes = b""

    @property
    def form(self) -> str:
        """`minisign` or `openssh`."""
        return "minisign" if self.key_id else "openssh"

    @property
    def text(self) -> str:
        """As in the public key's file, without a comment: `ssh-ed25519 AAAA…`, or minisign's `RW…`."""
        return minisign.public_text(self.raw, self.key_id) if self.key_id else openssh.public_text(self.raw)

    @property
    def fingerprint(self) -> str:
        """What is read out on the telephone: `SHA256:…` as of `ssh-keygen -l`, or minisign's key id."""
        return minisign.fingerprint(self.key_id) if self.key_id else openssh.fingerprint(self.raw)


@dataclass(frozen=True)
class SigningKey:
    """The secret half."""

    seed: bytes = field(repr=False)
    key_id: bytes = b""

    @property
    def public(self) -> PublicKey:
        """The public half."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return PublicKey(key.public_bytes_raw(), self.key_id)

    def sign(self, message: bytes) -> bytes:
        """The signature's file."""
        secret = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.key_id:
            return minisign.signed(secret, self.key_id, message)
        return openssh.signed(secret, message)


def signing_key(path: Path, ask: Ask | None = None) -> SigningKey:
    """The secret key in a file, an OpenSSH private key or a minisign secret key. Raises KeyFileError."""
    stored = _private(path)
    if stored.startswith(openssh.BEGIN_PRIVATE):
        return SigningKey(openssh.seed(stored, path, ask))
    if stored.startswith(minisign.COMMENT):
        return SigningKey(*minisign.seed(stored, path, ask))
    raise KeyFileError(
        f"{path} is neither an OpenSSH private key nor a minisign secret key; `ssh-keygen -t ed25519 -f FILE` makes one"
    )


def _private(path: Path) -> bytes:
    try:
        info = path.stat()
        if os.name == "posix" and stat.S_IMODE(info.st_mode) & 0o077:
            raise KeyFileError(f"others may read the key {path}; run `chmod 600` on it first")
        with path.open("rb") as file:
            return file.read(LIMIT)
    except OSError as e:
        raise KeyFileError(f"the key {path} cannot be read: {e.strerror}; name the file with --key") from e


def public_key(text: str) -> PublicKey:
    """From a public key's file, OpenSSH's or minisign's, or from `PublicKey.text`. Raises SignatureError."""
    if text.lstrip().startswith("ssh-"):
        return PublicKey(openssh.public_raw(text))
    return PublicKey(*minisign.public_raw(text))


def public_key_file(path: Path) -> PublicKey:
    """The public key in a file. Raises KeyFileError."""
    try:
        with path.open("rb") as file:
            return public_key(file.read(LIMIT).decode("utf-8", "replace"))
    except OSError as e:
        raise KeyFileError(f"the public key {path} cannot be read: {e.strerror}") from e
    except SignatureError as e:
        raise KeyFileError(f"{path} is no public key: {e}; name the .pub file that the sealer gave you") from e


def key_of(signature: bytes) -> PublicKey | bytes:
    """Whose a signature says it is: OpenSSH's holds the key, minisign's the key id. Raises SignatureError."""
    if signature.startswith(openssh.BEGIN_SIGNATURE):
        return PublicKey(openssh.parsed(signature).raw)
    return minisign.parsed(signature).key_id


def holds(signature: bytes, message: bytes, key: PublicKey) -> None:
    """Raises SignatureError, which says what is wrong, unless the key signed the message and no byte was changed."""
    claimed = key_of(signature)
    if claimed != (key if isinstance(claimed, PublicKey) else key.key_id):
        said = claimed.fingerprint if isinstance(claimed, PublicKey) else minisign.fingerprint(claimed)
        raise SignatureError(f"was made with another key ({said}), not with {key.fingerprint}")
    parts = minisign.signed_parts(signature, message) if key.key_id else openssh.signed_parts(signature, message)
    for what, signed in parts:
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(what, signed)
        except InvalidSignature:
            raise SignatureError("does not fit: one of the two was changed, or belongs to another case") from None

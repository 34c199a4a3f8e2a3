"""The two keys of a list project, and what is derived from them.

The first key opens the selections; the second lies in the project too, but is wrapped to other people's age identities.
Numbers, and the tokens that stand for them, need both: neither key alone tells whether a number is on the list, because
a token cannot be computed without the second. Sources: the age specification (C2SP/C2SP age.md), RFC 5869 (HKDF),
RFC 2104 (HMAC).
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridle.case.keys import LIMIT, CaseKey, Identity
from bridle.classes import dataclass


class ProjectError(Exception):
    """A list project that cannot be read or written. One sentence with the next step."""


class ProjectLockedError(ProjectError):
    """The identities at hand do not open what was asked for."""


@dataclass(frozen=True)
class Keys:
    """The first key, and the second where its holder takes part."""

    first: bytes = field(repr=False)
    second: bytes | None = field(repr=False, default=None)

    def selections(self, name: str) -> CaseKey:
        """The key of a table of selections; of each import its own, so that no file stands in for another."""
        return CaseKey(_derived(self.first, f"selections {name}"))

    def sealing(self, purpose: str) -> bytes:
        """The key of what is sealed for those who may see selections."""
        return _derived(self.first, f"sealed {purpose}")

    def numbers(self, name: str) -> CaseKey:
        """The key of a table of numbers. Raises ProjectLockedError without the second key."""
        return CaseKey(_derived(self._both(), f"numbers {name}"))

    def tokens(self) -> bytes:
        """The key of the tokens. Raises ProjectLockedError without the second key."""
        return _derived(self._both(), "tokens")

    def _both(self) -> bytes:
        if self.second is None:
            raise ProjectLockedError("this needs the second key too; its holder takes part with --second-identity FILE")
        return self.first + self.second


def new_keys() -> Keys:
    """Two fresh random keys."""
    return Keys(secrets.token_bytes(32), secrets.token_bytes(32))


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"bridle list project 1: {purpose}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)


def unwrapped(stored: bytes, identity: Identity, which: str) -> bytes:
    """A wrapped key with an identity. Raises ProjectLockedError."""
    try:
        raw = bytes(pyrage.decrypt(stored, list(identity.keys())))
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as e:
        raise ProjectLockedError(
            f"this identity does not open the {which} key of the project; use one that it was made for"
        ) from e
    if len(raw) != 32:
        raise ProjectError(f"the {which} key of the project has {len(raw)} bytes, expected 32; use another copy")
    return raw


def sealed(key: bytes, bound: str, value: Any) -> bytes:
    """A value as JSON under AES-256-GCM, bound to a place: nonce and ciphertext."""
    nonce = os.urandom(12)
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return nonce + AESGCM(key).encrypt(nonce, plain, bound.encode())


def unsealed(key: bytes, bound: str, stored: bytes) -> Any:
    """What was sealed. Raises ValueError for anything else."""
    try:
        return json.loads(AESGCM(key).decrypt(stored[:12], stored[12:], bound.encode()))
    except (InvalidTag, ValueError, RecursionError) as e:
        raise ValueError("it was changed, or is of another project") from e


def identity_from(path: Path) -> Identity:
    """Another person's identity from a file that they alone may read. Raises ProjectLockedError.

    One under a passphrase is opened with `BRIDLE_SECOND_PASSPHRASE`.
    """
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ProjectLockedError(f"others may read the identity {path}; run `chmod 600` on it first")
        with path.open("rb") as file:
            stored = file.read(LIMIT)
        if stored.startswith((b"-----BEGIN AGE ENCRYPTED FILE-----", b"age-encryption.org/v1")):
            stored = bytes(pyrage.passphrase.decrypt(stored, os.environ.get("BRIDLE_SECOND_PASSPHRASE", "")))
    except OSError as e:
        raise ProjectLockedError(f"the identity {path} cannot be read: {e.strerror}; check its path") from e
    except pyrage.DecryptError as e:
        raise ProjectLockedError(f"the identity {path} has a passphrase; give it in BRIDLE_SECOND_PASSPHRASE") from e
    return Identity(stored.decode("utf-8", "replace"))


class Tokens:
    """Makes tokens of numbers: HMAC-SHA-256 (RFC 2104), the first 128 bits as hex; the key's blocks are hashed once."""

    def __init__(self, key: bytes) -> None:
        """`key` is of at most 64 bytes, one block of SHA-256."""
        block = key.ljust(64, b"\0")
        self._inner = sha256(bytes(b ^ 0x36 for b in block)).copy
        self._outer = sha256(bytes(b ^ 0x5C for b in block)).copy

    def of(self, text: str) -> str:
        """The token of a normalised number (`+…`), or of what stands for it."""
        inner, outer = self._inner(), self._outer()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:32]

"""A file encrypted with age for a passphrase. The same bytes each time, for nothing in it is a secret.

Source: the age v1 specification, https://c2sp.org/age .
"""

from __future__ import annotations

import base64
import hmac
import struct
from random import Random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_WORK = 14
"""scrypt's cost as a power of two; `age` itself takes 18, which takes a second."""
_CHUNK = 1 << 16


def sealed(data: bytes, passphrase: str, chance: Random) -> bytes:
    """The encrypted file."""
    secret, salt, nonce = (chance.randbytes(16) for _ in range(3))
    wrapping = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << _WORK, r=8, p=1)
    wrapped = ChaCha20Poly1305(wrapping.derive(passphrase.encode())).encrypt(bytes(12), secret, None)
    head = f"age-encryption.org/v1\n-> scrypt {_base64(salt)} {_WORK}\n{_base64(wrapped)}\n---"
    mac = hmac.digest(_derived(secret, b"", b"header"), head.encode(), "sha256")
    cipher = ChaCha20Poly1305(_derived(secret, nonce, b"payload"))
    chunks = [data[n : n + _CHUNK] for n in range(0, len(data), _CHUNK)] or [b""]
    body = b"".join(
        cipher.encrypt(bytes(3) + struct.pack(">Q?", n, n == len(chunks) - 1), chunk, None)
        for n, chunk in enumerate(chunks)
    )
    return f"{head} {_base64(mac)}\n".encode() + nonce + body


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=purpose).derive(secret)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")

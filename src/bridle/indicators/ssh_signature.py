"""Signatures as `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` checks them, with Ed25519 keys.

Source: PROTOCOL.sshsig of OpenSSH (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
import subprocess
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from bridle.classes import dataclass

LARGEST = 1 << 14
"""Bytes of a signature or of a key file."""
_KIND = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}


class SignatureError(ValueError):
    """A signature or key that is none, or that does not fit. One sentence with the next step."""


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key."""

    raw: bytes

    @classmethod
    def of_line(cls, line: str) -> PublicKey:
        """The key of a line `ssh-ed25519 AAAA… comment`. Raises SignatureError."""
        fields = line.split()
        if len(fields) < 2 or fields[0] != _KIND.decode():
            raise SignatureError(f"expected a line `ssh-ed25519 AAAA…`, got {line.strip()!r:.60}")
        try:
            return cls.of_blob(base64.b64decode(fields[1], validate=True))
        except binascii.Error:
            raise SignatureError(f"expected base64 after ssh-ed25519, got {fields[1]!r:.60}") from None

    @classmethod
    def of_blob(cls, blob: bytes) -> PublicKey:
        """The key as OpenSSH writes it in binary. Raises SignatureError."""
        kind, raw = _strings(blob, 2)
        if kind != _KIND or len(raw) != 32:
            raise SignatureError(f"expected an ssh-ed25519 key, got {kind.decode('latin-1')!r:.60}")
        return cls(raw)

    @property
    def blob(self) -> bytes:
        return _string(_KIND) + _string(self.raw)

    @property
    def line(self) -> str:
        """As in a `.pub` file."""
        return f"{_KIND.decode()} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


def public_key(file: Path) -> PublicKey:
    """The key of a `.pub` file. Raises SignatureError."""
    lines = _small(file).decode("utf-8", "replace").strip().splitlines()
    if len(lines) != 1:
        raise SignatureError(f"{file}: expected one line `ssh-ed25519 AAAA…`: the .pub file of a key")
    return PublicKey.of_line(lines[0])


def sign(message: bytes, key: Path, namespace: str) -> bytes:
    """An armored signature by the private key in a file. Raises SignatureError.

    What cannot be opened here (a key with a passphrase, a `.pub` file whose key is in an agent) is left to ssh-keygen.
    """
    stored = _small(key)
    try:
        secret = load_ssh_private_key(stored, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _by_ssh_keygen(message, key, namespace)
    if not isinstance(secret, Ed25519PrivateKey):
        raise SignatureError(f"{key}: expected an ssh-ed25519 key; make one with `ssh-keygen -t ed25519`")
    public = PublicKey(secret.public_key().public_bytes_raw())
    signed = secret.sign(_signed(namespace.encode(), b"sha512", message))
    blob = (
        _MAGIC + struct.pack(">I", 1) + _string(public.blob) + _string(namespace.encode()) + _string(b"")
        + _string(b"sha512") + _string(_string(_KIND) + _string(signed))
    )  # fmt: skip
    text = base64.b64encode(blob).decode()
    return "\n".join([_BEGIN, *(text[i : i + 70] for i in range(0, len(text), 70)), _END, ""]).encode()


def _by_ssh_keygen(message: bytes, key: Path, namespace: str) -> bytes:
    command = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(key.absolute())]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise SignatureError(
            f"{key}: not an OpenSSH key without a passphrase, and ssh-keygen does not run: {e}"
        ) from None
    if done.returncode:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise SignatureError(f"{key}: ssh-keygen does not sign with it: {reason:.200}")
    verified(message, done.stdout, namespace)
    return done.stdout


def verified(message: bytes, signature: bytes, namespace: str) -> PublicKey:
    """The key that made the signature of exactly this message, for this purpose. Raises SignatureError."""
    blob = _unarmored(signature)
    if blob[:10] != _MAGIC + struct.pack(">I", 1):
        raise SignatureError("the signature is not one that `ssh-keygen -Y sign` makes")
    key, purpose, _, algorithm, made = _strings(blob[10:], 5)
    public = PublicKey.of_blob(key)
    if purpose != namespace.encode():
        raise SignatureError(f"the signature is for {purpose.decode('latin-1')!r:.60}, expected {namespace!r}")
    kind, raw = _strings(made, 2)
    if kind != _KIND or algorithm not in _HASHES:
        raise SignatureError("the signature is of a kind that is not read; use ssh-ed25519")
    try:
        Ed25519PublicKey.from_public_bytes(public.raw).verify(raw, _signed(purpose, algorithm, message))
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature does not fit: what it signs was changed, or it belongs elsewhere") from None
    return public


def _signed(namespace: bytes, algorithm: bytes, message: bytes) -> bytes:
    digest = _HASHES[algorithm](message).digest()
    return _MAGIC + _string(namespace) + _string(b"") + _string(algorithm) + _string(digest)


def _unarmored(signature: bytes) -> bytes:
    text = signature.decode("latin-1").strip() if len(signature) <= LARGEST else ""
    match = re.fullmatch(rf"{_BEGIN}\s([A-Za-z0-9+/=\s]+){_END}", text)
    try:
        return base64.b64decode("".join(match[1].split()) if match else "", validate=True)
    except binascii.Error:
        return b""


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _strings(blob: bytes, count: int) -> list[bytes]:
    """Exactly so many strings with their lengths, and nothing after them. Raises SignatureError."""
    found, at = [], 0
    for _ in range(count):
        length = int.from_bytes(blob[at : at + 4], "big")
        if at + 4 + length > len(blob) or len(blob) < at + 4:
            raise SignatureError("the key or signature ends early")
        found.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(blob):
        raise SignatureError("the key or signature goes on after its end")
    return found


def _small(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            stored = opened.read(LARGEST + 1)
    except OSError as e:
        raise SignatureError(f"{file}: {e.strerror}") from None
    if len(stored) > LARGEST:
        raise SignatureError(f"{file}: too large for a key")
    return stored

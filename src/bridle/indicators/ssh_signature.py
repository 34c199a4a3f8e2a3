"""Signatures as `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` checks them, with Ed25519 keys.

Source: PROTOCOL.sshsig of OpenSSH (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig).
"""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from bridle.case import signature_openssh as openssh
from bridle.case.signature_errors import SignatureError as Refused
from bridle.classes import dataclass

LARGEST = 1 << 14
"""Bytes of a signature or of a key file."""
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


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
        if len(fields) < 2 or fields[0] != "ssh-ed25519":
            raise SignatureError(f"expected a line `ssh-ed25519 AAAA…`, got {line.strip()!r:.60}")
        try:
            return cls(openssh.raw_key(base64.b64decode(fields[1].encode(), validate=True)))
        except binascii.Error:
            raise SignatureError(f"expected base64 after ssh-ed25519, got {fields[1]!r:.60}") from None
        except Refused as e:
            raise SignatureError(f"the key {fields[1]!r:.60}: {e}") from None

    @property
    def line(self) -> str:
        """As in a `.pub` file."""
        return openssh.public_text(self.raw)

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        return openssh.fingerprint(self.raw)


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
    return openssh.signed(secret, message, namespace)


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
    try:
        found = openssh.unpacked(_unarmored(signature))
    except Refused as e:
        raise SignatureError(f"the signature {e}; sign with `ssh-keygen -Y sign` and an ssh-ed25519 key") from None
    if found.namespace != namespace.encode():
        purpose = found.namespace.decode("latin-1")
        raise SignatureError(f"the signature is for {purpose!r:.60}, expected {namespace!r}")
    signed = openssh.signed_bytes(found.namespace, found.hash_name, message)
    try:
        Ed25519PublicKey.from_public_bytes(found.raw).verify(found.signature, signed)
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature does not fit: what it signs was changed, or it belongs elsewhere") from None
    return PublicKey(found.raw)


def _unarmored(signature: bytes) -> bytes:
    text = signature.decode("latin-1").strip() if len(signature) <= LARGEST else ""
    match = re.fullmatch(rf"{_BEGIN}\s([A-Za-z0-9+/=\s]+){_END}", text)
    try:
        return base64.b64decode("".join(match[1].split()) if match else "", validate=True)
    except binascii.Error:
        return b""


def _small(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            stored = opened.read(LARGEST + 1)
    except OSError as e:
        raise SignatureError(f"{file}: {e.strerror}") from None
    if len(stored) > LARGEST:
        raise SignatureError(f"{file}: too large for a key")
    return stored

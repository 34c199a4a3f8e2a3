"""Keys that publishers of feeds would sign with, made for the tests."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridle.indicators.ssh_signature import PublicKey


def key(folder, name="key", seed=b"1" * 32):
    """An OpenSSH private key and its .pub file."""
    made = Ed25519PrivateKey.from_private_bytes(seed)
    file = folder / name
    file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    file.chmod(0o600)
    public = PublicKey(made.public_key().public_bytes_raw())
    file.with_suffix(".pub").write_text(f"{public.line} a comment\n")
    return file, public

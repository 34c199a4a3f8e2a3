"""Synthetic devices for tests, and their decryption without bridle's own code."""

import hashlib
import plistlib
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

PASSWORD = "a long passphrase: ñ"
ITERATIONS = 50


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


@contextmanager
def opened(data: bytes) -> Iterator[sqlite3.Connection]:
    """A SQLite file, from its bytes."""
    db = sqlite3.connect(":memory:")
    try:
        db.deserialize(data)
        yield db
    finally:
        db.close()


def file_id(domain: str, path: str) -> str:
    return hashlib.sha1(f"{domain}-{path}".encode()).hexdigest()


def stored(root: Path, domain: str, path: str) -> bytes:
    """A file of a plain backup."""
    name = file_id(domain, path)
    return (root / name[:2] / name).read_bytes()


def class_keys(keybag: bytes, password: str) -> dict[int, bytes]:
    """The unwrapped class keys of a keybag; InvalidUnwrap with a wrong password."""
    header: dict[bytes, bytes] = {}
    classes: list[dict[bytes, bytes]] = []
    at = 0
    while at < len(keybag):
        tag, (length,) = keybag[at : at + 4], struct.unpack(">I", keybag[at + 4 : at + 8])
        value = keybag[at + 8 : at + 8 + length]
        at += 8 + length
        if tag == b"UUID" and tag in header:
            classes.append({})
        (classes[-1] if classes else header)[tag] = value
    inner = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), header[b"DPSL"], int.from_bytes(header[b"DPIC"], "big"), 32
    )
    outer = hashlib.pbkdf2_hmac("sha1", inner, header[b"SALT"], int.from_bytes(header[b"ITER"], "big"), 32)
    return {int.from_bytes(c[b"CLAS"], "big"): aes_key_unwrap(outer, c[b"WPKY"]) for c in classes}


def decrypted(data: bytes, key: bytes) -> bytes:
    """AES-256-CBC with a zero vector, without its padding."""
    d = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    plain = d.update(data) + d.finalize()
    assert plain.endswith(bytes([plain[-1]]) * plain[-1])
    return plain[: -plain[-1]]


def decrypt_backup(root: Path, password: str) -> dict[str, bytes]:
    """Manifest.db and every file it lists, decrypted."""
    manifest = plistlib.loads((root / "Manifest.plist").read_bytes())
    keys = class_keys(manifest["BackupKeyBag"], password)
    (number,) = struct.unpack("<I", manifest["ManifestKey"][:4])
    found = {
        "Manifest.db": decrypted(
            (root / "Manifest.db").read_bytes(), aes_key_unwrap(keys[number], manifest["ManifestKey"][4:])
        )
    }
    with opened(found["Manifest.db"]) as db:
        rows = db.execute("SELECT fileID, file FROM Files WHERE flags = 1").fetchall()
    for name, blob in rows:
        objects = plistlib.loads(blob)["$objects"]
        wrapped = objects[objects[1]["EncryptionKey"].data]["NS.data"]
        (number,) = struct.unpack("<I", wrapped[:4])
        assert number == objects[1]["ProtectionClass"]
        plain = decrypted((root / name[:2] / name).read_bytes(), aes_key_unwrap(keys[number], wrapped[4:]))
        assert len(plain) == objects[1]["Size"]
        found[f"{name[:2]}/{name}"] = plain
    return found

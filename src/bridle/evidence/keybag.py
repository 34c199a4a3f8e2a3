"""The keybag of an encrypted iTunes or Finder backup: a password opens it, and its class keys open the files.

Source: Apple Platform Security, "Keybags for data protection"; the layout was checked against a backup of iOS 14.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from bridle.core import FormatError
from bridle.evidence.secret import Secret, derived, encoded, erase

_MAX_BYTES, _MAX_ENTRIES = 1 << 16, 1_000
_MAX_ITERATIONS = 100_000_000
"""Ten times what Apple asks for: more would only stall the examination."""
_WRAPPED_LENGTH, _KEY_LENGTH = 40, 32
_BY_PASSWORD = 2
"""Bit of `WRAP`: the class key is wrapped under the password's key, and not under the device's alone."""


class WrongKeyError(Exception):
    """The password does not open the keybag."""


@dataclass(frozen=True)
class Keybag:
    """A parsed keybag: how the password becomes a key, and the class keys wrapped under it."""

    salt: bytes
    iterations: int
    first_salt: bytes | None
    """Of the first derivation (SHA-256), since iOS 10.2; None before."""
    first_iterations: int
    wrapped: Mapping[int, bytes]

    def unlock(self, password: Secret) -> ClassKeys:
        """The class keys; what the password became on the way to them is overwritten. Raises WrongKeyError.

        Apple asks for ten million iterations: 1.2 s here, and twice as much with the standard library's PBKDF2.
        """
        with encoded(password) as secret:
            if self.first_salt is None:
                key = self._key(secret)
            else:
                first = derived(
                    PBKDF2HMAC(hashes.SHA256(), 32, self.first_salt, self.first_iterations), secret, _KEY_LENGTH
                )
                key = self._key(first)
                erase(first)
        try:
            return self._opened(key)
        finally:
            erase(key)

    def _key(self, secret: bytearray) -> bytearray:
        return derived(PBKDF2HMAC(hashes.SHA1(), 32, self.salt, self.iterations), secret, _KEY_LENGTH)  # noqa: S303 - as Apple does it

    def _opened(self, key: bytearray) -> ClassKeys:
        opened = {}
        for number, wrapped in self.wrapped.items():
            try:
                opened[number] = bytearray(aes_key_unwrap(key, wrapped))
            except InvalidUnwrap:
                continue
        if not opened:
            raise WrongKeyError
        return ClassKeys(opened)


@dataclass(frozen=True, repr=False)
class ClassKeys:
    """The opened class keys, by protection class."""

    keys: Mapping[int, bytearray]

    def erase(self) -> None:
        """Overwrite them; they open nothing any more."""
        erase(*self.keys.values())

    def unwrap(self, wrapped: bytes) -> bytes | None:
        """The key of a file or of Manifest.db (LE32 class, then 40 bytes); None if no class key fits."""
        key = self.keys.get(int.from_bytes(wrapped[:4], "little"))
        if key is None or len(wrapped) != 4 + _WRAPPED_LENGTH:
            return None
        try:
            return aes_key_unwrap(key, wrapped[4:])
        except InvalidUnwrap:
            return None


def parse(data: bytes) -> Keybag:
    """Read a `BackupKeyBag`. Raises FormatError."""
    header: dict[bytes, bytes] = {}
    classes: list[dict[bytes, bytes]] = []
    for tag, value in _entries(data):
        if tag == b"UUID" and b"UUID" in header:
            classes.append({})
        elif classes:
            classes[-1][tag] = value
        else:
            header[tag] = value
    wrapped = {_number(c, b"CLAS"): c[b"WPKY"] for c in classes if _opens_by_password(c)}
    if not wrapped:
        raise FormatError("keybag: no class key that a password opens")
    salted = b"DPSL" in header
    return Keybag(
        salt=_value(header, b"SALT"),
        iterations=_iterations(header, b"ITER"),
        first_salt=header[b"DPSL"] if salted else None,
        first_iterations=_iterations(header, b"DPIC") if salted else 0,
        wrapped=wrapped,
    )


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(data) > _MAX_BYTES:
        raise FormatError(f"keybag: {len(data)} bytes, more than {_MAX_BYTES}")
    at = count = 0
    while at < len(data):
        tag, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        at, count = at + 8 + length, count + 1
        if at > len(data) or count > _MAX_ENTRIES:
            raise FormatError(f"keybag: entry {count} ({tag!r}) leaves its bounds")
        yield tag, data[at - length : at]


def _opens_by_password(entry: dict[bytes, bytes]) -> bool:
    return (
        b"CLAS" in entry
        and bool(_number(entry, b"WRAP") & _BY_PASSWORD)
        and len(entry.get(b"WPKY", b"")) == _WRAPPED_LENGTH
    )


def _value(entry: Mapping[bytes, bytes], tag: bytes) -> bytes:
    if tag not in entry:
        raise FormatError(f"keybag: {tag.decode()} is missing")
    return entry[tag]


def _number(entry: Mapping[bytes, bytes], tag: bytes) -> int:
    return int.from_bytes(_value(entry, tag)[:8], "big")


def _iterations(entry: Mapping[bytes, bytes], tag: bytes) -> int:
    count = _number(entry, tag)
    if not 0 < count <= _MAX_ITERATIONS:
        raise FormatError(f"keybag: {tag.decode()} of {count}, expected 1 to {_MAX_ITERATIONS}")
    return count

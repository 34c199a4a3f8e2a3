"""Passwords and keys that are overwritten once they have done their work, as far as Python lets us.

A bytearray is one place in memory, and can be overwritten. A text cannot: what was typed at a prompt or stands in the
environment stays until its memory is used again, as do the copies that libraries make of what they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

Secret = str | bytearray
"""A password: UTF-8 that can be overwritten, or the text of one."""
Password = Callable[[], Secret | None]
"""Gives the password, when it is needed; None if there is none to be had. Who asked overwrites what was given."""


def erase(*secrets: Secret | None) -> None:
    """Overwrite with zeros what can be."""
    for secret in secrets:
        if isinstance(secret, bytearray):
            secret[:] = bytes(len(secret))


@contextmanager
def encoded(secret: Secret) -> Iterator[bytearray]:
    """A password's bytes, of which this copy is overwritten in the end."""
    made = bytearray(secret.encode("utf-8", "surrogateescape")) if isinstance(secret, str) else bytearray(secret)
    try:
        yield made
    finally:
        erase(made)


def as_text(secret: Secret) -> str:
    """A password as text, for what is only made for texts."""
    return secret if isinstance(secret, str) else secret.decode("utf-8", "surrogateescape")


def derived(of: PBKDF2HMAC, secret: bytearray, length: int) -> bytearray:
    """A key of so many bytes, in memory of ours where the library can write to it (cryptography 47 and later)."""
    made = bytearray(length)
    if hasattr(of, "derive_into"):
        of.derive_into(secret, made)
    else:
        made[:] = of.derive(secret)
    return made

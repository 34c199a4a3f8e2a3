"""The key of a case, and the analyst's own identity that it is wrapped to.

A case key is 32 random bytes. It is stored in the case as `case.key.age`, encrypted with age (https://age-encryption.org/v1)
to the analyst's own X25519 identity and to every further recipient. Sources: the age specification (C2SP/C2SP age.md).
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import pyrage

from bridle.classes import dataclass

WRAPPED = "case.key.age"
"""The wrapped key's file in a case; a case without it is in plain text."""
LIMIT = 1 << 16
"""Bytes that a wrapped key or an identity file may have."""
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_AGE = b"age-encryption.org/v1"
_SSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"

Ask = Callable[[], str | None]
"""Gives the passphrase of the identity, or None if there is none to be had."""


class CaseLockedError(Exception):
    """The case cannot be opened with the identities at hand. One sentence and a next step."""


class RecipientError(ValueError):
    """A recipient that age does not know."""


@dataclass(frozen=True)
class CaseKey:
    """What every table of a case is encrypted with."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise ValueError(f"a case key has 32 bytes, got {len(self.raw)}")


@dataclass(frozen=True)
class Identity:
    """An age identity as text: `AGE-SECRET-KEY-1…` lines, or an OpenSSH private key."""

    secret: str = field(repr=False)

    @property
    def recipient(self) -> str:
        """The public half, `age1…`: what others encrypt to. Raises CaseLockedError for an SSH key."""
        for line in self.secret.splitlines():
            if line.startswith("AGE-SECRET-KEY-1"):
                return str(pyrage.x25519.Identity.from_str(line.strip()).to_public())
        raise CaseLockedError("the identity is an SSH key; name its public half with --encrypt-to")

    def keys(self) -> Iterator[Any]:
        """What pyrage decrypts with."""
        if self.secret.encode().startswith(_SSH):
            yield pyrage.ssh.Identity.from_buffer(self.secret.encode())
            return
        for line in self.secret.splitlines():
            if line.startswith("AGE-SECRET-KEY-1"):
                yield pyrage.x25519.Identity.from_str(line.strip())


def new_case_key() -> CaseKey:
    """A fresh random key."""
    return CaseKey(secrets.token_bytes(32))


def config_folder() -> Path:
    """Where the identity lies: `$BRIDLE_CONFIG`, else the platform's folder for configuration."""
    if named := os.environ.get("BRIDLE_CONFIG"):
        return Path(named)
    variable, fallback = ("APPDATA", "AppData/Roaming") if sys.platform == "win32" else ("XDG_CONFIG_HOME", ".config")
    return Path(os.environ.get(variable) or Path.home() / fallback) / "bridle"


def identity_file() -> Path:
    """`$BRIDLE_IDENTITY`, or `identity.txt` in the configuration folder."""
    return Path(os.environ.get("BRIDLE_IDENTITY") or config_folder() / "identity.txt")


def identity(create: bool = True, ask: Ask | None = None) -> Identity:
    """The analyst's own identity, made on first use (0600). Raises CaseLockedError.

    An identity under a passphrase is opened with `BRIDLE_IDENTITY_PASSPHRASE`, else with what `ask` gives.
    A new one is put under `BRIDLE_IDENTITY_PASSPHRASE` where that is set.
    """
    path = identity_file()
    if not path.exists():
        if not create:
            raise CaseLockedError(
                f"there is no identity at {path}; copy the identity.txt of the machine that made the case, "
                "or name it with BRIDLE_IDENTITY"
            )
        try:
            _create(path)
        except OSError as e:
            raise CaseLockedError(
                f"your identity cannot be made at {path}: {e.strerror or e}; see to the permissions, or name another "
                "place with BRIDLE_IDENTITY"
            ) from e
    stored = _read(path)
    if stored.startswith((_ARMOR, _AGE)):
        stored = _opened(stored, path, ask)
    found = Identity(stored.decode("utf-8", "replace"))
    if not stored.startswith(_SSH) and "AGE-SECRET-KEY-1" not in found.secret:
        raise CaseLockedError(f"{path} holds no age identity; expected a line AGE-SECRET-KEY-1…")
    try:
        list(found.keys())
    except pyrage.IdentityError as e:
        raise CaseLockedError(f"the identity {path} is damaged ({e}); put your copy of it in its place") from None
    return found


def _read(path: Path) -> bytes:
    try:
        info = path.stat()
        if os.name == "posix" and stat.S_IMODE(info.st_mode) & 0o077:
            raise CaseLockedError(f"others may read the identity {path}; run `chmod 600` on it first")
        with path.open("rb") as file:
            return file.read(LIMIT)
    except OSError as e:
        raise CaseLockedError(f"the identity {path} cannot be read: {e.strerror}; check its permissions") from e


def _opened(stored: bytes, path: Path, ask: Ask | None) -> bytes:
    passphrase = os.environ.get("BRIDLE_IDENTITY_PASSPHRASE") or (ask() if ask else None)
    if passphrase is None:
        raise CaseLockedError(f"the identity {path} has a passphrase; give it in BRIDLE_IDENTITY_PASSPHRASE")
    try:
        return bytes(pyrage.passphrase.decrypt(stored, passphrase))
    except pyrage.DecryptError as e:
        raise CaseLockedError(f"the passphrase does not open the identity {path}; try again") from e


def _create(path: Path) -> None:
    """Written whole under another name, then linked: of two first uses at once, one wins and both use it."""
    made = pyrage.x25519.Identity.generate()
    public = f"{made.to_public()}\n".encode()
    content = b"# The key to your cases. Keep a copy: without it they cannot be read.\n# public key: " + public
    content += f"{made}\n".encode()
    passphrase = os.environ.get("BRIDLE_IDENTITY_PASSPHRASE")
    if passphrase:
        content = pyrage.passphrase.encrypt(content, passphrase, armored=True)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _published(content, path) and passphrase:
        _published(public, path.with_suffix(".pub"))


def _published(content: bytes, path: Path) -> bool:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".identity-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    return True


def own_recipient() -> str:
    """The public half of the analyst's identity; needs no passphrase where `identity.pub` lies beside it."""
    path = identity_file()
    public = path.with_suffix(".pub")
    if path.exists() and public.exists() and _read(path).startswith((_ARMOR, _AGE)):
        return public.read_text("utf-8")[:LIMIT].strip()
    return identity().recipient


def wrap(key: CaseKey, recipients: Sequence[str] = (), own: str | None = None) -> bytes:
    """The key for the analyst and each of `recipients` (`age1…`, `ssh-ed25519 …`, `ssh-rsa …`), in ASCII armor.

    `own` is the analyst's recipient where this machine is not his and need have no identity.
    Raises RecipientError for a recipient age does not know, CaseLockedError when the own identity cannot be read.
    """
    everyone = dict.fromkeys([own or own_recipient(), *(r.strip() for r in recipients)])
    return bytes(pyrage.encrypt(key.raw, [recipient(r) for r in everyone], armored=True))


def recipient(text: str) -> Any:
    """What pyrage encrypts to. Raises RecipientError."""
    kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(text)
    except pyrage.RecipientError as e:
        raise RecipientError(f"expected an age recipient (age1… or ssh-ed25519 …), got {text!r:.60}") from e


def unwrap(case: Path, ask: Ask | None = None, own: Identity | None = None) -> CaseKey | None:
    """The key of the case at `case`, or None for one in plain text. Raises CaseLockedError.

    `own` is the identity where it was opened before, for many cases.
    """
    path = case / WRAPPED
    if not path.exists():
        return None
    with path.open("rb") as file:
        stored = file.read(LIMIT + 1)
    if len(stored) > LIMIT:
        raise CaseLockedError(f"{path} is no wrapped key: it is too large; run `bridle verify {case}`")
    try:
        raw = pyrage.decrypt(stored, list((own or identity(create=False, ask=ask)).keys()))
        return CaseKey(bytes(raw))
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as e:
        raise CaseLockedError(
            f"the identity {identity_file()} does not open this case; use the identity it was made with "
            "(BRIDLE_IDENTITY=FILE), or ask for a copy made with --encrypt-to your recipient"
        ) from e

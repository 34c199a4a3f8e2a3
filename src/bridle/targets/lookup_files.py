"""The files that a look-up or an intersection exchanges: JSON of known kinds, and secrets that stay with who asks.

Nothing in a file for others is a function of a number alone: elements are blinded, or evaluated with a secret key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyrage

from bridle.case.keys import CaseLockedError, Identity, identity, own_recipient
from bridle.targets.files import replaced
from bridle.targets.keys import ProjectError
from bridle.targets.voprf_group import GROUPS, Element, Group, GroupError

FORMAT = "bridle look-up 1"
LARGEST = 64 << 20
"""Bytes that a file may have: 65,536 elements of both sides, with room."""
DEFAULT = "P256-SHA256"


def write(path: Path, kind: str, group: Group, **values: Any) -> None:
    """A new file for the other side. Raises ProjectError where it exists."""
    _new(path)
    text = json.dumps({"format": FORMAT, "kind": kind, "suite": group.name, **values}, indent=1)
    replaced(path, text.encode() + b"\n")


def read(path: Path, kind: str) -> tuple[Group, Mapping[str, Any]]:
    """A file of a kind that `write` made, and its group. Raises ProjectError."""
    return _document(path, _bytes(path), kind)


def write_secret(path: Path, kind: str, group: Group, **values: Any) -> None:
    """A file for the own identity alone, under age. Raises ProjectError, CaseLockedError."""
    _new(path)
    text = json.dumps({"format": FORMAT, "kind": kind, "suite": group.name, **values})
    replaced(path, bytes(pyrage.encrypt(text.encode(), [pyrage.x25519.Recipient.from_str(own_recipient())])))


def read_secret(path: Path, kind: str, own: Identity | None = None) -> tuple[Group, Mapping[str, Any]]:
    """What `write_secret` wrote. Raises ProjectError."""
    stored = _bytes(path)
    try:
        plain = bytes(pyrage.decrypt(stored, list((own or identity(create=False)).keys())))
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError, CaseLockedError) as e:
        raise ProjectError(f"your identity does not open {path.name}; use the one that it was made with") from e
    return _document(path, plain, kind)


def encoded(group: Group, elements: Sequence[Element]) -> list[str]:
    return [group.encode(e).hex() for e in elements]


def decoded(group: Group, stored: Any, most: int) -> list[Element]:
    """The elements of a list of texts. Raises ProjectError for more than `most`, and for what is no element."""
    if not isinstance(stored, list) or not 0 < len(stored) <= most:
        size = len(stored) if isinstance(stored, list) else 0
        raise ProjectError(f"expected 1 to {most:,} elements, got {size:,}; ask for fewer at once")
    try:
        return [group.decode(bytes.fromhex(e)) for e in stored]
    except (GroupError, TypeError, ValueError) as e:
        raise ProjectError(f"the file holds what is no element of {group.name} ({e}); ask for it again") from e


def scalar(group: Group, stored: Any) -> int:
    """A scalar of its text. Raises ProjectError."""
    try:
        return group.decode_scalar(bytes.fromhex(stored))
    except (GroupError, TypeError, ValueError) as e:
        raise ProjectError(f"the file holds what is no scalar of {group.name}; ask for it again") from e


def _new(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise ProjectError(f"{path} exists; name a new file")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            stored = file.read(LARGEST + 1)
    except OSError as e:
        raise ProjectError(f"{path} cannot be read: {e.strerror}") from e
    if len(stored) > LARGEST:
        raise ProjectError(f"{path.name} is larger than {LARGEST >> 20} MiB; no file of a look-up is")
    return stored


def _document(path: Path, stored: bytes, kind: str) -> tuple[Group, Mapping[str, Any]]:
    try:
        values = json.loads(stored)
        found = (values["format"], values["kind"])
        group = GROUPS[values["suite"]]
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise ProjectError(f"{path.name} is no file of a look-up; expected a {kind}") from e
    if found != (FORMAT, kind):
        raise ProjectError(f"{path.name}: expected a {kind}, got {found[1]!r:.40}; check which file is which")
    return group, values

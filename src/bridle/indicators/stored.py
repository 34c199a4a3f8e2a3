"""Whether the stored feeds are the bytes that were stored."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators.feeds import stored_folder
from bridle.indicators.store import FILE, current


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One current feed; `wrong` says what of it differs, and is empty if nothing does."""

    name: str
    wrong: str = ""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A store's current feeds. `state_sha256` is of the file that names them, by their digests; empty without one."""

    state_sha256: str
    files: tuple[StoredFile, ...]


def verified(folder: Path | None = None) -> Stored:
    """The stored feeds, each compared with the digest under which it lies. Never raises for what is there."""
    folder = folder or stored_folder()
    feeds = current(folder)
    if feeds is None:
        return Stored(state_sha256="", files=())
    try:
        state = _sha256(folder / FILE)
    except OSError:
        state = ""
    return Stored(state_sha256=state, files=tuple(_looked_at(folder, name, path) for name, path in feeds))


def _looked_at(folder: Path, name: str, path: Path) -> StoredFile:
    if path == folder / FILE:
        return StoredFile(name=name, wrong="cannot be read; move it away and run `bridle indicators update`")
    try:
        same = _sha256(path) == path.parent.name
    except FileNotFoundError:
        return StoredFile(name=name, wrong="is missing; run `bridle indicators update`")
    except OSError as e:
        return StoredFile(name=name, wrong=f"cannot be read: {e.strerror}")
    return StoredFile(name=name, wrong="" if same else "is not what was stored; run `bridle indicators update`")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What was asked of which case: a file that the user names, and the only memory of a hunt."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from bridle import __version__
from bridle.case.locking import held, taken

SCHEMA = 1
_LARGEST = 1 << 30


class StateError(Exception):
    """The file is no state of a hunt."""


class State:
    """Pairs of a case, by the digest of its manifest, and feeds, by theirs."""

    def __init__(self, path: Path | None) -> None:
        """Raises StateError, or OSError."""
        self._path = path
        self._done: dict[str, list[str]] = {}
        if path is not None and path.exists():
            self._done = _read(path)

    @property
    def is_used(self) -> bool:
        """Whether there is a file."""
        return self._path is not None

    def is_done(self, manifest: str, feeds: str) -> bool:
        """Whether this version of bridle asked these feeds of the case."""
        return _pair(feeds) in self._done.get(manifest, ())

    def add(self, manifest: str, feeds: str) -> None:
        known = self._done.setdefault(manifest, [])
        if _pair(feeds) not in known:
            known.append(_pair(feeds))

    def save(self) -> None:
        """Whole or not at all. Raises OSError."""
        if self._path is not None:
            write_whole(self._path, json.dumps({"schema": SCHEMA, "done": self._done}, separators=(",", ":")).encode())


def write_whole(path: Path, content: bytes, *, new: bool = False) -> None:
    """A file, whole or not at all, in place of what is there. What dead processes left of it is removed.

    Raises OSError; of a `new` one FileExistsError where something is.
    """
    remove_dead(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.hunt-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            taken(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if new:
                os.link(name, path)
            else:
                Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def remove_dead(path: Path) -> None:
    """Remove what dead processes left beside a file that they were writing."""
    with suppress(OSError):
        for left in path.parent.iterdir():
            if left.name.startswith(f".{path.name}.hunt-"):
                _remove_dead(left)


def _remove_dead(left: Path) -> None:
    """What nobody has the lock of, nobody writes."""
    with suppress(OSError), held(left) as free:
        if free:
            left.unlink()


def _pair(feeds: str) -> str:
    return f"{__version__} {feeds}"


def _read(path: Path) -> dict[str, list[str]]:
    if path.stat().st_size > _LARGEST:
        raise StateError(f"{path} is no state of a hunt: it is too large; name another file with --state")
    try:
        stored = json.loads(path.read_bytes())
        if stored["schema"] != SCHEMA:
            raise StateError(f"{path} is of another version; name a new file with --state")
        return {str(case): [str(f) for f in feeds] for case, feeds in stored["done"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise StateError(f"{path} is no state of a hunt; name another file with --state") from e

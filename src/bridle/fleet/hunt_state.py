"""What was asked of which case: a file that the user names, and the only memory of a hunt."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from bridle import __version__

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
        """Whole or not at all."""
        if self._path is None:
            return
        stored = json.dumps({"schema": SCHEMA, "done": self._done}, separators=(",", ":"))
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".hunt-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(stored)
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


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

"""Whether evidence stands still while it is read: a backup that goes on, a sync, a disk that is written to by others.

A file is the same while its inode, size, and times of change of content and of status are. The last cannot be set back
by a program, so that a file whose old time was restored is noticed, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bridle.evidence.archive import printable

State = tuple[int, ...]
_NEXT = "what was read is no one moment of it. Let nothing write to it, copy it again, and examine the copy"


def state(status: os.stat_result) -> State:
    """What a file or folder is, and when it changed; empty for one without a name, which only this process writes."""
    if not status.st_nlink:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Standing:
    """A file or folder at a path, as it is now. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = state(path.stat())

    def changed(self) -> str | None:
        """One sentence if another is there now, or the same with other content."""
        try:
            now = state(self._path.stat())
        except OSError as e:
            return f"It changed while it was read ({e.strerror}): {_NEXT}."
        if now == self._before:
            return None
        sizes = f"{self._before[1]} bytes before, {now[1]} after" if now and self._path.is_file() else "its folder"
        return f"It changed while it was read ({sizes}): {_NEXT}."


class Changes:
    """What is seen to be other than when it was listed: files by name, folders by what they hold."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folders: dict[str, int | None] = {}
        self._files: set[str] = set()

    def listed(self, folder: str) -> None:
        """A folder below the root is about to be listed."""
        self._folders[folder] = self._now(folder)

    def note(self, name: str) -> None:
        """A file, below the root or with its whole path, is not as it was listed."""
        self._files.add(name.removeprefix(f"{self._root}/"))

    def told(self) -> Iterator[str]:
        """A sentence on files, and one on folders."""
        if self._files:
            first = printable(min(self._files))[:200]
            yield f"{len(self._files)} files changed while it was read, {first} among them: {_NEXT}."
        if other := [f for f, before in self._folders.items() if self._now(f) != before]:
            first = printable(min(other)).rstrip("/")[:200] or "the uppermost"
            told = f"Files were added to or removed from {len(other)} folders while it was read"
            yield f"{told}, {first} among them: {_NEXT}."

    def _now(self, folder: str) -> int | None:
        try:
            return os.lstat(f"{self._root}/{folder}".rstrip("/") or "/").st_mtime_ns
        except OSError:
            return None

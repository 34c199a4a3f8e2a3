"""Digests of what was just received, in the form that `sha256sum -c` reads: one line per file, `\\` for odd names."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST = 5_000_000
"""Files of one step."""
_NAMED = 100
"""Files that could not be hashed and are named in the record; all are counted."""


def hashed(folder: Path, below: Path, to: Path) -> dict[str, Any]:
    """Hash every regular file below, and write the list, with paths from `folder`. Links are not followed."""
    files = total = odd = 0
    unread: list[dict[str, str]] = []
    to.parent.mkdir(mode=0o700, exist_ok=True)
    with to.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as out:
        for path in _files(below):
            digest, size = _digest(path)
            if size is None:
                odd += 1
                unread += [{"path": _shown(path, folder), "reason": digest}] if odd <= _NAMED else []
                continue
            files, total = files + 1, total + size
            out.write(_line(digest, str(path.relative_to(folder))))
        out.flush()
        os.fsync(out.fileno())
    with to.open("rb") as made:
        own = hashlib.file_digest(made, "sha256").hexdigest()
    return {"list": to.relative_to(folder).as_posix(), "sha256": own, "files": files, "bytes": total,
            "not_hashed": odd, "not_hashed_files": unread}  # fmt: skip


def _files(below: Path) -> Iterator[Path]:
    """Everything that is no folder, in the order of names."""
    count = 0
    if not below.is_dir():
        yield from [below] if below.exists() else []
        return
    for at, folders, names in os.walk(below):
        folders.sort()
        links = [name for name in folders if (Path(at) / name).is_symlink()]
        for name in sorted([*names, *links]):
            count += 1
            if count > _MOST:
                return
            yield Path(at) / name


def _digest(path: Path) -> tuple[str, int | None]:
    """Digest and size; or why it was not read, and None."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as e:
        return ("a link" if path.is_symlink() else e.strerror or "cannot be read"), None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            return "no regular file", None
        try:
            return hashlib.file_digest(file, "sha256").hexdigest(), about.st_size
        except OSError as e:
            return e.strerror or "cannot be read", None


def _line(digest: str, name: str) -> str:
    """As GNU coreutils write it: a name with a line break or a backslash is escaped and its line begins with one."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)).encode("utf-8", "backslashreplace").decode()

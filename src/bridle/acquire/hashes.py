"""Digests of what was just received, in the form that `sha256sum -c` reads: one line per file, `\\` for odd names."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bridle.descriptors import open_file

_LIST = re.compile(r"hashes/[a-z-]{1,40}-[0-9]{1,6}\.sha256")
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


def differing(folder: Path, told: Mapping[str, Any]) -> Iterator[str]:
    """What is no longer as it was received, one sentence each: the list itself, or a file of it."""
    name = str(told.get("list", ""))
    if not _LIST.fullmatch(name) or _digest(folder / name)[0] != told.get("sha256"):
        yield f"{name:.80}: the list of digests is not as it was written"
        return
    with (folder / name).open(encoding="utf-8", errors="surrogateescape", newline="\n") as listed:
        for line in listed:
            digest, file = _read(line)
            if _digest(folder / file)[0] != digest:
                yield f"{_shown(folder / file, folder)}: not as it was received"


def _read(line: str) -> tuple[str, str]:
    """Digest and name of a line that `_line` wrote."""
    text, odd = line.rstrip("\n"), line.startswith("\\")
    digest, _, name = text.lstrip("\\").partition("  ")
    if odd:
        name = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), name)
    return digest, name


def _files(below: Path) -> Iterator[Path]:
    """Everything that is no folder, in the order of names."""
    if not below.is_dir():
        yield from [below] if below.exists() else []
        return
    for at, folders, names in os.walk(below):
        folders.sort()
        links = [name for name in folders if (Path(at) / name).is_symlink()]
        yield from (Path(at) / name for name in sorted([*names, *links]))


def _digest(path: Path) -> tuple[str, int | None]:
    """Digest and size; or why it was not read, and None."""
    try:
        descriptor = open_file(path)
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

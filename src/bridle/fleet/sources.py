"""Sources of a fleet: paths and URLs, patterns for many, and what tells acquisitions apart without reading them.

The identity of a source is SHA-256 over its listing: relative path, size and the mark of change that the storage keeps
(time of modification, or an object's ETag) of each file. A source that grew or was written again is another one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bridle.fleet.storage import LakeError, is_url, local_path, scratch


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One source, as it was found."""

    source: str
    """An absolute path, or a URL."""
    name: str
    """What its case calls it: the name of its file or folder."""
    identity: str
    size: int


def found(given: Iterable[str]) -> Iterator[Listed]:
    """Every source named, once and in order; a pattern stands for all that it fits. Raises LakeError.

    One source is one acquisition. To check each entry of a folder, the pattern `FOLDER/*` is given.
    """
    seen: set[str] = set()
    for text in given:
        for one in _remote(text) if is_url(text) else _local(text):
            if one.source not in seen:
                seen.add(one.source)
                yield one


def _local(text: str) -> Iterator[Listed]:
    path = Path(os.path.abspath(local_path(text)))  # noqa: PTH100 - a source is named as the user named it
    if os.path.lexists(path) or not has_magic(text):
        yield _listed(path)
        return
    import glob

    matches = sorted(glob.glob(str(path)))  # noqa: PTH207 - the pattern may begin at the root
    if not matches:
        raise LakeError(f"nothing fits {text}; check the pattern")
    for match in matches:
        yield _listed(Path(match))


def _listed(path: Path) -> Listed:
    try:
        entries = sorted(_below(path))
    except OSError as e:
        raise LakeError(f"{path} cannot be read: {e.strerror}; check the path") from e
    return _of(str(path), path.name or path.resolve().name, entries)


def _below(path: Path) -> Iterator[tuple[str, int, str]]:
    """Relative path, size and time of modification of each file; links are not followed below the source itself."""
    status = path.stat()
    if not stat.S_ISDIR(status.st_mode):
        yield "", status.st_size, str(status.st_mtime_ns)
        return
    waiting = [str(path)]
    start = len(str(path)) + 1
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield entry.path[start:], status.st_size, str(status.st_mtime_ns)


def _remote(text: str) -> Iterator[Listed]:
    from bridle.fleet.remote import _told, file_system, shown

    fs, root = file_system(text)
    with _told(text):
        matches = sorted(fs.glob(root)) if has_magic(root) else [root]
        if not matches or (len(matches) == 1 and not fs.exists(matches[0])):
            raise LakeError(f"nothing fits {shown(text)}; check address and pattern")
        for match in matches:
            entries = [_entry(match, path, info) for path, info in fs.find(match, detail=True).items()]
            if not entries and not fs.isdir(match):
                entries = [_entry(match, match, fs.info(match))]
            yield _of(_url(text, root, match), PurePosixPath(match).name, sorted(entries))


def _entry(root: str, path: str, info: dict[str, Any]) -> tuple[str, int, str]:
    mark = next((str(info[k]) for k in ("ETag", "mtime", "LastModified", "created") if info.get(k) is not None), "")
    return path.removeprefix(root).lstrip("/"), int(info.get("size") or 0), mark


def _url(text: str, root: str, match: str) -> str:
    """The URL of what a pattern fitted, with scheme and host as they were given."""
    parts = urlsplit(text)
    if root.startswith("/"):
        return f"{parts.scheme}://{parts.netloc}{match}"
    return f"{parts.scheme}://{match}"


def _of(source: str, name: str, entries: list[tuple[str, int, str]]) -> Listed:
    digest = hashlib.sha256()
    for path, size, mark in entries:
        digest.update(f"{size} {mark} {path}\n".encode("utf-8", "surrogateescape"))
    return Listed(source=source, name=name, identity=digest.hexdigest(), size=sum(e[1] for e in entries))


@contextmanager
def here(source: str, task: str) -> Iterator[Path]:
    """The source as a path of this machine. One behind a URL is fetched whole into a private folder, and removed."""
    if not is_url(source):
        yield Path(source)
        return
    from bridle.fleet.remote import fetch

    with scratch(task) as folder:
        yield fetch(source, folder)

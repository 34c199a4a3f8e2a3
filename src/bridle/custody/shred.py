"""Files destroyed: overwritten where their content is in clear, then removed.

Overwriting reaches the sectors of an ordinary disk. Flash, copy-on-write file systems and backups keep what they keep:
there it is the destroyed key that counts. Links are removed, never followed; a file with another name elsewhere is not
overwritten, for that is another's file too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from bridle.descriptors import open_file, sync

_STEP = 1 << 20


def shred(path: Path, *, overwrite: bool = True) -> bool:
    """Destroy one file; whether it has another name, which stays. A file that is not there is destroyed already.

    Raises OSError.
    """
    try:
        info = path.lstat()
    except FileNotFoundError:
        return False
    elsewhere = stat.S_ISREG(info.st_mode) and info.st_nlink > 1
    if stat.S_ISREG(info.st_mode) and overwrite and not elsewhere:
        with suppress(PermissionError):
            path.chmod(0o600)
        _overwrite(path)
    path.unlink(missing_ok=True)
    return elsewhere


def _overwrite(path: Path) -> None:
    """Random bytes in place of all of it, on the disk before this returns."""
    descriptor = open_file(path, os.O_WRONLY)
    try:
        left = os.fstat(descriptor).st_size
        while left > 0:
            left -= os.write(descriptor, os.urandom(min(left, _STEP)))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear(folder: Path, keep: Collection[str] = ()) -> list[str]:
    """Destroy all below a folder but the files of these names directly in it; returns those that have another name.

    Encrypted tables are not overwritten: without the key they are worth nothing. Raises OSError.
    """
    elsewhere = []
    for path in _below(folder):
        name = path.relative_to(folder).as_posix()
        if name in keep:
            continue
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        elif shred(path, overwrite=not _is_encrypted(path)):
            elsewhere.append(name)
    sync(folder)
    return elsewhere


def _below(folder: Path) -> Iterator[Path]:
    """Files before the folders that they are in, however deep; links are files. Raises OSError."""
    folders = []
    for at, names in walk(folder):
        folders.append(at)
        yield from (at / name for name in names)
    yield from reversed(folders[1:])


def walk(folder: Path, unread: Callable[[Path], None] | None = None) -> Iterator[tuple[Path, list[str]]]:
    """Each folder with the names of what is in it and no folder, sorted; links are not followed. A folder that cannot
    be looked into is told, or raises OSError. Names added meanwhile may be missed."""
    waiting = [folder]
    while waiting:
        at = waiting.pop()
        try:
            with os.scandir(at) as found:
                entries = [(e.name, e.is_dir(follow_symlinks=False)) for e in found]
        except OSError:
            if unread is None:
                raise
            unread(at)
            continue
        waiting += [at / name for name, is_folder in sorted(entries, reverse=True) if is_folder]
        yield at, sorted(name for name, is_folder in entries if not is_folder)


def _is_encrypted(path: Path) -> bool:
    """Whether this is Parquet under a key. Source: the Parquet format, Encryption.md: then it ends with `PARE`."""
    if path.suffix != ".parquet" or path.is_symlink():
        return False
    with suppress(OSError):
        descriptor = open_file(path)
        with os.fdopen(descriptor, "rb") as file:
            return file.seek(0, os.SEEK_END) >= 4 and file.seek(-4, os.SEEK_END) >= 0 and file.read() == b"PARE"
    return False

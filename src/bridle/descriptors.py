"""Files opened by descriptor on every system: links are not followed, and reading somewhere moves nobody's place.

Windows has neither `pread` nor flags that refuse a link or a pipe, and opens no folders. There a path is looked at
before it is opened, which whoever changes it in between can deceive; nothing else is weaker.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
FOLDER = getattr(os, "O_DIRECTORY", 0)
BYTES = getattr(os, "O_BINARY", 0)
"""What keeps Windows from changing line ends."""
_FOLDERS = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_HAS_OWN = hasattr(os, "pread") and hasattr(os, "pwrite")
_moving = threading.Lock()


def open_file(path: Path | str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
    """A descriptor of a file, which is no link itself, and is not waited for where it is a pipe. Raises OSError."""
    if not NO_LINKS:
        refuse_link(path)
    return os.open(path, flags | NO_LINKS | NO_WAIT | BYTES, mode)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file of one's own at a path: whole and on the disk, or not at all. Raises OSError.

    Where the system has files without a name (Linux), one that is stopped leaves nothing; a file that was there is
    removed just before. Elsewhere it leaves `unfinished(path)`, which whoever writes next there may remove.
    """
    new = None
    try:
        descriptor = os.open(path.parent, os.O_WRONLY | os.O_TMPFILE, 0o600)
    except (AttributeError, OSError):
        new = unfinished(path)
        descriptor = open_file(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if new is None:
                path.unlink(missing_ok=True)
                # With `src_dir_fd` Python calls linkat(2), which alone follows that link; the number itself is not used
                os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=file.fileno(), follow_symlinks=True)
        if new is not None:
            new.replace(path)
    except BaseException:
        if new is not None:
            new.unlink(missing_ok=True)
        raise


def unfinished(path: Path) -> Path:
    """Where a file is written before it gets its name, on systems without files that have none."""
    return path.with_name(f".{path.name}.new")


def refuse_link(path: Path | str) -> None:
    """Raises OSError if there is a link at a path when it is looked at."""
    with suppress(FileNotFoundError):
        kind = os.lstat(path).st_mode
        if stat.S_ISLNK(kind):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def read_moving(descriptor: int, count: int, offset: int) -> bytes:
    """Up to `count` bytes at an offset. Raises OSError.

    The place in the file is moved there and back, under one lock of this process: descriptors made of one another
    share it.
    """
    with _moving, _at(descriptor, offset):
        return os.read(descriptor, count)


def write_moving(descriptor: int, content: memoryview | bytes, offset: int) -> int:
    """Write at an offset in the same way; how many bytes were written. Raises OSError."""
    with _moving, _at(descriptor, offset):
        return os.write(descriptor, content)


@contextmanager
def _at(descriptor: int, offset: int) -> Iterator[None]:
    before = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, offset, os.SEEK_SET)
    try:
        yield
    finally:
        os.lseek(descriptor, before, os.SEEK_SET)


def pread(descriptor: int, count: int, offset: int) -> bytes:
    """Up to `count` bytes at an offset, by the system's own call where it has one. Raises OSError."""
    return os.pread(descriptor, count, offset) if _HAS_OWN else read_moving(descriptor, count, offset)


def pwrite(descriptor: int, content: memoryview | bytes, offset: int) -> int:
    """Write at an offset in the same way; how many bytes were written. Raises OSError."""
    return os.pwrite(descriptor, content, offset) if _HAS_OWN else write_moving(descriptor, content, offset)


def folders_can_be_opened() -> bool:
    """Whether folders have descriptors, by which they are listed, locked and written through."""
    return bool(FOLDER) and _FOLDERS


def scanned(folder: int | str) -> list[tuple[str, os.stat_result]]:
    """Names and status, of links their own, of what is in a folder that is open or at this path. Raises OSError."""
    with os.scandir(folder) as found:
        return [(e.name, e.stat(follow_symlinks=False)) for e in found]


def sync(path: Path | str) -> None:
    """What was written to a file or a folder is on the disk when this returns. Raises OSError.

    Where folders cannot be opened, the system writes them through by itself.
    """
    if not FOLDER and os.path.isdir(path):  # noqa: PTH112 - a path may be a text here
        return
    descriptor = os.open(path, (os.O_RDONLY if FOLDER else os.O_RDWR) | BYTES)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

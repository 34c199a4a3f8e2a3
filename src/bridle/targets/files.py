"""Files of a list project: small ones read with a bound, replaced in one step, one writer at a time; reading ahead."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from bridle.case.locking import taken
from bridle.descriptors import open_file
from bridle.evidence.ahead import Ahead
from bridle.targets.keys import ProjectError

T = TypeVar("T")
LIMIT = 1 << 22
"""Bytes that a small file may have."""
LOCK = "lock"
_NEW = ".new-"
PATIENCE = 10.0
"""Seconds to wait for another run that writes."""


def small(path: Path) -> bytes:
    """A file's bytes. Raises ProjectError for a link, a folder, a large file, or nothing."""
    if path.is_symlink() or not path.is_file():
        raise ProjectError(f"{path.name}: expected a file of the project, found a link or nothing; use another copy")
    try:
        with path.open("rb") as file:
            stored = file.read(LIMIT + 1)
    except OSError as e:
        raise ProjectError(f"{path} cannot be read: {e.strerror}; check its permissions") from e
    if len(stored) > LIMIT:
        raise ProjectError(f"{path.name} is larger than {LIMIT:,} bytes; it is none of the project's; use another copy")
    return stored


def replaced(path: Path, content: bytes) -> None:
    """Write a file in one step: it has the old content or the new, never a part. Raises ProjectError."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_NEW)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as e:
        raise ProjectError(f"{path} cannot be written: {e.strerror}; check its folder") from e


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time; the lock ends with the process. Raises ProjectError after some patience.

    Whoever has the lock removes the new files that a process left which died before it gave them their names.
    """
    try:
        descriptor = open_file(folder / LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as e:
        raise ProjectError(f"{folder} cannot be written: {e.strerror}; check its permissions") from e
    try:
        until = time.monotonic() + PATIENCE
        while not taken(descriptor):
            if time.monotonic() > until:
                raise ProjectError(f"another run is writing to {folder}; try again when it has ended")
            time.sleep(0.05)
        for left in folder.glob(f"{_NEW}*"):
            with suppress(OSError):
                left.unlink()
        yield
    finally:
        os.close(descriptor)


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, made by a thread while those before are worked on."""
    made = Ahead(items, 1)
    try:
        yield from made
    finally:
        made.close()

"""A lock of this machine on an open file, which ends with the process that holds it."""

from __future__ import annotations

import importlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bridle.descriptors import FOLDER, open_file

_FAR = 0x7FFF_FF00
"""The byte that is locked on Windows. There a lock keeps others from reading it, so it is one that no file has."""
_PATIENCE = 0.05
"""Seconds between two attempts where the system does not wait by itself."""


def taken(descriptor: int) -> bool:
    """Whether the lock on the file could be taken now, without waiting for whoever has it."""
    flock = _module("fcntl")
    try:
        if flock is not None:
            flock.flock(descriptor, flock.LOCK_EX | flock.LOCK_NB)
        else:
            _far_byte(descriptor)
    except OSError:
        return False
    return True


def take(descriptor: int) -> None:
    """Take the lock on the file, waiting for whoever has it. Raises OSError where there are no locks."""
    flock = _module("fcntl")
    if flock is not None:
        flock.flock(descriptor, flock.LOCK_EX)
        return
    while not taken(descriptor):
        time.sleep(_PATIENCE)


@contextmanager
def held(path: Path, flags: int = os.O_RDWR) -> Iterator[bool]:
    """Hold the lock of a file, or of a folder, if nobody else has it: whether that is so. Raises OSError."""
    descriptor = open_file(path, flags)
    try:
        yield taken(descriptor)
    finally:
        os.close(descriptor)


def sweep(parent: Path, prefix: str, lock: str = "") -> None:
    """Remove the folders of this prefix whose owners died: nobody holds their locks.

    Those are on the folder itself, or on the file `lock` in it.
    """
    flags = os.O_RDWR | os.O_CREAT if lock else os.O_RDONLY | FOLDER
    with suppress(OSError):
        for left in parent.iterdir():
            if left.name.startswith(prefix) and not left.is_symlink() and left.is_dir():
                with suppress(OSError), held(left / lock, flags) as free:
                    if free:
                        shutil.rmtree(left, ignore_errors=True)


def _far_byte(descriptor: int) -> None:
    windows = importlib.import_module("msvcrt")
    before = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        windows.locking(descriptor, windows.LK_NBLCK, 1)
    finally:
        os.lseek(descriptor, before, os.SEEK_SET)


def _module(name: str) -> Any:
    """A module of the standard library that not every system has; None without it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None

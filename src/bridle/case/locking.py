"""A lock of this machine on an open file, which ends with the process that holds it."""

from __future__ import annotations

import sys


def taken(descriptor: int) -> bool:
    """Whether the lock on the file could be taken now, without waiting for whoever has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

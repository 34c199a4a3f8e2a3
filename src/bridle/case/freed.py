"""Memory that was freed, given back to the system: the allocator keeps it otherwise, and it adds up over the stages."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

WORTH = 16 << 20
"""Bytes by which a process has grown since, after which it is worth looking for what was freed."""
_ARENA_MAX = -8
"""`M_ARENA_MAX` of `mallopt`. Source: malloc.h of the GNU C library."""
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class _Least:
    """The resident bytes of this process after it last gave back."""

    def __init__(self) -> None:
        self._known = 0

    def give_back(self, worth: int) -> None:
        now = _resident()
        self._known = min(self._known, now)
        if now - self._known >= worth or not now:
            pa.default_memory_pool().release_unused()
            self._known = _resident()


def _resident() -> int:
    """Bytes; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        return int(_STATM.read_text("ascii").split()[1]) * _PAGE
    return 0


_LEAST = _Least()


def give_back(worth: int = WORTH) -> None:
    """Give back what was freed, if the process has grown by so many bytes since it last did.

    With Arrow's `system` allocator (`bridle/__init__.py`) this is `malloc_trim` of the GNU C library, which looks at
    all that was allocated, not at Arrow's alone: a few milliseconds, and as much again for what is needed anew.
    """
    _LEAST.give_back(worth)


def allocate_together() -> None:
    """Have all threads of this process allocate from one place, where the C library can be told so (glibc).

    By default each has an arena of its own, and what one frees none of the others uses: Arrow's threads alone keep a
    hundred megabytes that way. Threads that have an arena by now keep it.
    """
    with suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)

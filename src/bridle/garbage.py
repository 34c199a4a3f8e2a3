"""Less looking for garbage in cycles: imports make hundreds of thousands of objects that all stay, and few cycles.

A program that ends lets them go one by one, which costs as much as the examination of an app; the system takes them all
at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

OBJECTS = 5_000
"""New objects until the young ones are looked through. Few enough that a cycle which holds a large buffer goes soon."""
_CODES: list[int] = []
"""The exit code of the program, once it is known."""


@contextmanager
def kept() -> Iterator[None]:
    """What is made in here stays until the process ends, and is not looked through again before."""
    _register()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


def ends(code: object) -> None:
    """This program ends now, with the code of a SystemExit: what is `kept` need not be let go one by one.

    Only for whoever is the whole program. Threads are waited for, and what others registered for the end is still done.
    """
    if code is None or isinstance(code, int):
        _CODES.append(int(code or 0))


@lru_cache(maxsize=1)
def _register() -> None:
    """Before the libraries that are imported in `kept`: what these register is done before."""
    atexit.register(_end)


def _end() -> None:
    if _CODES and _flushed():
        os._exit(_CODES[-1] & 0xFF)
    gc.unfreeze()  # libraries look for what was never let go, and say so


def _flushed() -> bool:
    """Whether all that was said is written; if not, Python tells of it in its own way."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True

"""Less looking for garbage in cycles: imports make hundreds of thousands of objects that all stay, and few cycles."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 5_000
"""New objects until the young ones are looked through. Few enough that a cycle which holds a large buffer goes soon."""


@contextmanager
def kept() -> Iterator[None]:
    """What is made in here stays until the process ends, and is not looked through again before."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # at the end libraries look for what was never let go, and say so
        gc.enable()
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])

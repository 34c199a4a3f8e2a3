"""Less looking for garbage in cycles: imports make hundreds of thousands of objects that all stay, and few cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 5_000
"""New objects until the young ones are looked through. Few enough that a cycle which holds a large buffer goes soon."""


@contextmanager
def kept() -> Iterator[None]:
    """What is made in here stays until the process ends, and is never looked through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])

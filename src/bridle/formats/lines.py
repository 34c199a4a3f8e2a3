"""Lines of a text file nobody vouches for: bounded in length, whatever their bytes.

Bytes that are no UTF-8 become `\\xff`, so that no line is lost for one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import Gap

LONGEST = 16 << 10
"""Bytes of one line, with its end, that are read unless the caller says otherwise."""


def lines(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[int, str | None]]:
    """Number, from 1, and text of each line, without its end; None for one of more than `longest` bytes."""
    number = 0
    while line := stored.readline(longest):
        number += 1
        if len(line) < longest or line.endswith(b"\n"):
            yield number, line.decode("utf-8", "backslashreplace").rstrip("\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = stored.readline(longest)
        yield number, None


def too_long(number: int, longest: int = LONGEST) -> Gap:
    """The gap for a line that `lines` gave as None."""
    return Gap(locator=f"line {number}", reason=f"expected a line of at most {longest} bytes, got a longer one")

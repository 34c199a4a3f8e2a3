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


def blocks(
    stored: BinaryIO, longest: int = LONGEST, size: int = 1 << 18
) -> Iterator[tuple[int, list[bytes], list[int]]]:
    """Many lines at once, as stored and without their ends, for files most of whose lines are passed over.

    Gives the number of the first, the lines, and the numbers of those of more than `longest` bytes, which stand empty.
    Reads `size` bytes at a time.
    """
    number, rest, within = 1, b"", False
    while chunk := stored.read(size):
        if within:
            end = chunk.find(b"\n")
            if end < 0:
                continue
            chunk, within = chunk[end + 1 :], False
        found = (rest + chunk).split(b"\n")
        rest = found.pop()
        if len(rest) >= longest:
            found.append(rest)
            rest, within = b"", True
        yield _bounded(number, found, longest)
        number += len(found)
    if rest:
        yield number, [rest], []


def _bounded(number: int, found: list[bytes], longest: int) -> tuple[int, list[bytes], list[int]]:
    if max(map(len, found), default=0) < longest:
        return number, found, []
    longer = [n for n, line in enumerate(found, number) if len(line) >= longest]
    return number, [line if len(line) < longest else b"" for line in found], longer

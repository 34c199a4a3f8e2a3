"""Lines of a text file nobody vouches for: bounded in length, whatever their bytes.

Bytes that are no UTF-8 become `\\xff`, so that no line is lost for one of them.
"""

from __future__ import annotations

import re
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
    for number, body in _bodies(stored, longest, size):
        yield _bounded(number, body.split(b"\n"), longest)


def picked(
    stored: BinaryIO, begins: re.Pattern[bytes], holds: bytes, longest: int = LONGEST, size: int = 1 << 18
) -> Iterator[tuple[list[tuple[int, bytes]], list[int]]]:
    """As `blocks`, of files nearly all of whose lines are passed over: with their numbers those that a caller may want.

    These are all that `begins` matches behind a `\\n`, that hold `holds` or are too long, and others beside the latter.
    `begins` starts with `\\n`, which is found fast, and matches no other.
    """
    for number, body in _bodies(stored, longest, size):
        if _may_be_longer(body, longest):
            _, found, longer = _bounded(number, body.split(b"\n"), longest)
            yield list(enumerate(found, number)), longer
            continue
        text = b"\n" + body
        starts = {m.start() for m in begins.finditer(text)}
        at = text.find(holds)
        while at >= 0:
            starts.add(text.rfind(b"\n", 0, at))
            at = text.find(holds, max(text.find(b"\n", at), at + 1))
        yield list(_at(text, sorted(starts), number)), []


def _at(text: bytes, starts: list[int], number: int) -> Iterator[tuple[int, bytes]]:
    """The lines behind the line ends at `starts`, with their numbers; the first in `text` has `number`."""
    before = 0
    for start in starts:
        number += text.count(b"\n", before, start)
        before, end = start, text.find(b"\n", start + 1)
        yield number, text[start + 1 : end if end >= 0 else len(text)]


def _bodies(stored: BinaryIO, longest: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines, with the number of the first and without the end of the last. What is too long is cut."""
    number, rest, within = 1, b"", False
    while chunk := stored.read(size):
        if within:
            end = chunk.find(b"\n")
            if end < 0:
                continue
            chunk, within = chunk[end + 1 :], False
        text = rest + chunk
        end = text.rfind(b"\n")
        body, rest = text[: max(end, 0)], text[end + 1 :]
        if len(rest) >= longest:
            body, rest, within = text, b"", True
        elif end < 0:
            continue
        yield number, body
        number += body.count(b"\n") + 1
    if rest:
        yield number, rest


def _may_be_longer(body: bytes, longest: int) -> bool:
    """False only if each line has fewer bytes than `longest`: there is an end in each stretch of half as many."""
    step = max(1, longest // 2)
    return any(body.find(b"\n", at, at + step) < 0 for at in range(0, len(body) - step + 1, step))


def _bounded(number: int, found: list[bytes], longest: int) -> tuple[int, list[bytes], list[int]]:
    if max(map(len, found), default=0) < longest:
        return number, found, []
    longer = [n for n, line in enumerate(found, number) if len(line) >= longest]
    return number, [line if len(line) < longest else b"" for line in found], longer

"""Text that is ordered by indentation: each line with the lines it lies below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import Gap
from bridle.formats.lines import LONGEST, lines, too_long

DEEPEST = 32
"""Lines that one line may lie below."""
SHOWN = 200
"""Characters of a line that are told of those below it."""


def outline(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[int, tuple[str, ...], str] | Gap]:
    """Number of each line that is not blank, the lines it lies below from the outermost on, and its text.

    A line lies below the nearest line before it that is indented less; those above are cut to `SHOWN` characters. Tabs
    reach to the next multiple of eight.
    """
    above: list[tuple[int, str]] = []
    for number, line in lines(stored, longest):
        if line is None:
            yield too_long(number, longest)
            continue
        text = line.strip()
        if not text:
            continue
        wide = line[: len(line) - len(line.lstrip())].expandtabs(8)
        while above and above[-1][0] >= len(wide):
            above.pop()
        if len(above) > DEEPEST:
            yield Gap(locator=f"line {number}", reason=f"expected at most {DEEPEST} levels, got more")
            continue
        yield number, tuple(text for _, text in above), text
        above.append((len(wide), text[:SHOWN]))

"""Dumps of services that are lines under headings, by how deep they stand: `name=value`, `name: value` or a sentence.

    Current lock settings service state:
    SP Enabled = false
        User 0
            SP Handle = 0

A line is a heading for those below it that stand deeper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.lines import too_long

_DEEPEST = 64
_LONGEST_HEADING = 120
_NAMED = re.compile(r"([A-Za-z_][\w .:()/\[\]#'-]{0,80}?)(?: = |=|: |:(?=$))(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One line and the headings above it."""

    number: int
    path: tuple[str, ...]
    text: str
    """Without the blanks around it."""
    heads: bool
    """Whether the next line stands deeper."""

    @property
    def place(self) -> str | None:
        """The headings, joined by ` / `."""
        return " / ".join(self.path) or None

    def named(self) -> tuple[str | None, str | None]:
        """Name and value; a sentence has no name."""
        found = _NAMED.fullmatch(self.text)
        if found is None:
            return None, self.text
        return found[1].strip(), found[2].strip() or None


def tree(numbered: Iterable[tuple[int, str | None]]) -> Iterator[Line | Gap]:
    """Every line that is not blank, in its order."""
    stack: list[tuple[int, str]] = []
    before: tuple[int, int, str] | None = None
    for number, line in numbered:
        if line is None:
            yield too_long(number)
            continue
        text = line.strip()
        if not text:
            continue
        depth = len(line) - len(line.lstrip(" \t"))
        if before is not None:
            yield _line(stack, before, depth)
        before = depth, number, text
    if before is not None:
        yield _line(stack, before, 0)


def _line(stack: list[tuple[int, str]], before: tuple[int, int, str], next_depth: int) -> Line:
    depth, number, text = before
    while stack and stack[-1][0] >= depth:
        stack.pop()
    path = tuple(heading for _, heading in stack)
    heads = next_depth > depth
    if heads and len(stack) < _DEEPEST:
        stack.append((depth, text.removesuffix(":")[:_LONGEST_HEADING]))
    return Line(number, path, text, heads)

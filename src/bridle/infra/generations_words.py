"""The words that a label is made of: `opposedarrangement` is `opposed` and `arrangement`.

A label is cut where its words are most common, by dynamic programming over a list of English words with three levels
of frequency. What no word covers stays together as one piece.

Sources: the word list is SCOWL's, see the head of words.txt; the cutting is that of P. Norvig, "Natural Language Corpus
Data", in Beautiful Data, O'Reilly 2009, with levels in place of counts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

LONGEST = 14
"""Letters of the longest word in the list."""
COST = {10: 7.5, 20: 9.5, 35: 11.5}
"""What a word of each level costs: about minus the logarithm of its frequency."""
SHORT = 4.0
"""What a word of one or two letters costs besides: they fit everywhere."""
UNKNOWN = 9.0
FURTHER = 4.5
"""What the first and each further letter costs that no word covers."""
NOT_LETTERS = re.compile("[^a-z]+")


class Piece(NamedTuple):
    """One piece of a label."""

    text: str
    level: int | None
    """How common the word is, 10 before 35; None for what is no word."""


@cache
def word_levels() -> dict[str, int]:
    """Each word of the list and its level."""
    levels = {"a": 10, "i": 10}
    text = resources.files("bridle.infra").joinpath("words.txt").read_text("utf-8")
    for line in text.splitlines():
        level, _, words = line.partition(" ")
        if level.isdigit():
            for word in words.split():
                stem, plural, _ = word.partition("+")
                levels[stem] = int(level)
                if plural:
                    levels[stem + "s"] = int(level)
    return levels


def pieces(label: str) -> list[Piece]:
    """The words of a label and what lies between them. Hyphens and digits part words and are left out."""
    return [piece for part in NOT_LETTERS.split(label.lower()) if part for piece in _cut(part)]


def _cut(part: str) -> list[Piece]:
    """Letters without a break, cut at the least cost. Takes time in proportion to their number."""
    levels = word_levels()
    best: list[tuple[float, int, int | None]] = [(0.0, 0, 0)]
    for end in range(1, len(part) + 1):
        cost, _, level = best[end - 1]
        found: tuple[float, int, int | None] = (cost + (FURTHER if level is None else UNKNOWN), end - 1, None)
        for start in range(max(0, end - LONGEST), end):
            level = levels.get(part[start:end])
            if level is not None:
                cost = best[start][0] + COST[level] + (SHORT if end - start < 3 else 0)
                if cost < found[0]:
                    found = (cost, start, level)
        best.append(found)
    return _back(part, best)


def _back(part: str, best: list[tuple[float, int, int | None]]) -> list[Piece]:
    """The pieces from the last to the first, turned round; letters without a word are joined."""
    out: list[Piece] = []
    end = len(part)
    while end:
        _, start, level = best[end]
        if level is None and out and out[-1].level is None:
            out[-1] = Piece(part[start:end] + out[-1].text, None)
        else:
            out.append(Piece(part[start:end], level))
        end = start
    return out[::-1]

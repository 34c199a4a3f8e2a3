"""Labels of domains as they are compared: without what an imitation adds, and with one slip of the keyboard.

A slip is one letter left out, added, changed, or swapped with its neighbour (Damerau 1964). Spellings with a slip are
found by what is left when one letter is taken away of each, so that a look-up does not depend on how many words there
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

DIGITS = str.maketrans("0134578", "oleastb")
"""Digits that stand for letters: 0, 1, 3, 4, 5, 7 and 8."""
LONGEST = 63
"""Characters of a label (RFC 1035)."""


def plain(label: str) -> str:
    """The letters of a label: digits read as the letters they stand for, hyphens and all else dropped."""
    return "".join(c for c in label[:LONGEST].lower().translate(DIGITS) if c.isalpha())


def one_slip(one: str, other: str) -> bool:
    """Whether two words are the same but for at most one slip."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    if one[at + 1 :] == other[at + 1 :]:
        return True
    return one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]


def shortened(word: str) -> Iterator[str]:
    """A word, and what is left of it when one letter is taken away."""
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


class Spellings:
    """Words to be found again with one slip."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_rest: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            for rest in set(shortened(word)):
                self._by_rest.setdefault(rest, []).append(word)

    def near(self, word: str) -> list[str]:
        """The words that differ from this one by one slip or not at all, sorted."""
        found = {w for rest in shortened(word[:LONGEST]) for w in self._by_rest.get(rest, ())}
        return sorted(w for w in found if one_slip(w, word))

"""What the name of a domain shows: its letters, its words, what it pretends to be, and its shape."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import NamedTuple

from bridle.infra.generations_words import Piece, pieces
from bridle.infra.themes_spelling import DIGITS, Spellings

GRAMS = (2, 3, 4, 5)
"""Letters of a piece of a label that is one feature, its two ends marked."""
INSIDE, TYPING = 5, 6
"""Letters from which a word of a lure counts inside another, and with one slip of the keyboard."""


class Features(NamedTuple):
    """The features of one domain, in groups that are weighed apart. Each says what it is: `first word news`."""

    letters: frozenset[str]
    words: frozenset[str]
    shape: frozenset[str]


def suffixes(*, private: bool = False) -> Callable[[str], str | None]:
    """The public suffix of a domain, `private`: also of companies (`gr.com`). Raises ImportError without the extra."""
    from publicsuffixlist import PublicSuffixList

    found: Callable[[str], str | None] = PublicSuffixList(only_icann=not private).publicsuffix
    return found


def parted(domain: str, suffix_of: Callable[[str], str | None]) -> tuple[str, str]:
    """The label that was registered and the suffix it was registered under: `inews`, `com.gr`."""
    domain = domain.lower().strip(".")
    suffix = suffix_of(domain) or domain.rpartition(".")[2]
    return domain.removesuffix(suffix).rstrip(".").rpartition(".")[2], suffix


def features(label: str, suffix: str) -> Features:
    """The features of a registered label under its suffix."""
    label = label[:63].lower()
    found = pieces(label)
    marked = f"^{label}$"
    letters = frozenset(f"letters {marked[i : i + n]}" for n in GRAMS for i in range(len(marked) - n + 1))
    words = {f"word {p.text}" for p in found}
    if found:
        words |= {f"first word {found[0].text}", f"last word {found[-1].text}"}
    return Features(letters, frozenset(words), frozenset(_shape(label, suffix, found) | _lures(label, found)))


RARITY = {
    None: "a piece that is no word",
    35: "a less common word",
    20: "common words only",
    10: "only very common words",
}
COVERED = ("no words", "few words", "words in part", "mostly words", "all words")


def _shape(label: str, suffix: str, found: list[Piece]) -> set[str]:
    """How a label is built, whatever it means."""
    known = [p for p in found if p.level is not None]
    length = sum(len(p.text) for p in found)
    covered = sum(len(p.text) for p in known) / length if length else 0.0
    hyphens = min(3, label.count("-"))
    start = min(len(label), 28) // 3 * 3
    form = f"form: {min(len(known), 4)} words{' and more' if covered < 1 else ''}{', hyphened' if hyphens else ''}"
    return {
        f".{suffix}",
        f"{hyphens or 'no'} hyphens",
        "has digits" if any(c.isdigit() for c in label) else "no digits",
        f"{start} to {start + 2} characters",
        f"{min(len(known), 6)} words",
        COVERED[int(covered * 4)],
        form,
        f"{form}, under .{suffix}",
        RARITY[max((p.level or 0 for p in known), default=0) if covered == 1 else None],
    }


@cache
def _vocabulary() -> tuple[dict[str, str], Spellings]:
    """Each word of a lure and what it pretends to be, and the longer words to be found with a slip."""
    text = resources.files("bridle.infra").joinpath("lures.toml").read_text("utf-8")
    kinds = {word: kind for kind, words in tomllib.loads(text).items() for word in words.split()}
    return kinds, Spellings(word for word in kinds if len(word) >= TYPING)


def _lures(label: str, found: list[Piece]) -> set[str]:
    """What a label pretends to be."""
    kinds, spellings = _vocabulary()
    parts = [part for part in label.split("-") if part]
    flat = "".join(parts).translate(DIGITS)
    whole = {p.text for p in found} | set(parts)
    exact = {word for word in kinds if word in whole or (len(word) >= INSIDE and word in flat)}
    slips = {word for part in {*parts, flat} for word in spellings.near(part)} - exact
    out = {f"lure word {word}" for word in exact | slips} | {f"lure of {kinds[word]}" for word in exact | slips}
    return (out | {f"misspelt name of {kinds[word]}" for word in slips}) or {"no lure word"}

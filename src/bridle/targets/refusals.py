"""What is not done with a list, whoever asks: each refusal with its reason, and the one gate that speaks them.

Sources: the safety rules of consensual forensics (docs/guides/look-up.md); OHCHR and UC Berkeley, "Berkeley Protocol on
Digital Open Source Investigations", on the safety of those concerned.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NoReturn

REFUSED: Mapping[str, str] = {
    "enrich": "no service is asked about a number: a query tells others, and perhaps the operator, what is listed",
    "person": "numbers are not turned into persons; owners are found by reporters, and say so themselves",
    "similar": "there is no search for similar numbers: it would let anybody walk through the list",
    "locate": "no movements and no contacts are made of a number",
    "score": "persons are not scored",
    "raw": "numbers never leave the project; publish aggregates with `bridle list publish`",
    "oracle": "nobody may ask at will whether a number is listed: an operator would learn that its system leaked, "
    "and who the source may be; supervised look-ups are `bridle list lookup`",
    "government": "an operator is OP-01, OP-02 …; who stands behind it is for people to show",
}
"""By the name of what is asked: why it is refused."""
_DIGITS = re.compile(r"\d[\s().\-/\u2010-\u2015]{0,3}" * 6 + r"\d")
"""Seven digits, however they are grouped: as many as the shortest subscriber's number has with its area code."""
_SHORTEST_PURPOSE = 10
_LONGEST = 500
_PLACEHOLDERS = frozenset({"", "-", "n/a", "na", "none", "test", "todo", "unknown", "x", "xxx", "tbd"})


class RefusedError(Exception):
    """What is not done. One sentence with the reason and a next step."""


def refuse(what: str) -> NoReturn:
    """Raises RefusedError for one of `REFUSED`."""
    raise RefusedError(f"refused ({what}): {REFUSED[what]}")


def stated(owner: str | None, purpose: str | None) -> tuple[str, str]:
    """Owner and purpose of a project, trimmed. Raises RefusedError where one is not stated, or holds a number."""
    name, why = ((text or "").strip() for text in (owner, purpose))
    if name.casefold() in _PLACEHOLDERS:
        raise RefusedError("a list is not processed without an owner who answers for it; state one with --owner NAME")
    if why.casefold() in _PLACEHOLDERS or len(why) < _SHORTEST_PURPOSE:
        raise RefusedError("a list is not processed without a public-interest purpose; state it with --purpose TEXT")
    for option, text in (("--owner", name), ("--purpose", why)):
        if len(text) > _LONGEST:
            raise RefusedError(f"{option} has {len(text):,} characters; at most {_LONGEST} are kept")
        if holds_number(text):
            raise RefusedError(f"{option} holds what may be a telephone number; state it without")
    return name, why


def holds_number(text: str) -> bool:
    """Whether `text` holds seven digits of any script in a row, grouped or not."""
    return bool(_DIGITS.search(unicodedata.normalize("NFKC", text)))


def whole_number(text: str) -> str:
    """One complete E.164 number, for a look-up: `+` and 8 to 15 digits. Raises RefusedError for a part or a pattern."""
    cleaned = re.sub(r"[\s().\-]", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", cleaned):
        if re.search(r"[*?%_\[\]{}|]", text):
            refuse("similar")
        raise RefusedError("expected one whole number with its country code, such as +1 555 01xx has; give it in full")
    return cleaned

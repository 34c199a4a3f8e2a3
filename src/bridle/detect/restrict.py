"""Indicators that were shared under a restriction are not shown beyond it, wherever their value would stand.

A masked finding tells its rule, level, stage, times and counts. Its id, and the id of whatever else would tell a masked
place, is made of what is shown alone: whoever guesses a value cannot confirm it by computing the id. The rows that it
was found in keep numbers and times, and no text, here and in every other finding that cites them: a row may spell the
value in a way that no search knows. The query for rows beyond those that are listed is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from bridle.core import TLP
from bridle.detect.evidence_sql import LEDGER
from bridle.detect.finding import Evidence, Finding, Named, Tested
from bridle.detect.message import MOST_IN_MESSAGE, plain

WITHHELD = "restricted"
_SAYS_NOTHING = "A record that it rests on is one that a restricted indicator names; what it says is withheld."
_PLAIN_LOCATOR = re.compile(r"[A-Za-z_]{0,32}[: ]?(?:0x[0-9a-f]{1,16}|[0-9]{1,15})\Z")
"""Places that are numbers, and cannot spell a value."""
_SHORT = 5
"""A shorter value is searched for as a word of its own: `bh` stands in many."""


def marking(tlp: str | None) -> str:
    """A marking in TLP 2.0's spelling; one that nobody knows counts as the narrowest."""
    if not tlp:
        return "TLP:CLEAR"
    text = tlp.strip().upper().replace("TLP:", "").replace("_", "+").replace("WHITE", "CLEAR")
    return f"TLP:{text}" if f"TLP:{text}" in TLP else "TLP:RED"


def restricted(indicator: Named, audience: str) -> bool:
    """Whether an indicator is not for this audience."""
    rank = TLP.index(marking(indicator.tlp))
    return rank >= TLP.index("TLP:AMBER") and rank > TLP.index(marking(audience))


def masked(
    findings: Sequence[Finding], audience: str, stored: dict[str, str], more: Mapping[str, Sequence[str]] | None = None
) -> tuple[Finding, ...]:
    """The findings as this audience may see them. `stored` has the matched form of each indicator by finding id.

    `more` has what else would tell an indicator, such as the single values of a pattern.
    """
    numbers: dict[tuple[str, str], str] = {}
    for f in findings:
        if f.indicator is not None and restricted(f.indicator, audience):
            key = (f.indicator.kind, f.indicator.value)
            numbers.setdefault(key, f"restricted indicator {len(numbers) + 1}")
    if not numbers:
        return tuple(findings)
    secrets = _values(findings, numbers, stored, more or {})
    rows = {_row(e) for f in findings if _mask_of(f, numbers) for e in f.evidence}
    told = [_mask(f, _mask_of(f, numbers), _Secrets(secrets), rows) for f in findings]
    ids = {f.id: _id(f, t) for f, t in zip(findings, told, strict=True)}
    return tuple(_renamed(t, ids) for t in told)


def _values(
    findings: Sequence[Finding],
    numbers: dict[tuple[str, str], str],
    stored: dict[str, str],
    more: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """Every value that tells a restricted indicator, and what stands in its place."""
    public = {
        v for f in findings if f.indicator and not _mask_of(f, numbers) for v in (f.indicator.value, stored.get(f.id))
    }
    secrets = {value: mask for (_, value), mask in numbers.items()}
    for f in findings:
        if (mask := _mask_of(f, numbers)) is not None and f.indicator is not None:
            secrets[stored.get(f.id, f.indicator.value)] = mask
            for text in more.get(f.id, ()):
                if text not in public:
                    secrets.setdefault(text, mask)
    return secrets


def _mask_of(f: Finding, numbers: dict[tuple[str, str], str]) -> str | None:
    return numbers.get((f.indicator.kind, f.indicator.value)) if f.indicator is not None else None


def _row(e: Evidence) -> tuple[str, str, str]:
    return e.table, e.path, e.locator


def _id(before: Finding, after: Finding) -> str:
    """The id as it was, unless it was made of something that is masked."""
    first = after.evidence[0] if after.evidence else None
    if first is None or (before.indicator == after.indicator and _row(before.evidence[0]) == _row(first)):
        return before.id
    named = after.indicator.value if after.indicator is not None else ""
    parts = (after.rule, WITHHELD, named, *_row(first))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _renamed(f: Finding, ids: dict[str, str]) -> Finding:
    """The finding with its own new id, and those it names."""
    return replace(
        f, id=ids[f.id], corroborated_by=tuple(ids.get(i, i) for i in f.corroborated_by),
        legs=tuple(replace(leg, finding=ids.get(leg.finding, leg.finding)) for leg in f.legs),
        superseded_by=ids.get(f.superseded_by, f.superseded_by) if f.superseded_by else None,
    )  # fmt: skip


class _Secrets:
    """Finds restricted values in any text, whatever their case, percent-encoding or form of international names."""

    def __init__(self, masks: dict[str, str]) -> None:
        self._masks = {k.lower(): v for k, v in masks.items() if k}
        longest = sorted(self._masks, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_searched, longest)), re.IGNORECASE)

    def replaced(self, text: str) -> str:
        """The text with the values masked; nothing of it where it spells one in another way."""
        out = self._pattern.sub(self._masked, text)
        return WITHHELD if any(self._pattern.search(v) for v in _spellings(out)) else out

    def _masked(self, found: re.Match[str]) -> str:
        return self._masks.get(found[0].lower(), "restricted indicator")

    def whole(self, value: Any) -> Any:
        """A value that holds a restricted one anywhere is masked as a whole."""
        text = value if isinstance(value, str) else str(plain(value))
        if (found := self._pattern.search(text)) is not None:
            return self._masked(found)
        return WITHHELD if self.holds(text) else value

    def holds(self, text: str) -> bool:
        """Whether any spelling of the text holds a value."""
        return any(self._pattern.search(v) for v in (text, *_spellings(text)))


def _searched(value: str) -> str:
    found = re.escape(value)
    return rf"(?<![A-Za-z0-9]){found}(?![A-Za-z0-9])" if len(value) < _SHORT else found


def _spellings(text: str) -> Iterator[str]:
    """The text without percent-encoding, once and twice, and with international names in their other form."""
    once = unquote(text)
    twice = unquote(once)
    for spelled in dict.fromkeys((once, twice)):
        if spelled != text:
            yield spelled
        if "xn--" in spelled.lower():
            yield _ACE.sub(_unicode, spelled)
        elif not spelled.isascii():
            yield _LABEL.sub(_ascii, spelled)


_ACE = re.compile(r"xn--[a-z0-9-]{1,59}", re.IGNORECASE)
_LABEL = re.compile(r"[^\W_][\w-]{0,62}")


def _unicode(found: re.Match[str]) -> str:
    try:
        return found[0].lower().encode("ascii").decode("idna")
    except UnicodeError:
        return found[0]


def _ascii(found: re.Match[str]) -> str:
    try:
        return found[0].lower().encode("idna").decode("ascii")
    except UnicodeError:
        return found[0]


def _mask(f: Finding, mask: str | None, secrets: _Secrets, rows: set[tuple[str, str, str]]) -> Finding:
    evidence = tuple(_evidence(e, secrets, _row(e) in rows) for e in f.evidence)
    query = f.evidence_query if mask is None and f.evidence_query and not secrets.holds(f.evidence_query) else None
    found = replace(f, explanation=secrets.replaced(f.explanation), evidence=evidence, evidence_query=query)
    if mask is not None and f.indicator is not None:
        named = replace(f.indicator, value=mask, campaigns=())
        told = tuple(_tested(t) for t in f.tested)
        return replace(found, indicator=named, message=secrets.replaced(_own_message(f)), tested=told, attribution=None)
    tested = tuple(replace(t, why=secrets.replaced(t.why)) for t in f.tested)
    message = secrets.replaced(f.message)
    if f.indicator is None and not f.legs and any(_row(e) in rows for e in f.evidence):
        message, tested = f"{f.title}. {_SAYS_NOTHING}", tuple(_tested(t) for t in f.tested)
    return replace(found, message=message, tested=tested)


def _own_message(f: Finding) -> str:
    """The sentence of a restricted indicator without its campaigns, and without what benign explanations read."""
    text = f.message
    for campaign in sorted(f.indicator.campaigns if f.indicator else (), key=len, reverse=True):
        for named in (campaign, campaign[:MOST_IN_MESSAGE]):
            text = text.replace(named, "a restricted campaign")
    for t in f.tested:
        if t.why and t.outcome == "fits":
            text = text.replace(f"({t.why})", f"({WITHHELD})")
    return text


def _tested(t: Tested) -> Tested:
    return t if t.outcome == "could not be tested" else replace(t, why=WITHHELD)


def _evidence(e: Evidence, secrets: _Secrets, cited: bool) -> Evidence:
    """A row that a restricted indicator was found in keeps no text; in a list of files, nor its place."""
    values = {k: secrets.whole(v) for k, v in e.values.items()}
    path, locator = secrets.replaced(e.path), secrets.replaced(e.locator)
    if cited:
        values = {k: v if _is_number(v) or _is_mask(v) else WITHHELD for k, v in values.items()}
        path = WITHHELD if e.table == LEDGER else path
        locator = locator if _PLAIN_LOCATOR.match(locator) and e.table != LEDGER else WITHHELD
    sha256 = WITHHELD if e.sha256 and secrets.holds(e.sha256) else e.sha256
    return replace(e, path=path, locator=locator, sha256=sha256, values=values)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | datetime)


def _is_mask(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("restricted indicator")

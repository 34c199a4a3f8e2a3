"""Rows with named columns, as CSV and flat JSON give them: which column holds a value, and which says more of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bridle.core import SURFACES
from bridle.indicators.marking import read_marking
from bridle.indicators.model import Related, instant
from bridle.indicators.reading import NOTHING, PORTS, Reading, Said, listed_kinds
from bridle.indicators.stix import FeedError
from bridle.indicators.vocabulary import CONTEXT, HEADERS, NOT_EVALUABLE, kinds_of, word

_KIND = ("kind", "type", "indicator type", "ioc type", "attribute type", "observable type")
_VALUE = ("value", "indicator", "ioc", "indicator value", "ioc value", "observable", "trail")
_SAID = {
    "campaign": "campaign", "event": "campaign", "event info": "campaign", "family": "product", "malware": "product",
    "malware family": "product", "product": "product", "tool": "product", "spyware": "product", "threat": "product",
    "operator": "operator", "actor": "operator", "threat actor": "operator", "apt": "operator", "group": "operator",
    "report": "report", "reference": "report", "references": "report", "tlp": "tlp", "confidence": "confidence",
    "valid from": "valid_from", "valid until": "valid_until", "expires": "valid_until", "expiry": "valid_until",
    "expiration": "valid_until", "revoked": "revoked", "surfaces": "surfaces", "surface": "surfaces",
    "to ids": "to_ids",
}  # fmt: skip
_WORDS = {"low": 15, "medium": 50, "moderate": 50, "high": 85, "confirmed": 100}
"""STIX 2.1, appendix A: none, low, medium, high as numbers."""
_YES = frozenset({"1", "true", "yes", "y", "t"})
_NO = frozenset({"0", "false", "no", "n", "f"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].{0,40})?\Z")
TO_IDS = "values are marked `to_ids: false`, which says that they are no indicators; they are not looked for"
TO_IDS_ADVICE = "where one is an attacker's, set its `to_ids` and export the event again"
CONTEXTS = "values of types such as links, comments and registrants tell of an attack; they are not looked for"


_FROM = frozenset({"srcport", "src port", "sport", "source port", "id.orig h", "id.orig p", "orig bytes"})
_TO = frozenset(
    {"dstport", "dst port", "dport", "dest port", "destination port", "id.resp h", "id.resp p", "resp bytes"}
)


def refuse_connections(names: Sequence[str]) -> None:
    """Raises FeedError for columns of a log of connections, which names whoever was talked to and no attackers."""
    words = {word(n) for n in names}
    if words & _FROM and words & _TO:
        raise FeedError("a log of connections (it has ports of both sides), not a feed of indicators")


class Columns:
    """The columns of a table, by what they hold."""

    def __init__(self, names: Sequence[str]) -> None:
        words = [word(n) for n in names]
        self.kind = next((i for i, w in enumerate(words) if w in _KIND), None)
        self.value = next((i for i, w in enumerate(words) if w in _VALUE), None)
        kinds = [(i, HEADERS[w]) for i, w in enumerate(words) if w in HEADERS] if self.value is None else []
        self.named = [(i, kind, f", column {names[i]}" if len(kinds) > 1 else "") for i, kind in kinds]
        self._said = [(i, _SAID[w]) for i, w in enumerate(words) if w in _SAID]
        used = {self.kind, self.value, *(i for i, _, _ in self.named), *(i for i, _ in self._said)}
        self.unused = [names[i] for i in range(len(names)) if i not in used and words[i]]

    @property
    def usable(self) -> bool:
        """Whether any column holds values."""
        return self.value is not None or bool(self.named)

    def read(self, row: Sequence[str], place: str, out: Reading) -> None:
        """The values of one row."""
        cells = {i: stripped for i, cell in enumerate(row) if (stripped := cell.strip())}
        said, wanted = self._says(cells, place, out) if self._said else (NOTHING, True)
        if not wanted:
            return
        if self.value is not None:
            if (text := cells.get(self.value)) is not None:
                add_typed(out, cells.get(self.kind, "") if self.kind is not None else "", text, place, said)
            return
        for i, kind, column in self.named:
            if (text := cells.get(i)) is not None:
                out.add(kind, text, f"{place}{column}", said)

    def _says(self, cells: Mapping[int, str], place: str, out: Reading) -> tuple[Said, bool]:
        """What the row says beside its value, and whether the value is to be looked for."""
        given: dict[str, list[str]] = {}
        for i, what in self._said:
            if i in cells:
                given.setdefault(what, []).append(cells[i])
        if given.get("to_ids", [""])[0].lower() in _NO:
            out.tally(TO_IDS, place, advice=TO_IDS_ADVICE)
            return NOTHING, False
        return said_of({k: v for k, v in given.items() if k != "to_ids"}, place, out), True


def said_of(given: Mapping[str, Sequence[str]], place: str, out: Reading) -> Said:
    """What columns or keys say of a value; what cannot be understood is told and left out."""
    if not given:
        return NOTHING
    one = {k: v[0] for k, v in given.items()}
    names = [*given.get("campaign", ()), *given.get("product", ())]
    return Said(
        campaigns=tuple(dict.fromkeys(n[:200] for n in names)),
        related=tuple(
            Related(role=role, name=name[:200], feed=out.feed)
            for role in ("campaign", "product", "operator", "report")
            for name in dict.fromkeys(given.get(role, ()))
        ),
        tlp=_tlp(one.get("tlp"), place, out), confidence=_confidence(one.get("confidence"), place, out),
        valid_from=_date(one.get("valid_from"), place, out), valid_until=_date(one.get("valid_until"), place, out),
        revoked=one.get("revoked", "").lower() in _YES, surfaces=_surfaces(one.get("surfaces"), place, out),
    )  # fmt: skip


def add_typed(out: Reading, given: str, text: str, place: str, said: Said = NOTHING) -> None:
    """A value with the type its feed gives it, such as `domain|ip`; without a type, by its shape."""
    if not given:
        out.add(None, text, place, said)
        return
    name = word(given)
    kinds = kinds_of(given)
    if kinds is None:
        if name in CONTEXT:
            out.tally(CONTEXTS, place, "note")
        elif name in NOT_EVALUABLE:
            reason = f"values of type {given.lower()[:40]} are not looked for: {NOT_EVALUABLE[name]}"
            out.tally(reason, place, "error")
        else:
            out.refuse(
                place, f"the type {given!r:.60} is not known", f"expected one of {listed_kinds()}, or a type of MISP"
            )
        return
    parts = text.split("|") if len(kinds) > 1 else [text]
    if len(parts) < len(kinds) - (None in kinds):
        out.refuse(
            place, f"a value of type {given!r:.40} has {len(kinds)} parts with `|` between them, got {text!r:.60}"
        )
        return
    if None in kinds and len(parts) == len(kinds):
        out.tally(PORTS, place)
    for kind, part in zip(kinds, parts, strict=False):
        if kind is not None:
            out.add(kind, part.strip(), place, said)


def _tlp(text: str | None, place: str, out: Reading) -> str | None:
    if text is None:
        return None
    marking = read_marking(text)
    if marking is None:
        out.refuse(
            place, f"the marking {text!r:.40} is none of TLP 2.0; the value is held as TLP:RED", severity="warning"
        )
        return "TLP:RED"
    return marking


def _confidence(text: str | None, place: str, out: Reading) -> int | None:
    if text is None:
        return None
    number = _WORDS.get(text.lower())
    if number is None and re.fullmatch(r"\d{1,3}(?:\.0+)?%?", text) and int(text.rstrip("%").partition(".")[0]) <= 100:
        number = int(text.rstrip("%").partition(".")[0])
    if number is None:
        out.tally("confidences are not numbers from 0 to 100, and are not used", place)
    return number


def _date(text: str | None, place: str, out: Reading) -> str | None:
    if text is None or (_DATE.match(text) and instant(text) is not None):
        return text
    reason = f"expected a date such as 2026-01-31, got {text!r:.40}; the value is loaded without it"
    out.refuse(place, reason, severity="warning")
    return None


def _surfaces(text: str | None, place: str, out: Reading) -> frozenset[str] | None:
    if text is None:
        return None
    given = frozenset(re.split(r"[\s,;|]+", text.lower())) - {""}
    if unknown := given - SURFACES:
        reason = f"{min(unknown)!r:.40} is no surface; expected some of {', '.join(sorted(SURFACES))}"
        out.refuse(place, reason, severity="warning")
    return given & SURFACES or None

"""Indicators that were shared under a restriction are not shown beyond it, wherever their value would stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridle.core import TLP
from bridle.detect.finding import Evidence, Finding, Named
from bridle.detect.message import plain


def marking(tlp: str | None) -> str:
    """A marking in TLP 2.0's spelling; one that nobody knows counts as the narrowest."""
    if not tlp:
        return "TLP:CLEAR"
    text = tlp.strip().upper().replace("TLP:", "").replace("_", "+").replace("WHITE", "CLEAR")
    return f"TLP:{text}" if f"TLP:{text}" in TLP else "TLP:RED"


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
    secrets = {value: mask for (_, value), mask in numbers.items()}
    public = {v for f in findings if f.indicator and not _is_masked(f, numbers)
              for v in (f.indicator.value, stored.get(f.id))}  # fmt: skip
    for f in findings:
        if f.indicator is not None and (mask := numbers.get((f.indicator.kind, f.indicator.value))):
            secrets[stored.get(f.id, f.indicator.value)] = mask
            for text in (more or {}).get(f.id, ()):
                if text not in public:
                    secrets.setdefault(text, mask)
    rows = {(e.path, e.locator) for f in findings if _is_masked(f, numbers) for e in f.evidence}
    return tuple(_mask(f, numbers, _Secrets(secrets), rows) for f in findings)


def restricted(indicator: Named, audience: str) -> bool:
    rank = TLP.index(marking(indicator.tlp))
    return rank >= TLP.index("TLP:AMBER") and rank > TLP.index(marking(audience))


def _is_masked(f: Finding, numbers: dict[tuple[str, str], str]) -> bool:
    return f.indicator is not None and (f.indicator.kind, f.indicator.value) in numbers


class _Secrets:
    """Finds restricted values in any text, whatever their case."""

    def __init__(self, masks: dict[str, str]) -> None:
        self._masks = {k.lower(): v for k, v in masks.items() if k}
        longest = sorted(self._masks, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)

    def replaced(self, text: str) -> str:
        return self._pattern.sub(lambda m: self._masks.get(m[0].lower(), "restricted indicator"), text)

    def whole(self, value: Any) -> Any:
        """A value that holds a restricted one anywhere is masked as a whole."""
        found = self._pattern.search(str(plain(value)) if not isinstance(value, str) else value)
        return self._masks.get(found[0].lower(), "restricted indicator") if found else value


def _mask(f: Finding, numbers: dict[tuple[str, str], str], secrets: _Secrets, rows: set[tuple[str, str]]) -> Finding:
    indicator = f.indicator
    if indicator is not None and (mask := numbers.get((indicator.kind, indicator.value))):
        indicator = replace(indicator, value=mask, campaigns=())
    text = secrets.replaced(f.message)
    if indicator is not f.indicator and f.indicator is not None:
        for campaign in f.indicator.campaigns:
            text = text.replace(campaign, "a restricted campaign")
    query = f.evidence_query
    return replace(
        f, message=text, explanation=secrets.replaced(f.explanation), indicator=indicator,
        evidence=tuple(_evidence(e, secrets, (e.path, e.locator) in rows) for e in f.evidence),
        evidence_query=query if query is None or secrets.replaced(query) == query else None,
    )  # fmt: skip


def _evidence(e: Evidence, secrets: _Secrets, cited: bool) -> Evidence:
    """A row that a restricted indicator was found in keeps no text: it may hold the value in another spelling."""
    values = {k: secrets.whole(v) for k, v in e.values.items()}
    if cited:
        values = {k: "restricted" if isinstance(v, str) and not _is_mask(v) else v for k, v in values.items()}
    return replace(e, path=secrets.replaced(e.path), locator=secrets.replaced(e.locator), values=values)


def _is_mask(value: str) -> bool:
    return value.startswith("restricted indicator")

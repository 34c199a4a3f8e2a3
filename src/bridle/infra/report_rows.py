"""The rows that a report rests on: where each was read, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridle.infra.base import Base, Claim, Fact, Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row of a file that was imported."""

    number: int
    place: str
    """`FILE, LOCATOR`."""
    sha256: str
    source: str
    said: tuple[str, ...]


class SourceRows:
    """Rows by their place, numbered in the order in which the report asks for them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, place: str) -> int:
        """The number of a row; a new one for a row not asked for before."""
        return self._numbers.setdefault(place, len(self._numbers) + 1)

    def numbers(self, places: tuple[str, ...]) -> list[tuple[int, str]]:
        """Number and place of some rows, each once."""
        return [(self.number(p), p) for p in dict.fromkeys(places)]

    def resolved(self, base: Base) -> list[SourceRow]:
        """What the base has of every row that was asked for. Raises BaseError."""
        said: dict[str, dict[tuple[str, str], list[str]]] = {}
        for row in _every(base):
            place = f"{row.file}, {row.locator}"
            if place in self._numbers:
                said.setdefault(place, {}).setdefault((row.sha256, row.source), []).append(_said(row))
        return [
            SourceRow(number=n, place=place, sha256=sha256, source=source, said=tuple(dict.fromkeys(texts)))
            for place, n in self._numbers.items()
            for (sha256, source), texts in said.get(place, {("", "not in the base"): []}).items()
        ]


def _every(base: Base) -> Iterator[Claim | Relation | Fact]:
    yield from base.claims(says="attacker")
    yield from base.relations()
    yield from base.facts()


def _said(row: Claim | Relation | Fact) -> str:
    """What a row says, in a few words."""
    if isinstance(row, Relation):
        when = f" ({row.first or '?'} to {row.last or '?'})" if row.first or row.last else ""
        return f"{row.one.value} {row.type} {row.other.value}{when}"
    if isinstance(row, Fact):
        return f"{row.value} {row.name} {row.text[:80]}"
    about = [part for part in (row.vendor, row.product, row.generation, row.operator or row.campaign) if part]
    return f"{row.value}: {row.says}{', ' if about else ''}{', '.join(about)}"

"""All that a base says of one value: claims, relations and facts, those taken back among them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bridle.indicators.normalise import NORMALISE
from bridle.infra.base import KINDS, Base, Claim, Fact, Relation, Value
from bridle.infra.taking import address


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What is said of one value, by whom, and since when."""

    value: Value
    claims: tuple[Claim, ...]
    retracted: tuple[Claim, ...]
    """Claims that their sources took back, with the time they did."""
    relations: tuple[Relation, ...]
    facts: tuple[Fact, ...]

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def lineages(base: Base, text: str, known_at: str | None = None) -> list[Lineage]:
    """What the base says of a value, for each kind of value that the text may be. Raises BaseError."""
    out = []
    for kind, value in _candidates(text):
        of = Value(kind, value)
        claims = tuple(base.claims(kind, value, known_at=known_at))
        retracted = tuple(base.claims(kind, value, retracted=True))
        relations = (*base.relations(one=of, known_at=known_at), *base.relations(other=of, known_at=known_at))
        facts = tuple(base.facts(kind=kind, value=value, known_at=known_at))
        if claims or retracted or relations or facts:
            out.append(Lineage(value=of, claims=claims, retracted=retracted, relations=relations, facts=facts))
    return out


def _candidates(text: str) -> list[tuple[str, str]]:
    """The kinds that a text may be of, each with the text as that kind is compared."""
    found = dict.fromkeys((kind, text) for kind in KINDS)
    for kind, read in NORMALISE.items():
        try:
            found[kind, read(text)] = None
        except ValueError:
            continue
    if (network := address(text)) is not None:
        found[network.kind, network.value] = None
    return list(found)

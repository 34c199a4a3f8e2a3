"""What sources disagree on: whose a value is, of which generation, whether it is an attacker's at all.

Lists are copied, and copies gather what belongs to others: a list that is "Pegasus" by its name may hold the domains of
three vendors and the servers of ordinary criminals. Four sorts are told:

- `vendor`: two sources name different makers (or products, where the maker is not known) for a value, or for a domain
  and one above it;
- `generation`: two lists name different generations of one maker's infrastructure;
- `benign`: a source says that it is an attacker's, another that it is somebody's who is none, such as a warning list;
- `alone`: one source names a maker, whose infrastructure another source lists too, and nobody else names one for this
  value: others do not have it, or do not say whose it is. It is no contradiction, but nothing but one list stands
  behind it.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from bridle.detect.attribution import names
from bridle.infra.base import Base, Claim

SORTS = ("vendor", "generation", "benign", "alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One claim that takes part."""

    source: str
    list_name: str
    says: str
    """The maker or product, the generation, `attacker`, or what the warning list is."""
    kind: str
    value: str
    """What it is said of: the value, a domain above it, or the network around it."""
    file: str
    sha256: str
    locator: str
    confidence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One value that sources disagree on."""

    sort: str
    kind: str
    value: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """What one list says of a value, without the place of the row."""

    source: str
    list_name: str
    party: str | None
    generation: str | None


_Views = tuple[_View, ...]


@dataclass(slots=True)
class _Known:
    """What the base says of every value, small: many values have the same views."""

    attackers: dict[tuple[str, str], _Views] = field(default_factory=dict)
    benign: set[tuple[str, str]] = field(default_factory=set)
    suffixes: set[str] = field(default_factory=set)
    """Domains that are benign with all names below them."""
    networks: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    """By version and length of the prefix."""
    parties: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The sources that name a party."""


def conflicts(base: Base, sorts: Sequence[str] = SORTS) -> Iterator[Conflict]:
    """Every conflict, by value. Raises BaseError."""
    known = _known(base)
    for (kind, value), views in known.attackers.items():
        for sort in sorts:
            if (sides := _CHECKS[sort](base, known, kind, value, views)) is not None:
                yield Conflict(sort=sort, kind=kind, value=value, sides=sides)


def party(claim: Claim) -> str | None:
    """Whose a claim says that a value is: the maker as bridle's list of names has it, or the product."""
    return _party(claim.vendor, claim.product)


@lru_cache(maxsize=4096)
def _party(vendor: str | None, product: str | None) -> str | None:
    for name in (vendor, product):
        if name:
            found = names().product(name)
            return (names().makers.get(found) or found) if found else name
    return None


def _known(base: Base) -> _Known:
    out = _Known()
    views: dict[_View, _View] = {}
    several: dict[_Views, _Views] = {}
    for (kind, value), claims in groupby(base.claims(), key=lambda c: (c.kind, c.value)):
        found: dict[_View, None] = {}
        for c in claims:
            if c.says == "benign":
                _note_benign(out, c)
            elif c.says == "attacker":
                view = _View(c.source, c.list_name, party(c), c.generation)
                found[views.setdefault(view, view)] = None
                if view.party is not None:
                    out.parties[view.party].add(c.source)
        if found:
            key = tuple(found)
            out.attackers[kind, value] = several.setdefault(key, key)
    return out


def _note_benign(out: _Known, c: Claim) -> None:
    if c.kind == "network":
        network = ipaddress.ip_network(c.value)
        bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        out.networks[network.version, network.prefixlen].add(bits)
        return
    out.benign.add((c.kind, c.value))
    if c.kind == "domain" and c.shown.startswith("."):
        out.suffixes.add(c.value)


def _above(value: str) -> Iterator[str]:
    """The domains above one, nearest first; not the top-level one."""
    parent = value.partition(".")[2]
    while "." in parent:
        yield parent
        parent = parent.partition(".")[2]


def _vendor(base: Base, known: _Known, kind: str, value: str, views: _Views) -> tuple[Side, ...] | None:
    at = {value: views}
    if kind == "domain":
        at |= {parent: known.attackers[kind, parent] for parent in _above(value) if (kind, parent) in known.attackers}
    said = {(v.source, v.party) for some in at.values() for v in some if v.party is not None}
    own = {(v.source, v.party) for v in views if v.party is not None}
    if not any(one != other and mine != theirs for mine, one in own for theirs, other in said):
        return None
    return _sides(c for of in at for c in base.claims(kind, of, says="attacker") if party(c) is not None)


def _generation(base: Base, known: _Known, kind: str, value: str, views: _Views) -> tuple[Side, ...] | None:  # noqa: ARG001 - as the others
    by_party: defaultdict[str | None, set[str]] = defaultdict(set)
    for v in views:
        if v.generation is not None:
            by_party[v.party].add(v.generation)
    if all(len(found) < 2 for found in by_party.values()):
        return None
    claims = [c for c in base.claims(kind, value, says="attacker") if c.generation is not None]
    return tuple(_side(c, c.generation or "") for c in claims)


def _benign(base: Base, known: _Known, kind: str, value: str, views: _Views) -> tuple[Side, ...] | None:  # noqa: ARG001 - as the others
    at: list[tuple[str, str]] = [(kind, value)] if (kind, value) in known.benign else []
    if kind == "domain":
        at += [("domain", parent) for parent in _above(value) if parent in known.suffixes]
    elif kind == "ip-address":
        at += _around(known, value)
    if not at:
        return None
    against = [c for k, v in at for c in base.claims(k, v, says="benign")]
    said = [_side(c, c.reference or "benign") for c in against]
    return (*_sides(base.claims(kind, value, says="attacker")), *said)


def _around(known: _Known, value: str) -> Iterator[tuple[str, str]]:
    address = ipaddress.ip_address(value)
    for (version, length), found in known.networks.items():
        bits = int(address) >> (address.max_prefixlen - length)
        if version == address.version and bits in found:
            yield "network", str(ipaddress.ip_network((int(address) >> (address.max_prefixlen - length)
                                                       << (address.max_prefixlen - length), length)))  # fmt: skip


def _alone(base: Base, known: _Known, kind: str, value: str, views: _Views) -> tuple[Side, ...] | None:
    said = [v for v in views if v.party is not None]
    if kind == "domain":
        said += [v for p in _above(value) for v in known.attackers.get((kind, p), ()) if v.party is not None]
    if len({v.source for v in said}) != 1 or not any(len(known.parties[str(v.party)]) > 1 for v in views if v.party):
        return None
    return _sides(base.claims(kind, value, says="attacker"))


_CHECKS = {"vendor": _vendor, "generation": _generation, "benign": _benign, "alone": _alone}


def _sides(claims: Iterable[Claim]) -> tuple[Side, ...]:
    return tuple(_side(c, party(c) or c.says) for c in claims)


def _side(c: Claim, says: str) -> Side:
    return Side(
        source=c.source, list_name=c.list_name, says=says, kind=c.kind, value=c.value, file=c.file, sha256=c.sha256,
        locator=c.locator, confidence=c.confidence,
    )  # fmt: skip

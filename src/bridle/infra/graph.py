"""The graph of an operator: domains, and between them what they rarely share, each edge with its reasons and rows.

A trait that few domains share weighs more than one that many do: its weight is divided by the binary logarithm of their
number. Neighbouring addresses weigh the more the less likely it is that two of the known hosts of their /24 lie so near
by chance. Each kind of evidence counts once for a pair, with its heaviest trait, and at most its cap. Between domains
of which sources name different generations there is no edge.
"""

from __future__ import annotations

import ipaddress
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from bridle.infra.graph_traits import Gathered, Trait, Use, every_use, pairs_apart

CAPS = {
    "certificate": 6.0, "certificate key": 6.0, "registered name": 6.0, "address": 4.0, "registration batch": 4.0,
    "registrant": 4.0, "name servers": 2.5, "favicon": 2.5, "body": 2.5, "neighbouring addresses": 2.0,
    "banner": 1.0, "title": 1.0, "theme": 1.0,
}  # fmt: skip
"""What each kind of evidence adds at most: what it weighs when two domains alone share it."""
OTHER_CAP = 1.0
"""That of any other kind."""
NEAR = 4
"""Between two addresses that are neighbours, at most."""
LEAST = 1.2
"""The weight from which two domains are joined."""
CHANCE = 1.5
"""Neighbours weigh minus the natural logarithm of the hosts expected so near by chance, divided by this."""
MANY_NEAR = 100
"""Pairs of domains on two neighbouring addresses from which these are shared hosts."""
MOST_PAIRS = 2_000_000
"""Pairs of domains that are looked at, the rarest traits first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that two domains share."""

    kind: str
    trait: str
    weight: float
    rows: tuple[str, ...]
    """Where it was read, of both."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two domains, in the order of their names, and all that they share, the heaviest first."""

    one: str
    other: str
    reasons: tuple[Reason, ...]

    def weight(self, without: str | None = None) -> float:
        """The sum over the kinds of evidence, but for one that is left out."""
        return sum(r.weight for r in self.reasons if r.kind != without)


@dataclass(frozen=True, slots=True)
class Graph:
    """The edges that are heavy enough, and how many were not drawn and why."""

    edges: tuple[Edge, ...]
    across: int
    """Pairs of different generations."""
    light: int
    """Pairs that share too little."""
    beyond: int
    """Traits that were not looked at, since there were too many pairs."""


def graph(found: Gathered, themes: list[Trait] | None = None, least: float = LEAST) -> Graph:
    """The graph of what was gathered, and of themes as one more kind of trait."""
    reasons: dict[tuple[str, str], dict[str, Reason]] = defaultdict(dict)
    traits = sorted([*found.traits, *(themes or ())], key=lambda t: (len(t.members), t.kind, t.name))
    pairs, beyond = 0, 0
    for trait in traits:
        pairs += len(trait.members) * (len(trait.members) - 1) // 2
        if pairs > MOST_PAIRS:
            beyond += 1
            continue
        for pair, reason in _shared(trait, found):
            _keep(reasons[pair], reason)
    for pair, reason in _neighbours(found.uses):
        _keep(reasons[pair], reason)
    edges, across, light = [], 0, 0
    for (one, other), kinds in sorted(reasons.items()):
        if _apart(found, one, other):
            across += 1
        elif sum(r.weight for r in kinds.values()) < least:
            light += 1
        else:
            edges.append(Edge(one, other, tuple(sorted(kinds.values(), key=lambda r: (-r.weight, r.kind)))))
    return Graph(tuple(edges), across, light, beyond)


def _keep(kinds: dict[str, Reason], reason: Reason) -> None:
    """Of each kind of evidence the heaviest counts; an address in common is more than neighbouring ones."""
    known = kinds.get(reason.kind)
    if known is None or reason.weight > known.weight:
        kinds[reason.kind] = reason


def _apart(found: Gathered, one: str, other: str) -> bool:
    a, b = found.hosts[one].generations, found.hosts[other].generations
    return bool(a and b and not a & b)


def _shared(trait: Trait, found: Gathered) -> Iterator[tuple[tuple[str, str], Reason]]:
    """The pairs of a trait's domains, with what it weighs."""
    members = [d for d in trait.members if d in found.hosts]
    if len(members) < 2:
        return
    weight = CAPS.get(trait.kind, OTHER_CAP) / math.log2(len(members))
    for one, other in combinations(members, 2):
        if trait.kind == "address" and _moved(found.uses, one, other, trait.name):
            continue
        rows = (*trait.members[one], *trait.members[other])
        yield (one, other), Reason(trait.kind, trait.name, weight, rows)


def _moved(uses: dict[str, list[Use]], one: str, other: str, address: str) -> bool:
    """Whether an address was used by one domain long before or after by the other."""
    return all(
        pairs_apart(a, b)
        for a in uses.get(one, ())
        if a.address == address
        for b in uses.get(other, ())
        if b.address == address
    )


def _neighbours(uses: dict[str, list[Use]]) -> Iterator[tuple[tuple[str, str], Reason]]:
    """Pairs of domains on addresses of one /24 that lie nearer than chance has it."""
    blocks: dict[int, dict[int, list[tuple[str, Use]]]] = defaultdict(lambda: defaultdict(list))
    for domain, use in every_use(uses):
        address = ipaddress.ip_address(use.address)
        if address.version == 4:
            blocks[int(address) >> 8][int(address) & 255].append((domain, use))
    for block in blocks.values():
        for low in block:
            for gap in range(1, NEAR + 1):
                expected = 2 * gap * (len(block) - 1) / 255
                weight = min(CAPS["neighbouring addresses"], -math.log(expected) / CHANCE) if expected else 0.0
                if low + gap in block and weight > 0:
                    yield from _near(block[low], block[low + gap], weight)


def _near(
    ones: list[tuple[str, Use]], others: list[tuple[str, Use]], weight: float
) -> Iterator[tuple[tuple[str, str], Reason]]:
    if len(ones) * len(others) > MANY_NEAR:
        return
    for one, a in ones:
        for other, b in others:
            if one != other and not pairs_apart(a, b):
                pair = (one, other) if one < other else (other, one)
                yield pair, Reason("neighbouring addresses", f"{a.address} and {b.address}", weight, (a.row, b.row))

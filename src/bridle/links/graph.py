"""Which devices the same customer is supposed to have attacked, by the selectors that reached them.

The one-customer rule: an account or an infection domain is one customer's, so whom it reached within a time, that
customer selected. It fails where the vendor gives one selector to all; such a selector joins everything. Each is
therefore screened first: one whose devices are as mixed as devices drawn at random, by their strata (such as the
countries of the persons) or by the other selectors, is set aside and told. A selector seen again after a long pause
counts as another. A device may belong to several hypotheses.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations

import networkx as nx

from bridle.classes import dataclass
from bridle.links.edges import CUSTOMER, Edge

WITHIN = timedelta(days=365)
"""A longer pause of a selector ends its use by one customer."""
MIXED_FROM = 0.1
"""A selector is set aside if this part or more of random draws is no more mixed than its devices."""
DRAWS = 400
SHARED_DEVICES = 2
"""Devices that two selectors share before they are taken as one customer's: one alone may be a victim of two."""

Selector = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Use:
    """A selector in one stretch of time, and whom it reached."""

    kind: str
    value: str
    edges: tuple[Edge, ...]

    @property
    def devices(self) -> frozenset[str]:
        return frozenset(e.device for e in self.edges)


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A selector that joins nothing, and why."""

    kind: str
    value: str
    devices: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """Devices that one customer is supposed to have attacked."""

    name: str
    devices: tuple[str, ...]
    uses: tuple[Use, ...]
    bridges: tuple[Selector, ...]
    """Selectors without which it falls apart, or loses a device: look at these first."""
    contradiction: str | None
    """Operators that the cases' findings name, where they differ."""


@dataclass(frozen=True, kw_only=True)
class Links:
    """What the cases share."""

    hypotheses: tuple[Hypothesis, ...]
    several: tuple[tuple[str, tuple[str, ...]], ...]
    """Devices in several hypotheses: victims of two customers, or one customer that is not joined."""
    tools: tuple[Use, ...]
    """Shared senders and attachments: the same tool or service, which says nothing of the customer."""
    set_aside: tuple[SetAside, ...]


def links(
    edges: Sequence[Edge], *, strata: Mapping[str, str] | None = None,
    operators: Mapping[str, Sequence[str]] | None = None, within: timedelta = WITHIN, seed: int = 1,
) -> Links:  # fmt: skip
    """What the edges say. `strata` is something of each device that the attack did not decide, such as a country."""
    uses, aside = _uses(edges, within)
    customers = [u for u in uses if u.kind in CUSTOMER]
    kept = []
    judged = {u.devices: _mixed(u, customers, strata or {}, seed) for u in customers}
    for u in customers:
        if (why := judged[u.devices]) is not None:
            aside.append(SetAside(kind=u.kind, value=u.value, devices=tuple(sorted(u.devices)), why=why))
        else:
            kept.append(u)
    groups = sorted(_groups(kept), key=lambda g: (-len(_devices(g)), min((u.kind, u.value) for u in g)))
    found = tuple(_hypothesis(f"H-{n:02}", g, operators or {}) for n, g in enumerate(groups, 1))
    member: dict[str, list[str]] = {}
    for h in found:
        for d in h.devices:
            member.setdefault(d, []).append(h.name)
    return Links(
        hypotheses=found, several=tuple((d, tuple(names)) for d, names in sorted(member.items()) if len(names) > 1),
        tools=tuple(u for u in uses if u.kind not in CUSTOMER), set_aside=tuple(aside),
    )  # fmt: skip


def _uses(edges: Sequence[Edge], within: timedelta) -> tuple[list[Use], list[SetAside]]:
    """The selectors that reached two devices or more, each cut where it pauses too long."""
    by_selector: dict[Selector, list[Edge]] = {}
    for e in edges:
        by_selector.setdefault((e.kind, e.value), []).append(e)
    uses, aside = [], []
    for (kind, value), own in sorted(by_selector.items()):
        devices = tuple(sorted({e.device for e in own}))
        if len(devices) < 2:
            continue
        stretches = [s for s in _stretches(own, within) if len({e.device for e in s}) > 1]
        uses += [Use(kind=kind, value=value, edges=tuple(s)) for s in stretches]
        if not stretches:
            why = f"its uses lie more than {within.days} days apart, or have no time"
            aside.append(SetAside(kind=kind, value=value, devices=devices, why=why))
    return uses, aside


def _stretches(edges: Sequence[Edge], within: timedelta) -> list[list[Edge]]:
    """Edges whose intervals overlap or follow within the time; one without a time is in none."""
    timed = sorted((e.first, e.last or e.first, e.device, e) for e in edges if e.first is not None)
    out: list[list[Edge]] = []
    reached = None
    for first, last, _, e in timed:
        if reached is None or first - reached > within:
            out.append([])
            reached = last
        out[-1].append(e)
        reached = max(reached, last)
    return out


def _mixed(use: Use, others: Sequence[Use], strata: Mapping[str, str], seed: int) -> str | None:
    """Why a selector is set aside as one that a vendor gives to all, or None. Below three devices none can be told."""
    devices = sorted(use.devices)
    if len(devices) < 3:
        return None
    known = [strata[d] for d in devices if d in strata]
    if len(known) >= 3:
        chance = random.Random(f"{seed} {devices}")  # noqa: S311 - a seeded test, no secret
        pool, own = sorted(strata.values()), _entropy(known)
        draws = sum(_entropy(chance.sample(pool, len(known))) <= own + 1e-9 for _ in range(DRAWS))
        if (part := draws / DRAWS) >= MIXED_FROM:
            mixed = f"{len(set(known))} strata in {len(known)} devices, p {part:.2f}"
            return f"its devices are as mixed as random ones: {mixed}"
    groups = _groups([o for o in others if o.devices != use.devices])
    touched = Counter(n for n, g in enumerate(groups) for d in _devices(g) if d in use.devices)
    if len(touched) >= 3 and max(touched.values()) <= len(devices) / 2:
        return f"it reaches {len(touched)} groups that nothing else joins, and more than half in none of them"
    return None


def _entropy(values: Sequence[str]) -> float:
    return -sum(n / len(values) * math.log(n / len(values)) for n in Counter(values).values())


def _groups(uses: Sequence[Use]) -> list[list[Use]]:
    """Uses joined where they share enough devices; those of equal devices are one to begin with."""
    by_devices: dict[frozenset[str], list[Use]] = {}
    for u in uses:
        by_devices.setdefault(u.devices, []).append(u)
    graph = nx.Graph()
    graph.add_nodes_from(by_devices)
    at: dict[str, list[frozenset[str]]] = {}
    for devices in by_devices:
        for d in devices:
            at.setdefault(d, []).append(devices)
    shared = Counter(pair for own in at.values() for pair in combinations(own, 2))
    graph.add_edges_from(pair for pair, n in shared.items() if n >= SHARED_DEVICES)
    return [[u for devices in c for u in by_devices[devices]] for c in nx.connected_components(graph)]


def _devices(uses: Sequence[Use]) -> set[str]:
    return {d for u in uses for d in u.devices}


def _hypothesis(name: str, uses: Sequence[Use], operators: Mapping[str, Sequence[str]]) -> Hypothesis:
    devices = tuple(sorted(_devices(uses)))
    uses = sorted(uses, key=lambda u: (u.kind, u.value, min(e.first for e in u.edges if e.first is not None)))
    alone = Counter(u.devices for u in uses)
    bridges = [
        (u.kind, u.value)
        for u in uses
        if alone[u.devices] == 1
        if len(_groups(rest := [o for o in uses if o is not u])) != 1 or len(_devices(rest)) < len(devices)
    ]
    named = sorted({o for d in devices for o in operators.get(d, ())})
    return Hypothesis(
        name=name, devices=devices, uses=tuple(uses), bridges=tuple(bridges),
        contradiction=f"their findings name {', '.join(named)}" if len(named) > 1 else None,
    )  # fmt: skip

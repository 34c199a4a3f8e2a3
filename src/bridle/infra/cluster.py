"""Domains that one operator may run: communities of the graph, each with its reasons and how firmly they hold.

A connected part of the graph of up to SMALL domains is one cluster; a larger one is parted by the Louvain method with
a fixed seed, where its parts are clear. Domains of different generations are never in one cluster. Each kind of
evidence is then left out in turn: how much of a cluster is left (Jaccard) says how much it rests on that kind alone.
Where a cluster is too thin to be called one, it is shown with the reason, and not called so.

A cluster is a hypothesis: shared infrastructure may be that of a hoster, a reseller or the vendor itself.

Sources: V. Blondel et al., "Fast unfolding of communities in large networks", 2008, as in networkx; M. Newman and M.
Girvan, "Finding and evaluating community structure in networks", 2004.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bridle.infra.base import Base
from bridle.infra.generations import InferenceError
from bridle.infra.generations_features import suffixes
from bridle.infra.graph import LEAST, Edge, Graph, graph
from bridle.infra.graph_traits import Gathered, Host, Suppressed, Trait, gathered

SMALL = 10
"""Domains of a connected part that is not parted further."""
CLEAR = 0.3
"""The modularity from which the parts of a connected part are its own (Newman and Girvan 2004: 0.3 to 0.7)."""
SEED = 7
ENOUGH = 2.0
"""The weight beyond which two domains are no closer: what three share does not part them from their operator's rest."""
STABLE = 0.5
"""What must be left of a cluster, whichever kind of evidence is left out."""
RUN = 3
"""Domains of a cluster that rests on one kind of evidence."""
STRONG = 2.0
"""The weight of one shared thing that carries a pair by itself."""
NEVER_ALONE = frozenset({"neighbouring addresses", "theme", "title", "banner"})
"""Kinds of evidence that never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Domains that hang together."""

    members: tuple[str, ...]
    generations: tuple[str, ...]
    vendors: tuple[str, ...]
    operators: tuple[str, ...]
    """Operators and campaigns that sources name for any of them: more than one may be a contradiction."""
    kinds: dict[str, int]
    """Edges that each kind of evidence takes part in."""
    stability: dict[str, float]
    """The Jaccard of what is left of it when a kind of evidence is left out."""
    edges: tuple[Edge, ...]
    thin: str | None
    """Why it is not called a cluster; None where it is."""

    def firmness(self) -> float:
        """What is left of it at least, whichever kind of evidence is left out."""
        return min(self.stability.values(), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """The clusters of a base, the largest first, and what was not used."""

    domains: int
    clusters: tuple[Cluster, ...]
    suppressed: tuple[Suppressed, ...]
    across: int
    light: int
    beyond: int
    hosts: dict[str, Host]

    def called(self) -> list[Cluster]:
        """Those that are not thin."""
        return [c for c in self.clusters if not c.thin]


def clusters(
    base: Base, vendor: str | None = None, themes: list[Trait] | None = None, least: float = LEAST
) -> Clusters:
    """The clusters of a base's domains, of one vendor or all. Raises InferenceError, BaseError."""
    try:
        suffix_of = suffixes(private=True)
    except ImportError:
        raise InferenceError("publicsuffixlist is not installed; run `pip install 'bridle[infra]'`") from None
    found = gathered(base, suffix_of, vendor)
    if not found.hosts:
        raise InferenceError("the base has no domain that a source calls an attacker's; import a feed or a list first")
    return clustered(found, graph(found, themes, least), least)


def clustered(found: Gathered, drawn: Graph, least: float = LEAST) -> Clusters:
    """The clusters of a graph."""
    part = _louvain()
    groups = _groups(drawn.edges, found.hosts, part)
    kinds = sorted({r.kind for e in drawn.edges for r in e.reasons})
    without = {k: _by_member(_groups(drawn.edges, found.hosts, part, k, least)) for k in kinds}
    inside = _inside(groups, drawn.edges)
    out = [_cluster(group, inside[n], found.hosts, without) for n, group in enumerate(groups)]
    out.sort(key=lambda c: (bool(c.thin), -len(c.members), c.members))
    return Clusters(
        domains=len(found.hosts),
        clusters=tuple(out),
        suppressed=tuple(sorted(found.suppressed, key=lambda s: (s.kind, -s.domains, s.name))),
        across=drawn.across,
        light=drawn.light,
        beyond=drawn.beyond,
        hosts=found.hosts,
    )


Parting = Callable[[Sequence[Edge], str | None], list[set[str]]]


def _louvain() -> Parting:
    """A function from edges to communities. Raises InferenceError where networkx is not installed."""
    try:
        import networkx
    except ImportError:
        raise InferenceError("networkx is not installed; run `pip install 'bridle[infra]'`") from None

    def part(edges: Sequence[Edge], without: str | None) -> list[set[str]]:
        drawn = networkx.Graph()
        for edge in edges:
            drawn.add_edge(edge.one, edge.other, weight=min(ENOUGH, edge.weight(without)))
        out: list[set[str]] = []
        for nodes in networkx.connected_components(drawn):
            if len(nodes) <= SMALL:
                out.append(set(nodes))
            else:
                connected = networkx.Graph()
                connected.add_nodes_from(sorted(nodes))
                connected.add_edges_from(
                    (a, b, drawn.edges[a, b]) for a, b in sorted(tuple(sorted(e)) for e in drawn.edges(nodes))
                )
                parts = networkx.community.louvain_communities(connected, weight="weight", seed=SEED)
                clear = networkx.community.modularity(connected, parts, weight="weight") >= CLEAR
                out += parts if clear else [set(nodes)]
        return out

    return part


def _groups(
    edges: Iterable[Edge], hosts: dict[str, Host], part: Parting, without: str | None = None, least: float = LEAST
) -> list[set[str]]:
    """Communities, parted by generation, in the order of their members."""
    kept = [e for e in edges if e.weight(without) >= least] if without else list(edges)
    whole = part(kept, without)
    inside = _inside(whole, kept)
    groups = []
    for n, group in enumerate(whole):
        groups += _by_generation(group, inside[n], hosts) if _mixed(group, hosts) else [group]
    return sorted((g for g in groups if len(g) > 1), key=min)


def _by_member(groups: Iterable[set[str]]) -> dict[str, set[str]]:
    """The group of each domain that has one."""
    return {domain: group for group in groups for domain in group}


def _inside(groups: Sequence[set[str]], edges: Iterable[Edge]) -> dict[int, list[Edge]]:
    """The edges within each group, by its number."""
    of = {domain: n for n, group in enumerate(groups) for domain in group}
    inside: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        n = of.get(edge.one)
        if n is not None and n == of.get(edge.other):
            inside[n].append(edge)
    return inside


def _mixed(group: set[str], hosts: dict[str, Host]) -> bool:
    known = [hosts[d].generations for d in group if hosts[d].generations]
    return bool(known) and not set.intersection(*known)


def _by_generation(group: set[str], edges: Sequence[Edge], hosts: dict[str, Host]) -> list[set[str]]:
    """A community of several generations in parts of one each; a domain without goes where it is drawn most."""
    drawn: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for edge in edges:
        for one, other in ((edge.one, edge.other), (edge.other, edge.one)):
            for generation in hosts[other].generations:
                drawn[one][generation] += edge.weight()
    of = {d: min(hosts[d].generations) if hosts[d].generations else _most(drawn[d]) for d in group}
    parts: list[set[str]] = []
    for generation in sorted({g for g in of.values() if g}):
        mine = {d for d, g in of.items() if g == generation}
        parts += _connected(mine, [e for e in edges if e.one in mine and e.other in mine])
    return parts


def _most(drawn: dict[str, float]) -> str | None:
    """The generation that a domain is drawn to; None where it is drawn to two alike."""
    first = sorted(drawn, key=lambda g: -drawn[g])[:2]
    if not first or (len(first) == 2 and math.isclose(drawn[first[0]], drawn[first[1]])):
        return None
    return first[0]


def _connected(members: set[str], edges: Sequence[Edge]) -> list[set[str]]:
    """The connected parts of some domains."""
    near: dict[str, set[str]] = defaultdict(set)
    for e in edges:
        near[e.one].add(e.other)
        near[e.other].add(e.one)
    left = set(members)
    parts = []
    for first in sorted(members):
        todo = [first]
        part: set[str] = set()
        while todo:
            domain = todo.pop()
            if domain in left:
                left.discard(domain)
                part.add(domain)
                todo += near[domain]
        if part:
            parts.append(part)
    return parts


def _cluster(
    group: set[str], edges: list[Edge], hosts: dict[str, Host], without: dict[str, dict[str, set[str]]]
) -> Cluster:
    kinds = Counter(r.kind for e in edges for r in e.reasons)
    stability = {}
    for kind in sorted(kinds):
        left = {id(other): other for d in group if (other := without[kind].get(d))}
        stability[kind] = max((_jaccard(group, other) for other in left.values()), default=0.0)
    return Cluster(
        members=tuple(sorted(group)),
        generations=tuple(sorted({g for d in group for g in hosts[d].generations})),
        vendors=tuple(sorted({v for d in group for v in hosts[d].vendors})),
        operators=tuple(sorted({o for d in group for o in hosts[d].operators})),
        kinds=dict(kinds.most_common()),
        stability=stability,
        edges=tuple(edges),
        thin=_thin(group, edges, stability),
    )


def _thin(group: set[str], edges: list[Edge], stability: dict[str, float]) -> str | None:
    """Why a group is too thin to be called a cluster."""
    if min(stability.values(), default=0.0) >= STABLE:
        return None
    if len(group) >= RUN:
        return None
    if any(r.weight >= STRONG and r.kind not in NEVER_ALONE for e in edges for r in e.reasons):
        return None
    rests = min(stability, key=lambda k: stability[k])
    return f"{len(group)} domains, and nothing is left of it without {rests}"


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)

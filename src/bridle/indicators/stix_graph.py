"""What a bundle relates its indicators to: product, campaign, operator, infrastructure, reports.

Followed from an indicator: what it indicates, whom that is attributed to, and what a campaign or operator that it
indicates uses. Against the arrow only a use is followed, and only where it has one user: a product that several
operators run says nothing of which of them it was.

Source: OASIS STIX 2.1, sections 4 and 5.1 (relationships).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from bridle.classes import dataclass
from bridle.indicators.model import Related, strictest, written
from bridle.indicators.stix_markings import Markings

MOST = 64
"""Objects that one object is related to."""
DEEPEST = 4
"""Relationships from an indicator to the last object that is told."""
_NAMED = frozenset({"malware", "campaign", "threat-actor", "intrusion-set", "tool", "infrastructure", "report"})
"""Types whose names are told as what an indicator was published for."""
_ROLES = {
    "malware": "product", "tool": "product", "campaign": "campaign", "threat-actor": "operator",
    "intrusion-set": "operator", "identity": "operator", "infrastructure": "infrastructure", "report": "report",
}  # fmt: skip
_FIRST = frozenset({"indicates", "related-to", "based-on", "attributed-to", ""})
_USERS = ("campaign", "operator")
_USED = ("product", "infrastructure")
_Way = tuple[str, int | None, str | None]
"""An object that is reached, how sure that is, and for whom."""


@dataclass(frozen=True, slots=True)
class Said:
    """One name beside an indicator."""

    name: str
    related: Related | None
    is_direct: bool
    """Whether the indicator itself is related to it."""
    tlp: str | None
    """The narrowest marking of all that led here."""


class _Edge(NamedTuple):
    type: str
    other: str
    confidence: int | None
    tlp: str | None


@dataclass(frozen=True, slots=True)
class _Node:
    type: str
    name: str
    confidence: int | None
    tlp: str | None


class Graph:
    """The relationships of one bundle."""

    def __init__(
        self, objects: Sequence[dict[str, Any]], feed: str, markings: Markings, warn: Callable[[str, str, str], None]
    ) -> None:
        self._feed, self._markings, self._warn = feed, markings, warn
        self._nodes: dict[str, _Node] = {}
        for o in objects:
            if o.get("type") in _ROLES and isinstance(o.get("name"), str) and o.get("revoked") is not True:
                node = _Node(o["type"], written(o["name"])[:300], _number(o.get("confidence")), markings.of(o))
                self._nodes.setdefault(str(o.get("id")), node)
        self._from: dict[str, dict[_Edge, None]] = {}
        self._users: dict[str, dict[_Edge, None]] = {}
        self._full: set[str] = set()
        self._beyond: dict[str, tuple[_Way, ...]] = {}
        self._said: dict[tuple[_Edge, ...], tuple[Said, ...]] = {}
        for o in objects:
            self._relate(o)

    def _relate(self, o: dict[str, Any]) -> None:
        if o.get("type") == "relationship":
            source, target = o.get("source_ref"), o.get("target_ref")
            if not isinstance(source, str) or not isinstance(target, str):
                self._warn(str(o.get("id")), "a relationship without source_ref and target_ref", "warning")
            elif o.get("revoked") is not True:
                self._linked(o, source, target)
        elif o.get("type") == "report" and str(o.get("id")) in self._nodes:
            refs = o.get("object_refs")
            for ref in refs if isinstance(refs, list) else []:
                self._add(self._from, str(ref), _Edge("", str(o["id"]), None, None))

    def _linked(self, o: dict[str, Any], source: str, target: str) -> None:
        kind, confidence, tlp = str(o.get("relationship_type", "")), _number(o.get("confidence")), self._markings.of(o)
        if target in self._nodes:
            self._add(self._from, source, _Edge(kind, target, confidence, tlp))
        if kind == "uses" and source in self._nodes:
            self._add(self._users, target, _Edge(kind, source, confidence, tlp))

    def _add(self, edges: dict[str, dict[_Edge, None]], at: str, edge: _Edge) -> None:
        some = edges.setdefault(at, {})
        if len(some) < MOST:
            some[edge] = None
        elif edge not in some and at not in self._full:
            self._full.add(at)
            self._warn(at, f"related to more than {MOST} objects: the first are told", "warning")

    def of(self, indicator: str) -> tuple[Said, ...]:
        """Every name beside an indicator, what it is itself related to first, each once."""
        edges = tuple(self._from.get(indicator, ()))
        if edges not in self._said:
            self._said[edges] = tuple(self._beside(edges))
        return self._said[edges]

    def _beside(self, edges: Sequence[_Edge]) -> list[Said]:
        out: dict[str, Said] = {}
        for edge in edges:
            node = self._nodes[edge.other]
            is_meant = edge.type in _FIRST and (node.type != "identity" or edge.type == "attributed-to")
            confidence, tlp = _least(edge.confidence, node.confidence), strictest((edge.tlp, node.tlp))
            said = Said(node.name, self._related(node, confidence) if is_meant else None, node.type in _NAMED, tlp)
            out.setdefault(edge.other, said)
        for edge in edges:
            node = self._nodes[edge.other]
            if edge.type not in _FIRST or node.type == "report":
                continue
            confidence, tlp = _least(edge.confidence, node.confidence), strictest((edge.tlp, node.tlp))
            for other, sure, mark in self._reached(edge.other):
                related = self._related(self._nodes[other], _least(confidence, sure))
                out.setdefault(other, Said(related.name, related, False, strictest((tlp, mark))))
        return list(out.values())[:MOST]

    def _related(self, node: _Node, confidence: int | None) -> Related:
        return Related(role=_ROLES[node.type], name=node.name, feed=self._feed, confidence=confidence)

    def _reached(self, start: str) -> tuple[_Way, ...]:
        """What is reached from an object, the nearest first, each once. Looked for once for each object."""
        if start in self._beyond:
            return self._beyond[start]
        seen, found = {start}, []
        level: list[_Way] = [(start, None, None)]
        for depth in range(DEEPEST - 1):
            following: list[_Way] = []
            for at, confidence, tlp in level:
                for edge in self._on(at, is_first=depth == 0):
                    if edge.other in seen or len(seen) > MOST:
                        continue
                    seen.add(edge.other)
                    node = self._nodes[edge.other]
                    sure = _least(confidence, _least(edge.confidence, node.confidence))
                    following.append((edge.other, sure, strictest((tlp, edge.tlp, node.tlp))))
            found += following
            level = following
        self._beyond[start] = tuple(found)
        return self._beyond[start]

    def _on(self, at: str, *, is_first: bool) -> Iterator[_Edge]:
        """What is followed from an object. What somebody uses besides says nothing of an indicator for one tool."""
        node = self._nodes[at]
        for edge in self._from.get(at, ()):
            if edge.type == "attributed-to" or (edge.type == "uses" and is_first and _ROLES[node.type] in _USERS):
                yield edge
        users = self._users.get(at, {})
        if len({e.other for e in users}) == 1 and _ROLES[node.type] in _USED:
            yield from users


def _least(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100 else None

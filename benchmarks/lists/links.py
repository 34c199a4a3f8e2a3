"""How well devices of one customer are found by shared selectors: made edges with known customers.

    python -m lists.links

67 devices of 11 customers, each with two to six accounts or domains of its own; a third of the traces is missing, 15 %
of the devices are attacked by two customers, and selectors that the vendor gives to all reach a quarter of the devices
each. The stratum of a device, a country, is its customer's in three cases of four. Beside the links stand plain
connected components, which one such selector ruins.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import combinations

import networkx as nx

from bridle.links.edges import Edge
from bridle.links.graph import links

CUSTOMERS, DEVICES, MISSING, DOUBLE = 11, 67, 0.35, 0.15
BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
Pair = tuple[str, str]


def world(seed: int, vendor_wide: int) -> tuple[list[Edge], dict[str, set[int]], dict[str, str]]:
    """Edges, the customers of each device, and its stratum."""
    chance = random.Random(seed)
    pools = [[f"{c}-{n}" for n in range(chance.randint(2, 6))] for c in range(CUSTOMERS)]
    edges, of, strata = [], {}, {}
    for n in range(DEVICES):
        device = f"D-{n:02}"
        customers = [chance.randrange(CUSTOMERS)]
        if chance.random() < DOUBLE:
            customers.append(chance.randrange(CUSTOMERS))
        of[device] = set(customers)
        strata[device] = str(customers[0] if chance.random() < 0.75 else chance.randrange(CUSTOMERS))
        reached = []
        for c in customers:
            used = chance.sample(pools[c], min(len(pools[c]), 1 + (chance.random() < 0.63) + (chance.random() < 0.26)))
            reached += [s for s in used if chance.random() > MISSING]
        if vendor_wide and chance.random() < 0.25:
            reached.append(f"vendor {chance.randrange(vendor_wide)}")
        for value in reached:
            at = BEGIN + timedelta(days=chance.uniform(0, 365))
            edges.append(Edge(device=device, kind="account", value=value, first=at, last=at, carriers=()))
    return edges, of, strata


def _score(found: Iterable[Iterable[str]], of: dict[str, set[int]]) -> tuple[int, int, int]:
    """Pairs that were joined, those of them with a customer in common, and all that have one."""
    pairs: set[Pair] = {p for group in found for p in combinations(sorted(group), 2)}
    right = sum(bool(of[a] & of[b]) for a, b in pairs)
    return len(pairs), right, sum(bool(of[a] & of[b]) for a, b in combinations(sorted(of), 2))


def _components(edges: list[Edge]) -> list[list[str]]:
    graph = nx.Graph((e.device, e.value) for e in edges)
    return [[n for n in c if n.startswith("D-")] for c in nx.connected_components(graph)]


def figures(vendor_wide: int, worlds: int = 60) -> list[dict[str, object]]:
    """Precision and recall over all pairs of all worlds, by method."""
    sums: dict[str, list[int]] = {}
    for seed in range(worlds):
        edges, of, strata = world(seed, vendor_wide)
        found = {
            "links, strata": [h.devices for h in links(edges, strata=strata).hypotheses],
            "links, no strata": [h.devices for h in links(edges).hypotheses],
            "connected components": _components(edges),
        }
        for method, groups in found.items():
            score = _score(groups, of)
            sums[method] = [a + b for a, b in zip(sums.get(method, [0, 0, 0]), score, strict=True)]
    return [
        {"method": method, "vendor_wide": vendor_wide, "worlds": worlds, "pairs": pairs,
         "precision": round(right / max(1, pairs), 3), "recall": round(right / total, 3)}
        for method, (pairs, right, total) in sums.items()
    ]  # fmt: skip


def main() -> None:
    """Print one JSON object a line."""
    for vendor_wide in (0, 1, 3):
        for line in figures(vendor_wide):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

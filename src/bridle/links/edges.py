"""From a case, which attacker's selectors reached the device: each with when, and with what carries it.

A selector is what a finding's indicator names: an account, an e-mail address, a domain, a sender's number, the hash of
an attachment. Names of processes are none: they mark the product, not who uses it. What the acquisition itself left is
none either. A value that one case's finding names is then looked for in the other cases' observables, for their feeds
may have been older.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.reader import Case
from bridle.classes import dataclass

KINDS = {"account": "account", "email": "account", "domain": "domain", "url": "domain", "phone-number": "sender",
         "sha256": "attachment"}  # fmt: skip
"""Kinds of an indicator, and what kind of selector each is."""
CUSTOMER = ("account", "domain")
"""Kinds that one customer has for itself: whom they reached, the same customer is supposed to have selected."""
LEVELS = ("critical", "high")
"""Of findings that may join a device to others: those that a verdict rests on. A newsletter names an attacker too."""
STAGES = ("targeting", "exploitation", "execution", "exfiltration")
RESTRICTED = "restricted indicator"
MOST_CARRIERS = 20


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Where a selector is seen in a case."""

    finding: str | None
    """Id of the finding; None where only the observables have it."""
    table: str
    locator: str | None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A selector that reached a device."""

    device: str
    kind: str
    """`account`, `domain`, `sender` or `attachment`."""
    value: str
    first: datetime | None
    last: datetime | None
    carriers: tuple[Carrier, ...]


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read of a case."""

    edges: tuple[Edge, ...]
    operators: tuple[str, ...]
    """Operators that its findings are attributed to, for contradictions."""
    weak: frozenset[tuple[str, str]] = frozenset()
    """Selectors that only findings of lower levels name: judged, so not to be looked for in the observables."""


def selector(kind: str, value: str) -> tuple[str, str] | None:
    """The selector that an indicator names, or None: of a URL its host."""
    if kind not in KINDS or not value or value.startswith(RESTRICTED):
        return None
    if kind == "url":
        try:
            value = urlsplit(value if "//" in value else f"//{value}").hostname or ""
        except ValueError:
            return None
    value = value.strip().lower()
    return (KINDS[kind], value) if value else None


def read_findings(device: str, findings: Iterable[Mapping[str, Any]]) -> Read:
    """The edges of a case's findings. Raises KeyError, TypeError or ValueError for what are no findings."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    operators, weak = set(), set()
    for f in findings:
        named = ((f.get("attribution") or {}).get("operator") or {}).get("name")
        if named:
            operators.add(str(named))
        i = f.get("indicator")
        if not i or f["acquisition_related"] or f["stage"] not in STAGES:
            continue
        key = selector(str(i["kind"]), str(i["value"]))
        if key is not None and f["level"] in LEVELS:
            found.setdefault(key, []).append(f)
        elif key is not None:
            weak.add(key)
    edges = tuple(_edge(device, kind, value, rows) for (kind, value), rows in sorted(found.items()))
    return Read(edges=edges, operators=tuple(sorted(operators)), weak=frozenset(weak - found.keys()))


def _edge(device: str, kind: str, value: str, findings: Sequence[Mapping[str, Any]]) -> Edge:
    times = [datetime.fromisoformat(str(f[n])) for f in findings for n in ("first_seen", "last_seen") if f[n]]
    carriers = [
        Carrier(finding=str(f["id"]), table=str(e["table"]), locator=str(e["locator"]))
        for f in findings for e in f["evidence"]
    ]  # fmt: skip
    return Edge(device=device, kind=kind, value=value, first=min(times, default=None), last=max(times, default=None),
                carriers=tuple(carriers[:MOST_CARRIERS]))  # fmt: skip


def read_observables(device: str, case: Case, sought: set[tuple[str, str]], known: set[tuple[str, str]]) -> list[Edge]:
    """Edges to selectors that other cases' findings name, where this case's observables have the same value."""
    if "observables" not in case.tables() or not sought - known:
        return []
    values = pa.array(sorted({v for _, v in sought - known}))
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for batch in case.batches("observables"):
        lowered = pc.utf8_lower(batch.column("value").cast(pa.string()))
        for row in batch.filter(pc.is_in(lowered, value_set=values)).to_pylist():
            key = selector(row["kind"], row["value"])
            if key in sought and key not in known:
                rows.setdefault(key, []).append(row)
    return [_seen(device, key, own) for key, own in sorted(rows.items())]


def _seen(device: str, key: tuple[str, str], rows: Sequence[Mapping[str, Any]]) -> Edge:
    times = [t.astimezone(UTC) for r in rows for t in (r["first_seen"], r["last_seen"]) if t is not None]
    carriers = [Carrier(finding=None, table=r["table"], locator=None) for r in rows]
    return Edge(device=device, kind=key[0], value=key[1], first=min(times, default=None), last=max(times, default=None),
                carriers=tuple(carriers[:MOST_CARRIERS]))  # fmt: skip

"""The report of a base: one self-contained page without scripts, the same bytes for the same base and options.

A timeline of generations, the clusters drawn with every edge linked to the rows it was read from, labels, themes, what
was suppressed, and, first of all, what none of this can say.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bridle.infra.base import Base
from bridle.infra.cluster import Cluster, Clusters, clusters
from bridle.infra.generations import Evaluation, InferenceError, Labels, evaluate, generations
from bridle.infra.graph import Edge
from bridle.infra.graph_traits import moment
from bridle.infra.report_pictures import ClusterPicture, Span, Timeline, cluster_picture, timeline
from bridle.infra.report_rows import SourceRows
from bridle.infra.themes import Theme, Themes, as_traits, themes

DRAWN = 60
"""Clusters that are drawn; the rest are counted."""
LINES = 120
PLACED = 60
"""Edges of one cluster that are drawn and listed, and domains of it that have a place."""
ROWS = 400
"""Rows of a table."""
UNKNOWN = "no generation named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One cluster of the page."""

    number: int
    cluster: Cluster
    picture: ClusterPicture
    edges: tuple[tuple[int, Edge, list[tuple[int, str]]], ...]
    """(number, edge, numbers and places of its rows)."""
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything the page is made of."""

    base: Base
    counts: dict[str, int]
    generations: dict[str, int]
    timeline: Timeline | None
    found: Clusters
    drawn: tuple[Drawn, ...]
    labels: Labels | None
    why_no_labels: str | None
    evaluation: Evaluation | None
    themes: Themes | None
    rows: SourceRows


def report(base: Base, vendor: str | None = None, sites: Path | None = None, evaluating: bool = False) -> str:
    """The page as text. Raises InferenceError, BaseError."""
    rows = SourceRows()
    told = themes(base, sites, vendor) if sites else None
    found = clusters(base, vendor, as_traits(told) if told else None)
    labels, why = _labels(base, vendor)
    of = {d: min(h.generations) if len(h.generations) == 1 else UNKNOWN for d, h in found.hosts.items()}
    totals = Counter(of.values())
    names = [*sorted(totals.keys() - {UNKNOWN}), *([UNKNOWN] if totals[UNKNOWN] else [])]
    spans = _spans(base, of)
    content = Content(
        base=base,
        counts=base.counts(),
        generations={name: totals[name] for name in names},
        timeline=timeline({name: spans[name] for name in names}, totals),
        found=found,
        drawn=tuple(_drawn(found.called()[:DRAWN], rows)),
        labels=labels,
        why_no_labels=why,
        evaluation=evaluate(base, vendor) if evaluating and labels else None,
        themes=told,
        rows=rows,
    )
    return _render(content)


def _labels(base: Base, vendor: str | None) -> tuple[Labels | None, str | None]:
    """The labels of a base, or why there are none."""
    try:
        return generations(base, vendor), None
    except InferenceError as e:
        return None, str(e)


def _drawn(called: Sequence[Cluster], rows: SourceRows) -> Iterable[Drawn]:
    """The clusters with their edges numbered through."""
    number = 1
    for n, cluster in enumerate(called, 1):
        shown = _heaviest(cluster.edges)
        edges = [
            (number + i, e, rows.numbers(tuple(p for r in e.reasons for p in r.rows))) for i, e in enumerate(shown)
        ]
        yield Drawn(
            number=n,
            cluster=cluster,
            picture=cluster_picture(shown, number),
            edges=tuple(edges),
            left_out=len(cluster.edges) - len(shown),
        )
        number += len(shown)


def _heaviest(edges: Sequence[Edge]) -> list[Edge]:
    """The heaviest edges of a cluster, as many as can be drawn."""
    shown: list[Edge] = []
    placed: set[str] = set()
    for edge in sorted(edges, key=lambda e: -e.weight()):
        if len(shown) < LINES and len(placed | {edge.one, edge.other}) <= PLACED:
            shown.append(edge)
            placed |= {edge.one, edge.other}
    return shown


def _spans(base: Base, of: dict[str, str]) -> dict[str, list[Span]]:
    """When the domains of each generation were seen in use, the first and the last time that a row has for each."""
    times: dict[str, list[datetime]] = defaultdict(list)

    def take(domain: str, *texts: str | None) -> None:
        if domain in of:
            times[domain] += [t for text in texts if (t := moment(text)) is not None]

    for claim in base.claims(kind="domain", says="attacker"):
        take(claim.value, claim.observed_first, claim.observed_last)
    for r in base.relations():
        if r.one.kind == "domain":
            take(r.one.value, r.first, r.last)
    for fact in base.facts(name="registered", kind="domain"):
        take(fact.value, fact.text)
    spans: dict[str, list[Span]] = defaultdict(list)
    for domain, seen in sorted(times.items()):
        if seen:
            spans[of[domain]].append((min(seen), max(seen)))
    return spans


def _render(content: Content) -> str:
    """The page of its content. Source rows come last: by then all that is asked for is known."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("bridle.infra"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {"visible": visible, "percent": percent, "number": "{:,}".format}
    made.filters |= filters
    labels = content.labels
    shown = [t for t in content.themes.themes if not t.abstained][:ROWS] if content.themes else []
    theme_rows = {t.domain: content.rows.numbers(t.sources[:2]) for t in shown}
    label_rows = {x.domain: content.rows.numbers(x.sources[:2]) for x in labels.labels[:ROWS]} if labels else {}
    return str(
        made.get_template("infra.html.j2").render(
            c=content,
            runs=list(content.base.runs()),
            digest=content.base.digest(),
            shown_themes=shown,
            theme_rows=theme_rows,
            label_rows=label_rows,
            groups=_by_country(shown),
            source_rows=content.rows.resolved(content.base),
            kinds=sorted({e.reasons[0].kind for d in content.drawn for _, e, _ in d.edges}),
            most=ROWS,
            most_drawn=DRAWN,
        )
    )


def _by_country(shown: Sequence[Theme]) -> list[tuple[str, list[str]]]:
    """Countries, and the names imitated of each, most first."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for theme in shown:
        for country in theme.countries:
            groups[country][theme.name] += 1
    order = sorted(groups, key=lambda c: (-groups[c].total(), c))
    return [(c, [f"{name} ({n})" if n > 1 else name for name, n in groups[c].most_common()]) for c in order]


def visible(value: object) -> str:
    """What was read, with control, bidirectional and unassigned characters shown as `\\uXXXX`."""
    return "".join(c if unicodedata.category(c) not in HIDDEN else f"\\u{ord(c):04x}" for c in str(value))


HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def percent(share: float) -> str:
    """A share of 1 in whole percent; what is not certain is never shown as 100 %."""
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"

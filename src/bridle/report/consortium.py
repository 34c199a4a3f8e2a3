"""The report of a consortium: many phones, the list they are on, who may have selected them, and from where.

One self-contained page without scripts, the same bytes for the same content. It names phones by label, clients by the
number of their cluster, and nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from bridle.classes import dataclass
from bridle.detect.verdict import ANOMALIES, EXECUTION, INCONCLUSIVE, NOTHING, TARGETING
from bridle.report.html import environment, policy, shipped

VERDICTS = (EXECUTION, TARGETING, ANOMALIES, NOTHING, INCONCLUSIVE)
NOT_EXAMINED = "not examined"
PLATFORMS = {"ios": "iPhones", "android": "Android phones"}
_WIDTH, _LEFT, _ROW = 900.0, 150.0, 34.0


@dataclass(frozen=True, kw_only=True)
class Phone:
    """One phone, as its case tells it."""

    name: str
    platform: str
    kind: str
    """Of acquisition."""
    verdict: str
    """One of `VERDICTS`, or `NOT_EXAMINED`."""
    why: str
    first: str | None
    last: str | None
    """The log horizon: first and last time of a record."""
    findings: Mapping[str, int]
    """By level."""
    artifacts: Mapping[str, int]
    """How many were examined, partly, not examined."""
    gaps: int = 0
    reason: str = ""
    """Why there is no case, or only one of a part."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the investigation that has no result, and why."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything the page is made of. A part is None where nothing was asked of it."""

    phones: Sequence[Phone]
    synthetic: bool
    summary: Mapping[str, Any] | Part | None = None
    correlation: Mapping[str, Any] | Part | None = None
    operators: Mapping[str, Any] | Part | None = None
    infrastructure: Mapping[str, Any] | Part | None = None
    links: Mapping[str, Any] | Part | None = None
    truth: Mapping[str, Any] | None = None
    """How the result compares with what was planted."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A part of a bar, and the number in it."""

    x: float
    width: float
    count: int
    verdict: str
    label: str = ""
    y: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Table:
    """Phones by platform and verdict."""

    rows: Sequence[tuple[str, Sequence[int], int]]
    """Platform, the number of each verdict, and all."""
    bars: Sequence[Bar]
    verdicts: Sequence[str] = field(default=VERDICTS)


def render(content: Content) -> str:
    """The page as text."""
    template = environment().get_template("consortium.html.j2")
    return str(
        template.render(
            c=content, table=verdict_table(content.phones), verdicts=VERDICTS, histogram=_histogram(content),
            is_part=lambda x: isinstance(x, Part), platforms=PLATFORMS, not_examined=NOT_EXAMINED,
            policy=policy("consortium.css"), style=shipped("consortium.css"),
        )
    )  # fmt: skip


def kind_of(text: str) -> str:
    """The verdict without the dates that follow it."""
    return next((v for v in VERDICTS if text.startswith(v)), NOT_EXAMINED)


def verdict_table(phones: Sequence[Phone]) -> Table:
    """The table that an investigation begins with, and the same as bars."""
    counted = Counter((p.platform, p.verdict) for p in phones)
    shown = [v for v in (*VERDICTS, NOT_EXAMINED) if v in VERDICTS or any(k[1] == v for k in counted)]
    rows = [
        (PLATFORMS.get(of, of), [counted[of, v] for v in shown], sum(counted[of, v] for v in shown))
        for of in sorted({p.platform for p in phones}, reverse=True)
    ]
    scale = (_WIDTH - _LEFT) / max((total for _, _, total in rows), default=1)
    bars = []
    for n, (name, counts, _) in enumerate(rows):
        at = _LEFT
        for verdict, count in zip(shown, counts, strict=True):
            if count:
                bars.append(Bar(x=at, width=count * scale, count=count, verdict=verdict, label=name, y=n * _ROW))
            at += count * scale
    return Table(rows=rows, bars=bars, verdicts=shown)


def _histogram(content: Content) -> list[tuple[str, int, float]]:
    """Label, episodes and length of bar (0 to 1) of each class of lags."""
    if not isinstance(content.correlation, Mapping):
        return []
    classes = content.correlation["lag_histogram"]
    most = max((c["episodes"] for c in classes), default=0) or 1
    named, before = [], None
    for one in classes:
        end = one["at_most_seconds"]
        name = span(end) if end is not None else f"longer than {span(before or 0)}, or none before"
        named.append((f"up to {name}" if end is not None else name, one["episodes"], one["episodes"] / most))
        before = end
    return named


def span(seconds: int) -> str:
    """`10 s`, `5 min`, `4 h`."""
    if seconds % 3600 == 0 and seconds:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 and seconds else f"{seconds} s"

"""What reports are made of: what a case says in clear, and how its files fared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bridle.classes import dataclass
from bridle.report.masking import masks

if TYPE_CHECKING:
    from bridle.case.reader import Case


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything that a report is made of."""

    meta: Mapping[str, Any]
    """case.toml."""
    summary: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    coverage: Mapping[str, Any]
    ledger: Sequence[tuple[str, str, str, int, int, int]]
    """(artifact or "", status, reason or "", files, rows, gaps), sorted."""
    masked: Mapping[str, str] = field(default_factory=dict)
    """Values that tell whose device it is, and what is shown instead."""
    identity: Sequence[tuple[str, str]] = ()
    """Such values to show, with what they are; only where it was asked for."""


def content_of(case: Case, *, identify: bool = False) -> Content:
    """The content of a finished case. Name, number and serial of the device are masked unless `identify`.

    Raises OSError or ValueError for a damaged case.
    """
    columns = ("artifact", "status", "reason", "rows", "gaps")
    ledger = (tuple(r[c] for c in columns) for b in case.batches("ledger", columns) for r in b.to_pylist())
    identity = identity_of(case)
    return Content(
        meta=case.meta, summary=case.summary(), findings=case.findings(),
        coverage=json.loads((case.path / "coverage.json").read_text("utf-8")), ledger=ledger_counts(ledger),
        masked={} if identify else masks(identity), identity=identity if identify else (),
    )  # fmt: skip


def identity_of(case: Case) -> list[tuple[str, str]]:
    """What the case says of whose device it is: (key, value)."""
    if "identifying" not in case.tables()["device"].names:
        return []
    rows = [r for batch in case.batches("device") for r in batch.to_pylist()]
    return [(r["key"], r["value"]) for r in rows if r["identifying"]]


def ledger_counts(
    rows: Iterable[tuple[str | None, str, str | None, int, int]],
    others: Mapping[str, int] | None = None,
) -> list[tuple[str, str, str, int, int, int]]:
    """Files of a kind counted: of (artifact, status, reason, rows, gaps), those of no artifact last.

    `others` are files of no artifact that are not among the rows: how many, by status.
    """
    totals = {("", status, ""): [count, 0, 0] for status, count in (others or {}).items() if count}
    for artifact, status, reason, records, gaps in rows:
        t = totals.setdefault((artifact or "", status, reason or ""), [0, 0, 0])
        t[0], t[1], t[2] = t[0] + 1, t[1] + records, t[2] + gaps
    ordered = sorted(totals, key=lambda k: (k[0] == "", k))
    return [(*k, totals[k][0], totals[k][1], totals[k][2]) for k in ordered]

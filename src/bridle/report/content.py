"""What reports are made of: what a case says in clear, and how its files fared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bridle.case.ledger_counts import COLUMNS, LedgerCounts
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

    Raises CaseDamagedError for a damaged case.
    """
    ledger = LedgerCounts(case.batches("ledger", COLUMNS))
    identity = identity_of(case)
    return Content(
        meta=case.meta, summary=case.summary(whole=True), findings=case.findings(whole=True),
        coverage=case.coverage(whole=True), ledger=ledger.lines(),
        masked={} if identify else masks(identity), identity=identity if identify else (),
    )  # fmt: skip


def identity_of(case: Case) -> list[tuple[str, str]]:
    """What the case says of whose device it is: (key, value)."""
    if "identifying" not in case.columns("device").names:
        return []
    rows = [r for batch in case.batches("device") for r in batch.to_pylist()]
    return [(r["key"], r["value"]) for r in rows if r["identifying"]]

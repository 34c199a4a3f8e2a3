"""What was found, where, and what else could explain it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bridle.case.zones import in_utc
from bridle.classes import dataclass
from bridle.detect.message import iso, plain
from bridle.detect.rule import CONFIDENCES as CONFIDENCES
from bridle.detect.rule import LEVELS

MOST_EVIDENCE = 1000
"""Rows of evidence that one finding lists; `count` has them all."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One row of one table, named so that anybody can look it up in the acquisition."""

    table: str
    path: str
    """On the device."""
    sha256: str | None
    """Of the file's content as it was parsed; None if it was not read."""
    locator: str
    time: datetime | None
    values: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "table": self.table, "path": self.path, "sha256": self.sha256, "locator": self.locator,
            "time": iso(self.time), "values": {k: plain(v) for k, v in self.values.items()},
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Named:
    """The published indicator a finding is about."""

    kind: str
    value: str
    feeds: tuple[str, ...]
    campaigns: tuple[str, ...]
    tlp: str | None

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value, "feeds": list(self.feeds),
                "campaigns": list(self.campaigns), "tlp": self.tlp}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Attributed:
    """One name that is given to what was found, how sure that is, and what it rests on."""

    name: str
    confidence: str
    """One of `CONFIDENCES`."""
    basis: str

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "confidence": self.confidence, "basis": self.basis}


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Which product left this, and who is said to run it. Never taken from one feed's label alone."""

    product: Attributed | None = None
    operator: Attributed | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "product": self.product.as_dict() if self.product else None,
            "operator": self.operator.as_dict() if self.operator else None,
        }


OUTCOMES = ("fits", "does not fit", "could not be tested")


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A benign explanation that the records were asked about."""

    explanation: str
    outcome: str
    """One of `OUTCOMES`."""
    why: str
    """What the records say, or which are not there."""

    def as_dict(self) -> dict[str, Any]:
        return {"explanation": self.explanation, "outcome": self.outcome, "why": self.why}


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One step of a chain: the finding that carries it, and when."""

    name: str
    stage: str
    finding: str
    """Id of the finding."""
    time: datetime | None
    attack: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "stage": self.stage, "finding": self.finding, "time": iso(self.time),
                "attack": list(self.attack)}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Finding:
    """All rows that one rule, or one indicator, matched in one source."""

    id: str
    rule: str
    title: str
    level: str
    stage: str
    message: str
    explanation: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    attack: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    count: int
    indicator: Named | None
    surfaces: tuple[str, ...]
    corroborated_by: tuple[str, ...] = ()
    acquisition_related: bool = False
    confidence: str = "low"
    """How much the evidence carries what the finding says: one of `CONFIDENCES`."""
    attribution: Attribution | None = None
    forgeable_by: tuple[str, ...] = ()
    """Who could have caused every row of the evidence without an attack: see `bridle.detect.writers`.

    Of rows in one file that no ordinary act explains, who can make records in it: nothing else bears them out.
    """
    tested: tuple[Tested, ...] = ()
    legs: tuple[Leg, ...] = ()
    """Of a chain, its steps in the order of time."""
    superseded_by: str | None = None
    """Id of the chain that tells this finding as one of its steps."""
    evidence: tuple[Evidence, ...]
    evidence_query: str | None = None
    """SQL that returns every row, where there are more than are listed."""

    def as_dict(self) -> dict[str, Any]:
        """The object of `findings.jsonl`: these keys in this order."""
        found = {
            "id": self.id, "rule": self.rule, "title": self.title, "level": self.level, "stage": self.stage,
            "message": self.message, "explanation": self.explanation, "false_positives": list(self.false_positives),
            "references": list(self.references), "attack": list(self.attack), "first_seen": iso(self.first_seen),
            "last_seen": iso(self.last_seen), "count": self.count,
            "indicator": self.indicator.as_dict() if self.indicator else None, "surfaces": list(self.surfaces),
            "attribution": self.attribution.as_dict() if self.attribution else None,
            "corroborated_by": list(self.corroborated_by), "acquisition_related": self.acquisition_related,
            "confidence": self.confidence, "forgeable_by": list(self.forgeable_by),
            "tested": [t.as_dict() for t in self.tested], "legs": [leg.as_dict() for leg in self.legs],
            "superseded_by": self.superseded_by, "evidence": [e.as_dict() for e in self.evidence],
        }  # fmt: skip
        if self.evidence_query is not None:
            found["evidence_query"] = self.evidence_query
        return found


def finding_id(rule: str, indicator: str | None, first: Evidence) -> str:
    """SHA-256 over what stays the same when the same device is examined again, encrypted or not."""
    parts = (rule, indicator or "", first.table, first.path, first.locator)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_NUMBERS = re.compile(r"([0-9]{1,18})")


def place(evidence: Evidence) -> tuple[Any, ...]:
    """Sorts evidence by device path, then table, then place in the file: row 9 before row 12."""
    parts = _NUMBERS.split(evidence.locator)
    number = [int(p) if i % 2 else p for i, p in enumerate(parts)]
    return (evidence.path, evidence.table, number, evidence.sha256 or "")


_LATEST = datetime.max.replace(tzinfo=UTC)


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Highest level first, then the earliest, then by rule and id."""
    return tuple(sorted(findings, key=lambda f: (-LEVELS.index(f.level), f.first_seen or _LATEST, f.rule, f.id)))


class Rows:
    """Evidence as it comes in: counts all of it, and keeps the first rows in path order.

    `at` is the zone of each source's wall clock: first and last are told in UTC.
    """

    def __init__(self, at: Mapping[str, str] | None = None) -> None:
        self._at = at or {}
        self.count = 0
        self.first_seen: datetime | None = None
        self.last_seen: datetime | None = None
        self._kept: list[tuple[tuple[Any, ...], Evidence]] = []

    def add(self, row: Evidence, source: str = "") -> None:
        """One row of a source; the caller sees to it that none comes twice."""
        self.count += 1
        if row.time is not None:
            t = in_utc(row.time, source, self._at)
            self.first_seen = t if self.first_seen is None else min(self.first_seen, t)
            self.last_seen = t if self.last_seen is None else max(self.last_seen, t)
        self._kept.append((place(row), row))
        if len(self._kept) >= 2 * MOST_EVIDENCE:
            self._trim()

    def _trim(self) -> None:
        self._kept.sort(key=lambda k: k[0])
        del self._kept[MOST_EVIDENCE:]

    def evidence(self) -> tuple[Evidence, ...]:
        self._trim()
        return tuple(e for _, e in self._kept)

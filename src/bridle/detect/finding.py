"""What was found, where, and what else could explain it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bridle.case.zones import in_utc
from bridle.detect.message import iso, plain
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
            "attribution": None, "corroborated_by": list(self.corroborated_by),
            "acquisition_related": self.acquisition_related, "evidence": [e.as_dict() for e in self.evidence],
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

"""One acquisition examined as `bridle check` examines it, and what of that the page needs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridle.core import LEVELS
from bridle.engine.check import check
from bridle.engine.options import Options
from bridle.phantom.truth import Trace


@dataclass(frozen=True, kw_only=True)
class Found:
    """A finding, without its evidence."""

    rule: str
    title: str
    level: str
    stage: str
    message: str
    count: int
    confidence: str
    false_positives: tuple[str, ...]
    forgeable_by: tuple[str, ...]
    tested: tuple[str, ...]
    """Outcome and explanation of each benign explanation that was asked about."""

    @property
    def rank(self) -> int:
        return LEVELS.index(self.level)


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What came of one acquisition."""

    findings: tuple[Found, ...]
    recalled: tuple[bool, ...]
    """For each planted trace, whether a finding has it among its evidence."""
    by_rules: tuple[bool, ...]
    """The same without the findings of indicators."""
    verdict: str
    rows: int
    artifacts: int
    """Artifacts that gave rows."""
    rules: int
    """Rules that were run to their end."""
    problems: tuple[str, ...]

    def at(self, level: str) -> int:
        """Findings of a level."""
        return sum(1 for f in self.findings if f.level == level)

    def from_(self, level: str) -> int:
        """Findings of a level and above."""
        return sum(1 for f in self.findings if f.rank >= LEVELS.index(level))

    @property
    def highest(self) -> str:
        """The highest level; `none` if nothing was found."""
        return max((f.level for f in self.findings), key=LEVELS.index, default="none")


NOTHING = Examined(
    findings=(), recalled=(), by_rules=(), verdict="not examined", rows=0, artifacts=0, rules=0, problems=()
)
"""Of an acquisition that was not examined."""


def examine(source: Path, case: Path, feeds: Sequence[Path], traces: Iterable[Trace] = ()) -> Examined:
    """Examine a source with these feeds alone, into the new folder `case`."""
    os.environ["BRIDLE_DATA"] = os.environ["BRIDLE_CONFIG"] = str(case.parent / "no stored feeds")
    options = Options(
        sources=(source,), case=case, indicators=tuple(str(f) for f in feeds), plaintext=True, jobs=1,
        labels=(source.name,),
    )  # fmt: skip
    summary = check(options)
    told = [json.loads(line) for line in (case / "findings.jsonl").read_text("utf-8").splitlines()]
    covered = json.loads((case / "coverage.json").read_text("utf-8"))
    planted = list(traces)
    behaviour = [t for t in told if t["indicator"] is None]
    return Examined(
        findings=tuple(found(t) for t in told),
        recalled=tuple(any(holds(f, t) for f in told) for t in planted),
        by_rules=tuple(any(holds(f, t) for f in behaviour) for t in planted),
        verdict=summary["verdict"]["text"], rows=summary["rows"],
        artifacts=sum(1 for a in covered["artifacts"].values() if a["rows"]),
        rules=summary["coverage"]["rules"]["examined"] + summary["coverage"]["rules"]["partly"],
        problems=tuple(summary["problems"]),
    )  # fmt: skip


def found(told: dict[str, Any]) -> Found:
    """A finding, of its object in `findings.jsonl`."""
    return Found(
        rule=told["rule"], title=told["title"], level=told["level"], stage=told["stage"], message=told["message"],
        count=told["count"], confidence=told["confidence"], false_positives=tuple(told["false_positives"]),
        forgeable_by=tuple(told["forgeable_by"]),
        tested=tuple(f"{t['outcome']}: {t['explanation']}" for t in told["tested"]),
    )  # fmt: skip


def holds(finding: dict[str, Any], trace: Trace) -> bool:
    """Whether a finding has the trace among its evidence: a row of its table that holds its value."""
    return any(
        e["table"] == trace.table and any(trace.value in str(v) for v in (e["path"], *e["values"].values()))
        for e in finding["evidence"]
    )

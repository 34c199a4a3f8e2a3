"""What a case comes to once people have judged its findings: a person is told of what was confirmed, not of matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from bridle.detect.finding import Finding
from bridle.detect.rule import LEVELS
from bridle.detect.verdict import ANOMALIES, EXECUTION, TARGETING, verdict
from bridle.report.content import Content

Held = Mapping[str, tuple[str, str]]
"""Of each finding that somebody judged: its disposition, and why."""
CONFIRMED, BENIGN = "confirmed", "benign"
_JUDGED = LEVELS[LEVELS.index("medium") :]


def judged(content: Content, held: Held | None) -> str:
    """The verdict: the case's own while nobody has signed (`held` is None), else that of what people hold.

    Confirmed findings are traces of an attack. What is neither confirmed nor benign leaves a case unexplained.
    """
    if held is None:
        return str(content.summary["verdict"]["text"])
    confirmed = _verdict(content, [f for f in content.findings if _held(f, held) == CONFIRMED])
    if confirmed in (EXECUTION, TARGETING):
        return confirmed
    left = _verdict(content, [f for f in content.findings if _held(f, held) != BENIGN])
    return ANOMALIES if left in (EXECUTION, TARGETING) else left


def platforms(coverage: Mapping[str, Any]) -> tuple[str, ...]:
    """`android`, `ios`: whose artifacts were examined."""
    examined = {name for name, a in coverage["artifacts"].items() if a["status"] != "not examined"}
    return tuple(sorted({name.split(".")[0] for name in examined} & {"ios", "android"}))


def _held(finding: Mapping[str, Any], held: Held) -> str:
    """A disposition; empty for a lesser finding that needs none."""
    return held[finding["id"]][0] if finding["id"] in held else "" if finding["level"] not in _JUDGED else "missing"


def _verdict(content: Content, findings: Sequence[Mapping[str, Any]]) -> str:
    told = [SimpleNamespace(**{k: f[k] for k in ("level", "stage", "title", "acquisition_related")}) for f in findings]
    return str(verdict(cast("Sequence[Finding]", told), content.coverage, platforms(content.coverage))["text"])

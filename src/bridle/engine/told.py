"""What a case tells its readers: findings, coverage, summary, description and report, written in one way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.html import render

_STATES = ("examined", "partly", "not examined")


def write_told(writer: CaseWriter, page: Content) -> None:
    """Write the files that a report is made of, and the report."""
    for name, data in (
        ("findings.jsonl", "".join(as_json(f) + "\n" for f in page.findings)),
        ("coverage.json", as_json(page.coverage, 1) + "\n"),
        ("summary.json", as_json(page.summary, 1) + "\n"),
        ("case.toml", render_case_toml(page.meta)),
        ("report.html", render(page)),
    ):
        writer.write_file(name, data.encode())


def coverage_counts(covered: Mapping[str, Any]) -> dict[str, Any]:
    """How many artifacts and rules were examined, partly or not; and the counts of files."""
    return {
        "artifacts": _counted(a["status"] for a in covered["artifacts"].values()),
        "rules": _counted(r["status"] for r in covered["rules"].values()),
        "files": covered["files"],
    }


def _counted(states: Iterable[str]) -> dict[str, int]:
    counts = Counter(states)
    return {k: counts[k] for k in _STATES}

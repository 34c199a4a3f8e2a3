"""Findings as CSV, a line each: text that a spreadsheet would run is made harmless."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from bridle.report.content import Content
from bridle.report.exports.harmless import as_cell
from bridle.report.masking import masked

COLUMNS = (
    "id", "level", "stage", "rule", "title", "message", "first_seen", "last_seen", "count", "indicator", "path",
    "sha256", "locator", "confidence", "product", "operator", "forgeable_by", "fits", "acquisition_related",
)  # fmt: skip
_FIRST = ("path", "sha256", "locator")
"""Columns of the first row of evidence."""


def render(content: Content) -> str:
    """The file as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for f in masked(content.findings, content.masked):
        first = f["evidence"][0] if f["evidence"] else {}
        flat = {
            **f,
            "indicator": (f["indicator"] or {}).get("value"),
            **{k: first.get(k) for k in _FIRST},
            **_graded(f),
        }
        writer.writerow([as_cell(flat[c]) for c in COLUMNS])
    return out.getvalue()


def _graded(finding: Mapping[str, Any]) -> dict[str, Any]:
    """How a finding is graded, as text for a cell."""
    attribution = finding.get("attribution") or {}
    return {
        "confidence": finding.get("confidence"),
        **{role: (attribution.get(role) or {}).get("name") for role in ("product", "operator")},
        "forgeable_by": ", ".join(finding.get("forgeable_by", ())),
        "fits": "; ".join(t["explanation"] for t in finding.get("tested", ()) if t["outcome"] == "fits"),
        "acquisition_related": finding.get("acquisition_related"),
    }

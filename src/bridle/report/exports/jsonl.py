"""Findings as JSON lines, as `findings.jsonl` has them."""

from __future__ import annotations

from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.masking import masked


def render(content: Content) -> str:
    """The file as text."""
    return "".join(as_json(f) + "\n" for f in masked(content.findings, content.masked))

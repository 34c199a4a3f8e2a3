"""Findings as JSON lines, as `findings.jsonl` has them."""

from __future__ import annotations

import json

from bridle.report.content import Content
from bridle.report.masking import masked


def render(content: Content) -> str:
    """The file as text."""
    return "".join(json.dumps(f, ensure_ascii=False) + "\n" for f in masked(content.findings, content.masked))

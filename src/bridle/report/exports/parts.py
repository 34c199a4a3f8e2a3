"""What several forms have in common: identifiers that follow from what is told, indicators, techniques."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.report.content import Content
from bridle.report.masking import masked

EPOCH = "1970-01-01T00:00:00.000Z"
"""In place of a time where the case has none and a form requires one."""
_OWN = uuid.UUID("7d0e5f2c-5a0c-5a36-9d34-2a5f8f4f1c9e")
"""The namespace of identifiers that no standard prescribes."""
_TECHNIQUE = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def findings_of(content: Content) -> list[Mapping[str, Any]]:
    """The findings, without what tells whose device it is."""
    return list(masked(content.findings, content.masked))


def named(*parts: str) -> str:
    """A UUID (version 5) that is the same for the same parts: equal cases give equal files."""
    return str(uuid.uuid5(_OWN, json.dumps(parts)))


def case_name(content: Content) -> str:
    """What stands for the case in identifiers: made of the findings' ids, which redaction makes anew for each case."""
    return named("case", *sorted(str(f["id"]) for f in content.findings), str(content.summary.get("rows", 0)))


def is_withheld(indicator: Mapping[str, Any]) -> bool:
    """Whether the value is one that this case's audience may not see."""
    return str(indicator["value"]).startswith("restricted indicator")


def shown_indicator(finding: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The single published value that a finding is about; None for patterns, rules and restricted values."""
    found: Mapping[str, Any] | None = finding["indicator"]
    return None if found is None or is_withheld(found) or found["kind"] == "pattern" else found


def techniques(finding: Mapping[str, Any]) -> list[str]:
    """The ATT&CK techniques of a finding, sorted; what has another shape is no technique."""
    return sorted({t for t in finding["attack"] if _TECHNIQUE.fullmatch(str(t))})


def technique_url(technique: str) -> str:
    """Its page at MITRE."""
    return f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/"


def is_sha256(text: object) -> bool:
    """Whether it is the digest of a file; a redacted one is a token."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def tables_of(finding: Mapping[str, Any]) -> list[str]:
    """The tables that a finding's evidence stands in, sorted."""
    return sorted({str(e["table"]) for e in finding["evidence"]})


def evidence_of(findings: list[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int, Mapping[str, Any]]]:
    """Every finding with each of its rows of evidence and the row's number, from 1."""
    for f in findings:
        for n, e in enumerate(f["evidence"], 1):
            yield f, n, e


def coarse_note(content: Content) -> str | None:
    """What to say of times where redaction made them coarse."""
    given = content.meta.get("redaction")
    return str(given["times"]) if isinstance(given, Mapping) and given.get("times") else None

"""A case's findings in other forms: CSV, JSON lines, STIX 2.1, or the page again."""

from __future__ import annotations

import csv
import io
import json
import uuid
from typing import TYPE_CHECKING, Any

from bridle.case.plain import cell
from bridle.report import html
from bridle.report.masking import masked, masks

if TYPE_CHECKING:
    from bridle.case.reader import Case

COLUMNS = (
    "id", "level", "stage", "rule", "title", "message", "first_seen", "last_seen", "count", "indicator", "path",
    "sha256", "locator", "confidence", "product", "operator", "forgeable_by", "fits", "acquisition_related",
)  # fmt: skip
_FIRST = ("path", "sha256", "locator")
"""Columns of the first row of evidence."""
_CONFIDENCE = {"low": 15, "medium": 50, "high": 85}
"""STIX 2.1, appendix A: the scale of None, Low, Med and High."""
_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace that STIX 2.1 gives for deterministic identifiers of observables."""
_EPOCH = "1970-01-01T00:00:00.000Z"


def render(case: Case, form: str, *, identify: bool = False) -> str:
    """`html`, `csv`, `jsonl` or `stix` as text. Raises KeyError for another form.

    Name, number and serial of the device are masked unless `identify`.
    """
    hidden = {} if identify else masks(_identity(case))
    if form == "html":
        return _html(case, hidden) if identify else (case.path / "report.html").read_text("utf-8")
    findings = masked(case.findings(), hidden)
    return {"csv": _csv, "jsonl": _jsonl, "stix": _stix}[form](findings)


def _identity(case: Case) -> list[tuple[str, str]]:
    """What the case says of whose device it is."""
    if "identifying" not in case.tables()["device"].names:
        return []
    rows = [r for batch in case.batches("device") for r in batch.to_pylist()]
    return [(r["key"], r["value"]) for r in rows if r["identifying"]]


def _html(case: Case, hidden: dict[str, str]) -> str:
    columns = ("artifact", "status", "reason", "rows", "gaps")
    ledger = (tuple(r[c] for c in columns) for b in case.batches("ledger", columns) for r in b.to_pylist())
    coverage = json.loads((case.path / "coverage.json").read_text("utf-8"))
    return html.render(
        html.Content(
            meta=case.meta, summary=case.summary(), findings=case.findings(), coverage=coverage,
            ledger=html.ledger_counts(ledger), masked=hidden, identity=_identity(case),
        )
    )  # fmt: skip


def _jsonl(findings: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(f, ensure_ascii=False) + "\n" for f in findings)


def _csv(findings: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for f in findings:
        first = f["evidence"][0] if f["evidence"] else {}
        flat = {
            **f,
            "indicator": (f["indicator"] or {}).get("value"),
            **{k: first.get(k) for k in _FIRST},
            **_graded(f),
        }
        writer.writerow([cell(flat[c]) for c in COLUMNS])
    return out.getvalue()


def _graded(finding: dict[str, Any]) -> dict[str, Any]:
    """How a finding is graded, as text for a cell."""
    attribution = finding.get("attribution") or {}
    return {
        "confidence": finding.get("confidence"),
        **{role: (attribution.get(role) or {}).get("name") for role in ("product", "operator")},
        "forgeable_by": ", ".join(finding.get("forgeable_by", ())),
        "fits": "; ".join(t["explanation"] for t in finding.get("tested", ()) if t["outcome"] == "fits"),
        "acquisition_related": finding.get("acquisition_related"),
    }


def _stix(findings: list[dict[str, Any]]) -> str:
    """One `identity` for the tool, one `sighting` with its `observed-data` note for each finding. No message text."""
    identity: dict[str, Any] = {
        "type": "identity", "spec_version": "2.1", "id": _id("identity", "bridle"), "created": _EPOCH,
        "modified": _EPOCH, "name": "bridle", "identity_class": "system",
    }  # fmt: skip
    objects = [identity, *(o for f in findings for o in _sighting(f, str(identity["id"])))]
    return json.dumps({"type": "bundle", "id": _id("bundle", json.dumps(objects)), "objects": objects}, indent=2) + "\n"


def _sighting(finding: dict[str, Any], identity: str) -> list[dict[str, Any]]:
    times = {"created": finding["first_seen"] or _EPOCH, "modified": finding["first_seen"] or _EPOCH}
    common: dict[str, Any] = {"spec_version": "2.1", "created_by_ref": identity, **times}
    if (sure := _CONFIDENCE.get(finding.get("confidence", ""))) is not None:
        common["confidence"] = sure
    note = {
        "type": "note", "id": _id("note", finding["id"]), **common, "abstract": finding["title"],
        "content": finding["explanation"], "labels": [finding["level"], finding["stage"], finding["rule"]],
        "object_refs": [identity],
    }  # fmt: skip
    if (found := finding["indicator"]) is None or (pattern := _pattern(found)) is None:
        return [note]
    indicator = {
        "type": "indicator", "id": _id("indicator", pattern), **common, "pattern": pattern, "pattern_type": "stix",
        "valid_from": times["created"], "name": found["kind"],
    }  # fmt: skip
    sighting = {
        "type": "sighting", "id": _id("sighting", finding["id"]), **common, "count": finding["count"],
        "sighting_of_ref": indicator["id"],
    }  # fmt: skip
    return [note, indicator, sighting]


_PATHS = {
    "domain": "domain-name:value", "url": "url:value", "ip-address": "ipv4-addr:value", "email": "email-addr:value",
    "process-name": "process:name", "file-name": "file:name", "file-path": "file:path",
    "sha256": "file:hashes.'SHA-256'", "md5": "file:hashes.MD5", "sha1": "file:hashes.'SHA-1'",
}  # fmt: skip


def _pattern(found: dict[str, Any]) -> str | None:
    if found["kind"] not in _PATHS or str(found["value"]).startswith("restricted indicator"):
        return None
    value = str(found["value"]).replace("\\", "\\\\").replace("'", "\\'")
    return f"[{_PATHS[found['kind']]} = '{value}']"


def _id(kind: str, of: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, of)}"

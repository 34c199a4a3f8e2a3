"""What the files of a case that are text hold, as far as anything that reads a case relies on it.

Cases of earlier versions have less, later ones may have more: see `bridle.case.damage.checked` for how that is told.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pyarrow as pa

from bridle.case.ledger import DEVICE, LEDGER
from bridle.case.ledger_counts import COLUMNS
from bridle.core import LEVELS

_WORDS, _NUMBER = [str], int
_TEXT = (str, None)
_GIVEN = {"name?": str, "confidence?": str, "basis?": str}
FINDING: dict[str, Any] = {
    "id!": str, "level": frozenset(LEVELS), "rule": str, "title": str, "stage": str, "message": str,
    "explanation": str, "false_positives": _WORDS, "references": _WORDS, "attack": _WORDS, "first_seen": _TEXT,
    "last_seen": _TEXT, "count": _NUMBER,
    "indicator": ({"kind": str, "value": str, "feeds": _WORDS, "campaigns": _WORDS, "tlp": _TEXT}, None),
    "surfaces?": _WORDS,
    "attribution?": ({"product?": (_GIVEN, None), "operator?": (_GIVEN, None)}, None),
    "corroborated_by": _WORDS, "acquisition_related": bool, "confidence?": _TEXT, "forgeable_by?": (_WORDS, None),
    "tested?": [{"explanation": str, "outcome": str, "why": str}],
    "legs?": [{"name": str, "stage": str, "finding": str, "time": _TEXT, "attack?": _WORDS}],
    "superseded_by?": _TEXT, "evidence_query?": _TEXT,
    "evidence": [{"table!": str, "path!": str, "sha256": _TEXT, "locator!": str, "time": _TEXT, "values!": dict}],
}  # fmt: skip
_SPAN = {"first?": _TEXT, "last?": _TEXT}
_EXAMINED = dict.fromkeys(("examined", "partly", "not examined"), _NUMBER)
SUMMARY: dict[str, Any] = {
    "verdict": {"text": str, "from?": _TEXT, "to?": _TEXT, "why": _TEXT},
    "findings": dict.fromkeys(LEVELS, _NUMBER),
    "coverage": {"artifacts": _EXAMINED, "rules": _EXAMINED, "files?": {...: _NUMBER}},
    "log_horizon": {"first": _TEXT, "last": _TEXT}, "rows": _NUMBER, "gaps": _NUMBER, "problems": _WORDS,
    "feeds_not_loaded?": _WORDS, "synthetic": bool, "consent": str, "exit?": _NUMBER,
}  # fmt: skip
COVERAGE: dict[str, Any] = {
    "artifacts": {...: {
        "status": str, "why?": _TEXT, "files?": list, "files_not_read?": _NUMBER, "rows": _NUMBER, "gaps": _NUMBER,
        "first?": _TEXT, "last?": _TEXT,
    }},
    "rules": {...: {"status": str, "why?": _TEXT}},
    "feeds?": [{"name": str, "digest": _TEXT, "indicators": _NUMBER, "loaded": bool, "reason": _TEXT}],
    "horizon?": (_SPAN, None), "notes?": _WORDS, "indicators?": dict, "files?": {...: _NUMBER},
}  # fmt: skip
META: dict[str, Any] = {
    "case": {"schema?": _NUMBER, "bridle": str, "encrypted?": bool},
    "device": {"model": _TEXT, "os_version": _TEXT, "build?": _TEXT},
    "acquisition?": dict,
    "sources": [{
        "id": str, "label": str, "kind": str, "digest": str, "encrypted": bool, "synthetic": bool, "platform?": str,
    }],
    "rules": {"digest": str}, "examination?": dict, "lineage?": {"manifests?": _WORDS},
    "feeds?": [{"name": str, "digest": str, "indicators": _NUMBER, "loaded": bool}],
    "baselines?": [{"name": str, "digest": str, "entries?": _NUMBER}],
}  # fmt: skip
_TIMES = ("first_seen", "last_seen")
_LATIN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def times_fit(finding: dict[str, Any]) -> None:
    """Raises ValueError for a time of a finding, of its evidence or its legs that is none."""
    told = [(name, finding.get(name)) for name in _TIMES]
    told += [("evidence: time", e.get("time")) for e in finding.get("evidence", ())]
    told += [("legs: time", leg.get("time")) for leg in finding.get("legs", ())]
    for name, time in told:
        if time is None:
            continue
        if not _LATIN_TIME.fullmatch(time):
            raise ValueError(f"{name}: expected a time such as 2021-07-18T10:02:00Z, got {time!r:.60}")
        datetime.fromisoformat(time)


_STAMPS = ("_source", "_path", "_sha256", "locator")
_NEEDED = {"ledger": (LEDGER, COLUMNS), "device": (DEVICE, ("source", "key", "value"))}


def columns_fit(table: str, schema: pa.Schema) -> pa.Schema:
    """The columns of a table, among which are those that every reader relies on. Raises ValueError.

    Of a record these are its source, path, digest and locator, which it has all or none of.
    """
    if table in _NEEDED:
        own, needed = _NEEDED[table]
    elif "_path" in schema.names:
        own, needed = pa.schema([(name, pa.string()) for name in _STAMPS]), _STAMPS
    else:
        return schema
    for name in needed:
        if name not in schema.names:
            raise ValueError(f"expected a column {name}, found {', '.join(schema.names):.60}")
    for f in own:
        if f.name in schema.names and schema.field(f.name).type != f.type:
            raise ValueError(f"{f.name}: expected a column of {f.type}, got {schema.field(f.name).type}")
    return schema

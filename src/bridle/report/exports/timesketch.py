"""The rows that findings cite as JSON lines for Timesketch, a line each, in the order of time.

Timesketch requires `message`, `datetime` (ISO 8601) and `timestamp_desc`; `timestamp` is in microseconds since 1970.
A row without a time has no place on a timeline: how many there were is told by the finding's own line.
Source: https://timesketch.org/guides/user/import-from-json-csv/ .
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.exports.parts import coarse_note, evidence_of, findings_of, tables_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL = "by the phone's clock, zone not recorded; told as if it were UTC"


def render(content: Content) -> str:
    """The file as text."""
    findings = findings_of(content)
    note = coarse_note(content)
    events = [_event(e["time"], f, note, _row(n, e)) for f, n, e in evidence_of(findings) if e["time"]]
    events += [_event(f["first_seen"], f, note, _whole(f)) for f in findings if f["first_seen"]]
    events.sort(key=lambda e: (e["timestamp"], e["finding"], e.get("row", 0)))
    return "".join(as_json(e) + "\n" for e in events)


def _event(time: str, f: Mapping[str, Any], note: str | None, more: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(time)
    zoned = at.tzinfo is not None
    at = at if zoned else at.replace(tzinfo=UTC)
    made: dict[str, Any] = {
        "message": more["message"], "datetime": at.isoformat(timespec="microseconds"),
        "timestamp": (at - _EPOCH) // timedelta(microseconds=1), "timestamp_desc": more["timestamp_desc"],
        "data_type": "bridle:finding", "finding": f["id"], "rule": f["rule"], "level": f["level"], "stage": f["stage"],
        "tag": ["bridle", f["level"], f["stage"]],
    }  # fmt: skip
    notes = [n for n in (note, None if zoned else _WALL) if n]
    return made | more | ({"zone_note": "; ".join(notes)} if notes else {})


def _row(number: int, e: Mapping[str, Any]) -> dict[str, Any]:
    """A row of evidence, its values under names that cannot meet Timesketch's own."""
    values = {f"value_{k}": v if isinstance(v, str | int | float) else json.dumps(v, ensure_ascii=False)
              for k, v in e["values"].items() if v is not None}  # fmt: skip
    told = "; ".join(f"{k.removeprefix('value_')} {v}" for k, v in list(values.items())[:4])
    return {
        "message": f"{e['table']}: {told}"[:500], "timestamp_desc": "Time of the record", "row": number,
        "table": e["table"], "path": e["path"], "locator": e["locator"], "sha256": e["sha256"] or "", **values,
    }  # fmt: skip


def _whole(f: Mapping[str, Any]) -> dict[str, Any]:
    """The finding itself, where it begins."""
    found = f["indicator"] or {}
    more = {"indicator_kind": found["kind"], "indicator": found["value"]} if found else {}
    return {
        "message": f"{f['title']}: {f['message']}", "timestamp_desc": "First seen", "rows": f["count"],
        "rows_without_time": sum(e["time"] is None for e in f["evidence"]), "table": ", ".join(tables_of(f)), **more,
    }  # fmt: skip

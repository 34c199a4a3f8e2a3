"""Findings as one Parquet file: a row for each row of evidence, and one for a finding that lists none.

Times are instants in UTC where they are; what a clock of unknown zone showed is in `shown`. `values` is JSON. The same
content gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bridle.report.content import Content
from bridle.report.exports.parts import findings_of

_TEXT, _TEXTS, _TIME = pa.string(), pa.list_(pa.string()), pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("finding", _TEXT), ("rule", _TEXT), ("title", _TEXT), ("level", _TEXT), ("stage", _TEXT),
        ("confidence", _TEXT), ("message", _TEXT), ("first_seen", _TIME), ("last_seen", _TIME), ("count", pa.int64()),
        ("indicator_kind", _TEXT), ("indicator", _TEXT), ("tlp", _TEXT), ("feeds", _TEXTS), ("attack", _TEXTS),
        ("acquisition_related", pa.bool_()), ("row", pa.int32()), ("table", _TEXT), ("path", _TEXT), ("sha256", _TEXT),
        ("locator", _TEXT), ("time", _TIME), ("shown", pa.timestamp("us")), ("values", _TEXT),
    ]
)  # fmt: skip


def render(content: Content) -> bytes:
    """The file."""
    rows = [{k: _text(v) for k, v in row.items()} for f in findings_of(content) for row in _rows(f)]
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, sink, compression="zstd", store_schema=True)
    return bytes(sink.getvalue().to_pybytes())


def _rows(f: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    found = f["indicator"] or {}
    whole = {
        "finding": f["id"], **{k: f[k] for k in ("rule", "title", "level", "stage", "message", "count", "attack")},
        "confidence": f.get("confidence"), "first_seen": _time(f["first_seen"]), "last_seen": _time(f["last_seen"]),
        "indicator_kind": found.get("kind"), "indicator": found.get("value"), "tlp": found.get("tlp"),
        "feeds": found.get("feeds"), "acquisition_related": f["acquisition_related"],
    }  # fmt: skip
    for n, e in enumerate(f["evidence"], 1):
        zoned = bool(e["time"]) and e["time"].endswith("Z")
        yield whole | {
            "row": n, **{k: e[k] for k in ("table", "path", "sha256", "locator")},
            "time": _time(e["time"]) if zoned else None, "shown": None if zoned else _time(e["time"]),
            "values": json.dumps(e["values"], ensure_ascii=False),
        }  # fmt: skip
    if not f["evidence"]:
        yield whole


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(value: Any) -> Any:
    """Text, or each of a list, as UTF-8 can hold it: half of a surrogate pair is written out."""
    if isinstance(value, list):
        return [_text(v) for v in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value

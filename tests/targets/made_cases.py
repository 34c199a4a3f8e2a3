"""Finished cases of made-up iPhones, as small as the correlation needs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle.case.meta import render_case_toml
from bridle.case.reader import Case
from bridle.case.writer import CaseWriter

NOON = 1_609_502_400
"""2021-01-01 12:00 UTC."""
CONSENT = {"statistics": True, "retention_until": "2999-12-31"}


def finding(
    stage: str = "execution", level: str = "high", times: tuple[str | None, ...] = (), **more: Any
) -> dict[str, Any]:
    evidence = [{"table": "ios.data_usage.process", "path": "/db", "locator": f"P:{n}", "time": t, "values": {}}
                for n, t in enumerate(times)]  # fmt: skip
    known = sorted(t for t in times if t)
    return {"id": "f", "stage": stage, "level": level, "acquisition_related": False, "evidence": evidence,
            "count": len(times), "first_seen": known[0] if known else None, "last_seen": known[-1] if known else None,
            **more}  # fmt: skip


def case(
    folder: Path, facts: dict[str, str] | None = None, findings: tuple[dict[str, Any], ...] = (),
    artifacts: dict[str, Any] | None = None, consent: Any = CONSENT, verdict: str = "traces of execution",
    used: tuple[int | None, ...] = (NOON,),
) -> Case:  # fmt: skip
    """A finished case of an iPhone."""
    writer = CaseWriter(folder, None)
    rows = [{"source": "S1", "key": k, "value": v, "table": "ios.backup_info.fact"} for k, v in (facts or {}).items()]
    writer.add(
        "device",
        ("S1", "/device"),
        pa.Table.from_pylist(rows, schema=pa.schema([(n, pa.string()) for n in ("source", "key", "value", "table")])),
    )
    times = [None if t is None else datetime.fromtimestamp(t, UTC) for t in used]
    writer.add(
        "ios.data_usage.process",
        ("S1", "/db"),
        pa.table(
            {
                "_source": pa.array(["S1"] * len(used)),
                "_path": pa.array(["/db"] * len(used)),
                "_sha256": pa.array(["ab" * 32] * len(used)),
                "locator": pa.array([f"P:{n}" for n in range(len(used))]),
                "first_used": pa.array(times, pa.timestamp("us", tz="UTC")),
            }
        ),
    )
    writer.finish_tables()
    at = artifacts or {"ios.sms": span("2021-01-01T00:00:00Z", "2021-01-31T00:00:00Z")}
    texts = {
        "case.toml": render_case_toml({"case": {"encrypted": False}, "consent": consent, "sources": []}),
        "coverage.json": json.dumps({"artifacts": at}),
        "summary.json": json.dumps({"verdict": {"text": verdict}}),
        "findings.jsonl": "".join(json.dumps(f) + "\n" for f in findings),
    }
    for name, text in texts.items():
        writer.write_file(name, text.encode())
    writer.commit()
    return Case(folder, None)  # fmt: skip


def span(first: str | None, last: str | None, status: str = "examined") -> dict[str, Any]:
    return {"status": status, "first": first, "last": last}

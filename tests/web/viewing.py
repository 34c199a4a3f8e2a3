"""A small case, and what looks at it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from bridle.case.ledger import DEVICE, LEDGER
from bridle.case.reader import Case
from bridle.case.writer import CaseWriter
from case.building import SMS, Message, rows

PORT = 8765
HOST = f"http://127.0.0.1:{PORT}"
START = datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)> \u202egnp.exe http://lure.example.org/a"
SERIAL = "SYNTH0000001"
TABLE = "ios.sms.message"
META = """
consent = "none recorded"
feeds = []
[case]
schema = 1
bridle = "0.1.0"
encrypted = false
[device]
model = "Synthetic One"
os_version = "17.1"
[[sources]]
id = "S1"
label = "phone.zip"
kind = "ios-backup"
synthetic = true
[rules]
digest = "00"
"""


def evidence(n, text):
    return {"table": TABLE, "path": SMS, "sha256": "ab" * 32, "locator": f"message:{n}",
            "time": f"2024-03-04T05:{6 + n:02}:07Z", "values": {"text": text}}  # fmt: skip


def finding(number, level="high", **changes):
    made = {
        "id": f"{number:064x}", "rule": f"rule-{number}", "title": f"Title {number}", "level": level,
        "stage": "targeting", "message": f"The record shows {HOSTILE}", "explanation": "Because.",
        "false_positives": ["A newsletter."], "references": ["https://example.org/a", "javascript:alert(1)"],
        "attack": ["T1660"], "first_seen": "2024-03-04T05:09:07Z", "last_seen": "2024-03-04T05:09:07Z", "count": 1,
        "indicator": None, "surfaces": ["message"], "attribution": None, "corroborated_by": [],
        "acquisition_related": False, "evidence": [evidence(3, HOSTILE)],
    }  # fmt: skip
    return made | changes


def told(messages):
    """So many messages as rows."""
    said = [{"locator": f"message:{n}", "written": START + timedelta(minutes=n), "size": n,
             "text": HOSTILE if n == 3 else f"Message {n} to {SERIAL}"} for n in range(messages)]  # fmt: skip
    return rows(Message, SMS, said)


def made_case(folder, findings, messages=40):
    """A finished case of one phone with messages a minute apart, of which number 3 is hostile."""
    writer = CaseWriter(folder, None)
    writer.add(TABLE, ("S1", SMS), told(messages))
    writer.finish_tables()
    file = {"source": "S1", "path": SMS, "member": "sms.db", "type": "file", "artifact": "ios.sms", "size": 9,
            "status": "parsed", "rows": messages, "gaps": 0, "sha256": "ab" * 32}  # fmt: skip
    writer.write_table("ledger", pa.Table.from_pylist([file], schema=LEDGER))
    fact = {"source": "S1", "key": "serial_number", "value": SERIAL, "identifying": True}
    writer.write_table("device", pa.Table.from_pylist([{n: fact.get(n, "") for n in DEVICE.names}], schema=DEVICE))
    levels = {n: sum(f["level"] == n for f in findings) for n in ("critical", "high", "medium", "low", "informational")}
    summary = {
        "schema": 1, "verdict": {"text": "traces of targeting", "from": None, "to": None, "why": "It rests on one."},
        "findings": levels, "log_horizon": {"first": "2024-03-04T05:06:07Z", "last": "2024-03-04T05:45:07Z"},
        "coverage": {"artifacts": {"examined": 1, "partly": 0, "not examined": 1},
                     "rules": {"examined": 1, "partly": 0, "not examined": 1}, "files": {"parsed": 1}},
        "rows": messages, "gaps": 0, "problems": [], "synthetic": True, "consent": "none", "exit": 1,
    }  # fmt: skip
    artifact = {"status": "examined", "why": None, "rows": messages, "gaps": 0, "first": None, "last": None}
    absent = artifact | {"status": "not examined", "why": "not in it"}
    coverage = {
        "schema": 1, "artifacts": {"ios.sms": artifact, "ios.photos": absent},
        "rules": {"rule-1": {"status": "examined", "why": None}}, "horizon": summary["log_horizon"], "notes": [],
    }  # fmt: skip
    lines = "".join(json.dumps(f) + "\n" for f in findings)
    texts = {"case.toml": META, "findings.jsonl": lines, "summary.json": json.dumps(summary),
             "coverage.json": json.dumps(coverage), "report.html": "<!doctype html>"}  # fmt: skip
    for name, text in texts.items():
        writer.write_file(name, text.encode())
    writer.commit()
    return Case(folder, None)

"""Content of nobody's phone, as reports and exports take it, and the programs of others that check what is exported."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bridle.report.content import Content

VALIDATORS = Path(__file__).parents[1] / ".venv-validators" / "bin"


def validator(program: str, *arguments: object) -> str:
    """What another project's program says; skips where it is not installed."""
    if not (VALIDATORS / program).exists():
        pytest.skip(f"{program} is not here: `make validators` installs it")
    done = subprocess.run(
        [VALIDATORS / program, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout + done.stderr


def row(**changes: Any) -> dict[str, Any]:
    return {
        "table": "ios.sms.message", "path": "/private/var/mobile/Library/SMS/sms.db", "sha256": "ab" * 32,
        "locator": "message:7", "time": "2026-01-02T03:04:05Z",
        "values": {"text": "see https://lure.example.test/x", "account": "E:ada@example.org", "is_read": True},
    } | changes  # fmt: skip


def indicator(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "domain", "value": "lure.example.test", "feeds": ["feed A"], "campaigns": ["C"], "tlp": "TLP:GREEN",
    } | changes  # fmt: skip


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "id": "f1", "rule": "indicator-domain", "title": "A message names a published attack host", "level": "high",
        "stage": "targeting", "message": "A message names lure.example.test, published for C.",
        "explanation": "Because.", "false_positives": ["A newsletter."], "references": ["https://example.org/a"],
        "attack": ["T1660"], "first_seen": "2026-01-02T03:04:05.5Z", "last_seen": "2026-01-03T00:00:00Z", "count": 2,
        "indicator": indicator(), "surfaces": ["message"], "attribution": None, "corroborated_by": [],
        "acquisition_related": False, "confidence": "medium", "forgeable_by": ["sender"], "tested": [], "legs": [],
        "superseded_by": None, "evidence": [row()],
    } | changes  # fmt: skip


def content(findings: list[dict[str, Any]], **changes: Any) -> Content:
    summary = {
        "verdict": {
            "text": "traces of targeting", "from": "2026-01-01T05:00:00Z", "to": "2026-01-03T06:00:00Z",
            "why": "One finding of targeting.",
        },
        "findings": {"critical": 0, "high": len(findings), "medium": 0, "low": 0, "informational": 0},
        "coverage": {
            "artifacts": {"examined": 1, "partly": 0, "not examined": 8},
            "rules": {"examined": 2, "partly": 0, "not examined": 1}, "files": {"parsed": 1},
        },
        "log_horizon": {"first": "2026-01-01T00:00:00Z", "last": "2026-01-03T00:00:00Z"}, "rows": 1234, "gaps": 1,
        "problems": [], "feeds_not_loaded": [], "synthetic": False, "consent": "recorded", "exit": 1,
    }  # fmt: skip
    source = {"id": "S1", "label": "phone of Ada", "kind": "itunes-backup", "digest": "11" * 32, "encrypted": True,
              "synthetic": False}  # fmt: skip
    meta = {
        "consent": {"given_by": "Ada Example", "witness": "Bo Example", "language": "en", "method": "signed paper"},
        "case": {"bridle": "0.1.0"}, "device": {"model": "iPhone14,5", "os_version": "16.5"},
        "rules": {"digest": "00" * 32}, "sources": [source],
    }  # fmt: skip
    read = {"status": "examined", "why": None, "rows": 1234, "gaps": 1, "first": "2026-01-01T00:00:00Z", "last": None}
    coverage = {
        "artifacts": {"ios.sms": read}, "rules": {"r1": {"status": "not examined", "why": "no table ios.tcc.access"}},
        "feeds": [{"name": "feed A", "digest": "22" * 32, "indicators": 3, "loaded": True, "reason": None}],
    }  # fmt: skip
    ledger = [("ios.sms", "parsed", "", 1, 1234, 1), ("", "not wanted", "", 5, 0, 0)]
    given = {"meta": meta, "summary": summary, "findings": findings, "coverage": coverage, "ledger": ledger}
    return Content(**(given | changes))

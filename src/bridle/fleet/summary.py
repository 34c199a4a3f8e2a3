"""A case in a few words, for its outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bridle.fleet.outcome import DONE, Outcome, now


def told(
    task: str, summary: Mapping[str, Any], manifest: Mapping[str, Any], *, kept: bool = False, seconds: float = 0.0
) -> Outcome:
    """The outcome that a case's summary and manifest tell."""
    return Outcome(
        task=task, status=DONE, exit=int(summary["exit"]), verdict=str(summary["verdict"]["text"]),
        findings={str(k): int(v) for k, v in summary["findings"].items()}, rows=int(summary["rows"]),
        content=content(manifest), kept=kept, seconds=round(seconds, 3), time=now(),
    )  # fmt: skip


def content(manifest: Mapping[str, Any]) -> str:
    """SHA-256 over names and content digests of a case's files: equal for equal content, whatever the key."""
    files = {name: entry["content_sha256"] for name, entry in manifest["files"].items() if entry["content_sha256"]}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()

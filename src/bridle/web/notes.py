"""Notes and reviewers' marks: hash-chained in `notes.jsonl`, outside what is sealed; nothing of the case is changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridle.case.manifest import append
from bridle.web.viewed import Refused

NAME = "notes.jsonl"
MARKS = ("relevant", "explained", "to check", "")
"""What a reviewer says of a finding or a row; nothing takes a mark away."""
LONGEST = 10_000
"""Characters of a note."""
LARGEST = 16 << 20
"""Bytes of notes that are read."""


def read(case: Path) -> list[dict[str, Any]]:
    """The notes in the order they were written. A line that is none has `damaged`, and the number of the line."""
    path = case / NAME
    if path.is_symlink() or not path.is_file():
        return []
    with path.open("rb") as file:
        lines = file.read(LARGEST).splitlines()
    return [_line(number, line) for number, line in enumerate(lines, 1)]


def _line(number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        on = found["on"]
        return {
            "line": number, "time": str(found["time"]), "by": str(found.get("by") or ""),
            "text": str(found.get("text") or ""), "mark": found.get("mark"), "on": {k: on[k] for k in on},
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"line": number, "damaged": True, "time": "", "by": "", "text": "", "mark": None, "on": {}}


def write(case: Path, on: Mapping[str, Any], text: str | None, mark: str | None, by: str | None) -> None:
    """Add a note or a mark to a finding or a row. Raises Refused where it is none, or nothing can be written."""
    if (text is None) == (mark is None):
        raise Refused("expected either a text or a mark")
    if text is not None and not 0 < len(text.strip()) <= LONGEST:
        raise Refused(f"a note has 1 to {LONGEST:,} characters")
    if mark is not None and mark not in MARKS:
        raise Refused(f"expected one of {', '.join(m for m in MARKS if m)}, got {mark!r:.40}")
    said = {"text": text.strip()} if text is not None else {"mark": mark}
    try:
        append(case, NAME, {"event": "note" if mark is None else "mark", "on": dict(on), **said, **_by(by)})
    except OSError as e:
        raise Refused(
            f"the note cannot be kept, for {case.name}/{NAME} cannot be written ({e.strerror}); "
            "a case on a read-only medium is looked at as it is: copy it to a folder of yours to write notes",
            409,
        ) from None


def _by(name: str | None) -> dict[str, str]:
    return {"by": name} if name else {}

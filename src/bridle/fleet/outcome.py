"""What became of a task: one JSON object, in the lake under the task's name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

DONE, FAILED, POISON, FORGOTTEN = "done", "failed", "poison", "forgotten"
STATES = (DONE, FAILED, POISON, FORGOTTEN)
USAGE, UNREADABLE = 2, 3
"""Exit codes of an acquisition that gave no case."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of one task."""

    task: str
    status: str
    """`done`; `failed`: no case, and why; `poison`: it took its worker with it each time; `forgotten`: not examined."""
    exit: int = 0
    """As of `check` on that acquisition."""
    reason: str = ""
    verdict: str = ""
    findings: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    content: str = ""
    """SHA-256 over the case's content digests: equal cases have equal ones."""
    kept: bool = False
    """The case was there already; nothing was done."""
    attempts: int = 1
    seconds: float = 0.0
    time: str = ""
    """When it ended, in UTC."""

    def line(self) -> bytes:
        """As stored: one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def from_dict(values: Mapping[str, Any]) -> Outcome:
    """Of JSON; what a later version added is left out. Raises ValueError."""
    try:
        found = Outcome(**{k: v for k, v in values.items() if k in Outcome.__dataclass_fields__})
    except TypeError as e:
        raise ValueError(f"expected an outcome, got {values!r:.60}") from e
    if found.status not in STATES:
        raise ValueError(f"expected one of {', '.join(STATES)}, got {found.status!r:.60}")
    return found


def from_lines(data: bytes) -> Outcome:
    """The last line that is whole. Raises ValueError."""
    for line in reversed(data.splitlines()):
        try:
            return from_dict(json.loads(line))
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue
    raise ValueError("expected a line of JSON with an outcome")


def worst(outcomes: Iterable[Outcome]) -> int:
    """One exit code for many, as of `check` on all of it: findings and what could not be read are both told."""
    codes = [o.exit for o in outcomes if o.status != FORGOTTEN]
    found = any(c in (1, 4) for c in codes)
    part = any(c in (USAGE, UNREADABLE, 4) for c in codes)
    return 4 if found and part else 3 if part else int(found)

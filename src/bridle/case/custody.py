"""What happens to a case after it was made: who it was handed to, what was drawn from it, what holds it.

Reading is not entered: a log of every look would be noise, and could not be kept for a case on a read-only medium.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridle.case.logs import Log
from bridle.case.manifest import append_custody

HOLD, RELEASE = "hold", "release"
WITHDRAWAL, REQUESTED = "withdrawal", "withdrawal requested"


def recorded(case: Path, event: Mapping[str, Any]) -> str | None:
    """Enter an event; where that cannot be done, as in a read-only case, why: one sentence for the user."""
    try:
        append_custody(case, event)
    except OSError as e:
        return f"this is not entered in the custody log of {case}: {e.strerror or e}; make a note of it elsewhere"
    return None


def output(event: str, made: bytes, *, recipient: str | None = None, **more: Any) -> dict[str, Any]:
    """The event of handing something out: `event` names the command, `more` says what it is, such as its format.

    Digest and size let `bridle withdraw` find it again; a file name could tell whose case it is, and is not entered.
    """
    to = {"recipient": recipient} if recipient is not None else {}
    return {"event": event, **more, **to, "output_sha256": hashlib.sha256(made).hexdigest(), "output_size": len(made)}


def holds(log: Log) -> tuple[str, ...]:
    """The legal holds that were entered and not released, in their order. An entry counts even where a chain is broken:
    what may have been ordered is not destroyed."""
    found: list[str] = []
    for entry in log.entries:
        reason = entry.text("reason")
        if entry.text("event") == HOLD and reason not in found:
            found.append(reason)
        elif entry.text("event") == RELEASE and reason in found:
            found.remove(reason)
    return tuple(found)

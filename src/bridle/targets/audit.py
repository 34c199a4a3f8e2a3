"""The log of a list project: who did what with it, and why; each line is chained to all before it.

A line is JSON: its number, the SHA-256 of the line before, and what happened, sealed under the project's first key. A
changed, moved or missing line breaks the chain, also for somebody without the key. A cut at the end is seen by the
`audit.head`, which says how many lines there were; who replaces both by older copies is only found by a head that was
noted elsewhere, so `bridle list audit` prints it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.descriptors import open_file
from bridle.targets.files import replaced, small
from bridle.targets.keys import ProjectError, sealed, unsealed

LOG = "audit.jsonl"
HEAD = "audit.head"
_START = "0" * 64
_LINE = 1 << 16
"""Bytes that a line may have."""
_REASON = 2000
"""Characters kept of a reason."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that was done. `hash` is of its line: the chain up to it."""

    number: int
    time: str
    actor: str
    action: str
    reason: str
    details: dict[str, Any]
    hash: str

    def as_json(self) -> dict[str, Any]:
        return {
            name: getattr(self, name) for name in ("number", "time", "actor", "action", "reason", "details", "hash")
        }


class AuditError(ProjectError):
    """The log was changed or cut. Names the line."""


class Audit:
    """The log in a project's folder, with the key for its entries."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder, self._key = folder, key

    def append(self, action: str, actor: str, reason: str = "", **details: Any) -> Entry:
        """Write a line, to the disk before this returns. The caller holds the project's lock. Raises ProjectError."""
        number, previous, length = 0, _START, 0
        for entry, end in self._stored():
            number, previous, length = entry.number + 1, entry.hash, end
        time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        said: dict[str, Any] = {
            "time": time,
            "actor": actor,
            "action": action,
            "reason": reason[:_REASON],
            "details": details,
        }
        text = base64.b64encode(sealed(self._key, _bound(number, previous), said)).decode()
        line = json.dumps({"n": number, "previous": previous, "sealed": text}, separators=(",", ":")).encode()
        if len(line) >= _LINE:
            raise ProjectError(f"the log takes {_LINE:,} bytes a line, got {len(line):,}; do it in smaller parts")
        try:
            self._written(line, length)
        except OSError as e:
            raise ProjectError(f"the log of the project cannot be written: {e.strerror}; nothing was done") from e
        head = sha256(line).hexdigest()
        replaced(self._folder / HEAD, json.dumps({"lines": number + 1, "head": head}).encode())
        return Entry(number=number, hash=head, **said)

    def _written(self, line: bytes, at: int) -> None:
        """Put a line at the end of the whole ones; half a line, which a crash left, is cut off."""
        with os.fdopen(open_file(self._folder / LOG, os.O_WRONLY | os.O_CREAT), "wb") as file:
            file.truncate(at)
            file.seek(at)
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> Iterator[Entry]:
        """All entries in their order, the chain checked. Raises AuditError at the first line that does not fit."""
        for entry, _ in self._stored():
            yield entry

    def _stored(self) -> Iterator[tuple[Entry, int]]:
        """Each entry, and the byte after its line."""
        number, previous, end = 0, _START, 0
        path = self._folder / LOG
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise AuditError(f"{LOG} is no file of the project; use another copy")
        if path.exists():
            with path.open("rb") as file:
                while line := file.readline(_LINE + 1):
                    if not line.endswith(b"\n") and len(line) <= _LINE:
                        break
                    entry = self._read(line, number, previous)
                    number, previous, end = number + 1, entry.hash, end + len(line)
                    yield entry, end
        self._complete(number, previous)

    def _read(self, line: bytes, number: int, previous: str) -> Entry:
        where = f"{LOG}, line {number + 1}"
        try:
            stored = json.loads(line)
            if (stored["n"], stored["previous"]) != (number, previous):
                raise AuditError(f"{where} does not follow the line before; the log was changed")
            said = unsealed(self._key, _bound(number, previous), base64.b64decode(stored["sealed"], validate=True))
            return Entry(number=number, hash=sha256(line[:-1]).hexdigest(), **said)
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as e:
            raise AuditError(f"{where} was changed, or is of another project; restore the log from a copy") from e

    def _complete(self, lines: int, last: str) -> None:
        """A log that is shorter than its head says was cut; one line more is a crash between the two, and is whole."""
        path = self._folder / HEAD
        if not path.exists() and not lines:
            return
        try:
            head = json.loads(small(path))
            expected, hashed = int(head["lines"]), str(head["head"])
        except (ValueError, KeyError, TypeError, RecursionError) as e:
            raise AuditError(f"{HEAD} does not say where the log ends; restore it from a copy") from e
        if lines < expected or (lines == expected and hashed != last):
            raise AuditError(f"{LOG} has {lines} lines, its head says {expected}; the log was cut or changed")


def _bound(number: int, previous: str) -> str:
    return f"audit {number} {previous}"

"""What a case left elsewhere, as its custody log tells: who was given it or its key, what was drawn from it.

Events name an output by `output_sha256` and `output_size`, a bag by `tagmanifest_sha256`, a baseline by
`baseline_sha256`, who was given something by `recipient` or `recipients`, whom the key was wrapped to by `key_to`, and
a case made from it by `into`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from bridle.case.keys import LIMIT, WRAPPED
from bridle.case.logs import Entry, Log
from bridle.classes import dataclass

_LONGEST = 200
"""Characters of a recipient that are told."""
_KINDS = (b"-> X25519 ", b"-> ssh-")
"""How age begins the part of a header that is for one recipient; other parts are for nobody."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Something that was written from a case."""

    sha256: str
    size: int | None
    what: str
    """The event and the time."""
    is_bag: bool = False
    """Whether it is a folder, known by its last file."""


@dataclass(kw_only=True)
class Traces:
    """What is to be looked for, and who is to be asked; of one case, or of several that are of one person."""

    outputs: dict[str, Output] = field(default_factory=dict)
    baselines: set[str] = field(default_factory=set)
    recipients: dict[str, None] = field(default_factory=dict)
    """Each with what they were given."""
    later: set[str] = field(default_factory=set)
    """Digests of cases that were made from it."""
    gone: set[str] = field(default_factory=set)
    """What a withdrawal that was not finished destroyed: digests of outputs, baselines and cases."""
    unnamed: int = 0
    """Keys that open it of which the log does not say whose they are."""

    def add(self, log: Log, wrapped: bytes = b"") -> None:
        """Take in what one log says; `wrapped` is the case's own wrapped key."""
        named: set[str] = set()
        for entry in log.entries:
            self._add(entry)
            named.update(_texts(entry.values.get("key_to")))
        self.unnamed += max(0, _keys(wrapped) - 1 - len(named))

    def _add(self, entry: Entry) -> None:
        event = entry.text("event") or "an event"
        of = f"{event} of {entry.text('time')}"[:_LONGEST]
        if digest := entry.text("output_sha256"):
            size = entry.values.get("output_size")
            self.outputs[digest] = Output(sha256=digest, size=size if isinstance(size, int) else None, what=of)
        elif digest := entry.text("tagmanifest_sha256"):
            self.outputs[digest] = Output(sha256=digest, size=None, what=of, is_bag=True)
        if digest := entry.text("baseline_sha256"):
            self.baselines.add(digest)
        if digest := entry.text("into"):
            self.later.add(digest)
        self.gone.update(_texts(entry.values.get("gone")))
        for name in ("recipient", "recipients"):
            self.recipients.update({f"{who} ({event})"[:_LONGEST]: None for who in _texts(entry.values.get(name))})
        self.recipients.update({f"{who} (key)"[:_LONGEST]: None for who in _texts(entry.values.get("key_to"))})


def _texts(value: Any) -> Iterator[str]:
    rows: Iterable[Any] = value if isinstance(value, list) else [value]
    yield from (row for row in rows if isinstance(row, str) and row)


def wrapped_key(case: Path) -> bytes:
    """The wrapped key of a case; empty where there is none that can be read."""
    path = case / WRAPPED
    try:
        return path.read_bytes()[:LIMIT] if path.is_file() and not path.is_symlink() else b""
    except OSError:
        return b""


def _keys(wrapped: bytes) -> int:
    """How many recipients an armoured age file has. Source: the age specification (C2SP/C2SP age.md)."""
    body = b"".join(line for line in wrapped.splitlines() if not line.startswith(b"-----"))
    try:
        header = base64.b64decode(body, validate=True).partition(b"\n---")[0]
    except (binascii.Error, ValueError):
        return 0
    return sum(line.startswith(_KINDS) for line in header.splitlines())

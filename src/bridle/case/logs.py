"""The chains beside a manifest, read: every entry, and where one does not follow from what is before it.

A chain is tamper-evident but for its end: whoever may write to a case can cut entries off, or write the last ones anew.
What must not be lost that way is named in a second chain, or under the seal.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bridle.case.chain import broken_links
from bridle.case.manifest import digest
from bridle.classes import dataclass
from bridle.descriptors import open_file

CUSTODY, SIGNOFF = "custody.jsonl", "signoff.jsonl"
LARGEST = 64 << 20
"""Bytes of a chain that is read."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a chain."""

    number: int
    sha256: str
    """Of the line without its end: what the next line names."""
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A value that is text; empty where it is none or not there."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True)
class Log:
    """What a chain holds."""

    entries: tuple[Entry, ...] = ()
    """Every line that is an entry, whether or not it follows."""
    broken: tuple[str, ...] = ()
    """What does not hold, one sentence for each line."""


def read(case: Path, chain: str) -> Log:
    """A chain of the case; an empty one where there is no such file. Raises OSError, or ValueError for a huge one."""
    path = case / chain
    try:
        descriptor = open_file(path)
    except FileNotFoundError:
        return Log()
    except OSError as e:
        if path.is_symlink():
            return Log(broken=(f"{chain} is a link instead of a file",))
        raise e from None
    with os.fdopen(descriptor, "rb") as file:
        stored = file.read(LARGEST + 1)
    if len(stored) > LARGEST:
        raise ValueError(f"{chain}: expected at most {LARGEST:,} bytes; run `bridle verify {case}`")
    found = parse(stored, chain, digest(case))
    return Log(entries=found.entries, broken=tuple(f"{chain}: {what}" for what in broken_links(case, chain)))


def parse(stored: bytes, chain: str, first: str) -> Log:
    """The chain that these bytes are. `first` is what its first line names: the SHA-256 of the manifest."""
    found: list[Entry] = []
    broken: list[str] = []
    expected = first
    for number, line in enumerate(_lines(stored), 1):
        link = hashlib.sha256(line).hexdigest()
        values = _values(line)
        if values is None:
            broken.append(f"{chain}: line {number} is not an entry of a chain")
        else:
            found.append(Entry(number=number, sha256=link, values=values))
            if values.get("previous") != expected:
                broken.append(f"{chain}: line {number} does not follow from what is before it")
        expected = link
    return Log(entries=tuple(found), broken=tuple(broken))


def _lines(stored: bytes) -> Iterator[bytes]:
    lines = stored.split(b"\n")
    yield from (line.rstrip(b"\r") for line in (lines if lines[-1] else lines[:-1]))


def _values(line: bytes) -> Mapping[str, Any] | None:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) and "previous" in values else None

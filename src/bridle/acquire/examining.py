"""From an acquisition to a case: its sources for `check`, and its history for the chain of custody."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bridle.acquire.acquiring import SOURCES
from bridle.acquire.hashes import differing
from bridle.acquire.record import NAME, Record, load
from bridle.case.manifest import append_custody

CASE = "case"
"""The case's folder below that of the acquisition; `case-2` for one of a continued acquisition."""


def next_case(folder: Path) -> Path:
    """A folder for a case that does not exist yet."""
    names = itertools.chain((CASE,), (f"{CASE}-{n}" for n in itertools.count(2)))
    return next(folder / name for name in names if not (folder / name).exists())


def sources(folder: Path, stored: Record) -> list[tuple[Path, str]]:
    """What `check` reads of an acquisition, and what the case calls each."""
    return SOURCES[stored.platform](folder)


def expanded(given: Sequence[Path], labels: Sequence[str]) -> tuple[tuple[Path, ...], tuple[str, ...], list[Path]]:
    """Sources and labels, an acquisition's folder replaced by what is in it; and the folders that were replaced.

    Raises AcquisitionError for a damaged record.
    """
    paths: list[Path] = []
    named: list[str] = []
    folders: list[Path] = []
    for n, path in enumerate(given):
        stored = load(path) if (path / NAME).is_file() else None
        label = labels[n] if n < len(labels) else None
        if stored is None:
            paths.append(path)
            named.append(label or path.resolve().name)
            continue
        folders.append(path)
        for one, said in sources(path, stored):
            paths.append(one)
            named.append(f"{label}: {said}" if label else said)
    return tuple(paths), tuple(named), folders


def custody(case: Path, folder: Path, stored: Record, changed: int | None = None) -> None:
    """Add the acquisition to the case's chain of custody: no name, identifier or path of it.

    `changed` is how many files were no longer as they were received; None where that was not looked at.
    """
    for event in events(folder, stored):
        append_custody(case, event)
    if changed is not None:
        append_custody(case, {"event": "acquisition: evidence compared with its digests", "differing": changed})


def differences(folder: Path, stored: Record) -> Iterator[str]:
    """What is no longer as it was received, one sentence each. Reads all of the evidence."""
    for step in stored.steps:
        if step.hashes is not None and not step.kept and step.status == "done":
            yield from differing(folder, step.hashes)


def events(folder: Path, stored: Record) -> list[dict[str, Any]]:
    """The acquisition, its clocks, what was changed on the phone, and each step."""
    whole: dict[str, Any] = {
        "event": "acquisition", "platform": stored.platform, "started": stored.started, "ended": stored.ended,
        "acquired_on": stored.host, "acquired_with": stored.bridle, "tools": stored.tools, "clocks": stored.clocks,
        "backup_encryption": stored.backup_encryption, "consent": stored.consent,
        "record_sha256": hashlib.sha256((folder / NAME).read_bytes()).hexdigest(),
    }  # fmt: skip
    changes = [
        {"event": "acquisition: phone changed", "at": c["time"], "what": c["what"]} for c in stored.state_changes
    ]
    steps: list[dict[str, Any]] = [
        {"event": "acquisition: step", "step": s.name, "status": s.status, "started": s.started, "ended": s.ended,
         "commands": list(s.commands), "exit_codes": list(s.exit_codes), "hashes": _told(s.hashes)}
        for s in stored.steps
    ]  # fmt: skip
    return [whole, *changes, *steps]


def _told(hashes: dict[str, Any] | None) -> dict[str, Any] | None:
    """A list of hashes without the names of files."""
    return {k: v for k, v in hashes.items() if k != "not_hashed_files"} if hashes else None

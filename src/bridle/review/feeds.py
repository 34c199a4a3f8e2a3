"""The indicator feeds that a case was examined with, found again by their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bridle.engine.options import UsageError
from bridle.indicators import IndicatorSet, stored_folder
from bridle.indicators.feeds import LARGEST, files_of, load_named

Told = Sequence[Mapping[str, Any]]
"""`name`, `digest` and `loaded` of each feed of a case, in the order in which they were read."""


def by_digest(given: Iterable[str]) -> dict[str, Path]:
    """Files of feeds by the SHA-256 of their bytes; `stored` stands for the stored feeds. Raises UsageError."""
    paths = [stored_folder() if name == "stored" else Path(name) for name in given]
    for path in paths:
        if not path.exists() and path != stored_folder():
            raise UsageError(f"the feed {path} does not exist")
    found: dict[str, Path] = {}
    for _, file in files_of(paths):
        try:
            if file.stat().st_size <= LARGEST:
                found.setdefault(hashlib.sha256(file.read_bytes()).hexdigest(), file)
        except OSError as e:
            raise UsageError(f"the feed {file} cannot be read: {e.strerror}") from e
    return found


def load_told(told: Told, files: Mapping[str, Path]) -> IndicatorSet:
    """The feeds of a case under their names, in their order. Raises UsageError where one that was used is missing."""
    missing = [f for f in told if f["loaded"] and f["digest"] not in files]
    if missing:
        names = ", ".join(f"{f['name']} (SHA-256 {str(f['digest'])[:16]}…)" for f in missing)
        raise UsageError(f"the case was examined with the feed {names}; name it with -i")
    there = [(str(f["name"]), files[str(f["digest"])]) for f in told if f["digest"] in files]
    found = load_named(there)
    lost = {str(f["digest"]) for f in told if f["loaded"]} - {f.digest for f in found.feeds if f.loaded}
    if lost:
        names = ", ".join(sorted(str(f["name"]) for f in told if f["digest"] in lost))
        raise UsageError(f"the feed {names} cannot be read any more; `bridle indicators lint FILE` says why")
    return found

"""Folders that `bridle acquire` made, where a command is given sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridle.cli.terminal import fail

_RECORD = "acquisition.json"


def unfolded(source: Sequence[Path], labels: Sequence[str]) -> tuple[tuple[Path, ...], tuple[str, ...], list[Path]]:
    """Sources and labels, an acquisition's folder replaced by what is in it; and the folders that were.

    Ends with exit code 3 where the folder has nothing to examine.
    """
    if not any((path / _RECORD).is_file() for path in source):
        return tuple(source), tuple(labels), []
    from bridle.acquire.examining import expanded
    from bridle.acquire.record import AcquisitionError

    try:
        paths, named, folders = expanded(source, labels)
    except AcquisitionError as e:
        fail(str(e), 3)
    if not folders:
        return tuple(source), tuple(labels), []
    if not paths:
        fail(f"{folders[0]} holds no evidence that could be examined; continue with `bridle acquire`", 3)
    return paths, named, folders


def take_down(case: Path, folders: Sequence[Path]) -> None:
    """Add how the sources were acquired to the chain of custody of a new case."""
    if not folders:
        return
    from bridle.acquire.examining import custody
    from bridle.acquire.record import load

    for folder in folders:
        if (stored := load(folder)) is not None:
            custody(case, folder, stored)

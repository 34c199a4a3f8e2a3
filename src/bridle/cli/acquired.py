"""Folders that `bridle acquire` made, where a command is given sources."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from bridle.cli.terminal import fail, one_line

_RECORD = "acquisition.json"
_MOST = 10
"""Files that changed since they were received and are named on the screen."""


def unfolded(source: Sequence[Path], labels: Sequence[str]) -> tuple[tuple[Path, ...], tuple[str, ...], list[Path]]:
    """Sources and labels, an acquisition's folder replaced by what is in it; and the folders that were.

    Ends with exit code 3 where the folder has nothing to examine.
    """
    if not any(os.path.isfile(path / _RECORD) for path in source):  # noqa: PTH113 - a Path raises where the disk fails
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
    """Add how the sources were acquired to the chain of custody of a new case, and whether they are as received."""
    if not folders:
        return
    from bridle.acquire.examining import custody, differences
    from bridle.acquire.record import load

    for folder in folders:
        if (stored := load(folder)) is None:
            continue
        changed = 0
        for sentence in differences(folder, stored):
            changed += 1
            if changed <= _MOST:
                click.echo(one_line(f"bridle: {sentence}"), err=True)
        if changed > _MOST:
            click.echo(f"bridle: and {changed - _MOST:,} more", err=True)
        custody(case, folder, stored, changed)

"""Who writes the files that artifacts read, and who can cause a record in them without an attack."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bridle.detect.rule import RULES

PEOPLE = ("sender", "website", "user", "analyst")
"""Somebody who sends the device a message or link; a page that is visited; whoever holds the unlocked device; whoever
acquires its evidence."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """The program that writes an artifact's files, and the people who can make it write a value of their choosing."""

    daemon: str
    by: frozenset[str]
    derived_from: frozenset[str] = frozenset()
    """Artifacts whose content this one repeats."""


@lru_cache(maxsize=4)
def _writers(file: Path) -> dict[str, Writer]:
    found: dict[str, Writer] = {}
    for row in tomllib.loads(file.read_text("utf-8"))["writer"]:
        writer = Writer(
            daemon=row["daemon"], by=frozenset(row["by"]), derived_from=frozenset(row.get("derived_from", ()))
        )
        found |= dict.fromkeys(row["artifacts"], writer)
    return found


def writer(table: str, file: Path = RULES / "any" / "writers.toml") -> Writer:
    """Of the artifact a table belongs to; of one that nobody described, the most cautious answer."""
    artifact = table.rpartition(".")[0] or table
    return _writers(file).get(artifact) or Writer(daemon=artifact, by=frozenset(PEOPLE))

"""What it means that a published indicator stands where it stands: one row for each kind and surface."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.core import SURFACES
from bridle.detect import message as messages
from bridle.detect.rule import LEVELS, RULES, STAGES, RuleError

KINDS = (
    "domain", "url", "ip-address", "email", "process-name", "file-name", "file-path", "sha256", "sha1", "md5", "cert",
    "app-id", "profile-id", "property-name",
)  # fmt: skip
"""Kinds of indicator."""
FIELDS = ("value", "published", "table", "field")
"""What a message may name."""
_KEYS = {"kinds", "surfaces", "level", "stage", "title", "message", "explanation", "false_positives", "attack"}


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """How a hit is told."""

    level: str
    stage: str
    title: str
    message: str
    explanation: str
    false_positives: tuple[str, ...]
    attack: tuple[str, ...]


@lru_cache(maxsize=4)
def meanings(file: Path = RULES / "any" / "surfaces.toml") -> dict[tuple[str, str], Meaning]:
    """(kind, surface) to its meaning. Raises RuleError unless every pair has exactly one."""
    data = tomllib.loads(file.read_text("utf-8"))
    found: dict[tuple[str, str], Meaning] = {}
    for n, row in enumerate(data.get("meaning", ()), 1):
        meaning = _meaning(row, f"{file}: meaning[{n}]")
        for pair in ((k, s) for k in row["kinds"] for s in row["surfaces"]):
            if pair in found or pair[0] not in KINDS or pair[1] not in SURFACES:
                raise RuleError(f"{file}: meaning[{n}]: {pair} is unknown, or told twice")
            found[pair] = meaning
    if missing := sorted({(k, s) for k in KINDS for s in SURFACES} - found.keys()):
        raise RuleError(f"{file}: no meaning for {missing[0]}")
    return found


@dataclass(frozen=True, kw_only=True)
class Tool:
    """How a hit is told whose every campaign is a tool that takes data off phones, and no spyware."""

    campaigns: frozenset[str]
    """In small letters."""
    most: str
    """The level is that of the meaning, and no more than this."""
    told: Meaning

    def says(self, campaigns: Iterable[str]) -> bool:
        """Whether all of these are such tools."""
        names = {c.lower() for c in campaigns}
        return bool(names) and names <= self.campaigns


@lru_cache(maxsize=4)
def tool(file: Path = RULES / "any" / "surfaces.toml") -> Tool:
    """What is said of traces of such tools. Raises RuleError."""
    row = dict(tomllib.loads(file.read_text("utf-8"))["tool"])
    names, most = frozenset(row.pop("campaigns")), row.pop("most")
    pair = {"kinds": [], "surfaces": [], "level": most}
    return Tool(campaigns=names, most=most, told=_meaning(row | pair, f"{file}: tool"))


def _meaning(row: dict[str, Any], where: str) -> Meaning:
    if wrong := sorted(row.keys() ^ _KEYS - ({"attack"} - row.keys())):
        raise RuleError(f"{where}: {wrong[0]}: unknown or missing")
    if row["level"] not in LEVELS or row["stage"] not in STAGES or not row["false_positives"]:
        raise RuleError(f"{where}: level, stage or false_positives")
    for key in ("title", "message", "explanation"):
        if unknown := [f for f in messages.fields(row[key]) if f not in FIELDS]:
            raise RuleError(f"{where}: {key}: {{{unknown[0]}}} is not one of {', '.join(FIELDS)}")
    texts = {k: row[k].strip() for k in ("level", "stage", "title", "message", "explanation")}
    return Meaning(**texts, false_positives=tuple(row["false_positives"]), attack=tuple(row.get("attack", ())))

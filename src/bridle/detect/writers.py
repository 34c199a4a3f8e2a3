"""Who writes the files that artifacts read, and who can cause a record in them without an attack.

Two rows are independent when they stand in different files, by different programs, and neither repeats the other. Rows
carry a conclusion when at least one of them could not have been caused by a sender, a page, the user or the analyst.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from bridle.classes import dataclass
from bridle.detect.rule import RULES, RuleError

PEOPLE = ("sender", "website", "user", "analyst")
"""Somebody who sends the device a message or link; a page that is visited; whoever holds the unlocked device; whoever
acquires its evidence."""
FILE = RULES / "any" / "writers.toml"
_KEYS = {"artifacts", "daemon", "by", "derived_from", "why", "tables", "second_hand"}
_OVERRIDES = {"daemon", "by", "derived_from"}


@dataclass(frozen=True, kw_only=True)
class Writer:
    """The program that writes an artifact's files, and the people who can make it write a value of their choosing."""

    daemon: str
    by: frozenset[str]
    derived_from: frozenset[str] = frozenset()
    """Artifacts whose content this one repeats."""
    second_hand: bool = False
    """Whether it is what another tool wrote of a phone: nothing of the phone itself was read."""


class Row(Protocol):
    """As much of a row of evidence as its independence depends on."""

    @property
    def table(self) -> str: ...
    @property
    def path(self) -> str: ...


def writer(table: str, file: Path = FILE) -> Writer:
    """Of the table, else of the artifact it belongs to; of one that nobody described, the most cautious answer."""
    known, artifact = load_writers(file), _artifact(table)
    return known.get(table) or known.get(artifact) or Writer(daemon=artifact, by=frozenset(PEOPLE))


def independent(a: Row, b: Row) -> bool:
    """Whether neither row can be a second print of the other: other file, other program, no common origin."""
    if writer(a.table).second_hand or writer(b.table).second_hand:
        return False
    one, other = _artifact(a.table), _artifact(b.table)
    if a.path == b.path or one == other or writer(a.table).daemon == writer(b.table).daemon:
        return False
    return not origins(a.table) & origins(b.table)


def is_second_hand(rows: Iterable[Row]) -> bool:
    """Whether there are rows, and all of them are what another tool wrote."""
    return bool(found := [writer(row.table).second_hand for row in rows]) and all(found)


def carried(rows: Iterable[Row | tuple[Row, frozenset[str]]]) -> bool:
    """Whether at least one row could be caused by none of `PEOPLE` without an attack.

    With a row may stand those who cannot make just that record, though they can make others in its table.
    """
    for row in rows:
        of, never = row if isinstance(row, tuple) else (row, frozenset[str]())
        if not writer(of.table).by - never:
            return True
    return False


@lru_cache(maxsize=1024)
def origins(table: str, file: Path = FILE) -> frozenset[str]:
    """The artifact of a table with all that it repeats, and what those repeat."""
    found: set[str] = set()
    left = [_artifact(table), *writer(table, file).derived_from]
    while left:
        if (name := left.pop()) not in found:
            found.add(name)
            left += writer(name, file).derived_from
    return frozenset(found)


def _artifact(table: str) -> str:
    """`android.usb.device` is of `android.usb`; a name of two parts is an artifact already."""
    return table.rpartition(".")[0] if table.count(".") > 1 else table


@lru_cache(maxsize=4)
def load_writers(file: Path = FILE) -> Mapping[str, Writer]:
    """Artifacts, and tables that differ from theirs, with who writes them. Raises RuleError that names the fault."""
    try:
        rows = tomllib.loads(file.read_text("utf-8"))["writer"]
        found: dict[str, Writer] = {}
        for row in rows:
            _add(found, row)
    except (KeyError, ValueError) as e:
        raise RuleError(f"{file}: {e}") from None
    return found


def _add(found: dict[str, Writer], row: Mapping[str, Any]) -> None:
    if unknown := sorted(row.keys() - _KEYS):
        raise ValueError(f"writer: no writer has the key {unknown[0]!r}")
    names = row["artifacts"]
    if not str(row.get("why", "")).strip():
        raise ValueError(f"{names[0]}: why is missing")
    made = _with(Writer(daemon="", by=frozenset()), {k: row[k] for k in ("daemon", "by")}, names[0])
    made = _with(made, {"derived_from": row.get("derived_from", ())}, names[0])
    if (told := row.get("second_hand", False)) not in (True, False):
        raise ValueError(f"{names[0]}: second_hand: expected true or false, got {told!r:.60}")
    made = replace(made, second_hand=told)
    for name in names:
        if name in found:
            raise ValueError(f"{name}: is named twice")
        found[name] = made
        for table, differs in row.get("tables", {}).items():
            if unknown := sorted(differs.keys() - _OVERRIDES):
                raise ValueError(f"{name}.{table}: no table has the key {unknown[0]!r}")
            found[f"{name}.{table}"] = _with(made, differs, f"{name}.{table}")


def _with(made: Writer, values: Mapping[str, Any], name: str) -> Writer:
    if unknown := sorted(set(values.get("by", ())) - set(PEOPLE)):
        raise ValueError(f"{name}: by: expected some of {', '.join(PEOPLE)}, got {unknown[0]!r}")
    sets = {k: frozenset(values[k]) for k in ("by", "derived_from") if k in values}
    return replace(
        made, daemon=values.get("daemon", made.daemon), by=sets.get("by", made.by),
        derived_from=sets.get("derived_from", made.derived_from),
    )  # fmt: skip

"""Writing one import to a knowledge base: all of it in one step, or nothing.

What an earlier import recorded and this one says again stays as it was recorded. What a source's list said and its new
copy does not is taken back, with the time and the run that did it. Observations (passive DNS, scans) are not lists:
that a newer export lacks one takes nothing back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from bridle.indicators.model import written
from bridle.infra.base import SAYS, Value
from bridle.infra.schema import connect, told

BATCH = 5000
"""Rows that are written together."""
LONGEST = 8192
"""Characters of one text."""
_CLAIM = ("vendor", "product", "generation", "campaign", "operator", "country", "reference", "confidence", "tlp",
          "port", "observed_first", "observed_last", "valid_from", "valid_to")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One file that is imported, and whose it is."""

    source: str
    list_name: str
    file: str
    """Its name, without folders: they are nobody's business."""
    sha256: str
    form: str
    options: Mapping[str, Any] = field(default_factory=dict)
    recorded: str
    """ISO 8601 in UTC."""
    complete: bool
    """Whether the file is the whole of a list, so that what it lacks is taken back."""
    may_shrink: bool = False
    """Whether a list may lose most of its values at once."""


class ShrunkError(Exception):
    """A copy of a list that lacks most of what the one before it had. One sentence with the next step."""


class Writer:
    """The rows of one import. `counts` is complete when the `writing` block has ended."""

    def __init__(self, db: sqlite3.Connection, origin: Origin, run: int) -> None:
        self._db, self._origin, self._run = db, origin, run
        self._values: dict[tuple[str, str], int] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {"claim": [], "relation": [], "fact": []}
        self.counts = {"claim": 0, "relation": 0, "fact": 0, "known": 0, "retracted": 0}
        """New rows of each table; rows that were known already; claims, relations and facts taken back."""
        self.warnings = 0
        self.begun = False
        """Whether the import has handed in any row."""

    def claim(self, kind: str, value: str, locator: str, says: str = "attacker", shown: str = "", **about: Any) -> None:
        """One claim; `about` are fields of `Claim`, None where the source says nothing."""
        if says not in SAYS or not about.keys() <= set(_CLAIM):
            raise ValueError(f"expected one of {', '.join(SAYS)} and fields of a claim, got {says} and {sorted(about)}")
        value, shown, locator = clean(value), clean(shown or value), clean(locator)
        said = tuple(clean(about.get(name)) for name in _CLAIM)
        key = _key(kind, value, self._origin.source, self._origin.list_name, says, *said)
        self._add("claim", (self._value(kind, value), key, says, *said, shown, locator))

    def revoke(
        self, kind: str, value: str, locator: str, says: str = "attacker", shown: str = "", **about: Any
    ) -> None:
        """A claim that the source itself says is taken back: recorded as closed, once."""
        said = tuple(clean(about.get(name)) for name in _CLAIM)
        o = self._origin
        key = _key(kind, value, o.source, o.list_name, says, *said)
        of = self._value(kind, value)
        if self._db.execute("SELECT 1 FROM claim WHERE value = ? AND key = ?", (of, key)).fetchone() is not None:
            return
        self._db.execute(
            f"INSERT INTO claim ({', '.join(_COLUMNS['claim'])}, source, list_name, recorded_from, run, recorded_to, "  # noqa: S608
            f"closed_by) VALUES ({', '.join('?' * (len(_COLUMNS['claim']) + 6))})",
            (of, key, says, *said, clean(shown or value), clean(locator), o.source, o.list_name, o.recorded, self._run,
             o.recorded, self._run),
        )  # fmt: skip
        self.counts["retracted"] += 1

    def relation(
        self, one: Value, type_: str, other: Value, locator: str, *, first: str | None = None, last: str | None = None,
        port: int | None = None, count: int | None = None,
    ) -> None:  # fmt: skip
        """One relation between two values."""
        o = self._origin
        one, other = Value(one.kind, clean(one.value)), Value(other.kind, clean(other.value))
        port, count = clean(port), clean(count)
        key = _key(one.kind, one.value, type_, other.kind, other.value, o.source, o.list_name, first, last, port, count)
        row = (
            self._value(one.kind, one.value),
            self._value(other.kind, other.value),
            key,
            type_,
            first,
            last,
            port,
            count,
        )
        self._add("relation", (*row, clean(locator)))

    def fact(self, kind: str, value: str, name: str, text: str, locator: str) -> None:
        """One property of a value."""
        value, name, text, locator = clean(value), clean(name), clean(text), clean(locator)
        key = _key(kind, value, name, text, self._origin.source, self._origin.list_name)
        self._add("fact", (self._value(kind, value), key, name, text, locator))

    def _value(self, kind: str, value: str) -> int:
        """The number of a value, which is made if it is new."""
        self.begun = True
        known = self._values.get((kind, value))
        if known is not None:
            return known
        found = self._db.execute(_VALUE, (kind, value)).fetchone()
        if len(self._values) >= 10 * BATCH:
            self._values.clear()
        self._values[kind, value] = int(found[0])
        return int(found[0])

    def _add(self, table: str, row: tuple[Any, ...]) -> None:
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= BATCH:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows, o = self._rows[table], self._origin
        before = self._db.total_changes
        self._db.executemany(_INSERT[table], [(*row, o.source, o.list_name, o.recorded, self._run) for row in rows])
        new = self._db.total_changes - before
        self.counts[table] += new
        self.counts["known"] += len(rows) - new
        if o.complete:
            at = _COLUMNS[table].index("key")
            self._db.executemany("INSERT OR IGNORE INTO temp.seen VALUES (?)", [(row[at],) for row in rows])
        rows.clear()

    def _standing(self) -> int:
        """How many values the list had before this run."""
        o = self._origin
        found = self._db.execute(
            "SELECT count(DISTINCT value) FROM claim WHERE source = ? AND list_name = ? AND recorded_to IS NULL "
            "AND run != ?", (o.source, o.list_name, self._run),
        )  # fmt: skip
        return int(found.fetchone()[0])

    def _refuse_shrunk(self, before: int) -> None:
        """Raises ShrunkError if most values are gone; one of which something else is said is not."""
        o = self._origin
        lost = self._db.execute(
            "SELECT count(DISTINCT value) FROM claim WHERE closed_by = ? AND run != ? AND value NOT IN "
            "(SELECT value FROM claim WHERE source = ? AND list_name = ? AND recorded_to IS NULL)",
            (self._run, self._run, o.source, o.list_name),
        ).fetchone()[0]
        if lost > max(_FEW, before / 2):
            raise ShrunkError(
                f"it lacks {lost:,} of the {before:,} values that the list {o.list_name!r:.60} has: it may be cut, or "
                "another list; if it is meant, give --accept-shrunk"
            )

    def finish(self) -> None:
        """Write what is left, take back what the list no longer says, and complete the run's own row.

        Raises ShrunkError.
        """
        for table in _COLUMNS:
            self._flush(table)
        o = self._origin
        if o.complete:
            before = self._standing()
            for table in _COLUMNS:
                done = self._db.execute(
                    f"UPDATE {table} SET recorded_to = ?, closed_by = ? WHERE source = ? AND list_name = ? "  # noqa: S608
                    "AND recorded_to IS NULL AND key NOT IN (SELECT key FROM temp.seen)",
                    (o.recorded, self._run, o.source, o.list_name),
                )
                self.counts["retracted"] += done.rowcount
            if not o.may_shrink:
                self._refuse_shrunk(before)
        c = self.counts
        self._db.execute(
            "UPDATE run SET claims = ?, relations = ?, facts = ?, retracted = ?, warnings = ? WHERE id = ?",
            (c["claim"], c["relation"], c["fact"], c["retracted"], self.warnings, self._run),
        )


_FEW = 20
"""Values that any list may lose."""
_COLUMNS = {
    "claim": ("value", "key", "says", *_CLAIM, "shown", "locator"),
    "relation": ("one", "other", "key", "type", "first", "last", "port", "count", "locator"),
    "fact": ("value", "key", "name", "text", "locator"),
}
_INSERT = {
    table: f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}, source, list_name, recorded_from, run) "  # noqa: S608
    f"VALUES ({', '.join('?' * (len(columns) + 4))})"
    for table, columns in _COLUMNS.items()
}


_VALUE = """INSERT INTO value (kind, value) VALUES (?, ?) ON CONFLICT (kind, value) DO UPDATE SET kind = kind
RETURNING id"""
"""The number of a value, new or known, in one step."""
T = TypeVar("T")


def clean(value: T) -> T:
    """What can be stored: text without halves of characters, cut to `LONGEST`; a number of 64 bits, or None."""
    if isinstance(value, str):
        return written(value)[:LONGEST]  # type: ignore[return-value]
    if isinstance(value, int) and not -(2**62) < value < 2**62:
        return None  # type: ignore[return-value]
    return value


def _key(*parts: Any) -> bytes:
    """What makes two rows the same, whatever their place in a file."""
    return blake2b(repr(parts).encode(), digest_size=16).digest()


@contextmanager
def writing(folder: Path, origin: Origin) -> Iterator[Writer]:
    """One import into the base of a folder, which is made if it is new. Raises BaseError; then nothing is written."""
    db = connect(folder, write=True)
    try:
        with told(folder):
            db.execute("CREATE TEMP TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
            db.execute("BEGIN IMMEDIATE")
            try:
                writer = Writer(db, origin, _begun(db, origin))
                yield writer
                writer.finish()
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise
    finally:
        db.close()


def _begun(db: sqlite3.Connection, o: Origin) -> int:
    """The number of the run."""
    options = json.dumps(o.options, sort_keys=True, ensure_ascii=False)
    done = db.execute(
        "INSERT INTO run (recorded, source, list_name, file, sha256, form, options, claims, relations, facts, "
        "retracted, warnings) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)",
        (o.recorded, o.source, o.list_name, o.file, o.sha256, o.form, options),
    )
    return int(done.lastrowid or 0)


def imported(folder: Path, source: str, list_name: str, sha256: str, options: Mapping[str, Any]) -> bool:
    """Whether the last import of a source's list was of this very file, with the same options."""
    db = connect(folder)
    try:
        with told(folder):
            last = db.execute(
                "SELECT sha256, options FROM run WHERE source = ? AND list_name = ? ORDER BY id DESC LIMIT 1",
                (source, list_name),
            ).fetchone()
    finally:
        db.close()
    return bool(last == (sha256, json.dumps(options, sort_keys=True, ensure_ascii=False)))

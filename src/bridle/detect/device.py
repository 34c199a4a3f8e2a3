"""What the records say of the device itself: model, version, time zone, settings, identifiers, each with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import duckdb

from bridle.classes import dataclass
from bridle.detect.query import Tables
from bridle.detect.rule import RULES

MOST = 20
"""Values of one fact of one source that are kept; a phone has few."""
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class DeviceFact:
    """One thing that is said of the device, and where."""

    source: str
    key: str
    value: str
    identifying: bool
    """Whether it tells whose device it is: kept from everything that is readable without the case's key."""
    table: str | None = None
    """None: the acquisition's own description says it, no record."""
    path: str | None = None
    sha256: str | None = None
    locator: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """How one fact is found: SQL that returns `value`, `_source`, `_path`, `_sha256` and `locator`."""

    key: str
    table: str
    query: str
    identifying: bool
    doc: str
    needs: tuple[str, ...] = ()
    """Other tables that the query reads."""


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Those shipped with bridle, in the order of their files."""
    files = (RULES / "any" / name for name in ("device_facts.toml", "acquisition.toml"))
    facts = [fact for file in files for fact in tomllib.loads(file.read_text("utf-8"))["fact"]]
    return tuple(
        Question(
            key=f["key"],
            table=f["table"],
            query=f["query"],
            identifying=f.get("identifying", False),
            doc=f["doc"],
            needs=tuple(f.get("needs", ())),
        )
        for f in facts
    )


def device_facts(case: Tables, told: Sequence[tuple[str, str, str]]) -> tuple[DeviceFact, ...]:
    """Facts out of the case's records, and those that the acquisitions told (source, key, value); sorted."""
    known = case.tables()
    db = case.connect()
    found: dict[tuple[str, str, str], DeviceFact] = {}
    try:
        for question in questions():
            if {question.table, *question.needs} <= known.keys():
                for fact in _answers(db, question):
                    found.setdefault((fact.source, fact.key, fact.value), fact)
    finally:
        db.close()
    identifying = {question.key for question in questions() if question.identifying}
    for source, key, value in told:
        fact = DeviceFact(source=source, key=key, value=value, identifying=key in identifying)
        found.setdefault((source, key, value), fact)
    return tuple(found[k] for k in sorted(found))


def _answers(db: duckdb.DuckDBPyConnection, question: Question) -> Iterator[DeviceFact]:
    columns = "CAST(value AS VARCHAR), _source, _path, _sha256, locator"
    rows = db.execute(
        f"SELECT {columns} FROM ({question.query}) WHERE value IS NOT NULL ORDER BY _source, _path, locator"  # noqa: S608
    ).fetchall()
    counts: dict[str, int] = {}
    for value, source, path, sha256, locator in rows:
        counts[source] = counts.get(source, 0) + 1
        if value.strip() and counts[source] <= MOST:
            yield DeviceFact(
                source=source, key=question.key, value=value.strip()[:LONGEST], identifying=question.identifying,
                table=question.table, path=path, sha256=sha256, locator=locator,
            )  # fmt: skip


def public(facts: Sequence[DeviceFact]) -> list[dict[str, Any]]:
    """The facts as `case.toml` holds them: of an identifying one only that it is known, and where from."""
    out: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for f in facts:
        place = " ".join(p for p in (f.table, f.path, f.locator) if p) or "the acquisition's own description"
        value = "recorded, not shown" if f.identifying else f.value
        out[(f.source, f.key, value, place)] = {"key": f.key, "value": value, "source": f.source, "from": place}
    return list(out.values())

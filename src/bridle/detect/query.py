"""One rule's SQL run over a case: only a SELECT, within a time bound, one finding for all of its rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from bridle.case.sql import literal, quoted
from bridle.classes import dataclass
from bridle.detect import message as messages
from bridle.detect.answer import Answer, Row, ask
from bridle.detect.bounded import bounded
from bridle.detect.driving import may_return
from bridle.detect.evidence_sql import of_rule
from bridle.detect.finding import MOST_EVIDENCE, Evidence, Finding, Rows, finding_id, place
from bridle.detect.rule import Rule, RuleError

SECONDS = 60.0
"""What one rule may take."""
BATCH = 1000
REQUIRED = ("_source", "_path", "_sha256", "locator")
_LEGS = "also"
_WORD = re.compile(r"[a-z0-9_.]+")
NAMED = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|\$([a-z][a-z0-9_]*)")
"""A `$name` of a query; or text and remarks, in which there is none."""
_INSTANT, _WALL = "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"


class Tables(Protocol):
    """As much of a case as detection needs."""

    def tables(self) -> Mapping[str, pa.Schema]: ...
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection with one view for each table, without external access, its configuration locked."""


class Examined(Tables, Protocol):
    """A case whose rows can also be had batch by batch."""

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True, kw_only=True)
class NotExamined:
    """A rule that could not be run to its end. Never counted as "no match"."""

    rule: str
    missing: tuple[str, ...]
    """Tables the rule needs and the case does not have, or has nothing of."""
    why: str


def run_rule(
    db: duckdb.DuckDBPyConnection,
    rule: Rule,
    seconds: float = SECONDS,
    at: Mapping[str, str] | None = None,
    most: int = MOST_EVIDENCE,
) -> list[Finding]:
    """The rule's finding, if it matches: all sources of a case are of one device.

    `at` is the zone of each source's wall clock; with more rows than `most` the finding has a query for all of them.

    Raises RuleError or duckdb.Error when the rule could not be run to its end.
    """
    inner = select(db, rule.query, rule.file, shipped=rule.drives is not None)
    values = rule.values()
    with bounded(db, seconds):
        answer = ask(db, inner, values)
        _check_columns(rule, answer.types)
        gathered = _Gathered(rule, answer.types, at)
        for row in once(db, inner, answer, values):
            gathered.add(named(answer.types, row))
    return [gathered.finding(most)] if gathered.any else []


def may_match(
    db: duckdb.DuckDBPyConnection,
    rule: Rule,
    empty: Collection[str],
    seconds: float = SECONDS,
    large: Collection[str] = (),
) -> bool:
    """Whether a rule is worth running in full. Most match nothing, and of large tables that is cheaper to ask.

    `empty` are tables without rows and `large` those that are not held in memory, in small letters. Raises duckdb.Error
    when the rule could not be run.
    """
    if rule.drives is None:
        return True
    if not may_return(rule.drives, empty):
        return False
    if not reads_any(rule.query, large):
        return True
    with bounded(db, seconds):
        return returns_any(db, rule.query, rule.values())


def reads_any(query: str, tables: Collection[str]) -> bool:
    """Whether the query may read any of these tables, which are named in small letters."""
    return bool(tables) and not set(_WORD.findall(query.lower())).isdisjoint(tables)


def returns_any(db: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any]) -> bool:
    """Whether a query of ours returns a row."""
    query = query.strip().rstrip(";")
    return bool(db.execute(f"SELECT 1 FROM ({query}\n) LIMIT 1", dict(values)).fetchall())  # noqa: S608


def select(db: duckdb.DuckDBPyConnection, query: str, file: Path, *, shipped: bool = False) -> str:
    """The query as one SELECT statement, to stand in another: rules may come from others, the shipped ones are known.

    Raises RuleError for anything else.
    """
    if not shipped:
        statements = db.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise RuleError(f"{file}: query: expected one SELECT statement")
        query = str(statements[0].query)
    return query.strip().rstrip(";") + "\n"


def _check_columns(rule: Rule, types: Mapping[str, str]) -> None:
    if missing := [c for c in REQUIRED if c not in types]:
        raise RuleError(f"{rule.file}: query: does not return the column {missing[0]}")
    if rule.time and rule.time not in types:
        raise RuleError(f"{rule.file}: time: the query returns no column {rule.time!r}")
    if rule.counted and rule.counted not in types:
        raise RuleError(f"{rule.file}: counted: the query returns no column {rule.counted!r}")
    if unknown := [n for n in messages.fields(rule.message) if n not in types and n != "count"]:
        raise RuleError(f"{rule.file}: message: the query returns no column {unknown[0]!r}")
    for name, of in types.items():
        if "TIME" in of and of not in (_INSTANT, _WALL) and name != _LEGS:
            raise RuleError(f"{rule.file}: query: column {name}: {of} cannot be shown")


def wrapped(inner: str, types: Mapping[str, str]) -> str:
    """Each evidence row once, whatever a join made of it, and though two acquisitions have the same file."""
    place = "_path, locator, coalesce(_sha256, _source)" + (", _table" if "_table" in types else "")
    once = f"row_number() OVER (PARTITION BY {place} ORDER BY CAST(matched AS VARCHAR)) = 1"
    return f"WITH matched AS ({inner}) SELECT {_told(types)} FROM matched QUALIFY {once}"  # noqa: S608 - one SELECT


def once(
    db: duckdb.DuckDBPyConnection, inner: str, answer: Answer, values: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """The rows of `wrapped`: those of the query itself where they are few and no place in a file comes twice."""
    if (few := apart(answer)) is not None:
        yield from few
        return
    found = db.execute(wrapped(inner, answer.types), dict(values))
    while batch := found.fetchmany(BATCH):
        yield from batch


def apart(answer: Answer) -> list[Row] | None:
    """The rows of a query, if they are few and no place in a file comes twice."""
    if (few := answer.rows) is None:
        return None
    path, locator = (list(answer.types).index(n) for n in ("_path", "locator"))
    return few if len({(row[path], row[locator]) for row in few}) == len(few) else None


def _told(types: Mapping[str, str]) -> str:
    """All columns, times as microseconds, so that no zone database is asked."""
    times = [c for c, of in types.items() if of in (_INSTANT, _WALL)]
    replaced = ", ".join(f"epoch_us({quoted(c)}) AS {quoted(c)}" for c in times)
    return f"* REPLACE ({replaced})" if times else "*"


def named(types: Mapping[str, str], row: tuple[Any, ...]) -> dict[str, Any]:
    """A row of `wrapped` by the names of its columns, times as times."""
    return {
        name: instant(value, zoned=of == _INSTANT) if of in (_INSTANT, _WALL) else value
        for (name, of), value in zip(types.items(), row, strict=True)
    }


def instant(micros: int | None, *, zoned: bool = True) -> datetime | None:
    """Microseconds since 1970 as a time; None where no calendar has it."""
    if micros is None:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC if zoned else None) + timedelta(microseconds=micros)
    except OverflowError:
        return None


class _Gathered:
    """The rows of one rule."""

    def __init__(self, rule: Rule, types: Mapping[str, str], at: Mapping[str, str] | None) -> None:
        self._rule, self._rows, self._columns = rule, Rows(at), tuple(types)
        self._seen: set[tuple[str, str, str, str | None]] | None = set() if _LEGS in types else None
        self._time = rule.time or ("time" if types.get("time") in (_INSTANT, _WALL) else "")
        self._lead: tuple[Evidence, dict[str, Any]] | None = None
        self._main = 0
        self._different: set[int] = set()

    def add(self, row: dict[str, Any]) -> None:
        time = row.get(self._time)
        evidence = Evidence(
            table=str(row.get("_table") or self._rule.evidence), path=str(row["_path"]),
            sha256=row["_sha256"], locator=str(row["locator"]),
            time=time if isinstance(time, datetime) else None,
            values={k: v for k, v in row.items() if not k.startswith("_") and k not in (*REQUIRED, _LEGS)},
        )  # fmt: skip
        self._main += 1
        if self._rule.counted:
            self._different.add(hash(str(row[self._rule.counted])))
        if self._lead is None or place(evidence) < place(self._lead[0]):
            self._lead = evidence, row
        source = str(row.get("_source") or "")
        self._once(evidence, source)
        for leg in row.get(_LEGS) or ():
            self._once(_leg(leg), source)

    def _once(self, evidence: Evidence, source: str) -> None:
        if self._seen is not None:
            key = (evidence.table, evidence.path, evidence.locator, evidence.sha256)
            if key in self._seen:
                return
            self._seen.add(key)
        self._rows.add(evidence, source)

    @property
    def any(self) -> bool:
        return self._lead is not None

    def finding(self, most: int) -> Finding:
        rule, rows = self._rule, self._rows
        evidence = rows.evidence()
        assert self._lead is not None
        text = messages.write(rule.message, {**self._lead[1], "count": len(self._different) or self._main})
        if self._main > 1 and "count" not in messages.fields(rule.message):
            text += f" {self._main - 1:,} more rows match." if self._main > 2 else " One more row matches."
        return Finding(
            id=finding_id(rule.id, None, evidence[0]), rule=rule.id, title=rule.title, level=rule.level,
            stage=rule.stage, message=text, explanation=rule.explanation, false_positives=rule.false_positives,
            references=rule.references, attack=rule.attack, first_seen=rows.first_seen, last_seen=rows.last_seen,
            count=rows.count, indicator=None, surfaces=rule.surfaces, acquisition_related=rule.acquisition_related,
            evidence=evidence, confidence="medium" if rule.status == "stable" else "low",
            evidence_query=all_rows(rule, self._columns) if rows.count > most else None,
        )  # fmt: skip


def _leg(leg: Mapping[str, Any]) -> Evidence:
    return Evidence(
        table=str(leg.get("table")), path=str(leg.get("path")), sha256=leg.get("sha256"),
        locator=str(leg.get("locator")), time=instant(leg.get("time")),
        values={k: v for k, v in leg.items() if k not in ("table", "path", "sha256", "locator", "time")},
    )  # fmt: skip


def all_rows(rule: Rule, columns: Iterable[str]) -> str:
    """SQL for every evidence row of a rule, with what its `$names` stand for written out."""
    values = rule.values()
    query = NAMED.sub(lambda m: literal(values[m[1]]) if m[1] else m[0], rule.query.strip().rstrip(";"))
    return of_rule(query, rule.evidence, columns)

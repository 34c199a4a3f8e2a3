"""What may stand for the steps of a chain in a case: rows of findings, and rows that a step's own query returns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any

import duckdb

from bridle.case.processes import names_processes
from bridle.case.zones import in_utc
from bridle.classes import dataclass
from bridle.detect.answer import Answer, ask
from bridle.detect.answer import Row as Values
from bridle.detect.bounded import bounded
from bridle.detect.chain import PLACES, Chain, Query, Step
from bridle.detect.compiled import Drives, digest, drives_of_chains
from bridle.detect.driving import may_return
from bridle.detect.finding import Evidence, Finding
from bridle.detect.query import REQUIRED, NotExamined, apart, named, reads_any, returns_any, select, wrapped
from bridle.detect.rule import Rule, RuleError

MOST_EVENTS = 10_000
"""Rows of one step that are followed. Of more, one for each stretch of time and key is, then the latest."""
SECONDS = 20.0
"""What the query of one step may take."""
_STRETCHES = (0, 60, 600, 3600)
"""Seconds."""


Place = tuple[str, str, str, str | None]
"""Table, path, locator and SHA-256: what makes a row the same in two acquisitions."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the rules and indicators of a run could say anything about."""

    rules: Mapping[str, Rule]
    """Those that were run to their end, by id."""
    kinds: frozenset[str] = frozenset()
    """Of indicators that were loaded."""
    at: Mapping[str, str] | None = None
    """The zone of each source's wall clock."""
    empty: frozenset[str] = frozenset()
    """Tables without rows, in small letters."""
    large: frozenset[str] = frozenset()
    """Tables that are not held in memory."""
    nothing: set[str] = field(default_factory=set, compare=False)
    """Queries without parameters that returned no row: chains share some."""
    answers: dict[str, list[tuple[dict[str, Any], Answer]]] = field(default_factory=dict, compare=False)
    """Of queries with few rows, with the values that they were asked with."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that may stand for a step, and the finding that has it."""

    evidence: Evidence
    time: datetime | None
    """In UTC."""
    key: str | None
    source: str
    finding: Finding | None
    exact: bool = False
    """Whether a query of the step returns it, so that what is said of such rows holds for it."""


def lacking(chain: Chain, have: Mapping[str, Any], given: Given) -> NotExamined | None:
    """Why the chain cannot say anything about this case; None if it can."""
    there = [i for i, step in enumerate(chain.step) if _examined(step, have, given)]
    must = [s.name for i, s in enumerate(chain.step) if not s.optional and i not in there]
    if len(there) >= chain.minimum and not must:
        return None
    missing = tuple(dict.fromkeys(t for s in chain.step for t in s.needs if t not in have))
    why = f"{len(there)} of its {len(chain.step)} steps could be looked for; at least {chain.minimum} are needed"
    return NotExamined(rule=chain.id, missing=missing, why=why + (f", among them: {must[0]}" if must else ""))


def _examined(step: Step, have: Mapping[str, Any], given: Given) -> bool:
    if any(_there(q, have) for q in step.query):
        return True
    if any(r in given.rules for r in step.rules):
        return True
    return bool(set(step.kinds) & given.kinds) and any(_has_surface(have[t], step.surfaces) for t in have)


def _there(query: Query, have: Mapping[str, Any]) -> bool:
    return all(t in have or (t == "processes" and names_processes(have)) for t in query.needs)


def _has_surface(schema: Any, surfaces: Sequence[str]) -> bool:
    return any((f.metadata or {}).get(b"surface", b"").decode() in surfaces for f in schema)


def plain_queries(chains: Iterable[Chain], have: Mapping[str, Any], empty: Collection[str]) -> dict[str, str]:
    """Shipped queries of steps that may return a row of these tables, by themselves; `empty` are those without rows."""
    queries = (q for chain in chains for step in chain.step for q in step.query if _there(q, have))
    known = drives_of_chains()
    found = (q.sql for q in queries if may_return(known.get(digest(q.sql), ()), empty))
    return {sql: sql for sql in found}


def rows_of(
    db: duckdb.DuckDBPyConnection, chain: Chain, step: Step, findings: Sequence[Finding], have: Mapping[str, Any],
    given: Given, seconds: float,
) -> list[Row]:  # fmt: skip
    """Where a row of a finding is also returned by a query, the finding tells it."""
    found: dict[Place, Row] = {}
    for row in _of_findings(step, findings, have, given):
        found.setdefault(place(row.evidence), row)
    for query in step.query:
        places = sorted({r.evidence.locator for r in found.values() if r.time is None}) if query.completes else []
        if not _there(query, have) or (query.completes and not places):
            continue
        try:
            for row in _of_query(db, chain, step, query, given, seconds, places):
                _take(found, row, query)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            continue
    return list(found.values())


def _take(found: dict[Place, Row], row: Row, query: Query) -> None:
    at = place(row.evidence)
    if query.completes:
        if at in found:
            found[at] = replace(_also(found[at], row), exact=found[at].exact)
    else:
        found[at] = _also(found.get(at, row), row)


def _also(known: Row, row: Row) -> Row:
    """A row of a finding, with the time and key that the query knows of it."""
    evidence = known.evidence if known.evidence.time else replace(known.evidence, time=row.evidence.time)
    return replace(known, evidence=evidence, time=known.time or row.time, key=known.key or row.key, exact=True)


def place(e: Evidence) -> Place:
    return e.table, e.path, e.locator, e.sha256


def _of_findings(
    step: Step, findings: Sequence[Finding], have: Mapping[str, Any], given: Given
) -> Iterator[Row]:  # fmt: skip
    at = given.at or {}
    for f in findings:
        if (tables := _tables(step, f, have, given)) is None:
            continue
        for e in f.evidence:
            if not tables or e.table in tables:
                key = _text(next((e.values[k] for k in step.key if e.values.get(k) is not None), None))
                time = in_utc(e.time, "", at) if e.time is not None else None
                yield Row(evidence=e, time=time, key=key, source="", finding=f)


def _tables(step: Step, f: Finding, have: Mapping[str, Any], given: Given) -> Collection[str] | None:
    """The tables whose rows of a finding stand for the step; empty for all, None if the finding does not."""
    if f.rule in step.rules and (rule := given.rules.get(f.rule)) is not None:
        return step.tables or (() if rule.evidence == "processes" else (rule.evidence,))
    if f.indicator is not None and f.indicator.kind in step.kinds and set(f.surfaces) & set(step.surfaces):
        return step.tables or {e.table for e in f.evidence if _has_surface(have.get(e.table, ()), step.surfaces)}
    return None


def _of_query(
    db: duckdb.DuckDBPyConnection, chain: Chain, step: Step, query: Query, given: Given, seconds: float,
    places: Sequence[str],
) -> Iterator[Row]:  # fmt: skip
    values = chain.values(query.sql) | ({PLACES: list(places)} if query.completes else {})
    at = given.at or {}
    drives = drives_of_chains().get(digest(query.sql))
    inner = select(db, query.sql, chain.file, shipped=drives is not None)
    with bounded(db, seconds):
        if drives is not None and not _returns(db, query, values, drives, given):
            return
        answer = _answer(db, inner, query.sql, values, given)
        types = answer.types
        needed = (*REQUIRED, "time", *(("key",) if step.keyed and not query.completes else ()))
        if missing := [c for c in needed if c not in types and not (c == "time" and step.untimed)]:
            raise RuleError(f"{chain.file}: step {step.name!r}: the query does not return the column {missing[0]}")
        if answer.rows == [] and not values:
            given.nothing.add(query.sql)
        few = apart(answer)
        for row in _thinned(db, wrapped(inner, types), types, values) if few is None else _latest(few, types):
            made = named(types, row)
            time = made.get("time")
            evidence = Evidence(
                table=str(made.get("_table") or query.needs[0]), path=str(made["_path"]), sha256=made["_sha256"],
                locator=str(made["locator"]), time=time,
                values={k: v for k, v in made.items() if not k.startswith("_") and k not in ("locator", "key")},
            )  # fmt: skip
            source = str(made["_source"] or "")
            yield Row(evidence=evidence, time=in_utc(time, source, at) if time is not None else None,
                       key=_text(made.get("key")), source=source, finding=None)  # fmt: skip


def _returns(
    db: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any], drives: Drives, given: Given
) -> bool:  # fmt: skip
    """Whether a query may return a row. Of large tables that is asked, of a case once; of places that are known not."""
    if query.sql in given.nothing or not may_return(drives, given.empty):
        return False
    if query.completes or not reads_any(query.sql, given.large):
        return True
    found = returns_any(db, query.sql, values)
    if not found and not values:
        given.nothing.add(query.sql)
    return found


def _answer(
    db: duckdb.DuckDBPyConnection, inner: str, sql: str, values: dict[str, Any], given: Given
) -> Answer:  # fmt: skip
    """The answer to a query, which several chains may ask with the same values."""
    known = given.answers.setdefault(sql, [])
    for asked_with, answer in known:
        if asked_with == values:
            return answer
    answer = ask(db, inner, values)
    if answer.rows is not None:
        known.append((values, answer))
    return answer


def _thinned(
    db: duckdb.DuckDBPyConnection, once: str, types: Mapping[str, str], values: Mapping[str, Any]
) -> Iterator[Values]:
    """At most `MOST_EVENTS` rows: all, or the first of each stretch of time and key, or of those the latest."""
    part = ", ".join(['"_source"', *(['"key"'] if "key" in types else [])])
    latest = 'ORDER BY "time" DESC, _path, locator' if "time" in types else "ORDER BY _path, locator"
    for stretch in _STRETCHES if "time" in types else (0,):
        first = (
            f'QUALIFY row_number() OVER (PARTITION BY {part}, "time" // {stretch * 1_000_000} '
            'ORDER BY "time", _path, locator) = 1'
        )  # fmt: skip
        query = f"SELECT * FROM ({once}) {first if stretch else ''} {latest} LIMIT {MOST_EVENTS + 1}"  # noqa: S608
        found = db.execute(query, values).fetchall()
        if len(found) <= MOST_EVENTS:
            break
    yield from found[:MOST_EVENTS]


def _latest(few: Sequence[Values], types: Mapping[str, str]) -> list[Values]:
    """The rows in the order of `_thinned`: the latest first, those without a time last."""
    columns = list(types)
    path, locator = columns.index("_path"), columns.index("locator")
    found = sorted(few, key=lambda row: (str(row[path]), str(row[locator])))
    if "time" in types:
        time = columns.index("time")
        found.sort(key=lambda row: (row[time] is not None, row[time] or 0), reverse=True)
    return found


def _text(key: Any) -> str | None:
    """A key without regard to case; none where nothing is stored."""
    return None if key is None or key == "" else str(key).lower()[:500]

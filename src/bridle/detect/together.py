"""Queries that only look for rows of one large table are asked together whether there are any: it is read once for all.

One is asked so if it is `SELECT * FROM "table" WHERE …`, with at most one further column, or `SELECT` of columns by
their names, and nothing behind the condition. Most cases have none of what they look for; where one has a row, each is
asked by itself.

Of each table it is asked at once for every rule whether a row meets what one must for the rule to return any.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, NamedTuple

import duckdb

from bridle.classes import dataclass
from bridle.detect.bounded import bounded
from bridle.detect.query import NAMED
from bridle.detect.rule import Rule

LARGE = 20_000
"""Rows of a table that is worth it; smaller ones are held in memory."""
_FORM = re.compile(
    r"\s*SELECT (?:\*(?:, [a-z_]+\([^()]*\) AS (?P<alias>[a-z_]+))?|(?P<columns>[a-z0-9_]+(?:, [a-z0-9_]+)*))"
    r' FROM "(?P<table>[a-z0-9_.]+)"'
    r"\s+WHERE\s(?P<condition>.*?)[;\s]*",
    re.DOTALL,
)
_TEXT = re.compile(r"'[^']*'")
_MORE = re.compile(
    r"\b(?:SELECT|FROM|GROUP|ORDER|LIMIT|OFFSET|FETCH|HAVING|QUALIFY|UNION|EXCEPT|INTERSECT|WINDOW|OVER|JOIN|USING)\b"
    r'|--|/\*|[;$?"]',
    re.IGNORECASE,
)
"""What makes a condition more than one of a row by itself."""


def without_rows(
    db: duckdb.DuckDBPyConnection,
    rules: Iterable[Rule],
    rows: Mapping[str, int],
    seconds: float,
    beside: Mapping[str, str] | None = None,
) -> set[str]:
    """The ids of rules that return no row, as `without` tells."""
    return without(db, {rule.id: rule.query for rule in rules if rule.drives is not None}, rows, seconds, beside)


def without(
    db: duckdb.DuckDBPyConnection,
    queries: Mapping[str, str],
    rows: Mapping[str, int],
    seconds: float,
    beside: Mapping[str, str] | None = None,
) -> set[str]:
    """The names of queries that return no row, of those that can be asked together. Others may return some or none.

    Those `beside` are asked with the others of their tables; where one of all has a row, the others are asked without.
    """
    found: set[str] = set()
    more = _by_table(beside or {}, rows)
    for table, asked in _by_table(queries, rows).items():
        every = {**asked, **more.get(table, {})}
        if len(every) > 1 and _none(db, table, every, seconds):
            found.update(every)
        elif 1 < len(asked) < len(every) and _none(db, table, asked, seconds):
            found.update(asked)
    return found


def _by_table(queries: Mapping[str, str], rows: Mapping[str, int]) -> dict[str, dict[str, Condition]]:
    """What queries of that form ask of large tables."""
    of: dict[str, dict[str, Condition]] = defaultdict(dict)
    for name, query in queries.items():
        if (found := condition(query)) is not None and rows.get(found.table, 0) > LARGE:
            of[found.table][name] = found
    return of


def without_met(
    db: duckdb.DuckDBPyConnection, rules: Iterable[Rule], rows: Mapping[str, int], seconds: float
) -> set[str]:
    """The ids of rules for which some table has no row that meets what one must: they return no row."""
    of: dict[str, dict[str, _Asked]] = defaultdict(dict)
    for number, rule in enumerate(rules):
        values = rule.values() if rule.parts else {}
        for table, met in rule.parts:
            if rows.get(table, 0):
                asked = of[table].setdefault(NAMED.sub(lambda m: f"{m[0]}_{number}" if m[1] else m[0], met), _Asked())  # noqa: B023
                asked.rules.add(rule.id)
                asked.values |= {f"{m[1]}_{number}": values[m[1]] for m in NAMED.finditer(met) if m[1]}
    return {i for table, asked in of.items() for i in _unmet(db, table, asked, seconds)}


@dataclass
class _Asked:
    """Who asks for a row that meets something, and what its `$names` stand for."""

    rules: set[str] = field(default_factory=set)
    values: dict[str, Any] = field(default_factory=dict)


def _unmet(db: duckdb.DuckDBPyConnection, table: str, asked: Mapping[str, _Asked], seconds: float) -> Iterator[str]:
    """The ids of those for whom no row does. That it cannot be told, or not in that time, is none."""
    any_row = ",\n  ".join(f"bool_or({met}\n)" for met in asked)
    values = {name: value for one in asked.values() for name, value in one.values.items()}
    try:
        with bounded(db, seconds):
            (answers,) = db.execute(f'SELECT {any_row} FROM "{table}"', values).fetchall()  # noqa: S608 - our own
    except duckdb.Error:
        return
    for one, met in zip(asked.values(), answers, strict=True):
        if not met:
            yield from one.rules


class Condition(NamedTuple):
    """A query of that form."""

    table: str
    met: str
    """The condition."""
    columns: str = "*"
    """What it returns of a row, but for the further column."""


def condition(query: str) -> Condition | None:
    """What a query of that form asks, or None."""
    found = _FORM.fullmatch(query)
    if found is None:
        return None
    words = _TEXT.sub("''", found["condition"])
    if _MORE.search(words) or (found["alias"] and re.search(rf"\b{found['alias']}\b", words, re.IGNORECASE)):
        return None
    return Condition(found["table"], found["condition"], found["columns"] or "*")


def _none(db: duckdb.DuckDBPyConnection, table: str, asked: Mapping[str, Condition], seconds: float) -> bool:
    """Whether no row meets any of the conditions. That it cannot be told, or not in that time, is no."""
    any_of = "\n  OR ".join(f"({c.met}\n)" for c in asked.values())
    columns = ", ".join(dict.fromkeys(c.columns for c in asked.values()))
    try:
        with bounded(db, seconds):
            db.execute(f'SELECT {columns} FROM "{table}" LIMIT 0')  # noqa: S608 - fails where there is no such column
            return not db.execute(f'SELECT 1 FROM "{table}" WHERE {any_of} LIMIT 1').fetchall()  # noqa: S608 - our own
    except duckdb.Error:
        return False

"""Rules that only look for rows of one large table are asked together whether there are any: it is read once for all.

A rule is asked so if it is `SELECT * FROM "table" WHERE …`, with at most one further column, and nothing behind the
condition. Most cases have none of what they look for; where one has a row, each is asked by itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import duckdb

from bridle.detect.bounded import bounded
from bridle.detect.rule import Rule

LARGE = 20_000
"""Rows of a table that is worth it; smaller ones are held in memory."""
_FORM = re.compile(
    r'\s*SELECT \*(?:, [a-z_]+\([^()]*\) AS (?P<alias>[a-z_]+))? FROM "(?P<table>[a-z0-9_.]+)"'
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
    db: duckdb.DuckDBPyConnection, rules: Iterable[Rule], rows: Mapping[str, int], seconds: float
) -> set[str]:
    """The ids of rules that return no row, of those that can be asked together. Others may return some or none."""
    of: dict[str, dict[str, str]] = defaultdict(dict)
    for rule in rules:
        if rule.drives is not None and (found := condition(rule.query)) is not None and rows.get(found[0], 0) > LARGE:
            of[found[0]][rule.id] = found[1]
    return {i for table, asked in of.items() if len(asked) > 1 and _none(db, table, asked, seconds) for i in asked}


def condition(query: str) -> tuple[str, str] | None:
    """The table and the condition of a query of that form, or None."""
    found = _FORM.fullmatch(query)
    if found is None:
        return None
    words = _TEXT.sub("''", found["condition"])
    if _MORE.search(words) or (found["alias"] and re.search(rf"\b{found['alias']}\b", words, re.IGNORECASE)):
        return None
    return found["table"], found["condition"]


def _none(db: duckdb.DuckDBPyConnection, table: str, asked: Mapping[str, str], seconds: float) -> bool:
    """Whether no row meets any of the conditions. That it cannot be told, or not in that time, is no."""
    any_of = "\n  OR ".join(f"({c}\n)" for c in asked.values())
    try:
        with bounded(db, seconds):
            return not db.execute(f'SELECT 1 FROM "{table}" WHERE {any_of} LIMIT 1').fetchall()  # noqa: S608 - our own
    except duckdb.Error:
        return False

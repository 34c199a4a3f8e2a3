"""Which tables must hold rows for a query to return any: what need not be asked of a case in which they are empty.

The answer is alternatives: sets of tables, of one of which every table must hold rows. It is read from the parsed
query, and where a construct is not known here, it is taken to return rows from nothing. So the alternatives may
promise too much, and never too little: a query of which each alternative has an empty table returns no row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import Any

import duckdb

Alternatives = frozenset[frozenset[str]]

ALWAYS: Alternatives = frozenset({frozenset()})
"""Rows may come though every table is empty."""
MOST = 64
"""Alternatives that are told apart; of more, only what is common to all."""
_INNER = {"INNER", "SEMI"}


def may_return(alternatives: Collection[Collection[str]], empty: Collection[str]) -> bool:
    """Whether a query can return a row of a case in which these tables, named in small letters, are empty."""
    return any(not any(t in empty for t in tables) for tables in alternatives)


def alternatives(query: str) -> Alternatives:
    """Of one SELECT statement; tables are named in small letters."""
    tree = parsed(query)
    return ALWAYS if tree is None else reader().node(tree, {})


def parsed(query: str) -> Mapping[str, Any] | None:
    """The tree of one statement; None where it is none, or several."""
    ((text,),) = database().execute("SELECT json_serialize_sql(?)", [query.strip().rstrip(";")]).fetchall()
    tree = json.loads(text)
    if tree.get("error") or len(tree.get("statements", ())) != 1:
        return None
    found: Mapping[str, Any] = tree["statements"][0]["node"]
    return found


@lru_cache(maxsize=1)
def database() -> duckdb.DuckDBPyConnection:
    """One without tables, to read queries with."""
    return duckdb.connect(":memory:", config={"threads": 1})


def reader() -> Reader:
    return Reader(_aggregates())


_Known = Mapping[str, Alternatives]
"""Common table expressions in scope, by their names in small letters."""


class Reader:
    """Reads the parsed query, from the inside out."""

    def __init__(self, aggregates: Collection[str]) -> None:
        self._aggregates = aggregates

    def node(self, node: Mapping[str, Any], known: _Known) -> Alternatives:
        """Of a SELECT, or of several put together."""
        known = self._with_named(node, known)
        if node.get("type") == "SELECT_NODE":
            return self._select(node, known)
        if node.get("type") == "SET_OPERATION_NODE":
            parts = [self.node(n, known) for n in _operands(node)]
            kind = node.get("setop_type")
            if kind == "UNION":
                return _either(*parts)
            if kind == "INTERSECT":
                return _both(*parts)
            if kind == "EXCEPT":
                return parts[0] if parts else ALWAYS
        return ALWAYS

    def _with_named(self, node: Mapping[str, Any], known: _Known) -> _Known:
        found = dict(known)
        for entry in node.get("cte_map", {}).get("map", ()):
            name = entry["key"].lower()
            found[name] = ALWAYS
            value = entry["value"]
            inner = value.get("query_node") or value.get("query", {}).get("node") or {}
            found[name] = self.node(inner, found)
        return found

    def _select(self, node: Mapping[str, Any], known: _Known) -> Alternatives:
        if self.is_one_row(node):
            return ALWAYS
        return _both(self._table(node["from_table"], known), self._condition(node.get("where_clause"), known))

    def is_one_row(self, node: Mapping[str, Any]) -> bool:
        """Whether rows may come out of none: an aggregate over everything gives one."""
        if node.get("aggregate_handling") != "STANDARD_HANDLING":
            return not any(e.get("class") == "COLUMN_REF" for e in node["select_list"])
        if node.get("group_expressions"):
            return any(not of for of in node.get("group_sets", ()))
        if node.get("having") is not None:
            return True
        asked = [node["select_list"], node.get("qualify"), node.get("modifiers")]
        return any(name in self._aggregates for name in _functions(asked))

    def _table(self, table: Mapping[str, Any], known: _Known) -> Alternatives:
        kind = table.get("type")
        if kind == "BASE_TABLE":
            name = str(table["table_name"]).lower()
            return known[name] if name in known else frozenset({frozenset({name})})
        if kind == "SUBQUERY":
            return self.node(table["subquery"]["node"], known)
        if kind == "JOIN":
            return self._join(table, known)
        return ALWAYS

    def _join(self, join: Mapping[str, Any], known: _Known) -> Alternatives:
        left, right = self._table(join["left"], known), self._table(join["right"], known)
        if join.get("ref_type") == "POSITIONAL":
            return _either(left, right)
        if (kind := join.get("join_type")) in _INNER:
            return _both(left, right)
        if kind in ("LEFT", "ANTI"):
            return left
        return right if kind == "RIGHT" else _either(left, right)

    def _condition(self, condition: Mapping[str, Any] | None, known: _Known) -> Alternatives:
        """What must hold rows for a condition to be true of any: subqueries in which something has to be found."""
        if condition is None:
            return ALWAYS
        if condition.get("type") == "CONJUNCTION_AND":
            return _both(*(self._condition(c, known) for c in condition["children"]))
        if condition.get("type") == "CONJUNCTION_OR":
            return _either(*(self._condition(c, known) for c in condition["children"]))
        if condition.get("class") == "SUBQUERY" and condition.get("subquery_type") in ("EXISTS", "ANY"):
            return self.node(condition["subquery"]["node"], known)
        return ALWAYS


def _operands(node: Mapping[str, Any]) -> list[Any]:
    return node.get("children") or [node[k] for k in ("left", "right") if k in node]


def _functions(tree: Any) -> Iterator[str]:
    """The names of all functions below, those of subqueries too: one may count rows of the query around it."""
    if isinstance(tree, dict):
        if tree.get("class") == "FUNCTION":
            yield str(tree.get("function_name", "")).lower()
        for below in tree.values():
            yield from _functions(below)
    elif isinstance(tree, list):
        for below in tree:
            yield from _functions(below)


def _both(*of: Alternatives) -> Alternatives:
    found = ALWAYS
    for each in of:
        found = _bounded(frozenset(a | b for a, b in product(found, each)))
    return found


def _either(*of: Alternatives) -> Alternatives:
    return _bounded(frozenset().union(*of)) if of else ALWAYS


def _bounded(found: Alternatives) -> Alternatives:
    """Without those that ask for more than another one does."""
    least = frozenset(a for a in found if not any(b < a for b in found))
    return least if len(least) <= MOST else frozenset({frozenset.intersection(*least)})


@lru_cache(maxsize=1)
def _aggregates() -> frozenset[str]:
    """Functions that make one row of many, and macros that use one."""
    rows = (
        database()
        .execute(
            "SELECT DISTINCT lower(function_name), function_type, lower(coalesce(macro_definition, '')) "
            "FROM duckdb_functions() WHERE function_type IN ('aggregate', 'macro')"
        )
        .fetchall()
    )
    found = {name for name, kind, _ in rows if kind == "aggregate"}
    for name, _, body in rows:
        if found.intersection(re.findall(r"[a-z0-9_]+", body)):
            found.add(name)
    return frozenset(found)

"""What a single row of a table must meet for a query to return any: asked of many queries at once, table by table.

Read from the parsed query, as in `driving`: the parts of its condition that speak of one table which must hold rows for
it, and of nothing else. What is not known here gives no part. So a table without a row that meets them means that the
query returns none; one with such a row means nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.detect.driving import Reader, database, parsed, reader

_BEFORE = " FROM t WHERE "
_REFUSED = {"SUBQUERY", "WINDOW", "LAMBDA", "STAR", "POSITIONAL_REFERENCE", "COLLATE"}
"""Classes of expressions that a part may not have: they look beyond the row, or name what is no column."""
Parts = tuple[tuple[str, str], ...]
"""Tables, and what one row of each must meet, as SQL."""


def parts(query: str) -> Parts:
    """Of one SELECT statement, with the `$names` it has."""
    found: dict[str, list[Any]] = {}
    if (tree := parsed(query)) is not None:
        _gather(tree, {}, found, reader())
    return tuple((table, _sql(met)) for table, met in sorted(found.items()))


def _gather(node: Mapping[str, Any], named: Mapping[str, Any], found: dict[str, list[Any]], read: Reader) -> None:
    """Adds what a SELECT must find, where no row means no row of it."""
    if node.get("type") != "SELECT_NODE" or read.is_one_row(node):
        return
    known = {**named, **{e["key"].lower(): e["value"].get("query_node") for e in node["cte_map"]["map"]}}
    tables, conditions = _needed(node["from_table"])
    conditions += [node["where_clause"]] if node.get("where_clause") else []
    aliases = {e["alias"].lower() for e in node["select_list"] if e.get("alias")}
    met = [c for condition in conditions for c in _conjuncts(condition)]
    for alias, table in tables.items():
        if table in known:
            if (inner := known[table]) is not None:
                _gather(inner, {k: v for k, v in known.items() if k != table}, found, read)
            continue
        own = [made for c in met if (made := _own(c, alias, aliases, alone=_is_alone(node))) is not None]
        if own and table not in found:
            found[table] = own


def _needed(table: Mapping[str, Any]) -> tuple[dict[str, str], list[Any]]:
    """The tables that must give a row, by alias, and the conditions of their joins; all in small letters."""
    kind = table.get("type")
    if kind == "BASE_TABLE":
        name = str(table["table_name"]).lower()
        return {str(table.get("alias") or name).lower(): name}, []
    if kind != "JOIN" or table.get("ref_type") != "REGULAR":
        return {}, []
    left, conditions = _needed(table["left"])
    if table.get("join_type") in ("LEFT", "ANTI"):
        return left, conditions
    if table.get("join_type") not in ("INNER", "SEMI"):
        return {}, []
    right, more = _needed(table["right"])
    on = [table["condition"]] if table.get("condition") else []
    return ({} if left.keys() & right.keys() else {**right, **left}), [*conditions, *more, *on]


def _is_alone(node: Mapping[str, Any]) -> bool:
    return bool(node["from_table"].get("type") == "BASE_TABLE")


def _conjuncts(condition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if condition.get("type") == "CONJUNCTION_AND":
        for child in condition["children"]:
            yield from _conjuncts(child)
    else:
        yield condition


def _own(condition: Any, alias: str, named: set[str], *, alone: bool) -> Any:
    """The condition without the alias before its columns; None if it looks at anything else."""
    if isinstance(condition, list):
        made = [_own(c, alias, named, alone=alone) for c in condition]
        return None if any(m is None and c is not None for m, c in zip(made, condition, strict=True)) else made
    if not isinstance(condition, dict):
        return condition
    if condition.get("class") in _REFUSED:
        return None
    if condition.get("class") == "COLUMN_REF":
        *before, column = condition["column_names"]
        fits = [b.lower() for b in before] == [alias] or (alone and not before and column.lower() not in named)
        return {**condition, "column_names": [column]} if fits else None
    whole = {k: _own(v, alias, named, alone=alone) for k, v in condition.items()}
    return None if any(whole[k] is None and v is not None for k, v in condition.items()) else whole


def _sql(met: list[Any]) -> str:
    ((text,),) = database().execute("SELECT json_serialize_sql('SELECT 1 FROM t WHERE true')").fetchall()
    tree = json.loads(text)
    all_of = {"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "query_location": 0, "children": met}
    tree["statements"][0]["node"]["where_clause"] = met[0] if len(met) == 1 else all_of
    ((made,),) = database().execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(tree)]).fetchall()
    return str(made).split(_BEFORE, 1)[1]

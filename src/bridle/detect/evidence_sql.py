"""SQL that returns the evidence of a finding: `table`, `path`, `sha256` and `locator` of each row, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from bridle.case.sql import literal, quoted

LEDGER = "ledger"
LONGEST_SPELLING = 100
"""Characters of a matched value that a query spells; of a longer one, such as a message, it has the MD5."""
MOST_SPELLINGS = 100
"""Values of one column that a query spells; of more it has the MD5s."""
ORDER = " ORDER BY ALL"
Place = tuple[str, str, str | None, str]
"""Table, path, SHA-256 and locator of a row."""


class Spellings:
    """The different values of one column in which an indicator was found."""

    def __init__(self) -> None:
        self._short: set[str] = set()
        self._digests: set[str] = set()
        self._spelled = True
        self._listed = False

    def add(self, value: str, *, listed: bool) -> None:
        """One value; `listed` where the column holds lists of such."""
        self._listed = listed
        self._digests.add(hashlib.md5(value.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest())
        if self._spelled:
            self._short.add(value)
            self._spelled = len(value) <= LONGEST_SPELLING and len(self._short) <= MOST_SPELLINGS

    def test(self, column: str) -> str:
        """True of the rows whose column is, or lists, one of the values."""
        of = "value" if self._listed else column
        values, what = (self._short, of) if self._spelled else (self._digests, f"md5({of})")
        test = f"{what} IN ({', '.join(map(literal, sorted(values)))})"
        return f"EXISTS (SELECT 1 FROM unnest({column}) AS each(value) WHERE {test})" if self._listed else test  # noqa: S608


def places(table: str, rows: str = "r") -> dict[str, str]:
    """How the table names `path`, `sha256`, `locator` and `source`: the ledger has words of its own."""
    if table == LEDGER:
        own = {"path": "path", "sha256": "sha256", "source": "source"}
        return {k: f"{rows}.{v}" for k, v in own.items()} | {"locator": f"'ledger:' || {rows}.member"}
    own = {"path": "_path", "sha256": "_sha256", "source": "_source", "locator": "locator"}
    return {k: f"{rows}.{v}" for k, v in own.items()}


def addressed(rows: Iterable[Place], *, whole: bool = False) -> dict[str, str]:
    """Table to the SELECT of those of its rows that are named; `whole`: all their columns.

    A row that two acquisitions hold in equal files is one row.
    """
    tables: dict[str, list[str]] = {}
    for table, path, sha256, locator in dict.fromkeys(rows):
        tables.setdefault(table, []).append(f"({literal(path)}, {literal(sha256)}, {literal(locator)})")
    found = {}
    for table, named in sorted(tables.items()):
        p = places(table)
        which = (
            f"SEMI JOIN (VALUES {', '.join(named)}) AS named(path, sha256, locator) ON {p['path']} = named.path "
            f"AND {p['locator']} = named.locator AND {p['sha256']} IS NOT DISTINCT FROM named.sha256"
        )
        found[table] = _once(table, which, whole=whole)
    return found


def matched(fields: Mapping[tuple[str, str], Spellings]) -> str:
    """The rows whose columns (table, column) hold what an indicator was found in: these, and no other."""
    tables: dict[str, list[str]] = {}
    for (table, column), spellings in sorted(fields.items()):
        tables.setdefault(table, []).append(spellings.test(f"r.{quoted(column)}"))
    return " UNION ALL ".join(_once(table, "WHERE " + " OR ".join(tests)) for table, tests in tables.items()) + ORDER


def _once(table: str, which: str, *, whole: bool = False) -> str:
    p = places(table)
    key = f"{p['path']}, {p['locator']}, coalesce({p['sha256']}, {p['source']})"
    columns = f'{literal(table)} AS "table", {p["path"]} AS path, {p["sha256"]} AS sha256, {p["locator"]} AS locator'
    return (
        f"SELECT {'r.*' if whole else columns} FROM {quoted(table)} AS r {which} "  # noqa: S608
        f"QUALIFY row_number() OVER (PARTITION BY {key}) = 1"
    )


def of_rule(query: str, table: str, columns: Iterable[str]) -> str:
    """Every evidence row of a rule's query, those named in its column `also` among them."""
    has = set(columns)
    whose = f"coalesce(_table, {literal(table)})" if "_table" in has else literal(table)
    per = "_path, locator, coalesce(_sha256, _source)" + (", _table" if "_table" in has else "")
    own = (
        f'SELECT {whose} AS "table", _path AS path, _sha256 AS sha256, locator FROM rows_of_rule '  # noqa: S608
        f"QUALIFY row_number() OVER (PARTITION BY {per}) = 1"
    )
    if "also" in has:
        legs = (
            'SELECT leg."table", leg.path, leg.sha256, leg.locator FROM (SELECT unnest(also) AS leg FROM rows_of_rule)'
        )
        own = f"SELECT * FROM ({own}) UNION {legs}"  # noqa: S608
    return f"WITH rows_of_rule AS (\n{query}\n) {own}{ORDER}"

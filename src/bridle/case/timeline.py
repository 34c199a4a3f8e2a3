"""The timeline: a view with one row for every time of every record, and the one place where wall clocks become UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from bridle.case.damage import asking
from bridle.case.plain import iso
from bridle.case.sql import literal, micros, quoted
from bridle.case.zones import note_sql, utc_sql, zones

if TYPE_CHECKING:
    from bridle.case.reader import Case

COLUMNS = ("time", "zone_note", "table", "event", "summary", "path", "sha256", "locator", "source")
_EMPTY = (
    "SELECT NULL::TIMESTAMPTZ AS time, '' AS zone_note, '' AS \"table\", '' AS event, '' AS summary, '' AS path, "
    "'' AS sha256, '' AS locator, '' AS source WHERE false"
)
SORTED = 200_000
"""Rows that are sorted at once."""
LEDGER, MANIFEST = "ledger", "ios.manifest.file"
_DAY = 86_400 * 10**6
_SHOWN = 4
"""Fields of a row that its summary shows."""
SUMMED = 120
"""Characters of each."""


def timeline_sql(tables: Mapping[str, pa.Schema], at: Mapping[str, str] | None = None) -> str:
    """The view's SELECT over tables that carry `_path`, `_sha256`, `_source` and `locator`.

    `at` is the zone of each source's wall clock, as `bridle.case.zones` tells it.
    """
    told = [(t, schema) for t, schema in sorted(tables.items()) if "_path" in schema.names]
    parts = [_one(t, schema, f, at or {}) for t, schema in told for f in schema if pa.types.is_timestamp(f.type)]
    if LEDGER in tables and "modified" in tables[LEDGER].names:
        parts.append(_files(tables))
    if LEDGER in tables and "shown" in tables[LEDGER].names:
        parts.append(_shown(at or {}))
    return " UNION ALL ".join(parts) or _EMPTY


def _files(tables: Mapping[str, pa.Schema]) -> str:
    """When files changed, each once; those of a backup are told by the records of its manifest."""
    told = f'WHERE source NOT IN (SELECT _source FROM "{MANIFEST}") AND' if MANIFEST in tables else "WHERE"  # noqa: S608
    return (
        "SELECT modified AS time, 'UTC' AS zone_note, 'ledger' AS \"table\", 'modified' AS event, "  # noqa: S608
        "concat_ws(' · ', type, CAST(size AS VARCHAR) || ' bytes') AS summary, path, max(sha256) AS sha256, "
        f"member AS locator, source FROM ledger {told} modified IS NOT NULL "
        "GROUP BY modified, type, size, path, member, source"
    )


def _shown(at: Mapping[str, str]) -> str:
    """When files changed by the phone's own clock, each once."""
    ledger = "(SELECT *, source AS _source FROM ledger WHERE shown IS NOT NULL AND modified IS NULL)"
    return (
        f"SELECT {utc_sql('shown', at)} AS time, {note_sql(at)} AS zone_note, 'ledger' AS \"table\", 'shown' AS event, "  # noqa: S608
        "concat_ws(' · ', type, CAST(size AS VARCHAR) || ' bytes') AS summary, path, max(sha256) AS sha256, "
        f"member AS locator, source FROM {ledger} GROUP BY shown, _source, type, size, path, member, source"
    )


def _one(table: str, schema: pa.Schema, field: pa.Field, at: Mapping[str, str]) -> str:
    column = quoted(field.name)
    time = column if field.type.tz else utc_sql(column, at)
    note = "'UTC'" if field.type.tz else note_sql(at)
    return (
        f'SELECT {time} AS time, {note} AS zone_note, {literal(table)} AS "table", {literal(field.name)} AS event, '  # noqa: S608
        f"{summary_sql(schema)} AS summary, _path AS path, _sha256 AS sha256, locator, _source AS source "
        f"FROM {quoted(table)} WHERE {column} IS NOT NULL"
    )


def summary_sql(schema: pa.Schema) -> str:
    """SQL for what is shown of a row."""
    parts = ", ".join(f"nullif(left(CAST({quoted(f.name)} AS VARCHAR), {SUMMED}), '')" for f in summarised(schema))
    return f"concat_ws(' · ', {parts})" if parts else "''"


def summarised(schema: pa.Schema) -> list[pa.Field]:
    """The columns that are shown of a row: its observables, else its texts."""
    told = [f for f in schema if (f.metadata or {}).get(b"kind")] or [
        f
        for f in schema
        if pa.types.is_string(f.type) and not f.name.startswith("_") and f.name not in ("locator", "extra")
    ]
    return told[:_SHOWN]


def timeline(
    case: Case,
    around: datetime | None = None,
    window: timedelta | None = None,
    tables: Sequence[str] | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """Rows in the order of time. `around` and `window`, or `first` and `last`, bound it; `tables` are globs."""
    wanted = {n: s for n, s in case.tables().items() if not tables or any(fnmatchcase(n, t) for t in tables)}
    query = timeline_sql(wanted, zones(case))
    if around is not None:
        middle, half = micros(around), (window or timedelta(minutes=10)) // timedelta(microseconds=1)
        query = f"SELECT * FROM ({query}) WHERE {_between(middle - half, middle + half)}"  # noqa: S608 - numbers only
    if first is not None:
        query = f"SELECT * FROM ({query}) WHERE time >= make_timestamptz({micros(first)})"  # noqa: S608 - numbers only
    if last is not None:
        query = f"SELECT * FROM ({query}) WHERE time <= make_timestamptz({micros(last)})"  # noqa: S608 - numbers only
    columns = ", ".join(f'"{c}"' for c in COLUMNS[1:])
    with asking(case.path), closing(case.connect()) as db:
        for low, high in _spans(db, query):
            found = db.execute(
                f"SELECT epoch_us(time), {columns} FROM ({query}) WHERE {_between(low, high)} "  # noqa: S608
                'ORDER BY time, "table", path, locator, event, source'
            )
            while rows := found.fetchmany(2000):
                for time, *rest in rows:
                    yield dict(zip(COLUMNS, (iso(time), *rest), strict=True))


def _between(low: int, high: int) -> str:
    return f"time BETWEEN make_timestamptz({low}) AND make_timestamptz({high})"


def _spans(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[int, int]]:
    """First and last microsecond of stretches of whole days with about `SORTED` rows: as much as is sorted at once."""
    days = db.execute(
        f"SELECT epoch_us(time) // {_DAY} - (epoch_us(time) % {_DAY} < 0)::BIGINT AS day, count(*) "  # noqa: S608
        f"FROM ({query}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    start, rows = 0, 0
    for n, (_, count) in enumerate(days):
        rows += count
        if n + 1 == len(days) or rows + days[n + 1][1] > SORTED:
            yield days[start][0] * _DAY, days[n][0] * _DAY + _DAY - 1
            start, rows = n + 1, 0

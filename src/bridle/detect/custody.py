"""What a phone recorded while it was out of its owner's hands: USB, keys, unlocks, installs, reboots, crashes.

One axis for the records that tell of somebody at the phone. It shows a sequence, and neither who did something nor
that records which are not there were removed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb

from bridle.case.plain import iso
from bridle.case.sql import literal, micros
from bridle.case.zones import note_sql, utc_sql, zones
from bridle.classes import dataclass
from bridle.detect.query import Examined
from bridle.detect.rule import RULES

COLUMNS = (
    "time", "zone_note", "kind", "event", "text", "table", "path", "sha256", "locator", "source", "local", "rows",
)  # fmt: skip
"""`local` is the time in a zone of the reader's choice; `rows` counts those that say the same, the first is named."""
_AT_ONCE = 2_000


@dataclass(frozen=True, kw_only=True)
class Event:
    """One sort of record that belongs on the axis: SQL that returns `time`, `text` and where the record stands."""

    kind: str
    """`usb`, `adb`, `lock`, `install`, `setting`, `boot`, `crash`, `log`."""
    event: str
    """What the record is, in a few words."""
    table: str
    query: str


@lru_cache(maxsize=1)
def events() -> tuple[Event, ...]:
    """Those shipped with bridle, in the order of their file."""
    data = tomllib.loads((RULES / "any" / "custody.toml").read_text("utf-8"))
    return tuple(Event(kind=e["kind"], event=e["event"], table=e["table"], query=e["query"]) for e in data["event"])


def kinds() -> tuple[str, ...]:
    """The kinds of event, in the order of their file."""
    return tuple(dict.fromkeys(e.kind for e in events()))


def examined(case: Examined) -> tuple[str, ...]:
    """The kinds of which the case has at least one table that could hold some."""
    have = case.tables()
    return tuple(dict.fromkeys(e.kind for e in events() if e.table in have))


def custody(case: Examined, first: datetime, last: datetime, zone: str = "phone") -> Iterator[dict[str, Any]]:
    """Every event from `first` to `last`, both included, in the order of time.

    Times are in UTC; `local` is that of `zone`, which is a name or `phone`. What several acquisitions record alike,
    such as a bugreport and the one inside of an AndroidQF folder, is one event.
    """
    have = case.tables()
    at = zones(case)
    db = case.connect()
    try:
        parts = [_one(db, e, at) for e in events() if e.table in have]
        if not parts:
            return
        found = db.execute(_axis(parts, first, last, at.get("") if zone == "phone" else zone))
        while rows := found.fetchmany(_AT_ONCE):
            for time, *rest in rows:
                yield dict(zip(COLUMNS, (iso(time), *rest), strict=True))
    finally:
        db.close()


def _axis(parts: list[str], first: datetime, last: datetime, zone: str | None) -> str:
    columns = ", ".join(f'"{c}"' for c in COLUMNS[1:-2])
    local = f"strftime(timezone({literal(zone)}, time), '%Y-%m-%d %H:%M:%S')" if zone else "CAST(NULL AS VARCHAR)"
    same = 'OVER (PARTITION BY time, zone_note, kind, event, text, "table"'
    return (
        f"WITH found AS (SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) WHERE time BETWEEN "  # noqa: S608
        f"make_timestamptz({micros(first)}) AND make_timestamptz({micros(last)})), "
        f'told AS (SELECT *, {local} AS "local", count(*) {same}) AS "rows" FROM found '
        f"QUALIFY row_number() {same} ORDER BY path, locator, source) = 1) "
        f'SELECT epoch_us(time), {columns}, "local", "rows" FROM told ORDER BY ALL'
    )


def _one(db: duckdb.DuckDBPyConnection, event: Event, at: Mapping[str, str]) -> str:
    types = {name: of for name, of, *_ in db.execute(f"DESCRIBE {event.query}").fetchall()}
    wall = types["time"] == "TIMESTAMP"
    time, note = (utc_sql("time", at), note_sql(at)) if wall else ("time", "'UTC'")
    return (
        f"SELECT {time} AS time, {note} AS zone_note, {literal(event.kind)} AS kind, {literal(event.event)} AS event, "  # noqa: S608
        f'left(CAST(text AS VARCHAR), 300) AS text, {literal(event.table)} AS "table", _path AS path, '
        f"_sha256 AS sha256, locator, _source AS source FROM ({event.query}) WHERE time IS NOT NULL"
    )


def clock(case: Examined) -> str:
    """What is known of how wrong the phone's clock was: one sentence."""
    if "device" in case.tables():
        for batch in case.batches("device", ("key", "value")):
            for row in batch.to_pylist():
                if row["key"] == "clock_difference":
                    return (
                        f"The phone's clock differed from the computer's by {row['value']} s when it was acquired; "
                        "by how much it did before is not recorded."
                    )
    return "The phone's clock was not compared with another one: how wrong it was is not known."


def local(case: Examined, time: datetime) -> str | None:
    """`2026-03-29 14:10:00 Europe/Belgrade`: an instant as the phone showed it; None where its zone is not known."""
    zone = zones(case).get("")
    if zone is None:
        return None
    with duckdb.connect(":memory:") as db:
        found = db.execute(
            f"SELECT strftime(timezone({literal(zone)}, make_timestamptz({micros(time)})), '%Y-%m-%d %H:%M:%S')"
        ).fetchone()
    return f"{found[0]} {zone}" if found else None


def instant(case: Examined, wall: datetime, zone: str) -> datetime | None:
    """A time without an offset in `zone`, which is a name or `phone`; None where there is no such zone."""
    name = zones(case).get("") if zone == "phone" else zone
    if name is None:
        return None
    try:
        with duckdb.connect(":memory:") as db:
            found = db.execute(
                f"SELECT epoch_us(timezone({literal(name)}, TIMESTAMP {literal(wall.isoformat(' '))}))"
            ).fetchone()
    except duckdb.Error:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found[0]) if found else None

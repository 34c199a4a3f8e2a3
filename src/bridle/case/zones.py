"""The zone a phone's clock was set to, so that what the clock showed can stand on one axis with instants.

Only the timeline and what is built on it do this. A phone that travelled, or whose clock was set by hand, showed
something else before: every time that was converted says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.sql import literal

KEY = "time_zone"
"""The fact of the device that names a zone."""
NOT_WHEN = ("expir", "valid", "until", "not_before", "not_after")
"""In the name of a column of times that look ahead, or say how long something holds: they are not when it was seen."""
SPAN = ("begin", "end")
"""Days and weeks that something was counted in, by the phone's clock: it happened at some time between."""
ASSUMED = "wall clock, zone assumed UTC"


class Tables(Protocol):
    """As much of a case as tells its zones."""

    def tables(self) -> Mapping[str, pa.Schema]: ...
    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]: ...


def zones(case: Tables) -> Mapping[str, str]:
    """The zone of each source's wall clock, as far as the case's table `device` tells; as `zones_of` gives it."""
    if "device" not in case.tables():
        return {}
    rows = (r for batch in case.batches("device", ("source", "key", "value")) for r in batch.to_pylist())
    facts = [(r["source"], r["key"], r["value"]) for r in rows if r["key"] == KEY]
    if not facts:
        return {}
    return zones_of(facts, _convertible())


@lru_cache(maxsize=1)
def _convertible() -> frozenset[str]:
    with duckdb.connect(":memory:", config={"threads": 1}) as db:
        return known_zones(db)


def zones_of(facts: Iterable[tuple[str, str, str]], known: frozenset[str]) -> Mapping[str, str]:
    """Source to zone, out of facts (source, key, value); `""` stands for sources that name none of their own.

    Names that are not `known` are left out, and sources that name several. The sources of a case are of one device:
    where all that name one agree, it holds for the others.
    """
    named: defaultdict[str, set[str]] = defaultdict(set)
    for source, key, value in facts:
        if key == KEY and value in known:
            named[source].add(value)
    found = {source: next(iter(zones)) for source, zones in named.items() if len(zones) == 1}
    everywhere = {zone for zones in named.values() for zone in zones}
    return found | ({"": everywhere.pop()} if len(everywhere) == 1 else {})


def known_zones(db: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Every name of a zone that the database can convert."""
    return frozenset(name for (name,) in db.execute("SELECT name FROM pg_timezone_names()").fetchall())


def in_utc(time: datetime, source: str, at: Mapping[str, str]) -> datetime:
    """An instant as it is, and what the clock of a source showed in its zone; in UTC where none is known."""
    if time.tzinfo is not None:
        return time
    return time.replace(tzinfo=_zone(at.get(source) or at.get("") or "UTC")).astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def seen_at(schema: pa.Schema) -> list[str]:
    """The columns that may say when a row was seen: instants first, then what a clock showed."""
    times = [f for f in schema if pa.types.is_timestamp(f.type) and not any(part in f.name for part in NOT_WHEN)]
    return [f.name for f in times if f.type.tz] + [f.name for f in times if not f.type.tz and f.name not in SPAN]


def column_in_utc(times: pa.Array, sources: pa.Array, at: Mapping[str, str]) -> pa.Array:
    """A column of times as instants: as it is, or what the clocks of its sources showed, in their zones.

    None where the zone is not known.
    """
    if times.type.tz is not None:
        return times
    found = pa.nulls(len(times), pa.timestamp("us", tz="UTC"))
    for source in pc.unique(sources).to_pylist():
        if (zone := at.get(source) or at.get("")) is None:
            continue
        instants = pc.assume_timezone(times, zone, ambiguous="earliest", nonexistent="earliest")
        found = pc.if_else(pc.equal(sources, source), instants.cast(found.type), found)
    return found


def utc_sql(column: str, at: Mapping[str, str]) -> str:
    """SQL for what a wall clock's column is in UTC."""
    return f"timezone({_by_source(at, 'UTC')}, {column})"


def note_sql(at: Mapping[str, str]) -> str:
    """SQL for what is said of such a time."""
    return _by_source(notes(at), ASSUMED)


def notes(at: Mapping[str, str]) -> dict[str, str]:
    """What is said of a wall clock's time, by source; for those that are not among them `""`, else `ASSUMED`."""
    return {source: f"wall clock, zone {zone} as the phone was set" for source, zone in at.items()}


def _by_source(values: Mapping[str, str], otherwise: str) -> str:
    cases = "".join(f" WHEN {literal(s)} THEN {literal(v)}" for s, v in sorted(values.items()) if s)
    other = literal(values.get("", otherwise))
    return f"CASE _source{cases} ELSE {other} END" if cases else other

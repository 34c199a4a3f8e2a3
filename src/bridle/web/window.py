"""Events of an index as rows to look at: the timeline's own rows, each with its place and its number in its table."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import pyarrow as pa

from bridle.case.plain import iso
from bridle.case.reader import Case
from bridle.case.sql import quoted
from bridle.case.timeline import LEDGER, SUMMED, summarised, summary_sql
from bridle.case.zones import ASSUMED, notes, utc_sql, zones
from bridle.web.events import Index, Kind
from bridle.web.rows import Rows

_OWN = {"path": "_path", "sha256": "_sha256", "locator": "locator", "source": "_source"}
_OF_FILES = {"path": "path", "sha256": "sha256", "locator": "member", "source": "source"}


class Windows:
    """Reads windows of a case's events. Safe to use from several threads, which take turns."""

    def __init__(self, case: Case, rows: Rows) -> None:
        self._rows, self._schemas, self._zones = rows, case.tables(), zones(case)
        self._notes = notes(self._zones)
        self._db = case.bare(1)
        self._turn = Lock()

    def close(self) -> None:
        with self._turn:
            self._db.close()

    def read(self, index: Index, first: int, count: int) -> list[dict[str, Any]]:
        """Rows from a place on, each as the timeline has it, with `place` and the `number` of the row in its table."""
        with self._turn:
            events = index.window(first, count, self._rows)
            told: list[dict[str, Any]] = [{} for _ in events]
            for table in {kind.table for _, kind, _ in events}:
                some = [n for n, (_, kind, _) in enumerate(events) if kind.table == table]
                for n, row in zip(some, self._told(table, [events[n] for n in some]), strict=True):
                    told[n] = row
        return [{"place": first + n, **row} for n, row in enumerate(told)]

    def instant(self, row: pa.Table, event: str, source: str) -> int | None:
        """Microseconds since 1970 of one row's wall clock, as the timeline converts it; `source` is the column."""
        with self._turn:
            self._db.register("read", row.select([event, source]).rename_columns([event, "_source"]))
            try:
                sql = f"SELECT epoch_us({utc_sql(quoted(event), self._zones)}) FROM read"  # noqa: S608 - a column
                found = self._db.execute(sql).fetchall()
            finally:
                self._db.unregister("read")
        return None if found[0][0] is None else int(found[0][0])

    def _told(self, table: str, events: Sequence[tuple[int, Kind, int]]) -> list[dict[str, Any]]:
        own = _OF_FILES if table == LEDGER else _OWN
        schema = self._schemas[table]
        said = [schema.field(n) for n in ("type", "size")] if table == LEDGER else summarised(schema)
        wanted = {*own.values(), *(f.name for f in said)}
        read = self._rows.take(table, [n for n in schema.names if n in wanted], [number for *_, number in events])
        values = {name: read[column].to_pylist() for name, column in own.items()}
        summaries = self._summaries(table, schema, said, read)
        return [
            {
                "time": iso(time), "zone_note": self._note(values["source"][n]) if kind.wall else "UTC", "table": table,
                "event": kind.event, "summary": summaries[n], **{name: some[n] for name, some in values.items()},
                "number": number,
            }
            for n, (time, kind, number) in enumerate(events)
        ]  # fmt: skip

    def _note(self, source: str) -> str:
        return self._notes.get(source) or self._notes.get("", ASSUMED)

    def _summaries(self, table: str, schema: pa.Schema, said: Sequence[pa.Field], read: pa.Table) -> list[str]:
        """What is shown of each row. The database is only asked to write what is no text as one."""
        if table == LEDGER:
            told = zip(*(read[f.name].to_pylist() for f in said), strict=True)
            return [of if size is None else f"{of} · {size} bytes" for of, size in told]
        if all(pa.types.is_string(f.type) for f in said):
            if not said:
                return [""] * len(read)
            told = zip(*(read[f.name].to_pylist() for f in said), strict=True)
            return [" · ".join(v[:SUMMED] for v in values if v) for values in told]
        numbered = read.append_column("_n", pa.array(range(len(read)), pa.int32()))
        self._db.register("read", numbered)
        try:
            found = self._db.execute(f"SELECT {summary_sql(schema)} FROM read ORDER BY _n").fetchall()  # noqa: S608
        finally:
            self._db.unregister("read")
        return [s for (s,) in found]

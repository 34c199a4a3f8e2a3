"""Events of an index as rows to look at: the timeline's own rows, each with its place and its number in its table."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import pyarrow as pa

from bridle.case.plain import iso
from bridle.case.reader import Case
from bridle.case.sql import literal, quoted
from bridle.case.timeline import LEDGER, summary_sql
from bridle.case.zones import note_sql, utc_sql, zones
from bridle.web.events import Index, Kind
from bridle.web.rows import Rows

_OWN = {"path": "_path", "sha256": "_sha256", "locator": "locator", "source": "_source"}
_OF_FILES = {"path": "path", "sha256": "sha256", "locator": "member", "source": "source"}


class Windows:
    """Reads windows of a case's events. Safe to use from several threads, which take turns."""

    def __init__(self, case: Case, rows: Rows) -> None:
        self._rows, self._schemas, self._zones = rows, case.tables(), zones(case)
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
                found = self._db.execute(sql).fetchone()
            finally:
                self._db.unregister("read")
        return None if found is None else found[0]

    def _told(self, table: str, events: Sequence[tuple[int, Kind, int]]) -> list[dict[str, Any]]:
        own = _OF_FILES if table == LEDGER else _OWN
        schema = self._schemas[table]
        summary = _of_file() if table == LEDGER else summary_sql(schema)
        columns = tuple(n for n in schema.names if n in own.values() or f'"{n}"' in summary)
        read = self._rows.take(table, columns, [number for *_, number in events])
        values = {name: read[column].to_pylist() for name, column in own.items()}
        summaries, notes = self._asked(read, summary, own["source"])
        return [
            {
                "time": iso(time), "zone_note": notes[n] if kind.wall else "UTC", "table": table, "event": kind.event,
                "summary": summaries[n], **{name: some[n] for name, some in values.items()}, "number": number,
            }
            for n, (time, kind, number) in enumerate(events)
        ]  # fmt: skip

    def _asked(self, read: pa.Table, summary: str, source: str) -> tuple[list[str], list[str]]:
        """What is said of each row: its summary, and of the zone of its clock."""
        numbered = read.append_column("_n", pa.array(range(len(read)), pa.int32()))
        if source != "_source":
            numbered = numbered.append_column("_source", read[source])
        self._db.register("read", numbered)
        try:
            found = self._db.execute(
                f"SELECT {summary}, {note_sql(self._zones)} FROM read ORDER BY _n"  # noqa: S608 - names of columns
            ).fetchall()
        finally:
            self._db.unregister("read")
        return [s for s, _ in found], [note for _, note in found]


def _of_file() -> str:
    return f'concat_ws({literal(" · ")}, "type", CAST("size" AS VARCHAR) || \' bytes\')'

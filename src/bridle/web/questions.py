"""Questions in SQL: one that reads, within a time and a number of rows; nothing outside the case can be reached."""

from __future__ import annotations

from threading import Lock, Timer
from time import monotonic
from typing import Any

import duckdb
import pyarrow as pa

from bridle.case.plain import plain
from bridle.web.viewed import Refused, Viewed

MOST, SECONDS = 1000, 20.0
"""Rows that are shown, and seconds that a question may take."""
LONGEST = 20_000
"""Characters of a question."""
_MOST_BYTES = 16 << 20
_READS = {"SELECT", "EXPLAIN"}


class Questions:
    """One question at a time for a case."""

    def __init__(self, viewed: Viewed) -> None:
        self._viewed = viewed
        self._turn, self._lock = Lock(), Lock()
        self._running: duckdb.DuckDBPyConnection | None = None

    def ask(self, query: str) -> dict[str, Any]:
        """Columns and rows, whether there are more, and the seconds it took. Raises Refused."""
        if len(query) > LONGEST:
            raise Refused(f"a question has at most {LONGEST:,} characters")
        if not self._turn.acquire(blocking=False):
            raise Refused("another question is being answered; stop it first", 409)
        begun, late = monotonic(), Timer(SECONDS, self.stop)
        db = self._viewed.case.connect()
        try:
            with self._lock:
                self._running = db
            late.start()
            table = _answer(db, query)
        except duckdb.InterruptException:
            raise Refused(f"the question was stopped; it may take {SECONDS:.0f} seconds") from None
        except duckdb.Error as e:
            raise Refused(str(self._viewed.shown(str(e)[:2000]))) from None
        finally:
            late.cancel()
            with self._lock:
                self._running = None
            db.close()
            self._turn.release()
        more = table.num_rows > MOST
        columns = [self._viewed.shown(plain(c)) for c in table.slice(0, MOST).columns]
        rows = [list(r) for r in zip(*columns, strict=True)]
        types = [str(f.type) for f in table.schema]
        return {"columns": self._viewed.named(table.column_names), "types": types, "rows": rows, "more": more,
                "seconds": round(monotonic() - begun, 3)}  # fmt: skip

    def stop(self) -> None:
        """Stop the question that is being answered, if there is one."""
        with self._lock:
            if self._running is not None:
                self._running.interrupt()


def _answer(db: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """At most `MOST` rows and one. Raises duckdb.Error, or Refused for anything but one question that reads."""
    statements = db.extract_statements(query)
    if len(statements) != 1:
        raise Refused("expected one statement; ask one question at a time")
    kind = statements[0].type.name
    if kind not in _READS:
        raise Refused(f"{kind} is refused: a case is only read; ask with SELECT, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN")
    found: Any = db.sql(query)
    if found is None:
        return pa.table({})
    table = found.limit(MOST + 1).to_arrow_table() if kind == "SELECT" else found.to_arrow_table()
    while table.nbytes > _MOST_BYTES and table.num_rows > 1:
        table = table.slice(0, table.num_rows // 2).combine_chunks()
    return table

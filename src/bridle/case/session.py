"""One connection over a case, lent to each of many questions. A table is opened once, and only when a query names it.

The connection is locked down like any other of a case; so a question sees what it would see on one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import duckdb
import pyarrow as pa

if TYPE_CHECKING:
    from bridle.case.reader import Case

_WORD = re.compile(r"[a-z0-9_.]+")
_PLAIN = re.compile(r"[a-z0-9_.]+\Z")
"""A table whose name is no such word is opened for every query."""


class Session:
    """A case whose connections are one and the same until the session is closed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._db: duckdb.DuckDBPyConnection | None = None
        self._open: set[str] = set()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; a later question begins a new one."""
        if self._db is not None:
            self._db.close()
        self._db, self._open = None, set()

    def tables(self) -> dict[str, pa.Schema]:
        return self._case.tables()

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        return self._case.batches(table, columns)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """The connection, as if it were new. Closing it takes away what was registered, and leaves it open."""
        if self._db is None:
            self._db = self._case.bare()
        _let_go(self._db)
        return cast("duckdb.DuckDBPyConnection", _Lent(self, self._db))

    def open_named(self, query: str) -> None:
        """Open the tables and views that a query names, whatever else its words may mean."""
        assert self._db is not None
        _let_go(self._db)
        words = set(_WORD.findall(query.lower()))
        for name in self._case.views():
            if name not in self._open and (name.lower() in words or not _PLAIN.match(name)):
                self._open.add(name)
                sql = self._case.open_in(self._db, name)
                if sql is not None:
                    self.open_named(sql)
                    self._db.execute(sql)


class _Lent:
    """A connection that opens what a query names before it is asked, and outlives its closing."""

    def __init__(self, session: Session, db: duckdb.DuckDBPyConnection) -> None:
        self._session, self._db = session, db
        self._registered: list[str] = []

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        self._session.open_named(query)
        return self._db.execute(query) if parameters is None else self._db.execute(query, parameters)

    def extract_statements(self, query: str) -> list[duckdb.Statement]:
        return self._db.extract_statements(query)

    def interrupt(self) -> None:
        self._db.interrupt()

    def register(self, name: str, rows: Any) -> None:
        self._db.register(name, rows)
        self._registered.append(name)

    def close(self) -> None:
        _let_go(self._db)
        for name in self._registered:
            self._db.unregister(name)
        self._registered.clear()


def _let_go(db: duckdb.DuckDBPyConnection) -> None:
    """Give up an answer that was not read to its end: DuckDB 2 refuses other work until then, 1 gives it up itself."""
    abort = getattr(db, "abort", None)
    if abort is not None:
        abort()

"""One connection over a case, lent to each of many questions. A table is opened once, and only when a query names it.

The connection is locked down like any other of a case; so a question sees what it would see on one of its own. Small
tables are held in memory, for opening and decrypting a file costs more than most questions; empty ones are not opened.
Of large ones what is the same in all rows, as source, path and digest of a table of one file, is told as a constant: it
is not read, and joins do not compare it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import duckdb
import pyarrow as pa

from bridle.case.freed import give_back
from bridle.case.holding import Holding
from bridle.case.processes import process_tables, processes_sql
from bridle.case.reader import MADE, THREADS
from bridle.case.sql import literal, quoted

if TYPE_CHECKING:
    from bridle.case.reader import Case

MOST_ROWS, MOST_BYTES = 20_000, 4 << 20
"""Of a table that is held in memory."""
MOST_HELD = 32 << 20
"""Bytes of all of them."""
FEW = 200_000
"""Rows of a case for which one thread is enough."""
_AT_ONCE = 1024
_WORD = re.compile(r"[a-z0-9_.]+")
_PLAIN = re.compile(r"[a-z0-9_.]+\Z")
"""A table whose name is no such word is opened for every query."""


class Session:
    """A case whose connections are one and the same until the session is closed."""

    def __init__(
        self,
        case: Case,
        kept: Mapping[str, pa.Table] | None = None,
        shared: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`kept` are tables as they were written; the columns that all rows of a file share may be dictionaries.

        `shared` is what all rows of a table have in a column, by the names of both.
        """
        self._case, self._kept, self._shared = case, kept or {}, shared or {}
        self._db: duckdb.DuckDBPyConnection | None = None
        self._open: set[str] = set()
        self._held: dict[str, pa.Table | None] = {}
        """Tables that are held in memory; None for those that are too large."""
        self._size = 0
        self.holding = Holding()
        """What is known of columns of texts, for who looks through them next."""
        self._have: tuple[str, ...] = ()
        self._spelled: dict[str, list[str]] = {}
        """Their names in small letters, and which they are; under nothing those that are opened for every query."""
        self._tables: dict[str, pa.Schema] = {}
        self._rows: dict[str, int] = {}
        """Both are read anew until the last table of a case is there: the check asks while it builds one."""
        self._shapes: dict[str, tuple[pa.Schema, int]] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; a later question begins a new one."""
        if self._db is not None:
            self._db.close()
        self._db, self._open, self._held, self._size = None, set(), {}, 0

    def tables(self) -> dict[str, pa.Schema]:
        if "observables" not in self._tables:
            self._tables = self._case.tables()
        return self._tables

    def rows(self) -> dict[str, int]:
        if "observables" not in self._rows:
            self._rows = self._case.rows()
        return self._rows

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of a table in their stored order, no batch where there are none. Raises KeyError if unknown."""
        if not self._shape(table)[1]:
            return iter(())
        held = self._in_memory(table)
        if held is None:
            return self._case.batches(table, columns)
        return iter((held if columns is None else held.select(list(columns))).to_batches())

    def rows_at(self, table: str, columns: Sequence[str], numbers: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The rows of these numbers, which are sorted."""
        held = self._in_memory(table)
        if held is None:
            return self._case.rows_at(table, columns, numbers)
        return iter(held.select(list(columns)).take(pa.array(numbers, pa.int64())).to_batches())

    def texts_holding(self, table: str, field: str) -> tuple[pa.Array, pa.Array] | None:
        """The rows whose text may hold what an indicator names, by their numbers, and the texts; None: not known."""
        return self.holding.of(table, field)

    def match_keys(self) -> Iterator[pa.RecordBatch] | None:
        return self._case.match_keys()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """The connection, as if it were new. Closing it takes away what was registered, and leaves it open."""
        if self._db is None:
            self._db = self._case.bare(1 if sum(self.rows().values()) <= FEW else THREADS)
        _let_go(self._db)
        return cast("duckdb.DuckDBPyConnection", _Lent(self, self._db))

    def open_named(self, query: str) -> None:
        """Open the tables and views that a query names, whatever else its words may mean."""
        assert self._db is not None
        _let_go(self._db)
        give_back()
        for name in self._named(set(_WORD.findall(query.lower()))):
            if name not in self._open:
                self._open.add(name)
                self._open_one(self._db, name)

    def _named(self, words: set[str]) -> list[str]:
        """The tables and views that some of the words may name."""
        have = (*self.tables(), *MADE)
        if have != self._have:
            self._have, self._spelled = have, {}
            for name in have:
                self._spelled.setdefault(name.lower() if _PLAIN.match(name) else "", []).append(name)
        return [name for word in ("", *sorted(words & self._spelled.keys())) for name in self._spelled.get(word, ())]

    def _open_one(self, db: duckdb.DuckDBPyConnection, name: str) -> None:
        if name == "processes":
            self._open_processes(db)
        elif name in self.rows():
            held = self._in_memory(name)
            if held is not None:
                db.register(name, held)
            else:
                self._open_large(db, name)
        elif (sql := self._case.open_in(db, name)) is not None:
            self.open_named(sql)
            db.execute(sql)

    def _open_large(self, db: duckdb.DuckDBPyConnection, name: str) -> None:
        rows, shared = self._case.dataset(name), self._shared.get(name)
        if not shared:
            db.register(name, rows)
            return
        db.register(f"{name} as stored", rows)
        columns = (
            f"{literal(shared[c])} AS {quoted(c)}" if c in shared else quoted(c) for c in self._shape(name)[0].names
        )
        db.execute(f"CREATE VIEW {quoted(name)} AS SELECT {', '.join(columns)} FROM {quoted(f'{name} as stored')}")  # noqa: S608 - names are quoted

    def _open_processes(self, db: duckdb.DuckDBPyConnection) -> None:
        """A view over the tables that have rows; a table of its own where all of them are held in memory."""
        have, rows = self.tables(), self.rows()
        sql = processes_sql({n: s for n, s in have.items() if rows[n]}) or processes_sql(have)
        if sql is not None:
            self.open_named(sql)
            small = all(self._held.get(n) is not None for n in process_tables(have) if rows[n])
            db.execute(f"CREATE {'TABLE' if small else 'VIEW'} processes AS {sql}")

    def _shape(self, name: str) -> tuple[pa.Schema, int]:
        """A table's columns and the number of its rows: neither changes once it is there."""
        if name not in self._shapes:
            rows = self.rows()
            self._shapes = {n: (schema, rows[n]) for n, schema in self.tables().items()}
        return self._shapes[name]

    def _in_memory(self, name: str) -> pa.Table | None:
        """A small table; None if it is too large, which is not known before: rows may repeat themselves."""
        if name not in self._held:
            self._held[name] = self._read(name)
        return self._held[name]

    def _read(self, name: str) -> pa.Table | None:
        schema, rows = self._shape(name)
        if rows > MOST_ROWS:
            return None
        if not rows:
            return schema.empty_table()
        kept = self._kept.get(name)
        if kept is not None and kept.num_rows == rows:
            kept = kept.cast(pa.schema(list(schema)))
            if kept.nbytes > MOST_BYTES or kept.nbytes + self._size > MOST_HELD:
                return None
            self._size += kept.nbytes
            return kept
        batches, size = [], 0
        for batch in self._case.batches(name, at_once=_AT_ONCE):
            size += batch.nbytes
            if size > MOST_BYTES or size + self._size > MOST_HELD:
                return None
            batches.append(batch)
        self._size += size
        return pa.Table.from_batches(batches).combine_chunks()


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

"""Reading a case: its tables as Arrow or SQL, its findings, its summary. SQL reaches the tables, and no file at all."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bridle.case import shapes, tables
from bridle.case.damage import CaseDamagedError, asking, checked, reading
from bridle.case.digest import STEP
from bridle.case.keys import WRAPPED, Ask, CaseKey, CaseLockedError, unwrap
from bridle.case.plain import plain
from bridle.case.processes import processes_sql
from bridle.case.tables import BoundedDataset
from bridle.case.timeline import timeline_sql
from bridle.case.zones import zones

MEMORY = "1GB"
"""What a query may use; more is refused, for nothing is put on the disk."""
THREADS = int(os.environ.get("BRIDLE_THREADS") or min(4, os.cpu_count() or 1))
"""Of a query. Workers of a fleet, of which there is one for each core, set the variable to 1."""
MADE = ("findings", "timeline", "processes")
"""Tables of a connection that are made of others."""
_OWN = ("ledger", "device", "observables")
_ALWAYS = ("ledger", "device")
"""Tables that every finished case has."""
_OF_THE_QUERY = (
    duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException,
    duckdb.OutOfMemoryException, duckdb.InterruptException,
)  # fmt: skip
"""Errors that no file of a case is to blame for."""

_UNSAID = {"why": None, "first": None, "last": None}
"""Of an artifact in a coverage."""
_FINDINGS = pa.schema(
    [
        *(pa.field(n, pa.string()) for n in ("id", "rule", "title", "level", "stage", "message", "explanation")),
        *(pa.field(n, pa.timestamp("us", tz="UTC")) for n in ("first_seen", "last_seen")),
        pa.field("count", pa.int64()),
        pa.field("acquisition_related", pa.bool_()),
        *(
            pa.field(n, pa.string(), metadata={"doc": "JSON"})
            for n in ("false_positives", "references", "attack", "indicator", "surfaces", "attribution",
                      "corroborated_by", "evidence")
        ),
    ]
)  # fmt: skip


def open_case(path: Path, ask: Ask | None = None) -> Case:
    """The case at `path`. Raises CaseLockedError if no identity here opens it, CaseDamagedError if it is damaged."""
    case = Case(path, unwrap(path, ask))
    about = case.meta.get("case")
    if case.key is None and isinstance(about, dict) and about.get("encrypted") is True:
        raise CaseLockedError(f"{path} is encrypted and its {WRAPPED} is missing; restore it from a copy of the case")
    return case


class Case:
    """One case, finished or still in its building folder."""

    def __init__(self, path: Path, key: CaseKey | None) -> None:
        self.path, self.key = path, key
        self._footers: dict[str, tuple[pa.Schema, int]] = {}
        """Of each table, its columns and the number of its rows."""
        self._records: tuple[int, dict[str, Path]] | None = None
        """When the folder of records changed, and its files by the names of their tables."""

    def tables(self) -> dict[str, pa.Schema]:
        """Every table's columns, with kind, surface and doc in each column's metadata."""
        return {name: schema for name, (schema, _) in self._read_footers().items()}

    def columns(self, table: str) -> pa.Schema:
        """The columns of one table. Raises KeyError for an unknown one, CaseDamagedError."""
        return self._footer(table, self._file(table))[0]

    def rows(self) -> dict[str, int]:
        """How many rows every table has."""
        return {name: rows for name, (_, rows) in self._read_footers().items()}

    def _read_footers(self) -> dict[str, tuple[pa.Schema, int]]:
        files = self._files()
        return {name: self._footer(name, files[name]) for name in files}

    def _footer(self, table: str, stored: Path) -> tuple[pa.Schema, int]:
        if (known := self._footers.get(table)) is not None:
            return known
        with reading(self.path, self._told(stored)), tables.opened(stored, self.key) as file:
            self._footers[table] = shapes.columns_fit(table, file.schema_arrow), file.metadata.num_rows
        return self._footers[table]

    def _files(self) -> dict[str, Path]:
        found = {n: self.path / f"{n}.parquet" for n in _OWN if (self.path / f"{n}.parquet").exists()}
        records = self.path / "records"
        try:
            changed = records.stat().st_mtime_ns
        except OSError:
            return found
        if self._records is None or self._records[0] != changed:
            self._records = changed, {f.stem: f for f in sorted(records.glob("*.parquet"))}
        return found | self._records[1]

    def batches(
        self, table: str, columns: Sequence[str] | None = None, at_once: int = 4 * STEP
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a table in their stored order. Raises KeyError for an unknown one, CaseDamagedError."""
        file = self._file(table)
        if table in _ALWAYS:
            self._footer(table, file)
        return self._read(file, tables.batches(file, self.key, None if columns is None else list(columns), at_once))

    def rows_at(self, table: str, columns: Sequence[str], numbers: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """The rows of these numbers, which are sorted; what lies between them is not read."""
        file = self._file(table)
        return self._read(file, tables.rows_at(file, self.key, list(columns), numbers))

    def _read(self, file: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches; what goes wrong in reading them, but not in what is done with them, is the file's damage."""
        with closing(batches):  # type: ignore[type-var]
            while True:
                with reading(self.path, self._told(file)):
                    if (batch := next(batches, None)) is None:
                        return
                yield batch

    def _file(self, table: str) -> Path:
        """Raises KeyError for an unknown table, CaseDamagedError for one that every case has."""
        files = self._files()
        if table in _ALWAYS and table not in files:
            raise CaseDamagedError(self.path, f"{table}.parquet", "it is missing")
        return files[table]

    def _told(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def match_keys(self) -> Iterator[pa.RecordBatch] | None:
        """By what a case that is being built can be searched; None for a finished one, whose keys may be older ones."""
        file = self.path / "match_keys.parquet"
        if (self.path / "manifest.json").exists() or not file.exists():
            return None
        return tables.batches(file, self.key, None)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A locked-down connection of bounded memory: a view for each table, `timeline`, `processes`, `findings`.

        Joins are done in the order they are written in: nothing is known of the tables' sizes, and a guess may take two
        large ones that share no key but their source. The tables are scanned by Arrow, so that the connection needs no
        file and gets none, not even of the case: `COPY … TO` inside the case would be a way to change it.
        """
        db = self.bare()
        try:
            with asking(self.path):
                views = [sql for name in self.views() if (sql := self.open_in(db, name)) is not None]
                for sql in views:
                    db.execute(sql)
        except BaseException:
            db.close()
            raise
        return db

    def bare(self, threads: int = THREADS) -> duckdb.DuckDBPyConnection:
        """A locked-down connection in which no table is open yet."""
        db = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY, "threads": threads, "temp_directory": "",
                "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
            },
        )  # fmt: skip
        try:
            db.execute("SET TimeZone = 'UTC'")
            db.execute("SET disabled_optimizers = 'join_order'")
            for setting in ("python_enable_replacements", "enable_external_access"):
                db.execute(f"SET {setting} = false")
            db.execute("SET lock_configuration = true")
        except BaseException:
            db.close()
            raise
        return db

    def views(self) -> tuple[str, ...]:
        """What `connect` has: the tables, then what is made of them."""
        return (*self._files(), *MADE)

    def open_in(self, db: duckdb.DuckDBPyConnection, name: str) -> str | None:
        """Make one of these tables known to a connection; of what is made of tables, the statement that does it."""
        if name == "timeline":
            return f"CREATE VIEW timeline AS {timeline_sql(self.tables(), zones(self))}"
        if name == "processes":
            made = processes_sql(self.tables())
            return None if made is None else f"CREATE VIEW processes AS {made}"
        db.register(name, self._findings_table() if name == "findings" else self.dataset(name))
        return None

    def dataset(self, table: str) -> BoundedDataset:
        """A table as something that is scanned from its file."""
        file = self._file(table)
        with reading(self.path, self._told(file)):
            return tables.dataset(file, self.key)

    def sql(self, query: str) -> tuple[list[str], list[list[Any]]]:
        """Names and rows of one query's answer, safe for JSON: times in ISO 8601, bytes in hexadecimal.

        Raises duckdb.Error for what is wrong with the query, and CaseDamagedError for what is with a table it names.
        """
        db = self.connect()
        try:
            if len(db.extract_statements(query)) != 1:
                raise duckdb.InvalidInputException("expected one statement; ask one question at a time")
            found: Any = db.sql(query)
            if found is None:
                return [], []
            answer = found.to_arrow_table()
            columns = [plain(column) for column in answer.columns]
            return list(answer.column_names), [list(row) for row in zip(*columns, strict=True)]
        except _OF_THE_QUERY:
            raise
        except duckdb.Error:
            self._read_through(query)
            raise
        finally:
            db.close()

    def _read_through(self, query: str) -> None:
        """Read every table that a query names to its end: DuckDB does not say of an error that it is a file's."""
        asked = query.lower()
        for name in self.rows():
            if name.lower() in asked:
                for _ in self.batches(name):
                    pass

    def findings(self, *, whole: bool = False) -> list[dict[str, Any]]:
        """The findings in their stored order; none while the case is being built. Raises CaseDamagedError.

        Each has an id, and whatever it has is of its type; if `whole`, it has all that reports tell.
        """
        file = self.path / "findings.jsonl"
        if not whole and not file.exists() and not self._lists(file.name):
            return []
        with reading(self.path, file.name), file.open(encoding="utf-8", newline="\n") as lines:
            return [_finding(number, line, whole) for number, line in enumerate(lines, 1)]

    def _lists(self, name: str) -> bool:
        """Whether the case was written with such a file."""
        listed = self.path / "manifest.json"
        with reading(self.path, listed.name):
            return listed.exists() and f'"{name}"'.encode() in listed.read_bytes()

    def _findings_table(self) -> pa.Table:
        found = self.findings()
        with reading(self.path, "findings.jsonl"):
            columns = [pa.array([_cell(row.get(f.name), f.type) for row in found], pa.string()) for f in _FINDINGS]
            return pa.table([c.cast(f.type) for c, f in zip(columns, _FINDINGS, strict=True)], schema=_FINDINGS)

    def summary(self, *, whole: bool = False) -> dict[str, Any]:
        """`summary.json`. Raises CaseDamagedError."""
        return self._object("summary.json", shapes.SUMMARY, whole)

    def coverage(self, *, whole: bool = False) -> dict[str, Any]:
        """`coverage.json`; if `whole`, what is not said of an artifact is None. Raises CaseDamagedError."""
        found = self._object("coverage.json", shapes.COVERAGE, whole)
        return found | {"artifacts": {n: _UNSAID | a for n, a in found["artifacts"].items()}} if whole else found

    def _object(self, name: str, shape: Any, whole: bool) -> dict[str, Any]:
        with reading(self.path, name):
            return dict(checked(_value((self.path / name).read_text("utf-8")), shape, whole=whole))

    @cached_property
    def meta(self) -> dict[str, Any]:
        """`case.toml`; empty while the case is being built. Raises CaseDamagedError."""
        file = self.path / "case.toml"
        if not file.exists():
            return {}
        with reading(self.path, file.name):
            return dict(checked(tomllib.loads(file.read_text("utf-8")), shapes.META))

    def whole_meta(self) -> dict[str, Any]:
        """`case.toml` with all that reports tell. Raises CaseDamagedError."""
        with reading(self.path, "case.toml"):
            return dict(checked(self.meta, shapes.META, whole=True))


def _finding(number: int, line: str, whole: bool) -> dict[str, Any]:
    """Raises ValueError."""
    try:
        found = dict(checked(_value(line), shapes.FINDING, whole=whole))
        shapes.times_fit(found)
    except (ValueError, RecursionError) as e:
        raise ValueError(f"line {number}: {e}") from e
    return found


def _value(text: str) -> Any:
    """What JSON says. Raises ValueError, also for half a character: no output could hold it."""
    found = json.loads(text)
    if "\\ud" in text.lower():
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _cell(value: Any, of: pa.DataType) -> str | None:
    """Text that casts to the column's type; whatever is no plain value is JSON."""
    if value is None:
        return None
    if isinstance(value, str) and (pa.types.is_string(of) or pa.types.is_timestamp(of)):
        return value
    return json.dumps(value, ensure_ascii=False)

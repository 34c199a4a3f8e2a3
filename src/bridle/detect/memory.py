"""Tables held in memory, opened the way a case is: nothing outside them can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from bridle.case.processes import processes_sql

MEMORY = "512MB"


class Memory:
    """Arrow tables under their names in a case."""

    path = Path("memory")
    """Stands for the folder of a case in what is told of it."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = dict(tables)

    def tables(self) -> dict[str, pa.Schema]:
        return {name: table.schema for name, table in self._tables.items()}

    def rows(self) -> dict[str, int]:
        return {name: table.num_rows for name, table in self._tables.items()}

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        found = self._tables[table]
        yield from (found.select(list(columns)) if columns else found).to_batches()

    def connect(self) -> duckdb.DuckDBPyConnection:
        db = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "threads": "1", "temp_directory": ""})
        db.execute("SET autoinstall_known_extensions = false")
        db.execute("SET autoload_known_extensions = false")
        db.execute("SET TimeZone = 'UTC'")
        db.execute("SET disabled_optimizers = 'join_order'")
        for name, table in self._tables.items():
            db.register(name, table)
        if "processes" not in self._tables and (processes := processes_sql(self.tables())) is not None:
            db.execute(f"CREATE VIEW processes AS {processes}")
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        return db

"""Tables held in memory, opened the way a case is: nothing outside them can be reached."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

MEMORY = "512MB"


class Memory:
    """Arrow tables under their names in a case."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = dict(tables)

    def tables(self) -> dict[str, pa.Schema]:
        return {name: table.schema for name, table in self._tables.items()}

    def connect(self) -> duckdb.DuckDBPyConnection:
        db = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "threads": "1", "temp_directory": ""})
        for name, table in self._tables.items():
            db.register(name, table)
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        return db

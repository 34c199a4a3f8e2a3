"""`processes`: every record that names a process or a program, whatever its table; a view like the timeline.

A rule about where programs lie, or what they are called, need not know which logs a device has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

SURFACES = ("running-process", "crash", "network-user")
PROCESSES = pa.schema(
    [
        *(pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")),
        pa.field("_table", pa.string(), metadata={"doc": "the table of the record"}),
        pa.field("surface", pa.string(), metadata={"doc": "running-process, crash or network-user"}),
        pa.field("name", pa.string(), metadata={"doc": "name of the process, or the last component of its path"}),
        pa.field("path", pa.string(), metadata={"doc": "its program, under /private; none where only a name is told"}),
        pa.field("pid", pa.int64(), metadata={"doc": "process identifier"}),
        pa.field("uuid", pa.string(), metadata={"doc": "UUID of the program, in capitals"}),
        pa.field("bundle_id", pa.string(), metadata={"doc": "app it belongs to, where the record tells"}),
        pa.field("time", pa.timestamp("us", tz="UTC"), metadata={"doc": "the record's first time"}),
    ]
)  # fmt: skip
RECOVERED = ".recovered_"
"""In the name of a table of rows out of free space, which are no live records."""
_TIMES = ("time", "first_used", "shutdown", "first_seen", "location_started", "started", "start")


def process_tables(tables: Mapping[str, pa.Schema]) -> tuple[str, ...]:
    """The tables that the view is made of."""
    return tuple(sorted({table for table, *_ in _columns(tables)}))


def names_processes(tables: Mapping[str, pa.Schema]) -> bool:
    """Whether the view is made of anything."""
    return next(_columns(tables), None) is not None


def processes_sql(tables: Mapping[str, pa.Schema]) -> str | None:
    """The view's SELECT; None where no table names a process."""
    parts = [_one(*found) for found in _columns(tables)]
    return " UNION ALL ".join(parts) or None


def _columns(tables: Mapping[str, pa.Schema]) -> Iterator[tuple[str, pa.Schema, str, str, str]]:
    """Table, its columns, and a column of names or paths with its kind and surface."""
    for table, schema in sorted(tables.items()):
        if "_path" not in schema.names or RECOVERED in table:
            continue
        for field in schema:
            note = field.metadata or {}
            kind, surface = note.get(b"kind", b"").decode(), note.get(b"surface", b"").decode()
            if kind in ("process-name", "file-path") and surface in SURFACES and pa.types.is_string(field.type):
                yield table, schema, field.name, kind, surface


def _one(table: str, schema: pa.Schema, column: str, kind: str, surface: str) -> str:
    value = f'"{column}"'
    bare = f"regexp_replace({value}, '/[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}$', '')"
    name = f"regexp_extract({bare}, '[^/]+$')" if kind == "file-path" else value
    path = f"regexp_replace({bare}, '^/(var|tmp|etc)/', '/private/\\1/')" if kind == "file-path" else "NULL::VARCHAR"
    own = column in ("path", "name", "process_name", "executable")
    pid = "TRY_CAST(pid AS BIGINT)" if own and _has(schema, "pid", pa.types.is_integer) else "NULL::BIGINT"
    uuid = "upper(uuid)" if own and _has(schema, "uuid", pa.types.is_string) else "NULL::VARCHAR"
    bundle = "bundle_id" if _has(schema, "bundle_id", pa.types.is_string) else "NULL::VARCHAR"
    time = _time(schema)
    return (
        f"SELECT _source, _path, _sha256, locator, '{table}' AS _table, '{surface}' AS surface, {name} AS name, "  # noqa: S608
        f"{path} AS path, {pid} AS pid, {uuid} AS uuid, {bundle} AS bundle_id, {time} AS time "
        f'FROM "{table}" WHERE {value} IS NOT NULL'
    )


def _has(schema: pa.Schema, name: str, of: Callable[[pa.DataType], bool]) -> bool:
    return name in schema.names and of(schema.field(name).type)


def _time(schema: pa.Schema) -> str:
    """The column that says when, as an instant."""
    found = (n for n in _TIMES if _has(schema, n, pa.types.is_timestamp) and schema.field(n).type.tz)
    return next((f'"{name}"' for name in found), "NULL::TIMESTAMPTZ")

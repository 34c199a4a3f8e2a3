"""The view of every record that names a process."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from building import KEY, written

from bridle.case.processes import PROCESSES, process_tables

UUID = "0a1b2c3d-0000-4000-8000-00000000000f"
AT = datetime(2021, 7, 18, 10, 2, tzinfo=UTC)


def column(name, kind="", surface="", of=None):
    notes = {"kind": kind, "surface": surface} if kind else None
    return pa.field(name, of or pa.string(), metadata=notes)


STAMPS = [column(n) for n in ("_source", "_path", "_sha256", "locator")]
CLIENT = pa.schema([*STAMPS, column("path", "file-path", "running-process"), column("uuid"),
                     column("pid", of=pa.int64()),
                    column("shutdown", of=pa.timestamp("us", tz="UTC"))])  # fmt: skip
USER = pa.schema(
    [*STAMPS, column("name", "process-name", "network-user"), column("bundle_id", "bundle-id", "network-user")]
)
CHILD = pa.schema([*STAMPS, column("parent", "process-name", "running-process"), column("pid", of=pa.int64())])
OTHER = pa.schema([*STAMPS, column("path", "file-path", "file-present")])


def table(schema, *rows):
    stamps = {"_source": "S1", "_path": "/p", "_sha256": "0", "locator": "1"}
    return pa.Table.from_pylist([stamps | r for r in rows], schema)


def test_names_and_paths_of_every_table_stand_side_by_side(tmp_path):
    case = written(
        tmp_path / "case",
        KEY,
        {
            "ios.a.client": table(CLIENT, {"path": f"/var/db/x/bh/{UUID}", "uuid": UUID, "pid": 66, "shutdown": AT},
                                  {"locator": "2", "path": None}),
            "ios.b.user": table(USER, {"name": "apsd"},
                                {"locator": "2", "name": "Chat", "bundle_id": "org.example.chat"}),
            "ios.b.recovered_user": table(USER, {"name": "gone"}),
            "ios.c.child": table(CHILD, {"parent": "launchd", "pid": 70}),
            "ios.d.file": table(OTHER, {"path": "/usr/libexec/nfcd"}),
        },
    )  # fmt: skip
    names, rows = case.sql("SELECT * FROM processes ORDER BY _table, locator")
    assert names == PROCESSES.names
    assert rows == [
        ["S1", "/p", "0", "1", "ios.a.client", "running-process", "bh", "/private/var/db/x/bh", 66, UUID.upper(), None,
         "2021-07-18T10:02:00Z"],
        ["S1", "/p", "0", "1", "ios.b.user", "network-user", "apsd", None, None, None, None, None],
        ["S1", "/p", "0", "2", "ios.b.user", "network-user", "Chat", None, None, None, "org.example.chat", None],
        ["S1", "/p", "0", "1", "ios.c.child", "running-process", "launchd", None, None, None, None, None],
    ]  # fmt: skip
    assert process_tables(case.tables()) == ("ios.a.client", "ios.b.user", "ios.c.child")


def test_a_case_without_processes_has_no_such_view(tmp_path):
    case = written(tmp_path / "case", None, {})
    assert case.sql("SELECT count(*) FROM duckdb_views() WHERE view_name = 'processes'")[1] == [[0]]

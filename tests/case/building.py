"""Small tables and cases that the tests of the case are about."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from bridle.case.keys import CaseKey
from bridle.case.reader import Case
from bridle.case.writer import CaseWriter
from bridle.core import ProcessName, Record, Text, Url, Utc, WallClock, note, record
from bridle.formats.arrow import schema

KEY = CaseKey(bytes(range(32)))
STAMPS = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256")]
SMS = "/private/var/mobile/Library/SMS/sms.db"


@record(surface="network-user")
class Process(Record):
    """What used the network."""

    name: ProcessName | None = note(doc="as stored")
    first_used: Utc | None = note(doc="first traffic")


@record(surface="message")
class Message(Record):
    """What somebody wrote."""

    text: Text | None
    link: Url | None
    written: Utc | None
    shown: WallClock | None
    tags: tuple[str, ...] | None
    size: int | None


def stamped(cls: type[Record]) -> pa.Schema:
    return pa.schema([*STAMPS, *schema(cls)])


def rows(cls: type[Record], path: str, values: list[dict[str, object]]) -> pa.Table:
    """Rows of one file; what is not given is None."""
    full = [{"_source": "S1", "_path": path, "_sha256": "ab" * 32, **v} for v in values]
    s = stamped(cls)
    return pa.table([pa.array([r.get(n) for r in full], s.field(n).type) for n in s.names], schema=s)


def written(
    folder: Path, key: CaseKey | None, tables: dict[str, pa.Table], files: dict[str, bytes] | None = None
) -> Case:
    """A committed case whose tables each come from one file."""
    writer = CaseWriter(folder, key)
    for name, table in tables.items():
        writer.add(name, ("S1", SMS), table)
    writer.finish_tables()
    for name, data in (files or {}).items():
        writer.write_file(name, data)
    writer.commit()
    return Case(folder, key)

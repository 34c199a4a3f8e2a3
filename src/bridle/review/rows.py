"""The rows of tables that findings cite, for other tools to be held against: JSON lines, a file for each table.

All rows of the cited files are there, not only those that a finding names, with file, SHA-256 and place of each. Times
are in ISO 8601, bytes in hexadecimal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.plain import plain
from bridle.case.reader import Case
from bridle.detect.evidence_sql import LEDGER


def cited(case: Case, findings: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Name and content of the file for each table, in the order of the tables. The ledger lists files, and is none."""
    files: dict[str, set[str]] = {}
    for f in findings:
        for e in f["evidence"]:
            if e["table"] != LEDGER:
                files.setdefault(e["table"], set()).add(e["path"])
    for table, paths in sorted(files.items()):
        yield f"{table}.jsonl", _lines(case, table, paths)


def _lines(case: Case, table: str, paths: set[str]) -> Iterator[bytes]:
    wanted = pa.array(sorted(paths), pa.string())
    for batch in case.batches(table):
        some = pa.Table.from_batches([batch.filter(pc.is_in(batch.column("_path"), value_set=wanted))])
        for row in zip(*map(plain, some.columns), strict=True):
            told = dict(zip(some.schema.names, row, strict=True))
            yield json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n"

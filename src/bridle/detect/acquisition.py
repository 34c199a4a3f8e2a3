"""The examination's own traces: when the phone was acquired, and which findings are no more than what that leaves.

Data, `rules/any/acquisition.toml`. A finding of which every row is such a trace is labelled *consistent with the
acquisition*; one of which only some are says how many.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bridle.case.processes import names_processes
from bridle.case.zones import in_utc
from bridle.classes import dataclass
from bridle.detect.benign import evidence_table
from bridle.detect.bounded import bounded
from bridle.detect.finding import Finding
from bridle.detect.query import SECONDS, Tables, instant
from bridle.detect.rule import RULES

FILE = RULES / "any" / "acquisition.toml"
_ACQUIRED = pa.schema(
    [("tool", pa.string()), ("start", pa.timestamp("us", tz="UTC")), ("end", pa.timestamp("us", tz="UTC"))]
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """When one acquisition was made."""

    tool: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One sort of record that an examination leaves."""

    id: str
    rules: tuple[str, ...]
    needs: tuple[str, ...]
    query: str

    def concerns(self, finding: Finding) -> bool:
        """Whether findings of this rule may be such traces."""
        return any(fnmatchcase(finding.rule, r) for r in self.rules)


@lru_cache(maxsize=4)
def traces(file: Path = FILE) -> tuple[Trace, ...]:
    """Those shipped with bridle, in the order of their file."""
    rows = tomllib.loads(file.read_text("utf-8"))["trace"]
    return tuple(Trace(id=r["id"], rules=tuple(r["rules"]), needs=tuple(r["needs"]), query=r["query"]) for r in rows)


def windows(case: Tables, at: Mapping[str, str] | None = None) -> tuple[Window, ...]:
    """When the phone was acquired, as far as records say. `at` is the zone of each source's wall clock."""
    found: list[Window] = []
    have = case.tables()
    with closing(case.connect()) as db:
        for row in _window_queries():
            if row["table"] in have:
                found += _windows(db, row["query"], at or {})
    return tuple(sorted(set(found), key=lambda w: (w.start, w.end, w.tool)))


@lru_cache(maxsize=1)
def _window_queries() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(FILE.read_text("utf-8"))["window"])


def _windows(db: duckdb.DuckDBPyConnection, query: str, at: Mapping[str, str]) -> list[Window]:
    described = db.execute(f"DESCRIBE {query}").fetchall()
    zoned = {name: of for name, of, *_ in described}["start"] != "TIMESTAMP"
    rows = db.execute(f'SELECT _source, tool, epoch_us(start), epoch_us("end") FROM ({query})').fetchall()  # noqa: S608
    found = []
    for source, tool, *micros in rows:
        start, end = (instant(m, zoned=zoned) for m in micros)
        if start is not None and end is not None:
            found.append(Window(tool=tool, start=in_utc(start, source, at), end=in_utc(end, source, at)))
    return found


def labelled(
    case: Tables, findings: Sequence[Finding], at: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> list[Finding]:
    """The findings, in their order, each with whether it is consistent with the acquisition, and why."""
    asked = [(t, [n for n, f in enumerate(findings) if t.concerns(f)]) for t in traces()]
    if not any(found for _, found in asked):
        return list(findings)
    numbers, rows = evidence_table(findings, at or {})
    known = windows(case, at)
    acquired = pa.Table.from_pylist([{"tool": w.tool, "start": w.start, "end": w.end} for w in known], _ACQUIRED)
    whys: dict[int, str] = {}
    with closing(case.connect()) as db:
        db.register("evidence", rows)
        db.register("acquired", acquired)
        for trace, concerned in asked:
            wanted = {n for f in concerned for n in numbers[f]}
            if wanted and set(trace.needs) <= _tables(case):
                whys |= {n: why for n, why in _answers(db, trace, seconds).items() if n in wanted}
    return [_labelled(f, numbers[n], whys) for n, f in enumerate(findings)]


def _tables(case: Tables) -> set[str]:
    have = case.tables()
    return {*have, *({"processes"} if names_processes(have) else ())}


def _answers(db: duckdb.DuckDBPyConnection, trace: Trace, seconds: float) -> dict[int, str]:
    """Rows that are such traces; none where the question could not be answered in time."""
    try:
        with bounded(db, seconds):
            return {n: str(why) for n, why in db.execute(trace.query).fetchall()}
    except duckdb.Error:
        return {}


def _labelled(f: Finding, numbers: range, whys: Mapping[int, str]) -> Finding:
    found = [whys[n] for n in numbers if n in whys]
    if not found:
        return f
    reasons = "; ".join(list(dict.fromkeys(found))[:3])
    if len(found) == f.count:
        return replace(
            f, acquisition_related=True, message=f"{f.message} This is consistent with the acquisition: {reasons}."
        )
    some = f"{len(found):,} of {f.count:,} rows are consistent with the acquisition: {reasons}; the others are not."
    return replace(f, message=f"{f.message} {some}")

"""Indicators in a case's tables: each distinct value of each annotated column is looked up once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.zones import seen_at
from bridle.indicators.matcher import Match, Matcher
from bridle.indicators.model import Indicator

_REMEMBERED = 200_000
"""Distinct values without a match that are remembered for a column."""
_LONGEST = 512
"""Characters of a value that is remembered."""
_STAMPS = ("_source", "_path", "_sha256", "locator")


class Tables(Protocol):
    """As much of a case as matching needs."""

    def tables(self) -> Mapping[str, pa.Schema]: ...
    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One indicator in one field of one row."""

    indicator: Indicator
    strength: str
    surface: str
    table: str
    field: str
    value: str
    source: str
    path: str
    sha256: str | None
    locator: str
    time: datetime | None
    values: dict[str, Any]


def match_tables(case: Tables, matcher: Matcher) -> Iterator[Hit]:
    """Every hit, by table, in the order rows are stored."""
    platforms = {t.partition(".")[0] for t in case.tables()} & {"ios", "android"}
    for table, schema in sorted(case.tables().items()):
        fields = [(f.name, *_marks(f)) for f in schema if _marks(f)[0]]
        if table in ("observables", "device") or not fields:
            continue
        known: list[dict[str, tuple[Match, ...]]] = [{} for _ in fields]
        for batch in case.batches(table):
            for row, found in _rows(batch, fields, known, matcher, _platform(table, platforms)):
                yield from _hits(table, batch, row, found)


def _platform(table: str, present: Collection[str]) -> str | None:
    """The system whose links the paths of a table follow; the ledger's are those of the only one in the case."""
    own = table.partition(".")[0]
    if own in ("ios", "android"):
        return own
    return next(iter(present)) if len(present) == 1 else None


def _marks(field: pa.Field) -> tuple[str, str]:
    notes = field.metadata or {}
    return notes.get(b"kind", b"").decode(), notes.get(b"surface", b"mention").decode()


Found = list[tuple[str, str, str, Match]]
"""Field, surface, value and match."""


def _rows(
    batch: pa.RecordBatch,
    fields: Sequence[tuple[str, str, str]],
    known: list[dict[str, tuple[Match, ...]]],
    m: Matcher,
    platform: str | None,
) -> Iterator[tuple[int, Found]]:
    """The rows with a match, in their order."""
    rows: dict[int, Found] = {}
    for (name, kind, surface), memory in zip(fields, known, strict=True):
        column = batch.column(name)
        where = None
        if pa.types.is_list(column.type):
            where = column.value_parent_indices().to_pylist()
            column = column.flatten()
        encoded = column.dictionary_encode()
        hits = {}
        for n, value in _candidates(encoded.dictionary, kind, m):
            if found := _looked_up(memory, m, kind, value, surface, platform):
                hits[n] = [(name, surface, value, x) for x in found]
        if not hits:
            continue
        wanted = pc.indices_nonzero(pc.is_in(encoded.indices, pa.array(list(hits), encoded.indices.type)))
        for at, index in zip(wanted.to_pylist(), encoded.indices.take(wanted).to_pylist(), strict=True):
            rows.setdefault(where[at] if where else at, []).extend(hits[index])
    yield from sorted(rows.items())


def _candidates(distinct: pa.Array, kind: str, m: Matcher) -> Iterator[tuple[int, str]]:
    """The values that are looked up, with their numbers: of texts only those in which something may stand."""
    if kind == "text":
        yield from ((n, distinct[n].as_py()) for n in m.texts(distinct))
    else:
        yield from enumerate(distinct.to_pylist())


def _looked_up(
    memory: dict[str, tuple[Match, ...]], matcher: Matcher, kind: str, value: str, surface: str, platform: str | None
) -> tuple[Match, ...]:
    found = memory.get(value)
    if found is None:
        found = tuple(matcher.matches(kind, value, surface, platform))
        if len(memory) < _REMEMBERED and len(value) <= _LONGEST:
            memory[value] = found
    return found


def _hits(table: str, batch: pa.RecordBatch, row: int, found: Found) -> Iterator[Hit]:
    values = {f.name: _value(batch.column(f.name), row) for f in batch.schema}
    if table == "ledger":
        stamps = (values["source"], values["path"], values["sha256"], f"ledger:{values['member']}")
    else:
        stamps = tuple(values.pop(s) for s in _STAMPS)
    time = next((v for name in seen_at(batch.schema) if (v := values.get(name))), None)
    for field, surface, value, match in found:
        yield Hit(
            indicator=match.indicator, strength=match.strength, surface=surface, table=table, field=field, value=value,
            source=str(stamps[0]), path=str(stamps[1]), sha256=stamps[2], locator=str(stamps[3]), time=time,
            values=values,
        )  # fmt: skip


def _value(column: pa.Array, row: int) -> Any:
    scalar = column[row]
    if pa.types.is_timestamp(column.type):
        micros = scalar.cast(pa.int64()).as_py()
        zone = UTC if column.type.tz else None
        return None if micros is None else datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=micros)
    return scalar.as_py()

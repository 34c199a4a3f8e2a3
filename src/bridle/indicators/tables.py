"""Indicators in a case's tables: each distinct value of each annotated column is looked up once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.freed import give_back
from bridle.case.zones import seen_at
from bridle.classes import dataclass
from bridle.indicators.candidates import Candidates
from bridle.indicators.matcher import Match, Matcher, Where
from bridle.indicators.model import Indicator
from bridle.indicators.within import tables_within

_GROUP_ROWS, _GROUP_BYTES = 1 << 20, 16 << 20
"""Rows and bytes of annotated columns that are looked at together."""
_REMEMBERED = 200_000
"""Distinct values whose matches, or lack of them, are remembered for a column."""
_LONGEST = 512
"""Characters of a value that is remembered."""
_ASKED = 200_000
"""Indicators of which the keys are made to leave tables out; of more it would take longer than to read the tables."""
_STAMPS = ("_source", "_path", "_sha256", "locator")


class Tables(Protocol):
    """As much of a case as matching needs."""

    def tables(self) -> Mapping[str, pa.Schema]: ...
    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]: ...


@runtime_checkable
class Keyed(Protocol):
    """A case that can say by what it can be searched."""

    def match_keys(self) -> Iterator[pa.RecordBatch] | None: ...


@runtime_checkable
class Seekable(Protocol):
    """A case that can read some rows of a table without those between them."""

    def rows_at(self, table: str, columns: Sequence[str], numbers: Sequence[int]) -> Iterator[pa.RecordBatch]: ...


@runtime_checkable
class Noted(Protocol):
    """A case whose texts were looked through before."""

    def texts_holding(self, table: str, field: str) -> tuple[pa.Array, pa.Array] | None:
        """The numbers of the rows whose text holds anything, in their order, and those texts; None: not known."""


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
    """Every hit, by table, in the order rows are stored.

    Tables that have no key of an indicator are not read. A table's annotated columns are read first, a million rows or
    16 MiB at a time; its other columns only where something was found. Beside the index, memory is a few times as much
    as that.
    """
    platforms = {t.partition(".")[0] for t in case.tables()} & {"ios", "android"}
    candidates = Candidates(matcher)
    within = _within(case, matcher)
    for table, schema in sorted(case.tables().items()):
        if within is not None and table not in within:
            continue
        fields = [_Field(f.name, *_marks(f)) for f in schema if _marks(f)[0]]
        if table in ("observables", "device") or not fields:
            continue
        search = _Search(matcher, candidates, fields, platform_of(table, platforms))
        apart = _apart(case, table, fields)
        names = [f.name for f in fields if f.name not in apart]
        rows, begin = _Rows(case, table, schema, names), 0
        for group in _groups(case.batches(table, names)) if names else (None,):
            found = dict(search.found(begin, group, apart))
            for (values, time), some in zip(rows.of(begin, group, [*found]), found.values(), strict=True):
                yield from _hits(table, values, time, some)
            begin += group.num_rows if group is not None else 0
            del group
            give_back()


def _apart(case: Tables, table: str, fields: Sequence[_Field]) -> _Apart:
    """Fields of texts that need not be read, and what is known of them."""
    if not isinstance(case, Noted):
        return {}
    known = {f.name: case.texts_holding(table, f.name) for f in fields if f.kind == "text"}
    return {name: held for name, held in known.items() if held is not None}


def _within(case: Tables, matcher: Matcher) -> frozenset[str] | None:
    """The tables to be read; None: all, for the case cannot say more, or asking it would take as long."""
    keys = case.match_keys() if isinstance(case, Keyed) and len(matcher.indicators) <= _ASKED else None
    return None if keys is None else tables_within(keys, matcher.indicators)


def platform_of(table: str, present: Collection[str]) -> str | None:
    """The system whose links the paths of a table follow; the ledger's are those of the only one in the case."""
    own = table.partition(".")[0]
    if own in ("ios", "android"):
        return own
    return next(iter(present)) if len(present) == 1 else None


def _marks(field: pa.Field) -> tuple[str, str]:
    notes = field.metadata or {}
    return notes.get(b"kind", b"").decode(), notes.get(b"surface", b"mention").decode()


class _Field(NamedTuple):
    name: str
    kind: str
    surface: str


Found = list[tuple[str, str, str, Match]]
"""Field, surface, value and match."""
_Apart = Mapping[str, tuple[pa.Array, pa.Array]]
"""By the names of fields: numbers of rows of the table, and their values. No other row has anything there."""


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, small ones together: a value that repeats is then looked up once for all of them."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield _joined(waiting)
            rows = size = 0
    if waiting:
        yield _joined(waiting)


def _joined(waiting: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Several batches as one; they are held no longer."""
    whole = waiting[0] if len(waiting) == 1 else pa.concat_batches(waiting)
    waiting.clear()
    return whole


class _Search:
    """Looks for the indicators in the annotated columns of one table."""

    def __init__(
        self, matcher: Matcher, candidates: Candidates, fields: Sequence[_Field], platform: str | None
    ) -> None:
        self._matcher, self._candidates = matcher, candidates
        self._fields = [(f, Where(f.surface, platform)) for f in fields]
        self._known: list[dict[str, tuple[Match, ...]]] = [{} for _ in fields]

    def found(self, begin: int, group: pa.RecordBatch | None, apart: _Apart) -> Iterator[tuple[int, Found]]:
        """The rows with a match, numbered from the first of the table, in their order. `group` begins at `begin`.

        Without a group, those of the whole table.
        """
        rows: dict[int, Found] = {}
        for (field, where), known in zip(self._fields, self._known, strict=True):
            parents, column = _column(field.name, begin, group, apart)
            candidates = self._candidates.rows(field.kind, column, where)
            numbers = pa.array(candidates, pa.int64())
            at = candidates if parents is None else parents.take(numbers).to_pylist()
            for number, value in zip(at, column.take(numbers).to_pylist(), strict=True):
                if found := self._looked_up(known, field.kind, value, where):
                    row = rows.setdefault(number, [])
                    row += ((field.name, field.surface, value, m) for m in found)
        return ((begin + at, found) for at, found in sorted(rows.items()))

    def _looked_up(self, known: dict[str, tuple[Match, ...]], kind: str, value: str, where: Where) -> tuple[Match, ...]:
        found = known.get(value)
        if found is None:
            found = tuple(self._matcher.matches(kind, value, where.surface, where.platform))
            if len(known) < _REMEMBERED and len(value) <= _LONGEST:
                known[value] = found
        return found


def _column(name: str, begin: int, group: pa.RecordBatch | None, apart: _Apart) -> tuple[pa.Array | None, pa.Array]:
    """For each value of a field the row of the group it is of, where they are not one each; and the values."""
    if name not in apart:
        assert group is not None
        column = group.column(name)
        return (column.value_parent_indices(), column.flatten()) if pa.types.is_list(column.type) else (None, column)
    numbers, values = apart[name]
    if group is None:
        return numbers, values
    inside = pc.and_(pc.greater_equal(numbers, begin), pc.less(numbers, begin + group.num_rows))
    return pc.subtract(numbers.filter(inside), begin), values.filter(inside)


class _Rows:
    """The whole rows of a table: the annotated columns are known, of the others only such rows are read."""

    def __init__(self, case: Tables, table: str, schema: pa.Schema, known: Collection[str]) -> None:
        self._case, self._table, self._names = case, table, schema.names
        self._others = [name for name in schema.names if name not in known]
        self._seen_at = tuple(seen_at(schema))

    def of(
        self, begin: int, group: pa.RecordBatch | None, numbers: Sequence[int]
    ) -> Iterator[tuple[dict[str, Any], datetime | None]]:
        """The values of these rows, and when each was seen; the first row of `group` is that of number `begin`."""
        done = 0
        for batch in self._read(numbers) if numbers else ():
            some = pa.array([n - begin for n in numbers[done : done + batch.num_rows]], pa.int64())
            done += batch.num_rows
            there = {**_columns(batch), **(_columns(group.take(some)) if group is not None else {})}
            columns = [(name, c) for name in self._names if (c := there.get(name)) is not None]
            nothing = dict.fromkeys(self._names)
            for row in range(batch.num_rows):
                values = {**nothing, **{name: _value(column[row], column.type) for name, column in columns}}
                yield values, next((v for name in self._seen_at if (v := values.get(name))), None)

    def _read(self, numbers: Sequence[int]) -> Iterator[pa.RecordBatch]:
        if isinstance(self._case, Seekable):
            yield from self._case.rows_at(self._table, self._others, numbers)
            return
        begin = done = 0
        for batch in self._case.batches(self._table, self._others):
            end = begin + batch.num_rows
            some = numbers[done : bisect_left(numbers, end, done)]
            if some:
                yield batch.take(pa.array([n - begin for n in some], pa.int64()))
            begin, done = end, done + len(some)
            if done == len(numbers):
                return


def _columns(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """The columns that have a value."""
    return {n: c for n, c in zip(batch.schema.names, batch.columns, strict=True) if c.null_count < len(c)}


def _hits(table: str, values: dict[str, Any], time: datetime | None, found: Found) -> Iterator[Hit]:
    if table == "ledger":
        stamps = (values["source"], values["path"], values["sha256"], f"ledger:{values['member']}")
    else:
        stamps = tuple(values.pop(s) for s in _STAMPS)
    for field, surface, value, match in found:
        yield Hit(
            indicator=match.indicator, strength=match.strength, surface=surface, table=table, field=field, value=value,
            source=str(stamps[0]), path=str(stamps[1]), sha256=stamps[2], locator=str(stamps[3]), time=time,
            values=values,
        )  # fmt: skip


def _value(scalar: pa.Scalar, of: pa.DataType) -> Any:
    if pa.types.is_timestamp(of):
        micros = scalar.cast(pa.int64()).as_py()
        zone = UTC if of.tz else None
        return None if micros is None else datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=micros)
    return scalar.as_py()

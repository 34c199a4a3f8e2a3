"""`observables.parquet`: every value of the case that an indicator can name, and when it was seen.

Values are as stored, but for domains (`bridle.formats.urls.host_at`). What is derived:
from a URL its host and the hosts of the URLs nested in it; from free text its URLs, domains, addresses and e-mail
addresses, never the text itself; from an account the e-mail address or phone number; from each domain its parents,
under the kind `domain-parent`, for nobody has seen those by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.derived import derived, from_texts, parents
from bridle.case.freed import give_back
from bridle.case.holding import Holding
from bridle.case.runs import Runs
from bridle.case.zones import Tables, column_in_utc, seen_at, zones
from bridle.formats import texts

_TIME = pa.timestamp("us", tz="UTC")
OBSERVABLES = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False, metadata={"doc": "a kind of core, or domain-parent"}),
        pa.field("value", pa.string(), nullable=False),
        pa.field("table", pa.string(), nullable=False),
        pa.field("first_seen", _TIME, metadata={"doc": "the earliest of the rows' first times"}),
        pa.field("last_seen", _TIME),
        pa.field("count", pa.int64(), nullable=False, metadata={"doc": "rows"}),
    ]
)
_COUNTED = pa.schema([("value", pa.string()), ("first", _TIME), ("last", _TIME), ("n", pa.int64())])
"""Of one kind and table."""
_ROWS, _BYTES = 1 << 16, 4 << 20
"""Of a batch that is given out, at least, where there is as much."""
_HELD = 24 << 20
"""Bytes of one table's values in memory; if half as many are left when they are added up, they are put away."""
_DERIVED_ALONE = frozenset({"domain"})
"""Kinds whose stored values are no observables themselves, but what follows from them."""
_DERIVING = frozenset({"url", "account"}) | _DERIVED_ALONE

Fields = Sequence[tuple[str, str]]
"""Names and kinds."""


Aside = Callable[[pa.RecordBatch], None]


def observables(
    case: Tables, aside: Aside | None = None, scratch: Path | None = None, holding: Holding | None = None
) -> pa.RecordBatchReader:
    """The observables of all tables of a case, sorted by kind, value and table.

    `aside` is given each batch, of one kind each, as it is read. Memory does not grow with the number of values: what
    is too much lies, encrypted, in a file in `scratch` until it is read. `holding` is told of the texts that hold any.
    """
    at, have, runs = zones(case), case.tables(), Runs(_combined, scratch)
    names = sorted(have)
    try:
        for number, table in enumerate(names):
            schema = have[table]
            fields = [(f.name, kind) for f in schema if (kind := (f.metadata or {}).get(b"kind", b"").decode())]
            if fields and table != "observables":
                _gather(case, table, schema, fields, at, _OfTable(number, runs), holding)
                give_back()
    except BaseException:
        runs.close()
        raise
    return pa.RecordBatchReader.from_batches(OBSERVABLES, _told(_batches(runs, names), aside))


class _Counted:
    """Values of one kind in one table, added up now and then so that repeats take no memory."""

    def __init__(self, distinct: pa.Table | None = None) -> None:
        self._settled = _COUNTED.empty_table() if distinct is None else distinct
        self._waiting: list[pa.Table] = []
        self.size = self._settled.nbytes

    def add(self, part: pa.Table) -> None:
        self._waiting.append(part)
        self.size += part.nbytes

    def rows(self) -> pa.Table:
        """One row for each value."""
        if self._waiting:
            whole = _summed(pa.concat_tables([self._settled, *self._waiting]))
            self._settled, self._waiting, self.size = whole, [], whole.nbytes
        return self._settled


class _OfTable:
    """The observables of one table: a part of its rows at a time, for whatever follows from rows adds up."""

    def __init__(self, number: int, runs: Runs) -> None:
        self._number, self._runs = number, runs
        self._stored: dict[str, _Counted] = {}
        self._found: dict[str, _Counted] = {}
        """By kinds: the values of fields, from which others follow; and those that are observables already."""

    def store(self, kind: str, rows: pa.Table) -> None:
        self._stored.setdefault(kind, _Counted()).add(rows)

    def find(self, more: Iterable[tuple[str, pa.Table]]) -> None:
        for kind, rows in more:
            self._found.setdefault(kind, _Counted()).add(rows)

    def bound(self) -> None:
        """Put the values away if they are too many."""
        every = [*self._stored.values(), *self._found.values()]
        if sum(values.size for values in every) > _HELD and sum(values.rows().nbytes for values in every) > _HELD // 2:
            self.put_away()

    def put_away(self) -> None:
        """No longer hold what was found so far."""
        while self._stored:
            kind, values = self._stored.popitem()
            rows = values.rows()
            if kind in _DERIVING:
                self.find(derived(kind, rows))
            if kind not in _DERIVED_ALONE:
                self._find_all(kind, rows)
        domains = self._found["domain"].rows() if "domain" in self._found else _COUNTED.empty_table()
        while domains.num_rows:
            above = _Counted()
            for rows in parents(domains):
                above.add(rows)
            if (domains := above.rows()).num_rows:
                self._find_all("domain-parent", domains)
        while self._found:
            kind, values = self._found.popitem()
            if (rows := values.rows()).num_rows:
                rows = rows.take(pc.sort_indices(rows["value"]))
                number = pa.repeat(pa.scalar(self._number, pa.int32()), rows.num_rows)
                self._runs.add(kind, rows.append_column("table", number))

    def _find_all(self, kind: str, distinct: pa.Table) -> None:
        if kind in self._found:
            self._found[kind].add(distinct)
        else:
            self._found[kind] = _Counted(distinct)


def _summed(rows: pa.Table) -> pa.Table:
    """One row for each value. Of values that come in their order, as paths mostly do, equal ones are neighbours."""
    values = rows["value"]
    before, behind = values.slice(0, max(0, len(values) - 1)), values.slice(1)
    if pc.all(pc.less_equal(before, behind)).as_py() is False:
        return _grouped(rows)
    first = pa.array([True] * min(1, len(values)), pa.bool_())
    is_new = pa.chunked_array([first, *pc.not_equal(before, behind).chunks], pa.bool_())
    if pc.all(is_new).as_py() is not False:
        return rows
    numbers = pc.cumulative_sum(is_new.cast(pa.int64()))
    return _grouped(rows.set_column(0, "value", numbers)).set_column(0, "value", values.filter(is_new))


def _grouped(rows: pa.Table) -> pa.Table:
    found = rows.group_by("value", use_threads=False).aggregate([("first", "min"), ("last", "max"), ("n", "sum")])
    return found.select(["value", "first_min", "last_max", "n_sum"]).rename_columns(_COUNTED.names)


def _gather(
    case: Tables, table: str, schema: pa.Schema, fields: Fields, at: Mapping[str, str], into: _OfTable,
    holding: Holding | None,
) -> None:  # fmt: skip
    """The values of a table's fields by their kinds; and what stands in texts, but for URLs that stand alone in one."""
    source = "source" if table == "ledger" else "_source"
    time = next(iter(seen_at(schema)), None)
    beside = [] if time is None else [time] if schema.field(time).type.tz else [time, source]
    read = [*dict.fromkeys([*(name for name, _ in fields), *beside])]
    first = 0
    for batch in case.batches(table, read):
        when = (
            column_in_utc(batch.column(time), batch.column(beside[-1]), at) if time else pa.nulls(batch.num_rows, _TIME)
        )
        for name, kind in fields:
            values, of = _values(batch.column(name), when)
            if kind == "text":
                held = texts.holding(values)
                some = values.filter(held)
                if holding is not None and not pa.types.is_list(schema.field(name).type):
                    holding.note(table, name, first, held, some)
                _gather_texts(some, of.filter(held), into)
            else:
                there = pc.fill_null(pc.greater(pc.binary_length(values), 0), False)
                if not pc.all(there).as_py():
                    values, of = values.filter(there), of.filter(there)
                if len(values):
                    into.store(kind, _rows(values, of))
        into.bound()
        first += batch.num_rows
    into.put_away()


def _values(values: pa.Array, when: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The single values of a column, and the times of their rows."""
    if pa.types.is_list(values.type):
        return pc.list_flatten(values), when.take(pc.list_parent_indices(values))
    return values, when


def _rows(values: pa.Array, when: pa.Array) -> pa.Table:
    """One row for each value."""
    return pa.table([values, when, when, pa.repeat(pa.scalar(1, pa.int64()), len(values))], schema=_COUNTED)


def _gather_texts(values: pa.Array, when: pa.Array, into: _OfTable) -> None:
    """What stands in texts that hold something. Most of them have one URL and nothing else."""
    single = texts.with_one_url(values)
    if pc.any(single).as_py():
        into.store("url", _rows(texts.one_url(values.filter(single)), when.filter(single)))
    others = pc.invert(single)
    rows = _summed(_rows(values.filter(others), when.filter(others)))
    if rows.num_rows:
        into.find(from_texts(rows["value"].combine_chunks())(rows))


def _told(batches: Iterable[pa.RecordBatch], aside: Aside | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if aside is not None:
            aside(batch)
        yield batch


def _batches(runs: Runs, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    tables = pa.array(names, pa.string())
    try:
        for kind in runs.groups():
            for rows in _together(runs.take(kind)):
                value, first, last, n, number = (c.combine_chunks() for c in rows.columns)
                of = pa.repeat(pa.scalar(kind), rows.num_rows)
                yield pa.record_batch([of, value, tables.take(number), first, last, n], schema=OBSERVABLES)
    finally:
        runs.close()


def _together(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The parts, small ones together."""
    waiting: list[pa.Table] = []
    rows = size = 0
    for part in parts:
        waiting.append(part)
        rows += part.num_rows
        size += part.nbytes
        if rows >= _ROWS or size >= _BYTES:
            yield pa.concat_tables(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting)


def _combined(rows: pa.Table) -> pa.Table:
    """Sorted runs as one. They come in the order of their tables, which a stable sort keeps."""
    rows = rows.take(pc.sort_indices(rows["value"]))
    repeats = pc.and_(_repeats(rows["value"]), _repeats(rows["table"]))
    if pc.any(repeats).as_py() is not True:
        return rows
    is_new = pa.chunked_array([pa.array([True]), *pc.invert(repeats).chunks], pa.bool_())
    numbers = pc.cumulative_sum(is_new.cast(pa.int64()))
    once = rows.filter(is_new)
    summed = _grouped(rows.select(_COUNTED.names).set_column(0, "value", numbers))
    return summed.set_column(0, "value", once["value"]).append_column("table", once["table"])


def _repeats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """For each value but the first whether it is that before it."""
    return pc.equal(column.slice(0, max(0, len(column) - 1)), column.slice(1))

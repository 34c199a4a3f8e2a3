"""`observables.parquet`: every value of the case that an indicator can name, and when it was seen.

Values are as stored, but for domains (`bridle.formats.urls.host_at`). What is derived:
from a URL its host and the hosts of the URLs nested in it; from free text its URLs, domains, addresses and e-mail
addresses, never the text itself; from an account the e-mail address or phone number; from each domain its parents,
under the kind `domain-parent`, for nobody has seen those by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.derived import derived, from_texts, parents
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
_ROWS = 1 << 16
_MOST, _BYTES = 1 << 20, 32 << 20
"""Rows, and bytes, that may wait to be added up, beyond twice those that were."""
_DERIVED_ALONE = frozenset({"domain"})
"""Kinds whose stored values are no observables themselves, but what follows from them."""
_DERIVING = frozenset({"url", "account"}) | _DERIVED_ALONE

Fields = Sequence[tuple[str, str]]
"""Names and kinds."""


Aside = Callable[[pa.RecordBatch], None]


def observables(case: Tables, aside: Aside | None = None) -> pa.RecordBatchReader:
    """The observables of all tables of a case, sorted by kind, value and table.

    `aside` is given each batch, of one kind each, as it is read.
    """
    counted: dict[str, list[tuple[str, pa.Table]]] = {}
    at = zones(case)
    for table, schema in sorted(case.tables().items()):
        fields = [(f.name, kind) for f in schema if (kind := (f.metadata or {}).get(b"kind", b"").decode())]
        if fields and table != "observables":
            for kind, rows in _of_table(case, table, schema, fields, at).items():
                counted.setdefault(kind, []).append((table, rows))
    return pa.RecordBatchReader.from_batches(OBSERVABLES, _told(_sorted(counted), aside))


class _Counted:
    """Values of one kind in one table, added up now and then so that repeats take no memory."""

    def __init__(self, distinct: pa.Table | None = None) -> None:
        self._settled = _COUNTED.empty_table() if distinct is None else distinct
        self._waiting: list[pa.Table] = []
        self._rows = self._bytes = 0

    def add(self, part: pa.Table) -> None:
        self._waiting.append(part)
        self._rows += part.num_rows
        self._bytes += part.nbytes
        if self._rows > 2 * self._settled.num_rows + _MOST or self._bytes > 2 * self._settled.nbytes + _BYTES:
            self.rows()

    def rows(self) -> pa.Table:
        """One row for each value."""
        if self._waiting:
            whole = pa.concat_tables([self._settled, *self._waiting])
            self._waiting, self._rows, self._bytes = [], 0, 0
            self._settled = _summed(whole)
        return self._settled


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


def _of_table(
    case: Tables, table: str, schema: pa.Schema, fields: Fields, at: Mapping[str, str]
) -> dict[str, pa.Table]:
    """The observables of one table by their kinds."""
    stored, found = _gathered(case, table, schema, fields, at)
    for kind in [*stored]:
        rows = stored.pop(kind).rows()
        if kind not in _DERIVED_ALONE:
            _add(found, [(kind, rows)], are_distinct=True)
        if kind in _DERIVING:
            _add(found, derived(kind, rows))
    domains = found["domain"].rows() if "domain" in found else _COUNTED.empty_table()
    while domains.num_rows:
        above = _Counted()
        for rows in parents(domains):
            above.add(rows)
        if (domains := above.rows()).num_rows:
            _add(found, [("domain-parent", domains)], are_distinct=True)
    return {kind: rows for kind, values in found.items() if (rows := values.rows()).num_rows}


def _gathered(
    case: Tables, table: str, schema: pa.Schema, fields: Fields, at: Mapping[str, str]
) -> tuple[dict[str, _Counted], dict[str, _Counted]]:
    """The values of a table's fields by their kinds; and what stands in texts, but for URLs that stand alone in one."""
    stored: dict[str, _Counted] = {}
    found: dict[str, _Counted] = {}
    source = "source" if table == "ledger" else "_source"
    time = next(iter(seen_at(schema)), None)
    beside = [] if time is None else [time] if schema.field(time).type.tz else [time, source]
    read = [*dict.fromkeys([*(name for name, _ in fields), *beside])]
    for batch in case.batches(table, read):
        when = (
            column_in_utc(batch.column(time), batch.column(beside[-1]), at) if time else pa.nulls(batch.num_rows, _TIME)
        )
        for name, kind in fields:
            values, of = _values(batch.column(name), when)
            if kind == "text":
                _gather_texts(values, of, stored, found)
            else:
                there = pc.fill_null(pc.greater(pc.binary_length(values), 0), False)
                if not pc.all(there).as_py():
                    values, of = values.filter(there), of.filter(there)
                if len(values):
                    stored.setdefault(kind, _Counted()).add(_rows(values, of))
    return stored, found


def _add(found: dict[str, _Counted], more: Iterable[tuple[str, pa.Table]], *, are_distinct: bool = False) -> None:
    for kind, rows in more:
        if are_distinct and kind not in found:
            found[kind] = _Counted(rows)
        else:
            found.setdefault(kind, _Counted()).add(rows)


def _values(values: pa.Array, when: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The single values of a column, and the times of their rows."""
    if pa.types.is_list(values.type):
        return pc.list_flatten(values), when.take(pc.list_parent_indices(values))
    return values, when


def _rows(values: pa.Array, when: pa.Array) -> pa.Table:
    """One row for each value."""
    return pa.table([values, when, when, pa.repeat(pa.scalar(1, pa.int64()), len(values))], schema=_COUNTED)


def _gather_texts(values: pa.Array, when: pa.Array, stored: dict[str, _Counted], found: dict[str, _Counted]) -> None:
    """What stands in texts. Most hold nothing, and most others one URL and nothing else."""
    held = texts.holding(values)
    values, when = values.filter(held), when.filter(held)
    single = texts.with_one_url(values)
    if pc.any(single).as_py():
        alone = texts.one_url(values.filter(single))
        stored.setdefault("url", _Counted()).add(_rows(alone, when.filter(single)))
    others = pc.invert(single)
    rest = _Counted()
    rest.add(_rows(values.filter(others), when.filter(others)))
    rows = rest.rows()
    if rows.num_rows:
        _add(found, from_texts(rows["value"].combine_chunks())(rows))


def _told(batches: Iterable[pa.RecordBatch], aside: Aside | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if aside is not None:
            aside(batch)
        yield batch


def _sorted(counted: dict[str, list[tuple[str, pa.Table]]]) -> Iterator[pa.RecordBatch]:
    """The tables come in their order: a stable sort by value keeps it."""
    for kind in sorted(counted):
        of = counted.pop(kind)
        tables = pa.array([table for table, _ in of], pa.string())
        numbers = pa.chunked_array(
            [pa.repeat(pa.scalar(n, pa.int32()), rows.num_rows) for n, (_, rows) in enumerate(of)]
        )
        rows = pa.concat_tables([rows for _, rows in of]).combine_chunks()
        del of
        order = pc.sort_indices(rows["value"])
        step = _step(rows)
        for at in range(0, len(order), step):
            some = order.slice(at, step)
            value, first, last, n = (c.combine_chunks() for c in rows.take(some).columns)
            table = tables.take(numbers.take(some).combine_chunks())
            yield pa.record_batch(
                [pa.repeat(pa.scalar(kind), len(some)), value, table, first, last, n], schema=OBSERVABLES
            )


def _step(rows: pa.Table) -> int:
    """How many rows of a table are read at once: fewer where they are long."""
    return int(max(1, min(_ROWS, _BYTES * rows.num_rows // max(1, rows.nbytes))))

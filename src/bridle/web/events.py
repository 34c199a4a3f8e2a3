"""An index of the timeline: when, which table and which row, of every event of a case, in the timeline's order.

It holds 14 bytes for an event and no text: a window of it is read from the tables when it is looked at. Equal times of
one table are put into the timeline's order (path, locator, event) when they are first looked at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.reader import Case
from bridle.case.sql import literal, quoted
from bridle.case.timeline import LEDGER, MANIFEST
from bridle.case.zones import utc_sql, zones
from bridle.classes import dataclass
from bridle.web.rows import Rows

MOST = 30_000_000
"""Events that are held (420 MB); tables beyond that, largest first, are left out until they are asked for."""
TIES = 20_000
"""Rows of one table with one time that are put in order; more of them stay as they are stored."""
_INDEX = (pa.int64(), pa.int16(), pa.int32())


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A column of times of one table."""

    table: str
    event: str
    wall: bool
    """Whether it has what the phone's clock showed."""


class TooManyError(ValueError):
    """The chosen tables have more events than are held at once."""


class Index:
    """Events in the order of time; of each its time (microseconds since 1970), its kind and its row's number."""

    def __init__(self, kinds: Sequence[Kind], times: pa.Array, of: pa.Array, rows: pa.Array) -> None:
        """The columns are sorted by time, and where that is equal by kind and row."""
        self.kinds = kinds
        self._times = memoryview(times.buffers()[1])[times.offset * 8 : (times.offset + len(times)) * 8].cast("q")
        self._of = memoryview(bytearray(of.buffers()[1])).cast("h")[of.offset : of.offset + len(of)]
        self._rows = memoryview(bytearray(rows.buffers()[1])).cast("i")[rows.offset : rows.offset + len(rows)]
        self._settled: set[int] = set()
        self._tables = [k.table for k in kinds]

    def __len__(self) -> int:
        return len(self._times)

    def at(self, time: int) -> int:
        """The place of the first event at or after a time."""
        return bisect_left(self._times, time)

    def ends(self) -> tuple[int, int] | None:
        """The first and the last time."""
        return (self._times[0], self._times[-1]) if len(self._times) else None

    def quantile(self, share: float) -> int:
        """The time before which this share of the events lies. Raises IndexError where there is none."""
        return self._times[min(int(len(self._times) * share), len(self._times) - 1)]

    def window(self, first: int, count: int, rows: Rows) -> list[tuple[int, Kind, int]]:
        """(time, kind, row's number) of some events from a place on."""
        first = max(0, min(first, len(self._times)))
        last = min(first + max(count, 0), len(self._times))
        self._settle(first, last, rows)
        slices = self._times[first:last], self._of[first:last], self._rows[first:last]
        return [(t, self.kinds[k], n) for t, k, n in zip(*(s.tolist() for s in slices), strict=True)]

    def place(self, time: int, table: str, number: int) -> int | None:
        """The place of a row's event; None where the index has none."""
        low, high = bisect_left(self._times, time), bisect_right(self._times, time)
        for place in range(low, high):
            if self._rows[place] == number and self.kinds[self._of[place]].table == table:
                return place
        return None

    def density(self, first: int, last: int, buckets: int) -> list[int]:
        """How many events are in each of equal parts of a span of time, its ends included."""
        edges = [first + (last - first) * n // buckets for n in range(buckets)]
        places = [bisect_left(self._times, e) for e in edges] + [bisect_right(self._times, last)]
        return [b - a for a, b in pairwise(places)]

    def counts(self) -> dict[str, int]:
        """How many events each table has."""
        of = pa.Array.from_buffers(_INDEX[1], len(self), [None, pa.py_buffer(self._of)])
        counts: dict[str, int] = {}
        for n in pc.value_counts(of).to_pylist():
            table = self._tables[n["values"]]
            counts[table] = counts.get(table, 0) + n["counts"]
        return dict(sorted(counts.items()))

    def only(self, tables: frozenset[str]) -> Index:
        """The events of these tables."""
        of = pa.Array.from_buffers(_INDEX[1], len(self), [None, pa.py_buffer(self._of)])
        wanted = pa.array([n for n, k in enumerate(self.kinds) if k.table in tables], _INDEX[1])
        keep = pc.is_in(of, wanted)
        times = pa.Array.from_buffers(_INDEX[0], len(self), [None, pa.py_buffer(self._times)])
        rows = pa.Array.from_buffers(_INDEX[2], len(self), [None, pa.py_buffer(self._rows)])
        return Index(self.kinds, times.filter(keep), of.filter(keep), rows.filter(keep))

    def _settle(self, first: int, last: int, rows: Rows) -> None:
        """Put equal times of one table, which a stretch of places touches, into the order of path and locator."""
        place = self._run(first)[0] if first < last else last
        while place < last:
            begin, end = self._run(place)
            if 1 < end - begin <= TIES and begin not in self._settled:
                self._order(begin, end, rows)
                self._settled.add(begin)
            place = end

    def _run(self, place: int) -> tuple[int, int]:
        """Where the events of the same time and table as that of a place begin and end."""
        time, table = self._times[place], self._tables[self._of[place]]
        low, high = bisect_left(self._times, time, hi=place), bisect_right(self._times, time, lo=place)
        if (low, high) == (place, place + 1):
            return low, high

        def named(kind: int) -> str:
            return self._tables[kind]

        return (
            bisect_left(self._of, table, low, high, key=named), bisect_right(self._of, table, low, high, key=named),
        )  # fmt: skip

    def _order(self, begin: int, end: int, rows: Rows) -> None:
        of, numbers = self._of[begin:end].tolist(), self._rows[begin:end].tolist()
        table = self.kinds[of[0]].table
        names = ("path", "member", "source") if table == LEDGER else ("_path", "locator", "_source")
        columns = [c.to_pylist() for c in rows.take(table, names, numbers).columns]
        told = zip(*columns, of, numbers, strict=True)
        by = sorted(told, key=lambda r: (r[0], r[1], self.kinds[r[3]].event, r[2] or "", r[4]))
        for n, row in enumerate(by, begin):
            self._of[n], self._rows[n] = row[3], row[4]


def index(case: Case, tables: frozenset[str] | None = None) -> tuple[Index, dict[str, int]]:
    """The index of a case or of some of its tables; and the tables left out as too large, with their rows.

    Raises TooManyError where `tables` are asked for by name and cannot be held, OSError or ValueError for damage.
    """
    kinds = [k for k in _kinds(case.tables()) if tables is None or k.table in tables]
    left = _left_out(kinds, case.rows())
    if left and tables is not None:
        raise TooManyError(f"these tables may have more than {MOST:,} events; choose fewer of them")
    kinds = [k for k in kinds if k.table not in left]
    at = zones(case)
    parts: list[tuple[pa.Array, pa.Array, pa.Array]] = []
    with case.bare() as db:
        for n, kind in enumerate(kinds):
            times, rows = (_ledger if kind.table == LEDGER else _times)(case, db, kind, at)
            parts.append((times, pa.repeat(pa.scalar(n, _INDEX[1]), len(times)), rows))
    columns = [pa.chunked_array([p[c] for p in parts], of) for c, of in enumerate(_INDEX)]
    order = pc.sort_indices(columns[0])
    sorted_columns = []
    while columns:
        taken = columns.pop(0).take(order)
        sorted_columns.append(pa.concat_arrays(taken.chunks) if taken.num_chunks else pa.array([], taken.type))
    return Index(kinds, *sorted_columns), left


def _kinds(tables: Mapping[str, pa.Schema]) -> Iterator[Kind]:
    """Every column of times that the timeline tells, by table and name."""
    for table, schema in sorted(tables.items()):
        if table == LEDGER:
            yield from (Kind(table=table, event=e, wall=w) for e, w in (("modified", False), ("shown", True))
                        if e in schema.names)  # fmt: skip
        elif "_path" in schema.names:
            found = sorted((f.name, f.type.tz is None) for f in schema if pa.types.is_timestamp(f.type))
            yield from (Kind(table=table, event=name, wall=wall) for name, wall in found)


def _left_out(kinds: Sequence[Kind], rows: Mapping[str, int]) -> dict[str, int]:
    """The largest tables, as long as all may have too many events."""
    counts: dict[str, int] = {}
    for k in kinds:
        counts[k.table] = counts.get(k.table, 0) + rows[k.table]
    left: dict[str, int] = {}
    while sum(counts.values()) > MOST:
        largest = max(counts, key=counts.__getitem__)
        left[largest] = rows[largest]
        del counts[largest]
    return left


def _times(case: Case, db: duckdb.DuckDBPyConnection, kind: Kind, at: Mapping[str, str]) -> tuple[pa.Array, pa.Array]:
    """The times of a column in microseconds, and the numbers of their rows."""
    columns = [kind.event, "_source"] if kind.wall and at else [kind.event]
    batches = list(case.batches(kind.table, columns))
    if not batches:
        return pa.array([], _INDEX[0]), pa.array([], _INDEX[2])
    read = pa.Table.from_batches(batches)
    column = read[kind.event]
    rows = pa.arange(0, len(column)).cast(_INDEX[2])
    if column.null_count:
        there = pc.is_valid(column)
        read, rows = read.filter(there), pc.filter(rows, there)
    if len(columns) > 1:
        read = _in_utc(db, read.append_column("n", rows), kind.event, at)
        column, rows = read["time"], read["n"]
    else:
        column = read[kind.event].cast(pa.timestamp("us")).cast(_INDEX[0])
    return _whole(column), _whole(rows)


def _in_utc(db: duckdb.DuckDBPyConnection, read: pa.Table, event: str, at: Mapping[str, str]) -> pa.Table:
    """What the phone's clock showed as instants: by the same conversion as the timeline's."""
    db.register("read", read)
    try:
        return db.sql(f"SELECT epoch_us({utc_sql(quoted(event), at)}) AS time, n FROM read").to_arrow_table()  # noqa: S608
    finally:
        db.unregister("read")


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _ledger(case: Case, db: duckdb.DuckDBPyConnection, kind: Kind, at: Mapping[str, str]) -> tuple[pa.Array, pa.Array]:
    """When files changed, each once, as the timeline tells it; of equal rows that with a digest stands for all."""
    names = ["source", "path", "member", "type", "size", "modified", "sha256"]
    names += ["shown"] if "shown" in case.tables()[LEDGER].names else []

    def numbered() -> Iterator[pa.RecordBatch]:
        begin = 0
        for batch in case.batches(LEDGER, names):
            rows = pa.arange(begin, begin + len(batch)).cast(_INDEX[2])
            begin += len(batch)
            yield batch.append_column("n", rows)

    whole = pa.schema([*(case.tables()[LEDGER].field(n) for n in names), pa.field("n", _INDEX[2])])
    backed = _backed_up(case) if kind.event == "modified" else frozenset[str]()
    db.register("files", pa.RecordBatchReader.from_batches(whole, numbered()))
    try:
        told = db.sql(_ledger_sql(kind, at, backed)).to_arrow_table()
    finally:
        db.unregister("files")
    return _whole(told["time"]), _whole(told["n"])


def _ledger_sql(kind: Kind, at: Mapping[str, str], backed: frozenset[str]) -> str:
    if kind.event == "modified":
        time = "modified"
        where = f"modified IS NOT NULL AND NOT list_contains({literal(sorted(backed))}::VARCHAR[], source)"
    else:
        time, where = utc_sql("shown", at), "shown IS NOT NULL AND modified IS NULL"
    return (
        f"SELECT epoch_us(time) AS time, coalesce(arg_max(n, sha256), min(n)) AS n FROM "  # noqa: S608 - fixed text
        f"(SELECT *, source AS _source, {time} AS time FROM (SELECT *, source AS _source FROM files) WHERE {where}) "
        "GROUP BY time, type, size, path, member, source ORDER BY n"
    )


def _backed_up(case: Case) -> frozenset[str]:
    """The sources whose files are told by the records of a backup's manifest."""
    if MANIFEST not in case.tables():
        return frozenset()
    found = (pc.unique(b.column(0)).to_pylist() for b in case.batches(MANIFEST, ["_source"]))
    return frozenset(s for some in found for s in some)

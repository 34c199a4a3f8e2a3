"""Where two tables that should say the same differ: which rows only one of them has, and which values are others.

Both come in the same order, so they are walked side by side. Stretches that are equal are passed over as columns; from
the first difference on rows are compared, within a window in which they may find each other again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Any

import pyarrow as pa

STEP = 8192
"""Rows that are compared at once while all is equal."""
WINDOW = 2000
"""Rows ahead in which two tables may agree again after they differed."""
_KEYS = {
    "ledger": ("source", "path", "member", "artifact"),
    "device": ("source", "key", "value", "path", "locator"),
    "observables": ("kind", "value", "table"),
}
_OF_RECORDS = ("_source", "_path", "locator")

Row = tuple[Any, ...]


def row_differences(
    table: str, stored: Iterable[pa.RecordBatch], again: Iterable[pa.RecordBatch], names: Sequence[str]
) -> Iterator[str]:
    """A sentence for each row that only one has or whose values differ, of tables with the columns `names`.

    `stored` are the rows of the case, `again` those that the evidence gives. Told as they are met; a caller that has
    enough stops asking.
    """
    key = [names.index(n) for n in _KEYS.get(table, _OF_RECORDS) if n in names]
    told = _Told(table, names, key)
    one, two = _slices(stored), _slices(again)
    for a, b in zip_longest(one, two):
        if a is None or b is None or not a.equals(b):
            yield from _walked(chain(_rows(a), _all(one)), chain(_rows(b), _all(two)), told)
            return


class _Told:
    """Puts differences into words."""

    def __init__(self, table: str, names: Sequence[str], key: Sequence[int]) -> None:
        self._table, self._names, self._key = table, names, key

    def differences(self, only_one: Sequence[Row], only_two: Sequence[Row]) -> Iterator[str]:
        """Rows in the same place are taken for the same row with other values."""
        left: dict[Row, deque[Row]] = {}
        for row in only_two:
            left.setdefault(self._place(row), deque()).append(row)
        for row in only_one:
            if others := left.get(self._place(row)):
                yield self._values(row, others.popleft())
            else:
                yield f"{self._words(row)}: the evidence does not give this row"
        for row in chain.from_iterable(left.values()):
            yield f"{self._words(row)}: the evidence gives this row, the case lacks it"

    def _values(self, one: Row, two: Row) -> str:
        said = [
            f"{name} is {a!r:.60} in the case, {b!r:.60} in the evidence"
            for name, a, b in zip(self._names, one, two, strict=True)
            if a != b
        ]
        return f"{self._words(one)}: {'; '.join(said[:3])}{'; and more' if len(said) > 3 else ''}"

    def _place(self, row: Row) -> Row:
        return tuple(row[n] for n in self._key)

    def _words(self, row: Row) -> str:
        return " ".join([self._table, *(f"{v:.200}" for v in self._place(row) if isinstance(v, str))])


def _walked(one: Iterator[Row], two: Iterator[Row], told: _Told) -> Iterator[str]:
    a, b = deque(islice(one, WINDOW)), deque(islice(two, WINDOW))
    while a or b:
        if a and b and a[0] == b[0]:
            a.popleft()
            b.popleft()
        else:
            left, right = _meeting(a, b)
            yield from told.differences([a.popleft() for _ in range(left)], [b.popleft() for _ in range(right)])
        if len(a) < WINDOW // 2:
            a.extend(islice(one, WINDOW - len(a)))
        if len(b) < WINDOW // 2:
            b.extend(islice(two, WINDOW - len(b)))


def _meeting(a: Iterable[Row], b: Iterable[Row]) -> tuple[int, int]:
    """How many rows to leave behind on each side so that both go on with the same one, as few as possible."""
    rows, others = list(a), list(b)
    where: dict[Row, int] = {}
    for n, row in enumerate(others):
        where.setdefault(row, n)
    pairs = ((i, where[row]) for i, row in enumerate(rows) if row in where)
    return min(pairs, key=sum, default=(len(rows), len(others)))


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows in tables of `STEP`, the last one shorter, however they come."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= STEP:
            table = pa.Table.from_batches(waiting)
            whole = rows - rows % STEP
            for start in range(0, whole, STEP):
                yield table.slice(start, STEP)
            waiting, rows = table.slice(whole).combine_chunks().to_batches(), rows - whole
    if rows:
        yield pa.Table.from_batches(waiting)


def _all(tables: Iterable[pa.Table]) -> Iterator[Row]:
    return chain.from_iterable(map(_rows, tables))


def _rows(table: pa.Table | None) -> Iterator[Row]:
    """Rows of plain values; times are microseconds, so that no year is too late and no zone is asked for."""
    if table is None:
        return iter(())
    columns = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in table.columns]
    return zip(*(map(_comparable, c.to_pylist()) for c in columns), strict=True)


def _comparable(value: Any) -> Any:
    """A value that equals itself and can be looked up: not-a-number as text, lists as tuples."""
    if isinstance(value, list):
        return tuple(map(_comparable, value))
    return "not a number" if isinstance(value, float) and value != value else value

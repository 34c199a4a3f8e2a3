"""Every row of one table in the order of its key, past pages that cannot be read.

Where all of it is as SQLite writes it, leaf pages are read as columns (`_sqlite_leaves`). From the first place that is
not, SQLite reads: for one page if only its values are odd, else to the end. Both ways give the same rows and Gaps.

SQLite's plain read gives the values as SQLite types them. The first text that is not valid UTF-8 turns the rest of the
table to the careful read: `typeof` and `CAST(… AS BLOB)` of each column, decoded here. Behind damage the read goes on
at the next key that the inner pages of the b-tree still name.

Source: https://www.sqlite.org/fileformat2.html#b_tree_pages
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import lt
from typing import Any

import apsw
import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats._parts import Parts
from bridle.formats._sqlite_leaves import OddError, RecordColumn, rows
from bridle.formats._sqlite_text import careful, decoded, quoted
from bridle.formats._sqlite_tree import leaves, upper_key
from bridle.formats._sqlite_vfs import Pages
from bridle.formats.table import Lost

MAX_VALUE = 64 << 20
"""Bytes of one value."""
WORTHWHILE = 64
"""Leaf pages of a table from which on it costs less to read them as columns than to ask SQLite."""
MAX_ROWS = 20_000
"""Rows of one batch."""
_MAX_BATCH_BYTES = 16 << 20
"""A batch ends early once this much was read for it …"""
_MAX_READ = 256 << 20
"""… and one row may take no more than this."""
_MAX_LOCAL = 128 << 20
"""Bytes that the rows of a batch may share of their pages, were every row a page long."""
_AT_ONCE = 16
_MAX_DAMAGE = 10_000
"""Damaged places in one table after which the rest is given up."""
_FIRST_LEAVES, _MAX_LEAF_BYTES = 128, 4 << 20
"""Leaf pages that are read as columns at once: so many at first, then twice as many each time up to these bytes."""
_MAX_ODD = 1_000
"""Leaf pages with odd values after which SQLite reads the rest of the table."""
_MAX_REPEATED = 1_000
_MAX_REMEMBERED = 2_000_000
_FIRST_KEY, _LAST_KEY = -(2**63), 2**63 - 1

UNREADABLE = (apsw.Error, OSError, UnicodeDecodeError)


@dataclass(frozen=True)
class Stored:
    """A table as the schema describes it."""

    name: str
    sql_name: str
    """Quoted."""
    columns: tuple[str, ...]
    """Stored ones only: generated columns are not."""
    key: tuple[str, ...]
    """Of a table without rowid."""
    rowid: str | None
    """The name the rowid can be asked by; None where the table has none."""
    root: int
    record: tuple[RecordColumn, ...] = ()
    """The columns as they stand in its records; none where that is not known."""


@dataclass(frozen=True)
class Batch:
    """Some rows: their locators, and their values in the order of the columns asked for."""

    locators: list[str] | pa.Array
    columns: Sequence[Sequence[Any] | Parts]


def scan(
    db: apsw.Connection, pages: Pages, table: Stored, columns: Sequence[str], *, by_leaves: int | None = None
) -> Iterator[Batch | Gap]:
    """The rows of `table` with the values of `columns`, which it has.

    A table of at least `by_leaves` leaf pages may come as Parts.
    """
    if table.rowid is None:
        yield from _keyed(db, pages, table, columns)
    else:
        yield from _Scan(db, pages, table, columns).batches(by_leaves)


def _take(pages: Pages, cursor: Iterator[Any], rows: list[Any]) -> Exception | None:
    """Add rows up to the end of a batch. Returns what interrupted it; the rows before that are in `rows`."""
    pages.taken, pages.budget = 0, _MAX_READ
    most = max(_AT_ONCE, min(MAX_ROWS, _MAX_LOCAL // pages.page_size))
    try:
        while len(rows) < most and pages.taken < _MAX_BATCH_BYTES:
            before = len(rows)
            rows.extend(islice(cursor, _AT_ONCE))
            if len(rows) == before:
                break
    except UNREADABLE as e:
        return e
    return None


class _Scan:
    """A table with rowids, read in their order."""

    def __init__(self, db: apsw.Connection, pages: Pages, table: Stored, columns: Sequence[str]) -> None:
        self._db, self._pages, self._table, self._columns = db, pages, table, columns
        self._careful = pages.encoding != "utf-8"
        self._next: int | None = _FIRST_KEY
        """The key to go on at, once `_past` rows are passed over that no key leads behind; None at the end."""
        self._damaged = self._skipped = self._repeated = self._past = 0
        self._keys = array("q")
        self._seen: set[int] | None = None
        """Keys already given, once some were found out of order."""
        self._told: dict[str, int] = {}
        """Places of Gaps, and how many each has: rows may be out of order and unreadable at one."""
        self._behind = False
        """Whether SQLite is to read on behind the last row, which was given without it."""

    def batches(self, by_leaves: int | None) -> Iterator[Batch | Gap]:
        if by_leaves is not None and self._table.record and self._pages.encoding == "utf-8":
            yield from self._by_leaves(by_leaves)
        while self._next is not None:
            failed = yield from self._run()
            if failed is None:
                return
            yield from self._recover(failed)

    def _by_leaves(self, least: int) -> Iterator[Batch | Gap]:
        """Rows from the leaf pages themselves, as far as these are what they should be; `_next` tells how far."""
        self._pages.taken, self._pages.budget = 0, _MAX_READ
        found = leaves(self._pages, self._table.root)
        if found is None or len(found) < least:
            return
        odd, at, at_once = 0, 0, _FIRST_LEAVES
        while at < len(found):
            run = found[at : at + at_once]
            self._pages.taken, self._pages.budget = 0, _MAX_READ
            try:
                keys, columns = rows(self._pages, run, self._table.record, self._columns)
            except OddError as e:
                at_once = len(run) // 2
                if at_once:
                    continue
                at_once, odd = 1, odd + 1
                if not e.keys_hold or odd > _MAX_ODD or not (yield from self._one_leaf(run[0].high)):
                    self._behind = self._next not in (None, _FIRST_KEY) and not self._past
                    return
            else:
                yield self._admit_columns(keys, columns)
                at_once = self._leaves_at_once(len(keys), len(run))
            at += len(run)
        self._next = None

    def _leaves_at_once(self, rows_seen: int, leaves_seen: int) -> int:
        by_rows = MAX_ROWS * 7 * leaves_seen // (8 * rows_seen)
        return max(1, min(by_rows, 2 * leaves_seen, _MAX_LEAF_BYTES // self._pages.page_size))

    def _admit_columns(self, keys: pa.Array, columns: list[Parts]) -> Batch:
        last = keys[-1].as_py()
        self._next = last + 1 if last < _LAST_KEY else None
        self._careful = self._careful or any(c.odd for c in columns)
        if len(self._keys) < _MAX_REMEMBERED:
            at = 8 * keys.offset
            self._keys.frombytes(memoryview(keys.buffers()[1])[at : at + 8 * len(keys)])
        locators = pc.binary_join_element_wise(f"{self._table.name}:", keys.cast(pa.string()), "")
        return Batch(locators, columns)

    def _one_leaf(self, highest: int) -> Generator[Batch | Gap, None, bool]:
        """The rows up to a key as SQLite reads them. Returns whether there was nothing wrong with them."""
        failed = yield from self._run(highest)
        if isinstance(failed, UnicodeDecodeError) and not self._careful:
            self._careful = True
            failed = yield from self._run(highest)
        if failed is not None:
            yield from self._recover(failed)
        return failed is None and self._seen is None

    def _start(self, highest: int | None) -> Iterator[Any]:
        wanted = self._wanted(self._careful)
        if not self._behind or self._next is None:
            return self._execute(wanted, self._next, highest)
        self._behind = False
        cursor = self._execute(wanted, self._next - 1)
        next(cursor, None)
        return cursor

    def _run(self, highest: int | None = None) -> Generator[Batch | Gap, None, Exception | None]:
        """Read on from `_next`, not beyond `highest`. Returns what ended it, None at the table's end."""
        rows: list[tuple[Any, ...]] = []
        try:
            cursor = self._start(highest)
        except UNREADABLE as e:
            return e
        while True:
            failed = _take(self._pages, cursor, rows)
            if rows:
                yield from self._admit(rows)
            if failed is not None or not rows or self._next is None:
                return failed
            rows = []

    def _wanted(self, checked: bool) -> str:
        return careful(self._columns) if checked else "".join(f", {quoted(c)}" for c in self._columns)

    def _execute(self, wanted: str, key: int | None, highest: int | None = None) -> apsw.Cursor:
        self._pages.taken, self._pages.budget = 0, _MAX_READ
        t = self._table
        where = "" if key == _FIRST_KEY else f" WHERE {t.rowid} >= ?1"
        if highest is not None:
            where = f"{where or ' WHERE ?1 IS NOT NULL'} AND {t.rowid} <= {highest}"
        rest = f"{where} ORDER BY 1" + (f" LIMIT -1 OFFSET {self._past}" if self._past else "")
        sql = f"SELECT {t.rowid}{wanted} FROM {t.sql_name} NOT INDEXED{rest}"  # noqa: S608 - quoted names
        return self._db.execute(sql, (key,) if where else ())

    def _admit(self, rows: list[tuple[Any, ...]]) -> Iterator[Batch | Gap]:
        """Rows as Batches. What is told of their order does not depend on how many are read at once."""
        keys = [row[0] for row in rows]
        expected = self._next if self._next is not None else _LAST_KEY
        self._next, self._past = keys[-1] + 1 if keys[-1] < _LAST_KEY else None, 0
        if self._seen is not None:
            yield from self._admit_fresh(rows)
            return
        ordered = len(rows)
        if keys[0] < expected or not all(map(lt, keys, islice(keys, 1, None))):
            ordered = next(i for i, key in enumerate(keys) if key < (keys[i - 1] + 1 if i else expected))
        if len(self._keys) < _MAX_REMEMBERED:
            self._keys.extend(keys[:ordered])
        if ordered:
            yield self._batch(rows[:ordered])
            expected = keys[ordered - 1] + 1
        if ordered < len(rows):
            yield from self._out_of_order(expected)
            yield from self._admit_fresh(rows[ordered:])

    def _out_of_order(self, key: int) -> Iterator[Gap]:
        """From now on it counts which rows were already given."""
        if self._seen is None:
            self._seen = set(self._keys)
            yield self._gap(key, "damaged: rowids are out of order")

    def _admit_fresh(self, rows: list[tuple[Any, ...]]) -> Iterator[Batch | Gap]:
        """The rows whose keys are new. Many that are not are the mark of pages that are linked in a circle."""
        seen = self._seen if self._seen is not None else set[int]()
        fresh, given_up = [], None
        for row in rows:
            if row[0] in seen:
                self._repeated += 1
            else:
                seen.add(row[0])
                fresh.append(row)
            if self._repeated > _MAX_REPEATED or len(seen) > _MAX_REMEMBERED:
                given_up = row[0]
                break
        if fresh:
            yield self._batch(fresh)
        if given_up is not None:
            self._next = None
            yield self._gap(given_up, "damaged: pages repeat, and the rest of the table was not read", "repeated at")

    def _batch(self, rows: list[tuple[Any, ...]]) -> Batch:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        name = self._table.name
        locators = [f"{name}:{key}" for key in columns.pop(0)]
        if self._careful:
            columns = [decoded(columns[i], columns[i + 1], self._pages.encoding) for i in range(0, len(columns), 2)]
        return Batch(locators, columns)

    def _gap(self, key: int, reason: str, where: str = "after") -> Gap:
        at = f"{self._table.name}:{where} {key - 1 if key > _FIRST_KEY else 'the start'}"
        self._told[at] = count = self._told.get(at, 0) + 1
        return Gap(locator=at if count == 1 else f"{at}, {count}", reason=reason)

    def _recover(self, failed: Exception) -> Iterator[Batch | Gap]:
        """Get past what could not be read: one row, or all that hangs on an unreadable page."""
        key = self._next
        if key is None or (isinstance(failed, UnicodeDecodeError) and not self._careful):
            self._careful = True
            return
        self._damaged += 1
        self._next = None
        if isinstance(failed, apsw.InterruptError) or self._damaged > _MAX_DAMAGE:
            many = "reading took too many steps" if self._damaged <= _MAX_DAMAGE else "too many places are damaged"
            yield self._gap(key, f"damaged: {many}, and the rest of the table was not read")
            return
        behind, found = self._skip(key)
        if behind != key or found is None:
            self._next = behind if found is not None else None
            yield self._gap(key, _range(key, behind - 1 if behind is not None and found is not None else None))
            return
        if found < key:
            yield from self._out_of_order(key)
        if self._seen is None or found not in self._seen:
            yield self._one(found, key)
        self._go_behind(key, found)
        if self._past:
            yield from self._out_of_order(found + 1)

    def _go_behind(self, key: int, found: int) -> None:
        """Go on behind the row that `key` led to: at the key behind it, or past it where that key leads elsewhere."""
        past, behind, asked = self._past + 1, None, None
        with suppress(*UNREADABLE):
            self._past = past
            behind = next(self._execute("", key), None)
            self._past = 0
            asked = next(self._execute("", found + 1), None) if found < _LAST_KEY else None
        self._next, self._past = key, past
        if found >= key and behind == asked:
            self._next, self._past = found + 1 if found < _LAST_KEY else None, 0

    def _skip(self, key: int) -> tuple[int | None, int | None]:
        """Where reading can go on from `key`, page by page, and the first rowid there; None at the end."""
        at: int | None = key
        while at is not None and self._skipped <= self._pages.count + _MAX_DAMAGE:
            try:
                found = next(self._execute("", at), None)
            except UNREADABLE:
                self._skipped += 1
                bound = upper_key(self._pages, self._table.root, at)
                at, self._past = None if bound is None or bound >= _LAST_KEY else bound + 1, 0
            else:
                return at, None if found is None else found[0]
        return None, None

    def _one(self, key: int, asked: int) -> Batch:
        """The row that `asked` leads to, which may be none of that key: column by column, `Lost` where unreadable."""
        values: list[Sequence[Any]] = []
        for c in self._columns:
            try:
                _, value, is_text = next(self._execute(careful([c]), asked))
                values.append(decoded([value], [is_text], self._pages.encoding))
            except apsw.TooBigError:
                values.append([Lost(f"expected at most {MAX_VALUE} bytes, got more")])
            except (*UNREADABLE, StopIteration) as e:
                values.append([Lost(f"damaged: the value could not be read ({type(e).__name__})")])
        self._keys.append(key)
        if self._seen is not None:
            self._seen.add(key)
        return Batch([f"{self._table.name}:{key}"], values)


def _range(key: int, bound: int | None) -> str:
    start = "the start" if key == _FIRST_KEY else f"rowid {key}"
    end = f"rowid {bound}" if bound is not None else "the end"
    return f"damaged: rows between {start} and {end} could not be read"


def _keyed(db: apsw.Connection, pages: Pages, table: Stored, columns: Sequence[str]) -> Iterator[Batch | Gap]:
    """The rows of a table without rowid. Behind damage nothing is read: only its own order leads on."""
    wanted = careful((*table.key, *columns))[2:]
    last, seen = "the start", set[str]()
    failed: Exception | None = None
    cursor: Iterator[Any] = iter(())
    try:
        cursor = db.execute(f"SELECT {wanted} FROM {table.sql_name} NOT INDEXED")  # noqa: S608 - quoted names
    except UNREADABLE as e:
        failed = e
    while failed is None:
        rows: list[tuple[Any, ...]] = []
        failed = _take(pages, cursor, rows)
        if not rows:
            break
        pairs = list(zip(*rows, strict=True))
        found = [decoded(pairs[i], pairs[i + 1], pages.encoding) for i in range(0, len(pairs), 2)]
        locators = [_key_locator(table.name, key) for key in zip(*found[: len(table.key)], strict=True)]
        fresh = [i for i, at in enumerate(locators) if not (at in seen or seen.add(at))]  # type: ignore[func-returns-value]
        values = [[c[i] for i in fresh] for c in found[len(table.key) :]]
        last = locators[-1].partition(":")[2]
        yield Batch([locators[i] for i in fresh], values)
        if len(locators) - len(fresh) > _MAX_REPEATED:
            failed = apsw.CorruptError("pages repeat")
    if failed is not None:
        reason = f"damaged: the rows from here on could not be read ({type(failed).__name__})"
        yield Gap(locator=f"{table.name}:after {last}", reason=reason)


def _key_locator(name: str, key: Sequence[Any]) -> str:
    return f"{name}:{json.dumps([v.hex() if isinstance(v, bytes) else v for v in key], ensure_ascii=False)}"

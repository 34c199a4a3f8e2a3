"""Every row of one table in the order of its key, past pages that cannot be read.

A plain read gives the values as SQLite types them. The first text that is not valid UTF-8 turns the rest of the table
to the careful read: `typeof` and `CAST(… AS BLOB)` of each column, decoded here. Behind damage the read goes on at the
next key that the inner pages of the b-tree still name.

Source: https://www.sqlite.org/fileformat2.html#b_tree_pages
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import lt
from typing import Any

import apsw

from bridle.core import Gap
from bridle.formats._sqlite_vfs import Pages
from bridle.formats.table import Lost, Undecodable

MAX_VALUE = 64 << 20
"""Bytes of one value."""
MAX_ROWS = 20_000
"""Rows of one batch."""
_MAX_BATCH_BYTES = 16 << 20
"""A batch ends early once this much was read for it …"""
_MAX_READ = 256 << 20
"""… and one row may take no more than this."""
_MAX_LOCAL = 128 << 20
"""Bytes that the rows of a batch may share of their pages, were every row a page long."""
_AT_ONCE = 16
_INNER, _MAX_DEPTH = 5, 20
_MAX_DAMAGE = 10_000
"""Damaged places in one table after which the rest is given up."""
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


@dataclass(frozen=True)
class Batch:
    """Some rows: their locators, and their values in the order of the columns asked for."""

    locators: list[str]
    columns: Sequence[Sequence[Any]]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def scan(db: apsw.Connection, pages: Pages, table: Stored, columns: Sequence[str]) -> Iterator[Batch | Gap]:
    """The rows of `table` with the values of `columns`, which it has."""
    if table.rowid is None:
        yield from _keyed(db, pages, table, columns)
    else:
        yield from _Scan(db, pages, table, columns).batches()


def _careful(columns: Sequence[str]) -> str:
    """Per column its value, text as bytes, and whether it is text."""
    of = (f"iif(typeof({c}) = 'text', CAST({c} AS BLOB), {c}), typeof({c}) = 'text'" for c in map(quoted, columns))
    return "".join(f", {c}" for c in of)


def _decoded(column: Sequence[Any], is_text: Sequence[int], encoding: str) -> list[Any]:
    return [_text(v, encoding) if t else v for v, t in zip(column, is_text, strict=True)]


def _text(stored: bytes, encoding: str) -> str | Undecodable:
    try:
        return stored.decode(encoding)
    except UnicodeDecodeError:
        return Undecodable(stored)


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
        """The key to go on at; None at the end."""
        self._damaged = self._skipped = self._repeated = 0
        self._keys = array("q")
        self._seen: set[int] | None = None
        """Keys already given, once some were found out of order."""

    def batches(self) -> Iterator[Batch | Gap]:
        while self._next is not None:
            failed = yield from self._run()
            if failed is None:
                return
            yield from self._recover(failed)

    def _run(self) -> Generator[Batch | Gap, None, Exception | None]:
        """Read on from `_next`. Returns what ended it, None at the table's end."""
        rows: list[tuple[Any, ...]] = []
        try:
            cursor = self._execute(self._wanted(self._careful), ">=", self._next)
        except UNREADABLE as e:
            return e
        while True:
            failed = _take(self._pages, cursor, rows)
            if rows:
                yield from self._admit(rows)
            if failed is not None or not rows or self._next is None:
                return failed
            rows = []

    def _wanted(self, careful: bool) -> str:
        return _careful(self._columns) if careful else "".join(f", {quoted(c)}" for c in self._columns)

    def _execute(self, wanted: str, compared: str, key: int | None) -> apsw.Cursor:
        self._pages.taken, self._pages.budget = 0, _MAX_READ
        t = self._table
        where = "" if key == _FIRST_KEY and compared == ">=" else f" WHERE {t.rowid} {compared} ?"
        sql = f"SELECT {t.rowid}{wanted} FROM {t.sql_name} NOT INDEXED{where} ORDER BY 1"  # noqa: S608 - quoted names
        return self._db.execute(sql, (key,) if where else ())

    def _admit(self, rows: list[tuple[Any, ...]]) -> Iterator[Batch | Gap]:
        """Rows as a Batch. Keys that come twice are the mark of pages that are linked in a circle."""
        keys = [row[0] for row in rows]
        expected = self._next if self._next is not None else _LAST_KEY
        ordered = keys[0] >= expected and all(map(lt, keys, islice(keys, 1, None)))
        self._next = keys[-1] + 1 if keys[-1] < _LAST_KEY else None
        if ordered and self._seen is None:
            if len(self._keys) < _MAX_REMEMBERED:
                self._keys.extend(keys)
            yield self._batch(rows)
            return
        if self._seen is None:
            self._seen = set(self._keys)
            yield self._gap(expected, "damaged: rowids are out of order")
        fresh = []
        for row in rows:
            if row[0] not in self._seen:
                self._seen.add(row[0])
                fresh.append(row)
        self._repeated += len(rows) - len(fresh)
        if fresh:
            yield self._batch(fresh)
        if self._repeated > _MAX_REPEATED or len(self._seen) > _MAX_REMEMBERED:
            self._next = None
            yield self._gap(keys[-1], "damaged: pages repeat, and the rest of the table was not read", "repeated at")

    def _batch(self, rows: list[tuple[Any, ...]]) -> Batch:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        name = self._table.name
        locators = [f"{name}:{key}" for key in columns.pop(0)]
        if self._careful:
            columns = [_decoded(columns[i], columns[i + 1], self._pages.encoding) for i in range(0, len(columns), 2)]
        return Batch(locators, columns)

    def _gap(self, key: int, reason: str, where: str = "after") -> Gap:
        return Gap(locator=f"{self._table.name}:{where} {key - 1 if key > _FIRST_KEY else 'the start'}", reason=reason)

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
        self._next = found + 1 if found < _LAST_KEY else None
        if self._seen is None or found not in self._seen:
            yield self._one(found)

    def _skip(self, key: int) -> tuple[int | None, int | None]:
        """Where reading can go on from `key`, page by page, and the first rowid there; None at the end."""
        at: int | None = key
        while at is not None and self._skipped <= self._pages.count + _MAX_DAMAGE:
            try:
                found = next(self._execute("", ">=", at), None)
            except UNREADABLE:
                self._skipped += 1
                bound = upper_key(self._pages, self._table.root, at)
                at = None if bound is None or bound >= _LAST_KEY else bound + 1
            else:
                return at, None if found is None else found[0]
        return None, None

    def _one(self, key: int) -> Batch:
        """One row, column by column: those that cannot be read are `Lost`."""
        values: list[Sequence[Any]] = []
        for c in self._columns:
            try:
                _, value, is_text = next(self._execute(_careful([c]), "=", key))
                values.append(_decoded([value], [is_text], self._pages.encoding))
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


def upper_key(pages: Pages, root: int, key: int) -> int | None:
    """The highest rowid that can lie on the same leaf page as `key`, by the inner pages; None if they set no bound."""
    bound: int | None = None
    number = root
    for _ in range(_MAX_DEPTH):
        page = pages.page(number)
        start = 100 if number == 1 else 0
        if len(page) < start + 12 or page[start] != _INNER:
            break
        child, highest = _child(page, start, key)
        if highest is not None:
            if bound is not None and highest > bound:
                break
            bound = highest
        number = child
    return bound


def _child(page: bytes, start: int, key: int) -> tuple[int, int | None]:
    """The child page of an inner page where `key` belongs, and the highest key it may hold."""
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for i in range(min(count, len(page) // 2)):
        cell = int.from_bytes(page[start + 12 + 2 * i : start + 14 + 2 * i], "big")
        highest = _varint(page, cell + 4)
        if highest >= key:
            return int.from_bytes(page[cell : cell + 4], "big"), highest
    return int.from_bytes(page[start + 8 : start + 12], "big"), None


def _varint(page: bytes, at: int) -> int:
    value = 0
    for i, byte in enumerate(page[at : at + 9]):
        if i == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def _keyed(db: apsw.Connection, pages: Pages, table: Stored, columns: Sequence[str]) -> Iterator[Batch | Gap]:
    """The rows of a table without rowid. Behind damage nothing is read: only its own order leads on."""
    wanted = _careful((*table.key, *columns))[2:]
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
        found = [_decoded(pairs[i], pairs[i + 1], pages.encoding) for i in range(0, len(pairs), 2)]
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

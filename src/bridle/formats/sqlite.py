"""Read SQLite tables as they are stored, without touching the evidence.

Tables, not queries: a row keeps its rowid, a column that is not there reads as None, and no JOIN can lose or merge
rows. Joins belong in rules, where they can be read and argued with. The write-ahead log beside the file is part of it
and is merged in memory. Views and virtual tables are never read, and nothing the file holds is executed.

Sources: https://www.sqlite.org/fileformat2.html ; https://www.sqlite.org/security.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from operator import itemgetter
from typing import Any, BinaryIO, TypeVar

import apsw
import pyarrow as pa

from bridle.core import FormatError, Gap, Record, SourceFile
from bridle.formats import _columns, _wal, sqlite_recovery
from bridle.formats._parts import Parts, parts
from bridle.formats._sqlite_leaves import RecordColumn
from bridle.formats._sqlite_scan import MAX_VALUE, UNREADABLE, WORTHWHILE, Stored, scan
from bridle.formats._sqlite_text import quoted
from bridle.formats._sqlite_vfs import Pages, open_pages
from bridle.formats.arrow import ArrowBlock
from bridle.formats.table import Lost, Plan, Row, Undecodable, plan, readable

__all__ = ["Database", "Lost", "Row", "Undecodable", "connect"]

R = TypeVar("R", bound=Record)

_JOURNAL = bytes.fromhex("d9d505f920a163d7")
_LIMITS = {
    apsw.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    apsw.SQLITE_LIMIT_ATTACHED: 0,
    apsw.SQLITE_LIMIT_WORKER_THREADS: 0,
    apsw.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
_SETTINGS = {
    apsw.SQLITE_DBCONFIG_DEFENSIVE: 1,
    apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA: 0,
    apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER: 0,
    apsw.SQLITE_DBCONFIG_ENABLE_VIEW: 0,
    apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION: 0,
}
_IN_PART = "can be read only in part"
_STEPS_AT_ONCE = 100_000
_ROWIDS = ("rowid", "_rowid_", "oid")


class Database:
    """An opened database. `connect` makes it."""

    def __init__(self, connection: apsw.Connection, pages: Pages, problems: list[Gap]) -> None:
        self._db, self._pages, self._problems = connection, pages, problems
        self._steps = 0
        connection.set_progress_handler(self._too_long, _STEPS_AT_ONCE)

    def _too_long(self) -> bool:
        """Whether a table has taken more steps than rows of four bytes in all of the file could take."""
        self._steps += _STEPS_AT_ONCE
        return self._steps > 10_000_000 + 64 * self._pages.stored

    def problems(self) -> Iterator[Gap]:
        """What is wrong with the file as a whole. `table` and `rows` tell it first by themselves; it is told once."""
        while self._problems:
            yield self._problems.pop(0)

    def tables(self) -> frozenset[str]:
        """The names of the ordinary tables, as stored."""
        return frozenset(name for name, _ in self._roots.values())

    def columns(self, name: str) -> tuple[str, ...]:
        """The names of a table's stored columns; none for a table that is not there. Raises FormatError."""
        found = self._stored(name)
        return () if found is None else found.columns

    def readable_columns(self, name: str) -> frozenset[str]:
        """The same in small letters; none where they cannot be read, which reading the table tells."""
        try:
            return frozenset(column.lower() for column in self.columns(name))
        except FormatError:
            return frozenset()

    def table(
        self,
        name: str,
        cls: type[R],
        *,
        optional: bool = False,
        called: Callable[[Sequence[str]], Sequence[str]] = tuple,
    ) -> Iterator[ArrowBlock[R] | Gap]:
        """The rows of table `name` as blocks of `cls`, each followed by the Gaps of its rows.

        A table that is not there is one Gap unless it is `optional`. `called` gives its columns the names that `cls`
        knows them by.
        """
        p = plan(cls)
        yield from self.problems()
        try:
            stored = self._stored(name)
        except FormatError as e:
            yield Gap(locator=name, reason=str(e))
            return
        if stored is None:
            if not optional:
                yield Gap(locator=name, reason="no such table")
            return
        yield from self._blocks(stored, p, cls, called(stored.columns))

    def _blocks(self, stored: Stored, p: Plan, cls: type[R], names: Sequence[str]) -> Iterator[ArrowBlock[R] | Gap]:
        shown = dict(zip(stored.columns, names, strict=True))
        there = {shown[c].lower(): c for c in stored.columns}
        wanted = [there.get(c.stored_as.lower()) for c in p.columns]
        asked = stored.columns if p.rest is not None else tuple(dict.fromkeys(c for c in wanted if c is not None))
        place = {c: i for i, c in enumerate(asked)}
        for found in scan(self._db, self._pages, stored, asked, by_leaves=WORTHWHILE):
            if isinstance(found, Gap):
                yield found
                continue
            nothing = Parts(len(found.locators), (), {})
            columns = [nothing if c is None else found.columns[place[c]] for c in wanted]
            others = {shown[c]: found.columns[i] for c, i in place.items()} if p.rest is not None else None
            made, gaps = _columns.block(p, cls, found.locators, columns, others)
            if made.num_rows:
                yield ArrowBlock(cls, made)
            yield from gaps

    def rows(self, name: str) -> Iterator[Row | Gap]:
        """The rows of table `name` as they are stored, for what no record type can say.

        Text that does not decode is `Undecodable` bytes, a value that cannot be read is `Lost`; a Gap follows the row.
        A table that is not there, or whose columns cannot be read, is one Gap.
        """
        yield from self.problems()
        stored = self._asked(name)
        if isinstance(stored, Gap):
            yield stored
            return
        for found in scan(self._db, self._pages, stored, stored.columns):
            if isinstance(found, Gap):
                yield found
                continue
            columns = [c.values() if isinstance(c, Parts) else c for c in found.columns]
            odd = any(not {Undecodable, Lost}.isdisjoint(map(type, c)) for c in columns)
            for row in _rows(list(found.locators), columns, stored.columns):
                yield row
                if odd:
                    yield from _odd_values(row)

    def batches(self, name: str) -> Iterator[tuple[pa.Array, dict[str, Parts]] | Gap]:
        """The rows of table `name` as columns by name, with their locators.

        As `rows`, but no Gap is given for a single value: `single` does.
        """
        yield from self.problems()
        stored = self._asked(name)
        if isinstance(stored, Gap):
            yield stored
            return
        for found in scan(self._db, self._pages, stored, stored.columns, by_leaves=WORTHWHILE):
            if isinstance(found, Gap):
                yield found
                continue
            locators = found.locators if isinstance(found.locators, pa.Array) else pa.array(found.locators, pa.string())
            columns = (c if isinstance(c, Parts) else parts(c) for c in found.columns)
            yield locators, dict(zip(stored.columns, columns, strict=True))

    def recovered(self, name: str, cls: type[R]) -> Iterator[ArrowBlock[R] | Gap]:
        """Rows of table `name` that were deleted or replaced, as blocks of `cls`: see `sqlite_recovery`.

        There are none of a table that is not there, or that has no rowid.
        """
        yield from self.problems()
        yield from self._recovery.blocks(name, cls)

    @cached_property
    def _recovery(self) -> sqlite_recovery.Recovery:
        return sqlite_recovery.recovery(self._db, self._pages, self._readable())

    def _readable(self) -> Iterator[Stored]:
        """The tables whose columns can be read."""
        for name in sorted(self.tables()):
            try:
                stored = self._stored(name)
            except FormatError:
                continue
            if stored is not None:
                yield stored

    @cached_property
    def _roots(self) -> dict[str, tuple[str, int]]:
        """Tables by lower-case name: name and root page. Raises FormatError."""
        found = {}
        sql = (
            "SELECT CAST(name AS BLOB), rootpage FROM sqlite_master"
            " WHERE type = 'table' AND rootpage > 0 AND sql NOT LIKE 'create view%'"
        )
        try:
            for name, root in self._db.execute(sql):
                text = _name(name, self._pages.encoding)
                if text is not None and isinstance(root, int):
                    found[text.lower()] = (text, root)
        except UNREADABLE as e:
            raise FormatError(f"the schema cannot be read: {_said(e)}") from None
        return found

    def _asked(self, name: str) -> Stored | Gap:
        """Table `name`, or the Gap of one that is not there or whose columns cannot be read."""
        try:
            return self._stored(name) or Gap(locator=name, reason="no such table")
        except FormatError as e:
            return Gap(locator=name, reason=str(e))

    def _stored(self, name: str) -> Stored | None:
        """Table `name` as the schema describes it, under the name it was asked by. Raises FormatError."""
        self._steps = 0
        if name.lower() not in self._roots:
            return None
        stored_name, root = self._roots[name.lower()]
        quoted_name = quoted(stored_name)
        try:
            described = [tuple(d) for d in self._db.execute(f"PRAGMA table_xinfo({quoted_name})")]
            indexes = [index[3] for index in self._db.execute(f"PRAGMA index_list({quoted_name})")]
        except UNREADABLE as e:
            raise FormatError(f"its columns cannot be read: {_said(e)}") from None
        if not described:
            raise FormatError("its columns cannot be read: its statement in the schema is damaged")
        columns = tuple(str(d[1]) for d in described if d[6] == 0)
        names = {str(d[1]).lower() for d in described}
        key = tuple(str(d[1]) for d in sorted((d for d in described if d[5]), key=itemgetter(5)))
        rowid = next((r for r in _ROWIDS if r not in names), None)
        if rowid is None:
            raise FormatError("its rowid cannot be asked for: columns bear all of its names")
        if indexes and key and not self._knows(quoted_name, rowid):
            rowid = None
        return Stored(name, quoted_name, columns, key, rowid, root, _record(described, key_is_stored="pk" in indexes))

    def _knows(self, quoted_name: str, column: str) -> bool:
        try:
            self._db.execute(f"SELECT {column} FROM {quoted_name} LIMIT 0").fetchall()  # noqa: S608 - a quoted name
        except apsw.SQLError:
            return False
        except UNREADABLE:
            return True
        return True


def _record(described: list[tuple[Any, ...]], *, key_is_stored: bool) -> tuple[RecordColumn, ...]:
    """The columns as they stand in records; generated ones only if they are stored."""
    one_key = sum(1 for d in described if d[5]) == 1
    return tuple(
        RecordColumn(
            str(name),
            is_rowid=bool(part_of_key) and one_key and not key_is_stored and str(declared).upper() == "INTEGER",
            is_real=_is_real(str(declared).lower()),
            has_default=default is not None and str(default).upper() != "NULL",
        )
        for _, name, declared, _, default, part_of_key, hidden in described
        if hidden in (0, 3)
    )


def _is_real(declared: str) -> bool:
    """Whether a column of this declared type gives whole numbers as floats."""
    others = ("int", "char", "clob", "text", "blob")
    return any(r in declared for r in ("real", "floa", "doub")) and not any(o in declared for o in others)


def _name(stored: object, encoding: str) -> str | None:
    try:
        return stored.decode(encoding) if isinstance(stored, bytes) else None
    except UnicodeDecodeError:
        return None


def _rows(locators: list[str], columns: Sequence[Sequence[Any]], names: tuple[str, ...]) -> list[Row]:
    index = {c: i for i, c in enumerate(names)} | {c.lower(): i for i, c in enumerate(names)}
    values = zip(*columns, strict=True) if columns else iter([()] * len(locators))
    return [Row(at, names, index, v) for at, v in zip(locators, values, strict=True)]


def single(locators: pa.Array, columns: Mapping[str, Parts]) -> Iterator[Row | Gap]:
    """The rows of `Database.batches` one by one, as `Database.rows` gives them."""
    odd = any(column.odd for column in columns.values())
    for row in _rows(locators.to_pylist(), [column.values() for column in columns.values()], tuple(columns)):
        yield row
        if odd:
            yield from _odd_values(row)


def _odd_values(row: Row) -> Iterator[Gap]:
    for name, value in row.items():
        try:
            readable(value)
        except ValueError as e:
            yield Gap(locator=f"{row.locator}.{name}", reason=f"{name}: {e}")


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {ascii(str(error))[1:-1]:.120}"


@contextmanager
def connect(file: SourceFile) -> Iterator[Database]:
    """Open a database and its write-ahead log for reading. Raises FormatError where it is none, or none to read."""
    with ExitStack() as opened:
        problems: list[Gap] = []
        pages = _pages(file, opened.enter_context, problems)
        try:
            database = Database(opened.enter_context(_opened(pages)), pages, problems)
            database.tables()
        except FormatError as e:
            database = Database(opened.enter_context(_opened(pages, lenient=True)), pages, problems)
            if not database.tables():
                raise
            problems.append(Gap(locator="sqlite_master", reason=f"{e!s:.200}".replace("cannot be read", _IN_PART, 1)))
        yield database


@contextmanager
def _opened(pages: Pages, *, lenient: bool = False) -> Iterator[apsw.Connection]:
    """A connection that runs nothing the file holds. `lenient` passes over statements of the schema that fail."""
    try:
        connection = open_pages(pages)
    except UNREADABLE as e:
        raise FormatError(f"the database cannot be opened: {_said(e)}") from None
    try:
        for limit, value in _LIMITS.items():
            connection.limit(limit, value)
        for setting, value in _SETTINGS.items():
            connection.config(setting, value)
        if lenient:
            connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
            connection.execute("PRAGMA writable_schema = ON")
        connection.drop_modules(None)
        connection.collation_needed(lambda db, name: db.create_collation(name, _compare))
        yield connection
    finally:
        connection.close()


def _compare(left: str, right: str) -> int:
    """An order for collations only the device knows; reading in order of keys never asks for it."""
    return (left > right) - (left < right)


def _pages(file: SourceFile, enter: Callable[[BinaryIO], BinaryIO], problems: list[Gap]) -> Pages:
    main = enter(file.open())
    log, log_file = _wal.Log(), None
    if (sibling := file.sibling("-wal")) is not None:
        log_file = enter(sibling.open())
        log = _wal.read(log_file, sibling.size)
        if log.problem is not None:
            problems.append(Gap(locator="-wal", reason=f"write-ahead log: {log.problem}"))
    if (journal := file.sibling("-journal")) is not None:
        with journal.open() as opened:
            if opened.read(len(_JOURNAL)) == _JOURNAL:
                reason = "a rollback journal of an unfinished change lies beside it: the main file is read as it is"
                problems.append(Gap(locator="-journal", reason=reason))
    if file.size == 0 and 1 not in log.pages:
        raise FormatError("empty file")
    pages = Pages(main, file.size, log_file, log)
    if log.count and log.page_size != pages.page_size:
        reason = f"write-ahead log: its pages have {log.page_size} bytes, those of the file {pages.page_size}"
        problems.append(Gap(locator="-wal", reason=f"{reason}: it was not read"))
        pages = Pages(main, file.size, None, _wal.Log())
    if pages.missing:
        reason = f"its header says {pages.declared} pages of {pages.page_size} bytes, {pages.whole} are there"
        problems.append(Gap(locator=f"page {pages.whole + 1}", reason=f"cut short: {reason}"))
    return pages

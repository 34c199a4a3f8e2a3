"""Rows that were deleted or replaced, from space that an SQLite database does not use.

SQLite does not clear what it deletes unless `secure_delete` is on or the file is vacuumed; databases of recent phones
have their free blocks zeroed. Rows are looked for in

- pages of the freelist, and leaf pages that no table leads to;
- free blocks, and the space between pointers and cells, of the leaf pages of tables;
- pages of the main file that the write-ahead log replaced, and frames of the log that are no part of the database:
  superseded by a later commit, never committed, or left from an earlier use of the log.

Each is read as a leaf page of a table if its header can be right: the cells its pointers lead to, then the rest of it
byte by byte for record headers that a table of the schema can have written (`_sqlite_carving`). Which table a row
belongs to is judged by its number of columns and by what kinds of values they hold (`_sqlite_layouts`); the table whose
page it lies in goes first, and a row that fits several equally well belongs to none. Rows that are in use with the same
values are not told, wherever they lie (`_sqlite_compare`). What is there only in part is told with `whole` false.

A record type of recovered rows is that of the table with four more fields (`recovered`), so that indicators are looked
for in it, and has a table of its own:

    @recovered(surface="network-user")
    class RecoveredProcess(Process):
        …

    yield from db.recovered("ZPROCESS", RecoveredProcess)

What is not known: when a row was deleted; whether bytes of a row were overwritten by something of the same shape;
whether a row in a free page is one of a table that was dropped and looked the same. A row that lost its rowid and has
the values of a row in use is taken for a copy of it. Values in overflow pages are told only while those are free, or
unchanged in the main file. Not recovered: tables without rowid or with fewer than three columns, rows of versions of
the table that had more columns, indexes, rollback journals.

The work grows with the size of the file: all pages are read once, those with something to look at twice, and those of
tables of which something was found once more, to compare them. At most 200,000 cells or 64 MB of them are kept, and
3,000,000 places looked at.

Sources: https://www.sqlite.org/fileformat2.html ; https://www.sqlite.org/pragma.html#pragma_secure_delete ;
S. Jeon, J. Bang, K. Byun, S. Lee: A recovery method of deleted record for SQLite database (2012);
C. Meng, H. Baier: bring2lite (DFRWS USA 2019); D. Pawlaszczyk, C. Hummert: Making the Invisible Visible (2021);
https://github.com/inflex/undark ; btree.c of SQLite (freeSpace, allocateSpace) for what a free block overwrites.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, TypeVar

import apsw
import pyarrow as pa

from bridle.classes import dataclass
from bridle.core import Gap, Record, record
from bridle.formats import _columns, _sqlite_compare
from bridle.formats import _sqlite_cells as cells
from bridle.formats._sqlite_carving import Carver
from bridle.formats._sqlite_cells import Cell
from bridle.formats._sqlite_images import Image, Survey
from bridle.formats._sqlite_layouts import Layout, Layouts, layout
from bridle.formats._sqlite_scan import MAX_VALUE, UNREADABLE, Stored
from bridle.formats._sqlite_text import quoted
from bridle.formats._sqlite_vfs import Pages
from bridle.formats.arrow import ArrowBlock
from bridle.formats.table import Plan, col, plan

C = TypeVar("C")
R = TypeVar("R", bound=Record)

_FOUND_IN, _ROWID, _WHOLE, _COPIES = "(found in)", "(rowid)", "(whole)", "(copies)"
_MAX_CELLS = 200_000
_MAX_BYTES = 64 << 20
_LOOKED_AT = 200
"""Rows of a table that are asked what kinds of values it holds."""
_STORED = (0, 3)
"""What `PRAGMA table_xinfo` calls the columns that records have: ordinary ones, and generated ones that are stored."""
_AT_ONCE, _BYTES_AT_ONCE = 1_000, 16 << 20


_PLACES = (
    "space it was found in: `free page`, `page of no table`, `free block`, `unused space of a page`, `main file, "
    "replaced by the write-ahead log`, or `write-ahead log`: `superseded`, `not committed` or `of an earlier use`"
)
_FIELDS: dict[str, tuple[Any, str, str]] = {
    "found_in": (str | None, _FOUND_IN, _PLACES),
    "rowid": (int | None, _ROWID, "number the row had in its table; none where it was overwritten"),
    "whole": (bool | None, _WHOLE, "whether all values were still there and could be read; others are none"),
    "copies": (int | None, _COPIES, "how many more times the same row was found"),
}


def recovered(*, surface: str | None = None) -> Callable[[type[C]], type[C]]:
    """Make a subclass of a table's record type that of its recovered rows: `record` with the fields they have more."""

    def wrap(cls: type[C]) -> type[C]:
        cls.__annotations__ = inspect.get_annotations(cls) | {name: of for name, (of, _, _) in _FIELDS.items()}
        for name, (_, stored_as, doc) in _FIELDS.items():
            setattr(cls, name, col(stored_as, doc=doc))
        return record(surface=surface)(cls)

    return wrap


@dataclass(slots=True)
class _Found:
    locator: str
    found_in: str
    cell: Cell
    layout: Layout
    overflow: Callable[[int], bytes] | None


@dataclass
class Recovery:
    """What can be recovered from one database."""

    pages: Pages
    layouts: Mapping[int, Layout]
    """Of the tables with rowids, by their root pages."""
    roots: Iterable[int]
    """Of all b-trees."""
    _found: dict[str, list[_Found]] = field(default_factory=dict)
    _known: dict[int, Cell] = field(default_factory=dict)
    _bytes: int = 0
    _ran: bool = False
    _cut_short: bool = False

    def blocks(self, name: str, cls: type[R]) -> Iterator[ArrowBlock[R] | Gap]:
        """The rows of the table `name` as `cls`, by place; a Gap where there was too much to look at all of it."""
        self._run()
        p = plan(cls)
        rows: list[tuple[_Found, list[Any], bool]] = []
        taken = 0
        for one in self._found.get(name.lower(), ()):
            stored, complete = self._values(one)
            rows.append((one, stored, complete))
            taken += one.cell.size
            if len(rows) >= _AT_ONCE or taken >= _BYTES_AT_ONCE:
                yield from _block(p, cls, rows)
                rows, taken = [], 0
        if rows:
            yield from _block(p, cls, rows)
        if self._cut_short:
            yield Gap(locator=f"{name}:recovered", reason="more looks like rows in unused space than was looked at")

    def _run(self) -> None:
        if self._ran:
            return
        self._ran = True
        survey = Survey(self.pages, self.roots)
        usable = max(480, self.pages.page_size - self.pages.reserved)
        carver = Carver(Layouts(self.layouts.values()), dict(self.layouts), usable, self.pages)
        left_out = set[int]()
        for image in survey.images():
            if len(self._known) >= _MAX_CELLS or self._bytes >= _MAX_BYTES:
                self._cut_short = True
                break
            if image.found_in is not None and image.owner is not None and image.number not in left_out:
                left_out.add(image.number)
                carver.leave_out(self.pages.current_page(image.number), image.number)
            for where, cell, of in carver.cells_of(image):
                if of is not None and _tells_something(cell):
                    self._keep(image, where, cell, of)
            if carver.has_given_up:
                self._cut_short = True
                break
        self._known.clear()
        self._leave_out_live(survey, usable)
        for found in self._found.values():
            _leave_out_pieces(found)

    def _keep(self, image: Image, where: str, cell: Cell, layout: Layout) -> None:
        mark = hash((layout.name, cell.rowid, cell.header, cell.body))
        if mark in self._known:
            self._known[mark].copies += 1 + cell.copies
            return
        self._known[mark] = cell
        self._bytes += len(cell.header) + len(cell.body) + 100
        locator = f"{image.place} offset {cell.start}"
        found = _Found(locator, where, cell, layout, image.overflow)
        self._found.setdefault(layout.name.lower(), []).append(found)

    def _leave_out_live(self, survey: Survey, usable: int) -> None:
        """Take away what says the same as a row in use."""
        wanted = {
            root: _sqlite_compare.Wanted(f.cell for f in self._found[layout.name.lower()])
            for root, layout in self.layouts.items()
            if layout.name.lower() in self._found
        }
        if not wanted:
            return
        live = set[int]()
        for number, page in self.pages.current():
            asked = wanted.get(survey.owners.get(number, 0))
            if asked is not None:
                for row, payload in _sqlite_compare.rows_of(page, number, usable):
                    live.update(map(id, asked.like(row, payload)))
        for name, found in self._found.items():
            self._found[name] = [f for f in found if id(f.cell) not in live]

    def _values(self, one: _Found) -> tuple[list[Any], bool]:
        """The values of a row, None where they are lost, and whether none is."""
        cell = one.cell
        body = cell.body
        if cell.overflow and one.overflow is not None and cell.size <= MAX_VALUE:
            body += _chain(one.overflow, cell.overflow, cell.size - len(body), self.pages)
        stored, complete = cells.values(cell.types, body, self.pages.encoding)
        for i in one.layout.reals:
            if i < len(stored) and isinstance(stored[i], int):
                stored[i] = float(stored[i])
        if one.layout.key is not None:
            stored[one.layout.key] = cell.rowid
        return stored + [None] * (len(one.layout.columns) - len(stored)), complete


def recovery(db: apsw.Connection, pages: Pages, tables: Iterable[Stored]) -> Recovery:
    """What can be recovered of the rows of `tables`."""
    layouts = {table.root: _layout(db, pages, table) for table in tables if table.rowid is not None}
    try:
        roots = [root for (root,) in db.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    except UNREADABLE:
        roots = []
    return Recovery(pages, layouts, [1, *(r for r in roots if isinstance(r, int)), *layouts])


def _layout(db: apsw.Connection, pages: Pages, table: Stored) -> Layout:
    """The layout of a table by its description and its first rows."""
    pages.taken = 0
    described: list[tuple[str, str, bool]] = []
    key = None
    try:
        key_is_stored = any(i[3] == "pk" for i in db.execute(f"PRAGMA index_list({table.sql_name})"))
        for _, name, declared, never_null, _, part_of_key, hidden in db.execute(
            f"PRAGMA table_xinfo({table.sql_name})"
        ):
            if hidden in _STORED:
                if part_of_key and not key_is_stored and str(declared).upper() == "INTEGER":
                    key = len(described)
                described.append((str(name), str(declared), bool(never_null)))
    except UNREADABLE:
        return layout(table.name, (), None)
    return layout(table.name, described, key, _seen(db, table.sql_name, [name for name, _, _ in described]))


def _seen(db: apsw.Connection, sql_name: str, columns: Iterable[str]) -> list[str]:
    """The kinds of values in the first rows, column by column."""
    kinds = ", ".join(f"substr(typeof({quoted(c)}), 1, 1)" for c in columns)
    try:
        rows = db.execute(f"SELECT {kinds} FROM {sql_name} NOT INDEXED LIMIT {_LOOKED_AT}").fetchall()  # noqa: S608
    except UNREADABLE:
        return []
    return ["".join(sorted(set(column))).replace("r", "f") for column in zip(*rows, strict=True)]


def _chain(page_of: Callable[[int], bytes], number: int, missing: int, pages: Pages) -> bytes:
    """What lies in overflow pages, if it is all there; else nothing."""
    content = pages.page_size - pages.reserved - 4
    found: list[bytes] = []
    for _ in range(-(-missing // content)):
        page = page_of(number) if number else b""
        if not page:
            return b""
        found.append(page[4 : 4 + content])
        number = int.from_bytes(page[:4], "big")
    return b"".join(found)[:missing] if number == 0 else b""


def _tells_something(cell: Cell) -> bool:
    """Whether a value that takes bytes is there; of a row that is not cut, any value."""
    if not cell.is_cut:
        return True
    first = next((size for size in cells.sizes(cell.types) if size), 0)
    return 0 < first <= len(cell.body)


def _leave_out_pieces(found: list[_Found]) -> None:
    """Count as copies the cells that lost a part, where another still has it."""
    lost = {id(f.cell) for f in found if f.cell.is_cut or f.cell.rowid is None}
    if not lost or len(lost) == len(found):
        return
    wanted = _sqlite_compare.Wanted(f.cell for f in found if id(f.cell) in lost)
    pieces = set[int]()
    for one in found:
        if id(one.cell) not in lost and one.cell.rowid is not None:
            for piece in wanted.like(one.cell.rowid, one.cell.header + one.cell.body):
                one.cell.copies += 1 + piece.copies
                pieces.add(id(piece))
    found[:] = [f for f in found if id(f.cell) not in pieces]


def _block(p: Plan, cls: type[R], rows: list[tuple[_Found, list[Any], bool]]) -> Iterator[ArrowBlock[R] | Gap]:
    """Rows as a block. A value that cannot be read is told by `whole`, and a row without one it needs is a Gap."""
    own: dict[str, list[Any]] = {
        _FOUND_IN: [one.found_in for one, _, _ in rows],
        _ROWID: [one.cell.rowid for one, _, _ in rows],
        _WHOLE: [complete for _, _, complete in rows],
        _COPIES: [one.cell.copies for one, _, _ in rows],
    }
    names = rows[0][0].layout.columns
    index = {c: i for i, c in enumerate(names)} | {c.lower(): i for i, c in enumerate(names)}
    locators = [one.locator for one, _, _ in rows]
    nothing: list[Any] = [None] * len(rows)
    stored: list[list[Any]] = []
    for c in p.columns:
        at = index.get(c.stored_as, index.get(c.stored_as.lower()))
        column = nothing if at is None else [values[at] for _, values, _ in rows]
        stored.append(own.get(c.stored_as, column))
    others = None
    if p.rest is not None:
        others = {c: [values[i] for _, values, _ in rows] for i, c in enumerate(names)}
    made, gaps = _columns.block(p, cls, locators, stored, others)
    odd = {gap.locator.partition(".")[0] for gap in gaps}
    if odd and (at := next((i for i, c in enumerate(p.columns) if c.stored_as == _WHOLE), None)) is not None:
        name = p.columns[at].name
        kept = zip(made["locator"].to_pylist(), made[name].to_pylist(), strict=True)
        told = pa.array([complete and place not in odd for place, complete in kept], pa.bool_())
        made = made.set_column(made.schema.get_field_index(name), made.schema.field(name), told)
    if made.num_rows:
        yield ArrowBlock(cls, made)
    yield from (gap for gap in gaps if "." not in gap.locator)

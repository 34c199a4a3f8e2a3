"""Bounds of what is read of a database: at, below and above each."""

import pytest

from bridle.core import Gap, Record, record
from bridle.formats import _sqlite_carving, _sqlite_leaves, _sqlite_scan, _sqlite_tree, sqlite, sqlite_recovery
from bridle.formats._sqlite_leaves import OddError, rows
from bridle.formats._sqlite_tree import leaves
from bridle.formats.table import Lost, col
from sqlite_files import Stored, database

NOTES = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);"


def read(content):
    """The values of `x` by their key, and the gaps."""
    with sqlite.connect(Stored(bytes(content))) as db:
        found = list(db.rows("t"))
    return {r["id"]: r["x"] for r in found if not isinstance(r, Gap)}, [g for g in found if isinstance(g, Gap)]


@pytest.mark.parametrize("size", [67_108_863, 67_108_864])
def test_a_value_at_and_below_the_bound(size):
    file = Stored(database(NOTES + f"INSERT INTO t VALUES (2, zeroblob({size}));"))
    with sqlite.connect(file) as db:
        assert [len(r["x"]) for r in db.rows("t") if not isinstance(r, Gap)] == [size]


def test_a_value_of_one_byte_more():
    file = Stored(database(NOTES + "INSERT INTO t VALUES (2, zeroblob(67108865));"))
    with sqlite.connect(file) as db:
        assert [r["x"] for r in db.rows("t") if not isinstance(r, Gap)] == [
            Lost("expected at most 67108864 bytes, got more")
        ]


@pytest.mark.parametrize(("bound", "is_left"), [(4, False), (3, False), (2, True)])
def test_damaged_places_at_below_and_above_the_bound(monkeypatch, bound, is_left):
    """Three pages are damaged, each between others that are whole; a page has two rows."""
    content = bytearray(
        database(NOTES, [("INSERT INTO t VALUES (?, ?)", [(n, f"<{n:0>200}>") for n in range(1, 41)])], 512)
    )
    for key in (9, 19, 29):
        page = content.index(f"<{key:0>200}>".encode()) // 512
        content[page * 512 : page * 512 + 512] = b"\xa5" * 512
    monkeypatch.setattr(_sqlite_scan, "_MAX_DAMAGE", bound)
    found, gaps = read(content)
    kept = [key for key in range(1, 41) if key not in (9, 10, 19, 20, 29, 30)]
    assert list(found) == [key for key in kept if key < 29 or not is_left]
    reason = "damaged: too many places are damaged, and the rest of the table was not read"
    assert (gaps[-1] == Gap(locator="t:after 28", reason=reason), len(gaps)) == (is_left, 3)


def test_a_value_has_64_mib_and_so_many_places_may_be_damaged():
    assert (_sqlite_scan.MAX_VALUE, _sqlite_scan._MAX_DAMAGE) == (67_108_864, 10_000)


class Chained:
    """Inner pages of 512 bytes, each with one cell that leads to the next and bounds its keys lower."""

    page_size, reserved = 512, 0

    def __init__(self, count):
        self.count = self.declared = count + 1

    def page(self, number):
        page = bytearray(512)
        page[0], page[4] = 13, 1
        if number <= self.count:
            page[0], page[12:14], page[500:504] = 5, b"\x01\xf4", (number + 1).to_bytes(4, "big")
            page[504] = 100 - number
        return bytes(page)


@pytest.mark.parametrize(("inner", "bound"), [(18, 81), (19, 80), (20, 79), (21, 79)])
def test_levels_of_a_tree_at_below_and_above_the_bound(inner, bound):
    """Page 2 is the root, whose keys are at most 98; the root and 19 levels below it are followed."""
    assert _sqlite_tree._MAX_DEPTH == 19
    assert _sqlite_tree.upper_key(Chained(inner), 2, 1) == bound


def columns(content):
    """The columns of table `t` as leaf pages give them, without SQLite."""
    with sqlite.connect(Stored(content)) as db:
        stored = db._stored("t")
        return rows(db._pages, leaves(db._pages, stored.root), stored.record, stored.columns)[1]


@pytest.mark.parametrize(("bound", "at_once"), [(4_009, True), (4_008, True), (4_007, False)])
def test_bytes_in_overflow_pages_at_below_and_above_the_bound(monkeypatch, bound, at_once):
    """Two rows of 2,000 characters: a header of four bytes, none for the key. Beyond the bound SQLite reads them."""
    monkeypatch.setattr(_sqlite_leaves, "_MAX_OVERFLOW", bound)
    given = [(1, "b" * 2000), (2, "c" * 2000)]
    content = database(NOTES, [("INSERT INTO t VALUES (?, ?)", given)], page_size=512)
    if at_once:
        assert columns(content)[1].values() == ["b" * 2000, "c" * 2000]
    else:
        with pytest.raises(OddError) as odd:
            columns(content)
        assert odd.value.keys_hold
    assert read(content) == (dict(given), [])


def test_16_mib_of_rows_in_overflow_pages_are_taken_at_once():
    assert _sqlite_leaves._MAX_OVERFLOW == 16_777_216


@record
class Row(Record):
    id: int | None = col("id")
    x: str | None = col("x")
    n: int | None = col("n")


@sqlite_recovery.recovered()
class Note(Row):
    """A row of `t` that was deleted."""


LEFT = "PRAGMA secure_delete = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, n INTEGER);"
THREE = "INSERT INTO t VALUES (1, 'one', 100), (2, 'two', 200), (3, 'three', 300);"


def deleted():
    """Two thousand rows on some pages, all of them deleted."""
    given = [(n, f"text {n}", n * 1000) for n in range(1, 2001)]
    return database(LEFT, [("INSERT INTO t VALUES (?, ?, ?)", given), ("DELETE FROM t", [()])], 1024)


def recovered(content):
    with sqlite.connect(Stored(content)) as db:
        return [one for item in db.recovered("t", Note) for one in ([item] if isinstance(item, Gap) else item)]


@pytest.mark.parametrize(("bound", "rows", "is_cut"), [(4, 3, False), (3, 3, False), (2, 2, True)])
def test_places_that_look_like_a_header_at_below_and_above_the_bound(monkeypatch, bound, rows, is_cut):
    """All three rows are intact in the unused space of their page: three places look like a header."""
    monkeypatch.setattr(_sqlite_carving, "_MAX_LOOKED_AT", bound)
    found = recovered(database(LEFT + THREE + "DELETE FROM t", page_size=1024))
    assert [type(f) for f in found] == [Note] * rows + [Gap] * is_cut


@pytest.mark.parametrize(("more", "pages"), [(-1, 1), (0, 1), (1, 2)])
def test_rows_at_below_and_above_the_bound(monkeypatch, more, pages):
    """The bound is judged between pages: those of the page that reaches it are told, and that there are others."""
    content = deleted()
    everything = [f.locator.partition(" offset")[0] for f in recovered(content)]
    counts = [everything.count(page) for page in dict.fromkeys(everything)]
    assert min(counts[:3]) > 1
    monkeypatch.setattr(sqlite_recovery, "_MAX_CELLS", counts[0] + more)
    *found, gap = recovered(content)
    assert len(found) == sum(counts[:pages])
    assert gap == Gap(locator="t:recovered", reason="more looks like rows in unused space than was looked at")


def test_rows_of_the_last_page_may_reach_the_bound(monkeypatch):
    content = deleted()
    everything = recovered(content)
    monkeypatch.setattr(sqlite_recovery, "_MAX_CELLS", len(everything))
    assert recovered(content) == everything


def test_so_much_is_looked_at():
    assert (sqlite_recovery._MAX_CELLS, _sqlite_carving._MAX_LOOKED_AT) == (200_000, 3_000_000)

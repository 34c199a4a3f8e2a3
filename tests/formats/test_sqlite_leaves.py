"""Leaf pages as columns, and rows as SQLite reads them: the same rows and the same Gaps, whatever the file holds."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import FormatError, Gap
from bridle.formats import sqlite
from bridle.formats._parts import Parts
from bridle.formats._sqlite_leaves import OddError, rows
from bridle.formats._sqlite_scan import scan
from bridle.formats._sqlite_tree import leaves
from sqlite_files import Stored, database

DECLARED = [
    "", "INTEGER", "INT", "REAL", "DOUBLE PRECISION", "FLOAT", "FLOATING POINT", "TEXT", "VARCHAR(9)", "BLOB",
    "TIMESTAMP", "BOOLEAN", "NUMERIC", "REAL BLOB", "CHARACTER DOUBLE", "INTEGER DEFAULT 7", "TEXT DEFAULT NULL",
]  # fmt: skip
ADDED = ["a1", "a1 INTEGER DEFAULT 5", "a1 REAL DEFAULT NULL", "a1 TEXT DEFAULT 'x'", "a1 FLOAT"]
KEYS = ["", "k INTEGER PRIMARY KEY, ", "k INTEGER PRIMARY KEY DESC, ", "k INT PRIMARY KEY, "]
COMPUTED = ["", ", g AS (c0) VIRTUAL", ", g AS (c0) STORED"]
EDGES = [
    None, 0, 1, -1, 2, 127, 128, -128, -129, 32767, -32769, 2**23 - 1, -(2**23), 2**31, -(2**31) - 1, 2**47 - 1,
    -(2**47), 2**53 + 1, 2**63 - 1, -(2**63), 0.5, -0.0, 3.0, 1e300, float("inf"), float("-inf"), 2.0**62, 6e8, "",
    "a", "ä😀", "x\0y", "t" * 57, "t" * 58, "long " * 400, b"", b"\xff\0", b"b" * 58, b"blob" * 900, "8",
]  # fmt: skip
value = st.one_of(
    st.sampled_from(EDGES), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=9),
    st.binary(max_size=9),
)  # fmt: skip
like = st.sampled_from([
    st.sampled_from([0, 1]), st.sampled_from([0, 1, None]), st.none(), st.integers(-200, 200), st.integers(0, 70_000),
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.floats(0, 7e8), st.text(max_size=70),
    st.sampled_from(["iMessage", "SMS", None]), st.sampled_from([6e8, 6e8 + 0.25, None]), st.binary(max_size=70), value,
])  # fmt: skip


@st.composite
def databases(draw):
    """A table in a database, and perhaps the log beside it."""
    kinds = [(draw(st.sampled_from(DECLARED)), draw(like)) for _ in range(draw(st.integers(1, 5)))]
    names = ", ".join(f"c{i} {declared}" for i, (declared, _) in enumerate(kinds))
    key = draw(st.sampled_from(KEYS))
    made = [f"CREATE TABLE t ({key}{names}{draw(st.sampled_from(COMPUTED))})"]
    few = st.lists(st.tuples(*(of for _, of in kinds)), min_size=1, max_size=12)
    steps = [(made, draw(few) * draw(st.sampled_from([1, 4, 40])))]
    if draw(st.booleans()):
        steps.append(([f"ALTER TABLE t ADD COLUMN {draw(st.sampled_from(ADDED))}"], draw(few)))
    changes = ["DELETE FROM t WHERE rowid % 3 = 0", "UPDATE t SET c0 = CAST(x'61ff62' AS TEXT) WHERE rowid % 7 = 1"]
    changes += [
        "UPDATE t SET rowid = rowid + 9000000000 WHERE rowid % 5 = 2",
        "UPDATE t SET rowid = -rowid * 77777777777 WHERE rowid BETWEEN 1 AND 9999",
    ]
    steps.append((draw(st.lists(st.sampled_from(changes), max_size=2, unique=True)), []))
    size = draw(st.sampled_from([512, 1024, 4096, 65536]))
    return _made(steps, len(kinds), size, logged=draw(st.booleans()))


def _made(steps, width, page_size, *, logged):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        connection = sqlite3.connect(path)
        try:
            connection.execute(f"PRAGMA page_size = {page_size}")
            if logged:
                connection.execute("PRAGMA journal_mode = wal")
                connection.execute("PRAGMA wal_autocheckpoint = 0")
            for i, (statements, added) in enumerate(steps):
                for statement in statements:
                    connection.execute(statement)
                columns = ", ".join(f"c{i}" for i in range(width))
                connection.executemany(f"INSERT INTO t ({columns}) VALUES ({', '.join('?' * width)})", added)
                connection.commit()
                if logged and i == 0:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            log = Path(f"{path}-wal")
            return path.read_bytes(), log.read_bytes() if logged and log.exists() else None
        finally:
            connection.close()


def _flat(db, name, by_leaves):
    """All rows, with their values as they are written, and all Gaps of a table."""
    stored = db._stored(name)
    for found in scan(db._db, db._pages, stored, stored.columns, by_leaves=by_leaves):
        if isinstance(found, Gap):
            yield found
            continue
        columns = [c.values() if isinstance(c, Parts) else c for c in found.columns]
        locators = found.locators if isinstance(found.locators, list) else found.locators.to_pylist()
        for locator, *values in zip(locators, *columns, strict=True):
            yield locator, repr(values)


def _both(content, log):
    file = Stored(content, {} if log is None else {"-wal": log})
    found = []
    for by_leaves in (1, None):
        try:
            with sqlite.connect(file) as db:
                found.append(list(_flat(db, "t", by_leaves)) if "t" in db.tables() else None)
        except FormatError as e:
            found.append(str(e))
    return found


@settings(max_examples=150, deadline=None, derandomize=True)
@given(made=databases())
def test_columns_of_leaves_are_what_sqlite_reads(made):
    by_leaves, by_sqlite = _both(*made)
    assert by_leaves == by_sqlite


@settings(max_examples=150, deadline=None, derandomize=True)
@given(made=databases(), data=st.data())
def test_damage_ends_in_the_same_rows_and_gaps(made, data):
    content, log = made
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(100, len(damaged) - 1))
        if data.draw(st.booleans()):
            size = 512 if len(damaged) < 8192 else 1024
            at = at // size * size + data.draw(st.integers(0, 40))
        new = data.draw(st.binary(min_size=1, max_size=3))
        damaged[at : at + len(new)] = new
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(len(damaged) // 2, len(damaged))) :]
    by_leaves, by_sqlite = _both(bytes(damaged), log)
    assert by_leaves == by_sqlite


def _columns(content, root=2):
    """The rowids and the columns of table `t` as leaf pages give them, without SQLite."""
    with sqlite.connect(Stored(content)) as db:
        stored = db._stored("t")
        return rows(db._pages, leaves(db._pages, stored.root), stored.record, stored.columns)


def test_values_of_each_type_come_as_arrays():
    script = "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b REAL, c TEXT, d BLOB)"
    given = [(5, 1, 2, "ä", b"\xff"), (6, -300, 0.5, None, b"x" * 900), (2**40, "t" * 70, None, "c", None)]
    keys, (k, a, b, c, d) = _columns(database(script, [("INSERT INTO t VALUES (?, ?, ?, ?, ?)", given)], 512))
    assert keys.equals(pa.array([5, 6, 2**40])) and k.arrays == (keys,)
    assert [array.to_pylist() for array in a.arrays] == [[1, -300, None], [None, None, "t" * 70]]
    assert [array.to_pylist() for array in b.arrays] == [[2.0, 0.5, None]]
    assert [array.to_pylist() for array in c.arrays] == [["ä", None, "c"]]
    assert [array.to_pylist() for array in d.arrays] == [[b"\xff", b"x" * 900, None]]


def test_rows_of_many_pages_are_in_their_order():
    given = [(i, f"name {i}") for i in range(-700, 900, 2)]
    inserted = [given[i * 7 % len(given)] for i in range(len(given))]
    content = database("CREATE TABLE t (k INTEGER PRIMARY KEY, a)", [("INSERT INTO t VALUES (?, ?)", inserted)], 512)
    keys, (_, names) = _columns(content)
    assert list(zip(keys.to_pylist(), names.values(), strict=True)) == given


@pytest.mark.parametrize(("of", "at", "new", "keys_hold"), [
    (b"\x0d", 3, b"\0\0", False),
    (b"\x0d", 8, b"\x01\xff", False),
    (b"abc", -5, b"\x07", True),
    (b"abc", -1, b"\x2f", True),
    (b"abc", -2, b"\x0a", True),
])  # fmt: skip
def test_what_does_not_hold_together_is_odd(of, at, new, keys_hold):
    content = bytearray(database("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'abc')", page_size=512))
    at += content.index(of, 512)
    content[at : at + len(new)] = new
    with pytest.raises(OddError) as odd:
        _columns(bytes(content))
    assert odd.value.keys_hold is keys_hold


def test_a_tree_whose_keys_do_not_rise_is_not_whole():
    filled = [("INSERT INTO t VALUES (?)", [("a" * 200,)] * 9)]
    content = bytearray(database("CREATE TABLE t (a)", filled, page_size=512))
    with sqlite.connect(Stored(bytes(content))) as db:
        assert [leaf.high for leaf in leaves(db._pages, 2)] == [2, 4, 6, 8, 2**63 - 1]
    cell = int.from_bytes(content[512 + 12 : 512 + 14], "big")
    content[512 + cell + 4] = 9
    with sqlite.connect(Stored(bytes(content))) as db:
        assert leaves(db._pages, 2) is None


def _filled(count=9, text="a"):
    """A database of pages of 512 bytes, two rows of 200 characters in each leaf page; the root is page 2."""
    return bytearray(
        database("CREATE TABLE t (a)", [("INSERT INTO t VALUES (?)", [(text * 200,)] * count)], page_size=512)
    )


def _leaf(content, key):
    """Where the leaf page of a row begins, and where the row's cell does."""
    with sqlite.connect(Stored(bytes(content))) as db:
        number = next(leaf.number for leaf in leaves(db._pages, 2) if leaf.low < key <= leaf.high)
    start = 512 * (number - 1)
    count = int.from_bytes(content[start + 3 : start + 5], "big")
    cells = [start + int.from_bytes(content[at : at + 2], "big") for at in range(start + 8, start + 8 + 2 * count, 2)]
    return start, next(at for at in cells if content[at + 2] == key)


@pytest.mark.parametrize(("key", "other", "after", "left"), [
    (3, 1, 2, 8), (3, 100, 100, 9), (4, 3, 3, 8), (4, 5, 5, 8), (4, 6, 6, 8), (4, 7, 7, 8), (4, 2, 3, 8),
])  # fmt: skip
def test_a_key_that_is_out_of_order_or_beyond_its_page_is_told_as_sqlite_reads_it(key, other, after, left):
    content = _filled()
    content[_leaf(content, key)[1] + 2] = other
    by_leaves, by_sqlite = _both(bytes(content), None)
    assert by_leaves == by_sqlite
    assert len(by_sqlite) == left + 1
    assert Gap(locator=f"t:after {after}", reason="damaged: rowids are out of order") in by_sqlite


def test_text_that_does_not_decode_before_and_in_a_page_out_of_order():
    content = _filled()
    for key in (1, 4, 8):
        content[_leaf(content, key)[1] + 20] = 0xFF
    content[_leaf(content, 3)[1] + 2] = 1
    by_leaves, by_sqlite = _both(bytes(content), None)
    assert by_leaves == by_sqlite
    assert Gap(locator="t:after 2", reason="damaged: rowids are out of order") in by_leaves


def test_a_float_that_is_no_number_is_null():
    content = database("CREATE TABLE t (a); INSERT INTO t VALUES (0.5), (0.25)")
    content = content.replace(bytes.fromhex("3fe0000000000000"), bytes.fromhex("7ff8000000000000"))
    _, (a,) = _columns(content)
    assert a.values() == [None, 0.25]


def test_damage_in_a_chain_of_overflow_pages_is_left_to_sqlite():
    given = [(i, "b" * 2000) for i in range(8)]
    content = bytearray(database("CREATE TABLE t (a, b)", [("INSERT INTO t VALUES (?, ?)", given)], page_size=512))
    chain = next(at for at in range(1024, len(content), 512) if content[at + 4 : at + 90] == b"b" * 86)
    content[chain : chain + 4] = (9999).to_bytes(4, "big")
    by_leaves, by_sqlite = _both(bytes(content), None)
    assert by_leaves == by_sqlite
    assert sum("Lost" in values for _, values in by_leaves) == 1


def test_what_was_read_before_does_not_count():
    given = [(i, "b" * 2000) for i in range(8)]
    content = database("CREATE TABLE t (a, b)", [("INSERT INTO t VALUES (?, ?)", given)], page_size=512)
    with sqlite.connect(Stored(content)) as db:
        stored = db._stored("t")
        db._pages.taken = db._pages.budget = 256 << 20
        (found,) = scan(db._db, db._pages, stored, stored.columns, by_leaves=1)
    assert [c.values() for c in found.columns if isinstance(c, Parts)] == [[*range(8)], ["b" * 2000] * 8]

"""Rows that were deleted or replaced: what is found, where, and what is not."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import pytest

from bridle.core import FormatError, Gap, Record, Utc, record
from bridle.formats import _sqlite_carving, sqlite, sqlite_recovery
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa
from sqlite_files import Stored, database, logged

NOTES = "PRAGMA secure_delete = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT, n INTEGER);"


@record
class Row(Record):
    id: int | None = col("id")
    x: str | None = col("x")
    y: str | None = col("y")
    n: int | None = col("n")


@sqlite_recovery.recovered()
class Note(Row):
    """A row of `t`."""


@record
class LooseRow(Record):
    time: Utc | None = col("when", cocoa)
    extra: str | None = rest()


@sqlite_recovery.recovered()
class Loose(LooseRow):
    """A row of any table."""


def recovered(content, *names, cls=Note, log=None):
    found = []
    with sqlite.connect(Stored(bytes(content), {} if log is None else {"-wal": log})) as db:
        for name in names or ("t",):
            for item in db.recovered(name, cls):
                found += [item] if isinstance(item, Gap) else list(item)
    return found


def note(at, rowid, x, y, n, found_in, whole=True, copies=0):
    return Note(
        locator=at, id=rowid, x=x, y=y, n=n, found_in=found_in, rowid=rowid, whole=whole, copies=copies
    )  # fmt: skip


def notes(count, *after, page_size=1024, encoding="UTF-8", settings=""):
    """Rows 1 to `count`, then other statements."""
    rows = [(i, f"text {i}", "y" * (i % 7), i * 1000) for i in range(1, count + 1)]
    later = [(statement, [()]) for statement in after]
    script = f"PRAGMA encoding = '{encoding}'; {settings} {NOTES}"
    return database(script, [("INSERT INTO t VALUES (?,?,?,?)", rows), *later], page_size)


THREE = "INSERT INTO t VALUES (1, 'one', 'a', 100), (2, 'two', 'b', 200), (3, 'three', 'c', 300);"


def test_a_database_with_all_its_rows_gives_none():
    assert recovered(database(NOTES + THREE)) == []
    assert recovered(notes(5000)) == []


def test_a_row_that_became_a_free_block_lost_its_rowid():
    # Row 1 takes 12 bytes, 2 of them for payload and rowid, 5 for the header; row 2 takes 13.
    (found,) = recovered(database(NOTES + THREE + "DELETE FROM t WHERE id = 2;", page_size=1024))
    assert found == note("page 2 offset 999", None, "two", "b", 200, "free block")


def test_rows_of_free_blocks_that_were_joined():
    content = database(
        NOTES + THREE + "INSERT INTO t VALUES (4, 'four', 'd', 4);" + "DELETE FROM t WHERE id IN (2, 3);"
    )
    assert [(f.x, f.y, f.n, f.rowid, f.found_in) for f in recovered(content)] == [
        ("three", "c", 300, None, "free block"),
        ("two", "b", 200, None, "free block"),
    ]


def test_a_row_joined_to_the_free_block_before_it_is_intact():
    more = "INSERT INTO t VALUES (4, 'four', 'd', 4); DELETE FROM t WHERE id = 3; DELETE FROM t WHERE id = 2;"
    assert [(f.x, f.rowid) for f in recovered(database(NOTES + THREE + more))] == [("three", None), ("two", 2)]


def test_a_replaced_row_is_told_and_the_row_in_use_is_not():
    content = database(NOTES + THREE + "UPDATE t SET x = 'a longer text' WHERE id = 2;")
    assert [(f.x, f.y, f.n) for f in recovered(content)] == [("two", "b", 200)]


def test_a_row_that_a_smaller_one_lies_over_is_cut():
    content = database(
        NOTES + "INSERT INTO t VALUES (1, 'begins here', 'and goes on until it ends', 70000), (2, 'kept', '', 0);"
        "DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (3, 'new', 'row', 5);"
    )
    (found,) = recovered(content)
    assert (found.x, found.y, found.n, found.whole) == ("begins here", None, None, False)


def test_all_rows_deleted_at_once_are_intact_in_free_pages():
    content = notes(2000, "DELETE FROM t")
    found = recovered(content)
    assert {f.found_in for f in found} == {"free page", "unused space of a page"}
    intact = {f.rowid: (f.x, f.y, f.n) for f in found if f.rowid is not None}
    assert len(intact) > 1900
    assert intact == {i: (f"text {i}", "y" * (i % 7), i * 1000) for i in intact}
    assert len({f.locator for f in found}) == len(found)


def test_a_table_made_anew_gets_the_rows_of_the_dropped_one():
    content = database(
        NOTES + THREE + "DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT, n INTEGER);"
    )
    assert [(f.rowid, f.x) for f in recovered(content)] == [(3, "three"), (2, "two"), (1, "one")]


def test_rows_of_a_dropped_table_that_fit_none_are_not_told():
    content = database(NOTES + "CREATE TABLE u (a INTEGER, b REAL, c BLOB, d);" + THREE + "DROP TABLE t;")
    assert recovered(content) == []
    assert recovered(content, "u", cls=Loose) == []


def test_rows_that_fit_two_tables_equally_are_told_of_neither():
    twins = NOTES + "CREATE TABLE u (id INTEGER PRIMARY KEY, x TEXT, y TEXT, n INTEGER);"
    content = database(twins + "CREATE TABLE w (id INTEGER PRIMARY KEY, x TEXT, y TEXT, n INTEGER);"
                       + THREE.replace("INTO t", "INTO w") + "DROP TABLE w;")  # fmt: skip
    assert recovered(content) == recovered(content, "u") == []
    of_one = database(twins + THREE + "DELETE FROM t WHERE id = 2;")
    assert [f.x for f in recovered(of_one)] == ["two"]
    assert recovered(of_one, "u") == []


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 65536])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_page_sizes_and_encodings(page_size, encoding):
    content = notes(1200, "DELETE FROM t WHERE id % 5 = 0 AND id > 200", page_size=page_size, encoding=encoding)
    codec = encoding.lower().replace("utf-16", "utf-16-")
    there = {i for i in range(205, 1201, 5) if _stored(i, codec) in content}
    found = {(f.x, f.y, f.n) for f in recovered(content) if f.whole}
    wanted = {i: (f"text {i}", "y" * (i % 7), i * 1000) for i in range(205, 1201, 5)}
    assert len(there) > 150
    assert found <= set(wanted.values())
    assert {wanted[i] for i in there} <= found


def _stored(i, codec):
    """The values of row `i` of `notes` as they stand behind each other."""
    return f"text {i}{'y' * (i % 7)}".encode(codec) + (i * 1000).to_bytes(3, "big")


def test_a_secure_delete_and_a_vacuum_leave_nothing():
    assert recovered(database(NOTES + THREE + "PRAGMA secure_delete = 1; DELETE FROM t WHERE id = 2;")) == []
    assert recovered(database(NOTES + THREE + "DELETE FROM t WHERE id = 2; VACUUM;")) == []


def test_pages_that_no_table_leads_to():
    content = bytearray(notes(500))
    root = next(p for p in range(1, len(content) // 1024) if content[p * 1024] == 5)
    count = int.from_bytes(content[root * 1024 + 3 : root * 1024 + 5], "big")
    content[root * 1024 + 3 : root * 1024 + 5] = (count - 1).to_bytes(2, "big")
    found = recovered(content)
    assert {f.found_in for f in found} == {"page of no table"}
    rowids = [f.rowid for f in found]
    assert sorted(rowids) == list(range(min(rowids), max(rowids) + 1))
    assert all(f.x == f"text {f.rowid}" for f in found)


def test_values_in_overflow_pages_while_they_are_free():
    long = "INSERT INTO t VALUES (1, 'kept', '', 0), (2, 'gone', printf('%.5000c', 'z'), 7), (3, 'last', '', 0);"
    content = database(NOTES + long + "DELETE FROM t WHERE id = 2;", page_size=1024)
    (found,) = recovered(content)
    # The first page that was freed leads the freelist now: what was in it is lost, and with it all behind it.
    assert (found.x, found.y, found.n, found.whole) == ("gone", None, None, False)
    other = "CREATE TABLE a (x); INSERT INTO a VALUES (zeroblob(3000)); DROP TABLE a;"
    content = database(NOTES + long + other + "DELETE FROM t WHERE id = 2;", page_size=1024)
    assert [(f.x, f.y, f.n, f.whole) for f in recovered(content)] == [("gone", "z" * 5000, 7, True)]


def test_values_in_overflow_pages_of_the_main_file(tmp_path: Path):
    long = "INSERT INTO t VALUES (1, 'kept', '', 0), (2, 'gone', printf('%.9000c', 'z'), 7), (3, 'last', '', 0);"
    new = "DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (4, 'new', printf('%.9000c', 'a'), 8);"
    main, log = logged(tmp_path, NOTES + long, new)
    found = [f for f in recovered(main, log=log) if f.found_in == "main file, replaced by the write-ahead log"]
    assert [(f.rowid, f.x, f.y, f.n, f.whole) for f in found] == [(2, "gone", "z" * 9000, 7, True)]


def test_an_older_row_that_lacks_columns():
    script = "PRAGMA secure_delete = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT);"
    rows = [(i, f"old {i}", "a") for i in range(1, 301)]
    later = [
        "PRAGMA secure_delete = 0",
        "ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 9",
        "UPDATE t SET n = 1 WHERE id > 200",
        "DELETE FROM t",
    ]
    content = database(script, [("INSERT INTO t VALUES (?,?,?)", rows)], 1024)
    assert recovered(content) == []
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    for statement in later:
        connection.execute(statement)
        connection.commit()
    found = {(f.rowid, f.x, f.y, f.n, f.whole) for f in recovered(connection.serialize()) if f.found_in == "free page"}
    connection.close()
    assert {(i, f"old {i}", "a", None, True) for i in range(80, 180)} <= found
    assert {(i, f"old {i}", "a", 1, True) for i in range(220, 280)} <= found


def test_floats_that_are_stored_short_and_a_key_that_is_not_the_rowid():
    script = "PRAGMA secure_delete = 0; CREATE TABLE t ('when' REAL, x REAL, id TEXT PRIMARY KEY);"
    content = database(script + "INSERT INTO t VALUES (600000000, 2, 'k1'), (1.5, 2.5, 'k2'); DELETE FROM t;")
    found = recovered(content, cls=Loose)
    assert [f.time.isoformat() for f in found] == ["2001-01-01T00:00:01.500000+00:00", "2020-01-06T10:40:00+00:00"]
    assert [f.extra for f in found] == ['{"id": "k2", "x": 2.5}', '{"id": "k1", "x": 2.0}']


def test_a_value_that_cannot_be_read_makes_a_row_not_whole():
    script = "PRAGMA secure_delete = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, 'when' REAL, z TEXT);"
    content = database(
        script + "INSERT INTO t VALUES (1, 'a', 1e300, 'z'), (2, 'b', 0.5, CAST(x'ff' AS TEXT)); DELETE FROM t;"
    )
    found = recovered(content, cls=Loose)
    assert [(f.time and f.time.second, f.extra, f.whole) for f in found] == [
        (0, '{"id": 2, "x": "b", "z": "ff"}', False),
        (None, '{"id": 1, "x": "a", "z": "z"}', False),
    ]


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT, n INTEGER) WITHOUT ROWID;",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);",
    ],
)
def test_tables_without_rowid_and_narrow_ones_are_left_out(table):
    values = "(1, 'a', 'b', 5), (2, 'c', 'd', 6)" if "n INTEGER" in table else "(1, 'a'), (2, 'b')"
    assert recovered(database(f"PRAGMA secure_delete = 0; {table} INSERT INTO t VALUES {values}; DELETE FROM t;")) == []


def test_a_table_that_is_not_there_gives_nothing():
    assert recovered(database(NOTES + THREE), "absent") == []


def test_the_log_and_the_main_file_it_replaced(tmp_path: Path):
    main, log = logged(
        tmp_path, NOTES + THREE, "DELETE FROM t WHERE id = 2", "UPDATE t SET x = 'THREE' WHERE id = 3",
        "INSERT INTO t VALUES (4, 'four', 'd', 400)", "DELETE FROM t WHERE id = 4",
    )  # fmt: skip
    # Rows take 12, 13, 15 and 14 bytes from the end on. What was row 2 lies in all four frames, row 3 in the first, and
    # row 4 in the last as well.
    older, superseded = "main file, replaced by the write-ahead log", "write-ahead log, superseded"
    assert recovered(main, log=log) == [
        note("page 2 offset 4071", 2, "two", "b", 200, older, copies=4),
        note("page 2 offset 4056", 3, "three", "c", 300, older, copies=1),
        note("wal frame 3 page 2 offset 4042", 4, "four", "d", 400, superseded, copies=1),
    ]
    assert recovered(main) == []


def test_frames_that_were_never_committed(tmp_path: Path):
    path = tmp_path / "spilled.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA page_size = 1024; PRAGMA journal_mode = wal; PRAGMA cache_size = 2;" + NOTES)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("INSERT INTO t VALUES (1, 'kept', 'k', 5)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO t VALUES (?,?,?,?)", [(i, f"rolled {i}", "z" * 50, i) for i in range(2, 200)])
    connection.execute("ROLLBACK")
    main, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    connection.close()
    gap, *found = recovered(main, log=log)
    assert "were never committed" in gap.reason
    assert {f.found_in for f in found} == {"write-ahead log, not committed"}
    assert len(found) > 150
    assert all((f.x, f.y, f.n) == (f"rolled {f.rowid}", "z" * 50, f.rowid) for f in found)
    assert all(f.locator.startswith("wal frame ") for f in found)


def test_frames_of_an_earlier_use_of_the_log(tmp_path: Path):
    path = tmp_path / "again.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA page_size = 1024; PRAGMA journal_mode = wal;" + NOTES)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("INSERT INTO t VALUES (1, 'first', 'f', 1)")
    connection.execute("UPDATE t SET x = 'second'")
    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    connection.execute("UPDATE t SET x = 'third'")
    main, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    connection.close()
    assert [(f.x, f.found_in) for f in recovered(main, log=log)] == [
        ("second", "main file, replaced by the write-ahead log")
    ]
    main = database(NOTES + "INSERT INTO t VALUES (9, 'other', 'o', 9);", page_size=1024)
    found = recovered(main, log=b"\0" * 32 + log[32:])
    assert [(f.x, f.found_in) for f in found if isinstance(f, Note)] == [
        ("third", "write-ahead log, of an earlier use"), ("second", "write-ahead log, of an earlier use"),
    ]  # fmt: skip


def test_text_that_was_overwritten_by_zeros_is_not_told():
    content = bytearray(database(NOTES + THREE + "DELETE FROM t;"))
    at = content.index(b"three")
    content[at + 2 : at + 9] = bytes(7)
    assert [f.x for f in recovered(content)] == ["two", "one"]


@pytest.mark.parametrize("by", [bytes(2), b"\0\1", b"\0\x7f", b"\xff\x80"])
def test_an_integer_that_sqlite_stores_shorter_was_overwritten(by):
    content = bytearray(database(NOTES + THREE + "DELETE FROM t;"))
    at = content.index(b"threec") + 6
    content[at : at + 2] = by
    assert next((f.x, f.y, f.n, f.whole) for f in recovered(content)) == ("three", "c", None, False)
    content[at : at + 2] = b"\xff\x7f"
    assert next((f.x, f.y, f.n, f.whole) for f in recovered(content)) == ("three", "c", -129, True)


def test_one_byte_integers_hold_0_and_1_in_old_files_only():
    content = bytearray(database(NOTES + "INSERT INTO t VALUES (1, 'one', 'a', 5), (2, 'two', 'b', 6); DELETE FROM t;"))
    content[content.index(b"twob") + 4] = 1
    assert [(f.x, f.n, f.whole) for f in recovered(content)] == [("two", None, False), ("one", 5, True)]
    content[44:48] = (3).to_bytes(4, "big")
    assert [(f.x, f.n, f.whole) for f in recovered(content)] == [("two", 1, True), ("one", 5, True)]


WIDE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, x TEXT, y TEXT, n INTEGER);"


def test_a_record_of_many_columns_is_found_without_its_head():
    rows = "INSERT INTO t VALUES (1, 5, 6, 'one', 'a', 100), (2, 7, 8, 'two', 'b', 200);"
    content = bytearray(database("PRAGMA secure_delete = 0;" + WIDE + rows + "DELETE FROM t;", page_size=1024))
    # Row 2 takes 17 bytes, 2 of them for payload and rowid, 7 for the header; row 1 behind it takes 16.
    assert content[1024 + 991 : 1024 + 993] == b"\x0f\x02"
    content[1024 + 991 : 1024 + 993] = b"\xff\xff"
    unused = "unused space of a page"
    assert [(f.locator, f.rowid, f.x, f.n, f.found_in) for f in recovered(content)] == [
        ("page 2 offset 993", None, "two", 200, unused), ("page 2 offset 1008", 1, "one", 100, unused),
    ]  # fmt: skip


def test_a_record_without_its_head_that_says_little_is_not_told():
    content = bytearray(database("PRAGMA secure_delete = 0;" + WIDE + "INSERT INTO t VALUES (2, 7, 8, '', '', NULL);"
                                 "DELETE FROM t;", page_size=1024))  # fmt: skip
    assert [f.rowid for f in recovered(content)] == [2]
    content[1024 + 1013 : 1024 + 1015] = b"\xff\xff"
    assert recovered(content) == []


def test_a_free_block_that_became_unused_space_is_still_known_to_begin_there():
    content = bytearray(database(NOTES + THREE, page_size=1024))
    page = 1024
    at = 1024 - 12 - 13 - 15
    content[page + 3 : page + 5] = (2).to_bytes(2, "big")
    content[page + 5 : page + 7] = (at + 15).to_bytes(2, "big")
    content[page + 12 : page + 14] = bytes(2)
    content[page + at : page + at + 4] = b"\0\0\0\x0f"
    assert [(f.x, f.y, f.n, f.rowid, f.found_in) for f in recovered(content)] == [
        ("three", "c", 300, None, "unused space of a page")
    ]


def test_random_bytes_give_no_rows():
    chance = random.Random(5)
    content = bytearray(notes(3000, "DELETE FROM t WHERE id > 5"))
    free = [p for p in range(2, len(content) // 1024) if content[p * 1024] == 13]
    for page in free:
        content[page * 1024 : (page + 1) * 1024] = chance.randbytes(1024)
    known = {f"text {i}" for i in range(1, 3001)}
    assert [f for f in recovered(content) if isinstance(f, Note) and f.x not in known] == []


def test_too_much_that_looks_like_a_row_is_a_gap(monkeypatch):
    monkeypatch.setattr(sqlite_recovery, "_MAX_CELLS", 100)
    *found, gap = recovered(notes(2000, "DELETE FROM t"))
    assert 100 <= len(found) < 200
    assert gap == Gap(locator="t:recovered", reason="more looks like rows in unused space than was looked at")
    monkeypatch.setattr(sqlite_recovery, "_MAX_CELLS", 200_000)
    monkeypatch.setattr(_sqlite_carving, "_MAX_LOOKED_AT", 5)
    assert recovered(notes(2000, "DELETE FROM t"))[-1] == gap


def test_pages_made_to_look_like_rows_end():
    content = bytearray(notes(3000, "DELETE FROM t WHERE id > 5", page_size=4096))
    record_header = bytes([5, 0, 13, 13, 8])
    for page in range(2, len(content) // 4096):
        content[page * 4096 : (page + 1) * 4096] = (record_header * 820)[:4096]
    began = time.monotonic()
    recovered(content)
    assert time.monotonic() - began < 20


def _sample():
    script = (
        "PRAGMA secure_delete = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, 'when' REAL, name TEXT, body BLOB);"
        "CREATE TABLE u (a INTEGER, b TEXT, c TEXT);"
    )
    rows = [(i, 6e8 + i / 4, f"name {i}", bytes(i * 20 % 900)) for i in range(1, 200)]
    more = [(i, f"key {i}", "c") for i in range(300)]
    inserts = [("INSERT INTO t VALUES (?,?,?,?)", rows), ("INSERT INTO u VALUES (?,?,?)", more)]
    deletes = ["DELETE FROM t WHERE id % 3 = 0", "DELETE FROM u WHERE a > 100", "UPDATE t SET name = 'n' WHERE id < 20"]
    return database(script, inserts + [(d, [()]) for d in deletes], 1024)


_SAMPLE = _sample()


def _log(folder):
    return logged(folder, NOTES + THREE, "DELETE FROM t WHERE id = 2", "UPDATE t SET x = 'THREE'", "DELETE FROM t")


def _everything(content, log=None):
    try:
        return recovered(content, "t", "u", cls=Loose, log=log)
    except FormatError as e:
        return [str(e)]


@pytest.mark.parametrize("seed", range(300))
def test_seeded_corruption_gives_rows_gaps_or_a_format_error(seed):
    chance = random.Random(seed)
    content = bytearray(_SAMPLE)
    for _ in range(chance.choice((1, 3, 30, 300))):
        at = (
            chance.randrange(len(content))
            if chance.random() < 0.7
            else chance.randrange(3) * 1024 + chance.randrange(120)
        )
        content[at : at + 4] = chance.randbytes(chance.randrange(1, 5))
    if seed % 10 == 0:
        del content[chance.randrange(len(content)) :]
    found = _everything(bytes(content))
    assert found == _everything(bytes(content))
    places = [f.locator for f in found if isinstance(f, Record)]
    assert len(places) == len(set(places))


def test_seeded_corruption_of_a_log(tmp_path: Path):
    main, log = _log(tmp_path)
    chance = random.Random(1)
    for _ in range(300):
        bad = bytearray(log[: chance.randrange(1, len(log) + 1)] if chance.random() < 0.4 else log)
        for _ in range(chance.randrange(1, 20)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        found = _everything(main, bytes(bad))
        assert all(isinstance(f, Loose | Gap | str) for f in found)

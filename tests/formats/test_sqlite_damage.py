"""Damaged and hostile databases: what can be read is, the rest is a Gap, and it ends."""

from __future__ import annotations

import random
import re
import time

import pytest

from bridle.core import FormatError, Gap, Record, Utc, record
from bridle.formats import sqlite, table
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa
from sqlite_files import Stored, database

PAGE = 1024


@record
class Note(Record):
    key: int = col("id")
    text: str | None = col("x")
    more: str | None = col("y")


@record
class Loose(Record):
    time: Utc | None = col("when", cocoa)
    extra: str | None = rest()


NOTES = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT);"


def notes(count, x="{:0>90}", y=None):
    rows = [(i, f"<{x.format(i)}>", y) for i in range(1, count + 1)]
    return bytearray(database(NOTES, [("INSERT INTO t VALUES (?, ?, ?)", rows)], PAGE))


def read(content, name="t", cls=Note):
    records, gaps = [], []
    with sqlite.connect(Stored(bytes(content))) as db:
        for item in db.table(name, cls):
            gaps.append(item) if isinstance(item, Gap) else records.extend(item)
    return records, gaps


def keys_on(content, page):
    """The rows whose text lies on a page, by looking for it."""
    return [int(m) for m in re.findall(rb"<0*(\d+)>", content[(page - 1) * PAGE : page * PAGE])]


def page_of(content, key):
    return content.index(f"<{key:0>90}>".encode()) // PAGE + 1


def overwrite(content, page, by=b"\xa5"):
    content[(page - 1) * PAGE : page * PAGE] = by * PAGE


@pytest.mark.parametrize("by", [b"\xa5", b"\0", b"\xff"])
def test_unreadable_pages_cost_their_own_rows(by):
    content = notes(5000)
    pages = [page_of(content, key) for key in (1, 700, 2500, 2510, 5000)]
    lost = {p: keys_on(content, p) for p in pages}
    assert all(lost.values())
    for p in pages:
        overwrite(content, p, by)
    records, gaps = read(content)
    gone = {key for keys in lost.values() for key in keys}
    assert [r.key for r in records] == [i for i in range(1, 5001) if i not in gone]
    first, middle = lost[pages[0]], lost[pages[1]]
    assert gaps[0] == Gap(
        locator="t:after the start",
        reason=f"damaged: rows between the start and rowid {max(first)} could not be read",
    )
    assert gaps[1] == Gap(
        locator=f"t:after {min(middle) - 1}",
        reason=f"damaged: rows between rowid {min(middle)} and rowid {max(middle)} could not be read",
    )
    assert pages[3] == pages[2] + 1
    assert gaps[2].reason == (
        f"damaged: rows between rowid {min(lost[pages[2]])} and rowid {max(lost[pages[3]])} could not be read"
    )
    assert gaps[3].reason == f"damaged: rows between rowid {min(lost[pages[4]])} and the end could not be read"
    assert len(gaps) == 4


def test_a_page_of_one_row_costs_one_row():
    content = notes(60, x="{:0>90}", y="y" * 600)
    page = page_of(content, 30)
    assert keys_on(content, page) == [30]
    overwrite(content, page)
    records, gaps = read(content)
    assert [r.key for r in records] == [i for i in range(1, 61) if i != 30]
    assert [g.locator for g in gaps] == ["t:after 29"]


def test_half_a_database_gives_every_row_of_its_pages():
    content = notes(5000)
    half = content[: len(content) // 2 // PAGE * PAGE + 300]
    there = sorted(key for p in range(1, len(half) // PAGE + 1) for key in keys_on(half, p))
    records, gaps = read(half)
    assert [r.key for r in records] == there
    total = len(content) // PAGE
    assert gaps[0] == Gap(
        locator=f"page {len(half) // PAGE + 1}",
        reason=f"cut short: its header says {total} pages of 1024 bytes, {len(half) // PAGE} are there",
    )
    assert gaps[-1].locator == f"t:after {there[-1]}"
    assert len(gaps) == 2
    assert read(half) == (records, gaps)


def test_a_broken_chain_of_overflow_pages_costs_one_value():
    content = notes(50, y="z" * 5000)
    at = content.index(f"<{20:0>90}>".encode())
    leaf = at // PAGE * PAGE
    cells = sorted(
        int.from_bytes(content[leaf + 8 + 2 * i : leaf + 10 + 2 * i], "big") for i in range(content[leaf + 4])
    )
    end = next((leaf + c for c in cells if leaf + c > at), leaf + PAGE)
    content[end - 4 : end] = (1 << 30).to_bytes(4, "big")
    records, gaps = read(content)
    assert [r.key for r in records] == list(range(1, 51))
    assert [(r.text, r.more) for r in records if r.more is None] == [(f"<{20:0>90}>", None)]
    assert gaps == [
        Gap(locator="t:20.y", reason="Note: y: damaged: the value could not be read (CorruptError)"),
    ]


def test_a_rowid_out_of_order_is_kept_and_told():
    content = notes(3000)
    at = content.index(f"<{700:0>90}>".encode())
    rowid = content.rindex(bytes([0x85, 0x3C]), at - 12, at)
    content[rowid : rowid + 2] = bytes([0xFF, 0x7F])
    records, gaps = read(content)
    assert [r.locator for r in records] == [f"t:{16383 if i == 700 else i}" for i in range(1, 3001)]
    assert gaps == [Gap(locator="t:after 16383", reason="damaged: rowids are out of order")]


def test_rows_behind_an_unreadable_one_out_of_order_are_given():
    """Key 1 became 127, and its text cannot be read: neither 127 nor 128 leads to it or to the rows behind it."""
    content = notes(3, y="z" * 5000)
    cell = 2 * PAGE - 110
    assert content[cell : cell + 3] == b"\xa7\x6a\x01"
    content[cell + 2] = 127
    content[2 * PAGE - 4 : 2 * PAGE] = (1 << 30).to_bytes(4, "big")
    records, gaps = read(content)
    assert [(r.locator, r.key, r.text, r.more) for r in records] == [
        ("t:127", 127, f"<{1:0>90}>", None),
        ("t:2", 2, f"<{2:0>90}>", "z" * 5000),
        ("t:3", 3, f"<{3:0>90}>", "z" * 5000),
    ]
    assert gaps == [
        Gap(locator="t:127.y", reason="Note: y: damaged: the value could not be read (CorruptError)"),
        Gap(locator="t:after 127", reason="damaged: rowids are out of order"),
    ]


def test_unreadable_rows_out_of_order_are_given_once():
    """Keys 1 and 2 became 127 and 5, and the texts of both cannot be read."""
    content = notes(3, y="z" * 5000)
    first, second = 2 * PAGE - 110, 2 * PAGE - 220
    for cell, key, new in ((first, 1, 127), (second, 2, 5)):
        assert content[cell : cell + 3] == bytes([0xA7, 0x6A, key])
        content[cell + 2] = new
        content[cell + 106 : cell + 110] = (1 << 30).to_bytes(4, "big")
    records, gaps = read(content)
    assert [(r.key, r.text, r.more) for r in records] == [
        (127, f"<{1:0>90}>", None),
        (5, f"<{2:0>90}>", None),
        (3, f"<{3:0>90}>", "z" * 5000),
    ]
    assert [g.locator for g in gaps] == ["t:127.y", "t:after 127", "t:5.y"]


def test_pages_in_a_circle_end():
    content = notes(5000)
    root = next(p for p in range(2, 10) if content[(p - 1) * PAGE] == 5)
    start = (root - 1) * PAGE
    count = int.from_bytes(content[start + 3 : start + 5], "big")
    assert count > 3
    cells = [int.from_bytes(content[start + 12 + 2 * i : start + 14 + 2 * i], "big") for i in range(count)]
    for cell in cells:
        content[start + cell : start + cell + 4] = content[start + cells[0] : start + cells[0] + 4]
    content[start + 8 : start + 12] = root.to_bytes(4, "big")
    began = time.monotonic()
    records, gaps = read(content)
    assert time.monotonic() - began < 10
    assert len({r.locator for r in records}) == len(records)
    assert gaps


def test_a_damaged_schema_is_a_format_error():
    content = notes(10)
    content[100:PAGE] = b"\xa5" * (PAGE - 100)
    with pytest.raises(FormatError, match="the schema cannot be read: CorruptError"):
        read(content)


@pytest.mark.parametrize("by", [b"CREATE \xff\xfe\xfd\xfc w", b"CREATE TABLE 1x"])
def test_a_statement_of_the_schema_that_is_no_sql_costs_its_own_table(by):
    content = bytearray(database(NOTES + "CREATE TABLE w (a); INSERT INTO t VALUES (1, 'a', NULL);", (), PAGE))
    at = content.index(b"CREATE TABLE w ")
    content[at : at + len(by)] = by
    records, (gap,) = read(content)
    assert records == [Note(locator="t:1", text="a", more=None, key=1)]
    assert gap.locator == "sqlite_master"
    assert gap.reason.startswith("the schema can be read only in part: CorruptError: ")
    assert read(content, "w")[1][1].locator == "w"


def test_a_view_in_the_place_of_a_table_is_not_executed():
    content = bytearray(database(NOTES + "CREATE TABLE wide (a, b, c, d, e); CREATE TABLE a1 (q);", (), PAGE))
    at = content.index(b"CREATE TABLE wide (a, b, c, d, e)")
    content[at : at + 33] = b"CREATE VIEW wide AS SELECT 1 AS a"
    assert read(content) == ([], [Gap(locator="sqlite_master", reason=read(content)[1][0].reason)])
    records, gaps = read(content, "wide", Loose)
    assert records == []
    assert [g.locator for g in gaps] == ["sqlite_master", "wide"]


def test_a_column_name_that_is_not_utf8_is_a_gap():
    content = bytearray(database("CREATE TABLE t (id INTEGER PRIMARY KEY, xx TEXT); INSERT INTO t VALUES (1, 'a');"))
    at = content.index(b"xx TEXT")
    content[at : at + 2] = b"\xff\xfe"
    records, gaps = read(content)
    assert (records, [g.locator for g in gaps]) == ([], ["t"])
    assert gaps[0].reason.startswith("its columns cannot be read: UnicodeDecodeError")
    with sqlite.connect(Stored(bytes(content))) as db:
        assert list(db.rows("t")) == gaps


def test_damage_to_a_table_without_rowid_keeps_what_comes_before():
    script = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT) WITHOUT ROWID;"
    rows = [(i, f"<{i:0>90}>", None) for i in range(1, 2001)]
    content = bytearray(database(script, [("INSERT INTO t VALUES (?, ?, ?)", rows)], PAGE))
    page = page_of(content, 1000)
    first = min(keys_on(content, page))
    overwrite(content, page)
    records, gaps = read(content)
    assert [r.key for r in records] == list(range(1, len(records) + 1))
    assert first - 2 <= len(records) <= first
    assert gaps == [
        Gap(
            locator=f"t:after [{len(records)}]",
            reason="damaged: the rows from here on could not be read (CorruptError)",
        )
    ]


def test_a_read_that_fails_costs_its_page():
    content = bytes(notes(5000))
    bad = page_of(content, 2500)
    lost = keys_on(content, bad)

    class Failing(Stored):
        def open(self):
            stream = super().open()
            plain = stream.read

            def read(amount=-1):
                if stream.tell() <= (bad - 1) * PAGE < stream.tell() + amount:
                    raise OSError(5, "Input/output error")
                return plain(amount)

            stream.read = read
            return stream

    with sqlite.connect(Failing(content)) as db:
        items = list(db.table("t", Note))
    records = [r for item in items if not isinstance(item, Gap) for r in item]
    assert [r.key for r in records] == [i for i in range(1, 5001) if i not in lost]
    assert [i.locator for i in items if isinstance(i, Gap)] == [f"t:after {min(lost) - 1}"]


def _sample():
    script = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY, 'when' TIMESTAMP, name TEXT, body BLOB);"
        "CREATE TABLE b (k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE INDEX i ON a(name);"
        "CREATE VIEW v AS SELECT * FROM a; CREATE TRIGGER g AFTER INSERT ON a BEGIN DELETE FROM b; END;"
    )
    rows = [(i, 6e8 + i, f"name {i}", bytes(i * 20)) for i in range(200)]
    keyed = [(f"key {i}", i) for i in range(200)]
    return database(script, [("INSERT INTO a VALUES (?,?,?,?)", rows), ("INSERT INTO b VALUES (?,?)", keyed)], PAGE)


def _everything(content):
    try:
        with sqlite.connect(Stored(content)) as db:
            found = [row for name in ("a", "b") for item in db.table(name, Loose) for row in _each(item)]
            found += [row for name in sorted(db.tables()) for row in _rows(db, name)]
    except FormatError as e:
        return str(e)
    return found


def _rows(db, name):
    try:
        return list(table.records(db.rows(name), Loose))
    except FormatError as e:
        return [str(e)]


def _each(item):
    return [item] if isinstance(item, Gap) else list(item)


@pytest.mark.parametrize("seed", range(300))
def test_seeded_corruption_gives_rows_gaps_or_a_format_error(seed):
    chance = random.Random(seed)
    content = bytearray(_SAMPLE)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(len(content)) if chance.random() < 0.7 else chance.randrange(2 * PAGE)
        content[at : at + 4] = chance.randbytes(chance.randrange(1, 5))
    if seed % 10 == 0:
        del content[chance.randrange(len(content)) :]
    found = _everything(bytes(content))
    assert found == _everything(bytes(content))
    assert found


_SAMPLE = _sample()


def shuffled(seed):
    """Some pages overwritten, some in each other's place: rows out of order, and unreadable behind the same one."""
    r, content = random.Random(seed), notes(300)
    for _ in range(r.randint(2, 6)):
        a, b = (slice((n - 1) * PAGE, n * PAGE) for n in (r.randrange(3, len(content) // PAGE + 1) for _ in range(2)))
        if r.random() < 0.5:
            content[a], content[b] = content[b], content[a]
        else:
            content[a] = b"\xa5" * PAGE
    return content


@pytest.mark.parametrize("seed", [197, 211, 272])
def test_two_gaps_at_one_place_have_two_locators(seed):
    _, gaps = read(shuffled(seed))
    places = [g.locator for g in gaps]
    assert len(places) == len(set(places))
    assert any(p.endswith(", 2") for p in places)

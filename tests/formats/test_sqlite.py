"""Tables of SQLite databases, with their write-ahead logs."""

from __future__ import annotations

import sqlite3
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from bridle.core import FormatError, Gap, Record, Utc, record
from bridle.formats import sqlite
from bridle.formats.arrow import ArrowBlock
from bridle.formats.table import Lost, Undecodable, col, rest
from bridle.formats.values import cocoa
from corpus import CORPUS, needs_corpus
from sqlite_files import Stored, database, logged


@record
class Usage(Record):
    name: str | None = col("ZNAME")
    time: Utc | None = col("ZTIMESTAMP", cocoa)
    out: int | None = col("ZWWANOUT", doc="bytes")


@record
class Note(Record):
    text: str = col("x")


@record
class Whole(Record):
    key: int | None = col("id")
    extra: str | None = rest()


USAGE = "CREATE TABLE ZUSAGE (Z_PK INTEGER PRIMARY KEY, ZNAME VARCHAR, ZTIMESTAMP TIMESTAMP, ZWWANOUT FLOAT);"
NOTES = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);"


def read(file, name, cls, **more):
    """All that `table` gives, with blocks as their records."""
    with sqlite.connect(file) as db:
        return flat(db.table(name, cls, **more))


def flat(items):
    return [row for item in items for row in ([item] if isinstance(item, Gap) else item)]


def test_rows_keep_their_rowid_and_types():
    script = USAGE + "INSERT INTO ZUSAGE VALUES (3, 'bh', 600000000.25, 12.0), (9, NULL, 600000000, NULL);"
    assert read(Stored(database(script)), "ZUSAGE", Usage) == [
        Usage(locator="ZUSAGE:3", name="bh", time=datetime(2020, 1, 6, 10, 40, 0, 250000, tzinfo=UTC), out=12),
        Usage(locator="ZUSAGE:9", name=None, time=datetime(2020, 1, 6, 10, 40, tzinfo=UTC), out=None),
    ]


def test_an_empty_table_gives_nothing_and_an_absent_one_a_gap():
    file = Stored(database(USAGE))
    assert read(file, "ZUSAGE", Usage) == []
    assert read(file, "ZOTHER", Usage) == [Gap(locator="ZOTHER", reason="no such table")]
    assert read(file, "ZOTHER", Usage, optional=True) == []


def test_an_absent_column_reads_as_none_and_names_ignore_case():
    script = "CREATE TABLE zUsage (zname TEXT); INSERT INTO zUsage VALUES ('bh');"
    assert read(Stored(database(script)), "ZUSAGE", Usage) == [
        Usage(locator="ZUSAGE:1", name="bh", time=None, out=None)
    ]


def test_what_is_there_is_told_of():
    script = USAGE + NOTES + "CREATE VIEW v AS SELECT 1; CREATE INDEX i ON t(x);"
    with sqlite.connect(Stored(database(script))) as db:
        assert db.tables() == {"ZUSAGE", "t"}
        assert db.columns("zusage") == ("Z_PK", "ZNAME", "ZTIMESTAMP", "ZWWANOUT")
        assert db.columns("v") == ()
        assert flat(db.table("v", Note)) == [Gap(locator="v", reason="no such table")]


def test_a_bad_value_is_a_gap_for_itself_and_comes_after_its_block():
    script = USAGE + "INSERT INTO ZUSAGE VALUES (1, x'00ff', 'not a time', 'much'), (2, 'bh', 0, 1.5), (3, 'c', 0, 4);"
    with sqlite.connect(Stored(database(script))) as db:
        block, *gaps = db.table("ZUSAGE", Usage)
    assert isinstance(block, ArrowBlock)
    assert list(block) == [
        Usage(locator="ZUSAGE:1", name=None, time=None, out=None),
        Usage(locator="ZUSAGE:2", name="bh", time=datetime(2001, 1, 1, tzinfo=UTC), out=None),
        Usage(locator="ZUSAGE:3", name="c", time=datetime(2001, 1, 1, tzinfo=UTC), out=4),
    ]
    assert gaps == [
        Gap(locator="ZUSAGE:1.ZNAME", reason="Usage: ZNAME: expected text, got b'\\x00\\xff'"),
        Gap(locator="ZUSAGE:1.ZTIMESTAMP", reason="Usage: ZTIMESTAMP: expected seconds since 2001, got 'not a time'"),
        Gap(locator="ZUSAGE:1.ZWWANOUT", reason="Usage: ZWWANOUT: expected a 64-bit integer, got 'much'"),
        Gap(locator="ZUSAGE:2.ZWWANOUT", reason="Usage: ZWWANOUT: expected a 64-bit integer, got 1.5"),
    ]


def test_a_bad_required_value_is_a_gap_for_its_row():
    script = NOTES + "INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, x'00'), (4, 'b');"
    assert read(Stored(database(script)), "t", Note) == [
        Note(locator="t:1", text="a"),
        Note(locator="t:4", text="b"),
        Gap(locator="t:2", reason="Note: x: expected a value, got NULL"),
        Gap(locator="t:3", reason="Note: x: expected text, got b'\\x00'"),
    ]


BAD_TEXT = (
    NOTES
    + "INSERT INTO t VALUES (1,'a'),(2,CAST(x'62ff63' AS TEXT)),(3,CAST(x'eda080' AS TEXT)),(4,'d'||char(0)||'e');"
)


def test_invalid_utf8_costs_its_value_only():
    assert read(Stored(database(BAD_TEXT)), "t", Note) == [
        Note(locator="t:1", text="a"),
        Note(locator="t:4", text="d\0e"),
        Gap(locator="t:2", reason="Note: x: expected text in the file's encoding, got bytes 62ff63"),
        Gap(locator="t:3", reason="Note: x: expected text in the file's encoding, got bytes eda080"),
    ]


def test_raw_rows_keep_the_bytes_of_invalid_text():
    with sqlite.connect(Stored(database(BAD_TEXT))) as db:
        rows = list(db.rows("t"))
    assert [(r.locator, r["X"]) for r in rows if not isinstance(r, Gap)] == [
        ("t:1", "a"), ("t:2", b"b\xffc"), ("t:3", b"\xed\xa0\x80"), ("t:4", "d\0e"),
    ]  # fmt: skip
    assert isinstance(rows[1]["x"], Undecodable)
    assert rows[2] == Gap(locator="t:2.x", reason="x: expected text in the file's encoding, got bytes 62ff63")


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_utf16_text_is_decoded_strictly(encoding):
    half = "00d8" if encoding == "UTF-16le" else "d800"
    script = (
        f"PRAGMA encoding = '{encoding}'; {NOTES} INSERT INTO t VALUES (1, 'ä😀'), (2, CAST(x'{half}6100' AS TEXT));"
    )
    assert read(Stored(database(script)), "t", Note) == [
        Note(locator="t:1", text="ä😀"),
        Gap(locator="t:2", reason=f"Note: x: expected text in the file's encoding, got bytes {half}6100"),
    ]


def test_rest_holds_the_columns_no_field_maps():
    script = "CREATE TABLE t (ID INTEGER PRIMARY KEY, b BLOB, a, c);"
    script += "INSERT INTO t VALUES (1, x'ff', 'ü', NULL), (2, NULL, NULL, NULL);"
    assert read(Stored(database(script)), "t", Whole) == [
        Whole(locator="t:1", key=1, extra='{"a": "ü", "b": "ff"}'),
        Whole(locator="t:2", key=2, extra=None),
    ]


def test_a_table_without_rowid_is_located_by_its_key():
    script = (
        "CREATE TABLE t (b, x TEXT, a TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;"
        "INSERT INTO t VALUES (2, 'one', 'k'), (x'0a', 'two', 'k'), (1, 'three', 'j');"
    )
    assert read(Stored(database(script)), "t", Note) == [
        Note(locator='t:["j", 1]', text="three"),
        Note(locator='t:["k", 2]', text="one"),
        Note(locator='t:["k", "0a"]', text="two"),
    ]


def test_columns_that_bear_the_names_of_the_rowid():
    script = "CREATE TABLE t (rowid TEXT, oid TEXT, x TEXT); INSERT INTO t VALUES ('7', '8', 'a');"
    script += "CREATE TABLE u (rowid TEXT, oid TEXT, _rowid_ TEXT, x TEXT); INSERT INTO u VALUES (1, 2, 3, 'a');"
    file = Stored(database(script))
    assert read(file, "t", Note) == [Note(locator="t:1", text="a")]
    assert read(file, "u", Note) == [
        Gap(locator="u", reason="its rowid cannot be asked for: columns bear all of its names")
    ]


def test_names_are_quoted_and_generated_columns_not_evaluated():
    script = (
        'CREATE TABLE "a""b; DROP" ("x" TEXT, "se""lect" INT, g AS (abs("x")));'
        'INSERT INTO "a""b; DROP" VALUES (\'-9223372036854775808\', 5);'
    )
    with sqlite.connect(Stored(database(script))) as db:
        assert db.columns('a"b; DROP') == ("x", 'se"lect')
        assert [dict(r) for r in db.rows('a"b; DROP')] == [{"x": "-9223372036854775808", 'se"lect': 5}]


def test_a_collation_only_the_device_knows_does_no_harm():
    def made():
        c = sqlite3.connect(":memory:")
        c.create_collation("CPLocalized", lambda a, b: (a > b) - (a < b))
        c.executescript(
            "CREATE TABLE t (x TEXT COLLATE CPLocalized PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES ('b'), ('a');"
        )
        return c.serialize()

    assert read(Stored(made()), "t", Note) == [Note(locator='t:["a"]', text="a"), Note(locator='t:["b"]', text="b")]


def test_blocks_are_bounded_and_complete():
    file = Stored(database(NOTES, [("INSERT INTO t VALUES (?, ?)", ((i, f"n{i}") for i in range(45_001)))]))
    with sqlite.connect(file) as db:
        blocks = list(db.table("t", Note))
    assert max(len(b) for b in blocks) <= 20_000
    assert [r.locator for b in blocks for r in b] == [f"t:{i}" for i in range(45_001)]


def test_large_values_end_a_block_early():
    file = Stored(database(NOTES, [("INSERT INTO t VALUES (?, ?)", ((i, "a" * (4 << 20)) for i in range(40)))]))
    with sqlite.connect(file) as db:
        sizes = [len(b) for b in db.table("t", Note)]
    assert sum(sizes) == 40
    assert max(sizes) <= 32


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"not a database at all" * 300, "not an SQLite database: it begins with 6e6f74"),
        (b"SQLite format 3\0" + b"\x10\x00", "a cut SQLite header"),
        (b"SQLite format 3\0" + b"\x10\x01" + bytes(5000), "page size 4097"),
    ],
)
def test_what_is_no_database_is_a_format_error(content, said):
    with pytest.raises(FormatError, match=said), sqlite.connect(Stored(content)):
        pytest.fail("it was opened")


def test_padding_behind_the_last_page_is_nothing():
    file = Stored(database(NOTES + "INSERT INTO t VALUES (1, 'a');") + bytes(16))
    assert read(file, "t", Note) == [Note(locator="t:1", text="a")]


BEFORE = NOTES + "INSERT INTO t VALUES (1, 'old'), (2, 'gone');"
AFTER = "UPDATE t SET x = 'new' WHERE id = 1; DELETE FROM t WHERE id = 2;", "INSERT INTO t VALUES (3, 'added');"
MERGED = [Note(locator="t:1", text="new"), Note(locator="t:3", text="added")]
FRAME = 24 + 4096


def test_the_log_is_merged(tmp_path):
    main, log = logged(tmp_path, BEFORE, *AFTER)
    assert read(Stored(main, {"-wal": log}), "t", Note) == MERGED
    assert read(Stored(main), "t", Note) == [Note(locator="t:1", text="old"), Note(locator="t:2", text="gone")]
    assert read(Stored(main, {"-wal": b""}), "t", Note)[0].text == "old"


def test_a_table_and_pages_only_the_log_has(tmp_path):
    many = "".join(f"INSERT INTO u VALUES ('{i:0>900}');" for i in range(50))
    main, log = logged(tmp_path, BEFORE, "CREATE TABLE u (x TEXT);" + "BEGIN;" + many + "COMMIT;")
    assert len(main) < 4 * 4096
    assert [r.text for r in read(Stored(main, {"-wal": log}), "u", Note)] == [f"{i:0>900}" for i in range(50)]


def test_a_database_that_is_in_the_log_only(tmp_path):
    _, log = logged(tmp_path, "", "PRAGMA user_version = 1;" + NOTES + "INSERT INTO t VALUES (1, 'a');")
    assert read(Stored(b"", {"-wal": log}), "t", Note) == [Note(locator="t:1", text="a")]


def test_big_endian_checksums(tmp_path):
    main, log = logged(tmp_path, BEFORE, *AFTER)
    assert read(Stored(main, {"-wal": as_big_endian(log)}), "t", Note) == MERGED


def as_big_endian(log):
    """The same log with checksums over big-endian words, computed word by word."""

    def add(content, s0, s1):
        for a, b in struct.iter_unpack(">2I", content):
            s0 = (s0 + a + s1) & 0xFFFFFFFF
            s1 = (s1 + b + s0) & 0xFFFFFFFF
        return s0, s1

    head = struct.pack(">I", 0x377F0683) + log[4:24]
    sums = add(head, 0, 0)
    out = head + struct.pack(">2I", *sums)
    for at in range(32, len(log), FRAME):
        sums = add(log[at : at + 8], *sums)
        sums = add(log[at + 24 : at + FRAME], *sums)
        out += log[at : at + 16] + struct.pack(">2I", *sums) + log[at + 24 : at + FRAME]
    return out


def changed(log, at):
    """With another byte there; salts are random, so that any given one may stand there already."""
    return log[:at] + bytes([log[at] ^ 0xEE]) + log[at + 1 :]


def test_frames_of_a_former_use_of_the_log_are_no_damage(tmp_path):
    main, log = logged(tmp_path, BEFORE, *AFTER)
    stale = log[32 : 32 + FRAME]
    stale = stale[:8] + bytes(8) + stale[16:]
    assert read(Stored(main, {"-wal": log + stale}), "t", Note) == MERGED


OLD = [Note(locator="t:1", text="old"), Note(locator="t:2", text="gone")]


@pytest.mark.parametrize(
    ("damage", "said", "kept"),
    [
        (lambda log: b"not a log" * 9, "its header is not that of a write-ahead log", OLD),
        (lambda log: changed(log, 13), "its header fails its checksum", OLD),
        (lambda log: changed(log, 32 + 8), "its first frame bears another salt than its header", OLD),
        (lambda log: changed(log, 32 + 24 + 99), "frame 1 fails its checksum, and what follows it was not read", OLD),
        (lambda log: changed(log, len(log) - 99), "frame 3 fails its checksum, and what follows it was not read",
         [Note(locator="t:1", text="new")]),
        (lambda log: log[:-7], "it ends within frame 3", [Note(locator="t:1", text="new")]),
    ],
)  # fmt: skip
def test_a_damaged_log_is_read_to_its_last_good_commit(tmp_path, damage, said, kept):
    main, log = logged(tmp_path, BEFORE, *AFTER)
    assert len(log) == 32 + 3 * FRAME
    file = Stored(main, {"-wal": damage(log)})
    assert read(file, "t", Note) == [Gap(locator="-wal", reason=f"write-ahead log: {said}"), *kept]


def test_what_was_never_committed_is_told_and_not_read(tmp_path):
    many = "".join(f"INSERT INTO t VALUES ({i}, '{i:0>3000}');" for i in range(10, 20))
    main, log = logged(tmp_path, BEFORE, AFTER[0], "BEGIN;" + many + "COMMIT;")
    whole = (len(log) - 32) // FRAME
    file = Stored(main, {"-wal": log[:-FRAME]})
    gap, *rows = read(file, "t", Note)
    said = f"its last {whole - 3} pages, to frame {whole - 1}, were never committed and were not read"
    assert gap == Gap(locator="-wal", reason=f"write-ahead log: {said}")
    assert rows == [Note(locator="t:1", text="new")]


def test_a_value_beyond_the_bounds_costs_itself():
    file = Stored(database(NOTES + "INSERT INTO t VALUES (1, 'a'), (2, zeroblob(65 << 20)), (3, 'c');"))
    with sqlite.connect(file) as db:
        rows = [(r.locator, r["x"]) if not isinstance(r, Gap) else r for r in db.rows("t")]
    assert rows == [
        ("t:1", "a"),
        ("t:2", Lost("expected at most 67108864 bytes, got more")),
        Gap(locator="t:2.x", reason="x: expected at most 67108864 bytes, got more"),
        ("t:3", "c"),
    ]


def test_problems_are_told_once_and_by_themselves(tmp_path):
    main, _ = logged(tmp_path, BEFORE, *AFTER)
    file = Stored(main, {"-wal": b"not a log" * 9, "-journal": bytes.fromhex("d9d505f920a163d7") + bytes(512)})
    with sqlite.connect(file) as db:
        first, second = list(db.table("t", Note)), list(db.table("t", Note))
    assert [g.locator for g in first if isinstance(g, Gap)] == ["-wal", "-journal"]
    assert [g for g in second if isinstance(g, Gap)] == []
    with sqlite.connect(file) as db:
        assert [g.locator for g in db.problems()] == ["-wal", "-journal"]
        assert flat(db.rows("t"))[0] not in ("-wal", "-journal")


def test_a_journal_that_was_ended_is_nothing():
    file = Stored(database(NOTES + "INSERT INTO t VALUES (1, 'a');"), {"-journal": bytes(512)})
    assert read(file, "t", Note) == [Note(locator="t:1", text="a")]


def test_a_log_of_another_page_size_is_not_read(tmp_path):
    _, log = logged(tmp_path, BEFORE, *AFTER)
    small = database(BEFORE, page_size=1024)
    gap, *rows = read(Stored(small, {"-wal": log}), "t", Note)
    assert gap.locator == "-wal"
    assert rows == OLD


@needs_corpus
def test_data_usage_of_a_real_backup():
    path = CORPUS / "ios/mvt/tests/artifacts/ios_backup/0d/0d609c54856a9bb2d56729df1d68f2958a88426b"
    with sqlite.connect(Stored(path.read_bytes())) as db:
        assert len(flat(db.table("ZPROCESS", Whole))) == 40
        assert len(flat(db.table("ZLIVEUSAGE", Whole))) == 10


@needs_corpus
def test_netusage_of_a_real_phone():
    with sqlite.connect(Stored((CORPUS / "ios/plaso/test_data/ios/netusage.sqlite").read_bytes())) as db:
        assert len(flat(db.table("ZPROCESS", Whole))) == 260
        assert len(flat(db.table("ZLIVEUSAGE", Whole))) == 335


@needs_corpus
def test_an_address_book_that_lies_in_its_log():
    folder = CORPUS / "ios/iLEAPP/admin/test/cases/data/addressBook"
    with zipfile.ZipFile(next(folder.glob("*mvs_ios_2023.zip"))) as archive:
        name = "/private/var/mobile/Library/AddressBook/AddressBook.sqlitedb"
        main, log = (archive.read(n) for n in (name, f"{name}-wal"))
    expected = {"_SqliteDatabaseProperties": 10, "ABStore": 2, "ABAccount": 1, "ClientCursor": 2, "ABPerson": 0}
    with sqlite.connect(Stored(main, {"-wal": log})) as db:
        assert len(db.tables()) == 29
        assert {n: len(list(db.rows(n))) for n in expected} == expected

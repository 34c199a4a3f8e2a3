"""One connection lent to many questions: each sees the case as on a connection of its own, and leaves nothing."""

from contextlib import closing
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from building import KEY, SMS, Message, Process, rows, stamped, written

from bridle.case.reader import Case
from bridle.case.session import Session
from bridle.case.writer import CaseWriter
from bridle.formats.arrow import schema

AT = datetime(2021, 7, 18, 10, 2, tzinfo=UTC)


@pytest.fixture(params=[KEY, None], ids=["encrypted", "plaintext"])
def case(request, tmp_path):
    return written(
        tmp_path / "case",
        request.param,
        {"ios.sms.message": rows(Message, SMS, [{"locator": "m:1", "written": AT}, {"locator": "m:2"}]),
         "ios.data_usage.process": rows(Process, "/p", [{"locator": "p:1", "name": "bh", "first_used": AT}])},
    )  # fmt: skip


def asked(session, query):
    with closing(session.connect()) as db:
        return db.execute(query).fetchall()


def test_tables_and_views_are_opened_when_a_query_names_them(case):
    with Session(case) as session:
        assert asked(session, 'SELECT locator FROM "IOS.SMS.Message" ORDER BY locator') == [("m:1",), ("m:2",)]
        opened = "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        assert asked(session, opened) == [("ios.sms.message",)]
        assert asked(session, "SELECT name, surface FROM processes") == [("bh", "network-user")]
        assert asked(session, 'SELECT "table", locator FROM Timeline ORDER BY 1') == [
            ("ios.data_usage.process", "p:1"), ("ios.sms.message", "m:1"),
        ]  # fmt: skip
        assert asked(session, "SELECT count(*) FROM findings") == [(0,)]


def test_what_a_question_registers_is_gone_with_it(case):
    with Session(case) as session:
        with closing(session.connect()) as db:
            db.register("evidence", pa.table({"n": [1, 2]}))
            assert db.execute("SELECT sum(n) FROM evidence").fetchall() == [(3,)]
        with pytest.raises(duckdb.CatalogException):
            asked(session, "SELECT n FROM evidence")


def test_an_answer_that_nobody_read_to_its_end_stops_no_later_question(case):
    with Session(case) as session:
        session.connect().execute("SELECT * FROM range(100000)").fetchone()
        assert asked(session, 'SELECT count(*) FROM "ios.sms.message"') == [(2,)]
        session.connect().execute("SELECT * FROM range(100000)").fetchone()
        with closing(session.connect()) as db:
            db.register("evidence", pa.table({"n": [1]}))
            db.execute("SELECT * FROM evidence, range(100000)").fetchone()
        assert asked(session, 'SELECT count(*) FROM "ios.data_usage.process"') == [(1,)]


def test_the_connection_reaches_no_file_and_cannot_be_unlocked(case, tmp_path):
    with Session(case) as session:
        for query in (
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'", "SELECT * FROM read_csv('/etc/passwd')",
            "SET enable_external_access = true", "SELECT * FROM case",
        ):  # fmt: skip
            with pytest.raises(duckdb.Error):
                asked(session, query)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("most", [0, 200_000])
def test_single_rows_are_those_of_their_numbers(tmp_path, monkeypatch, most):
    """Of two row groups of 65,536 rows and a third of 10; what is held in memory gives the same."""
    monkeypatch.setattr("bridle.case.session.MOST_ROWS", most)
    monkeypatch.setattr("bridle.case.session.MOST_BYTES", 1 << 30)
    monkeypatch.setattr("bridle.case.session.MOST_HELD", 1 << 30)
    messages = [{"locator": f"m:{n}"} for n in range(131_082)]
    made = written(tmp_path / "large", KEY, {"ios.sms.message": rows(Message, SMS, messages)})
    with Session(made) as session:
        for numbers in ([], [0], [65_535, 65_536], [3, 40_000, 131_072, 131_081]):
            found = session.rows_at("ios.sms.message", ["locator"], numbers)
            told = [text for batch in found for text in batch["locator"].to_pylist()]
            assert told == [f"m:{n}" for n in numbers]


@pytest.mark.parametrize("key", [KEY, None], ids=["encrypted", "plaintext"])
def test_rows_that_the_writer_kept_are_those_of_the_file(tmp_path, key):
    writer = CaseWriter(tmp_path / "case", key)
    writer.declare("ios.sms.message", stamped(Message))
    of = {"text": "a", "link": None, "written": AT, "shown": AT.replace(tzinfo=None), "tags": ("x", "y"), "size": -1}
    sent = rows(Message, SMS, [{"locator": "m:1", **of}, {"locator": "m:2"}]).select(schema(Message).names)
    for source in ("S1", "S2"):
        order = (source, SMS, "ab" * 32)
        writer.add_files("ios.sms.message", [(order, (source, SMS, "ab" * 32), 2)], sent)
    writer.finish_tables()
    case = Case(writer.building, key)
    assert set(writer.small) == {"ios.sms.message"}
    query = 'SELECT * REPLACE (epoch_us(written) AS written), typeof(COLUMNS(*)) FROM "ios.sms.message"'
    with Session(case) as read, Session(case, writer.small) as kept:
        assert asked(kept, query) == asked(read, query)
        assert len(asked(kept, query)) == 4
        ours, theirs = (pa.Table.from_batches(s.batches("ios.sms.message")) for s in (kept, read))
        assert ours.schema.types == theirs.schema.types
        assert ours.to_pylist() == theirs.to_pylist()
        assert [row["_source"] for row in ours.to_pylist()] == ["S1", "S1", "S2", "S2"]
    writer.abort()


def test_tables_of_many_rows_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("bridle.case.tables.SMALL", 1)
    writer = CaseWriter(tmp_path / "case", KEY)
    writer.write_table("one", rows(Process, "/p", [{"locator": "p:1"}]))
    writer.write_table("two", rows(Process, "/p", [{"locator": "p:1"}, {"locator": "p:2"}]))
    assert {name: table.num_rows for name, table in writer.small.items()} == {"one": 1}
    writer.abort()


def test_what_all_rows_of_a_table_share_is_told_as_a_constant(tmp_path, monkeypatch):
    """A text with quotes stays what it is; what one row of a later row group has otherwise is read from all."""
    monkeypatch.setattr("bridle.case.session.MOST_ROWS", 0)
    monkeypatch.setattr("bridle.case.tables.ROWS", 2 << 12)
    path, many = '/private/var/it\'s "here"', 5000
    writer = CaseWriter(tmp_path / "case", KEY)
    for table in ("ios.sms.message", "ios.sms.other"):
        writer.declare(table, stamped(Message))
    sent = rows(Message, SMS, [{"locator": f"m:{n}", "size": n} for n in range(many)]).select(schema(Message).names)
    one, two = ("S1", path, "ab" * 32), ("S1", SMS, "cd" * 32)
    writer.add_files("ios.sms.message", [(one, one, many)], sent)
    for file in (one, two):
        writer.add_files("ios.sms.other", [(file, file, many)], sent)
    writer.finish_tables()
    assert writer.shared["ios.sms.message"] == {"_source": "S1", "_path": path, "_sha256": "ab" * 32}
    assert writer.shared["ios.sms.other"] == {"_source": "S1"}
    case = Case(writer.building, KEY)
    with Session(case) as read, Session(case, {}, writer.shared) as told:
        for query in (
            'SELECT * EXCLUDE (written), typeof(COLUMNS(*)) FROM "ios.sms.message" WHERE size > 4997',
            'SELECT _path, _sha256, count(*), max(size) FROM "ios.sms.other" GROUP BY ALL ORDER BY ALL',
            'SELECT count(*) FROM "ios.sms.message" a JOIN "ios.sms.other" b USING (_source, _path, _sha256, size)',
        ):
            assert asked(told, query) == asked(read, query)
        assert asked(told, query) == [(many,)]
        scanned = 'EXPLAIN SELECT _path, size FROM "ios.sms.message"'
        assert [line for (_, plan) in asked(told, scanned) for line in plan.splitlines() if "Projections: size" in line]
    writer.abort()

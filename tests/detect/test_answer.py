"""What a query returns is asked once: the values are those that DuckDB itself gives, times as microseconds."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from bridle.detect.answer import FEW, ask
from bridle.detect.query import apart, reads_any
from bridle.detect.steps import _latest


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET TimeZone = 'UTC'")
        yield made


def test_values_of_every_type_that_rules_return(db: duckdb.DuckDBPyConnection) -> None:
    answer = ask(
        db,
        "SELECT 'a' AS text, 7::BIGINT AS number, sum(9223372036854775807::BIGINT) AS large, true AS yes, "
        "0.5::DOUBLE AS part, '\\x00\\xFF'::BLOB AS bytes, NULL::VARCHAR AS nothing, "
        "TIMESTAMPTZ '2021-07-18 10:02:03.5+02' AS time, "
        "TIMESTAMP '1969-12-31 23:59:59' AS clock, ['x', NULL] AS many, "
        "[{'table': 't', 'time': 5::BIGINT}] AS also FROM range(2) WHERE $given = 'yes'",
        {"given": "yes"},
    )
    assert answer.types == {
        "text": "VARCHAR", "number": "BIGINT", "large": "HUGEINT", "yes": "BOOLEAN", "part": "DOUBLE", "bytes": "BLOB",
        "nothing": "VARCHAR", "time": "TIMESTAMP WITH TIME ZONE", "clock": "TIMESTAMP", "many": "VARCHAR[]",
        "also": 'STRUCT("table" VARCHAR, "time" BIGINT)[]',
    }  # fmt: skip
    assert answer.rows == [
        (
            "a", 7, 18446744073709551614, True, 0.5, b"\x00\xff", None, 1626595323500000, -1000000, ["x", None],
            [{"table": "t", "time": 5}],
        )
    ]  # fmt: skip
    assert type(answer.rows[0][2]) is int


def test_other_types_and_many_rows_are_left_to_duckdb(db: duckdb.DuckDBPyConnection) -> None:
    assert ask(db, "SELECT map {'a': 1} AS m", {}).rows is None
    assert ask(db, "SELECT [1::HUGEINT] AS m", {}).rows is None
    assert ask(db, "SELECT 1.5::DECIMAL(2, 1) AS m", {}).rows is None
    assert len(ask(db, f"FROM range({FEW})", {}).rows or ()) == FEW
    many = ask(db, f"FROM range({FEW + 1})", {})
    assert (many.rows, many.types) == (None, {"range": "BIGINT"})
    none = ask(db, "SELECT 1 AS a WHERE false", {})
    assert (none.rows, none.types) == ([], {"a": "INTEGER"})


def test_a_place_that_comes_twice_is_not_apart(db: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT _path, locator FROM (VALUES ('/a', '1'), ('/a', '2'), ('/b', '1')) AS t(_path, locator)"
    assert apart(ask(db, query, {})) == [("/a", "1"), ("/a", "2"), ("/b", "1")]
    assert apart(ask(db, f"{query} UNION ALL {query}", {})) is None
    assert apart(ask(db, "SELECT '/a' AS _path, '1' AS locator FROM range(1001)", {})) is None


def test_the_latest_rows_come_first_and_those_without_a_time_last() -> None:
    types = {"locator": "VARCHAR", "_path": "VARCHAR", "time": "TIMESTAMP"}
    rows = [
        ("2", "/b", None),
        ("1", "/b", None),
        ("3", "/a", 5),
        ("4", "/c", -5),
        ("2", "/a", 5),
        ("1", "/\U0001f600", 5),
    ]
    expected = [
        ("2", "/a", 5),
        ("3", "/a", 5),
        ("1", "/\U0001f600", 5),
        ("4", "/c", -5),
        ("1", "/b", None),
        ("2", "/b", None),
    ]
    assert _latest(rows, types) == expected
    with duckdb.connect() as db:
        db.execute("CREATE TABLE t (locator VARCHAR, _path VARCHAR, time BIGINT)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        assert db.execute("FROM t ORDER BY time DESC, _path, locator").fetchall() == expected


def test_which_tables_a_query_may_read() -> None:
    query = 'SELECT * FROM "ios.SMS.message" JOIN processes USING (_source)'
    assert reads_any(query, {"ios.sms.message"})
    assert reads_any(query, {"processes", "other"})
    assert not reads_any(query, {"ios.sms"})
    assert not reads_any(query, set())

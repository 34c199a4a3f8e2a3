"""One rule run over tables in memory."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from bridle.detect.finding import MOST_EVIDENCE
from bridle.detect.memory import Memory
from bridle.detect.query import run_rule
from bridle.detect.rule import Rule, RuleError

UTC_TYPE = pa.timestamp("us", tz="UTC")


def rule(query: str, **more: Any) -> Rule:
    made = Rule(
        id="test-rule", title="T", level="medium", stage="tampering", status="experimental", platform="ios",
        needs=("a.b.c",), query=query, message="row {locator} holds {n}", explanation="E", false_positives=("F",),
        references=("https://example.org",), example=(), evidence="a.b.c", file=Path("rule.toml"),
    )  # fmt: skip
    return replace(made, **more)


def memory(rows: list[dict[str, Any]], extra: dict[str, pa.DataType] | None = None) -> Memory:
    types = {
        "_source": pa.string(), "_path": pa.string(), "_sha256": pa.string(), "locator": pa.string(), "n": pa.int64(),
        "time": UTC_TYPE, **(extra or {}),
    }  # fmt: skip
    stamps = {"_source": "S1", "_path": "/p", "_sha256": "ab"}
    columns = [pa.array([{**stamps, **r}.get(k) for r in rows], t) for k, t in types.items()]
    return Memory({"a.b.c": pa.table(columns, names=list(types))})


ALL = 'SELECT * FROM "a.b.c" WHERE n > 0'


def test_one_finding_for_all_sources_with_its_first_rows_in_order() -> None:
    at = datetime(2020, 1, 6, 10, 45, 50, 250_000, tzinfo=UTC)
    later = datetime(2020, 1, 7, tzinfo=UTC)
    case = memory(
        [
            {"locator": "Z:12", "n": 2, "time": later},
            {"locator": "Z:9", "n": 1, "time": at},
            {"locator": "Z:10", "n": 0},
            {"locator": "Z:9", "n": 1, "time": at, "_source": "S2"},
            {"locator": "Z:9", "n": 7, "_source": "S2", "_sha256": "cd"},
            {"locator": "Z:99", "n": 3, "_path": "/a"},
        ]
    )
    (first,) = run_rule(case.connect(), rule(ALL))
    assert [(e.path, e.locator, e.sha256) for e in first.evidence] == [
        ("/a", "Z:99", "ab"), ("/p", "Z:9", "ab"), ("/p", "Z:9", "cd"), ("/p", "Z:12", "ab"),
    ]  # fmt: skip
    assert (first.count, first.first_seen, first.last_seen) == (4, at, later)
    assert first.message == "row Z:99 holds 3 3 more rows match."
    assert first.id == hashlib.sha256(b"test-rule\0\0a.b.c\0/a\0Z:99").hexdigest()
    assert first.evidence[1].values == {"n": 1, "time": at}


def test_a_message_may_count_things_instead_of_rows() -> None:
    rows = [{"locator": "1", "n": 1}, {"locator": "1", "n": 1, "_path": "/q"}, {"locator": "2", "n": 2}]
    told = {"message": "in all: {count}", "counted": "n"}
    (found,) = run_rule(memory(rows).connect(), rule(ALL, **told))
    assert (found.message, found.count) == ("in all: 2", 3)
    with pytest.raises(RuleError, match="counted: the query returns no column 'm'"):
        run_rule(memory(rows).connect(), rule(ALL, **{**told, "counted": "m"}))


def test_a_list_is_written_as_a_reader_writes_it() -> None:
    query = "SELECT *, ['b', 'a'] AS codes FROM \"a.b.c\""
    (found,) = run_rule(memory([{"locator": "1", "n": 1}]).connect(), rule(query, message="holds {codes}"))
    assert found.message == "holds b, a"


def test_a_row_that_a_join_repeats_counts_once() -> None:
    case = memory([{"locator": "1", "n": 1}, {"locator": "2", "n": 2}])
    (found,) = run_rule(case.connect(), rule('SELECT a.* FROM "a.b.c" a, "a.b.c" b'))
    assert found.count == 2


def test_the_same_place_in_another_file_is_another_row() -> None:
    case = memory([{"locator": "1", "n": 1}, {"locator": "1", "n": 2, "_path": "/q"}])
    assert [e.path for e in run_rule(case.connect(), rule(ALL))[0].evidence] == ["/p", "/q"]


def test_evidence_is_bounded_and_the_count_is_not() -> None:
    case = memory([{"locator": f"Z:{n}", "n": n} for n in range(2500, 0, -1)])
    (found,) = run_rule(case.connect(), rule('SELECT * FROM "a.b.c" WHERE n >= $least', parameters={"least": 2}))
    assert found.count == 2499
    assert len(found.evidence) == MOST_EVIDENCE == 1000
    assert [found.evidence[0].locator, found.evidence[-1].locator] == ["Z:2", "Z:1001"]
    assert found.evidence_query is not None
    assert 'SELECT * FROM "a.b.c" WHERE n >= 2' in found.evidence_query
    assert len(case.connect().execute(found.evidence_query).fetchall()) == 2499
    assert len(case.connect().execute(found.evidence_query).fetchall()) == 2499


def test_further_legs_are_evidence_once() -> None:
    leg = "[{'table': 'x.y.z', 'path': '/q', 'sha256': 'cd', 'locator': 'line 3', 'time': 1000000, 'pid': 7}] AS also"
    case = memory([{"locator": "1", "n": 1}, {"locator": "2", "n": 2}])
    (found,) = run_rule(case.connect(), rule(f'SELECT *, {leg} FROM "a.b.c"'))
    assert [(e.table, e.path, e.locator) for e in found.evidence] == [
        ("a.b.c", "/p", "1"), ("a.b.c", "/p", "2"), ("x.y.z", "/q", "line 3"),
    ]  # fmt: skip
    assert found.evidence[2].values == {"pid": 7}
    assert found.evidence[2].time == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert "also" not in found.evidence[0].values
    assert found.count == 3


def test_a_time_column_may_be_named_and_a_year_beyond_the_calendar_is_none() -> None:
    case = memory([{"locator": "1", "n": 1, "seen": 2**62}], {"seen": pa.int64()})
    query = 'SELECT * EXCLUDE (seen), make_timestamptz(1000000) AS seen FROM "a.b.c"'
    (found,) = run_rule(case.connect(), rule(query, time="seen"))
    assert found.first_seen == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "query",
    [
        "DROP VIEW \"a.b.c\"", "SELECT 1; SELECT 2", "COPY (SELECT 1) TO 'x.csv'", "SET threads = 4",
        "CREATE TABLE t AS SELECT 1",
    ],
)  # fmt: skip
def test_only_one_select_is_run(query: str) -> None:
    with pytest.raises(RuleError, match="one SELECT"):
        run_rule(memory([]).connect(), rule(query))


def test_a_select_cannot_be_closed_early_or_reach_a_file() -> None:
    with pytest.raises(duckdb.Error):
        run_rule(memory([]).connect(), rule('SELECT 1); DROP VIEW "a.b.c"; SELECT * FROM (SELECT 1'))
    with pytest.raises(duckdb.Error):
        run_rule(memory([]).connect(), rule("SELECT * FROM read_text('/etc/hostname')"))


@pytest.mark.parametrize(
    ("query", "more", "says"),
    [
        ("SELECT 1 AS locator", {}, "_source"),
        ('SELECT * EXCLUDE (n) FROM "a.b.c"', {}, "'n'"),
        (ALL, {"time": "when_seen"}, "'when_seen'"),
        ('SELECT *, [time] AS times FROM "a.b.c"', {}, "times"),
    ],
)
def test_columns_that_are_missing_or_cannot_be_shown_are_named(query: str, more: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        run_rule(memory([]).connect(), rule(query, **more))


def test_a_query_without_end_is_interrupted_and_the_connection_lives() -> None:
    db = memory([{"locator": "1", "n": 1}]).connect()
    endless = 'SELECT a.* FROM "a.b.c" a, range(1000000) x, range(1000000) y WHERE (x.range * y.range) % 7 = 8'
    with pytest.raises(duckdb.InterruptException):
        run_rule(db, rule(endless), seconds=0.2)
    assert run_rule(db, rule(ALL))[0].count == 1


def test_nothing_found_is_no_finding() -> None:
    assert run_rule(memory([]).connect(), rule(ALL)) == []


def test_a_message_that_counts_gets_no_second_count() -> None:
    case = memory([{"locator": "1", "n": 1}, {"locator": "2", "n": 2}])
    (found,) = run_rule(case.connect(), rule(ALL, message="{count} rows"))
    assert found.message == "2 rows"

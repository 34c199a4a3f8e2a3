"""Reading a case: columns with their meaning, SQL that reaches nothing else, values that JSON can hold."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from building import KEY, SMS, Message, Process, rows, written

from bridle.case.reader import Case, open_case

AT = datetime(2021, 7, 18, 10, 2, 0, 500, tzinfo=UTC)
MESSAGES = [
    {"locator": "m:1", "text": "see https://a.example.org/", "written": AT, "shown": datetime(2021, 7, 18, 12, 2),
     "tags": ["x", None], "size": 7},
    {"locator": "m:2"},
]  # fmt: skip


@pytest.fixture(params=[KEY, None], ids=["encrypted", "plaintext"])
def case(request, tmp_path):
    finding = {"id": "f1", "rule": "indicator-domain", "level": "high", "stage": "targeting", "title": "t", "count": 2,
               "message": "m", "first_seen": "2021-07-18T10:02:00Z", "last_seen": None, "surfaces": ["visited"],
               "indicator": {"kind": "domain", "value": "a.example.org"}, "acquisition_related": False}  # fmt: skip
    return written(
        tmp_path / "it's a case",
        request.param,
        {"ios.sms.message": rows(Message, SMS, MESSAGES), "ios.data_usage.process": rows(Process, "/p", [])},
        {"findings.jsonl": json.dumps(finding).encode() + b"\n", "summary.json": b'{"exit": 1}\n'},
    )


def test_tables_batches_findings_and_summary(case):
    assert list(case.tables()) == ["ios.data_usage.process", "ios.sms.message"]
    assert case.tables()["ios.sms.message"].field("link").metadata[b"surface"] == b"message"
    (batch,) = case.batches("ios.sms.message", ["size", "locator"])
    assert batch.to_pydict() == {"size": [7, None], "locator": ["m:1", "m:2"]}
    assert case.summary() == {"exit": 1}
    assert [f["id"] for f in case.findings()] == ["f1"]
    with pytest.raises(KeyError):
        next(iter(case.batches("ios.sms.none")))


def test_sql_gives_times_lists_and_nothing_as_json_holds_them(case):
    names, found = case.sql('SELECT locator, written, shown, tags, size, link FROM "ios.sms.message" ORDER BY locator')
    assert names == ["locator", "written", "shown", "tags", "size", "link"]
    assert found == [
        ["m:1", "2021-07-18T10:02:00.000500Z", "2021-07-18T12:02:00", ["x", None], 7, None],
        ["m:2", None, None, None, None, None],
    ]


def test_sql_values_of_every_kind(case):
    _, found = case.sql(
        "SELECT '\\x00\\xAA'::BLOB, 1.50::DECIMAL(4,2), sum(x)::HUGEINT, 'nan'::DOUBLE, DATE '2020-02-29', "
        "{'a': [1, NULL]}, MAP {'k': 1}, TIME '10:00:01', true, '9999-12-31 23:59:59.999999'::TIMESTAMP, NULL, "
        "[TIMESTAMPTZ '2020-01-01 00:00:00Z'] "
        "FROM (VALUES (9007199254740993), (1)) t(x)"
    )
    assert found == [[
        "00aa", "1.50", 9007199254740994, "nan", "2020-02-29", {"a": [1, None]},
        {"k": 1}, "10:00:01", True, "9999-12-31T23:59:59.999999", None, ["2020-01-01T00:00:00Z"],
    ]]  # fmt: skip
    json.dumps(found, allow_nan=False)


def test_columns_of_one_name_are_all_given(case):
    assert case.sql("SELECT 1 AS a, 2 AS a") == (["a", "a"], [[1, 2]])


def test_tables_can_be_listed_and_described(case):
    assert case.sql("SHOW TABLES") == (
        ["name"], [["findings"], ["ios.data_usage.process"], ["ios.sms.message"], ["processes"], ["timeline"]],
    )  # fmt: skip
    assert [r[0] for r in case.sql('DESCRIBE "ios.data_usage.process"')[1]][:4] == [
        "_source",
        "_path",
        "_sha256",
        "locator",
    ]


def test_findings_are_a_table_with_what_is_no_plain_value_as_json(case):
    assert case.sql("SELECT id, count, first_seen, last_seen, indicator->>'value' AS v, surfaces FROM findings") == (
        ["id", "count", "first_seen", "last_seen", "v", "surfaces"],
        [["f1", 2, "2021-07-18T10:02:00Z", None, "a.example.org", '["visited"]']],
    )


def test_one_question_at_a_time(case):
    with pytest.raises(duckdb.Error, match="one question at a time"):
        case.sql("SELECT 1; SELECT 2")
    assert case.sql("SELECT 1 AS a;") == (["a"], [[1]])


def test_nothing_but_the_tables_can_be_reached_and_nothing_written(case, tmp_path):
    (tmp_path / "outside.csv").write_text("a\n1\n")
    before = sorted(p.name for p in case.path.rglob("*"))
    inside = str(case.path).replace("'", "''")
    refused = [
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        f"COPY (SELECT 1) TO '{inside}/out.csv'",
        f"COPY (SELECT 1) TO '{inside}/summary.json'",
        f"ATTACH '{inside}/own.db'",
        f"EXPORT DATABASE '{inside}/exported'",
        "SELECT * FROM read_csv('/etc/passwd')",
        f"SELECT * FROM read_csv('{tmp_path}/outside.csv')",
        f"SELECT * FROM read_text('{inside}/../outside.csv')",
        f"SELECT * FROM read_blob('{inside}/case.key.age')",
        f"SELECT * FROM '{tmp_path}/outside.csv'",
        "SELECT * FROM glob('/etc/*')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 8",
        "SET enable_external_access = true",
        "RESET memory_limit",
    ]
    for query in refused:
        with pytest.raises(duckdb.Error):
            case.sql(query)
    assert sorted(p.name for p in case.path.rglob("*")) == before
    assert not (tmp_path / "out.csv").exists()


def test_a_python_variable_is_no_table(case):
    secret = pa.table({"x": [1]})
    assert secret.num_rows == 1
    with pytest.raises(duckdb.Error, match="secret"):
        case.sql("SELECT * FROM secret")


def test_memory_is_bounded_and_nothing_goes_to_the_disk(case):
    with pytest.raises(duckdb.Error, match=r"(?i)memory"):
        case.sql("SELECT count(*) FROM (SELECT DISTINCT i, repeat(i::VARCHAR, 20) FROM range(12000000) t(i))")


def test_a_link_in_the_place_of_a_table_is_refused(tmp_path):
    case = written(tmp_path / "case", None, {"a.b.c": rows(Process, "/p", [])})
    file = case.path / "records/a.b.c.parquet"
    file.rename(tmp_path / "elsewhere.parquet")
    file.symlink_to(tmp_path / "elsewhere.parquet")
    with pytest.raises(ValueError, match=r"a\.b\.c\.parquet: expected a file of the case"):
        Case(case.path, None).tables()


def test_a_truncated_table_is_an_error_not_fewer_rows(tmp_path):
    case = written(tmp_path / "case", KEY, {"a.b.c": rows(Process, "/p", [{"locator": "1"}])})
    file = case.path / "records/a.b.c.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises((OSError, ValueError)):
        list(Case(case.path, KEY).batches("a.b.c"))


def test_many_row_groups_with_lists_read_alike_by_sql_and_by_batches(tmp_path):
    made = [{"locator": str(n), "text": "x" * 1500 + str(n), "tags": ["a", str(n)], "size": n} for n in range(60_000)]
    case = written(tmp_path / "case", KEY, {"ios.sms.message": rows(Message, SMS, made)})
    assert sum(b.num_rows for b in case.batches("ios.sms.message")) == 60_000
    found = case.sql(
        "SELECT count(*), count(DISTINCT text), sum(size), sum(len(tags)), count(*) FILTER (tags[2] = size::VARCHAR) "
        'FROM "ios.sms.message" WHERE size >= 10'
    )[1]
    assert found == [[59_990, 59_990, 1_799_969_955, 119_980, 59_990]]


def test_opening_a_case_that_is_still_being_built_has_no_findings_and_no_facts(tmp_path):
    case = Case(tmp_path, None)
    assert (case.findings(), case.meta, case.tables()) == ([], {}, {})
    assert case.sql("SELECT count(*) FROM timeline UNION ALL SELECT count(*) FROM findings")[1] == [[0], [0]]


def test_nothing_is_said_at_the_end_of_a_program_that_forgets_to_close(tmp_path):
    written(tmp_path / "case", None, {"a.b.c": rows(Process, "/p", [{"locator": "1"}])})
    code = (
        "import sys; from pathlib import Path; from bridle.case.reader import open_case\n"
        "c = open_case(Path(sys.argv[1])).connect(); print(c.execute('SELECT locator FROM \"a.b.c\"').fetchall())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "case")], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("[('1',)]\n", "")


def test_open_case_of_a_plain_case_needs_no_identity(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "none"))
    written(tmp_path / "case", None, {}, {"case.toml": b"[case]\nencrypted = false\n"})
    assert open_case(tmp_path / "case").meta == {"case": {"encrypted": False}}
    assert not (tmp_path / "none").exists()

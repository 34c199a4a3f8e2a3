"""A case of which one file is missing, or is not as bridle writes it: which file, why, and the next step."""

import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from building import KEY, SMS, Process, rows, written

from bridle.case import shapes
from bridle.case.damage import LARGEST, CaseDamagedError, checked
from bridle.case.ledger import DEVICE, LEDGER
from bridle.case.reader import Case, open_case
from bridle.case.timeline import timeline
from bridle.detect.grade import words

FINDING = {"id": "f1", "level": "high", "first_seen": "2021-07-18T10:02:00Z"}


@pytest.fixture
def case(tmp_path):
    files = {"findings.jsonl": json.dumps(FINDING).encode() + b"\n", "summary.json": b"{}", "coverage.json": b"{}",
             "case.toml": b"[case]\nencrypted = false\n"}  # fmt: skip
    process = rows(Process, SMS, [{"locator": "1", "name": "bh"}])
    made = written(tmp_path / "case", None, {"a.b.process": process}, files)
    for name, schema in (("ledger", LEDGER), ("device", DEVICE)):
        pq.write_table(schema.empty_table(), made.path / f"{name}.parquet")
    return made


def why(case, read, key=None):
    """What is said between the name of the file and the next step."""
    with pytest.raises(CaseDamagedError) as told:
        read(Case(case.path, key))
    text = str(told.value)
    begin, end = f"{told.value.file} of {case.path} is damaged: ", f"; `bridle verify {case.path}` says what differs"
    assert text.startswith(begin) and text.endswith(end)
    return told.value.file, text[len(begin) : -len(end)]


def test_a_whole_case_is_read(case):
    assert case.findings() == [FINDING]
    assert (case.summary(), case.coverage(), case.meta) == ({}, {}, {"case": {"encrypted": False}})
    assert [*case.batches("ledger")] == [] and [b.num_rows for b in case.batches("a.b.process")] == [1]


@pytest.mark.parametrize("name", ["ledger", "device"])
def test_a_table_that_every_case_has_is_missing(case, name):
    (case.path / f"{name}.parquet").unlink()
    assert why(case, lambda c: c.batches(name)) == (f"{name}.parquet", "it is missing")
    assert why(case, lambda c: c.columns(name)) == (f"{name}.parquet", "it is missing")
    assert why(case, lambda c: c.dataset(name)) == (f"{name}.parquet", "it is missing")


def test_a_table_that_no_case_needs_to_have_is_unknown(case):
    with pytest.raises(KeyError):
        case.batches("a.b.other")


def test_a_table_that_is_another_one(case):
    (case.path / "ledger.parquet").write_bytes((case.path / "device.parquet").read_bytes())
    file, said = why(case, lambda c: c.batches("ledger"))
    assert (file, said[:37]) == ("ledger.parquet", "expected a column artifact, found sou")


def test_a_column_of_another_type(case):
    told = pa.table({"source": ["S1"], "key": [1], "value": ["x"]})
    pq.write_table(told, case.path / "device.parquet")
    assert why(case, lambda c: c.tables()) == ("device.parquet", "key: expected a column of string, got int64")


def test_a_record_without_its_locator(case):
    file = "records/a.b.process.parquet"
    pq.write_table(pq.read_table(case.path / file).drop(["locator"]), case.path / file)
    found, said = why(case, lambda c: list(timeline(c)))
    assert (found, said[:26]) == (file, "expected a column locator,")


def test_a_table_that_is_cut_short_or_no_table(case):
    file = case.path / "records/a.b.process.parquet"
    whole = file.read_bytes()
    for content in (b"", whole[:-20], b"x" * 300):
        file.write_bytes(content)
        for read in (lambda c: c.tables(), lambda c: list(c.batches("a.b.process")), lambda c: c.connect(),
                     lambda c: c.dataset("a.b.process"), lambda c: list(timeline(c))):  # fmt: skip
            assert why(case, read)[0] == "records/a.b.process.parquet"


def test_a_page_that_is_damaged_is_found_when_it_is_read(case):
    file = case.path / "records/a.b.process.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[:4] + bytes(200) + whole[204:])
    assert Case(case.path, None).rows()["a.b.process"] == 1
    assert why(case, lambda c: list(c.batches("a.b.process")))[0] == "records/a.b.process.parquet"


def test_what_is_done_with_a_batch_is_no_damage(case):
    with pytest.raises(ZeroDivisionError):
        for batch in case.batches("a.b.process"):
            print(1 // (batch.num_rows - 1))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[]", "line 1: expected an object, got []"),
        (b"{}", "line 1: id: expected it, found nothing"),
        (b'{"id": 7}', "line 1: id: expected a text, got 7"),
        (b'{"id": "f", "level": "loud"}',
         "line 1: level: expected one of critical, high, informational, low, medium, got 'loud'"),
        (b'{"id": "f", "count": true}', "line 1: count: expected a whole number, got True"),
        (b'{"id": "f", "evidence": [{"table": "t"}]}', "line 1: evidence: [0] path: expected it, found nothing"),
        (b'{"id": "f", "first_seen": "soon"}',
         "line 1: first_seen: expected a time such as 2021-07-18T10:02:00Z, got 'soon'"),
        (b'{"id": "f", "first_seen": "2021-02-30T10:02:00Z"}', "line 1: day is out of range for month"),
        (b'{"id": "\\ud800"}',
         r"line 1: 'utf-8' codec can't encode character '\ud800' in position 8: surrogates not allowed"),
        (b"[" * 100_000, "line 1: maximum recursion depth exceeded while decoding a JSON array from a unicode string"),
        (b'{"id": "f', "line 1: Unterminated string starting at: line 1 column 8 (char 7)"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)  # fmt: skip
def test_a_finding_that_is_none(case, line, said):
    (case.path / "findings.jsonl").write_bytes(line)
    assert why(case, lambda c: c.findings()) == ("findings.jsonl", said)
    assert why(case, lambda c: c.connect())[0] == "findings.jsonl"


def test_a_time_that_only_the_phones_clock_showed_has_no_zone(case):
    line = b'{"id": "f", "evidence": [{"table": "t", "path": "/p", "locator": "1", "values": {}, "time": "%s"}]}\n'
    (case.path / "findings.jsonl").write_bytes(line % b"2025-06-20T11:31:00")
    assert [e["time"] for f in case.findings() for e in f["evidence"]] == ["2025-06-20T11:31:00"]


def test_findings_that_are_missing_are_not_none(case):
    (case.path / "findings.jsonl").unlink()
    assert why(case, lambda c: c.findings()) == ("findings.jsonl", "it is missing")


def test_a_report_needs_more_of_a_finding_than_its_id(case):
    assert why(case, lambda c: c.findings(whole=True)) == (
        "findings.jsonl", "line 1: rule: expected it, found nothing"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("summary", b'{"verdict": []}', "verdict: expected an object, got []"),
        ("summary", b'{"problems": "none"}', "problems: expected a list, got 'none'"),
        ("coverage", b'{"rules": {"r": {"status": null}}}', "rules: r: status: expected a text, got None"),
        ("coverage", b'{"notes": ["a", 1]}', "notes: [1] expected a text, got 1"),
    ],
)
def test_a_summary_or_coverage_of_another_shape(case, name, content, said):
    (case.path / f"{name}.json").write_bytes(content)
    assert why(case, lambda c: getattr(c, name)()) == (f"{name}.json", said)


def test_a_description_of_another_shape(case):
    (case.path / "case.toml").write_bytes(b'case = "x"\n')
    assert why(case, lambda c: c.meta) == ("case.toml", "case: expected an object, got 'x'")
    assert why(case, lambda c: open_case(c.path)) == ("case.toml", "case: expected an object, got 'x'")


def test_why_is_one_line_and_short(tmp_path):
    told = str(CaseDamagedError(tmp_path, "a", "b\nc  " + "d" * 500))
    assert told == f"a of {tmp_path} is damaged: b c {'d' * 156}; `bridle verify {tmp_path}` says what differs"


@pytest.mark.parametrize("key", [None, KEY])
def test_a_damaged_page_that_a_query_meets_is_the_damage_of_its_table(tmp_path, key):
    many = [{"locator": f"{n}", "name": f"name {n * n}"} for n in range(5_000)]
    made = written(tmp_path / "case", key, {"a.b.process": rows(Process, SMS, many)}, {})
    assert made.sql('SELECT count(name) FROM "A.b.Process"') == (['count("name")'], [[5_000]])
    stored = bytearray((made.path / "records" / "a.b.process.parquet").read_bytes())
    half = len(stored) // 2
    stored[half : half + 200] = bytes(b ^ 0x55 for b in stored[half : half + 200])
    (made.path / "records" / "a.b.process.parquet").write_bytes(stored)
    file, _ = why(Case(made.path, key), lambda c: c.sql('SELECT max(name), max(locator) FROM "A.b.Process"'), key)
    assert file == "records/a.b.process.parquet"


def test_a_query_that_is_wrong_reads_no_table(case, monkeypatch):
    monkeypatch.setattr(Case, "_read_through", lambda *_: pytest.fail("read"))
    for query in ("SELEC", 'SELECT nothing FROM "a.b.process"', "SELECT 1 FROM nothing", "SELECT 'a'::INT"):
        with pytest.raises(duckdb.Error):
            case.sql(query)


def test_numbers_are_those_a_table_can_hold():
    assert [checked(n, int) for n in (LARGEST, -LARGEST)] == [LARGEST, -LARGEST]
    with pytest.raises(ValueError, match="expected a whole number, got 9223372036854775808"):
        checked(LARGEST + 1, int)


def test_keys_that_are_needed():
    shape = {"a!": str, "b": str, "c?": str}
    assert checked({"a": "x"}, shape) == {"a": "x"}
    assert checked({"a": "x", "b": "y"}, shape, whole=True) == {"a": "x", "b": "y"}
    with pytest.raises(ValueError, match=r"\Ab: expected it, found nothing\Z"):
        checked({"a": "x"}, shape, whole=True)
    with pytest.raises(ValueError, match=r"\Aa: expected it, found nothing\Z"):
        checked({"b": "x"}, shape)


@pytest.mark.parametrize("lacking", ["table", "path", "sha256", "locator", "time", "values"])
def test_a_report_needs_all_of_a_row_of_evidence(lacking):
    row = {"table": "t", "path": "/p", "sha256": None, "locator": "1", "time": None, "values": {}}
    shape = shapes.FINDING["evidence"][0]
    assert checked(row, shape, whole=True) == row
    del row[lacking]
    with pytest.raises(ValueError, match=f"^{lacking}: expected it, found nothing$"):
        checked(row, shape, whole=True)


def test_what_a_coverage_does_not_say_of_an_artifact_is_nothing(case):
    told = {"artifacts": {"ios.sms": {"status": "examined", "rows": 3, "gaps": 0}}, "rules": {}}
    (case.path / "coverage.json").write_text(json.dumps(told))
    assert case.coverage(whole=True)["artifacts"] == {
        "ios.sms": {"status": "examined", "rows": 3, "gaps": 0, "why": None, "first": None, "last": None}
    }


def test_people_that_are_not_known_are_nobody():
    assert words(["nobody known"]) == ""
    assert words(["user", "nobody known"]) == words(["user"]) != ""

"""Importing tables: each form, its columns told by name or content, one bad row one warning, every cell kept."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_project import at_home, person

from bridle.targets import importing_read
from bridle.targets.importing import Asked, import_file
from bridle.targets.importing_read import ImportRefusedError
from bridle.targets.keys import Keys, ProjectError
from bridle.targets.project import Project


class Desk:
    def __init__(self, folder, other):
        self.folder, self.other = folder, other
        self.project = Project.create(folder / "project", "Lab", "why", [other.recipient])

    def take(self, name, content, **asked):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(path, self.project, Asked(**asked))

    def rows(self):
        return Project.open(self.folder / "project").selections().to_pylist()

    def numbers(self, tokens=None):
        project = Project.open(self.folder / "project", second=self.other)
        return project.unmask(tokens or [r["token"] for r in self.rows()], "a test")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    at_home(monkeypatch, tmp_path)
    return Desk(tmp_path, person())


def told(done):
    return [(w.place, w.reason) for w in done.told]


def short(rows):
    return [
        (r["row"], r["country"], r["status"], r["time"], r["time_precision"], r["operator"], r["rule"]) for r in rows
    ]


CSV = """Client;MSISDN;Selected at;Notes
c-1;+5215512345678;2018-05-04 10:20:30;"first; of two"
c-2;0033612345678;2018-05-04T10:21Z;
;n/a;yesterday;
"""


def test_a_csv_with_a_header(desk):
    done = desk.take("list.csv", CSV)
    assert done.as_json()["columns"] == {"number": "MSISDN", "time": "Selected at", "operator": "Client"}
    assert (done.rows, done.form) == (3, "csv")
    assert done.statuses == {"valid_then": 1, "valid_now": 1, "invalid": 1}
    assert done.rules == {"mx-2019": 1}
    assert told(done) == [("line 4", "the time of selection cannot be read"), ("line 4", "no number that can be read")]
    assert short(desk.rows()) == [
        (0, "MX", "valid_then", datetime(2018, 5, 4, 10, 20, 30, tzinfo=UTC), "second", "c-1", "mx-2019"),
        (1, "FR", "valid_now", datetime(2018, 5, 4, 10, 21, tzinfo=UTC), "minute", "c-2", None),
        (2, None, "invalid", None, None, None, None),
    ]
    kept = desk.numbers()
    assert [(r["number"], r["written"], r["raw"]) for r in kept] == [
        ("+525512345678", "+5215512345678", "+5215512345678"), ("+33612345678", "+33612345678", "0033612345678"),
        (None, None, "n/a"),
    ]  # fmt: skip
    assert kept[0]["cells"] == {"Client": "c-1", "MSISDN": "+5215512345678", "Selected at": "2018-05-04 10:20:30",
                                "Notes": "first; of two", "further cells": None}  # fmt: skip
    assert kept[2]["cells"]["Selected at"] == "yesterday"


def test_long_cells_are_read_here_and_nowhere_else(desk):
    before = csv.field_size_limit()
    done = desk.take("list.csv", "number,notes\n+5215512345678," + "a" * 200_000 + "\n")
    assert (done.rows, told(done)) == (1, [])
    assert csv.field_size_limit() == before


def test_a_table_without_a_header_is_told_by_its_content(desk):
    done = desk.take("list.txt", "2018-05-04\t33612345678\n2018-05-05\t33612345679\n")
    assert done.as_json()["columns"] == {"number": "column 2", "time": "column 1", "operator": None}
    assert [(r["country"], r["time"].day, r["time_precision"]) for r in desk.rows()] == [
        ("FR", 4, "day"),
        ("FR", 5, "day"),
    ]


def test_columns_by_name_and_by_place(desk):
    text = "a,b,c\n33612345678,33612345679,x\n"
    with pytest.raises(ImportRefusedError, match=r"2 columns look like numbers .'a', 'b'.; name one"):
        desk.take("list.csv", text)
    with pytest.raises(ImportRefusedError, match="there is no column 'd'; there are a, b, c"):
        desk.take("list.csv", text, number="d")
    done = desk.take("list.csv", text, number="2", operator="c")
    assert done.as_json()["columns"] == {"number": "b", "time": None, "operator": "c"}
    assert [(r["time"], r["operator"]) for r in desk.rows()] == [(None, "x")]


def test_rows_of_another_shape_are_kept_and_told(desk):
    done = desk.take("list.csv", "number,time\n+33612345678\n+33612345679,2018-01-02,more,and more\n\n")
    assert told(done) == [("line 2", "expected 2 cells, got 1"), ("line 3", "expected 2 cells, got 4"),
                          ("line 4", "expected 2 cells, got 0"), ("line 4", "no number that can be read")]  # fmt: skip
    kept = desk.numbers()
    assert [(r["number"], r["cells"]["further cells"]) for r in kept] == [
        ("+33612345678", None), ("+33612345679", "more\tand more"), (None, None),
    ]  # fmt: skip


def test_bytes_that_are_no_text_are_shown_and_told(desk):
    done = desk.take("list.csv", b"number,notes\n+33612345678,caf\xe9\n+33612345679,ok\n")
    assert told(done) == [("line 2", "bytes that are no UTF-8")]
    assert desk.numbers()[0]["cells"]["notes"] == "caf\\xe9"


def test_names_of_columns_that_are_odd_lose_no_column(desk):
    desk.take("list.csv", b"n,n,further cells,caf\xe9\n+33612345678,a,b,c\n", number="1")
    assert desk.numbers()[0]["cells"] == {
        "n": "+33612345678", "n (2)": "a", "further cells (3)": "b", "caf\\xe9": "c", "further cells": None,
    }  # fmt: skip


def test_utf_16_with_digits_of_another_script(desk):
    desk.take("list.csv", "number,time\n\u200e+٣٣٦١٢٣٤٥٦٧٨,2018-01-02\n".encode("utf-16"))
    assert [(r["number"], r["raw"]) for r in desk.numbers()] == [("+33612345678", "\u200e+٣٣٦١٢٣٤٥٦٧٨")]


@pytest.mark.parametrize(("cells", "asked", "days"), [
    (["25/04/2018", "03/04/2018"], {}, [(4, 25), (4, 3)]),
    (["04/25/2018", "03/04/2018"], {}, [(4, 25), (3, 4)]),
    (["03/04/2018", "05/04/2018"], {}, [None, None]),
    (["03/04/2018", "05/05/2018"], {}, [None, (5, 5)]),
    (["03/04/2018"], {"day_first": True}, [(4, 3)]),
    (["03/04/2018"], {"day_first": False}, [(3, 4)]),
])  # fmt: skip
def test_the_order_of_day_and_month_is_not_guessed(desk, cells, asked, days):
    desk.take("list.csv", "number,time\n" + "".join(f"+33612345678,{c}\n" for c in cells), **asked)
    times = [r["time"] for r in desk.rows()]
    assert [t and (t.month, t.day) for t in times] == days


@pytest.mark.parametrize(("cell", "zone", "expected", "precision"), [
    ("2018-05-04 10:20:30", "Africa/Casablanca", "2018-05-04T09:20:30+00:00", "second"),
    ("2018-05-04T10:20:30.25+02:00", "UTC", "2018-05-04T08:20:30.250000+00:00", "us"),
    ("2018-05-04 10:20:30-0530", "UTC", "2018-05-04T15:50:30+00:00", "second"),
    ("1525429230", "Africa/Casablanca", "2018-05-04T10:20:30+00:00", "second"),
    ("1525429230123", "UTC", "2018-05-04T10:20:30.123000+00:00", "us"),
    ("2018-05", "UTC", "2018-05-01T00:00:00+00:00", "month"),
    ("2018/05/04, 10:20 UTC", "UTC", "2018-05-04T10:20:00+00:00", "minute"),
])  # fmt: skip
def test_times(desk, cell, zone, expected, precision):
    desk.take("list.csv", f'number,time\n+33612345678,"{cell}"\n', zone=ZoneInfo(zone))
    (row,) = desk.rows()
    assert (row["time"].isoformat(), row["time_precision"]) == (expected, precision)


@pytest.mark.parametrize("cell", ["2018-02-30", "2018-05-04 25:00", "0000-01-01", "9999999999", "2018-05-04" * 9, "99"])
def test_times_that_are_none(desk, cell):
    done = desk.take("list.csv", f"number,time\n+33612345678,{cell}\n")
    if done.columns.time is None:
        done = desk.take("again.csv", f"number,time\n+33612345679,{cell}\n", time="time")
    assert [r["time"] for r in desk.rows()][-1:] == [None]
    assert told(done) == [("line 2", "the time of selection cannot be read")]


def workbook(rows):
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(held)
    return held.getvalue()


def test_a_workbook(desk):
    rows = [["Phone number", "Date", "Client"], [33612345678, datetime(2018, 5, 4, 10, 20, 30), "c-1"],
            [5215512345678.0, None, None], ["+33 6 12 34 56 79", "2018-05-04", "c-2"]]  # fmt: skip
    done = desk.take("list.xlsx", workbook(rows))
    assert (done.form, done.rows) == ("xlsx", 3)
    assert [(r["country"], r["time_precision"], r["operator"]) for r in desk.rows()] == [
        ("FR", "second", "c-1"), ("MX", None, None), ("FR", "day", "c-2"),
    ]  # fmt: skip
    assert [r["number"] for r in desk.numbers()] == ["+33612345678", "+525512345678", "+33612345679"]


def test_parquet(desk):
    table = pa.table({
        "number": pa.array([33612345678, None], pa.int64()),
        "time": pa.array([datetime(2018, 5, 4, 10, 20, 30, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        "more": pa.array([["x", "y"], None], pa.list_(pa.string())),
    })  # fmt: skip
    held = io.BytesIO()
    pq.write_table(table, held)
    done = desk.take("list.parquet", held.getvalue())
    assert told(done) == [("row 2", "no number that can be read")]
    assert [(r["country"], r["time"]) for r in desk.rows()] == [
        ("FR", datetime(2018, 5, 4, 10, 20, 30, tzinfo=UTC)), (None, None),
    ]  # fmt: skip
    assert desk.numbers()[0]["cells"]["more"] == '["x", "y"]'


def bomb():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<x/>")
        packed.writestr("xl/sharedStrings.xml", b" " * ((1 << 28) + 1))
    return held.getvalue()


def of_one_member():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("letter.txt", "x")
    return held.getvalue()


def with_a_broken_sheet():
    """A workbook whose sheet has a compressed block of a type that there is not."""
    made = bytearray(workbook([["number"], ["+33612345678"]]))
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        at = packed.getinfo("xl/worksheets/sheet1.xml").header_offset
    made[at + 30 + len("xl/worksheets/sheet1.xml")] = 0xFF
    return bytes(made)


@pytest.mark.parametrize(("name", "content", "said"), [
    ("empty.csv", b"", "has no rows"),
    ("picture.csv", b"\x89PNG\0\0\0", "is no table: it has NUL bytes"),
    ("words.csv", b"a,b\nc,d\n", "no column looks like numbers"),
    ("old.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old workbook"),
    ("letter.xlsx", of_one_member(), "is no workbook"),
    ("cut.xlsx", b"PK\x03\x04" + b"x" * 50, "is no workbook"),
    ("cut.parquet", b"PAR1" + b"x" * 50, "no readable Parquet"),
    ("bomb.xlsx", bomb(), "too large when unpacked"),
    ("broken.xlsx", with_a_broken_sheet(), "cannot be read to its end: Error -3"),
    ("wide.csv", b"," * 600 + b"\n", "601 columns, at most 500"),
])  # fmt: skip
def test_what_is_no_table_is_refused_in_one_sentence(desk, name, content, said):
    with pytest.raises(ImportRefusedError, match=said):
        desk.take(name, content)
    assert Project.open(desk.folder / "project").imports == []


def test_a_line_without_an_end_is_cut_and_the_next_row_is_read(desk, monkeypatch):
    monkeypatch.setattr(importing_read, "LINE", 100)
    done = desk.take("list.csv", "number,notes\n+33612345678," + "x" * 1000 + "\n+33612345679,y\n")
    assert done.rows == 2
    assert [r["number"] for r in desk.numbers()] == ["+33612345678", "+33612345679"]


def test_a_missing_quote_is_told_where_it_makes_one_row_of_many(desk):
    text = 'number,notes\n+33612345678,"a\n+33612345679,b\n+33612345670,c"\n+33612345671,d\n'
    done = desk.take("list.csv", text)
    assert told(done) == [("line 4", "the row goes over 3 lines; is a quote missing?")]
    assert [r["cells"]["notes"] for r in desk.numbers()] == ["a\n+33612345679,b\n+33612345670,c", "d"]


def test_a_quote_that_never_closes_is_refused_with_its_line(desk, monkeypatch):
    monkeypatch.setattr(importing_read, "LINE", 100)
    text = 'number,notes\n+33612345678,"a\n' + "+33612345679,b\n" * 20
    with pytest.raises(ImportRefusedError, match=r"list\.csv, line \d+: a cell does not end"):
        desk.take("list.csv", text)
    assert Project.open(desk.folder / "project").imports == []


def test_an_import_leaves_nothing_in_clear(desk, tmp_path, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    desk.take("list.csv", CSV)
    desk.take("list.xlsx", workbook([["number", "notes"], ["+33612345678", "a note of hers"]]))
    told = [b"12345678", b"a note of hers", b"first; of two", b"MSISDN", b"Selected at", b"2018-05-04"]
    files = [f for f in [*(tmp_path / "project").rglob("*"), *temporary.rglob("*")] if f.is_file()]
    assert len(files) > 8
    assert [(f.name, t) for f in files for t in told if t in f.read_bytes()] == []


def test_the_same_file_twice_is_refused_and_another_goes_on(desk):
    desk.take("list.csv", "number\n+33612345678\n")
    with pytest.raises(ProjectError, match="in the project already"):
        desk.take("copy.csv", "number\n+33612345678\n")
    desk.take("more.csv", "number\n+33612345678\n+33612345679\n")
    rows = desk.rows()
    assert [r["row"] for r in rows] == [0, 0, 1]
    assert rows[0]["token"] == rows[1]["token"]
    assert rows[0]["source"] != rows[1]["source"]


def test_batches_do_not_show(desk, monkeypatch):
    text = "number,time\n" + "".join(f"+336123456{n:02},2018-05-04 10:00:{n:02}\n" for n in range(50))
    monkeypatch.setattr(importing_read.Source.batches, "__defaults__", (7,))
    done = desk.take("list.csv", text)
    assert (done.rows, told(done)) == (50, [])
    assert [(r["row"], r["time"].second) for r in desk.rows()] == [(n, n) for n in range(50)]


def test_what_is_said_of_an_import_has_no_cell_of_it(desk):
    done = desk.take("list.csv", CSV.replace("n/a", "+999123456789"))
    assert "123456" not in str(done.as_json())
    assert "yesterday" not in str(done.as_json())


def test_by_the_column_or_by_the_cell_is_the_same(desk, tmp_path, monkeypatch):
    cells = [
        "+5215512345678",
        "0033 6 12 34 56 78",
        "n/a",
        "",
        "+37744123456",
        "+22507123456",
        "tel:+12025550101;ext=3",
    ]
    times = ["2018-05-04 10:20:30", "2018-13-04 10:20:30", "4.5.2018", "", "2016-01-01T00:00:00", "2019", "1525429230"]
    text = "number,time\n" + "".join(f"{c},{t}\n" for c in cells for t in times)
    kept = []
    for by_column in (True, False):
        monkeypatch.setattr("bridle.targets.project.new_keys", lambda: Keys(b"1" * 32, b"2" * 32))
        one = Desk(tmp_path / str(by_column), desk.other)
        (tmp_path / "list.csv").write_text(text)
        done = import_file(tmp_path / "list.csv", one.project, by_column=by_column)
        kept.append((one.rows(), one.numbers(), done.as_json()))
    assert len(kept[0][0]) == 49
    assert kept[0] == kept[1]

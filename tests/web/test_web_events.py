"""Windows of the index are the timeline's own rows, in its order, wherever they begin."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from click.testing import CliRunner

import bridle.web.events as events
from bridle.case.ledger import DEVICE, LEDGER
from bridle.case.reader import Case, open_case
from bridle.case.timeline import timeline
from bridle.case.writer import CaseWriter
from bridle.cli import bridle as command_line
from bridle.web.events import TooManyError, index
from bridle.web.rows import Rows
from bridle.web.window import Windows
from case.building import KEY, SMS, Message, Process, rows, stamped, written

T = datetime(2024, 3, 31, 0, 30, tzinfo=UTC)


def windows(case, size, tables=None):
    found, left = index(case, tables)
    assert left == {}
    read = Windows(case, Rows(case, kept=1))
    told = [row for first in range(0, len(found), size) for row in read.read(found, first, size)]
    assert [r["place"] for r in told] == list(range(len(found)))
    return [{k: v for k, v in r.items() if k not in ("place", "number")} for r in told]


def message(locator, minutes, **more):
    return {"locator": locator, "written": T + timedelta(minutes=minutes), "text": f"text {locator}", **more}


def ledger_row(path, **more):
    made = {"source": "S1", "path": path, "member": path[1:], "type": "file", "status": "parsed", "rows": 0, "gaps": 0}
    return made | more


@pytest.fixture
def case(tmp_path):
    """Two tables, a ledger and a phone whose clock was set to Belgrade time, on the night the clocks went forward."""
    writer = CaseWriter(tmp_path / "case", KEY)
    sms = [message("10", 5), message("9", 5, shown=datetime(2024, 3, 31, 2, 30)), message("2", 0), message("3", 200)]
    writer.add("ios.sms.message", ("S1", SMS), rows(Message, SMS, sms))
    writer.add(
        "ios.sms.message", ("S1", "/b"), rows(Message, "/b", [message("1", 5, shown=datetime(2024, 10, 27, 2, 30))])
    )
    used = [{"locator": "1", "first_used": T + timedelta(minutes=5), "name": "bh"}, {"locator": "2", "name": "none"}]
    writer.add("ios.data_usage.process", ("S1", "/u"), rows(Process, "/u", used))
    files = [
        ledger_row("/a", artifact="one", size=7, modified=T),
        ledger_row("/a", artifact="two", size=7, modified=T, sha256="cd" * 32),
        ledger_row("/c", shown=datetime(2024, 3, 31, 12, 0)), ledger_row("/d"),
    ]  # fmt: skip
    writer.finish_tables()
    writer.write_table("ledger", pa.Table.from_pylist(files, schema=LEDGER))
    zone = {"source": "S1", "key": "time_zone", "value": "Europe/Belgrade", "identifying": False}
    writer.write_table("device", pa.Table.from_pylist([{n: zone.get(n, "") for n in DEVICE.names}], schema=DEVICE))
    writer.commit()
    return Case(tmp_path / "case", KEY)


def test_windows_are_the_timeline(case):
    found = windows(case, 2)
    assert found == list(timeline(case))
    assert [(r["table"], r["event"], r["locator"], r["time"]) for r in found] == [
        ("ios.sms.message", "written", "2", "2024-03-31T00:30:00Z"),
        ("ledger", "modified", "a", "2024-03-31T00:30:00Z"),
        ("ios.data_usage.process", "first_used", "1", "2024-03-31T00:35:00Z"),
        ("ios.sms.message", "written", "1", "2024-03-31T00:35:00Z"),
        ("ios.sms.message", "written", "10", "2024-03-31T00:35:00Z"),
        ("ios.sms.message", "written", "9", "2024-03-31T00:35:00Z"),
        ("ios.sms.message", "shown", "9", "2024-03-31T01:30:00Z"),
        ("ios.sms.message", "written", "3", "2024-03-31T03:50:00Z"),
        ("ledger", "shown", "c", "2024-03-31T10:00:00Z"),
        ("ios.sms.message", "shown", "1", "2024-10-27T01:30:00Z"),
    ]
    assert found[1]["sha256"] == "cd" * 32
    assert {r["zone_note"] for r in found} == {"UTC", "wall clock, zone Europe/Belgrade as the phone was set"}


def test_windows_of_some_tables_are_their_timeline(case):
    chosen = frozenset({"ledger", "ios.data_usage.process"})
    assert windows(case, 3, chosen) == list(timeline(case, tables=sorted(chosen)))
    whole, _ = index(case)
    read = Windows(case, Rows(case))
    assert [r["locator"] for r in read.read(whole.only(chosen), 0, 9)] == ["a", "1", "c"]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_equal_times_are_ordered_as_in_the_timeline_wherever_a_window_begins(tmp_path, size):
    told = [message(str(n), 0) for n in range(40)] + [message(str(n), 1) for n in range(40, 60)]
    case = written(tmp_path / "case", None, {"ios.sms.message": rows(Message, SMS, told)})
    assert windows(case, size) == list(timeline(case))


@pytest.mark.parametrize("kind", ["bugreport", "ios-backup", "ios-file-system"])
def test_windows_are_the_timeline_of_a_phone(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    name = {"bugreport": "phone.zip", "ios-backup": "phone", "ios-file-system": "phone.tar"}[kind]
    asked = (
        ["phantom", "device", tmp_path / name, "--kind", kind],
        ["check", tmp_path / name, "-o", tmp_path / "case"],
    )
    for arguments in asked:
        assert CliRunner().invoke(command_line, [str(a) for a in arguments]).exit_code in (0, 1)
    case = open_case(tmp_path / "case")
    told = list(timeline(case))
    assert len(told) > 3000
    found, left = index(case)
    read = Windows(case, Rows(case))
    for first in (len(told) // 2, 17, len(told) - 5):
        rows = read.read(found, first, 50)
        assert [{k: r[k] for k in told[0]} for r in rows] == told[first : first + 50]
    assert (left, windows(case, 200)) == ({}, told)


def test_places_density_and_ends(case):
    found, _ = index(case)
    start = int(T.timestamp()) * 10**6
    assert found.ends() == (start, int(datetime(2024, 10, 27, 1, 30, tzinfo=UTC).timestamp()) * 10**6)
    assert [found.at(start), found.at(start + 1), found.at(start * 2)] == [0, 2, len(found)]
    assert found.density(start, start + 10 * 60 * 10**6, 2) == [2, 4]
    assert found.place(start + 5 * 60 * 10**6, "ios.data_usage.process", 0) == 2
    assert found.place(start + 5 * 60 * 10**6, "ios.data_usage.process", 1) is None


def test_what_is_too_large_is_left_out_and_told(case, monkeypatch):
    monkeypatch.setattr(events, "MOST", 14)
    found, left = index(case)
    assert (len(found), left) == (3, {"ios.sms.message": 5})
    monkeypatch.setattr(events, "MOST", 9)
    with pytest.raises(TooManyError, match="choose fewer of them"):
        index(case, frozenset({"ios.sms.message"}))


def test_a_case_without_times(tmp_path):
    case = written(tmp_path / "case", None, {"ios.data_usage.process": stamped(Process).empty_table()})
    found, _ = index(case)
    assert (len(found), found.ends(), Windows(case, Rows(case)).read(found, 0, 10)) == (0, None, [])


def test_a_time_by_the_phones_clock_is_that_of_the_timeline(case):
    """In the hour that the clocks skipped; and twice, for a connection must not be left busy."""
    rows_of, (found, _) = Rows(case), index(case)
    read = Windows(case, rows_of)
    own = rows_of.take("ios.sms.message", ["shown", "_source"], [2])
    assert found.window(6, 1, rows_of)[0][2] == 2
    for _ in range(2):
        assert read.instant(own, "shown", "_source") == found.window(6, 1, rows_of)[0][0]


def test_rows_beyond_a_table_and_unknown_tables(case):
    read = Rows(case)
    with pytest.raises(IndexError, match=r"ios\.sms\.message has 5 rows"):
        read.take("ios.sms.message", ["locator"], [5])
    with pytest.raises(KeyError):
        read.take("../case", ["locator"], [0])
    assert read.take("ios.sms.message", ["locator"], [4, 0, 4])["locator"].to_pylist() == ["3", "1", "3"]

"""The timeline: one line for every time of every row, in order."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from building import KEY, SMS, Message, Process, rows, written

from bridle.case import timeline as module
from bridle.case.ledger import LedgerRow, device_table, ledger_table
from bridle.case.timeline import timeline
from bridle.detect.device import DeviceFact
from bridle.detect.memory import Memory

MINUTE = timedelta(minutes=1)
AT = datetime(2021, 7, 18, 10, 2, tzinfo=UTC)
BEFORE_1970 = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture
def case(tmp_path):
    return written(
        tmp_path / "case",
        KEY,
        {
            "ios.sms.message": rows(Message, SMS, [
                {"locator": "m:1", "text": "hello " * 40, "link": "https://x.example.org/", "written": AT,
                 "shown": datetime(2021, 7, 18, 9, 0)},
                {"locator": "m:2", "text": None},
            ]),
            "ios.data_usage.process": rows(Process, "/p", [
                {"locator": "p:1", "name": "bh", "first_used": AT + 10 * MINUTE},
                {"locator": "p:2", "name": "old", "first_used": BEFORE_1970},
            ]),
        },
    )  # fmt: skip


def test_every_time_of_every_row_in_order_with_its_source(case):
    found = list(timeline(case))
    assert [(r["time"], r["table"], r["event"], r["locator"]) for r in found] == [
        ("1969-12-31T23:59:59.999999Z", "ios.data_usage.process", "first_used", "p:2"),
        ("2021-07-18T09:00:00Z", "ios.sms.message", "shown", "m:1"),
        ("2021-07-18T10:02:00Z", "ios.sms.message", "written", "m:1"),
        ("2021-07-18T10:12:00Z", "ios.data_usage.process", "first_used", "p:1"),
    ]
    assert found[3] == {
        "time": "2021-07-18T10:12:00Z", "zone_note": "UTC", "table": "ios.data_usage.process", "event": "first_used",
        "summary": "bh", "path": "/p", "sha256": "ab" * 32, "locator": "p:1", "source": "S1",
    }  # fmt: skip


def test_a_wall_clock_says_that_its_zone_is_assumed(case):
    assert [r["zone_note"] for r in timeline(case)] == ["UTC", "wall clock, zone assumed UTC", "UTC", "UTC"]


def test_the_summary_is_short_and_of_the_observables(case):
    row = next(r for r in timeline(case) if r["event"] == "written")
    assert row["summary"] == ("hello " * 40)[:120] + " · https://x.example.org/"


def test_around_and_window_include_their_ends(case):
    locators = lambda window: [r["locator"] for r in timeline(case, around=AT, window=window)]  # noqa: E731
    assert locators(10 * MINUTE) == ["m:1", "p:1"]
    assert locators(10 * MINUTE - timedelta(microseconds=1)) == ["m:1"]
    assert locators(None) == ["m:1", "p:1"]
    assert locators(timedelta(days=400_000)) == ["p:2", "m:1", "m:1", "p:1"]


def test_tables_are_chosen_by_glob(case):
    assert [r["locator"] for r in timeline(case, tables=["ios.data_*"])] == ["p:2", "p:1"]
    assert list(timeline(case, tables=["ios.none"])) == []


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_sorting_in_stretches_gives_the_same(case, monkeypatch, at_once):
    whole = list(timeline(case))
    monkeypatch.setattr(module, "SORTED", at_once)
    assert list(timeline(case)) == whole


def test_the_view_has_the_same_rows(case):
    assert case.sql("SELECT count(*), min(time), max(time) FROM timeline")[1] == [
        [4, "1969-12-31T23:59:59.999999Z", "2021-07-18T10:12:00Z"]
    ]


def test_a_case_without_times_has_an_empty_timeline(tmp_path):
    assert list(timeline(written(tmp_path / "case", None, {}))) == []


def test_files_of_a_file_system_are_told_once_and_those_of_a_backup_by_its_manifest(tmp_path):
    manifest = pa.table({"_source": ["S2"], "_path": ["/backup/Manifest.db"], "_sha256": ["0"], "locator": ["Files:1"]})
    listed = [("S1", "/a", "ios.x"), ("S1", "/a", "ios.y"), ("S1", "/b", None), ("S2", "/c", None)]
    ledger = [
        LedgerRow(source=source, path=path, member=path[1:], type="file", artifact=artifact, size=3,
                  modified=AT if path != "/b" else None, status="parsed", reason=None,
                  sha256="ab" if artifact else None)
        for source, path, artifact in listed
    ]  # fmt: skip
    case = Memory({"ledger": ledger_table(ledger), "ios.manifest.file": manifest})
    assert list(timeline(case)) == [
        {"time": "2021-07-18T10:02:00Z", "zone_note": "UTC", "table": "ledger", "event": "modified",
         "summary": "file · 3 bytes", "path": "/a", "sha256": "ab", "locator": "a", "source": "S1"},
    ]  # fmt: skip


def test_a_file_that_only_the_phones_clock_dates_is_told_with_its_zone():
    rows = [
        LedgerRow(source="S1", path=path, member=path[1:], type="file", artifact=artifact, size=3, modified=modified,
                  shown=datetime(2021, 7, 18, 12, 2), status="parsed", reason=None, sha256=None)
        for path, artifact, modified in [("/a", "android.x", None), ("/a", "android.y", None), ("/b", None, AT)]
    ]  # fmt: skip
    zone = DeviceFact(source="S1", key="time_zone", value="Europe/Belgrade", identifying=False)
    case = Memory({"ledger": ledger_table(rows), "device": device_table([zone])})
    found = [(r["time"], r["event"], r["path"], r["zone_note"]) for r in timeline(case)]
    assert found == [
        ("2021-07-18T10:02:00Z", "shown", "/a", "wall clock, zone Europe/Belgrade as the phone was set"),
        ("2021-07-18T10:02:00Z", "modified", "/b", "UTC"),
    ]


def test_first_and_last_bound_it_and_are_within(case):
    locators = lambda **bounds: [r["locator"] for r in timeline(case, **bounds)]  # noqa: E731
    assert locators(first=AT) == ["m:1", "p:1"]
    assert locators(first=AT, last=AT) == ["m:1"]
    assert locators(last=AT - MINUTE) == ["p:2", "m:1"]

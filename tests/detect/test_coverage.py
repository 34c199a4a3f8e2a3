"""What was examined and what was not."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from test_rule_query import ALL, rule

from bridle import artifacts
from bridle.case.ledger import LedgerRow, device_table, ledger_table
from bridle.case.ledger_counts import LedgerCounts
from bridle.detect.coverage import _spans, coverage
from bridle.detect.device import DeviceFact
from bridle.detect.memory import Memory
from bridle.detect.query import NotExamined
from bridle.indicators import CompoundIndicator

UTC_TYPE = pa.timestamp("us", tz="UTC")


def row(
    path: str = "/p", artifact: str | None = "ios.sms", status: str = "parsed", reason: str | None = None,
    rows: int = 0, gaps: int = 0, sha256: str | None = None,
) -> LedgerRow:  # fmt: skip
    return LedgerRow(
        source="S1", path=path, member="m", type="file", artifact=artifact, size=None, modified=None, status=status,
        reason=reason, rows=rows, gaps=gaps, sha256=sha256,
    )  # fmt: skip


@dataclass(kw_only=True)
class Feed:
    name: str = "nso.stix2"
    digest: str = "ab"
    indicators: int = 2
    loaded: bool = True
    reason: str | None = None


@dataclass(kw_only=True)
class Value:
    kind: str


@dataclass(kw_only=True)
class Set:
    indicators: tuple[Value, ...] = ()
    feeds: tuple[Feed, ...] = ()
    compounds: tuple[CompoundIndicator, ...] = ()


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two artifacts of iOS and one of Android, so that the page does not change with every new parser."""
    names = ("ios.sms", "ios.shutdown_log", "android.getprop")
    monkeypatch.setattr(artifacts, "paths", lambda: dict.fromkeys(names, ()))


def covered(*ledger: LedgerRow, tables: dict[str, pa.Table] | None = None, **more: Any) -> dict[str, Any]:
    given = {"not_examined": (), "rules": (), "indicators": Set(), "platforms": ("ios",), **more}
    return coverage(Memory(tables or {}), LedgerCounts([ledger_table(ledger)]), **given)


def test_an_artifact_that_is_not_there_is_listed_as_not_examined() -> None:
    assert covered()["artifacts"] == {
        name: {"status": "not examined", "why": "not in this acquisition", "files": [], "files_not_read": 0, "rows": 0,
               "gaps": 0, "first": None, "last": None}
        for name in ("ios.shutdown_log", "ios.sms")
    }  # fmt: skip


def test_files_of_no_artifact_are_counted() -> None:
    others = [row(artifact=None, status="not wanted")] * 2
    assert covered(row(), *others)["files"] == {"not wanted": 2, "parsed": 1}


def test_in_full_with_its_gaps_and_its_span() -> None:
    times = [datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC), None, datetime(2021, 7, 18, tzinfo=UTC)]
    read = [datetime(2001, 1, 1, tzinfo=UTC), datetime(2021, 7, 19, tzinfo=UTC), datetime(4001, 1, 1, tzinfo=UTC)]
    expires = [datetime(2030, 1, 1, tzinfo=UTC)] * 3
    table = pa.table({"time": pa.array(times, UTC_TYPE), "read": pa.array(read, UTC_TYPE),
                      "valid_until": pa.array(expires, UTC_TYPE)})  # fmt: skip
    found = covered(row(rows=3, gaps=1), tables={"ios.sms.message": table})
    assert found["artifacts"]["ios.sms"] == {
        "status": "examined", "why": None, "files": [], "files_not_read": 0, "rows": 3, "gaps": 1,
        "first": "2019-01-02T03:04:05Z", "last": "2021-07-19T00:00:00Z",
    }  # fmt: skip
    assert found["horizon"] == {"first": "2019-01-02T03:04:05Z", "last": "2021-07-19T00:00:00Z"}


def test_the_times_of_a_file_listing_are_no_log() -> None:
    table = pa.table({"modified": pa.array([datetime(2015, 1, 1, tzinfo=UTC)], UTC_TYPE)})
    found = covered(row(artifact="ios.manifest", rows=1), tables={"ios.manifest.file": table})
    assert found["artifacts"]["ios.manifest"]["first"] == "2015-01-01T00:00:00Z"
    assert found["horizon"] == {"first": None, "last": None}


def test_what_a_log_keeps_for_years_says_nothing_of_how_far_it_reaches() -> None:
    kept = pa.table({"time": pa.array([datetime(2015, 1, 1, tzinfo=UTC)], UTC_TYPE)})
    told = pa.table({"time": pa.array([datetime(2021, 7, 18, tzinfo=UTC)], UTC_TYPE)})
    tables = {"ios.power_log.energy_node": kept, "ios.power_log.process_start": told}
    found = covered(row(artifact="ios.power_log", rows=2), tables=tables)
    assert found["horizon"] == {"first": "2021-07-18T00:00:00Z", "last": "2021-07-18T00:00:00Z"}


def test_in_part_where_one_file_of_two_was_not_read() -> None:
    found = covered(row(rows=3), row(path="/q", status="damaged", reason="page 7 is cut"))["artifacts"]["ios.sms"]
    assert (found["status"], found["why"]) == ("partly", "of 2 files not read to the end: 1 damaged")
    assert found["files"] == [{"path": "/q", "status": "damaged", "reason": "page 7 is cut"}]


def test_rows_before_the_damage_make_it_partly() -> None:
    found = covered(row(rows=2, status="killed"))["artifacts"]["ios.sms"]
    assert found["status"] == "partly"
    assert found["why"] == "of 1 file not read to the end: 1 killed; of 1 the rows before the damage were kept"


@pytest.mark.parametrize("status", ["absent", "refused", "encrypted", "damaged", "killed"])
def test_nothing_read_is_not_examined(status: str) -> None:
    found = covered(row(status=status))["artifacts"]["ios.sms"]
    assert (found["status"], found["why"]) == ("not examined", f"of 1 file not read to the end: 1 {status}")


def test_many_files_are_counted_and_fifty_listed() -> None:
    found = covered(*(row(path=f"/{n:03}", status="absent") for n in range(60)))["artifacts"]["ios.sms"]
    assert (len(found["files"]), found["files_not_read"], found["files"][-1]["path"]) == (50, 60, "/049")


def test_paths_of_files_that_no_artifact_reads_stay_out() -> None:
    found = covered(row(path="/private/var/mobile/Media/DCIM/secret.jpg", artifact=None, status="not wanted"))
    assert "secret" not in str(found)
    assert found["files"] == {"not wanted": 1}


def test_rules_of_this_platform_with_why_they_could_not_run() -> None:
    sms = rule(ALL, needs=("ios.sms.message",))
    lacking = NotExamined(rule="test-rule", missing=("ios.sms.message",), why="because")
    whole, part = row(rows=1), row(status="damaged")
    android = rule(ALL, platform="android")
    assert covered(whole, rules=[sms])["rules"] == {"test-rule": {"status": "examined", "why": None, "missing": []}}
    assert covered(whole, part, rules=[sms])["rules"]["test-rule"] == {
        "status": "partly", "why": "ios.sms: examined only in part", "missing": [],
    }  # fmt: skip
    assert covered(rules=[sms], not_examined=[lacking])["rules"]["test-rule"] == {
        "status": "not examined", "why": "because", "missing": ["ios.sms.message"],
    }  # fmt: skip
    assert covered(rules=[android])["rules"] == {}


def test_a_chain_without_one_of_its_tables_is_examined_in_part() -> None:
    chain = rule(ALL, id="chain-test", needs=("ios.sms.message", "ios.shutdown_log.client"))
    assert covered(row(rows=1), rules=[chain])["rules"]["chain-test"] == {
        "status": "partly", "why": "without ios.shutdown_log", "missing": [],
    }  # fmt: skip


def test_feeds_with_those_that_were_not_loaded() -> None:
    feeds = (Feed(), Feed(name="x.csv", digest="cd", indicators=0, loaded=False, reason="no CSV"))
    assert covered(indicators=Set(feeds=feeds))["feeds"] == [
        {"name": "nso.stix2", "digest": "ab", "indicators": 2, "loaded": True, "reason": None},
        {"name": "x.csv", "digest": "cd", "indicators": 0, "loaded": False, "reason": "no CSV"},
    ]  # fmt: skip


def test_kinds_of_indicator_that_nothing_examined_could_hold() -> None:
    text = pa.table(
        {"text": pa.array([], pa.string())},
        schema=pa.schema([pa.field("text", pa.string(), metadata={"kind": "text"})]),
    )
    values = tuple(Value(kind=k) for k in ("domain", "domain", "process-name", "sha256", "file-path"))
    found = covered(row(rows=1), tables={"ios.sms.message": text}, indicators=Set(indicators=values))["indicators"]
    assert found["domain"] == {"count": 2, "examined": True, "why": None}
    assert found["process-name"] == {
        "count": 1, "examined": False, "why": "no examined record has a field that can hold one",
    }  # fmt: skip
    assert found["file-path"]["examined"] is True
    assert found["md5"] == {"count": 0, "examined": False, "why": "no feed that was loaded names one"}
    assert found["sha256"]["examined"] is False
    hashed = covered(row(sha256="ab"), indicators=Set(indicators=values))["indicators"]["sha256"]
    assert hashed == {"count": 1, "examined": True, "why": "only files that were hashed: those that were read"}
    unread = covered(row(status="encrypted"), tables={"ios.sms.message": text}, indicators=Set(indicators=values))
    assert unread["indicators"]["domain"]["examined"] is False


def test_what_a_clock_showed_is_taken_in_the_zone_it_was_set_to() -> None:
    table = pa.table({"_source": ["S1"], "time": pa.array([datetime(2021, 7, 18, 9, 0)], pa.timestamp("us"))})
    zone = DeviceFact(source="S1", key="time_zone", value="Europe/Belgrade", identifying=False)
    for device, expected in (([zone], "2021-07-18T07:00:00Z"), ([], "2021-07-18T09:00:00Z")):
        tables = {"ios.sms.message": table, "device": device_table(device)}
        assert covered(row(rows=1), tables=tables)["horizon"] == {"first": expected, "last": expected}


def test_a_clock_that_is_put_forward_and_the_bounds_of_a_span() -> None:
    """02:30 that night is 01:30 in UTC, and comes after 03:01; beyond a bound is left out within its minute."""
    zone = device_table([DeviceFact(source="S1", key="time_zone", value="Europe/Belgrade", identifying=False)])
    begin, put = datetime(2001, 1, 1, 1, 0), datetime(2026, 3, 29, 2, 30)
    end = datetime(2100, 1, 1, 1, 0)
    for clock, first, last in (
        ([put, datetime(2026, 3, 29, 3, 1)], "2026-03-29T01:01:00", "2026-03-29T01:30:00"),
        ([begin, begin.replace(microsecond=1), put], "2001-01-01T00:00:00.000001", "2026-03-29T01:30:00"),
        ([put, end, end.replace(microsecond=1)], "2026-03-29T01:30:00", "2100-01-01T00:00:00"),
    ):
        table = pa.table({"_source": ["S1"] * len(clock), "time": pa.array(clock, pa.timestamp("us"))})
        found = _spans(Memory({"ios.crash_report.crash": table, "device": zone}))
        told = (datetime.fromisoformat(f"{x}+00:00") - datetime(1970, 1, 1, tzinfo=UTC) for x in (first, last))
        assert found == {"ios.crash_report": tuple(t // timedelta(microseconds=1) for t in told)}


def test_spans_of_instants_and_of_wall_clocks_are_put_together() -> None:
    """A table of instants alone is looked through without the database; both ways leave out zero and the far future."""

    def stored(*given: datetime | None) -> list[datetime | None]:
        return [*given, None]

    zero, far = datetime(2001, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    first, last = datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2021, 6, 7, 8, 9, 10, 11, tzinfo=UTC)
    instants = pa.table({"time": pa.array(stored(zero, last, far), pa.timestamp("us", tz="UTC"))})
    clocks = pa.table({"time": pa.array(stored(first.replace(tzinfo=None)), pa.timestamp("us"))})
    for name, tables, span in (
        ("ios.crash_report", {"crash": instants}, (last, last)),
        ("ios.crash_report", {"crash": instants, "image": clocks}, (first, last)),
        ("ios.crash_report", {"crash": clocks, "image": instants}, (first, last)),
        ("ios.crash_report", {"crash": instants.slice(0, 1)}, (None, None)),
    ):
        found = _spans(Memory({f"{name}.{table}": rows for table, rows in tables.items()}))
        told = tuple(None if s is None else round(s.timestamp() * 1_000_000) for s in span)
        assert found == {name: told}

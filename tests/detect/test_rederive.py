"""Every finding's evidence stands in the records it names, and its SQL returns it and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from bridle.detect.examples import catalogue, example_tables
from bridle.detect.memory import Memory
from bridle.detect.query import run_rule
from bridle.detect.rederive import evidence_sql, rederived
from bridle.detect.rule import Rule, load_rules
from bridle.detect.run import detect
from bridle.indicators import Indicator, IndicatorSet

ALL = load_rules()
NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
CAUGHT = "0f" * 32
MESSAGE = "it's https://a.attack.example/x1y2 and more\0 "


def table(name: str, path: str, *rows: dict[str, Any]) -> pa.Table:
    stamps = {"_source": "S1", "_path": path, "_sha256": "ab"}
    columns = catalogue()[name]
    return pa.table([pa.array([{**stamps, **r}.get(f.name) for r in rows], f.type) for f in columns], schema=columns)


def ledger(*rows: dict[str, Any]) -> pa.Table:
    common = {"source": "S1", "type": "file", "status": "not wanted", "rows": 0, "gaps": 0}
    columns = catalogue()["ledger"]
    return pa.table([pa.array([{**common, **r}.get(f.name) for r in rows], f.type) for f in columns], schema=columns)


def indicators(*of: tuple[str, str]) -> IndicatorSet:
    made = (Indicator(kind=k, value=v, shown=v, feeds=("one",), campaigns=("Chimera",)) for k, v in of)
    return IndicatorSet(indicators=tuple(made), feeds=())


def rows_of(case: Memory, query: str) -> list[tuple[Any, ...]]:
    with case.connect() as db:
        return sorted(db.execute(query).fetchall())


@pytest.mark.parametrize("rule", ALL, ids=[r.id for r in ALL])
def test_of_every_rule(rule: Rule) -> None:
    tried = 0
    for example in rule.example:
        case = example_tables(rule, example)
        with case.connect() as db:
            for finding in run_rule(db, rule):
                assert rederived(case, finding.as_dict(), [rule]) == []
                of_rule = run_rule(db, rule, most=0)[0].evidence_query
                assert of_rule is not None
                assert rows_of(case, of_rule) == rows_of(case, evidence_sql(finding.as_dict()))
                tried += 1
    assert tried


KINDS = [
    ("process-name", "bh"), ("domain", "attack.example"), ("url", "https://a.attack.example/x1y2"),
    ("file-path", "/private/var/tmp/implant"), ("sha256", CAUGHT), ("app-id", "com.example.spy"),
    ("email", "sender@example.org"), ("ip-address", "192.0.2.7"), ("file-name", "kept.plist"),
]  # fmt: skip


def device() -> Memory:
    sms = "/private/var/mobile/Library/SMS/sms.db"
    return Memory(
        {
            "ios.data_usage.process": table(
                "ios.data_usage.process", "/private/var/wireless/Library/Databases/DataUsage.sqlite",
                {"locator": "ZPROCESS:2", "process_id": 2, "name": "bh", "first_used": NOON},
                {"locator": "ZPROCESS:2", "process_id": 2, "name": "bh", "first_used": NOON, "_source": "S2"},
                {"locator": "ZPROCESS:3", "process_id": 3, "name": "bhx", "first_used": NOON},
            ),
            "ios.sms.message": table(
                "ios.sms.message", sms, {"locator": "message:1", "time": NOON, "text": MESSAGE},
                {"locator": "message:2", "time": NOON, "text": "sender@example.org wrote"},
            ),
            "android.package.package": table(
                "android.package.package", "/bugreport/dumpsys/package/1.txt",
                {"locator": "line 4", "package_name": "com.example.spy", "hidden_system": False},
            ),
            "android.intrusion_log.dns_event": table(
                "android.intrusion_log.dns_event", "/logs/1.json",
                {"locator": "line 1", "time": NOON, "ip_addresses": ["192.0.2.1", "192.0.2.7"]},
                {"locator": "line 2", "time": NOON, "ip_addresses": ["192.0.2.1"]},
            ),
            "ledger": ledger(
                {"path": "/private/var/tmp/implant", "member": "a'b", "sha256": CAUGHT},
                {"path": "/private/var/tmp/implant", "member": "a'b", "sha256": CAUGHT, "artifact": "x.y"},
                {"path": "/private/var/tmp/kept.plist", "member": "c"},
                {"path": "/private/var/tmp/kept.plist", "member": "c", "source": "S2"},
            ),
        }
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=[k for k, _ in KINDS])
def test_of_every_kind_of_indicator(kind: tuple[str, str]) -> None:
    case = device()
    (finding,) = detect(case, indicators(kind), ()).findings
    assert rederived(case, finding.as_dict()) == []
    assert len(rows_of(case, evidence_sql(finding.as_dict()))) == finding.count


def test_a_query_beyond_the_listed_rows_returns_all_of_them_and_no_other() -> None:
    sms = [{"locator": f"message:{n}", "time": NOON, "text": f"{MESSAGE}{n}"} for n in range(1200)]
    used = [{"locator": f"ZPROCESS:{n}", "name": "bh", "first_used": NOON} for n in range(1001)]
    dns = [{"locator": f"line {n}", "ip_addresses": ["192.0.2.1", "192.0.2.7"]} for n in range(1001)]
    more = [{"locator": "message:x", "text": "https://attack.example.org"}, {"locator": "message:y", "text": None}]
    case = Memory(
        {
            "ios.sms.message": table("ios.sms.message", "/sms.db", *sms, *more),
            "ios.data_usage.process": table("ios.data_usage.process", "/d", *used, {"locator": "Z:x", "name": "bhx"}),
            "android.intrusion_log.dns_event": table("android.intrusion_log.dns_event", "/l", *dns, {"locator": "l"}),
        }
    )
    found = detect(case, indicators(*KINDS[:2], KINDS[7]), ()).findings
    assert sorted((f.rule, f.count, len(f.evidence)) for f in found) == [
        ("indicator-domain", 1200, 1000), ("indicator-ip-address", 1001, 1000), ("indicator-process-name", 1001, 1000),
    ]  # fmt: skip
    for f in found:
        assert len(rows_of(case, evidence_sql(f.as_dict()))) == f.count
        assert rederived(case, f.as_dict()) == []
        assert "and more" not in str(f.evidence_query), "a message that is not listed is not spelled"


def finding_of_process() -> tuple[Memory, dict[str, Any]]:
    case = device()
    return case, detect(case, indicators(("process-name", "bh")), ()).findings[0].as_dict()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("locator", "ZPROCESS:9", "no such record"),
        ("sha256", "cd", "no such record"),
        ("table", "ios.net_usage.process", "ios.net_usage.process: the case has no such table"),
        ("values", {"process_id": 7}, "process_id is 2, not 7"),
        ("values", {"made_up": 7}, "made_up is None, not 7"),
        ("time", "2021-07-18T12:00:01Z", "its time is 2021-07-18T12:00:00Z, not 2021-07-18T12:00:01Z"),
    ],
)
def test_what_the_records_do_not_bear_out_is_told(key: str, value: Any, told: str) -> None:
    case, finding = finding_of_process()
    finding["evidence"][0][key] = value
    differences = rederived(case, finding)
    assert any(told in d for d in differences), differences


def test_a_count_that_the_query_does_not_give_is_told() -> None:
    case, finding = finding_of_process()
    finding |= {"count": 3, "evidence_query": evidence_sql(finding)}
    assert rederived(case, finding) == ["its query returns 1 rows, it counts 3"]


def test_a_rule_that_gives_something_else_is_told() -> None:
    rule = next(r for r in ALL if r.id == "ios-look-up-then-new-process")
    case = example_tables(rule, rule.example[0])
    with case.connect() as db:
        finding = run_rule(db, rule)[0].as_dict()
    finding["evidence"][0]["values"] |= {"account": "other@example.org"}
    (told,) = rederived(case, finding)
    assert told.endswith("account is 'mailto:stranger@example.org', not 'other@example.org'")
    assert rederived(Memory({}), finding)[0].endswith("the case has no such table")


def test_a_wall_clock_and_a_year_beyond_calendars() -> None:
    shown = pa.array([datetime(2021, 1, 1, 10) + timedelta(hours=1)], pa.timestamp("us"))
    far = pa.array([2**62], pa.timestamp("us", tz="UTC"))
    case = Memory(
        {"a.b.c": pa.table({"_source": ["S1"], "_path": ["/p"], "_sha256": ["ab"], "locator": ["1"],
                            "time": shown, "far": far})}
    )  # fmt: skip
    evidence = {"table": "a.b.c", "path": "/p", "sha256": "ab", "locator": "1", "time": "2021-01-01T11:00:00"}
    finding = {"rule": "x", "indicator": {}, "count": 1, "evidence": [{**evidence, "values": {"far": None}}]}
    assert rederived(case, finding, ()) == []

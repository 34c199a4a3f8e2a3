"""The axis of a phone that was out of its owner's hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from bridle.case.ledger import device_table
from bridle.detect.custody import COLUMNS, clock, custody, events, examined, instant, kinds, local
from bridle.detect.device import DeviceFact
from bridle.detect.examples import catalogue
from bridle.detect.memory import Memory

FROM, TO = datetime(2026, 3, 29, 12, 10, tzinfo=UTC), datetime(2026, 3, 29, 16, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY, SESSION, TRUST = "android.adb.key", "android.package.install_session", "android.trust.event"


def table(name: str, *rows: dict[str, object]) -> pa.Table:
    columns = catalogue()[name]
    full = [{"_source": "S1", "_path": "/p", "_sha256": "ab", **r} for r in rows]
    return pa.table([pa.array([r.get(f.name) for r in full], f.type) for f in columns], names=columns.names)


def fact(key: str, value: str) -> DeviceFact:
    return DeviceFact(source="S1", key=key, value=value, identifying=False)


def a_case(*facts: DeviceFact) -> Memory:
    implant, shop = {"package_name": "com.example.implant"}, {"package_name": "com.example.shop"}
    sessions = (
        {"locator": "line 8", **implant, "original_installer_uid": 2000, "created": FROM + 9 * MINUTE},
        {"locator": "line 9", **shop, "installer": "com.android.vending", "created": TO + MINUTE},
    )
    key = {"locator": "line 3", "comment": "lab@pc", "last_connection": FROM + 4 * MINUTE, "where": "keystore"}
    seen = {"locator": "line 5", "event": "DevicePolicyChanged", "time": datetime(2026, 3, 29, 14, 20)}
    return Memory(
        {
            KEY: table(KEY, key),
            SESSION: table(SESSION, *sessions),
            TRUST: table(TRUST, seen),
            "device": device_table(facts),
        }
    )


def found(case: Memory) -> list[tuple[object, ...]]:
    return [(r["time"], r["kind"], r["text"], r["locator"]) for r in custody(case, FROM, TO)]


def test_records_of_every_kind_stand_on_one_axis_in_utc() -> None:
    assert found(a_case(fact("time_zone", "Europe/Belgrade"))) == [
        ("2026-03-29T12:14:00Z", "adb", "lab@pc in keystore", "line 3"),
        ("2026-03-29T12:19:00Z", "install", "com.example.implant over the debugging bridge (uid 2000)", "line 8"),
        ("2026-03-29T12:20:00Z", "lock", "DevicePolicyChanged", "line 5"),
    ]


def test_a_wall_clock_says_in_which_zone_it_was_taken() -> None:
    (row,) = (r for r in custody(a_case(), FROM, TO) if r["kind"] == "lock")
    assert (row["time"], row["zone_note"]) == ("2026-03-29T14:20:00Z", "wall clock, zone assumed UTC")
    assert set(row) == set(COLUMNS)


def test_what_two_acquisitions_record_alike_is_one_event() -> None:
    same = {"mode": "CONNECT", "time": FROM, "vendor_id": 6720, "product_id": 257}
    rows = [
        {"_source": "S2", "_path": "/androidqf/usb", "locator": "line 9", **same},
        {"_source": "S1", "_path": "/bugreport/usb", "locator": "line 8", **same},
        {"_source": "S2", "_path": "/bugreport/usb", "locator": "line 8", **same},
    ]
    (event,) = custody(Memory({"android.usb.connection": table("android.usb.connection", *rows)}), FROM, TO)
    assert (event["text"], event["path"], event["locator"], event["rows"]) == (
        "CONNECT 1a40:0101", "/androidqf/usb", "line 9", 3,
    )  # fmt: skip


def test_the_time_of_the_reader_stands_beside_it() -> None:
    case = a_case(fact("time_zone", "Europe/Belgrade"))
    assert next(r["local"] for r in custody(case, FROM, TO)) == "2026-03-29 14:14:00"
    assert next(r["local"] for r in custody(case, FROM, TO, "Asia/Kolkata")) == "2026-03-29 17:44:00"
    assert {r["local"] for r in custody(a_case(), FROM, TO)} == {None}


def test_that_settings_were_written_to_disk_is_no_change_of_one() -> None:
    operations = [
        {
            "locator": f"line {n}",
            "operation": what,
            "namespace": "global",
            "name": name,
            "time": FROM.replace(tzinfo=None),
        }
        for n, (what, name) in enumerate((("initialize", None), ("update", "adb_enabled"), ("persist", None)))
    ]
    case = Memory({"android.settings.operation": table("android.settings.operation", *operations)})
    assert [r["text"] for r in custody(case, FROM, TO)] == ["update global adb_enabled"]


def test_a_result_of_the_package_log_names_its_app() -> None:
    log = "android.package.package_event"
    when = {"time": FROM.replace(tzinfo=None), "observer": "7"}
    case = Memory({log: table(
        log, {"locator": "line 1", "action": "install", "wanted_package": "com.example.app", "text": "START", **when},
        {"locator": "line 2", "action": "install result", "result": -25, "text": "result of install: -25{7}", **when},
    )})  # fmt: skip
    assert [r["text"] for r in custody(case, FROM, TO)] == [
        "install com.example.app", "install result com.example.app failed (-25)",
    ]  # fmt: skip


def test_the_clock_of_the_statistics_of_use_may_be_an_instant() -> None:
    events_ = "android.usagestats.event"
    case = Memory({events_: table(events_, {"locator": "line 1", "type": "KEYGUARD_HIDDEN", "time_utc": FROM})})
    assert [(r["time"], r["text"]) for r in custody(case, FROM, TO)] == [("2026-03-29T12:10:00Z", "KEYGUARD_HIDDEN")]


def test_both_ends_are_within() -> None:
    at = FROM + 4 * MINUTE
    assert [r["locator"] for r in custody(a_case(), at, at)] == ["line 3"]
    assert list(custody(a_case(), at + timedelta(microseconds=1), at + 2 * MINUTE)) == []


@pytest.mark.parametrize("event", events(), ids=[f"{e.kind} {e.table} {n}" for n, e in enumerate(events())])
def test_every_query_runs_over_its_table(event) -> None:
    name = event.table
    assert name in catalogue(), f"no artifact has the table {name}"
    assert list(custody(Memory({name: table(name)}), FROM, TO)) == []
    filled = table(
        name, {f.name: "x" for f in catalogue()[name] if pa.types.is_string(f.type) and not f.name.startswith("_")}
    )
    assert list(custody(Memory({name: filled}), FROM, TO)) == []


def test_kinds_that_could_not_be_examined_are_known() -> None:
    assert examined(a_case()) == ("adb", "lock", "install")
    assert kinds() == ("usb", "adb", "lock", "install", "setting", "boot", "crash", "log")
    assert list(custody(Memory({}), FROM, TO)) == []


def test_what_is_known_of_the_clock_is_said() -> None:
    assert clock(a_case()).startswith("The phone's clock was not compared")
    assert clock(a_case(fact("clock_difference", "3"))).startswith(
        "The phone's clock differed from the computer's by 3 s"
    )


def test_times_in_the_phones_zone() -> None:
    case = a_case(fact("time_zone", "Europe/Belgrade"))
    assert local(case, FROM) == "2026-03-29 14:10:00 Europe/Belgrade"
    assert instant(case, datetime(2026, 3, 29, 14, 10), "phone") == FROM
    assert instant(case, datetime(2026, 3, 29, 12, 10), "UTC") == FROM
    assert instant(case, datetime(2026, 3, 29, 14, 10), "Mars/Olympus'") is None
    assert instant(a_case(), datetime(2026, 3, 29, 14, 10), "phone") is None
    assert local(a_case(), FROM) is None

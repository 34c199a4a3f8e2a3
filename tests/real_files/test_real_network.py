"""Who used the network and when, on real files, against counts taken with the sqlite3 module, plistlib and grep."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from artifact_files import gaps
from corpus import needs_corpus
from real import ILEAPP, PLASO, counts, of, read, read_zipped

pytestmark = needs_corpus


def test_net_usage_of_a_file_system() -> None:
    found = read("ios.net_usage", PLASO / "ios" / "netusage.sqlite")
    assert counts(found) == {
        "Process": 260, "Usage": 335, "NetworkAttachment": 49, "RoutePerformance": 49, "Provisioning": 10,
        "PrimaryKey": 18,
    }  # fmt: skip
    assert {k.entity: k.last for k in of(found, "PrimaryKey")}["Process"] == 282
    assert {p.process_id for p in of(found, "Process")} == {u.process_id for u in of(found, "Usage")}
    assert sum("/" in (p.name or "") for p in of(found, "Process")) == 68
    first, usage = of(found, "Process")[0], of(found, "Usage")[0]
    assert (first.name, first.first_used) == ("configd", datetime(2021, 1, 17, 19, 23, 37, 411826, tzinfo=UTC))
    assert (usage.wifi_in, usage.wifi_out, usage.wwan_in, usage.flows) == (2246216, 34112, 111942, 4521)
    assert "locationd" in {p.delegate for p in of(found, "Process")}
    assert gaps(found) == []


def test_power_log_of_a_tablet() -> None:
    found = read("ios.power_log", PLASO / "ios" / "powerlog_2021-12-16_05-54_84E2141B.PLSQL")
    assert counts(found) == {
        "TimeOffset": 7, "System": 2, "ProcessStart": 994, "ProcessorSpan": 34 + 4, "ProcessorUse": 549 + 861,
        "Coalition": 382, "Traffic": 182, "NameService": 276, "NetworkWake": 40, "BackgroundTransfer": 563, "Push": 9,
        "Camera": 1, "Audio": 1, "AudioRouting": 6, "LocationClient": 65, "AirDrop": 16, "Lock": 6, "ScreenApp": 28,
        "AppState": 188 + 13, "App": 132 + 137, "Plugin": 220, "TimeZone": 3, "Archive": 7, "ProcessNote": 220 + 5,
        "ScheduledWake": 50, "Assertion": 7154, "StorageUse": 251 + 5, "EnergyNode": 172, "Energy": 32 + 9,
        "EnergyTotal": 22,
        "EnergyEstimate": 1664, "NetworkBitmap": 73, "InterfaceTraffic": 78, "ScheduledTask": 47, "MailFetch": 17,
        "AccountSync": 12, "PushCount": 2, "PushConnection": 6, "AppRunTime": 102, "AppNote": 95 + 16 + 1,
        "NotificationCount": 9 + 10, "AppPrediction": 7, "CloudScan": 18, "Call": 1,
    }  # fmt: skip
    starts = of(found, "ProcessStart")
    assert (starts[0].process_name, starts[0].pid) == ("com.apple.datamigrator", 253)
    assert starts[0].time_stored == 1635848624.067997
    assert starts[0].time == datetime(2021, 11, 2, 10, 17, 30, 601635, tzinfo=UTC)
    assert {s.build for s in of(found, "System")} == {"19A404"}


def test_what_power_logs_name_besides_is_at_its_real_time() -> None:
    """The device noted wakes within two seconds of when they were due, and assertions no earlier than they were."""
    found = read("ios.power_log", PLASO / "ios" / "powerlog_2021-12-16_05-54_84E2141B.PLSQL")
    assert gaps(found) == []
    assert all(abs((w.time - w.due).total_seconds()) < 2 for w in of(found, "ScheduledWake"))
    assert {w.process_name for w in of(found, "ScheduledWake")} == {
        None, "UserEventAgent", "locationd", "identityservicesd",
    }  # fmt: skip
    (call,) = of(found, "Call")
    assert (call.bundle_id, call.status, call.has_video) == ("com.anonyome.mysudo", "callStop", False)
    nodes = {n.number: n for n in of(found, "EnergyNode")}
    assert (nodes[11889].process_name, nodes[11889].is_permanent) == ("securityd", False)
    assert {n.process_name for n in nodes.values() if n.is_permanent} == {None}
    assert {e.node_id for e in of(found, "Energy")} <= nodes.keys()


def test_the_last_event_of_a_power_log_is_at_the_minute_its_name_tells() -> None:
    """05:54 in New York, which is 10:54 UTC; without the offset it would be 11:05."""
    found = read("ios.power_log", PLASO / "ios" / "powerlog_2021-12-16_05-54_84E2141B.PLSQL")
    last = max(s.time for s in of(found, "ProcessStart"))
    assert last.replace(second=0, microsecond=0) == datetime(2021, 12, 16, 10, 54, tzinfo=UTC)


def test_app_privacy_report() -> None:
    found = read("ios.app_privacy_report", PLASO / "ios_app_privacy_report.ndjson")
    assert counts(found) == {"Access": 8, "NetworkActivity": 64}
    first = of(found, "Access")[0]
    assert (first.bundle_id, first.category, first.kind) == ("com.apple.mobileslideshow", "photos", "intervalBegin")
    assert first.time == datetime(2022, 4, 27, 14, 53, 24, 555000, tzinfo=UTC)
    assert all(a.domain and a.bundle_id and a.first and a.time for a in of(found, "NetworkActivity"))


def test_cards_of_a_phone() -> None:
    found = read("ios.commcenter_data", PLASO / "ios" / "com.apple.commcenter.data.plist")
    assert counts(found) == {"SimCard": 1, "SimLabel": 1, "Setting": 10}
    (card,) = of(found, "SimCard")
    assert (card.type, card.time) == ("sim", datetime(2023, 5, 17, 12, 26, 22, tzinfo=UTC))
    assert card.label_id == of(found, "SimLabel")[0].label_id
    assert len(card.iccid) == 19


@pytest.mark.parametrize(
    ("archive", "ending", "expected"),
    [
        ("belkasoft_ctf6_ios_device1", "commcenter.plist", {"LastKnown": 1, "Setting": 10}),
        ("josh_ios15_ffs", "commcenter.plist", {"SimCard": 1, "LastKnown": 1, "Setting": 31}),
        ("josh_ios15_ffs", "nobackup.plist", {"SimCard": 1, "LastKnown": 1, "Setting": 47}),
        ("mvs_ios_2023", "commcenter.plist", {"SimCard": 2, "LastKnown": 1, "Setting": 45}),
        ("mvs_ios_2023", "nobackup.plist", {"SimCard": 1, "Setting": 56}),
    ],
)
def test_cards_in_other_files(archive: str, ending: str, expected: dict[str, int]) -> None:
    folder = ILEAPP / "celWireless"
    found = read_zipped("ios.commcenter_data", folder / f"testdata.celWireless.celWireless.{archive}.zip", ending)
    assert counts(found) == expected

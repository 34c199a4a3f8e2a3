"""The Android parsers of device state on every real report, counted by grep over the text of each."""

from __future__ import annotations

import zipfile
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.formats import dumpstate
from corpus import CORPUS, needs_corpus
from real import counts, of

pytestmark = needs_corpus

ANDROID = CORPUS / "android"
SAILFISH = "sonyxperiadev+ChkBugReport/bugreport-sailfish-A10.zip"
DEADLOCK = "sonyxperiadev+ChkBugReport/bugreport_deadlock.txt"
AIDL = "sonyxperiadev+ChkBugReport/bugreport_aidldeadlock.txt"


@cache
def parts(name: str) -> dict[str, list[bytes]]:
    """The dumps of each service of a report."""
    path = ANDROID / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the corpus")
    text = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as opened:
            text = opened.read(max(opened.namelist(), key=lambda n: opened.getinfo(n).file_size))
    found: dict[str, list[bytes]] = {}
    for part in dumpstate.parts(BytesIO(text)):
        if part.kind == "service":
            found.setdefault(part.title, []).append(text[part.offset : part.offset + part.length])
    return found


def read(name: str, service: str, report: str, number: int = 1):
    path = PurePosixPath(f"/bugreport/dumpsys/{service}/{number}.txt")
    return rows(artifacts.load(f"android.{name}"), Stored(parts(report)[service][number - 1], path))


def test_adb_of_android_10() -> None:
    """Two keys, which stand in the list and in a store of two roots."""
    found = read("adb", "adb", SAILFISH)
    assert counts(found) == {"Fact": 1, "Key": 4}
    stored = [(k.host, str(k.last_connection), k.bits) for k in of(found, "Key") if k.where == "keystore"]
    assert stored == [
        ("seldlx26533.corpusers.net", "2020-01-08 14:58:57.856000+00:00", 2048),
        ("seldlx26630.corpusers.net", "2020-01-08 14:30:53.801000+00:00", 2048),
    ]


@pytest.mark.parametrize(("name", "facts"), [("dumpsys_adb", 2), ("dumpsys_adb_wifi", 7)])
def test_adb_whose_binary_store_went_through_text(name: str, facts: int) -> None:
    """The phone shows the key it last let in, so the fingerprint can be checked against its own word."""
    found = read("adb", "adb", f"mvt-project+mvt/android_data/{name}.txt")
    assert counts(found) == {"Fact": facts, "Key": 2, "Gap": 1}
    (shown,) = [f.value for f in of(found, "Fact") if f.place.endswith(".last_key_received")]
    assert {k.fingerprint for k in of(found, "Key")} == {shown}
    assert {k.comment for k in of(found, "Key")} == {"user@linux"}
    assert [k.last_connection_damaged for k in of(found, "Key")] == [None, "00 00 01 ?? 60 78 59 5d"]


def test_adb_whose_store_is_text() -> None:
    found = read("adb", "adb", "mvt-project+mvt/android_data/dumpsys_adb_xml.txt")
    assert counts(found) == {"Fact": 1, "Key": 2}
    assert str(of(found, "Key")[1].last_connection) == "2021-08-09 09:37:09.898000+00:00"


def test_adb_of_a_dumpsys_of_androidqf() -> None:
    found = read("adb", "adb", "mvt-project+mvt/androidqf/dumpsys.txt")
    assert len(of(found, "Key")) == 2


def test_usb_of_android_10() -> None:
    found = read("usb", "usb", SAILFISH)
    assert counts(found) == {"Fact": 34, "Handler": 2}
    facts = {f.place: f.value for f in of(found, "Fact")}
    assert facts["device_manager.handler.kernel_function_list"] == "ffs"
    assert facts["host_manager.num_connects"] == "0"
    assert [h.package_name for h in of(found, "Handler")] == ["com.android.gallery3d", "com.android.mtp"]


def test_activity_of_android_10() -> None:
    """grep -c of each heading: ServiceRecord 32 (1 with app=null), *APP* and *PERS* 29, Recent 13, …"""
    found = read("activity", "activity", SAILFISH, 2)
    assert counts(found) == {
        "Service": 32, "RunningService": 31, "Process": 29, "RecentTask": 13, "Broadcast": 73, "BroadcastSummary": 80,
        "Provider": 60, "PendingIntent": 27,
    }  # fmt: skip
    assert gaps(found) == []
    assert [b.action for b in of(found, "Broadcast") if b.enqueued is None] == [
        "android.telephony.action.DEFAULT_SMS_SUBSCRIPTION_CHANGED"  # enqueueClockTime=1970-01-01 …
    ]
    assert Counter(b.queue for b in of(found, "Broadcast")) == {"foreground": 23, "background": 50}
    assert sum(len(s.clients) for s in of(found, "Service")) == 24


def test_the_short_activity_dump_of_android_10() -> None:
    """It is mostly what the system's user interface says of itself."""
    (shown,) = read("activity", "activity", SAILFISH, 1)
    assert (shown.component, shown.state, shown.pid) == ("com.android.launcher3/.Launcher", "RESUMED", 1878)


@pytest.mark.parametrize(
    ("report", "found"),
    [
        (
            DEADLOCK,
            {
                "Service": 9, "RunningService": 9, "Process": 24, "RecentTask": 4, "Activity": 4, "Broadcast": 59,
                "Provider": 31, "PendingIntent": 36,
            },
        ),
    ],
)  # fmt: skip
def test_activity_of_android_2(report: str, found: dict[str, int]) -> None:
    assert counts(read("activity", "activity", report)) == found


def test_activity_of_the_other_report_of_android_2() -> None:
    text = parts(AIDL)["activity"][0].decode("utf-8", "replace").splitlines()
    found = counts(read("activity", "activity", AIDL))
    assert found["Service"] == sum(line.startswith("  * ServiceRecord{") for line in text)
    assert found["Process"] == sum(line.startswith(("  *APP* UID", "  *PERS* UID")) for line in text)
    assert found["Broadcast"] == sum(line.startswith("  Historical Broadcast #") for line in text)
    assert found["Provider"] == sum(line.startswith("  * ContentProviderRecord{") for line in text)
    assert "Gap" not in found


def test_power_of_android_10() -> None:
    found = read("power", "power", SAILFISH)
    assert counts(found) == {"Fact": 233, "Moment": 6}
    assert {m.name: m.ago for m in of(found, "Moment")}["mLastUserActivityTime"] == 121226


@pytest.mark.parametrize("report", [DEADLOCK, AIDL])
def test_power_and_usb_of_android_2(report: str) -> None:
    assert [w.level for w in of(read("power", "power", report), "WakeLock")][:1] == ["SCREEN_DIM_WAKE_LOCK"]
    assert gaps(read("usb", "usb", report)) == []


def test_locks_of_android_10() -> None:
    assert counts(read("lock_settings", "lock_settings", SAILFISH)) == {"Fact": 5}
    users = of(read("trust", "trust", SAILFISH), "User")
    assert [(u.user, u.name, u.strong_auth_required) for u in users] == [(0, "Owner", "0x0"), (11, "User2", "0x1")]
    assert counts(read("biometric", "fingerprint", SAILFISH)) == {"Count": 2, "Fact": 1}
    assert read("biometric", "biometric", SAILFISH) == []

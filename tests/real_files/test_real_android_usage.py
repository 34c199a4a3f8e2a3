"""Android's dumps of use against real reports. Counts were taken with grep and awk from the texts."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.evidence import open_source
from corpus import CORPUS
from real import counts, of

ANDROID = CORPUS / "android"
ANDROID_10 = ANDROID / "sonyxperiadev+ChkBugReport" / "bugreport-sailfish-A10.zip"
ANDROID_2 = ANDROID / "sonyxperiadev+ChkBugReport" / "bugreport_aidldeadlock.txt"
PEER = ANDROID / "mvt-project+mvt"


@cache
def parts(path: Path) -> dict[str, bytes]:
    """Everything below `dumpsys` and `sections` of a report that the artifacts here read, by its path."""
    if not path.exists():
        pytest.skip(f"{path.relative_to(CORPUS)} is not in the corpus")
    found = {}
    with closing(open_source(path, password=lambda: None)) as source:
        for member in source.members(lambda p: True):
            if member.content is not None and {"dumpsys", "sections"} & set(member.path.parts):
                with closing(member.content()) as extent, extent.open() as stored:
                    found[str(member.path)] = stored.read()
    return found


def read(name: str, path: Path, part: str):
    stored = parts(path)
    beside = {PurePosixPath(p): c for p, c in stored.items() if p.endswith("/sections/HEADER/1.txt")}
    place = next(p for p in stored if p.endswith(f"/{part}/1.txt"))
    return rows(artifacts.load(f"android.{name}"), Stored(stored[place], PurePosixPath(place), beside=beside))


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("appops", "dumpsys/appops", {"Op": 167, "Access": 102, "UidState": 96, "Line": 75}),
        ("usagestats", "dumpsys/usagestats", {"Event": 17, "Total": 136, "Standby": 264, "Aggregation": 20}),
        ("usagestats", "sections/CHECKIN USAGESTATS", {"Event": 17, "Total": 136, "Standby": 264, "Aggregation": 20}),
        ("netstats", "dumpsys/netstats", {"Line": 9}),
        ("procstats", "dumpsys/procstats", {"Process": 357, "Package": 228, "Component": 606, "Caller": 324}),
        ("alarm", "dumpsys/alarm", {"Alarm": 9, "Fired": 1, "Statistic": 7}),
        ("jobscheduler", "dumpsys/jobscheduler", {"Job": 25, "Ran": 12}),
        ("deviceidle", "dumpsys/deviceidle", {"Exempt": 13, "ExemptUid": 13, "Line": 47}),
        ("batterystats", "dumpsys/batterystats", {"History": 516, "Daily": 2, "UidUse": 957}),
        ("batterystats_checkin", "sections/CHECKIN BATTERYSTATS", {"Event": 516, "UidPackage": 97, "Counted": 1047}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_report_of_android_10(name: str, part: str, expected: dict[str, int]) -> None:
    found = counts(read(name, ANDROID_10, part))
    assert found | expected == found
    assert "Gap" not in found


def test_both_forms_of_the_battery_history_agree() -> None:
    """The phone was an hour ahead of UTC; where the clock was not set, both forms say 1970."""
    human = of(read("batterystats", ANDROID_10, "dumpsys/batterystats"), "History")
    machine = of(read("batterystats_checkin", ANDROID_10, "sections/CHECKIN BATTERYSTATS"), "Event")
    assert len(human) == len(machine) == 516
    pairs = list(zip(human, machine, strict=True))
    assert all(abs(h.offset_ms - m.offset_ms) <= 1 for h, m in pairs)
    timed = [(h.time, m.time) for h, m in pairs if h.time and m.time]
    assert len(timed) == 515
    assert all(abs(m.replace(tzinfo=None) + timedelta(hours=1) - h) < timedelta(seconds=1) for h, m in timed)
    assert [(h.package_name, h.changed_package) for h in human] == [
        (m.package_name, m.changed_package) for m in machine
    ]
    jobs = [h for h in human if h.event == "+job"]
    assert len(jobs) == 16
    assert {j.package_name for j in jobs} == {"android", "com.accuweather.android", "com.android.messaging"}


def test_a_use_that_is_still_running() -> None:
    (running,) = [a for a in of(read("appops", ANDROID_10, "dumpsys/appops"), "Access") if a.running]
    assert (running.package_name, running.op, running.ago_ms) == ("android", "MONITOR_LOCATION", 121_389)
    assert running.time == datetime(2020, 1, 8, 15, 28, 5, 611000)


def test_both_forms_of_the_usage_statistics_agree() -> None:
    human = of(read("usagestats", ANDROID_10, "dumpsys/usagestats"), "Event")
    machine = of(read("usagestats", ANDROID_10, "sections/CHECKIN USAGESTATS"), "Event")
    assert machine[0].time_utc == datetime(2020, 1, 8, 14, 29, 43, 430000, tzinfo=UTC)
    assert [e.type for e in human] == [e.type for e in machine]
    shifted = [e.time_utc.replace(tzinfo=None, microsecond=0) + timedelta(hours=1) for e in machine]
    assert shifted == [e.time for e in human]


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("alarm", "dumpsys/alarm", {"Alarm": 13, "Statistic": 11, "Line": 4}),
        ("usagestats", "dumpsys/usagestats", {"Total": 79, "Line": 151}),
        ("batterystats", "dumpsys/batteryinfo", {"UidUse": 150, "Line": 35}),
    ],
)
def test_a_report_of_android_2(name: str, part: str, expected: dict[str, int]) -> None:
    assert counts(read(name, ANDROID_2, part)) == expected


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("appops", "dumpsys/appops", {"Op": 37, "Access": 16, "UidState": 7, "Line": 19}),
        (
            "batterystats",
            "dumpsys/batterystats",
            {"History": 45, "State": 2, "PackageChange": 11, "Daily": 2, "Line": 42},
        ),
    ],
)
def test_the_services_of_an_androidqf_acquisition(name: str, part: str, expected: dict[str, int]) -> None:
    assert counts(read(name, PEER / "androidqf", part)) == expected


def test_single_dumps_of_the_peer() -> None:
    folder = PEER / "android_data"
    if not folder.is_dir():
        pytest.skip("the peer's dumps are not in the corpus")
    operations = rows(artifacts.load("android.appops"), Stored((folder / "dumpsys_appops.txt").read_bytes()))
    battery = rows(artifacts.load("android.batterystats"), Stored((folder / "dumpsys_battery.txt").read_bytes()))
    assert counts(operations) == {"Op": 46, "Access": 23, "UidState": 8, "Line": 19}
    assert counts(battery) == {"History": 17, "State": 1, "PackageChange": 18, "Daily": 2, "Line": 28}
    changes = of(battery, "PackageChange")
    assert {c.end for c in changes} == {datetime(2022, 8, 17, 1, 15, 45)}

"""What Android's dumps of use must never lose: every dialect has times, nothing is too long, nothing runs away."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import PurePosixPath
from time import process_time
from typing import Any

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import Gap, Record, fields_of
from bridle.formats.android_pairs import MOST, before, package_of_component, pairs, user_of, whole
from bridle.formats.battery_history import Clock
from bridle.formats.local_dates import Dates

SERVICES = ("appops", "batterystats", "usagestats", "netstats", "procstats", "alarm", "jobscheduler", "deviceidle")
HEADER = PurePosixPath("/bugreport/sections/HEADER/1.txt")


def read(name: str, text: str, report: str | None = None) -> list[Record]:
    beside = {} if report is None else {HEADER: f"==\n== dumpstate: {report}\n==\n".encode()}
    return rows(
        artifacts.load(f"android.{name}"),
        Stored(text.encode(), PurePosixPath(f"/bugreport/dumpsys/{name}/1.txt"), beside=beside),
    )


def of(found: list[Record], kind: str) -> list[Any]:
    return [r for r in found if type(r).__name__ == kind]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_refuses_gives_no_finding(name: str) -> None:
    refusal = "Permission Denial: can't dump it from pid=1, uid=2000 without permission android.permission.DUMP\n"
    found = read(name, refusal)
    observables = {f.name for r in found for f in fields_of(type(r)) if f.kind and getattr(r, f.name) is not None}
    assert observables == set()
    assert len(found) == (0 if name == "procstats" else 1)
    assert gaps(found) == []


@pytest.mark.parametrize("name", [*SERVICES, "batterystats_checkin"])
def test_a_line_too_long_is_a_gap_and_the_next_is_read(name: str) -> None:
    found = read(name, "x" * 20_000 + "\n" + "y" * 20_000)
    assert [g.locator for g in gaps(found)] == ["line 1", "line 2"]


@pytest.mark.parametrize("name", [*SERVICES, "batterystats_checkin"])
@pytest.mark.parametrize(
    "line",
    [
        "a=" * 8_000,
        "  +1s000ms (2) 100 " + '+job=u0a1:"' * 1_400,
        "  +1s000ms (2) 100 " + "+a " * 5_000,
        "          Access: [" + "-" * 15_000,
        "    Wake lock " + "x: " * 5_000,
        'time="' + "1/1/" * 4_000,
        "package=x " + "ChooserCounts=a: " * 900,
        "  ident=[{" + "type=" * 3_000,
        "9,h,0," + "+Ejb=1," * 2_000,
        "    #0: Alarm{a type 1 when 1 " + "x " * 7_000,
        "  JOB " + "@" * 15_000,
        "  * " + " / " * 5_000,
    ],
    ids=lambda line: line.strip()[:12],
)
def test_no_line_takes_long(name: str, line: str) -> None:
    text = "Battery History:\n  Uid u0a1:\n    Package com.example:\n      CAMERA (allow):\n" + f"{line}\n" * 40
    text += f"Statistics since last charge:\n  u0a1:\n{line}\n" * 5
    began = process_time()
    read(name, text)
    assert process_time() - began < 3


def test_operations_of_android_8_have_times() -> None:
    text = "  Uid u0a1:\n    Package com.example:\n      CAMERA: mode=0; time=+1h0m0s0ms ago; duration=+1s0ms\n"
    with_report = of(read("appops", text, "2019-05-20 10:00:00"), "Access")
    without = of(read("appops", text), "Access")
    assert [(a.time, a.ago_ms) for a in with_report] == [(datetime(2019, 5, 20, 9), 3_600_000)]
    assert [(a.time, a.ago_ms) for a in without] == [(None, 3_600_000)]


def test_operations_of_android_9_have_times_in_every_state() -> None:
    text = (
        "  Uid u0a1:\n    Package com.example:\n      CAMERA (allow): \n"
        "          Access: top   = 2019-08-14 21:22:45.623 (-1s0ms)\n"
        "                  cch   = 2019-08-13 21:22:45.623 (-1d0h0m1s0ms)\n"
    )
    found = [(a.state, a.time) for a in of(read("appops", text), "Access")]
    assert found == [
        ("top", datetime(2019, 8, 14, 21, 22, 45, 623000)),
        ("cch", datetime(2019, 8, 13, 21, 22, 45, 623000)),
    ]


def test_a_tag_with_brackets_does_not_leak_into_the_next_operation() -> None:
    text = (
        "  Uid u0a1:\n    Package com.example:\n      CAMERA (allow): \n        a=[b=[\n"
        "          Access: [fg-s] 2024-02-03 10:00:00.000 (-1s0ms)\n      READ_SMS (allow): \n"
        "          Access: [fg-s] 2024-02-03 10:00:00.000 (-1s0ms)\n"
    )
    assert [a.attribution_tag for a in of(read("appops", text), "Access")] == ["a=[b", None]


@pytest.mark.parametrize("name", SERVICES)
def test_what_newer_systems_write_first_disturbs_nothing(name: str) -> None:
    """From Android 14 on, a dump begins with lines about the service's process."""
    preamble = "Service host process PID: 1234\nThreads in use: 2/31\nClient PIDs: 1, 2, 3\n"
    fixture = "  Uid u0a1:\n    Package com.example:\n      CAMERA (allow): \n" if name == "appops" else ""
    found = read(name, preamble + fixture)
    assert gaps(found) == []
    assert {type(r).__name__ for r in found} <= {"Line", "UidState", "Op"}
    assert len(of(found, "Op")) == (name == "appops")


def test_lines_of_one_uid_are_bounded() -> None:
    text = "  Uid u0a1:\n" + "".join(f"    fact{n}=1\n" for n in range(1_000)) + "    loose\n" * 1_000
    (state,) = of(read("appops", text), "UidState")
    assert len(state.extra) < 10_000


def test_package_changes_of_the_current_day_are_kept() -> None:
    text = (
        "Daily stats:\n  Current start time: 2019-08-14-01-00-00\n    Package changes:\n"
        + "      Update com.example.training vers=1\n" * 4
        + "  Daily from 2019-08-13-01-00-00 to 2019-08-14-01-00-00:\n    Package changes:\n"
        + "      Update com.example.other vers=0\n"
    )
    found = of(read("batterystats", text), "PackageChange")
    assert [(c.package_name, c.begin, c.end) for c in found] == [
        *[("com.example.training", datetime(2019, 8, 14, 1), None)] * 4,
        ("com.example.other", datetime(2019, 8, 13, 1), datetime(2019, 8, 14, 1)),
    ]


def test_the_battery_history_has_absolute_times() -> None:
    text = (
        "Battery History (0% used):\n                    0 (19) RESET:TIME: 2022-01-04-17-30-01\n"
        '    +2d23h22m24s588ms (2) 079 +usb_data +top=u0a44:"com.example.home"\n'
    )
    found = [(e.event, e.time) for e in of(read("batterystats", text), "History")][1:]
    then = datetime(2022, 1, 7, 16, 52, 25, 588000)
    assert found == [("+usb_data", then), ("+top", then)]


def test_no_time_is_made_up_between_a_start_and_the_next_mark() -> None:
    clock = Clock(None)
    lines = ["0 (1) TIME: 2022-01-04-17-30-01", "+1s000ms (1) START", "+2s000ms (1) 100 +running", "-1s000ms 099 +x"]
    moments = [clock.moment(line) for line in lines]
    assert [m.time if m else "none" for m in moments] == [datetime(2022, 1, 4, 17, 30, 1), None, None, None]
    assert clock.moment("anything else") is None


def test_no_change_of_a_line_is_lost() -> None:
    moment = Clock(None).moment("+1s000ms (1) 100" + " +a" * 600)
    assert moment is not None
    assert len(moment.changes) == 501
    assert moment.changes[-1].event == "+a " * 99 + "+a"


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("2020-01-08 15:30:07", datetime(2020, 1, 8, 15, 30, 7)),
        ("24/4/2018, 5:01 PM", datetime(2018, 4, 24, 17, 1)),
        ("4/24/2018, 12:01 AM", datetime(2018, 4, 24, 0, 1)),
        ("4/24/2018, 12:01 PM", datetime(2018, 4, 24, 12, 1)),
        ("24.4.2018, 17:01", datetime(2018, 4, 24, 17, 1)),
        ("04.05.2018, 17:01", datetime(2018, 5, 4, 17, 1)),
        ("2018/4/5 17:01", datetime(2018, 4, 5, 17, 1)),
        ("5/5/2018, 5:01\u202fPM", datetime(2018, 5, 5, 17, 1)),
        ("4/5/2018, 5:01 PM", None),
        ("31/31/2018, 5:01 PM", None),
        ("24/4/2018, 13:01 PM", None),
        ("24/4/2018, 5:01 Uhr", None),
        ("9" * 10_000, None),
    ],
)
def test_a_date_is_read_where_its_month_is_certain(value: str, read_as: datetime | None) -> None:
    assert Dates().date(value) == read_as


def test_one_certain_date_decides_for_the_file() -> None:
    dates = Dates()
    assert dates.date("4/5/2018, 5:01 PM") is None
    assert dates.date("24/5/2018, 5:01 PM") == datetime(2018, 5, 24, 17, 1)
    assert dates.date("4/5/2018, 5:01 PM") == datetime(2018, 5, 4, 17, 1)


def test_the_date_of_the_report_decides() -> None:
    near = datetime(2018, 4, 5, 12)
    assert Dates(near).date("4/5/2018, 5:01 PM") == datetime(2018, 4, 5, 17, 1)  # type: ignore[arg-type]
    assert Dates(near + timedelta(days=400)).date("4/5/2018, 5:01 PM") is None  # type: ignore[arg-type]


def test_a_day_long_span_decides() -> None:
    assert Dates().span("3/4/2018, 5:01 PM – 4/4/2018, 5:01 PM", a_day=True) == (
        datetime(2018, 4, 3, 17, 1),
        datetime(2018, 4, 4, 17, 1),
    )
    assert Dates().span("3/4/2018, 5:01 PM – 3/5/2018, 5:01 PM", a_day=True) == (
        datetime(2018, 3, 4, 17, 1),
        datetime(2018, 3, 5, 17, 1),
    )
    assert Dates().span("3/4/2018, 5:01 PM – 4/4/2018, 5:01 PM") == (None, datetime(2018, 4, 4, 17, 1))


def test_a_processed_phone_names_the_tool_in_its_totals() -> None:
    """A package that was there for a minute and is gone stands in the totals, and is an app that was installed."""
    text = (
        '  In-memory daily stats\n    packages\n      package=com.client.appA totalTimeUsed="00:24" appLaunchCount=1\n'
    )
    (total,) = of(read("usagestats", text), "Total")
    kinds = {f.name: (f.kind, f.surface) for f in fields_of(type(total))}
    assert (total.package_name, total.used_ms) == ("com.client.appA", 24_000)
    assert kinds["package_name"] == ("package-name", "installed-app")


def test_a_standby_bucket_is_no_sign_that_an_app_ran() -> None:
    text = '    time="2024-01-08 15:29:45" type=STANDBY_BUCKET_CHANGED package=com.example standbyBucket=40 flags=0x0\n'
    found = read("usagestats", text)
    assert [type(r).__name__ for r in found] == ["BucketChange"]
    assert {f.surface for f in fields_of(type(found[0])) if f.kind} == {"installed-app"}


def test_an_exempt_uid_is_no_package() -> None:
    found = read("deviceidle", "  Whitelist all app ids:\n    10038\n  Whitelist user apps:\n    com.example\n")
    assert [(type(r).__name__) for r in found] == ["Line", "ExemptUid", "Line", "Exempt"]


@pytest.mark.parametrize(
    ("component", "package"),
    [
        ("com.example/.Service", "com.example"),
        ("android/com.android.server.Job", "android"),
        ("@namespace@com.example/.Service", "com.example"),
        ("@SyncManager@authority/com.account/42:com.example", "com.example"),
        ("#trace#@namespace@com.example/.Service", "com.example"),
        ("TIME_TICK", None),
        ("@" * 1_000, None),
        ("", None),
    ],
)
def test_the_package_of_a_job(component: str, package: str | None) -> None:
    assert package_of_component(component) == package


def test_pairs_are_read_and_bounded() -> None:
    found = pairs('time="2020-01-08 15:29:43" type=A list=[a, b] broken="x flags=0x1')
    assert found == {"time": "2020-01-08 15:29:43", "type": "A", "list": "[a, b]", "broken": '"x flags=0x1'}
    assert len(pairs(" ".join(f"k{n}={n}" for n in range(1_000)))) == MOST


def test_numbers_that_no_table_holds_are_refused() -> None:
    for text in ("9223372036854775808", "0xffffffffffffffff", "1e3", "", "٣"):
        with pytest.raises(ValueError, match="expected a"):
            whole(text)
    assert whole("0x1f") == 31
    assert user_of(-1) is None
    assert before(datetime(1, 1, 1), 10**15) is None  # type: ignore[arg-type]


def test_a_history_that_lasts_too_long_is_a_gap() -> None:
    found = read("batterystats_checkin", "9,h,999999999999999,+r\n9,h,999999999999999,+r\n")
    assert [type(r) is Gap for r in found] == [False, True]

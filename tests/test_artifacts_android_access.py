"""Dumps of services about access: what has no rows, what is bounded, and what other tools lose."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import Gap, Record, WallClock, fields_of
from bridle.formats import android_values, service_text

SERVICES = (
    "accessibility", "account", "audio", "connectivity", "device_policy", "location", "media_camera",
    "media_projection", "notification", "phone", "role", "sensorservice", "settings", "telecom",
    "telephony_registry", "user", "vpn_management",
)  # fmt: skip
each = pytest.mark.parametrize("name", SERVICES)


def read(name: str, text: str | bytes, header: str = "") -> list[Record]:
    content = text.encode() if isinstance(text, str) else text
    file = Stored(content, PurePosixPath("/bugreport/dumpsys/service/1.txt"))
    if header:
        file.beside[PurePosixPath("/bugreport/sections/HEADER/1.txt")] = header.encode()
    return rows(artifacts.load(f"android.{name}"), file)


@each
def test_a_refusal_is_a_gap_and_nothing_else(name: str) -> None:
    said = "Security exception: Package com.android.phone does not belong to 2000"
    assert read(name, f"{said}\n") == [Gap(locator="line 1", reason=f"the service refused: {said}")]


@each
def test_a_denial_is_a_gap_and_nothing_else(name: str) -> None:
    said = "Permission Denial: can't dump X from from pid=1, uid=2000 due to missing android.permission.DUMP permission"
    assert read(name, f"{said}\n") == [Gap(locator="line 1", reason=f"the service refused: {said}")]


@each
def test_a_dump_that_ran_out_of_time_says_so(name: str) -> None:
    said = "*** SERVICE 'x' DUMP TIMEOUT (10000ms) EXPIRED ***"
    assert read(name, f"\n{said}\n") == [Gap(locator="line 2", reason=f"the dump was cut: {said}")]


@each
def test_lines_about_the_host_process_are_no_evidence_of_the_service(name: str) -> None:
    text = "Service host process PID: 633\nThreads in use: 0/14\nClient PIDs: 2445, 2428\n"
    assert read(name, text) == []


@each
def test_a_line_without_end_costs_one_gap(name: str) -> None:
    (gap,) = read(name, b"x" * (1 << 18))
    assert isinstance(gap, Gap)
    assert gap.locator == "line 1"


@each
def test_two_thousand_levels_are_bounded(name: str) -> None:
    found = read(name, "".join(f"{' ' * n}a{n}:\n" for n in range(2000)))
    assert all(len(str(row)) < 5000 for row in found[:100])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("media_projection", "MEDIA PROJECTION MANAGER (dumpsys media_projection)\nMedia Projection: \n"),
        ("role", "ROLE MANAGER STATE (dumpsys role):\n{\n}\n"),
        ("accessibility", "ACCESSIBILITY MANAGER (dumpsys accessibility)\n\n"),
        ("media_camera", "No camera client yet.\n"),
        ("settings", "GLOBAL SETTINGS (user 0)\n\nHistorical operations\n\n"),
        ("notification", "Current Notification Manager state:\n  Live notification listeners (0):\n"),
    ],
)
def test_what_says_that_there_is_nothing_has_no_rows(name: str, text: str) -> None:
    assert read(name, text) == []


def test_a_setting_of_many_lines_is_one_value() -> None:
    """Options for the zygote, put behind a newline, are what CVE-2024-31317 is used with."""
    text = (
        "GLOBAL SETTINGS (user 0)\n_id:7 name:hidden_api_blacklist_exemptions pkg:com.android.shell value:L\n2\n--x\n"
    )
    (setting,) = read("settings", text)
    assert setting.value == "L\n2\n--x"  # type: ignore[attr-defined]
    assert setting.package_name == "com.android.shell"  # type: ignore[attr-defined]


def test_a_setting_of_too_many_lines_is_bounded() -> None:
    found = read("settings", "GLOBAL SETTINGS (user 0)\n_id:7 name:a pkg:b value:\n" + "x\n" * 3000)
    assert len(gaps(found)) == 1001
    assert len(found) == 1002


def test_a_setting_of_many_long_lines_is_bounded() -> None:
    text = "GLOBAL SETTINGS (user 0)\n_id:7 name:a pkg:b value:\n" + ("x" * 100_000 + "\n") * 20
    found = read("settings", text)
    assert len(gaps(found)) == 10
    assert len(found[-1].value) == 1_000_010  # type: ignore[attr-defined]


def test_an_empty_setting_is_not_a_setting_of_null() -> None:
    text = "SECURE SETTINGS (user 0)\n_id:1 name:a pkg:b value:\n_id:2 name:c pkg:b value:{null}\n"
    empty, null = read("settings", text)
    assert (empty.value, empty.empty) == (None, True)  # type: ignore[attr-defined]
    assert (null.value, null.empty) == (None, False)  # type: ignore[attr-defined]


def test_a_list_of_services_without_end_is_bounded() -> None:
    text = "User state[attributes:{id=0}\n" + "     Enabled services:{" + "{com.example.a/.B}, \n" * 30_000
    found = read("accessibility", text)
    assert [g.reason for g in gaps(found)] == ["expected a list of at most 262144 characters, got a longer one"]
    assert len(found) > 10_000


def test_an_admin_of_too_many_values_is_bounded() -> None:
    text = "  Enabled Device Admins (User 0):\n    com.example.a/.B:\n" + "".join(f"      a{n}=1\n" for n in range(600))
    found = read("device_policy", text)
    assert len(gaps(found)) == 100
    assert len(found) == 101


def test_every_admin_is_found_of_every_user() -> None:
    text = "".join(
        f"  Enabled Device Admins (User {u}, provisioningState: 0):\n    com.example.a{u}/.B:\n      uid=1\n"
        "    mPasswordOwner=-1\n"
        for u in (0, 10, 11)
    )
    admins = [r for r in read("device_policy", text) if type(r).__name__ == "Admin"]
    assert [(a.user, a.package_name) for a in admins] == [  # type: ignore[attr-defined]
        (0, "com.example.a0"), (10, "com.example.a10"), (11, "com.example.a11"),
    ]  # fmt: skip


def test_camera_events_without_a_report_keep_their_place_and_have_no_time() -> None:
    text = "== Camera service events log ==\n  01-08 15:29:44 : CONNECT device 0 client for package a.b (PID 1)\n"
    (event,) = read("media_camera", text)
    assert event.time is None  # type: ignore[attr-defined]
    assert event.package_name == "a.b"  # type: ignore[attr-defined]


REPORT = WallClock(datetime(2021, 1, 10, 12, 0))


@pytest.mark.parametrize(
    ("text", "year"),
    [("01-10 11:00:00", 2021), ("01-11 11:00:00", 2021), ("01-12 12:00:01", 2020), ("12-31 23:59:59", 2020)],
)
def test_a_time_without_a_year_is_in_the_year_before_the_report(text: str, year: int) -> None:
    assert android_values.yearless(text, REPORT).year == year  # type: ignore[union-attr]


def test_the_leap_day_of_the_year_before() -> None:
    assert android_values.yearless("02-29 10:00:00.5", REPORT) == datetime(2020, 2, 29, 10, 0, 0, 500_000)
    with pytest.raises(ValueError, match="expected a day and a time"):
        android_values.yearless("02-29 10:00:00", WallClock(datetime(2023, 1, 1)))


def test_a_dump_that_goes_on_past_new_year() -> None:
    taken = WallClock(datetime(2020, 12, 31, 23, 59, 30))
    assert android_values.yearless("01-01 00:00:02.5", taken) == datetime(2021, 1, 1, 0, 0, 2, 500_000)


def test_a_report_at_the_end_of_the_calendar() -> None:
    """What the header says is the sender's."""
    last = WallClock(datetime(9999, 12, 31, 23, 59, 59))
    assert android_values.yearless("12-31 00:00:00", last) == datetime(9999, 12, 31)
    with pytest.raises(ValueError, match="expected a day and a time"):
        android_values.yearless("12-31 00:00:00", WallClock(datetime(1, 1, 1)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{com.example/.Svc}", ("com.example/com.example.Svc", "com.example")),
        ("ComponentInfo{com.example/a.B$C}", ("com.example/a.B$C", "com.example")),
        ("com.example/a.B", ("com.example/a.B", "com.example")),
        ("com.example", None),
        ("com.example/a b", None),
    ],
)
def test_components(text: str, found: tuple[str, str] | None) -> None:
    assert service_text.component(text) == found


def test_values_between_brackets_are_not_taken_apart() -> None:
    assert service_text.comma_pairs("a=b, c={d=e, f=g}, h=[1, 2]") == {"a": "b", "c": "{d=e, f=g}", "h": "[1, 2]"}
    assert service_text.blank_pairs("rec riid:15 src:MIC not silenced pack:a.b") == {
        "riid": "15", "src": "MIC not silenced", "pack": "a.b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "field", "surface"),
    [
        ("accessibility.Service", "package_name", "installed-app"),
        ("accessibility.Client", "package_names", "mention"),
        ("device_policy.Admin", "package_name", "installed-app"),
        ("notification.Posted", "package_name", "running-process"),
        ("notification.Posted", "text", "message"),
        ("notification.Restored", "package_name", "mention"),
        ("device_policy.Admin", "always_on_vpn", "mention"),
        ("settings.Setting", "package_name", "installed-app"),
        ("settings.Setting", "value", "mention"),
        ("account.Account", "type", "mention"),
        ("media_camera.Event", "package_name", "running-process"),
    ],
)
def test_what_the_presence_of_a_name_means(table: str, field: str, surface: str) -> None:
    name, _, record = table.partition(".")
    (cls,) = (c for c in artifacts.load(f"android.{name}").records if c.__name__ == record)
    (found,) = (f for f in fields_of(cls) if f.name == field)
    assert found.surface == surface

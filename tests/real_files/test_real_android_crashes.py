"""Crashes, traces and backups of real phones, against counts taken with grep, awk and zlib by hand."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.evidence import open_source
from corpus import CORPUS, needs_corpus
from real import counts, of, read

pytestmark = needs_corpus
ANDROID = CORPUS / "android"
MVT = ANDROID / "mvt-project+mvt"
REPORTS = ANDROID / "sonyxperiadev+ChkBugReport"


def parts(path, password=None):
    """Rows of each wanted member of an acquisition, by its path."""
    if not path.exists():
        pytest.skip(f"{path.relative_to(CORPUS)} is not in the corpus")
    source = open_source(path, password=lambda: password)
    found = {}
    for member in source.members(lambda p: True):
        names = [n for n in artifacts.for_path(str(member.path)) if n.startswith("android.")]
        if member.content is None or not names:
            continue
        extent = member.content()
        with extent.open() as file:
            content = file.read()
        extent.close()
        for name in names:
            found[str(member.path)] = rows(artifacts.load(name), Stored(content, PurePosixPath(member.path)))
    source.close()
    return found


def test_a_text_and_a_message_of_one_crash_agree():
    text = read("android.tombstone", MVT / "android_data" / "tombstone_process.txt")
    message = read("android.tombstone", MVT / "android_data" / "tombstone_process.pb")
    expected = {"Crash": 1, "Cause": 1, "Thread": 1, "Frame": 12, "Mapping": 848}
    assert counts(text) == counts(message) == expected
    differ = {"locator", "form", "arguments", "selinux_label", "pc", "sp", "extra"}
    for left, right in zip(text, message, strict=True):
        if type(left).__name__ == "Thread":
            continue
        names = [n for n in type(left).__slots__ if n not in differ]
        assert {n: getattr(left, n) for n in names} == {n: getattr(right, n) for n in names}
    assert message[0].time == datetime(2023, 4, 12, 10, 32, 40, 518290, tzinfo=UTC)
    assert message[0].selinux_label == "u:r:mtk_hal_c2:s0"


def test_a_message_of_android_13():
    found = read("android.tombstone", ANDROID / "bugsnag+bugsnag-android" / "tombstone_A13_emulator.pb")
    assert counts(found) == {"Crash": 1, "Thread": 39, "Frame": 438, "Mapping": 2302, "LogLine": 211, "OpenFile": 145}
    assert found[0].time == datetime(2023, 7, 26, 13, 39, 20, 799301, tzinfo=UTC)
    assert found[0].uid == 1002
    assert found[0].thread_name == "bt_stack_manage"


def test_texts_of_android_8():
    archive = ANDROID / "cyanmint+twoyi" / "twoyi-container-logs.zip"
    if not archive.is_file():
        pytest.skip("the container's logs are not in the corpus")
    with zipfile.ZipFile(archive) as opened:
        names = sorted(n for n in opened.namelist() if "tombstone_" in n)
        found = [rows(artifacts.load("android.tombstone"), Stored(opened.read(n))) for n in names]
    assert [len(gaps(f)) for f in found] == [0] * 8
    assert [len(of(f, "Crash")) for f in found] == [1] * 8
    assert [len(of(f, "Thread")) for f in found] == [1, 9, 1, 9, 1, 9, 1, 9]
    assert [len(of(f, "Mapping")) for f in found] == [275, 455, 273, 455, 274, 454, 275, 453]
    assert [len(of(f, "OpenFile")) for f in found] == [32, 42, 32, 42, 32, 42, 32, 42]
    assert {f[0].path for f in found} == {
        "/vendor/bin/hw/android.hardware.graphics.allocator@2.0-service",
        "/system/bin/surfaceflinger",
    }


def test_tombstones_of_a_bugreport():
    found = parts(MVT / "android_data" / "bugreport")
    first, second = (found[f"/data/tombstones/tombstone_0{n}"] for n in (0, 1))
    assert (counts(first), counts(second)) == (
        {"Crash": 1, "Thread": 1, "Frame": 10},
        {"Crash": 1, "Thread": 1, "Frame": 5},
    )
    assert first[0].time == datetime(2021, 9, 29, 15, 43, 49, tzinfo=UTC)
    assert second[0].time == datetime(2023, 8, 22, 3, 28, 59, tzinfo=UTC)


def test_traces_of_apps():
    at = ANDROID / "getsentry+sentry-java"
    assert counts(read("android.anr", at / "thread_dump.txt")) == {
        "Thread": 30, "Frame": 219, "Channel": 30, "Dump": 2,
    }  # fmt: skip
    assert counts(read("android.anr", at / "thread_dump_native_only.txt")) == {
        "Thread": 57, "Frame": 981, "Channel": 114, "Dump": 3,
    }  # fmt: skip
    assert counts(read("android.anr", at / "thread_dump_bad_data.txt")) == {"Subject": 1, "Channel": 996, "Dump": 2}
    assert counts(read("android.anr", at / "thread_dump_no_stacktrace.txt")) == {"Thread": 2, "Frame": 1, "Dump": 1}
    found = read("android.anr", ANDROID / "bugsnag+bugsnag-android" / "anr_trace_emulator.txt")
    assert counts(found) == {"Thread": 26, "Frame": 205, "Channel": 26, "Dump": 2}


def test_a_report_of_android_10():
    found = parts(REPORTS / "bugreport-sailfish-A10.zip")
    assert counts(found["/bugreport/dumpsys/dropbox/1.txt"]) == {"Box": 1, "Entry": 994, "Crash": 5}
    assert counts(found["/bugreport/sections/DROPBOX SYSTEM APP CRASHES/1.txt"]) == {"Box": 1, "Crash": 5}
    assert counts(found["/bugreport/sections/DROPBOX SYSTEM SERVER CRASHES/1.txt"]) == {"Box": 1}
    assert counts(found["/bugreport/sections/VM TRACES JUST NOW/1.txt"]) == {"Thread": 796, "Frame": 6993, "Dump": 54}
    assert counts(found["/bugreport/sections/VM TRACES AT LAST ANR/1.txt"]) == {"Thread": 22, "Frame": 259, "Dump": 2}
    assert counts(found["/bugreport/sections/ANR FILES/1.txt"]) == {"AnrFile": 8}


@pytest.mark.parametrize(
    ("name", "entries", "traces"),
    [("bugreport_deadlock.txt", 271, (24, 4, 317, 107)), ("bugreport_aidldeadlock.txt", 287, (26, 4, 330, 107))],
)
def test_reports_of_android_2(name, entries, traces):
    found = parts(REPORTS / name)
    listed = found["/bugreport/dumpsys/dropbox/1.txt"]
    assert of(listed, "Box")[0].entries == len(of(listed, "Entry")) + len(of(listed, "Crash")) == entries
    assert not gaps(listed)
    now, last = (found[f"/bugreport/sections/VM TRACES {when}/1.txt"] for when in ("JUST NOW", "AT LAST ANR"))
    assert (gaps(now), gaps(last)) == ([], [])
    assert tuple(len(of(r, kind)) for kind in ("Dump", "Thread") for r in (now, last)) == traces


def test_messages_of_backups():
    telephony = "/adb_backup/apps/com.android.providers.telephony"
    found = parts(MVT / "android_backup" / "backup.ab")
    (sms,), (mms,) = found[f"{telephony}/d_f/000000_sms_backup"], found[f"{telephony}/d_f/000001_mms_backup"]
    assert (sms.direction, sms.time) == ("queued", datetime(2022, 2, 22, 15, 29, 41, 956000, tzinfo=UTC))
    assert (mms.direction, mms.time) == ("received", datetime(2020, 1, 20, 14, 49, 49, tzinfo=UTC))


def test_a_backup_under_a_password():
    telephony = "/adb_backup/apps/com.android.providers.telephony"
    found = parts(MVT / "androidqf_encrypted" / "backup.ab", password="123456")
    app, certificate = found[f"{telephony}/_manifest"]
    assert (app.package_name, app.version_code, app.platform_version, app.has_apk) == (
        "com.android.providers.telephony", 29, 29, False,
    )  # fmt: skip
    assert certificate.sha256 == "34df0e7a9f1cf1892e45c056b4973cd81ccf148a4050d11aea4ac5a65f900a42"
    assert len(of(found[f"{telephony}/d_f/000000_sms_backup"], "Sms")) == 1

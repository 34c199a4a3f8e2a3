"""Diagnostic reports of real devices, against counts taken with grep and the json module."""

from __future__ import annotations

from datetime import UTC, datetime

from corpus import CORPUS, needs_corpus
from real import counts, of, read

pytestmark = needs_corpus

REPORTS = CORPUS / "ios" / "pycrashreport" / "tests"


def test_a_crash_of_ios_14_in_text() -> None:
    found = read("ios.crash_report", REPORTS / "user_mode_crash_report_ios14_non_symbolicated_abort.ips")
    assert counts(found) == {"Report": 1, "Crash": 1, "Frame": 15, "Image": 371}
    (crash,) = of(found, "Crash")
    assert (crash.process_name, crash.pid, crash.parent, crash.exception) == (
        "itunescloudd",
        692,
        "launchd",
        "EXC_CRASH",
    )
    assert crash.time == datetime(2021, 10, 21, 21, 14, 53, 74900, tzinfo=UTC)
    assert of(found, "Image")[0].path == crash.path


def test_a_forced_reset_of_ios_16_lists_what_ran() -> None:
    found = read("ios.crash_report", REPORTS / "kernel_mode_crash_report_ios16_forceReset-full.ips")
    assert counts(found) == {"Report": 1, "Process": 6, "Panic": 1}
    assert {p.pid: p.name for p in of(found, "Process")}[0] == "kernel_task"
    assert of(found, "Panic")[0].text.startswith("panic(cpu 1 caller 0xfffffff02e156784): btn_rst\n")


def test_a_crash_in_json() -> None:
    found = read("ios.crash_report", REPORTS / "user_mode_crash_report_monterey_non_symbolicated.ips")
    assert counts(found) == {"Report": 1, "Crash": 1, "Frame": 4, "Image": 4}
    (crash,) = of(found, "Crash")
    assert (crash.responsible, crash.responsible_pid, crash.signal) == ("iTerm2", 1383, "SIGSEGV")

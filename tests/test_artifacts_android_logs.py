"""Logs, processes, mounts and network of Android: what has no rows, what is bounded, and what others lose."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, Gap, WallClock, fields_of
from bridle.formats import dmesg, log_events, log_lines, logcat, mount_table, sockets
from bridle.formats.android_users import number

HEADER = PurePosixPath("/bugreport/sections/HEADER/1.txt")


def read(name: str, text: str | bytes, path: str = "/bugreport/sections/SYSTEM LOG/1.txt", taken: str = ""):
    file = Stored(text.encode() if isinstance(text, str) else text, PurePosixPath(path))
    if taken:
        file.beside[HEADER] = f"== dumpstate: {taken}\n".encode()
    return rows(artifacts.load(f"android.{name}"), file)


# What has no rows.

NOTHING = {
    "dumpstate": "",
    "getprop": "\n\n",
    "logcat": "--------- beginning of main\n\n*** command 'logcat' failed: exit code 1\n",
    "kernel_log": "*** /proc/last_kmsg: No such file or directory\n",
    "process_list": "*** command 'ps' timed out after 10.0s\n",
    "mounts": "Filesystem       1K-blocks    Used Available Use% Mounted on\n",
    "lsof": "COMMAND     PID       USER   FD      TYPE             DEVICE  SIZE/OFF       NODE NAME\n",
    "network": "Active UNIX domain sockets (w/o servers)\nProto RefCnt Flags\t Type\t    State\t    I-Node Path\n",
}


@pytest.mark.parametrize(("name", "text"), NOTHING.items())
def test_headings_and_failures_of_dumpstate_are_no_rows_and_no_gaps(name: str, text: str) -> None:
    assert read(name, text) == []


def test_processes_as_json_are_another_artifacts() -> None:
    assert read("process_list", '[{"pid": 1}]', "/androidqf/processes.txt") == []
    assert read("process_list", '{"pid": 1}', "/androidqf/processes.txt") == []


def test_text_that_is_no_list_of_processes_is_an_error() -> None:
    with pytest.raises(FormatError, match="headings with PID"):
        read("process_list", "x\n" * 102)


def test_a_kernel_log_is_read_by_one_of_the_two() -> None:
    by_logcat = "01-08 15:30:00.864  1000   669   669 I SMBCHG  : text\n"
    by_dmesg = "<6>[    1.000000] text\n"
    path = "/bugreport/sections/KERNEL LOG/1.txt"
    assert [len(read(n, by_logcat, path)) for n in ("logcat", "kernel_log")] == [1, 0]
    assert [len(read(n, by_dmesg, path)) for n in ("logcat", "kernel_log")] == [0, 1]


# Times.

LINE = "{} 23:59:59.500  1000  1500  1612 I Tag: text\n"


def entry_time(stamp: str, taken: str):
    return read("logcat", LINE.format(stamp), taken=taken)[0].time


def test_december_in_a_report_of_january_is_of_the_year_before() -> None:
    assert entry_time("12-31", "2026-01-01 00:03:00") == datetime(2025, 12, 31, 23, 59, 59, 500000)
    assert entry_time("01-01", "2026-01-01 00:03:00") == datetime(2026, 1, 1, 23, 59, 59, 500000)


def test_the_29th_of_february_is_of_a_year_that_has_one() -> None:
    assert entry_time("02-29", "2025-01-10 00:00:00") == datetime(2024, 2, 29, 23, 59, 59, 500000)
    assert entry_time("02-29", "2023-06-10 00:00:00") is None


def test_both_ways_to_a_time_agree() -> None:
    taken = datetime(2026, 1, 1, 0, 3)
    stamps = ["12-31 23:59:58.123456", "01-01 00:00:01.5", "01-05 00:00:00.000", "06-15 12:00:00.001"]
    import pyarrow as pa

    column = logcat.times(pa.array(stamps), taken).to_pylist()
    assert column == [logcat.time_of(s, taken) for s in stamps]
    assert column[2] == datetime(2025, 1, 5)


@pytest.mark.parametrize("taken", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "1970-01-01 00:00:00"])
def test_a_report_of_an_impossible_year_gives_no_times(taken: str) -> None:
    (entry,) = read("logcat", LINE.format("01-02"), taken=taken)
    assert (entry.time, entry.time_stored) == (None, "01-02 23:59:59.500")


def test_androidqf_has_the_year_of_the_acquisition() -> None:
    file = Stored(LINE.format("12-30").encode(), PurePosixPath("/androidqf/logcat.txt"))
    started = {"started": "2026-01-02T01:15:00.123456789Z"}
    file.beside[PurePosixPath("/androidqf/acquisition.json")] = json.dumps(started).encode()
    (entry,) = rows(artifacts.load("android.logcat"), file)
    assert entry.time == datetime(2025, 12, 30, 23, 59, 59, 500000)


@pytest.mark.parametrize("acquisition", [b"", b"[]", b"{}", b'{"started": 7}', b"\xff", b"[" * 100_000])
def test_an_acquisition_that_does_not_tell_its_time_gives_none(acquisition: bytes) -> None:
    file = Stored(LINE.format("12-30").encode(), PurePosixPath("/androidqf/logcat.txt"))
    file.beside[PurePosixPath("/androidqf/acquisition.json")] = acquisition
    (entry,) = rows(artifacts.load("android.logcat"), file)
    assert entry.time is None


def test_a_zone_makes_an_instant() -> None:
    (entry,) = read("logcat", "2026-03-29 00:30:00.000 -0530  1500  1612 I Tag: text\n")
    assert entry.time == datetime(2026, 3, 29, 0, 30)
    assert entry.time_utc == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("uptime", "wanted"),
    [
        ("up 0 weeks, 0 days, 0 hours, 0 minutes", datetime(2020, 1, 8, 15, 30, 7)),
        ("up 1 week, 1 day, 1 hour, 1 minute", datetime(2019, 12, 31, 14, 29, 7)),
        ("up forever", None),
    ],
)
def test_when_the_phone_was_booted(uptime: str, wanted: datetime | None) -> None:
    assert dmesg.booted(f"== dumpstate: 2020-01-08 15:30:07\nUptime: {uptime}\n".encode()) == wanted


# Layouts and chunks.


def test_a_line_at_the_end_of_a_chunk_is_one_line() -> None:
    text = "".join(f"line {n}\n" for n in range(1, 1000)).encode()
    for size in (7, 64, 8999, 1 << 20):
        found = list(log_lines.chunks(io.BytesIO(text), size))
        assert [t for c in found for t in c.texts.to_pylist()] == [f"line {n}" for n in range(1, 1000)]
        assert [c.first for c in found] == [1 + sum(len(d.texts) for d in found[:i]) for i in range(len(found))]


def test_many_chunks_have_their_line_numbers_and_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines.chunks, "__defaults__", (4096,))
    text = "--------- beginning of main\n" + LINE.format("03-01") * 500
    text += "--------- switch to crash\n" + LINE.format("03-02") * 500
    found = read("logcat", text, taken="2026-03-03 00:00:00")
    assert [e.locator for e in found] == [f"line {n}" for n in (*range(2, 502), *range(503, 1003))]
    assert [e.buffer for e in found] == ["main"] * 500 + ["crash"] * 500


def test_a_tag_may_have_colons_and_blanks() -> None:
    found = read(
        "logcat", "".join(f"03-01 00:00:00.000  1  2 I {t}\n" for t in ("a b: c: d", "Binder:6_3: x", "y :", ":"))
    )
    assert [(e.tag, e.message) for e in found] == [("a b", "c: d"), ("Binder:6_3", "x"), ("y", None), (None, None)]


def test_lines_that_are_no_entries_are_one_gap_where_they_follow_each_other() -> None:
    found = read("logcat", "one\ntwo\n" + LINE.format("03-01") + "three\n")
    assert [g.locator for g in gaps(found)] == ["line 1", "line 4"]


def test_a_line_that_is_too_long_is_a_gap() -> None:
    long = "03-01 00:00:00.000  1  2 I Tag: " + "x" * (64 << 10)
    found = read("logcat", long + "\n" + LINE.format("03-01"))
    assert [type(r).__name__ for r in found] == ["Entry", "Gap"]
    assert found[1] == Gap(locator="line 1", reason="expected a log entry, got a line that is too long")


HOSTILE = {
    "brief": "D/" + "(" + " " * 60_000,
    "parentheses": "D/" + "( a:" * 15_000,
    "tombstone": "03-01 00:00:00.000  1  2 F DEBUG: pid: 1, tid: 1, name: " + "  >>> " * 10_000,
    "mount": "x on /" + " on / type " * 6_000 + "(",
    "rule": "1: a" + " " * 60_000 + "b",
    "socket": "tcp X 1 1 " + ":" * 60_000,
    "avc": "03-01 00:00:00.000  1  2 I auditd: " + "avc: denied { " * 4_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_line_takes_long(text: str) -> None:
    begun = time.process_time()
    read("logcat", text)
    mount_table.mount(text)
    sockets.ss(text)
    sockets.netstat(text)
    read("network", text[:16_000], "/bugreport/sections/IP RULES/1.txt")
    assert time.process_time() - begun < 1


# What single entries tell.

EVENTS = [
    ("am_kill", "[0,9,com.example.a,905,a, b]", {"adj": 905, "reason": "a, b"}),
    ("am_proc_died", "[9,com.example.a]", {"user": None, "pid": 9, "kind": "died"}),
    ("am_crash", "[9,com.example.a,0,E,m,F.java,7]", {"user": None, "exception": "E", "file": "F.java", "line": 7}),
    ("am_crash", "[0,9,com.example.a,0,E,m,n,F.java,7]", {"message": "m,n", "line": 7}),
    ("am_wtf", "[0,9,system_server,-1,Tag,it, failed]", {"kind": "wtf", "message": "Tag,it, failed"}),
    ("am_proc_start", "[0,9,99000,com.example.a:x,broadcast,{a/b}]", {"uid": 99000, "package_name": "com.example.a"}),
    ("ActivityManager", "Killing 9:com.example.a/u0a7 (adj 900): remove task", {"reason": "remove task", "adj": 900}),
    ("PackageManager", "result of delete: 1{77}", {"action": "deleted"}),
    ("PackageManager", "Update package com.example.a code path from x", {"package_name": "com.example.a"}),
    (
        "PackageManager",
        "Package com.example.a codePath changed from /data/app/com.example.a-1.apk to /data/app/com.example.a-2.apk; …",
        {"action": "update", "package_name": "com.example.a"},
    ),
    (
        "PackageManager",
        "Removing non-system package:com.example.a",
        {"action": "removed", "package_name": "com.example.a"},
    ),
    (
        "chatty",
        "uid=1000 system_server identical 12 lines",
        {"uid": 1000, "process_name": "system_server", "lines": 12},
    ),
    ("chatty", "uid=1041(audioserver) HwBinder:6_2 identical 1 line", {"process_name": "HwBinder:6_2", "lines": 1}),
    ("AndroidRuntime", "*** FATAL EXCEPTION IN SYSTEM PROCESS: main", {"process_name": "system_server"}),
    ("usb 1-1", "new high-speed USB device number 7 using xhci", {"action": "new", "number": 7, "port": "1-1"}),
    ("UsbDeviceManager", "Setting USB config to mtp,adb", {"action": "gadget"}),
    ("boot_progress_start", "9605", {"event": "boot_progress_start", "value": "9605"}),
]


@pytest.mark.parametrize(("tag", "message", "wanted"), EVENTS)
def test_what_an_entry_tells(tag: str, message: str, wanted: dict[str, object]) -> None:
    ((_, fields),) = log_events.events(tag, message)
    assert {name: fields[name] for name in wanted} == wanted


@pytest.mark.parametrize("tag", ["am_kill", "am_crash", "am_proc_start", "am_anr", "am_proc_died", "chatty", "libc"])
def test_an_event_that_is_cut_stays_an_entry(tag: str) -> None:
    assert list(log_events.events(tag, "[0")) == []


def test_every_event_fits_its_record_type() -> None:
    records = {c.__name__: c for c in artifacts.load("android.logcat").records}
    for tag, message, _ in EVENTS:
        for name, fields in log_events.events(tag, message):
            assert set(fields) | {"locator", "entry", "time", "time_utc"} == {f.name for f in fields_of(records[name])}


def test_many_starts_and_one_are_read_alike() -> None:
    """As columns, and one by one: the event's own reader must give what the block has."""
    message = "Start proc 9:com.example.a:x/u10a7 for top-activity {com.example.a/.B}"
    (_, start) = read("logcat", f"03-01 00:00:00.000  1  2 I ActivityManager: {message}\n")
    ((_, fields),) = log_events.events("ActivityManager", message)
    assert {name: getattr(start, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("root", 0), ("u0_a12", 10012), ("u10_i3", 1_099_003), ("app_5", 10005), ("1000", 1000), ("nobody?", None)],
)
def test_numbers_of_users(name: str, wanted: int | None) -> None:
    assert number(name) == wanted


# What others lose.


def test_the_process_list_of_an_acquisition_is_read_whatever_its_name() -> None:
    text = "USER PID PPID VSZ RSS WCHAN ADDR S NAME\nroot 9 1 0 0 0 0 S com.example.a\n"
    for name in ("ps.txt", "processes.txt"):
        assert "android.process_list" in artifacts.for_path(f"/androidqf/{name}")
        (process,) = read("process_list", text, f"/androidqf/{name}")
        assert process.process_name == "com.example.a"


def test_a_system_mounted_to_be_written_is_a_row_of_every_process() -> None:
    line = "999 1 253:5 / /system rw,relatime shared:1 - ext4 /dev/block/dm-5 rw,seclabel\n"
    for pid in (1, 412):
        path = f"/proc/{pid}/mountinfo"
        assert "android.mounts" in artifacts.for_path(path)
        (mount,) = read("mounts", line, path)
        assert (mount.pid, mount.mount_point, mount.options[0]) == (pid, "/system", "rw")


def test_a_thread_is_no_process_by_its_name() -> None:
    text = "USER PID TID PPID S CMD\nroot 9 9 1 S main\nroot 9 10 1 S evil\n"
    found = read("process_list", text)
    assert [(p.process_name, p.thread_name) for p in found] == [("main", None), (None, "evil")]


def test_an_address_of_the_old_kind_is_found_in_one_of_the_new() -> None:
    assert sockets.ends("[::ffff:203.0.113.9]:443") == ("203.0.113.9", 443)
    assert sockets.ends("::ffff:203.0.113.9:443") == ("203.0.113.9", 443)
    assert sockets.ends("[fe80::1%wlan0]:*") == ("fe80::1", None)
    assert sockets.ends("*:*") == (None, None)


def test_a_wall_clock_has_no_zone() -> None:
    (entry,) = read("logcat", LINE.format("03-01"), taken="2026-03-03 00:00:00")
    assert entry.time == WallClock(datetime(2026, 3, 1, 23, 59, 59, 500000))
    assert entry.time.tzinfo is None


def test_the_log_of_an_entry_is_not_guessed_where_several_are_mixed() -> None:
    """Without `logcat -D` only the first entry of each log has a mark before it."""
    entry = "06-01 08:00:0{}.000  1000     1     1 I a: b\n"
    mixed = "--------- beginning of main\n{}--------- beginning of system\n{}{}"
    told = "--------- beginning of main\n{}--------- switch to system\n{}--------- beginning of crash\n{}"
    for text, want in ((mixed, ["main", None, None]), (told, ["main", "system", "crash"])):
        found = read("logcat", text.format(*map(entry.format, range(3))), taken="2025-06-01 09:00:00")
        assert [r.buffer for r in found] == want


def test_what_the_header_tells_twice_has_two_locators() -> None:
    header = "== dumpstate: 2020-01-08 15:30:07\nDumpstate info: id=1 id=2 args args=/x -S\n"
    facts = [f for f in read("dumpstate", header) if type(f).__name__ == "Fact"]
    assert [(f.locator, f.value) for f in facts] == [
        ("line 2", "id=1 id=2 args args=/x -S"),
        ("line 2:id", "1"),
        ("line 2:id, 2", "2"),
        ("line 2:args", None),
        ("line 2:args, 2", "/x -S"),
    ]


@pytest.mark.parametrize("stamp", ["01-02 99999999999999999999:00:00.0", "01-02 00:00:00." + "\u0663" * 3])
def test_an_hour_beyond_all_numbers_is_no_time(stamp: str) -> None:
    expected = None if "9" in stamp else datetime(2020, 1, 2, 0, 0, 0, 333000)
    assert logcat.moment(stamp, 2020) == expected

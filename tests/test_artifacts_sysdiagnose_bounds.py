"""Text of a sysdiagnose that is larger, longer or deeper than any phone writes it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, Gap

LONGER = "expected a line of at most 16384 bytes, got a longer one"
LINE_BY_LINE = {
    "ios.ps": b"USER PID COMMAND\n%sroot 1 /sbin/launchd\n",
    "ios.ps_thread": b"USER PID COMMAND\n%sroot 1 /sbin/launchd\n",
    "ios.spindump": b"Date/Time: now\n%sProcess:   launchd [1]\n",
    "ios.taskinfo": b'num tasks: 1\n%sprocess: "launchd" [1]\n',
    "ios.remotectl": b"Local device\n%s\tUUID: 1\n",
    "ios.swcutil": b"SWC: on\n%sVersion: 1\n",
    "ios.crash_summary": b"head\n%s/var/a.ips\n",
    "ios.sysdiagnose_log": b"one\n%stwo\n",
    "ios.mounts": b"devfs on /dev (devfs)\n%s/dev/disk1 on / (apfs)\n",
    "ios.wifi_scan": b"total=1\n%sbssid=02:00:00:00:00:01\n",
    "ios.wifi_status": b"a : b\n%sc : d\n",
}


@pytest.mark.parametrize("name", sorted(LINE_BY_LINE))
def test_a_line_that_is_too_long_is_one_gap_and_the_next_is_read(name: str) -> None:
    before = rows(artifacts.load(name), Stored(LINE_BY_LINE[name] % b""))
    after = rows(artifacts.load(name), Stored(LINE_BY_LINE[name] % (b"x" * 200_000 + b"\n")))
    assert gaps(after) == [Gap(locator="line 2", reason=LONGER)]
    assert len(after) == len(before) + 1
    assert [type(r) for r in after if not isinstance(r, Gap)] == [type(r) for r in before]
    assert after[-1].locator in ("line 3", "line 3/1")


@pytest.mark.parametrize("name", ["ios.log_statistics", "ios.cloud_documents"])
def test_long_lines_are_read_where_the_system_writes_them(name: str) -> None:
    apps = ", ".join(f"org.example.a{n}" for n in range(4_000))
    line = {
        "ios.log_statistics": '{"record": "logd statistics", "note": "' + "x" * 100_000 + '"}\n',
        "ios.cloud_documents": f"+ app library: <iCloud.x[1] bundles:{{{apps}}}>\n",
    }[name]
    found = rows(artifacts.load(name), Stored(line.encode()))
    assert [r.locator for r in found] == ["line 1"]
    assert not gaps(found)


@pytest.mark.parametrize("name", ["ios.ps", "ios.ps_thread"])
def test_headings_are_looked_for_in_a_hundred_lines(name: str) -> None:
    table = b"USER PID COMMAND\nroot 1 /sbin/launchd\n"
    *before, process = rows(artifacts.load(name), Stored(b"x\n" * 100 + table))
    assert [r.locator for r in gaps(before)] == [f"line {number}" for number in range(1, 101)]
    assert process.locator == "line 102"
    with pytest.raises(FormatError, match="expected headings"):
        rows(artifacts.load(name), Stored(b"x\n" * 101 + table))
    with pytest.raises(FormatError, match="expected headings"):
        rows(artifacts.load(name), Stored(b"x\n"))


@pytest.mark.parametrize("line", [b"Note: v\n", b"%s: v\n"])
def test_a_process_with_lines_without_end_keeps_two_hundred_of_them(line: bytes) -> None:
    def process(count: int) -> bytes:
        keys = (bytes([65 + n // 26, 97 + n % 26]) for n in range(count - 1))
        return b"Process: a [1]\n" + b"".join(line % k if b"%s" in line else line for k in keys)

    assert not gaps(rows(artifacts.load("ios.spindump"), Stored(process(200))))
    found = rows(artifacts.load("ios.spindump"), Stored(process(201)))
    assert found[0] == Gap(locator="line 201", reason="Process: expected at most 200 lines, got more")
    assert found[1].process_name == "a"


def test_stacks_are_passed_over_without_keeping_them() -> None:
    """Measured: 280 MB/s on a machine where this test allows 25."""
    stack = b"  8  ??? (libsystem_kernel.dylib + 2732) [0x1bb3f9aac]\n" * 400_000
    stored = Stored(b"Process: a [1]\nPath: /usr/libexec/a\n\n" + stack + b"Process: b [2]\n")
    began = time.process_time()
    found = [r.process_name for r in rows(artifacts.load("ios.spindump"), stored)]
    took = time.process_time() - began
    assert found == ["a", "b"]
    assert took < len(stack) / 25e6
    assert _peak(lambda: rows(artifacts.load("ios.spindump"), stored)) < 32 << 20


def test_what_a_spindump_repeats_in_its_own_format_is_not_read() -> None:
    found = rows(
        artifacts.load("ios.spindump"), Stored(b"Process: a [1]\nSpindump binary format\nProcess: b [2]\n" * 3)
    )
    assert [r.process_name for r in found] == ["a"]


def test_a_request_that_is_too_large_is_not_read() -> None:
    with pytest.raises(FormatError, match="expected at most 4194304 bytes"):
        rows(artifacts.load("ios.activation_request"), Stored(b"a" * ((4 << 20) + 1)))
    assert len(rows(artifacts.load("ios.activation_request"), Stored(b"a" * (4 << 20)))) == 1


def test_a_request_that_is_nested_too_deep_is_a_gap() -> None:
    for levels, expected in ((16, 0), (17, 1), (50_000, 0)):
        body = b"BODY: " + b'{"a":' * levels + b"1" + b"}" * levels
        assert len(gaps(rows(artifacts.load("ios.activation_request"), Stored(body)))) == expected


def test_names_that_never_end_take_no_time() -> None:
    """Each of these made a pattern of an early version try every place."""
    hostile = {
        "ios.spindump": b" 0x1 - 0x2 a" + b" " * 16_000 + b"x\n",
        "ios.ps": b"USER PID TIME COMMAND\n" + b"a 1 " + b":" * 16_000 + b"x /b\n",
        "ios.mounts": b"Filesystem Size Mounted on\n" + b"1 " * 8_000 + b"\n",
        "ios.wifi_status": b"a" + b" " * 16_000 + b"b\n",
        "ios.sysdiagnose_log": b"sysdiagnose_" * 1_300 + b"\n",
        "ios.crash_summary": b"/" + b"a-2023-01-01-" * 1_200 + b"\n",
        "ios.swcutil": b"= SETTINGS =".center(80, b"=") + b"\n" + b'"a" = ' * 2_600 + b"\n",
    }
    for name, stored in hostile.items():
        began = time.process_time()
        rows(artifacts.load(name), Stored(stored * 20))
        assert time.process_time() - began < 3, name


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_digits_of_other_scripts_are_no_numbers() -> None:
    share = "--- !logd statistics record\n - [ 5, \u0663.0, /a ]\n - [ 6, 1.5, /b ]\n"
    found = rows(artifacts.load("ios.log_statistics"), Stored(share.encode()))
    assert [g.locator for g in gaps(found)] == ["line 2"]
    assert [(r.size, r.share) for r in found if type(r).__name__ == "Process"] == [(6, 1.5)]


def test_a_size_beyond_64_bits_stays_in_the_text() -> None:
    line = b"/a.ips, 9999999999999999999 bytes\n/b.ips, 999999999999999999 bytes\n"
    found = rows(artifacts.load("ios.crash_summary"), Stored(line))
    assert [(r.size, r.detail) for r in found] == [
        (None, "9999999999999999999 bytes"),
        (999999999999999999, "999999999999999999 bytes"),
    ]


def test_a_library_numbered_in_another_script_has_no_row() -> None:
    head = "dump taken at 05/24/2023, 13:29:15\n\n3 containers matching\n" + "-" * 53 + "\n"
    odd, good = "+ app library: <iCloud.a[\u0663] ino:4>\n", "+ app library: <iCloud.b[3] ino:\u0664>\n"
    found = rows(artifacts.load("ios.cloud_documents"), Stored(f"{head}{odd}{good}".encode()))
    assert [(r.name, r.number, r.inode) for r in found if type(r).__name__ == "Library"] == [("iCloud.b", 3, None)]

"""The Android parsers of device state: what has no rows, what is bounded, and what others have lost or misread."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, fields_of

KEY = "QAAAAGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr"
"""Base64 of `@`, three NUL and 32 times `k`."""


def read(name: str, content: bytes, path: str | None = None):
    service = name.removeprefix("android.")
    return rows(artifacts.load(name), Stored(content, PurePosixPath(path or f"/bugreport/dumpsys/{service}/1.txt")))


def of(found, name: str):
    return [r for r in found if type(r).__name__ == name]


def surface(record, field: str) -> str:
    return next(f.surface for f in fields_of(record) if f.name == field)


@pytest.mark.parametrize("name", ["adb", "usb"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b"Can't find service: adb\n"])
def test_a_dump_that_is_none_has_no_keys(name: str, content: bytes) -> None:
    assert of(read(f"android.{name}", content), "Key") == []


@pytest.mark.parametrize(
    "content", [b"", b"ACTIVITY MANAGER URI PERMISSIONS (dumpsys activity permissions)\n  (nothing)\n"]
)
def test_an_activity_dump_of_nothing_has_no_rows(content: bytes) -> None:
    assert read("android.activity", content) == []


def test_a_refused_dump_is_kept_as_it_is() -> None:
    refused = b"Permission Denial: can't dump power from pid=1, uid=2000\n"
    (fact,) = read("android.power", refused)
    assert (fact.name, fact.value) == ("Permission Denial", "can't dump power from pid=1, uid=2000")


def keystore(inner: str) -> bytes:
    return f"{{\n  debugging_manager={{\n    keystore={inner}\n  }}\n}}\n".encode()


def test_a_keystore_of_several_roots_is_read_whole() -> None:
    """Android 10 wrote no element around them: the peer stops at `junk after document element`."""
    found = read("android.adb", keystore(f'<adbKey key="{KEY} a@b" lastConnection="1" />\n    <adbKey key="{KEY}" />'))
    assert [(k.comment, k.last_connection is None) for k in of(found, "Key")] == [("a@b", False), (None, True)]
    assert gaps(found) == []


def test_a_keystore_cannot_declare_entities() -> None:
    found = read("android.adb", keystore('<!DOCTYPE a [<!ENTITY b "c">]><adbKey key="&b;" />'))
    assert of(found, "Key") == []
    assert len(gaps(found)) == 1


def test_keys_of_android_9_stand_in_usb() -> None:
    dump = f"USB MANAGER STATE:\n{{\n  debugging_manager={{\n    user_keys={KEY} anna@laptop\n  }}\n}}\n"
    (key,) = of(read("android.usb", dump.encode()), "Key")
    assert (key.where, key.user, key.host) == ("user_keys", "anna", "laptop")
    assert key.fingerprint == "9A:D8:A4:F6:CB:76:54:8D:96:3B:99:55:5E:D2:0B:18"


def test_keys_of_android_8_stand_in_usb() -> None:
    dump = f"USB Manager State:\n  USB Debugging State:\n    User keys:\n{KEY} anna@laptop\n\n    System keys:\n{KEY}\n"
    assert [k.where for k in of(read("android.usb", dump.encode()), "Key")] == ["user_keys", "system_keys"]


def test_a_store_of_thirty_keys_is_one_line_that_is_not_too_long() -> None:
    key = KEY * 20
    store = "".join(f'<adbKey key="{key} a@b" lastConnection="{n}" />' for n in range(1, 31))
    assert len(of(read("android.adb", keystore(store)), "Key")) == 30


def test_a_large_file_of_keys_is_refused() -> None:
    with pytest.raises(FormatError, match="at most 8388608 bytes"):
        read("android.adb", b"<" + bytes(9 << 20), "/data/misc/adb/adb_temp_keys.xml")


def test_objects_within_objects_are_bounded_and_what_follows_is_read() -> None:
    deep = "a={\n" * 100 + "lost=1\n" + "}\n" * 100
    found = read("android.usb", f"USB:\n{{\n{deep}kept=1\n}}\n".encode())
    assert [f.place for f in of(found, "Fact")] == ["kept"]
    assert [g.reason for g in gaps(found)] == ["expected at most 64 levels, got more"]


def test_what_a_device_says_of_itself_cannot_take_rows_away() -> None:
    dump = "USB:\n{\n  host_manager={\n    devices={\n      name=x\n]\n}\n}\n}\n  after=1\n"
    found = read("android.usb", dump.encode())
    assert [d.name for d in of(found, "Device")] == ["x"]
    assert len(gaps(found)) == 2
    assert found


def test_one_connection_is_not_mixed_with_the_next() -> None:
    one = "    connections={\n      mode=0\n      timestamp=1609459200000\n    }\n"
    two = "    connections={\n      mode=-1\n    }\n"
    found = read("android.usb", f"USB:\n{{\n  host_manager={{\n{one}{two}  }}\n}}\n".encode())
    assert [(c.mode, c.time is None) for c in of(found, "Connection")] == [("CONNECT", False), ("DISCONNECT", True)]


SPY = "  * ServiceRecord{1 u0 com.example.a/.B}\n    packageName=com.example.a\n"


def test_only_a_service_in_a_process_runs() -> None:
    head = "ACTIVITY MANAGER SERVICES (dumpsys activity services)\n"
    running = "    app=ProcessRecord{2 77:com.example.a/u0a9}\n"
    for none in ("app=null", "app=ProcessRecord{2 0:com.example.a/u0a9}", ""):
        assert of(read("android.activity", f"{head}{SPY}    {none}\n".encode()), "RunningService") == []
    (found,) = of(read("android.activity", f"{head}{SPY}{running}".encode()), "RunningService")
    assert (found.process_name, found.pid, found.uid) == ("com.example.a", 77, 10009)
    assert surface(type(found), "package_name") == surface(type(found), "process_name") == "running-process"


def test_the_file_of_a_service_is_there_and_its_caller_is_but_named() -> None:
    service = next(r for r in artifacts.load("android.activity").records if r.__name__ == "Service")
    assert surface(service, "apk") == "file-present"
    assert (
        surface(service, "package_name")
        == surface(service, "recent_caller")
        == surface(service, "clients")
        == "mention"
    )


def test_only_a_crash_is_a_crash() -> None:
    crash, ended = (
        next(r for r in artifacts.load("android.activity").records if r.__name__ == n) for n in ("Crash", "Exit")
    )
    assert surface(crash, "process_name") == surface(crash, "package_name") == "crash"
    assert surface(crash, "description") == "mention"
    assert surface(ended, "process_name") == surface(ended, "package_name") == "mention"


@pytest.mark.parametrize(("reason", "kind"), [(4, "Crash"), (5, "Crash"), (6, "Exit"), (10, "Exit"), (45, "Exit")])
def test_the_reason_of_an_exit_decides(reason: int, kind: str) -> None:
    head = "  package: com.example.a\n    ApplicationExitInfo #0:\n"
    dump = f"{head}      process=com.example.a reason={reason} (X) status=0\n"
    (found,) = read("android.activity", dump.encode())
    assert (type(found).__name__, found.package_name, found.reason) == (kind, "com.example.a", reason)


def test_what_an_app_says_of_itself_is_not_read() -> None:
    running = "    app=ProcessRecord{2 77:com.example.a/u0a9}\n"
    own = f"SERVICE com.example.liar/.Own 6f0a1 pid=4242\n  Client:\n{SPY}{running}"
    assert read("android.activity", own.encode()) == []
    after = f"{own}\n-----\nACTIVITY MANAGER SERVICES (dumpsys activity services)\n{SPY}"
    assert [s.component for s in of(read("android.activity", after.encode()), "Service")] == ["com.example.a/.B"]


def test_an_entry_keeps_400_lines() -> None:
    """What comes after them is passed over, and so is no reason to hold it all."""
    dump = SPY + "".join(f"    name{n}=1\n" for n in range(5_000)) + SPY.replace(".B", ".C")
    found = of(read("android.activity", dump.encode()), "Service")
    assert [s.component for s in found] == ["com.example.a/.B", "com.example.a/.C"]


def test_braces_that_never_close_cost_one_value() -> None:
    dump = f"{SPY}    intent={{act=x cmp=y\n    createTime=-1s0ms {'{' * 1000}\n    isForeground=true\n"
    (found,) = of(read("android.activity", dump.encode()), "Service")
    assert (found.intent, found.foreground) == ("{act=x cmp=y", True)


def test_a_long_line_is_a_gap_and_no_end() -> None:
    dump = f"{SPY}    x={'y' * 20_000}\n    isForeground=true\n"
    found = read("android.activity", dump.encode())
    assert [s.foreground for s in of(found, "Service")] == [True]
    assert [g.locator for g in gaps(found)] == ["line 3"]


def test_times_of_the_wake_lock_log_are_of_the_last_year_that_fits() -> None:
    log = b"Wake Lock Log\n  12-31 23:59:59.000 - 1000 - ACQ a (partial)\n  02-29 00:00:00.000 - 1000 - REL a\n"
    file = Stored(log, PurePosixPath("/bugreport/dumpsys/power/1.txt"))
    file.beside[PurePosixPath("/bugreport/sections/HEADER/1.txt")] = b"== dumpstate: 2026-01-01 00:00:00\n"
    found = of(rows(artifacts.load("android.power"), file), "WakeLockEvent")
    assert [str(e.time) for e in found] == ["2025-12-31 23:59:59", "None"]
    without = of(read("android.power", log), "WakeLockEvent")
    assert [(e.time, e.clock) for e in without] == [(None, "12-31 23:59:59.000"), (None, "02-29 00:00:00.000")]


def test_headings_within_headings_are_bounded() -> None:
    dump = "\n".join(" " * n + f"h{n}" for n in range(300))
    found = of(read("android.lock_settings", dump.encode()), "Fact")
    assert len(found) == 300
    assert found[-1].place.count(" / ") == 63


def test_numbers_of_a_biometric_line_may_be_anything() -> None:
    deep = b'{"service":"F","prints":' + b"[" * 100_000
    assert [g.locator for g in gaps(read("android.biometric", deep))] == ["line 1"]
    huge = b'{"service":"F","prints":[{"id":0,"accept":' + b"9" * 400 + b"}]}"
    found = read("android.biometric", huge)
    assert [g.locator for g in gaps(found)] == ["line 1:1.accept"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("power", "  PARTIAL_WAKE_LOCK '" + "' (uid=1" * 1_900),
        ("power", "  01-01 00:00:00.000 - ACQ " + " (a" * 5_000),
        ("trust", ' User "' + '" (id=0, flags=0x1)' * 800),
        ("activity", "  ApplicationExitInfo #0:\n    description=" + " state=empty trac" * 900),
        ("activity", SPY + "    app=" + "1:" * 8_000),
        ("activity", SPY + "    " + "a={" * 5_000),
        ("usb", "USB:\n{\n" + "a" * 16_000),
        ("adb", keystore("ABX" + "QA" * 7_000).decode()),
        ("shutdown_checkpoints", "Shutdown request from A for reason " + " at " * 4_000),
    ],
)
def test_a_hostile_line_takes_no_time(name: str, line: str) -> None:
    """100 times a line as long as is read: a second at most, where a regex that goes back over it takes minutes."""
    parse, started = artifacts.load(f"android.{name}").parse, time.process_time()
    for _ in range(100):
        list(parse(Stored(line.encode(), PurePosixPath(f"/bugreport/dumpsys/{name}/1.txt"))))
    assert time.process_time() - started < 10

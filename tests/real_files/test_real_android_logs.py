"""Logs, processes, files and network of the real reports. Counts are grep's and awk's, not our own."""

from __future__ import annotations

from datetime import datetime

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.core import Gap
from real import counts, of
from real_android import read, text

LOG_ROWS = [
    # Lines of the section without marks of a buffer; `Start proc` and am_proc_start; Killing, has died, am_kill and
    # am_proc_died; `chatty`; `avc:`; Force stopping, New package installed, codePath changed,
    # Removing non-system package; boot_progress_ and power_ tags.
    ("a10", "SYSTEM LOG", {"Entry": 3427, "ProcessStart": 1, "ProcessEnd": 5, "Dropped": 6, "Denial": 5}),
    ("a10", "EVENT LOG", {"Entry": 48, "ProcessStart": 1, "ProcessEnd": 7, "Denial": 5, "BootEvent": 2}),
    ("a10", "RADIO LOG", {"Entry": 4, "Dropped": 1}),
    ("a10", "KERNEL LOG", {"Entry": 108}),
    ("a10", "LAST LOGCAT", {}),
    ("aidl", "SYSTEM LOG", {"Entry": 1089, "ProcessStart": 37, "PackageEvent": 25}),
    ("aidl", "EVENT LOG", {"Entry": 843, "ProcessStart": 37, "ProcessEnd": 8, "BootEvent": 18}),
    ("aidl", "KERNEL LOG", {}),
    ("deadlock", "SYSTEM LOG", {"Entry": 925, "ProcessStart": 28, "PackageEvent": 2}),
    ("deadlock", "EVENT LOG", {"Entry": 582, "ProcessStart": 28, "ProcessEnd": 10, "BootEvent": 15}),
]


@pytest.mark.parametrize(("report", "title", "wanted"), LOG_ROWS, ids=lambda v: v if isinstance(v, str) else "")
def test_logcat(report, title, wanted) -> None:
    assert counts(read("android.logcat", report, f"sections/{title}")) == wanted


def test_logcat_has_the_year_of_the_report() -> None:
    entries = of(read("android.logcat", "a10", "sections/SYSTEM LOG"), "Entry")
    assert min(e.time for e in entries) == datetime(2020, 1, 8, 15, 29, 55, 853000)
    assert all(e.time_stored is None and e.uid is not None for e in entries)


def test_kernel_log_of_android_2() -> None:
    assert counts(read("android.kernel_log", "aidl", "sections/KERNEL LOG")) == {"Entry": 529}
    assert counts(read("android.kernel_log", "deadlock", "sections/KERNEL LOG")) == {"Entry": 502}
    assert counts(read("android.kernel_log", "a10", "sections/KERNEL LOG")) == {}


def test_the_header_and_parts() -> None:
    found = rows(artifacts.load("android.dumpstate"), Stored(text("a10")))
    assert not of(found, "Gap")
    assert of(found, "Report")[0].time == datetime(2020, 1, 8, 15, 30, 7)
    arguments = {a.key: a.value for a in of(found, "KernelArgument")}
    assert arguments["androidboot.verifiedbootstate"] == "orange"
    assert arguments["androidboot.veritymode"] == "enforcing"
    parts = of(found, "Part")
    assert len([p for p in parts if p.kind == "service"]) == 175
    last = next(p for p in parts if p.title == "LAST LOGCAT")
    assert last.failed == "command 'logcat -L -b all -v threadtime -v printable -v uid -d *:v' failed: exit code 1"


def test_properties() -> None:
    found = read("android.getprop", "a10", "sections/SYSTEM PROPERTIES")
    assert counts(found) == {"Property": 606}
    boot = next(p for p in found if p.name == "ro.boot.verifiedbootstate")
    assert boot.value == "orange"
    assert counts(read("android.getprop", "aidl", "sections/SYSTEM PROPERTIES")) == {"Property": 137}


def test_processes_and_threads() -> None:
    found = read("android.process_list", "a10", "sections/PROCESSES AND THREADS")
    assert counts(found) == {"Process": 1618}
    assert len([p for p in found if p.process_name]) == 544
    assert len([p for p in found if p.policy is None]) == 31
    assert counts(read("android.process_list", "aidl", "sections/PROCESSES")) == {"Process": 100}
    assert counts(read("android.process_list", "aidl", "sections/PROCESSES AND THREADS")) == {"Process": 431}


def test_open_files() -> None:
    found = read("android.lsof", "a10", "sections/LIST OF OPEN FILES")
    assert counts(found) == {"OpenFile": 28773}
    assert len([f for f in found if f.deleted]) == 368
    assert len([f for f in found if f.type == "REG"]) == 23926


def test_space() -> None:
    found = read("android.mounts", "a10", "sections/FILESYSTEMS & FREE SPACE")
    assert [s.mount_point for s in found if not isinstance(s, Gap)][-1] == "/storage/emulated"
    assert counts(read("android.mounts", "aidl", "sections/FILESYSTEMS & FREE SPACE")) == {"Space": 6}


def test_network() -> None:
    assert counts(read("android.network", "a10", "sections/NETSTAT")) == {"UnixSocket": 436}
    assert counts(read("android.network", "a10", "sections/NETWORK DEV INFO")) == {"Interface": 25}
    assert counts(read("android.network", "a10", "sections/IP RULES")) == {"Rule": 9}
    assert counts(read("android.network", "a10", "sections/ROUTE TABLE IPv4")) == {"Route": 4}
    assert counts(read("android.network", "a10", "sections/ROUTE TABLE IPv6")) == {"Route": 3}
    assert counts(read("android.network", "a10", "sections/DETAILED SOCKET STATE")) == {}

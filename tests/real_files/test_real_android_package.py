"""The package manager and the open databases of real phones, against counts taken with grep and awk."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from functools import cache

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.formats import dumpstate
from corpus import CORPUS, needs_corpus
from real import counts, of

pytestmark = needs_corpus


@cache
def text(name: str) -> bytes:
    path = CORPUS / "android" / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the corpus")
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        return opened.read(next(n for n in opened.namelist() if n.endswith(".txt")))


def dumped(report: str, service: str):
    """What the artifact of a service reads in a report."""
    whole = text(report)
    part = next(p for p in dumpstate.parts(io.BytesIO(whole)) if (p.kind, p.title) == ("service", service))
    return rows(artifacts.load(f"android.{service}"), Stored(whole[part.offset : part.offset + part.length]))


A10 = "sonyxperiadev+ChkBugReport/bugreport-sailfish-A10.zip"
A23 = "sonyxperiadev+ChkBugReport/bugreport_aidldeadlock.txt"
A23_OTHER = "sonyxperiadev+ChkBugReport/bugreport_deadlock.txt"
QF = "mvt-project+mvt/androidqf/dumpsys.txt"


def test_packages_of_android_10() -> None:
    found = dumped(A10, "package")
    assert {k: v for k, v in counts(found).items() if k != "Fact"} == {
        "Package": 134, "PackageUser": 290, "Permission": 1925, "SharedUser": 12, "DefinedPermission": 573,
        "ResolverEntry": 1411, "PackageEvent": 34, "DexoptState": 97,
    }  # fmt: skip
    game = next(p for p in of(found, "Package") if p.package_name == "com.king.candycrushsaga")
    assert game.app_id is not None
    assert game.first_install_time is not None
    assert {u.user for u in of(found, "PackageUser")} == {0, 11}
    assert of(found, "PackageEvent")[-1].time is None
    assert of(found, "PackageEvent")[-1].time_stored == "12/11/19 12:15 PM"


def test_packages_of_android_2() -> None:
    for report in (A23, A23_OTHER):
        found = dumped(report, "package")
        assert {k: v for k, v in counts(found).items() if k != "Fact"} == {
            "Package": 72, "SharedUser": 9, "ResolverEntry": 1115, "DefinedPermission": 228, "Permission": 565,
            "PackageEvent": 1,
        }  # fmt: skip


def test_packages_of_a_samsung() -> None:
    found = dumped("mvt-project+mvt/android_data/bugreport/dumpstate.txt", "package")
    assert [p.package_name for p in of(found, "Package")] == [
        "com.samsung.android.provider.filterprovider", "com.instagram.android",
    ]  # fmt: skip
    assert of(found, "Package")[1].installer == "com.android.vending"
    assert of(found, "PackageUser")[1].last_disabled_caller == "auto_disabler"


def test_packages_of_androidqf() -> None:
    found = dumped(QF, "package")
    assert [p.package_name for p in of(found, "Package")] == [
        "com.samsung.android.provider.filterprovider", "com.sec.android.app.DataCreate",
    ]  # fmt: skip


def test_databases_of_android_10() -> None:
    found = dumped(A10, "dbinfo")
    assert counts(found) == {"Process": 29, "Pool": 38, "Connection": 26, "Operation": 499, "DatabaseFile": 81}
    first = of(found, "Operation")[0]
    assert (first.time, first.package_name) == (datetime(2020, 1, 8, 15, 31, 26, 808000), "com.android.launcher3")


def test_databases_of_androidqf() -> None:
    found = dumped(QF, "dbinfo")
    assert {o.caller_pid for o in of(found, "Operation")} == {0}
    assert len(of(found, "Operation")) == 6


def test_overrides_of_androidqf() -> None:
    found = dumped(QF, "platform_compat")
    assert counts(found) == {"Change": 15, "Override": 2, "RawOverride": 2}
    assert [o.package_name for o in of(found, "RawOverride")] == [
        "org.torproject.torbrowser", "org.article19.circulo.next",
    ]  # fmt: skip

"""Dumps of services about access in real reports. The counts were taken with grep, awk and eyes."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.formats import dumpstate
from corpus import CORPUS, needs_corpus
from real import counts, of

pytestmark = needs_corpus
CHKBUGREPORT = CORPUS / "android" / "sonyxperiadev+ChkBugReport"
MVT = CORPUS / "android" / "mvt-project+mvt"


@cache
def parts(name: str) -> dict[str, bytes]:
    """Parts of a report by their path: `/bugreport/dumpsys/role/1.txt`."""
    path = MVT / name if "/" in name else CHKBUGREPORT / name
    if not path.is_file():
        pytest.skip(f"{path.relative_to(CORPUS)} is not in the corpus")
    text = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as opened:
            text = max((opened.read(n) for n in opened.namelist() if n.endswith(".txt")), key=len)
    found: dict[str, bytes] = {}
    for part in dumpstate.parts(io.BytesIO(text)):
        folder = f"/bugreport/{'dumpsys' if part.kind == 'service' else 'sections'}/{part.title}"
        number = sum(p.startswith(f"{folder}/") for p in found) + 1
        found[f"{folder}/{number}.txt"] = text[part.offset : part.offset + part.length]
    return found


def read(name: str, service: str, number: int = 1, report: str = "bugreport-sailfish-A10.zip"):
    found = parts(report)
    path = f"/bugreport/dumpsys/{service}/{number}.txt"
    file = Stored(found[path], PurePosixPath(path))
    header = "/bugreport/sections/HEADER/1.txt"
    file.beside[PurePosixPath(header)] = found.get(header, b"")
    return rows(artifacts.load(f"android.{name}"), file)


ANDROID_10 = [
    ("settings", "settings", 1, {"Setting": 299, "Operation": 11}),
    ("accessibility", "accessibility", 1, {"UserState": 1}),
    ("device_policy", "device_policy", 1, {"Fact": 11}),
    ("notification", "notification", 1, {"Posted": 2}),
    (
        "notification", "notification", 2,
        {"AppSetting": 23, "Channel": 72, "Listener": 18, "ZenEvent": 9, "Frequency": 3},
    ),
    ("role", "role", 1, {"UserState": 4, "Holder": 16}),
    ("user", "user", 1, {"User": 2, "Fact": 10}),
    ("account", "account", 1, {"Fact": 6, "Action": 1, "Authenticator": 2}),
    ("connectivity", "connectivity", 1, {"Fact": 29, "Request": 13, "Event": 6}),
    ("connectivity", "connectivity", 2, {"Fact": 32, "Request": 28, "Event": 23}),
    ("media_camera", "media.camera", 1, {"Event": 4, "Gap": 1}),
    ("audio", "audio", 1, {"Event": 16, "Player": 3}),
    ("telephony_registry", "telephony.registry", 1, {"Listener": 41, "Fact": 35, "Event": 3}),
    ("phone", "isms", 1, {"Fact": 8, "Event": 88}),
    ("phone", "phone", 1, {"Fact": 7, "Gap": 1}),
    ("telecom", "telecom", 1, {"App": 2, "PhoneAccount": 1, "Fact": 10}),
    ("location", "location", 1, {"Requester": 1, "Listener": 4, "Fact": 35}),
    ("media_projection", "media_projection", 1, {"Fact": 1}),
    ("sensorservice", "sensorservice", 1, {"Registration": 6, "Connection": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "service", "number", "expected"), ANDROID_10)
def test_android_10(name: str, service: str, number: int, expected: dict[str, int]) -> None:
    assert counts(read(name, service, number)) == expected


def test_who_may_read_notifications_of_each_user() -> None:
    listeners = [r for r in of(read("notification", "notification", 2), "Listener") if r.state == "allowed"]
    assert [(r.kind, r.user, r.package_name) for r in listeners][:4] == [
        ("notification listener", 0, "com.android.launcher3"),
        ("notification listener", 11, "com.android.launcher3"),
        ("notification assistant", 0, "android.ext.services"),
        ("notification assistant", 11, "android.ext.services"),
    ]


def test_adb_is_on_and_the_system_set_it() -> None:
    (found,) = [r for r in of(read("settings", "settings"), "Setting") if r.name == "adb_enabled"]
    assert (found.namespace, found.user, found.value, found.package_name) == ("global", 0, "1", "android")


def test_why_the_camera_service_and_the_phone_have_gaps() -> None:
    assert [g.reason for g in gaps(read("media_camera", "media.camera"))] == [
        "the dump was cut: *** SERVICE 'media.camera' DUMP TIMEOUT (10000ms) EXPIRED ***"
    ]
    assert [g.reason for g in gaps(read("phone", "phone"))] == [
        "the service refused: Security exception: Package com.android.phone does not belong to 2000"
    ]


@pytest.mark.parametrize("report", ["bugreport_deadlock.txt", "bugreport_aidldeadlock.txt"])
@pytest.mark.parametrize(
    ("name", "service", "expected"),
    [
        ("device_policy", "device_policy", {"Fact": 4}),
        ("notification", "notification", {"Posted": 1}),
        ("account", "account", {"Account": 1, "Authenticator": 3, "Fact": 3}),
        ("telephony_registry", "telephony.registry", {"Listener": 4, "Fact": 14}),
    ],
)
def test_android_2(report: str, name: str, service: str, expected: dict[str, int]) -> None:
    assert counts(read(name, service, report=report)) == expected


def test_accessibility_of_an_androidqf_dump() -> None:
    """Lines that were wrapped in the middle of a word, and a heading that stands twice."""
    found = read("accessibility", "accessibility", report="androidqf/dumpsys.txt")
    assert counts(found) == {"UserState": 1, "Service": 4}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dumpsys_accessibility.txt", {"UserState": 1, "Service": 4}),
        ("dumpsys_accessibility_v14_or_later.txt", {"UserState": 1, "Service": 2, "Client": 10}),
    ],
)
def test_accessibility_of_newer_systems(name: str, expected: dict[str, int]) -> None:
    path = MVT / "android_data" / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the corpus")
    found = rows(artifacts.load("android.accessibility"), Stored(path.read_bytes()))
    assert counts(found) == expected
    enabled = [s.component for s in of(found, "Service") if s.state == "enabled"]
    assert enabled == (["com.malware.accessibility/com.malware.service.malwareservice"] if "v14" in name else [])

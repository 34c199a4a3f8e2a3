"""Every rule over whole acquisitions of ordinary phones: at medium or above there is nothing but what is told here."""

import csv
import io
import json
import shutil
import tomllib
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from bridle.case.ledger import LEDGER
from bridle.cli import bridle
from bridle.detect.memory import Memory
from bridle.detect.rule import LEVELS, load_rules
from bridle.detect.run import run_rules
from bridle.phantom import device
from corpus import CORPUS, needs_corpus

IOS = CORPUS / "ios"
BACKUP = IOS / "mvt" / "tests" / "artifacts" / "ios_backup"
LISTINGS = IOS / "iLEAPP" / "admin" / "data" / "filepath-lists"
ZIPS = IOS / "iLEAPP" / "admin" / "test" / "cases" / "data"
GROUP = "private/var/containers/Shared/SystemGroup/0A1B2C3D-0000-4000-8000-000000000001"
CRASH = "pycrashreport/tests"
CRASHES = "private/var/mobile/Library/Logs/CrashReporter"
SEVERAL = {
    "plaso/test_data/ios/netusage.sqlite": "private/var/networkd/netusage.sqlite",
    "plaso/test_data/ios/powerlog_2021-12-16_05-54_84E2141B.PLSQL":
        f"{GROUP}/Library/BatteryLife/Archives/powerlog_2021-12-16_05-54_84E2141B.PLSQL",
    "plaso/test_data/ios/Accounts3.sqlite": "private/var/mobile/Library/Accounts/Accounts3.sqlite",
    "plaso/test_data/ios/NoteStore.sqlite":
        "private/var/mobile/Containers/Shared/AppGroup/0A1B2C3D-0000-4000-8000-000000000002/NoteStore.sqlite",
    "plaso/test_data/ios/RMAdminStore-Local.sqlite":
        "private/var/mobile/Library/Application Support/com.apple.remotemanagementd/RMAdminStore-Local.sqlite",
    "plaso/test_data/ios_app_privacy_report.ndjson":
        "private/var/mobile/Downloads/App_Privacy_Report_v4_2021-12-16T05_54_00.ndjson",
    "plaso/test_data/ios_lockdownd.log": "private/var/logs/lockdownd.log",
    "plaso/test_data/ios_sysdiag.log": "private/var/installd/Library/Logs/MobileInstallation/mobile_installation.log.0",
    "plaso/test_data/logd.0.log": "private/var/db/diagnostics/logd.0.log",
    "plaso/test_data/macos/TCC-test.db": "private/var/mobile/Library/TCC/TCC.db",
    "plaso/test_data/macos/knowledgec-10.14.db": "private/var/mobile/Library/CoreDuet/Knowledge/knowledgeC.db",
    "plaso/test_data/sqlite/imessage_chat.db": "private/var/mobile/Library/SMS/sms.db",
    f"{CRASH}/user_mode_crash_report_ios14_non_symbolicated_abort.ips": f"{CRASHES}/one-2021-01-01-000000.ips",
    f"{CRASH}/kernel_mode_crash_report_ios16_forceReset-full.ips": f"{CRASHES}/forceReset-2023-01-01-000000.ips",
    f"{CRASH}/user_mode_crash_report_monterey_non_symbolicated.ips": f"{CRASHES}/two-2022-01-01-000000.ips",
    "dtformats/test_data/unified_logging/0000000000000030.tracev3":
        "private/var/db/diagnostics/Persist/0000000000000030.tracev3",
}  # fmt: skip
"""Single files of several devices, some of them Macs, each where it lies on a phone."""
PHONES = {"josh_ios15_ffs": 5, "mvs_ios_2023": 7, "belkasoft_ctf6_ios_device1": 4}
"""What iLEAPP names its phones, and how many artifacts of each are read at least."""
LOOKED_AT = {
    "ios-backup": {"ios.data_usage", "ios.sms"},
    "ios-file-system": {"ios.data_usage", "ios.sms"},
    "ios-sysdiagnose": {"ios.ps", "ios.spindump"},
    "bugreport": {"android.package", "android.logcat", "android.tombstone"},
    "androidqf": {"android.androidqf_package", "android.intrusion_log", "android.sms_backup", "android.package"},
    "adb-backup": {"android.sms_backup", "android.backup_manifest"},
    "apk": {"android.apk"},
}
"""What a synthetic device of each kind is held to have, so that nothing found means something."""
EXPLAINED: dict[str, set[str]] = {}
"""Findings at medium or above that are known and explained in their rule, by acquisition."""


def check(source: Path, folder: Path, monkeypatch) -> tuple[dict, dict]:
    """The findings at medium or above, rule to message, and the coverage."""
    monkeypatch.setenv("BRIDLE_CONFIG", str(folder / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(folder / "data"))
    done = CliRunner().invoke(bridle, ["check", str(source), "-o", str(folder / "case"), "--jobs", "1"])
    assert done.exit_code in (0, 3), done.output
    found = [json.loads(line) for line in (folder / "case" / "findings.jsonl").read_text("utf-8").splitlines()]
    told = {f["rule"]: f["message"] for f in found if LEVELS.index(f["level"]) >= LEVELS.index("medium")}
    assert tomllib.loads((folder / "case" / "case.toml").read_text("utf-8"))
    return told, json.loads((folder / "case" / "coverage.json").read_text("utf-8"))


def examined(coverage: dict) -> set[str]:
    return {name for name, told in coverage["artifacts"].items() if told["status"] != "not examined" and told["rows"]}


def expected(name: str, told: dict[str, str]) -> None:
    assert {k: v for k, v in told.items() if k not in EXPLAINED.get(name, set())} == {}
    assert EXPLAINED.get(name, set()) <= set(told)


@needs_corpus
def test_a_backup(tmp_path, monkeypatch):
    shutil.copytree(BACKUP, tmp_path / "backup")
    told, coverage = check(tmp_path / "backup", tmp_path, monkeypatch)
    assert {"ios.calendar", "ios.data_usage", "ios.global_preferences", "ios.manifest", "ios.sms"} <= examined(coverage)
    expected("backup", told)


@needs_corpus
def test_single_files(tmp_path, monkeypatch):
    for origin, place in SEVERAL.items():
        file = tmp_path / "files" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(IOS / origin, file)
    told, coverage = check(tmp_path / "files", tmp_path, monkeypatch)
    assert {
        "ios.accounts", "ios.crash_report", "ios.knowledge_c", "ios.net_usage", "ios.notes", "ios.power_log",
        "ios.screen_time", "ios.sms", "ios.tcc", "ios.unified_log",
    } <= examined(coverage)  # fmt: skip
    expected("several", told)


@needs_corpus
@pytest.mark.parametrize("phone", PHONES)
def test_parts_of_a_file_system(phone, tmp_path, monkeypatch):
    zips = sorted(ZIPS.rglob(f"*.{phone}.zip"))
    assert zips, f"the corpus has no file of {phone}"
    for archive in zips:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.namelist():
                place = member.lstrip("/")
                file = tmp_path / "files" / place.replace("filesystem2/", "private/var/", 1)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(opened.read(member))
    told, coverage = check(tmp_path / "files", tmp_path, monkeypatch)
    assert len(examined(coverage)) >= PHONES[phone]
    expected(phone, told)


@needs_corpus
@pytest.mark.parametrize("name", ["josh-hickman-ios15", "magnet-mvs-2023-ios", "belkasoft-ctf6-ios-dev1"])
def test_the_listing_of_a_file_system(name):
    paths = list(listed(LISTINGS / f"{name}.csv.zip"))
    assert len(paths) > 50_000
    assert any(p.startswith("/private/var/db/") for p in paths)
    columns = {"source": ["S1"] * len(paths), "path": paths, "member": paths, "type": ["file"] * len(paths)}
    nothing = [None] * len(paths)
    table = pa.table([pa.array(columns.get(f.name, nothing), f.type) for f in LEDGER], names=LEDGER.names)
    rules = [r for r in load_rules() if r.needs == ("ledger",)]
    assert len(rules) >= 2
    found, lacking = run_rules(Memory({"ledger": table}), rules)
    assert (found, lacking) == ([], [])


def listed(archive: Path):
    """Device paths of a listing's first column."""
    with zipfile.ZipFile(archive) as opened, opened.open(opened.namelist()[0]) as stream:
        for row in csv.reader(io.TextIOWrapper(stream, "utf-8", "replace", newline="")):
            path = row[0].lstrip("/") if row else ""
            path = path.removeprefix("filesystem1/").replace("filesystem2/", "private/var/", 1)
            if "/" in path:
                yield f"/{path}"


@pytest.mark.parametrize("kind", device.KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_synthetic_phone_without_the_attack(kind, seed, tmp_path, monkeypatch):
    device.write(kind, "clean", False, None, seed, tmp_path / "phone")
    told, coverage = check(tmp_path / "phone", tmp_path, monkeypatch)
    assert LOOKED_AT[kind] <= examined(coverage)
    assert told == {}

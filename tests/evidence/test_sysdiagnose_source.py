"""Sysdiagnose archives and folders, and where their copies of files go."""

import gzip
import hashlib
import random
import subprocess
import sys

import pytest
from containers import folder_of, gz_of, link, listed, no_password, read, tar_of, zip_of

from bridle import artifacts
from bridle.evidence.probe import Probe
from bridle.evidence.source import State
from bridle.evidence.sysdiagnose import Sysdiagnose
from corpus import BENCH, needs_bench

TOP = "sysdiagnose_2026.01.02_03-04-05+0200_iPhone-OS_iPhone_22F76"
REMOTECTL = (
    b"Local device\n\tProperties: {\n\t\tProductType => iPhone14,5\n\t\tOSVersion => 18.5\n"
    b"\t\tBuildVersion => 22F76\n\t}\n"
    b"Found watch\n\tProperties: {\n\t\tProductType => Watch6,1\n\t}\n"
)
FILES = {
    "sysdiagnose.log": b"started",
    "remotectl_dumpstate.txt": REMOTECTL,
    "ps.txt": b"USER PID",
    "system_logs.logarchive/Extra/shutdown.0.log": b"After 1.1s",
    "system_logs.logarchive/Extra/other.log": b"other",
    "crashes_and_spins/x-2026.ips": b"{}",
    "crashes_and_spins/Retired/y.ips": b"{}",
    "logs/Accessibility/TCC.db": b"SQLite",
    "logs/Accessibility/TCC.db-wal": b"wal",
}
PLACED = {
    "/sysdiagnose/sysdiagnose.log",
    "/sysdiagnose/remotectl_dumpstate.txt",
    "/sysdiagnose/ps.txt",
    "/private/var/db/diagnostics/shutdown.0.log",
    "/sysdiagnose/system_logs.logarchive/Extra/other.log",
    "/private/var/mobile/Library/Logs/CrashReporter/x-2026.ips",
    "/private/var/mobile/Library/Logs/CrashReporter/Retired/y.ips",
    "/private/var/mobile/Library/TCC/TCC.db",
    "/private/var/mobile/Library/TCC/TCC.db-wal",
}
UNDER_TOP = {f"{TOP}/{name}": content for name, content in FILES.items()}


GROUPS = "/private/var/containers/Shared/SystemGroup"
LOGS = "/private/var/db/diagnostics"
HOMES = {
    "system_logs.logarchive/Persist/0000000000000001.tracev3": f"{LOGS}/Persist/0000000000000001.tracev3",
    "system_logs.logarchive/HighVolume/1.tracev3": f"{LOGS}/HighVolume/1.tracev3",
    "system_logs.logarchive/logdata.LiveData.tracev3": f"{LOGS}/logdata.LiveData.tracev3",
    "system_logs.logarchive/timesync/0000000000000001.timesync": f"{LOGS}/timesync/0000000000000001.timesync",
    "system_logs.logarchive/Extra/logdata.statistics.0.jsonl": f"{LOGS}/logdata.statistics.0.jsonl",
    "system_logs.logarchive/logdata.statistics.1.txt": f"{LOGS}/logdata.statistics.1.txt",
    "system_logs.logarchive/0A/1B2C3D4E5F60718293A4B5C6D7E8F9":
        "/private/var/db/uuidtext/0A/1B2C3D4E5F60718293A4B5C6D7E8F9",
    "system_logs.logarchive/dsc/0A1B": "/private/var/db/uuidtext/dsc/0A1B",
    "system_logs.logarchive/Info.plist": "/sysdiagnose/system_logs.logarchive/Info.plist",
    "logs/MobileInstallation/mobile_installation.log.0":
        "/private/var/installd/Library/Logs/MobileInstallation/mobile_installation.log.0",
    "logs/MobileContainerManager/containermanagerd.log.0":
        "/private/var/root/Library/Logs/MobileContainerManager/containermanagerd.log.0",
    "logs/MobileActivation/mobileactivationd.log.0":
        "/private/var/mobile/Library/Logs/mobileactivationd/mobileactivationd.log.0",
    "logs/MobileActivation/collection_oob_request.txt": "/sysdiagnose/logs/MobileActivation/collection_oob_request.txt",
    "logs/MobileLockdown/lockdownd.log": "/private/var/logs/lockdownd.log",
    "logs/Networking/com.apple.networkextension.plist": "/private/var/preferences/com.apple.networkextension.plist",
    "WiFi/com.apple.wifi.known-networks.plist": "/private/var/preferences/com.apple.wifi.known-networks.plist",
    "WiFi/wifi_scan.txt": "/sysdiagnose/WiFi/wifi_scan.txt",
    "logs/itunesstored/downloads.28.sqlitedb":
        "/private/var/mobile/Library/com.apple.itunesstored/downloads.28.sqlitedb",
    "logs/appinstallation/appstored.sqlitedb-wal":
        "/private/var/mobile/Library/com.apple.appstored/appstored.sqlitedb-wal",
    "logs/MCState/Shared/profile-0a1b.stub":
        f"{GROUPS}/systemgroup.com.apple.configurationprofiles/Library/ConfigurationProfiles/profile-0a1b.stub",
    "logs/MCState/User/ProfileTruth.plist": "/private/var/mobile/Library/UserConfigurationProfiles/ProfileTruth.plist",
    "logs/MCState/Shared/sub/MDM.plist":
        f"{GROUPS}/systemgroup.com.apple.configurationprofiles/Library/ConfigurationProfiles/sub/MDM.plist",
    "logs/powerlogs/powerlog_2026-01-01_1A2B.PLSQL.gz":
        f"{GROUPS}/systemgroup.com.apple.powerlog/Library/BatteryLife/Archives/powerlog_2026-01-01_1A2B.PLSQL.gz",
    "logs/powerlogs/sub/powerlog_2026-01-01_1A2B.PLSQL-wal":
        f"{GROUPS}/systemgroup.com.apple.powerlog/Library/BatteryLife/Archives/sub/powerlog_2026-01-01_1A2B.PLSQL-wal",
    "logs/powerlogs/other.txt": "/sysdiagnose/logs/powerlogs/other.txt",
    "WiFi/known_networks.plist": "/sysdiagnose/WiFi/known_networks.plist",
}  # fmt: skip


def opened(path):
    return Sysdiagnose.open(path, password=no_password, label=None)


def given(tmp_path, data):
    path = tmp_path / "given"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("pack", [gz_of, tar_of, zip_of])
def test_an_archive_with_one_top_folder(tmp_path, pack):
    data = pack(UNDER_TOP)
    path = given(tmp_path, data)
    assert Sysdiagnose.recognise(Probe(path))
    source = opened(path)
    found = listed(source)
    assert set(found) == PLACED
    assert read(found["/private/var/db/diagnostics/shutdown.0.log"]) == b"After 1.1s"
    assert found["/private/var/db/diagnostics/shutdown.0.log"].member == (
        f"{TOP}/system_logs.logarchive/Extra/shutdown.0.log"
    )
    assert source.facts == {"product_type": "iPhone14,5", "os_version": "18.5", "build": "22F76", "utc_offset": "+0200"}
    assert source.digest == hashlib.sha256(data).hexdigest()
    assert (source.kind, source.platform, source.label) == ("sysdiagnose", "ios", "given")
    assert source.problems() == ()
    source.close()


def test_every_copy_goes_home(tmp_path):
    source = opened(given(tmp_path, gz_of(UNDER_TOP | {f"{TOP}/{name}": b"x" for name in HOMES})))
    placed = {m.member: path for path, m in listed(source).items()}
    assert {name: placed[f"{TOP}/{name}"] for name in HOMES} == HOMES
    source.close()


def test_no_artifact_looks_where_copies_do_not_stay(tmp_path):
    """A glob below /sysdiagnose whose files go home would never match."""
    globs = [glob for of_one in artifacts.paths().values() for glob in of_one if glob.startswith("/sysdiagnose/")]
    assert globs
    wanted = {glob.replace("**", "a/b").replace("*", "0A1B") for glob in globs}
    names = {path.removeprefix("/sysdiagnose/") for path in wanted}
    source = opened(given(tmp_path, gz_of(UNDER_TOP | {f"{TOP}/{name}": b"x" for name in names})))
    assert set(listed(source)) >= wanted
    source.close()


def test_the_version_is_known_even_if_no_file_is_wanted(tmp_path):
    source = opened(given(tmp_path, gz_of(UNDER_TOP)))
    found = listed(source, lambda path: False)
    assert source.facts["os_version"] == "18.5"
    assert found["/sysdiagnose/ps.txt"].content is None
    source.close()


@pytest.mark.parametrize("top", ["", "any name/"])
def test_a_folder_with_or_without_the_top_folder(tmp_path, top):
    root = folder_of(tmp_path / "given", {top + name: content for name, content in FILES.items()})
    source = opened(root)
    assert {str(m.path) for m in source.members(lambda p: True) if m.type == "file"} == PLACED
    assert source.problems() == ()
    source.close()


def test_a_second_top_folder_is_listed_and_reported(tmp_path):
    second = {f"sysdiagnose_3/{n}": c for n, c in FILES.items() if n != "ps.txt"}
    source = opened(given(tmp_path, gz_of(UNDER_TOP | second)))
    found = listed(source)
    assert set(found) >= PLACED
    assert read(found["/sysdiagnose/sysdiagnose_3/sysdiagnose.log"]) == b"started"
    (problem,) = source.problems()
    assert problem.reason == (
        f"Beside the folder {TOP} there is sysdiagnose_3, which is only listed."
        " Unpack it and give it as a source of its own."
    )
    source.close()


def test_what_a_mac_adds_to_a_zip_is_no_second_folder(tmp_path):
    source = opened(given(tmp_path, zip_of(UNDER_TOP | {f"__MACOSX/{TOP}/._ps.txt": b"", "._x": b""})))
    listed(source)
    assert source.problems() == ()
    source.close()


def test_hostile_names_and_links_stay_inside(tmp_path):
    files = UNDER_TOP | {
        f"{TOP}/../../../etc/cron.d/x": b"evil",
        "/etc/passwd": b"evil",
        f"{TOP}/crashes_and_spins/../../out.ips": b"evil",
        f"{TOP}/evil": link(f"{TOP}/evil", "/etc/passwd"),
    }
    source = opened(given(tmp_path, gz_of(files)))
    found = listed(source)
    extra = {p: m for p, m in found.items() if p not in PLACED}
    assert len(extra) == 4
    assert {m.state for m in extra.values()} == {State.REFUSED}
    assert all(m.content is None for m in extra.values())
    assert not any(".." in m.path.parts for m in found.values())
    source.close()


def test_fifty_bad_bytes_are_a_problem(tmp_path):
    data = bytearray(gz_of(UNDER_TOP | {f"{TOP}/noise": random.Random(5).randbytes(2_000_000), f"{TOP}/last": b"x"}))
    data[1_000_000:1_000_050] = bytes(50)
    source = opened(given(tmp_path, bytes(data)))
    found = listed(source)
    assert set(found) >= PLACED
    assert len(source.problems()) == 1
    source.close()


def test_a_bad_header_costs_one_file(tmp_path):
    data = bytearray(tar_of(UNDER_TOP))
    at = data.index(f"{TOP}/ps.txt".encode())
    data[at : at + 20] = b"\xff" * 20
    source = opened(given(tmp_path, gzip.compress(bytes(data))))
    assert set(listed(source)) == PLACED - {"/sysdiagnose/ps.txt"}
    assert "a header is damaged" in source.problems()[0].reason
    source.close()


@needs_bench
def test_all_planted_traces_of_a_generated_archive_are_reached(tmp_path):
    path = tmp_path / "given.tar.gz"
    subprocess.run(
        [sys.executable, str(BENCH / "gen_sysdiagnose.py"), str(path), "--mb", "5"], check=True, capture_output=True
    )
    source = opened(path)
    found = listed(source, lambda p: p.suffix in (".log", ".ips") or p.name == "ps.txt")
    bad = b"/private/var/db/com.apple.xpc.roleaccountd.staging/subridged"
    holding = {p for p, m in found.items() if m.content is not None and bad in read(m)}
    assert holding == {
        "/private/var/db/diagnostics/shutdown.0.log",
        "/sysdiagnose/ps.txt",
        "/private/var/mobile/Library/Logs/CrashReporter/d7-2026-01-01-000007.ips",
    }
    assert source.facts["build"] == "22F76"
    assert source.problems() == ()
    source.close()

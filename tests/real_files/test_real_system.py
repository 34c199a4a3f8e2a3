"""Parsers of system state on the real files of their kind, counted with plistlib and the sqlite3 module."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from artifact_files import gaps
from corpus import needs_corpus
from real import ILEAPP, MVT, PLASO, counts, of, read, read_zipped

pytestmark = needs_corpus


def test_global_preferences_of_a_backup() -> None:
    found = read("ios.global_preferences", MVT / "0d" / "0dc926a1810f7aee4e8f38793ed788701f93bf9d")
    assert counts(found) == {"Phone": 1, "Setting": 21}
    (phone,) = of(found, "Phone")
    assert (phone.lockdown_mode, phone.locale) == (True, "en_FR")
    dates = {s.key: s.time for s in of(found, "Setting") if s.time}
    assert dates == {"AKLastEmailListRequestDateKey": datetime(2023, 8, 1, 21, 21, 46, 150919, tzinfo=UTC)}


def test_preferences_of_the_backup_service() -> None:
    found = read("ios.preferences", PLASO / "ios" / "com.apple.MobileBackup.plist")
    assert gaps(found) == []
    assert len(of(found, "Setting")) == 139
    by_key = {s.key: s for s in found}
    assert by_key["BackupStateInfo/errors/1/localizedDescription"].value == "Backup succeeded"
    assert by_key["BackupStateInfo/errors/1/date"].time == datetime(2023, 5, 3, 1, 11, 53, 195466, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ending", "networks", "points"),
    [("mvs_ios_2023", 5, 37), ("belkasoft_ctf6_ios_device1", 2, 2), ("josh_ios15_ffs", 1, 9)],
)
def test_known_networks(ending: str, networks: int, points: int) -> None:
    archive = ILEAPP / "appleWifiPlist" / f"testdata.appleWifiPlist.appleWifiBSSList.{ending}.zip"
    found = read_zipped("ios.wifi_known_networks", archive, "known-networks.plist")
    assert counts(found) == {"Network": networks, "AccessPoint": points}
    assert all(n.added and n.joined_by_user and n.bssid and n.ssid for n in of(found, "Network"))
    assert all(p.bssid and p.associated for p in of(found, "AccessPoint"))


def test_a_network_that_asks_to_sign_in() -> None:
    archive = ILEAPP / "appleWifiPlist" / "testdata.appleWifiPlist.appleWifiBSSList.mvs_ios_2023.zip"
    found = read_zipped("ios.wifi_known_networks", archive, "known-networks.plist")
    (airport,) = [n for n in of(found, "Network") if n.portal]
    assert airport.portal == "https://hotspot.t-mobile.net/wlan/redirect.do"
    assert airport.signed_in == datetime(2023, 1, 5, 10, 21, 8, 910466, tzinfo=UTC)
    assert airport.joined_before == datetime(2023, 1, 5, 12, 20, 41, 595765, tzinfo=UTC)


def test_settings_of_wifi() -> None:
    archive = ILEAPP / "appleWifiPlist" / "testdata.appleWifiPlist.appleWifiBSSList.mvs_ios_2023.zip"
    found = read_zipped("ios.wifi_known_networks", archive, "SystemConfiguration/com.apple.wifi.plist")
    assert counts(found) == {"Setting": 34}


@pytest.mark.parametrize(
    ("ending", "server", "length"),
    [("belkasoft_ctf6_ios_device1", "192.168.1.1", 86400), ("mvs_ios_2023", "100.64.0.1", 7200)],
)
def test_leases(ending: str, server: str, length: int) -> None:
    archive = ILEAPP / "dhcpl" / f"testdata.dhcpl.dhcpLeases.{ending}.zip"
    (lease,) = read_zipped("ios.dhcp_leases", archive, "en0.plist")
    assert (lease.server, lease.dns, lease.length) == (server, (server,), length)


@pytest.mark.parametrize(
    ("ending", "count", "version"),
    [("belkasoft_ctf6_ios_device1", 28, "16.3"), ("mvs_ios_2023", 19, "16.1.1")],
)
def test_lockdown_facts(ending: str, count: int, version: str) -> None:
    archive = ILEAPP / "deviceName" / f"testdata.deviceName.deviceName.{ending}.zip"
    found = read_zipped("ios.lockdown_facts", archive, "data_ark.plist")
    assert counts(found) == {"Fact": count}
    facts = {(f.domain, f.name): f.value for f in found}
    assert facts[None, "DarkProductVersion"] == version
    assert facts["com.apple.mobile.restriction", "ProhibitAppDelete"] == "False"


@pytest.mark.parametrize(("ending", "count"), [("josh_ios15_ffs", 47), ("mvs_ios_2023", 56)])
def test_facts_of_the_modem(ending: str, count: int) -> None:
    archive = ILEAPP / "deviceDatam" / f"testdata.deviceDatam.deviceDatam.{ending}.zip"
    found = read_zipped("ios.commcenter_data", archive, "nobackup.plist")
    assert counts(found)["Setting"] == count
    assert {f.key: f.value for f in of(found, "Setting")}["kPRIFileConfiguration/kPRIBundleDir"].startswith(
        "/System/Library/Carrier"
    )


def test_computers_of_itunes() -> None:
    archive = ILEAPP / "connectedDevices" / "testdata.connectedDevices.conDev.belkasoft_ctf6_ios_device1.zip"
    found = read_zipped("ios.itunes_prefs", archive, "iTunesPrefs")
    assert [(c.locator, c.user, c.computer) for c in found] == [
        ("offset 0x180", "user", "DESKTOP-0CBP2ID"),
        ("offset 0x240", "user", "DESKTOP-0CBP2ID"),
    ]

"""What others set on the phone: configuration profiles, network extensions, and the networks it knows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from plistlib import UID
from typing import Any

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, plist
from bridle.phantom.events import Profile, Vpn
from bridle.phantom.life import Life, guid, naive

PROFILES = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
_FOLDER = "Library/ConfigurationProfiles"
CAMPUS, PLANTED = "org.example.campus.wifi", "com.example.system.update"
"""Identifiers of the ordinary profile and of the planted one."""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    joined = life.start + timedelta(days=3, hours=10)
    yield _profile(life, joined, _campus(life))
    events = [{CAMPUS: {"Operation": "install", "Process": "Preferences", "Timestamp": naive(joined)}}]
    if attack is not None and attack.infected:
        yield _profile(life, attack.profile_installed, _planted(life, attack))
        event = {"Operation": "install", "Process": "profiled", "Timestamp": naive(attack.profile_installed)}
        events.insert(0, {PLANTED: event})
    for told in life.of(Profile):
        yield _profile(life, told.time, _told(life, told))
        by = "mdmd" if told.by_mdm else "Preferences"
        events.append({told.identifier: {"Operation": "install", "Process": by, "Timestamp": naive(told.time)}})
    last = joined if attack is None or not attack.infected else attack.profile_installed
    yield _put(life, PROFILES, f"{_FOLDER}/MCProfileEvents.plist", {"ProfileEvents": events}, last)
    names = [name for event in events for name in event]
    manifest = {"HiddenProfiles": [], "OrderedProfiles": names}
    yield _put(life, PROFILES, f"{_FOLDER}/PayloadManifest.plist", manifest, last)
    truth = {"restrictedBool": {"allowAirDrop": {"value": True}, "allowScreenShot": {"value": True}}}
    yield _put(life, PROFILES, f"{_FOLDER}/ProfileTruth.plist", {CAMPUS: truth}, joined)
    preferences = "SystemPreferencesDomain"
    yield _put(life, preferences, "com.apple.networkextension.plist", _extensions(life, attack), last)
    yield _put(life, preferences, "com.apple.wifi.known-networks.plist", _networks(life), life.backup)


def _put(life: Life, domain: str, path: str, value: Any, modified: datetime) -> Entry:
    return Entry(domain=domain, path=path, content=plist(value), born=life.start, modified=modified)


def _profile(life: Life, installed: datetime, stored: dict[str, Any]) -> Entry:
    name = hashlib.sha256(stored["PayloadIdentifier"].encode()).hexdigest()
    stored["InstallDate"] = naive(installed)
    return _put(life, PROFILES, f"{_FOLDER}/profile-{name}.stub", stored, installed)


def _stored(random: Any, identifier: str, name: str, payload: dict[str, Any]) -> dict[str, Any]:
    inner = {"PayloadVersion": 1, "PayloadUUID": guid(random), "PayloadIdentifier": f"{identifier}.1", **payload}
    return {
        "PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": identifier,
        "PayloadUUID": guid(random), "PayloadDisplayName": name, "PayloadOrganization": "Example",
        "PayloadRemovalDisallowed": False, "ProfileWasEncrypted": False, "PayloadContent": [inner],
        "InstallOptions": {"isInstalledByMDM": False, "isInstalledInteractively": True},
    }  # fmt: skip


def _campus(life: Life) -> dict[str, Any]:
    wifi = {"PayloadType": "com.apple.wifi.managed", "SSID_STR": "Campus", "HIDDEN_NETWORK": False,
            "EncryptionType": "WPA2", "AutoJoin": True}  # fmt: skip
    return _stored(life.random("campus profile"), CAMPUS, "Campus Wi-Fi", wifi)


def _planted(life: Life, attack: Attack) -> dict[str, Any]:
    """A profile that sends the traffic through the attack's server."""
    vpn = {"PayloadType": "com.apple.vpn.managed", "PayloadDisplayName": "Update", "VPNType": "IKEv2",
           "UserDefinedName": "Update", "IKEv2": {"RemoteAddress": attack.by.server, "OnDemandEnabled": 1}}  # fmt: skip
    return _stored(life.random("planted profile"), PLANTED, "System Update", vpn)


def _told(life: Life, told: Profile) -> dict[str, Any]:
    random = life.random(f"profile {told.identifier}")
    payloads = []
    for n, (kind, about) in enumerate(told.payloads, 1):
        more: dict[str, Any] = {"PayloadDisplayName": about}
        if kind == "com.apple.vpn.managed":
            more |= {"VPNType": "IKEv2", "UserDefinedName": told.name, "IKEv2": {"RemoteAddress": about}}
        elif kind == "com.apple.dnsSettings.managed":
            more |= {"DNSSettings": {"DNSProtocol": "HTTPS", "ServerURL": f"https://{about}/dns-query"}}
        elif kind == "com.apple.mdm":
            more |= {"ServerURL": f"https://{about}/mdm", "Topic": "com.apple.mgmt.example"}
        elif kind == "com.apple.notificationsettings":
            more |= {"NotificationSettings": [{"BundleIdentifier": about, "NotificationsEnabled": False}]}
        elif kind == "com.apple.security.root":
            more |= {"PayloadCertificateFileName": "root.cer", "PayloadContent": about.encode()}
        payloads.append({"PayloadType": kind, "PayloadVersion": 1, "PayloadUUID": guid(random),
                         "PayloadIdentifier": f"{told.identifier}.{n}", **more})  # fmt: skip
    stored = _stored(random, told.identifier, told.name, {"PayloadType": "none"})
    return stored | {
        "PayloadOrganization": told.organization, "PayloadRemovalDisallowed": not told.removable,
        "PayloadContent": payloads,
        "InstallOptions": {"isInstalledByMDM": told.by_mdm, "isInstalledInteractively": not told.by_mdm},
    }  # fmt: skip


def _extensions(life: Life, attack: Attack | None) -> dict[str, Any]:
    """com.apple.networkextension.plist: a VPN of an app, and the one of the planted profile."""
    random = life.random("network extensions")
    found = [("Tidings VPN", "org.example.tidings", "vpn.example.org")]
    if attack is not None and attack.infected:
        found.append(("Update", PLANTED, attack.by.server))
    found += [(v.name, v.application, v.server) for v in life.of(Vpn)]
    objects: list[Any] = [
        "$null", {"$classname": "NEConfiguration", "$classes": ["NEConfiguration", "NSObject"]},
        {"$classname": "NEVPN", "$classes": ["NEVPN", "NSObject"]},
        {"$classname": "NEVPNProtocolIKEv2", "$classes": ["NEVPNProtocolIKEv2", "NSObject"]},
    ]  # fmt: skip
    top: dict[str, Any] = {"Version": 1, "Generation": len(found)}
    for name, application, server in found:
        at = len(objects)
        top[guid(random)] = UID(at)
        objects += [
            {"$class": UID(1), "Name": UID(at + 1), "Application": UID(at + 2), "VPN": UID(at + 3), "Grade": 1},
            name, application,
            {"$class": UID(2), "Enabled": True, "OnDemandEnabled": application == PLANTED, "Protocol": UID(at + 4)},
            {"$class": UID(3), "ServerAddress": UID(at + 5)}, server,
        ]  # fmt: skip
    return {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": top, "$objects": objects}


def _networks(life: Life) -> dict[str, Any]:
    random = life.random("networks")
    found: dict[str, Any] = {"Version": 3}
    for name, security in (("Campus", "WPA2 Personal"), ("Home", "WPA2/WPA3 Personal"), ("Kitchen Table Café", "Open")):
        joined = life.start + timedelta(hours=random.randrange(9, 200))
        point = f"2:0:0:{random.randrange(256):x}:{random.randrange(256):x}:1"
        found[f"wifi.network.ssid.{name}"] = {
            "SSID": name.encode(), "AddedAt": naive(joined), "JoinedByUserAt": naive(joined), "Hidden": False,
            "JoinedBySystemAt": naive(life.backup - timedelta(hours=random.randrange(1, 90))),
            "SupportedSecurityTypes": security,
            "__OSSpecific__": {"BSSID": point, "CHANNEL": random.choice((1, 6, 36))},
            "BSSList": [{"BSSID": point, "Channel": 36, "LastAssociatedAt": naive(joined)}],
        }  # fmt: skip
    return found

"""Known Wi-Fi networks: which the phone joined, when, and at which access points.

Newer systems have a dictionary of networks, whose keys are `wifi.network.ssid.` and the name; older ones lists of
networks inside `com.apple.wifi.plist` and the files beside it. Other values of those files are a `Setting`
each. Hardware addresses lack leading zeros, as stored: `0:24:6c:29:ae:5c`. Times are UTC.

Known limits: only the last time of each kind is stored. Networks that were forgotten are gone. The older lists were not
at hand in full. Passwords are in the keychain.

Sources: the files of phones with iOS 14, 15 and 16 (test data of iLEAPP and plaso);
https://github.com/EC-DIGIT-CSIRC/sysdiagnose (wifi_known_networks). The older lists follow iLEAPP (appleWifiPlist).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from bridle.core import FormatError, Gap, IpAddress, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.pointer import below
from bridle.formats.setting import Setting, settings
from bridle.formats.table import col, records, rest
from bridle.formats.values import naive_utc, text

_KEY, _NUMBER = "(key)", "(network)"
_PREFIX = "wifi.network."
_POINTS, _CAPTIVE, _SYSTEM = "BSSList", "CaptiveProfile", "__OSSpecific__"
_OLDER = {
    "SSID_STR": "SSID",
    "addedAt": "AddedAt",
    "lastJoined": "JoinedByUserAt",
    "lastAutoJoined": "JoinedBySystemAt",
    "lastUpdated": "UpdatedAt",
    "HIDDEN_NETWORK": "Hidden",
    "BSSID": "(bssid)",
    "CHANNEL": "(channel)",
    "networkUsage": "(usage)",
    "prevJoined": "(previous)",
}
"""Names in the older lists, and in what only concerns the system, for those used here."""


def _ssid(value: object) -> str:
    """The name of a network, which may be any bytes. Raises ValueError."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else text(value)


def _address(value: object) -> str:
    """An IPv4 or IPv6 address as bytes or text. Raises ValueError."""
    return str(ip_address(value if isinstance(value, bytes) else text(value)))


@record
class Network(Record):
    """A network the phone knows."""

    number: int | None = col(_NUMBER, doc="number of the network in the file, from 1")
    key: str | None = col(_KEY, doc="key of the entry, as stored; none in older lists")
    ssid: Text | None = col("SSID", _ssid, doc="name of the network")
    bssid: str | None = col("(bssid)", doc="hardware address of the access point used last")
    channel: int | None = col("(channel)", doc="channel used last")
    security: str | None = col("SupportedSecurityTypes", doc="`Open`, `WPA2 Personal` …")
    added: Utc | None = col("AddedAt", naive_utc, doc="when it became known")
    add_reason: str | None = col("AddReason", doc="why, such as `Cloud Sync`; none: joined on this phone")
    joined_by_user: Utc | None = col("JoinedByUserAt", naive_utc, doc="when the person last joined it")
    joined_by_system: Utc | None = col("JoinedBySystemAt", naive_utc, doc="when the phone last joined it by itself")
    joined_before: Utc | None = col("(previous)", naive_utc, doc="when it had been joined the time before")
    discovered: Utc | None = col("LastDiscoveredAt", naive_utc, doc="when it was last seen")
    updated: Utc | None = col("UpdatedAt", naive_utc, doc="when the entry was last written")
    hidden: bool | None = col("Hidden", doc="whether the network does not tell its name")
    moving: bool | None = col("Moving", doc="whether it was taken for one that moves, such as a hotspot")
    auto_join_disabled: bool | None = col("AutoJoinDisabled", doc="whether the phone does not join it by itself")
    captive: bool | None = col("CaptiveNetwork", doc="whether it asks to sign in")
    portal: Url | None = col("UserPortalURL", doc="address where one signs in")
    portal_api: Url | None = col("CaptivePortalAPI", doc="address that tells whether one has to")
    venue: Url | None = col("VenueInfoURL", doc="address of the place")
    signed_in: Utc | None = col("CaptiveWebSheetLoginDate", naive_utc, doc="when the person signed in")
    usage: float | None = col("(usage)", doc="seconds or bytes it was used; which is not published")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class AccessPoint(Record):
    """An access point of a network."""

    network: int | None = col(_NUMBER, doc="Network.number")
    bssid: str | None = col("BSSID", doc="hardware address")
    channel: int | None = col("Channel", doc="channel")
    associated: Utc | None = col("LastAssociatedAt", naive_utc, doc="when the phone was last connected to it")
    latitude: float | None = col("LocationLatitude", doc="degrees north")
    longitude: float | None = col("LocationLongitude", doc="degrees east")
    accuracy: float | None = col("LocationAccuracy", doc="metres")
    located: Utc | None = col("LocationTimestamp", naive_utc, doc="when the phone was there")
    dhcp_server: IpAddress | None = col("DHCPServerID", _address, doc="who gave the phone its address")
    router: str | None = col("IPv4NetworkSignature", doc="address and hardware address of the router")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/private/var/preferences/com.apple.wifi*.plist",
    "/private/var/preferences/SystemConfiguration/com.apple.wifi*.plist",
    "/private/var/preferences/SystemConfiguration/com.apple.wifi*.plist.backup",
    "/sysdiagnose/WiFi/known_networks.plist",
)
def wifi_known_networks(file: SourceFile) -> Iterator[Network | AccessPoint | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    number = 0
    other: dict[object, object] = {}
    for key, value in stored.items():
        named = isinstance(key, str) and key.startswith(_PREFIX)
        if isinstance(value, Mapping) and (named or "SSID" in value):
            number += 1
            yield from _network(f"(networks)/{number}", number, {**value, _KEY: key})
        elif isinstance(value, list) and value and all(isinstance(v, Mapping) and "SSID_STR" in v for v in value):
            for entry in value:
                number += 1
                yield from _network(f"(networks)/{number}", number, entry)
        else:
            other[key] = value
    if other or not stored:
        yield from settings(other)


def _network(place: str, number: int, entry: Mapping[str, object]) -> Iterator[Network | AccessPoint | Gap]:
    """The network, with what is kept of its sign-in and by the system; then its access points."""
    row: dict[str, object] = {}
    wrong = []
    for key in (_CAPTIVE, _SYSTEM):
        inner = entry.get(key)
        if isinstance(inner, Mapping):
            row |= inner
        elif inner is not None:
            wrong.append(Gap(locator=f"{place}.{key}", reason=f"Network: expected a dictionary, got {inner!a:.60}"))
    row |= {k: v for k, v in entry.items() if k not in (_CAPTIVE, _SYSTEM, _POINTS)}
    row = {name: value for name, value in row.items() if name not in _OLDER} | {
        new: row[old] for old, new in _OLDER.items() if old in row
    }
    yield from records([(place, {**row, _NUMBER: number})], Network)
    yield from wrong
    points = entry.get(_POINTS)
    if points is not None and not isinstance(points, list):
        yield Gap(locator=f"{place}.{_POINTS}", reason=f"AccessPoint: expected a list, got {points!a:.60}")
    for position, point in enumerate(points if isinstance(points, list) else (), 1):
        here = below(place, position)
        if isinstance(point, Mapping):
            yield from records([(here, {**point, _NUMBER: number})], AccessPoint)
        else:
            yield Gap(locator=here, reason=f"AccessPoint: expected a dictionary, got {point!a:.60}")

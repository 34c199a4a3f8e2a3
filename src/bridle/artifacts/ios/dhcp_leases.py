"""Leases of DHCP: the last network each interface had an address in, and who gave it.

The answer of the server is kept as it came over the air. It names the servers that the phone then asked for names:
another one than the network's own can send the phone anywhere. Options of the answer that no field maps are in `extra`
by number, in hexadecimal.

Known limits: a new lease takes the place of the one before in the same file: older networks are not here. The
fields of the answer before its options are not kept.

Sources: the files of two phones with iOS 16 (test data of iLEAPP); RFC 2131 and RFC 2132 (the answer), RFC 8910 (114).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from bridle.core import (
    Domain,
    FormatError,
    Gap,
    IpAddress,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import blob, naive_utc, text

_LIMIT = 1 << 20
_INTERFACE, _PACKET = "(interface)", "PacketData"
_OPTIONS_AT = 240
_MAGIC = bytes.fromhex("63825363")
_PAD, _END = 0, 255
_DNS, _DOMAIN, _SERVER, _PROXY, _PORTAL = 6, 15, 54, 252, 114
_MAPPED = (_DNS, _DOMAIN, _SERVER, _PROXY, _PORTAL)
_OTHERS = "PacketData (other options)"


def _options(value: object) -> Mapping[int, bytes]:
    """The options of the server's answer, by number. Raises ValueError."""
    packet = blob(value)
    if packet[_OPTIONS_AT - len(_MAGIC) : _OPTIONS_AT] != _MAGIC:
        raise ValueError(f"expected an answer of DHCP, got {len(packet)} other bytes")
    found: dict[int, bytes] = {}
    at = _OPTIONS_AT
    while at < len(packet) and packet[at] != _END:
        if packet[at] == _PAD:
            at += 1
            continue
        if at + 1 >= len(packet) or at + 2 + packet[at + 1] > len(packet):
            raise ValueError(f"expected whole options, the one at byte {at} is cut short")
        found[packet[at]] = found.get(packet[at], b"") + packet[at + 2 : at + 2 + packet[at + 1]]
        at += 2 + packet[at + 1]
    return found


def _others(value: object) -> Mapping[str, str] | None:
    """The options that no field maps, in hexadecimal; none where the answer cannot be read, which its fields tell."""
    try:
        return {
            str(number): stored.hex() for number, stored in _options(value).items() if number not in _MAPPED
        } or None
    except ValueError:
        return None


def _dns(value: object) -> tuple[str, ...]:
    stored = _options(value).get(_DNS, b"")
    if len(stored) % 4:
        raise ValueError(f"expected addresses of four bytes, got {len(stored)} bytes")
    return tuple(str(ip_address(stored[i : i + 4])) for i in range(0, len(stored), 4))


def _server(value: object) -> str | None:
    stored = _options(value).get(_SERVER)
    if stored is not None and len(stored) != 4:
        raise ValueError(f"expected an address of four bytes, got {len(stored)} bytes")
    return None if stored is None else str(ip_address(stored))


def _words(number: int, value: object) -> str | None:
    stored = _options(value).get(number)
    return None if not stored else stored.rstrip(b"\x00").decode("utf-8", "backslashreplace")


def _domain(value: object) -> str | None:
    return _words(_DOMAIN, value)


def _proxy(value: object) -> str | None:
    return _words(_PROXY, value)


def _portal(value: object) -> str | None:
    return _words(_PORTAL, value)


def _hardware(value: object) -> str:
    """A hardware address as text. Raises ValueError."""
    return blob(value).hex(":")


def _ssid(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else text(value)


@record
class Lease(Record):
    """One lease."""

    interface: str | None = col(_INTERFACE, doc="interface, from the name of the file; `en0` is Wi-Fi")
    address: IpAddress | None = col("IPAddress", doc="address the phone had")
    started: Utc | None = col("LeaseStartDate", naive_utc, doc="when it was given")
    length: int | None = col("LeaseLength", doc="seconds it was given for")
    ssid: Text | None = col("SSID", _ssid, doc="name of the Wi-Fi network")
    network: str | None = col("NetworkID", doc="UUID of the network")
    router: IpAddress | None = col("RouterIPAddress", doc="address of the router")
    router_hardware: str | None = col("RouterHardwareAddress", _hardware, doc="hardware address of the router")
    client: str | None = col(
        "ClientIdentifier", _hardware, doc="what the phone called itself, such as its hardware address"
    )
    server: IpAddress | None = col(_PACKET, _server, doc="who gave the lease")
    dns: tuple[IpAddress, ...] | None = col(_PACKET, _dns, doc="servers to ask for names")
    domain: Domain | None = col(_PACKET, _domain, doc="domain of the network")
    proxy: Url | None = col(_PACKET, _proxy, doc="address of settings for a proxy")
    portal: Url | None = col(_PACKET, _portal, doc="address where one signs in")
    extra: str | None = rest(doc="keys and options that no field maps, as JSON")


@artifact("/private/var/db/dhcpclient/leases/*")
def dhcp_leases(file: SourceFile) -> Iterator[Lease | Gap]:
    stored = plist.load(file, _LIMIT)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    others = _others(stored.get(_PACKET))
    row = {**stored, _OTHERS: others, _INTERFACE: file.path.name.removesuffix(".plist")}
    yield from records([("(lease)", row)], Lease)

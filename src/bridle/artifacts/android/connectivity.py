"""dumpsys connectivity: networks the phone is on, with their name servers, and which apps asked for a network.

    Current Networks:
      NetworkAgentInfo{network{100} ni{WIFI CONNECTED} lp{{InterfaceName: wlan0 LinkAddresses: [ 192.0.2.5/24 ] Dns…
    Network Requests:
      uid/pid:10087/1497 NetworkRequest [ LISTEN id=12, [ Transports: WIFI Capabilities: NOT_VPN RequestorPkg: com.exam…
    mNetworkRequestInfoLogs (most recent first):
      2020-01-08T15:29:45.593 - REGISTER uid/pid:10087/1497 NetworkRequest [ LISTEN id=12, [] ]

A network whose transports hold VPN is one that an app made, `owner_uid` tells which. A private name server or an HTTP
proxy that nobody set up leads the traffic elsewhere.

Known limits: values of a network that no column names stand in `text`, cut to 16,384 characters. Names of packages are
in requests since Android 10 and only for those that asked in their own name. Headings are not rows.

Sources: AOSP `ConnectivityService.dump`, `NetworkAgentInfo.toString`, `LinkProperties.toString`,
https://android.googlesource.com/platform/packages/modules/Connectivity/+/refs/heads/main/service/src/com/android/server/ConnectivityService.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Domain, Gap, IpAddress, PackageName, Record, SourceFile, Utc, WallClock, artifact, note, record
from bridle.formats import service_text
from bridle.formats.service_text import fact, integer, logged, outlined, section, truth

_LONGEST = 1 << 16
_SHOWN = 16_384
_AGENT = re.compile(r"NetworkAgentInfo ?[{\[]")
_REQUEST = re.compile(r"(?:([A-Z_]{3,30}) )?uid/pid: ?(-?\d{1,10})/(-?\d{1,10}) (.*NetworkRequest.*|\[.*)")
_ID = re.compile(r"(?:^|[ {])network\{(\d{1,9})\}|NetworkAgentInfo \[[^\]]*- (\d{1,9})\]")
_TRANSPORTS = re.compile(r"Transports: ([A-Z0-9_&|]{1,120})")
_CAPABILITIES = re.compile(r"Capabilities: ([A-Z0-9_&|]{1,2000})")
_INTERFACE = re.compile(r"InterfaceName: ([^\s\]}]{1,60})")
_LINKS = re.compile(r"LinkAddresses: \[([^\]]{0,4000})\]")
_NAME_SERVERS = re.compile(r"DnsAddresses: \[([^\]]{0,4000})\]")
_PRIVATE_DNS = re.compile(r"PrivateDnsServerName: ([^\s\]}]{1,253})")
_PROXY = re.compile(r"HttpProxy: (\[[^\]]{0,300}\][^\s}]{0,60})")
_OWNER = re.compile(r"OwnerUid: (\d{1,10})")
_VALIDATED = re.compile(r"(?:everValidated\{(true|false)\}|\b(everValidated|lastValidated)\b)")
_PACKAGE = re.compile(r"RequestorPkg: ([A-Za-z0-9_.]{1,255})")
_REQUEST_ID = re.compile(r"NetworkRequest \[ ([A-Z_]{3,30}) id=(\d{1,9})")


@record
class Network(Record):
    """A network the phone was on."""

    network: int | None = note(doc="number of the network, counted from 100 since the phone was started")
    transports: str | None = note(doc="`WIFI`, `CELLULAR`, `VPN`, …, with `|` or `&` between")
    interface: str | None = note(doc="interface")
    addresses: tuple[IpAddress, ...] = note(doc="addresses of the phone")
    name_servers: tuple[IpAddress, ...] = note(doc="name servers")
    private_dns: Domain | None = note(doc="name server that is asked in secret, where one is named")
    http_proxy: str | None = note(doc="proxy, as stored")
    owner_uid: int | None = note(doc="user identifier of the app that made it, for a VPN")
    validated: bool | None = note(doc="whether it has led to the internet; none where not told")
    text: str = note(doc="the network as stored")


@record(surface="running-process")
class Request(Record):
    """An app's request for a network, or one to be told of networks."""

    time: WallClock | None = note(doc="when, by the phone's clock; none for those that stand")
    time_utc: Utc | None = note(doc="when, where the log is kept in UTC")
    action: str | None = note(doc="`REGISTER`, `RELEASE`, …; none for those that stand")
    uid: int = note(doc="user identifier of the app")
    pid: int = note(doc="process identifier of the app")
    kind: str | None = note(doc="`REQUEST`, `LISTEN`, `TRACK_DEFAULT`, `BACKGROUND_REQUEST`, …")
    request: int | None = note(doc="number of the request")
    package_name: PackageName | None = note(doc="app that asked, where named")
    transports: str | None = note(doc="kinds of network it wants")
    capabilities: str | None = note(doc="what the network must be able to do")
    text: str = note(doc="the request as stored")


@record
class Event(service_text.Event):
    """A line of another log of the service."""


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@artifact("/**/dumpsys/connectivity/*.txt")
def connectivity(file: SourceFile) -> Iterator[Network | Request | Event | Fact | Gap]:
    with file.open() as stored:
        for item in outlined(stored, _LONGEST):
            if isinstance(item, Gap):
                yield item
            elif (row := _row(*item)) is not None:
                yield row


def _row(number: int, above: tuple[str, ...], text: str) -> Network | Request | Event | Fact | Gap | None:
    at = f"line {number}"
    try:
        found = logged(text)
    except ValueError as e:
        return Gap(locator=at, reason=f"Event: {e}")
    time, utc, rest = found or (None, None, text)
    if asked := _REQUEST.fullmatch(rest):
        return _request(at, time, utc, asked)
    if found is not None:
        return Event(locator=at, section=section(above), time=time, utc=utc, event=rest)
    if _AGENT.match(text):
        return _network(at, text)
    return fact(Fact, number, above, text)


def _request(at: str, time: WallClock | None, utc: Utc | None, asked: re.Match[str]) -> Request:
    text = asked[4]
    named = _REQUEST_ID.search(text)
    return Request(
        locator=at, time=time, time_utc=utc, action=asked[1], uid=int(asked[2]), pid=int(asked[3]),
        kind=named[1] if named else None, request=integer(named[2]) if named else None,
        package_name=_first(_PACKAGE, text), transports=_first(_TRANSPORTS, text),
        capabilities=_first(_CAPABILITIES, text), text=text[:_SHOWN],
    )  # fmt: skip


def _network(at: str, text: str) -> Network:
    validated = _VALIDATED.search(text)
    return Network(
        locator=at, network=integer(_first(_ID, text)), transports=_first(_TRANSPORTS, text),
        interface=_first(_INTERFACE, text), addresses=_addresses(_LINKS, text),
        name_servers=_addresses(_NAME_SERVERS, text), private_dns=_first(_PRIVATE_DNS, text),
        http_proxy=_first(_PROXY, text), owner_uid=integer(_first(_OWNER, text)),
        validated=None if validated is None else truth(validated[1] or "true"), text=text[:_SHOWN],
    )  # fmt: skip


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), None) if found else None


def _addresses(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """Addresses without the length of their network, and without the host name before `/` of older systems."""
    found = (_first(pattern, text) or "").replace(",", " ").split()
    return tuple(a.lstrip("/").partition("/")[0] for a in found if a != "]")

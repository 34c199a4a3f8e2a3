"""Sockets, interfaces, routes and neighbours of the network, at the time of a bugreport.

    tcp6       0      0 ::ffff:192.0.2.7:43210  ::ffff:203.0.113.9:443  ESTABLISHED
    tcp    ESTAB      0      0      192.0.2.7:43210   203.0.113.9:443   uid:10123 ino:4567 sk:1
    10000:  from all fwmark 0xc0000/0xd0000 lookup legacy_system
    192.0.2.1 dev wlan0 lladdr 00:00:5e:00:53:01 REACHABLE

Sections NETSTAT, DETAILED SOCKET STATE (ss), NETWORK DEV INFO, IP RULES, ROUTE TABLE, ARP CACHE, IPv6 ND CACHE.
`bridle.formats.sockets` tells the lines of sockets. A socket whose uid is told can be led back to an app by the list of
packages.

Known limits: only what was open at the time; since Android 10 netstat often has no sockets of the network at all, as
the shell may not see them. Lines behind a socket of ss that tell its timers are not kept. IPTABLES, addresses and
statistics of Wi-Fi are not read here.

Sources: as `bridle.formats.sockets`; ip-route(8), ip-neighbour(8), https://man7.org/linux/man-pages/man8/ip-route.8.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bridle.core import FilePath, Gap, IpAddress, ProcessName, Record, SourceFile, artifact, note, record
from bridle.formats import sockets
from bridle.formats.lines import lines, too_long

_DEVICE = re.compile(r"\s*([^\s:]{1,64}): *(\d{1,20}(?: +\d{1,20}){15})")
_RULE = re.compile(r"(\d{1,10}):\s+(\S.*)")
_ROUTE = re.compile(r"(?:(broadcast|local|multicast|unreachable|anycast|prohibit|blackhole|throw|unicast) )?(\S+)(.*)")
_OPTION = re.compile(r"\b(via|dev|src|table|proto|scope|metric) (\S+)")
_NEIGHBOUR = re.compile(r"(\S+) dev (\S+)(?: lladdr (\S+))?(?: router| proxy)* {0,4}([A-Z]+)?\s*")
_ARP = re.compile(r"([\d.]{7,15})\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+([0-9a-f:]{17})\s+\S+\s+(\S+)\s*")
_HEADINGS = re.compile(
    r"(?:Active |Proto |Netid |State |Inter-|\s*face \||IP address|Iface|Cannot |\*\*\* |\t|\s*$|.*Permission denied)"
)


@record(surface="network-user")
class Socket(Record):
    """A socket of the network."""

    protocol: str = note(doc="`tcp`, `tcp6`, `udp`, `udp6`, …")
    state: str | None = note(doc="`ESTABLISHED` or `ESTAB`, `LISTEN`, `UNCONN`, …; udp may have none")
    local_address: str | None = note(doc="address of the phone; none for any")
    local_port: int | None = note(doc="port of the phone")
    remote_address: IpAddress | None = note(doc="address at the other end; an IPv4 one by itself; none for none")
    remote_port: int | None = note(doc="port at the other end")
    uid: int | None = note(doc="user it belongs to, where told; 0 may be one that is not told")
    inode: int | None = note(doc="its inode")
    pid: int | None = note(doc="process that has it, where told")
    program: ProcessName | None = note(doc="name of that process")
    detail: str | None = note(doc="what else the line tells, as stored")


@record
class UnixSocket(Record):
    """A socket between processes of the phone."""

    type: str = note(doc="DGRAM, STREAM, SEQPACKET")
    state: str | None = note(doc="LISTENING, CONNECTED, …")
    inode: int = note(doc="its inode")
    references: int = note(doc="how many refer to it")
    flags: str | None = note(doc="`ACC` accepts connections")
    path: FilePath | None = note(doc="path it is bound to")
    name: str | None = note(doc="name that begins with `@`: one that is in no file system")


@record
class Interface(Record):
    """Traffic of an interface since the boot."""

    name: str = note(doc="`wlan0`, `rmnet_data0`, `tun0`, …")
    received: int = note(doc="bytes received")
    received_packets: int = note(doc="packets received")
    sent: int = note(doc="bytes sent")
    sent_packets: int = note(doc="packets sent")


@record
class Rule(Record):
    """Which table of routes is asked for what."""

    priority: int = note(doc="its place: lower ones come first")
    text: str = note(doc="the rule, as stored")


@record
class Route(Record):
    """A route."""

    type: str | None = note(doc="`local`, `broadcast`, `unreachable`, …; none for an ordinary one")
    destination: str = note(doc="network or address it is for, or `default`")
    gateway: str | None = note(doc="where it leads")
    device: str | None = note(doc="interface")
    source: str | None = note(doc="address of the phone that is used")
    routing_table: str | None = note(doc="table, where told")
    text: str = note(doc="the line, as stored")


@record
class Neighbour(Record):
    """A device on the same network, such as the router."""

    address: IpAddress = note(doc="its address")
    mac_address: str | None = note(doc="its hardware address; none if not found")
    device: str = note(doc="interface")
    state: str | None = note(doc="REACHABLE, STALE, FAILED, …; of /proc/net/arp its flags: 0x2 is complete")


Row = Socket | UnixSocket | Interface | Rule | Route | Neighbour


@artifact(
    "/**/sections/NETSTAT/*.txt",
    "/**/sections/DETAILED SOCKET STATE/*.txt",
    "/**/sections/NETWORK DEV INFO/*.txt",
    "/**/sections/IP RULES*/*.txt",
    "/**/sections/ROUTE TABLE*/*.txt",
    "/**/sections/ARP CACHE/*.txt",
    "/**/sections/IPv6 ND CACHE/*.txt",
)
def network(file: SourceFile) -> Iterator[Socket | UnixSocket | Interface | Rule | Route | Neighbour | Gap]:
    title = file.path.parent.name
    read = next((r for start, r in _READERS.items() if title.startswith(start)), _netstat)
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
            elif not line.strip() or _HEADINGS.match(line):
                continue
            elif (row := read(f"line {number}", line)) is not None:
                yield row
            else:
                yield Gap(locator=f"line {number}", reason=f"expected a line of {title!a:.30}, got {line!a:.60}")


def _netstat(at: str, line: str) -> Row | None:
    found = sockets.netstat(line)
    if isinstance(found, sockets.Local):
        path = found.path if found.path and found.path.startswith("/") else None
        return UnixSocket(
            locator=at, type=found.type, state=found.state, inode=found.inode, references=found.references,
            flags=found.flags, path=path, name=None if path else found.path,
        )  # fmt: skip
    return None if found is None else _socket(at, found)


def _ss(at: str, line: str) -> Row | None:
    found = sockets.ss(line)
    return None if found is None else _socket(at, found)


def _socket(at: str, s: sockets.Socket) -> Socket:
    return Socket(
        locator=at, protocol=s.protocol, state=s.state, local_address=s.local_address, local_port=s.local_port,
        remote_address=s.remote_address, remote_port=s.remote_port, uid=s.uid, inode=s.inode, pid=s.pid,
        program=s.program, detail=s.detail,
    )  # fmt: skip


def _interface(at: str, line: str) -> Row | None:
    found = _DEVICE.fullmatch(line.rstrip())
    if found is None:
        return None
    counts = [int(n) for n in found[2].split()]
    if max(counts) >= 2**63:
        return None
    return Interface(
        locator=at, name=found[1], received=counts[0], received_packets=counts[1], sent=counts[8],
        sent_packets=counts[9],
    )  # fmt: skip


def _rule(at: str, line: str) -> Row | None:
    found = _RULE.fullmatch(line.rstrip())
    return None if found is None else Rule(locator=at, priority=int(found[1]), text=found[2])


def _route(at: str, line: str) -> Row | None:
    found = _ROUTE.fullmatch(line.rstrip())
    if found is None:
        return None
    told = dict(_OPTION.findall(found[3]))
    return Route(
        locator=at, type=found[1], destination=found[2], gateway=told.get("via"), device=told.get("dev"),
        source=told.get("src"), routing_table=told.get("table"), text=line.strip(),
    )  # fmt: skip


def _neighbour(at: str, line: str) -> Row | None:
    if found := _NEIGHBOUR.fullmatch(line):
        return Neighbour(locator=at, address=found[1], mac_address=found[3], device=found[2], state=found[4])
    if found := _ARP.fullmatch(line):
        mac = None if found[4] == "00:00:00:00:00:00" else found[4]
        return Neighbour(locator=at, address=found[1], mac_address=mac, device=found[5], state=found[3])
    return None


_READERS: dict[str, Callable[[str, str], Row | None]] = {
    "NETSTAT": _netstat, "DETAILED SOCKET": _ss, "NETWORK DEV": _interface, "IP RULES": _rule,
    "ROUTE TABLE": _route, "ARP CACHE": _neighbour, "IPv6 ND": _neighbour,
}  # fmt: skip

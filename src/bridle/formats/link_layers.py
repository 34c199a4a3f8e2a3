"""The link layer of a packet: what network protocol it carries, by its EtherType, and from where on.

Sources: https://www.tcpdump.org/linktypes.html and the pages of each type; IEEE 802.1Q, 802.1ad, 802.2; RFC 1661, 2516
(PPP, PPPoE), 3032 (MPLS); bsd/net/pktap.h of XNU (captures by an iPhone's `rvictl`)
"""

from __future__ import annotations

from collections.abc import Callable

IPV4, IPV6 = 0x0800, 0x86DD
_VLAN = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_PPPOE, _MPLS = 0x8864, frozenset({0x8847, 0x8848})
_PPP = {0x21: IPV4, 0x57: IPV6, 0x0281: 0x8847, 0x0283: 0x8848}
_MOST_HEADERS = 16
_TAP_LENGTH = 108
Place = tuple[int, int]
"""EtherType and where its packet begins."""


def network_of(link: int, data: bytes, at: int, end: int) -> Place:
    """EtherType, and place of the network layer; a link type that is not known is told as its negative."""
    read = _LINKS.get(link)
    if read is None:
        return -link, at
    kind, at = read(data, at, end)
    for _ in range(_MOST_HEADERS):
        if kind in _VLAN:
            kind, at = _number(data, at + 2), at + 4
        elif kind == _PPPOE:
            kind, at = _ppp(data, at + 6, end)
        elif kind in _MPLS:
            kind, at = _labels(data, at, end)
        elif kind < 0x600 and kind not in (IPV4, IPV6):
            kind, at = _logical(data, at)
        else:
            break
    return kind, at


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _ethernet(data: bytes, at: int, end: int) -> Place:  # noqa: ARG001 - as the others
    return _number(data, at + 12), at + 14


def _logical(data: bytes, at: int) -> Place:
    """IEEE 802.2 with or without SNAP; without it, what is carried is no IP but for one old number."""
    if data[at : at + 3] == b"\xaa\xaa\x03":
        kind = _number(data, at + 6)
        return (kind if kind >= 0x600 else 0xFFFF), at + 8
    return (IPV4, at + 3) if data[at : at + 2] == b"\x06\x06" else (0xFFFF, at)


def _raw(data: bytes, at: int, end: int) -> Place:
    """IP without anything before it."""
    version = data[at] >> 4 if at < end else 0
    return {4: IPV4, 6: IPV6}.get(version, 0xFFFF), at


def _loopback(data: bytes, at: int, end: int) -> Place:
    """Four bytes of an address family, whose number for IPv6 and whose byte order are those of the system."""
    return _raw(data, at + 4, end)


def _cooked(data: bytes, at: int, end: int) -> Place:  # noqa: ARG001 - as the others
    return _number(data, at + 14), at + 16


def _cooked_2(data: bytes, at: int, end: int) -> Place:  # noqa: ARG001 - as the others
    return _number(data, at), at + 20


def _ppp(data: bytes, at: int, end: int) -> Place:
    if data[at : at + 2] in (b"\xff\x03", b"\x0f\x00", b"\x8f\x00"):
        if data[at] != 0xFF:  # Cisco's HDLC has EtherTypes
            return _number(data, at + 2), at + 4
        at += 2
    if at < end and data[at] & 1:
        return _PPP.get(data[at], 0xFFFF), at + 1
    return _PPP.get(_number(data, at), 0xFFFF), at + 2


def _labels(data: bytes, at: int, end: int) -> Place:
    for _ in range(_MOST_HEADERS):
        at += 4
        if at > end or data[at - 2] & 1:
            break
    return _raw(data, at, end)


def _tapped(data: bytes, at: int, end: int) -> Place:
    """A header of Apple's own, which says how long it is and what link type follows."""
    size, link = (int.from_bytes(data[a : a + 4], "little") for a in (at, at + 8))
    if size < 12 or link not in _LINKS or link in TAPPED:
        return 0xFFFF, at
    return _LINKS[link](data, at + size, end)


def process_of(data: bytes, at: int, end: int) -> tuple[str, int, str | None] | None:
    """Name and number of the process that a packet of Apple's is of, and the process that it works for."""
    if end - at < _TAP_LENGTH or int.from_bytes(data[at : at + 4], "little") < _TAP_LENGTH:
        return None
    number = int.from_bytes(data[at + 52 : at + 56], "little", signed=True)
    name, other = (data[at + a : at + a + 20].split(b"\0", 1)[0].decode("utf-8", "backslashreplace") for a in (56, 88))
    return (name, number, other or None) if name else None


def _logged(data: bytes, at: int, end: int) -> Place:
    """Linux's NFLOG: values after each other, of which that of type 9 is the packet."""
    at += 4
    while at + 4 <= end:
        size, kind = (int.from_bytes(data[a : a + 2], "little") for a in (at, at + 2))
        if kind == 9:
            return _raw(data, at + 4, end)
        at += max(4, size + (-size % 4))
    return 0xFFFF, at


def _wireless(data: bytes, at: int, end: int) -> Place:
    """A data frame of IEEE 802.11 that is not encrypted."""
    if at + 2 > end or data[at] & 0x0C != 0x08 or data[at] & 0x40 or data[at + 1] & 0x40:
        return 0xFFFF, at
    size = 30 if data[at + 1] & 3 == 3 else 24
    return _logical(data, at + size + (2 if data[at] & 0x80 else 0))


def _radio(data: bytes, at: int, end: int) -> Place:
    return _wireless(data, at + int.from_bytes(data[at + 2 : at + 4], "little"), end)


TAPPED = frozenset({149, 258})
"""Link types of Apple's captures, whose packets say of which process they are."""
_LINKS: dict[int, Callable[[bytes, int, int], Place]] = {
    0: _loopback, 1: _ethernet, 9: _ppp, 12: _raw, 14: _raw, 50: _ppp, 51: lambda d, a, e: _ppp(d, a + 6, e),
    101: _raw, 104: _ppp, 105: _wireless, 108: _loopback, 113: _cooked, 127: _radio, 149: _tapped, 228: _raw,
    229: _raw, 239: _logged, 258: _tapped, 276: _cooked_2,
}  # fmt: skip

"""From a packet of a capture to the datagram in it: link, VLAN and tunnel headers off, fragments joined.

A datagram is a tuple, for there are millions: `(protocol, key, data, start, end, stop, ttl, ident, flags, frames)`.
`key` is source address, destination address, source port and destination port as they travel (ports 0 where the
protocol has none); what it carries lies from `start` to `end` of `data`, and would go to `stop` had all been kept.
`ident` and `flags` (0x4000: do not fragment) are of IPv4, None and 0 of IPv6. `frames` is how many packets it was.

Sources: RFC 791, 8200 (IP), 2784 (GRE), 2516 (PPPoE), 3032 (MPLS), 7348 (VXLAN), 8926 (Geneve), 3GPP TS 29.281 (GTP-U),
IEEE 802.1Q; draft-ietf-nvo3-vxlan-gpe; draft-foschiano-erspan (what a switch copies to whoever watches);
https://www.tcpdump.org/linktypes.html
"""

from __future__ import annotations

from collections import Counter
from struct import Struct

from bridle.formats.ip_fragments import Fragments
from bridle.formats.link_layers import IPV4, IPV6, TAPPED, network_of, process_of

TCP, UDP = 6, 17
Datagram = tuple[int, bytes, bytes, int, int, int, int, "int | None", int, int]

_ETHERNET = 1
_FAST4, _FAST6 = Struct(">16xHHHBB2x12s").unpack_from, Struct(">18xHBB36s").unpack_from
_V4, _V6 = Struct(">BxHHHBB2x4s4s").unpack_from, Struct(">4xHBB16s16s").unpack_from
_FRAGMENT = Struct(">BxHI").unpack_from
_DEEPEST, _MOST_HEADERS = 8, 16
_IN_IPV4, _IN_IPV6, _GRE, _FRAGMENTED, _AUTHENTICATED, _NONE = 4, 41, 47, 44, 51, 59
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})
_GTP, _VXLAN, _VXLAN_GPE, _GENEVE = b"\x08\x68", b"\x12\xb5", b"\x12\xb6", b"\x17\xc1"
"""UDP ports whose payload is another packet."""
_TUNNELS = frozenset({_GTP, _VXLAN, _VXLAN_GPE, _GENEVE})
_SWITCHED = 0x6558
"""EtherType: an Ethernet frame inside."""
_COPIED, _COPIED_3 = 0x88BE, 0x22EB
"""EtherTypes: an Ethernet frame that a switch copied (ERSPAN I and II; III)."""


class Network:
    """The network layer of one capture, with the fragments that wait for their others."""

    def __init__(self) -> None:
        self.fragments = Fragments()
        self.other: Counter[str] = Counter()
        """Packets that hold no datagram that could be read, by what they are."""
        self.process: tuple[str, int, str | None] | None = None
        """Of the packet that was given last: name and number of its process, and the process that it works for."""
        self.outer: list[Datagram] = []
        """Datagrams that carried the one last given. The caller empties it."""

    def datagram(self, packet: tuple[int, int, int, bytes, int, int, int]) -> Datagram | None:
        """What a packet carries in the end, or None: no IP, damaged, or a fragment whose others are not there yet."""
        _, time, link, data, at, end, _ = packet
        if link == _ETHERNET and end - at >= 38:
            kind = data[at + 12 : at + 15]
            if kind == b"\x08\x00\x45":
                total, ident, flags, ttl, protocol, key = _FAST4(data, at)
                if not flags & 0x3FFF and (protocol == TCP or (protocol == UDP and key[10:] not in _TUNNELS)):
                    stop = at + 14 + total if total else end
                    return protocol, key, data, at + 34, end if end < stop else stop, stop, ttl, ident, flags, 1  # noqa: FURB136
            elif kind[:2] == b"\x86\xdd" and end - at >= 58:
                total, protocol, ttl, key = _FAST6(data, at)
                if protocol == TCP or (protocol == UDP and key[34:] not in _TUNNELS):
                    stop = at + 54 + total if total else end
                    return protocol, key, data, at + 54, end if end < stop else stop, stop, ttl, None, 0, 1  # noqa: FURB136
        if link in TAPPED:
            self.process = process_of(data, at, end)
        return self._slow(link, data, at, end, time)

    def _slow(self, link: int, data: bytes, at: int, end: int, time: int, depth: int = 0) -> Datagram | None:
        kind, at = network_of(link, data, at, end)
        return self._network(kind, data, at, end, time, depth)

    def _network(self, kind: int, data: bytes, at: int, end: int, time: int, depth: int) -> Datagram | None:
        if depth > _DEEPEST:
            self._unread("more than 8 tunnels within each other")
            return None
        if kind == IPV4:
            return self._ipv4(data, at, end, time, depth)
        if kind == IPV6:
            return self._ipv6(data, at, end, time, depth)
        self._unread(f"link type {-kind}" if kind < 0 else f"EtherType {kind:#06x}")
        return None

    def _unread(self, what: str) -> None:
        if what in self.other or len(self.other) < 256:
            self.other[what] += 1
        else:
            self.other["others"] += 1

    def _ipv4(self, data: bytes, at: int, end: int, time: int, depth: int) -> Datagram | None:
        if end - at < 20 or data[at] >> 4 != 4 or (size := (data[at] & 15) << 2) < 20:
            self._unread("damaged IPv4")
            return None
        _, total, ident, flags, ttl, protocol, source, target = _V4(data, at)
        stop = at + total if total >= size else end
        start, end = at + size, min(end, stop)
        addresses = source + target
        if flags & 0x3FFF:
            piece = data[start:end]
            whole = self.fragments.joined(
                (addresses, protocol, ident), (flags & 0x1FFF) << 3, piece, bool(flags & 0x2000), time
            )
            if whole is None:
                return None
            data, frames = whole
            end = len(data)
            return self._carried(protocol, addresses, data, 0, end, end, (ttl, ident, flags), frames, time, depth)
        return self._carried(protocol, addresses, data, start, end, stop, (ttl, ident, flags), 1, time, depth)

    def _ipv6(self, data: bytes, at: int, end: int, time: int, depth: int) -> Datagram | None:
        if end - at < 40 or data[at] >> 4 != 6:
            self._unread("damaged IPv6")
            return None
        total, protocol, ttl, source, target = _V6(data, at)
        at += 40
        stop = at + total if total else end
        end, addresses, frames = min(end, stop), source + target, 1
        for _ in range(_MOST_HEADERS):
            if protocol == _FRAGMENTED and at + 8 <= end:
                protocol, place, ident = _FRAGMENT(data, at)
                whole = self.fragments.joined(
                    (addresses, protocol, ident), place & 0xFFF8, data[at + 8 : end], bool(place & 1), time
                )
                if whole is None:
                    return None
                data, frames = whole
                at, end, stop = 0, len(data), len(data)
            elif protocol in _EXTENSIONS and at + 8 <= end:
                protocol, at = data[at], at + ((data[at + 1] + 1) << 3)
            elif protocol == _AUTHENTICATED and at + 8 <= end:
                protocol, at = data[at], at + ((data[at + 1] + 2) << 2)
            else:
                break
        return self._carried(protocol, addresses, data, at, end, stop, (ttl, None, 0), frames, time, depth)

    def _carried(
        self, protocol: int, addresses: bytes, data: bytes, at: int, end: int, stop: int,
        told: tuple[int, int | None, int], frames: int, time: int, depth: int,
    ) -> Datagram | None:  # fmt: skip
        """The datagram, or the one inside it where it is a tunnel's."""
        ported = protocol in (TCP, UDP, 132, 136)
        if at > end or (ported and end - at < 4):
            self._unread("damaged or cut short before the ports")
            return None
        key = addresses + (data[at : at + 4] if ported else b"\0\0\0\0")
        own = protocol, key, data, at, end, stop, *told, frames
        inside = _inside(protocol, key, data, at, end)
        if inside is None:
            return own
        self.outer.append(own)
        kind, at = inside
        if kind == _SWITCHED:
            return self._slow(_ETHERNET, data, at, end, time, depth + 1)
        return self._network(kind, data, at, end, time, depth + 1)


def _inside(protocol: int, key: bytes, data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """EtherType and place of the packet that a datagram carries, where it is a tunnel's."""
    if protocol in (_IN_IPV4, _IN_IPV6):
        return (IPV4 if protocol == _IN_IPV4 else IPV6), at
    if protocol == _GRE and end - at >= 4:
        return _gre(data, at, end)
    if protocol == UDP and key[-2:] in _TUNNELS and end - at >= 16:
        return {_GTP: _gtp, _VXLAN: _vxlan, _VXLAN_GPE: _vxlan_gpe, _GENEVE: _geneve}[key[-2:]](data, at + 8, end)
    return None


def _gre(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    flags, kind = data[at], int.from_bytes(data[at + 2 : at + 4], "big")
    if data[at + 1] & 7 or flags & 0x40:
        return None
    numbered = flags >> 4 & 1
    at += 4 + 4 * (flags >> 7) + 4 * (flags >> 5 & 1) + 4 * numbered
    if kind in (IPV4, IPV6, _SWITCHED):
        return kind, at
    if kind == _COPIED:
        return _SWITCHED, at + 8 * numbered
    if kind == _COPIED_3 and at + 12 <= end:
        return _SWITCHED, at + 12 + 8 * (data[at + 11] & 1)
    return None


def _vxlan(data: bytes, at: int, end: int) -> tuple[int, int] | None:  # noqa: ARG001 - as the others
    return (_SWITCHED, at + 8) if data[at] & 0x08 and data[at + 1 : at + 4] == b"\0\0\0" else None


def _vxlan_gpe(data: bytes, at: int, end: int) -> tuple[int, int] | None:  # noqa: ARG001 - as the others
    """What VXLAN-GPE, version 0, carries by the number of its next protocol; what manages the tunnel is none."""
    kind = {1: IPV4, 2: IPV6, 3: _SWITCHED}.get(data[at + 3])
    return (kind, at + 8) if kind is not None and data[at] & 0x3D == 0x0C else None


def _geneve(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """A packet in Geneve, version 0, behind its options; what controls the tunnel is none."""
    kind, inside = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8 + 4 * (data[at] & 0x3F)
    known = kind in (IPV4, IPV6, _SWITCHED) and data[at] < 0x40 and not data[at + 1] & 0x80
    return (kind, inside) if known and inside <= end else None


def _gtp(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """A user's packet in GTP-U (message 255): its header, optional fields and extension headers off."""
    flags = data[at]
    if flags >> 5 != 1 or not flags & 0x10 or data[at + 1] != 255:
        return None
    more = flags & 0x04 and at + 11 < end and data[at + 11]
    at += 12 if flags & 7 else 8
    for _ in range(_MOST_HEADERS):
        if not more or at >= end or not data[at]:
            break
        size = data[at] * 4
        more, at = data[at + size - 1] if at + size <= end else 0, at + size
    if at >= end:
        return None
    return {4: (IPV4, at), 6: (IPV6, at)}.get(data[at] >> 4)

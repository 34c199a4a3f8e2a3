"""Link layers, tunnels and fragments: packets by hand, and the datagram that is in them."""

import struct

import pytest

from bridle.formats.packets import Network

A, B = bytes([192, 0, 2, 7]), bytes([198, 51, 100, 5])
A6, B6 = bytes.fromhex("20010db8000000000000000000000007"), bytes.fromhex("20010db8000000000000000000000005")
PORTS = struct.pack(">HH", 50000, 443)
BODY = PORTS + b"\0\x0c\0\0data"
"""UDP of four bytes."""
GTP, VXLAN = b"\x08\x68\x08\x68\0\0\0\0", b"\x30\0\x12\xb5\0\0\0\0"
GPE = b"\x30\0\x12\xb6\0\0\0\0"
GENEVE = b"\x30\0\x17\xc1\0\0\0\0"
"""UDP to the ports of tunnels."""


def ipv4(body, protocol=17, flags=0x4000, ident=9, source=A, target=B):
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), ident, flags, 63, protocol, 0) + source + target + body


def ipv6(body, following=17):
    return struct.pack(">IHBB", 6 << 28, len(body), following, 62) + A6 + B6 + body


def ethernet(kind, body):
    return bytes(12) + struct.pack(">H", kind) + body


def datagram(network, link, data, time=0):
    """Protocol, key, payload, TTL, number, frames."""
    found = network.datagram((1, time, link, data, 0, len(data), len(data)))
    if found is None:
        return None
    protocol, key, held, start, end, _, ttl, ident, _, frames = found
    return protocol, key, held[start:end], ttl, ident, frames


V4 = (17, A + B + PORTS, BODY, 63, 9, 1)
V6 = (17, A6 + B6 + PORTS, BODY, 62, None, 1)


@pytest.mark.parametrize(
    ("link", "data"),
    [
        (1, ethernet(0x0800, ipv4(BODY))),
        (1, ethernet(0x0800, ipv4(BODY)) + b"padding of a short frame, which is no payload"),
        (1, ethernet(0x8100, struct.pack(">HH", 7, 0x0800) + ipv4(BODY))),
        (1, ethernet(0x88A8, struct.pack(">HHHH", 7, 0x8100, 8, 0x0800) + ipv4(BODY))),
        (1, ethernet(0x8864, b"\x11\0\0\1\0\x26\0\x21" + ipv4(BODY))),
        (1, ethernet(0x8847, b"\0\x01\x00\x40\0\x02\x01\x40" + ipv4(BODY))),
        (113, b"\0\0\0\1\0\6" + bytes(8) + b"\x08\x00" + ipv4(BODY)),
        (276, b"\x08\x00" + bytes(18) + ipv4(BODY)),
        (101, ipv4(BODY)),
        (12, ipv4(BODY)),
        (228, ipv4(BODY)),
        (0, b"\2\0\0\0" + ipv4(BODY)),
        (108, b"\0\0\0\2" + ipv4(BODY)),
        (9, b"\xff\x03\0\x21" + ipv4(BODY)),
        (9, b"\x21" + ipv4(BODY)),
        (104, b"\x0f\0\x08\x00" + ipv4(BODY)),
        (239, b"\2\0\0\0\x08\0\x01\0abcd" + struct.pack("<HH", 36, 9) + ipv4(BODY)),
        (258, struct.pack("<III", 16, 1, 12) + b"lo0\0" + ipv4(BODY)),
        (105, b"\x08\x01" + bytes(22) + b"\xaa\xaa\x03\0\0\0\x08\0" + ipv4(BODY)),
    ],
)
def test_link_layers_of_ipv4(link, data):
    assert datagram(Network(), link, data) == V4


@pytest.mark.parametrize(
    ("link", "data"),
    [
        (1, ethernet(0x86DD, ipv6(BODY))),
        (229, ipv6(BODY)),
        (101, ipv6(BODY)),
        (0, b"\x1e\0\0\0" + ipv6(BODY)),
        (1, ethernet(0x86DD, ipv6(b"\x3c\0" + bytes(6) + b"\x11\1" + bytes(14) + BODY, following=0))),
        (1, ethernet(0x86DD, ipv6(b"\x11\4" + bytes(22) + BODY, following=51))),
    ],
)
def test_link_layers_and_extension_headers_of_ipv6(link, data):
    assert datagram(Network(), link, data) == V6


@pytest.mark.parametrize(
    ("outer", "carried"),
    [
        (47, ipv4(b"\0\0\x08\0" + ipv4(BODY), protocol=47, source=B, target=A)),
        (47, ipv4(b"\xb0\0\x08\0" + bytes(12) + ipv4(BODY), protocol=47, source=B, target=A)),
        (47, ipv4(b"\0\0\x65\x58" + ethernet(0x0800, ipv4(BODY)), protocol=47, source=B, target=A)),
        (4, ipv4(ipv4(BODY), protocol=4, source=B, target=A)),
        (17, ipv4(GTP + b"\x30\xff\0\x20\0\0\0\1" + ipv4(BODY), source=B, target=A)),
        (17, ipv4(GTP + b"\x34\xff\0\x28\0\0\0\1\0\0\0\x85\1\0\0\0" + ipv4(BODY), source=B, target=A)),
        (17, ipv4(VXLAN + b"\x08\0\0\0\0\0\1\0" + ethernet(0x0800, ipv4(BODY)), source=B, target=A)),
        (17, ipv4(GPE + b"\x0c\0\0\3\0\0\1\0" + ethernet(0x0800, ipv4(BODY)), source=B, target=A)),
        (17, ipv4(GPE + b"\x0c\0\0\1\0\0\1\0" + ipv4(BODY), source=B, target=A)),
        (17, ipv4(GENEVE + b"\0\0\x65\x58\0\0\1\0" + ethernet(0x0800, ipv4(BODY)), source=B, target=A)),
        (17, ipv4(GENEVE + b"\2\x40\x08\0\0\0\1\0" + bytes(8) + ipv4(BODY), source=B, target=A)),
        (47, ipv4(b"\0\0\x88\xbe" + ethernet(0x0800, ipv4(BODY)), protocol=47, source=B, target=A)),
        (47, ipv4(b"\x10\0\x88\xbe" + bytes(12) + ethernet(0x0800, ipv4(BODY)), protocol=47, source=B, target=A)),
        (47, ipv4(b"\x10\0\x22\xeb" + bytes(16) + ethernet(0x0800, ipv4(BODY)), protocol=47, source=B, target=A)),
        (
            47,
            ipv4(
                b"\x10\0\x22\xeb" + bytes(15) + b"\1" + bytes(8) + ethernet(0x0800, ipv4(BODY)),
                protocol=47, source=B, target=A,
            ),
        ),
    ],
)  # fmt: skip
def test_tunnels_tell_what_is_inside_and_themselves(outer, carried):
    network = Network()
    assert datagram(network, 1, ethernet(0x0800, carried)) == V4
    assert [(o[0], o[1][:8]) for o in network.outer] == [(outer, B + A)]


@pytest.mark.parametrize(
    ("outer", "carried"),
    [
        (17, GPE + b"\x0d\0\0\3\0\0\1\0" + ethernet(0x0800, ipv4(BODY))),
        (17, GPE + b"\x08\0\0\3\0\0\1\0" + ethernet(0x0800, ipv4(BODY))),
        (17, GPE + b"\x0c\0\0\4\0\0\1\0" + bytes(20)),
        (17, GENEVE + b"\0\x80\x65\x58\0\0\1\0" + ethernet(0x0800, ipv4(BODY))),
        (17, GENEVE + b"\x40\0\x65\x58\0\0\1\0" + ethernet(0x0800, ipv4(BODY))),
        (17, GENEVE + b"\x3f\0\x65\x58\0\0\1\0" + bytes(20)),
        (47, b"\x10\0\x22\xeb" + bytes(8)),
    ],
)
def test_what_only_resembles_a_tunnel_is_told_as_it_is(outer, carried):
    network = Network()
    found = datagram(network, 1, ethernet(0x0800, ipv4(carried, protocol=outer)))
    assert (found[0], found[1][:8], found[2]) == (outer, A + B, carried)
    assert network.outer == []


def test_fragments_are_joined_in_any_order():
    network, body = Network(), PORTS + bytes(range(200)) * 10
    pieces = [(0, 800, 0x2000), (1600, 2004, 0), (800, 1600, 0x2000)]
    found = [datagram(network, 101, ipv4(body[start:end], flags=more | start >> 3)) for start, end, more in pieces]
    assert found == [None, None, (17, A + B + PORTS, body, 63, 9, 3)]
    assert network.fragments.lost == 0


def test_fragments_of_ipv6():
    network, body = Network(), PORTS + bytes(1000)
    first = ipv6(b"\x11\0" + struct.pack(">HI", 0 | 1, 77) + body[:800], following=44)
    second = ipv6(b"\x11\0" + struct.pack(">HI", 800, 77) + body[800:], following=44)
    assert datagram(network, 101, first) is None
    assert datagram(network, 101, second) == (17, A6 + B6 + PORTS, body, 62, None, 2)


def test_fragments_that_never_come_are_counted_and_held_within_bounds():
    network = Network()
    for number in range(3000):
        datagram(network, 101, ipv4(bytes(1480), flags=0x2000, ident=number))
    assert network.fragments.lost == 3000
    assert len(network.fragments._waiting) <= 1024


def test_fragments_with_a_hole_or_beyond_the_longest_datagram_are_no_datagram():
    network = Network()
    assert datagram(network, 101, ipv4(bytes(16), flags=0x2000)) is None
    assert datagram(network, 101, ipv4(bytes(16), flags=4)) is None  # from 32 on: 16 to 32 are missing
    assert datagram(network, 101, ipv4(bytes(1400), flags=0x1FFF, ident=8)) is None
    assert network.fragments.lost == 2


def test_overlapping_fragments_do_not_hide_a_hole():
    network = Network()
    pieces = [(0, 32, 0x2000), (8, 32, 0x2000), (48, 64, 0)]  # 72 bytes came of 64, and 32 to 48 are missing
    assert [datagram(network, 101, ipv4(bytes(b - a), flags=more | a >> 3)) for a, b, more in pieces] == [None] * 3


def test_a_fragment_that_comes_too_late_begins_anew():
    network = Network()
    assert datagram(network, 101, ipv4(PORTS + bytes(12), flags=0x2000), time=0) is None
    assert datagram(network, 101, ipv4(bytes(16), flags=2), time=31_000_000) is None
    assert network.fragments.lost == 2


@pytest.mark.parametrize(
    ("link", "data", "what"),
    [
        (1, ethernet(0x0806, bytes(28)), "EtherType 0x0806"),
        (147, bytes(40), "link type 147"),
        (1, ethernet(0x0800, b"\x45\0\0"), "damaged IPv4"),
        (101, b"\x41" + bytes(40), "damaged IPv4"),
        (229, b"\x60" + bytes(20), "damaged IPv6"),
        (101, ipv4(b"\1"), "damaged or cut short before the ports"),
        (1, b"", "EtherType 0xffff"),
    ],
)
def test_what_holds_no_datagram_is_counted_by_what_it_is(link, data, what):
    network = Network()
    assert datagram(network, link, data) is None
    assert dict(network.other) == {what: 1}


def test_tunnels_within_tunnels_end():
    data = ipv4(BODY)
    for _ in range(40):
        data = ipv4(data, protocol=4)
    network = Network()
    assert datagram(network, 101, data) is None
    assert dict(network.other) == {"more than 8 tunnels within each other": 1}


def test_segments_that_a_network_card_would_cut_have_no_length():
    body = PORTS + bytes(12) + b"\x50\x10" + bytes(6)
    data = bytearray(ethernet(0x0800, ipv4(body, protocol=6)))
    data[16:18] = b"\0\0"
    assert datagram(Network(), 1, bytes(data))[2] == body


@pytest.mark.parametrize(("count", "waiting"), [(1_023, 1_023), (1_024, 1_024), (1_025, 1_024)])
def test_datagrams_that_wait_at_below_and_above_the_bound(count, waiting):
    network = Network()
    for number in range(count):
        datagram(network, 101, ipv4(bytes(16), flags=0x2000, ident=number))
    assert (len(network.fragments._waiting), network.fragments.lost) == (waiting, count)


@pytest.mark.parametrize(("count", "other"), [
    (15, {}), (16, {}), (17, {"EtherType 0x8100": 1}),
])  # fmt: skip
def test_headers_before_the_network_layer_at_below_and_above_the_bound(count, other):
    tags = struct.pack(">HH", 7, 0x8100) * (count - 1) + struct.pack(">HH", 7, 0x0800)
    network = Network()
    assert datagram(network, 1, ethernet(0x8100, tags + ipv4(BODY))) == (None if other else V4)
    assert dict(network.other) == other


@pytest.mark.parametrize(("tunnels", "found"), [(7, V4), (8, V4), (9, None)])
def test_tunnels_at_below_and_above_the_bound(tunnels, found):
    data = ipv4(BODY)
    for _ in range(tunnels):
        data = ipv4(data, protocol=4)
    network = Network()
    assert datagram(network, 101, data) == found
    assert dict(network.other) == ({} if found else {"more than 8 tunnels within each other": 1})

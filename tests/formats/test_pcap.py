"""Packets of capture files: byte orders, resolutions, sections, and what is there of a file that ends early."""

import io
import struct

import pytest

from bridle.core import FormatError, Gap
from bridle.formats.pcap import Capture

FRAME = bytes(range(60))


def read(data):
    """Packets as (number, time, link, content, length), and the gaps."""
    capture = Capture(io.BytesIO(data))
    return [(n, t, link, d[a:b], length) for n, t, link, d, a, b, length in capture.packets()], capture.gaps


def pcap(order, magic, packets, link=1, snap=65535):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for seconds, fraction, data, length in packets:
        out += struct.pack(order + "IIII", seconds, fraction, len(data), length) + data
    return out


def block(kind, body, order="<"):
    size = 12 + len(body) + -len(body) % 4
    return struct.pack(order + "II", kind, size) + body + bytes(-len(body) % 4) + struct.pack(order + "I", size)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(order="<", link=1, snap=0, options=b""):
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def enhanced(number, time, data, length=None, order="<"):
    head = struct.pack(order + "5I", number, time >> 32, time & 0xFFFFFFFF, len(data), length or len(data))
    return block(6, head + data, order)


@pytest.mark.parametrize(
    ("order", "magic", "fraction"),
    [("<", 0xA1B2C3D4, 250_000), (">", 0xA1B2C3D4, 250_000), ("<", 0xA1B23C4D, 250_000_999),
     (">", 0xA1B23C4D, 250_000_999)],
)  # fmt: skip
def test_both_byte_orders_and_both_resolutions(order, magic, fraction):
    found, gaps = read(pcap(order, magic, [(1_700_000_000, fraction, FRAME, 1500)], link=113))
    assert found == [(1, 1_700_000_000_250_000, 113, FRAME, 1500)]
    assert gaps == []


def test_what_is_there_of_a_file_that_ends_early_is_read():
    data = pcap("<", 0xA1B2C3D4, [(1, 0, FRAME, 60), (2, 0, FRAME, 60)])
    found, gaps = read(data[:-10])
    assert found == [(1, 1_000_000, 1, FRAME, 60)]
    assert gaps == [Gap(locator="offset 0x64", reason="the capture ends within packet 2: expected 76 bytes, got 66")]


def test_a_header_that_ends_early_is_a_gap():
    found, gaps = read(pcap("<", 0xA1B2C3D4, [(1, 0, FRAME, 60)]) + b"\1\2\3")
    assert len(found) == 1
    assert gaps == [Gap(locator="offset 0x64", reason="the capture ends within packet 2: expected 16 bytes, got 3")]


def test_a_packet_of_four_gigabytes_is_damage_and_not_waited_for():
    data = pcap("<", 0xA1B2C3D4, [(1, 0, FRAME, 60)]) + struct.pack("<IIII", 2, 0, 0xFFFFFFFF, 60) + bytes(100)
    found, gaps = read(data)
    assert len(found) == 1
    assert gaps == [
        Gap(locator="offset 0x64", reason="expected packet 2 to have at most 16777216 bytes, got 4294967295")
    ]


def test_packets_longer_than_a_step_of_reading():
    large = bytes(3 << 20)
    found, gaps = read(pcap("<", 0xA1B2C3D4, [(1, 0, large, len(large)), (2, 0, FRAME, 60)]))
    assert [(n, len(d)) for n, _, _, d, _ in found] == [(1, 3 << 20), (2, 60)]
    assert gaps == []


def test_a_pcapng_of_two_sections_in_different_byte_orders():
    first = section() + interface(link=1) + enhanced(0, 1_700_000_000_000_001, FRAME, 90)
    second = section(">") + interface(">", link=101) + enhanced(0, 1_700_000_001_000_000, b"\x45abc", order=">")
    found, gaps = read(first + second)
    assert found == [(1, 1_700_000_000_000_001, 1, FRAME, 90), (2, 1_700_000_001_000_000, 101, b"\x45abc", 4)]
    assert gaps == []


def test_interfaces_have_resolutions_and_offsets_of_their_own():
    nanoseconds = struct.pack("<HHB3x", 9, 1, 9)
    halves = struct.pack("<HHB3x", 9, 1, 0x81) + struct.pack("<HHq", 14, 8, 1_000) + bytes(4)
    data = section() + interface(options=nanoseconds) + interface(options=halves)
    data += enhanced(0, 1_700_000_000_123_456_789, FRAME) + enhanced(1, 5, FRAME)
    assert [t for _, t, *_ in read(data)[0]] == [1_700_000_000_123_456, 1_002_500_000]


def test_simple_packets_have_no_time_and_are_cut_to_what_is_kept():
    data = section() + interface(snap=8) + block(3, struct.pack("<I", 60) + FRAME[:8])
    assert read(data) == ([(1, 0, 1, FRAME[:8], 60)], [])


def test_the_packet_block_of_old():
    data = section() + interface() + block(2, struct.pack("<HH4I", 0, 0, 0, 7, 60, 70) + FRAME)
    assert read(data) == ([(1, 7, 1, FRAME, 70)], [])


def test_a_packet_of_an_interface_that_nobody_described_is_a_gap_and_the_next_is_read():
    data = section() + interface() + enhanced(4, 1, FRAME) + enhanced(0, 2, FRAME)
    found, gaps = read(data)
    assert found == [(1, 2, 1, FRAME, 60)]
    assert gaps == [Gap(locator="offset 0x30", reason="packet: expected one of 1 interfaces, got number 4")]


def test_a_block_of_no_possible_length_ends_a_pcapng():
    data = section() + interface() + enhanced(0, 2, FRAME) + struct.pack("<II", 6, 5) + bytes(20)
    found, gaps = read(data)
    assert len(found) == 1
    assert [g.reason for g in gaps] == ["block of type 0x6: expected a length of 12 to 16777216 bytes, got 5"]


def test_a_pcapng_that_ends_early():
    data = section() + interface() + enhanced(0, 2, FRAME) + enhanced(0, 3, FRAME)
    found, gaps = read(data[:-4])
    assert len(found) == 1
    assert [g.reason for g in gaps] == ["the capture ends within packet 2: expected 92 bytes, got 88"]


@pytest.mark.parametrize("data", [b"", b"\xd4\xc3", b"PK\3\4 something else"])
def test_what_is_no_capture_is_a_format_error(data):
    with pytest.raises(FormatError, match="expected a pcap or pcapng file, got b"):
        read(data)


@pytest.mark.parametrize(("length", "reason"), [
    (16_777_215, "the capture ends within packet 2: expected 16777231 bytes, got 116"),
    (16_777_216, "the capture ends within packet 2: expected 16777232 bytes, got 116"),
    (16_777_217, "expected packet 2 to have at most 16777216 bytes, got 16777217"),
])  # fmt: skip
def test_a_packet_at_below_and_above_the_bound(length, reason):
    data = pcap("<", 0xA1B2C3D4, [(1, 0, FRAME, 60)]) + struct.pack("<IIII", 2, 0, length, length) + bytes(100)
    found, gaps = read(data)
    assert (len(found), gaps) == (1, [Gap(locator="offset 0x64", reason=reason)])


@pytest.mark.parametrize(("length", "reason"), [
    (16_777_212, "the capture ends within packet 2: expected 16777212 bytes, got 28"),
    (16_777_216, "the capture ends within packet 2: expected 16777216 bytes, got 28"),
    (16_777_220, "block of type 0x6: expected a length of 12 to 16777216 bytes, got 16777220"),
])  # fmt: skip
def test_a_block_at_below_and_above_the_bound(length, reason):
    data = section() + interface() + enhanced(0, 2, FRAME) + struct.pack("<II", 6, length) + bytes(20)
    found, gaps = read(data)
    assert (len(found), [g.reason for g in gaps]) == (1, [reason])

"""Flows of a capture and what is told of them: lines of packets in, rows out."""

import io
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

import made_packets
import made_tls
from bridle.artifacts.network.capture import capture
from bridle.core import Gap, Record
from bridle.formats import capture as captures

START = datetime.fromtimestamp(made_packets.START, UTC)
C, S = "192.0.2.7:50000", "203.0.113.5"
GET = '"GET / HTTP/1.1\\r\\nHost: example.com\\r\\n\\r\\n"'


class File:
    def __init__(self, data):
        self.data = data

    def open(self):
        return io.BytesIO(self.data)


def read(*lines):
    """Rows by type; packets that are bytes already are taken as they are."""
    packets = [made_packets.packet(line) if isinstance(line, str) else line for line in lines]
    found = defaultdict(list)
    for item in capture.parse(File(made_packets.pcap(packets))):
        for row in [item] if isinstance(item, Record) else item:
            found[type(row).__name__].append(row)
    return found


def tcp(time, data, sequence, *, source=C, target=f"{S}:443", flags="PA", ttl=64):
    return f"{time} tcp {source} > {target} flags={flags} seq={sequence} ttl={ttl} hex {data.hex()}"


def test_the_client_is_who_sent_the_syn_even_where_only_the_answer_was_captured():
    (flow,) = read(f"0 tcp {S}:8443 > {C} flags=SA seq=9", f"1 tcp {C} > {S}:8443 seq=1")["Flow"]
    assert (flow.client_address, flow.client_port, flow.server_port, flow.begun) == ("192.0.2.7", 50000, 8443, True)
    assert (flow.packets_sent, flow.packets_received) == (1, 1)


def test_without_a_syn_the_port_says_who_is_the_client():
    (flow,) = read(f"0 tcp {S}:443 > {C} seq=9", f"1 tcp {C} > {S}:443 seq=1")["Flow"]
    assert (flow.client_port, flow.server_port, flow.begun) == (50000, 443, False)


def test_and_otherwise_what_it_says():
    found = read(f"0 tcp {C} > {S}:8081 seq=9", f"1 tcp {S}:8081 > {C} seq=1 {GET}")
    assert [(f.client_address, f.client_port, f.server_port) for f in found["Flow"]] == [(S, 8081, 50000)]
    assert [(r.client_address, r.server_address, r.server_port) for r in found["HttpRequest"]] == [
        (S, "192.0.2.7", 50000)
    ]


def test_a_syn_outweighs_what_is_said():
    found = read(f"0 tcp {C} > {S}:8081 flags=S seq=9", f"1 tcp {S}:8081 > {C} seq=1 {GET}")
    assert [(f.client_port, f.server_port) for f in found["Flow"]] == [(50000, 8081)]
    assert [(r.client_address, r.server_port) for r in found["HttpRequest"]] == [(S, 50000)]


def test_ports_that_are_used_again_are_another_flow():
    found = read(
        f"0 tcp {C} > {S}:80 flags=S seq=100", f"1 tcp {C} > {S}:80 flags=PA seq=101 {GET}",
        f"2 tcp {C} > {S}:80 flags=S seq=900", f"2 tcp {C} > {S}:80 flags=S seq=900",
        f"3 tcp {C} > {S}:80 flags=PA seq=901 {GET}",
    )  # fmt: skip
    assert [(f.locator, f.packets_sent, f.ended) for f in found["Flow"]] == [
        ("packet 1:flow", 2, "reused"), ("packet 3:flow", 3, "capture"),
    ]  # fmt: skip
    assert [(r.locator, r.flow) for r in found["HttpRequest"]] == [
        ("packet 2:http_request", "packet 1:flow"), ("packet 5:http_request", "packet 3:flow"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "ended"),
    [([("FA", C), ("FA", S)], "fin"), ([("FA", C)], "capture"), ([("R", S)], "rst"), ([("R", C), ("FA", S)], "rst")],
)
def test_how_a_flow_ends(last, ended):
    lines = [f"0 tcp {C} > {S}:80 flags=S seq=1"]
    for flags, side in last:
        a, b = (C, f"{S}:80") if side == C else (f"{S}:80", C)
        lines.append(f"1 tcp {a} > {b} flags={flags} seq=2")
    (flow,) = read(*lines)["Flow"]
    assert flow.ended == ended


def test_a_flow_that_is_silent_for_long_has_ended(monkeypatch):
    monkeypatch.setattr(captures, "_LOOK", 1)
    monkeypatch.setattr("bridle.formats.pcap._STEP", 1)
    lines = [f"{t} udp {source} > {S}:5000 hex 00" for t, source in ((0, C), (1, C), (302, "192.0.2.8:9000"), (303, C))]
    flows = read(*lines)["Flow"]
    assert [(f.locator, f.packets_sent, f.ended) for f in flows] == [
        ("packet 1:flow", 2, "idle"), ("packet 3:flow", 1, "capture"), ("packet 4:flow", 1, "capture"),
    ]  # fmt: skip


def test_so_many_flows_are_kept_and_the_silent_ones_are_told(monkeypatch):
    monkeypatch.setattr(captures, "_MOST_FLOWS", 8)
    lines = [f"{n} udp 192.0.2.7:{2000 + n} > {S}:5000 hex 00" for n in range(20)]
    flows = read(*lines)["Flow"]
    assert sorted(f.client_port for f in flows) == list(range(2000, 2020))
    assert [f.ended for f in flows].count("full") == 12


def test_a_hello_in_segments_that_come_out_of_order():
    extensions = made_tls.server_name(b"hidden.example.org") + made_tls.alpn(b"h2", b"http/1.1")
    hello = made_tls.record(made_tls.client_hello((0x1301, 0x1302), extensions))
    found = read(
        f"0 tcp {C} > {S}:443 flags=S seq=0", tcp(1, hello[60:], 61), tcp(2, hello[:20], 1), tcp(3, hello[20:60], 21)
    )
    (row,) = found["ClientHello"]
    assert (row.locator, row.time, row.server_name) == (
        "packet 2:client_hello",
        START + timedelta(seconds=1),
        "hidden.example.org",
    )
    assert (row.alpn, row.transport, row.versions, row.legacy_version) == (("h2", "http/1.1"), "tcp", (), "TLS 1.2")
    assert row.ja3_raw == "771,4865-4866,0-16,,"
    assert row.ja4_raw == "t12d0202h2_1301,1302_"
    assert [(f.application, f.server_name) for f in found["Flow"]] == [("tls", "hidden.example.org")]


def test_tls_after_a_proxy_was_asked():
    hello = made_tls.record(made_tls.client_hello((0x1301,), made_tls.server_name(b"example.org")))
    connect = b"CONNECT example.org:443 HTTP/1.1\r\n\r\n"
    found = read(
        f"0 tcp {C} > {S}:8080 flags=S seq=0", tcp(1, connect, 1, target=f"{S}:8080"),
        tcp(2, b"HTTP/1.1 200 OK\r\n\r\n", 1, source=f"{S}:8080", target=C),
        tcp(3, hello, 1 + len(connect), target=f"{S}:8080"),
    )  # fmt: skip
    assert [(r.method, r.host, r.url) for r in found["HttpRequest"]] == [("CONNECT", "example.org", None)]
    assert [r.server_name for r in found["ClientHello"]] == ["example.org"]
    assert [f.application for f in found["Flow"]] == ["tls"]


def test_tls_after_words_in_clear():
    hello = made_tls.record(made_tls.client_hello((0x1301,), made_tls.server_name(b"mail.example.org")))
    found = read(
        tcp(0, b"EHLO example.org\r\n", 1, target=f"{S}:25"), tcp(1, b"STARTTLS\r\n", 19, target=f"{S}:25"),
        tcp(2, hello, 29, target=f"{S}:25"),
    )  # fmt: skip
    assert [r.server_name for r in found["ClientHello"]] == ["mail.example.org"]


def test_dns_over_tcp_in_two_segments():
    message = bytes.fromhex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 001c 0001")
    stream = len(message).to_bytes(2, "big") + message
    found = read(tcp(0, stream[:9], 1, target=f"{S}:53"), tcp(1, stream[9:] + stream, 10, target=f"{S}:53"))
    assert [(r.locator, r.query, r.query_type, r.transport) for r in found["Dns"]] == [
        ("packet 2:dns", "example.org", "AAAA", "tcp"), ("packet 2:dns:2", "example.org", "AAAA", "tcp"),
    ]  # fmt: skip


def test_names_of_the_neighbourhood():
    question = "0000 0000 0001 0000 0000 0000 07 7072696e746572 05 6c6f63616c 00 0001 0001"
    found = read(
        f"0 udp 192.0.2.7:5353 > 224.0.0.251:5353 hex {question}",
        f"0 udp 192.0.2.7:5000 > 224.0.0.252:5355 hex {question}",
    )
    assert [(r.protocol, r.query) for r in found["Dns"]] == [("mdns", "printer.local"), ("llmnr", "printer.local")]


def test_damage_in_a_message_is_a_gap_with_its_packet():
    found = read(f"0 udp {C} > {S}:53 hex 1234 0100 0001", f"1 udp {C} > {S}:53 hex 1234 0100 0001")
    assert found["Gap"] == [
        Gap(locator="packet 1:gap", reason="DNS: expected at least 12 bytes, got 6"),
        Gap(locator="packet 2:gap", reason="DNS: expected at least 12 bytes, got 6"),
    ]


def test_requests_and_responses_are_paired_in_a_pipeline():
    second = GET.replace("GET / ", "GET /two ")
    answers = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    answers += b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    found = read(
        f"0 tcp {C} > {S}:8000 flags=PA seq=1 {GET[:-1]}{second[1:]}",
        tcp(1, answers, 1, source=f"{S}:8000", target=C, ttl=50),
    )  # fmt: skip
    assert [(r.request_url, r.status, r.location, r.ttl) for r in found["HttpResponse"]] == [
        ("http://example.com/", 200, None, 50), ("http://example.com/two", 302, "/there", 50),
    ]  # fmt: skip
    assert [(r.kind, r.other_packet, r.location) for r in found["InjectionCandidate"]] == [("redirect", None, "/there")]


def test_a_tunnel_and_what_is_in_it_are_two_flows():
    inner = made_packets.datagram("udp", C, f"{S}:5000", {}, b"abc")
    outer = made_packets.datagram("47", "192.0.2.1", "198.51.100.1", {}, b"\0\0" + inner)
    flows = read((0.0, bytes(12) + outer))["Flow"]
    assert {(f.protocol, f.locator) for f in flows} == {("gre", "packet 1:flow"), ("udp", "packet 1:flow:2")}


def test_a_packet_of_which_only_the_head_was_kept():
    line = made_packets.packet(f"0 tcp {C} > {S}:80 flags=PA seq=1 {GET}")[1]
    data = bytearray(made_packets.pcap([(0.0, line)]))
    cut = bytes(data[:32]) + (60).to_bytes(4, "little") + bytes(data[36:100])
    found = list(capture.parse(File(cut)))
    flow = next(iter(found[0]))
    assert (flow.bytes_sent, flow.application) == (37, None)
    assert (found[-1].packets_cut, found[-1].flows_unrecognised) == (1, 1)


def test_what_could_not_be_seen_is_counted():
    named = made_tls.record(made_tls.client_hello((0x1301,), made_tls.server_name(b"dns.google")))
    nameless = made_tls.record(made_tls.client_hello((0x1301,), None))
    encrypted = bytes.fromhex("17 03 03 00 10") + bytes(16)
    found = read(
        f"0 tcp {C} > {S}:443 flags=S seq=0", tcp(1, named, 1), tcp(2, nameless, 1, source="192.0.2.7:50001"),
        tcp(3, encrypted, 1, source="192.0.2.7:50002"), f"4 udp 192.0.2.7:50003 > {S}:853 hex 00",
        "5 frame ffffffffffff 020000000001 0806 0001",
    )  # fmt: skip
    (row,) = found["Visibility"]
    assert (row.packets, row.flows, row.packets_not_ip, row.packets_unread) == (6, 4, 1, 0)
    assert (row.flows_encrypted, row.flows_without_name, row.flows_encrypted_dns) == (3, 2, 2)
    assert (row.flows_begun_before, row.flows_unrecognised) == (2, 1)
    assert row.last == START + timedelta(seconds=5)


def test_the_time_that_was_seen_is_told_whatever_the_order_of_the_packets():
    times = (3, 1, 9, -made_packets.START, 2)
    (row,) = read(*(f"{t} udp {C} > {S}:5000 hex 00" for t in times))["Visibility"]
    assert (row.first, row.last) == (START + timedelta(seconds=1), START + timedelta(seconds=9))


def test_packets_without_a_time_tell_none():
    (row,) = read(*[f"{-made_packets.START} udp {C} > {S}:5000 hex 00"] * 2)["Visibility"]
    assert (row.first, row.last) == (None, None)


def test_a_hello_over_quic():
    chosen = bytes.fromhex("8394c8f03e515708")
    hello = made_tls.client_hello((0x1301,), made_tls.server_name(b"quic.example.org") + made_tls.alpn(b"h3"))
    datagram = made_tls.initial(made_tls.crypto(0, hello) + bytes(1000), keys_from=chosen, destination=chosen)
    found = read(f"0 udp {C} > {S}:443 hex {datagram.hex()}")
    (row,) = found["ClientHello"]
    assert (row.server_name, row.transport, row.quic_version) == ("quic.example.org", "quic", "0x00000001")
    assert row.ja4_raw == "q12d0102h3_1301_"
    assert [(f.application, f.server_name) for f in found["Flow"]] == [("quic", "quic.example.org")]


def test_a_hello_over_dtls():
    hello = made_tls.client_hello((0xC02B,), made_tls.alpn(b"webrtc"), legacy=0xFEFD, cookie=b"\x05" * 20)
    datagram = made_tls.datagram_record(made_tls.fragment(hello, 0, 0, len(hello) - 4))
    found = read(f"0 udp {C} > {S}:3478 hex {datagram.hex()}")
    assert [(r.transport, r.alpn, r.ja4_raw) for r in found["ClientHello"]] == [
        ("dtls", ("webrtc",), "dd2i0101wc_c02b_")
    ]
    assert [f.application for f in found["Flow"]] == ["dtls"]


def test_a_hello_of_googles_quic_has_a_name_and_no_fingerprint():
    table = b"CHLO\1\0\0\0SNI\0\x0f\0\0\0www.example.org"
    datagram = b"\x0d" + b"\x11" * 8 + b"Q043\x01" + b"\x22" * 12 + b"\xa0\x01" + bytes([len(table), 0]) + table
    found = read(f"0 udp {C} > {S}:443 hex {datagram.hex()}")
    (row,) = found["ClientHello"]
    assert (row.transport, row.server_name, row.quic_version, row.ja3, row.ja4) == (
        "quic", "www.example.org", "Q043", None, None,
    )  # fmt: skip
    assert [(f.application, f.server_name) for f in found["Flow"]] == [("quic", "www.example.org")]


def test_apples_captures_say_of_which_process_a_flow_is():
    packet = made_packets.datagram("tcp", C, f"{S}:443", {"flags": "S"}, b"")[2:]
    names = b"nsurlsessiond\0\0\0\0\0\0\0" + bytes(8) + (77).to_bytes(4, "little") + b"com.example.app\0" + bytes(4)
    head = b"".join(n.to_bytes(4, "little") for n in (108, 1, 12)) + b"pdp_ip0" + bytes(17) + bytes(16)
    tapped = head + (412).to_bytes(4, "little") + names + packet
    assert len(head + names) + 4 == 108
    found = [row for item in capture.parse(File(made_packets.pcap([(0.0, tapped)], link=258))) for row in _rows(item)]
    flow = found[0]
    assert (flow.process_name, flow.process_id, flow.on_behalf_of) == ("nsurlsessiond", 412, "com.example.app")
    assert (flow.client_address, flow.server_port) == ("192.0.2.7", 443)


def _rows(item):
    return [item] if isinstance(item, Record) else list(item)


def test_a_request_in_the_first_packet():
    found = read(f"0 tcp {C} > {S}:80 flags=S seq=9 {GET}")
    assert [(r.method, r.host) for r in found["HttpRequest"]] == [("GET", "example.com")]


@pytest.mark.parametrize(("count", "full"), [(7, 0), (8, 0), (9, 2)])
def test_flows_at_below_and_above_the_bound(monkeypatch, count, full):
    """The quarter that was silent for longest makes room for one more."""
    monkeypatch.setattr(captures, "_MOST_FLOWS", 8)
    flows = read(*[f"{n} udp 192.0.2.7:{2000 + n} > {S}:5000 hex 00" for n in range(count)])["Flow"]
    assert [f.client_port for f in flows if f.ended == "full"] == [2000, 2001][:full]
    assert sorted(f.client_port for f in flows) == list(range(2000, 2000 + count))


def test_forty_thousand_flows_are_kept():
    assert captures._MOST_FLOWS == 40_000

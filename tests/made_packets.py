"""Packets written down as text, for tests: Ethernet frames in a pcap, one line each.

    0.25 tcp 192.0.2.7:50000 > 198.51.100.5:80 flags=PA seq=1001 ack=1 ttl=63 id=7 "GET / HTTP/1.1\\r\\n\\r\\n"
    0.30 udp 192.0.2.7:5000 > 198.51.100.53:53 hex 1234 0100 0001
    0.40 frame ffffffffffff 020000000001 0806 0001

Seconds since 2024-02-29 12:00 UTC, protocol, addresses; then what differs from: TTL 64, number 0, `df=1`, and of TCP
flags A, sequence and acknowledgement 0. A payload is a JSON string, each character a byte, or hexadecimal after `hex`.
`#` begins a line that only explains.
"""

from __future__ import annotations

import json
import struct
from ipaddress import ip_address

START = 1709208000
_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}
_ETHERNET = bytes.fromhex("020000000002020000000001")


def make(text: str) -> bytes:
    """A pcap in little-endian microseconds of the lines."""
    return pcap([packet(line) for line in text.splitlines() if line.strip() and not line.startswith("#")])


def pcap(packets: list[tuple[float, bytes]], link: int = 1, order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    units = 1_000_000_000 if magic == 0xA1B23C4D else 1_000_000
    out = [head]
    for time, data in packets:
        moment = round((START + time) * units)
        out.append(struct.pack(order + "IIII", *divmod(moment, units), len(data), len(data)) + data)
    return b"".join(out)


def packet(line: str) -> tuple[float, bytes]:
    time, protocol, rest = line.split(maxsplit=2)
    if protocol == "frame":
        return float(time), bytes.fromhex(rest)
    source, _, target, *more = rest.split(maxsplit=3)
    settings, payload = _payload(more[0] if more else "")
    return float(time), _ETHERNET + datagram(protocol, source, target, settings, payload)


def datagram(protocol: str, source: str, target: str, settings: dict[str, str], payload: bytes) -> bytes:
    """EtherType and IP packet."""
    (host, port), (other, other_port) = _end(source), _end(target)
    if protocol == "tcp":
        flags = sum(_FLAGS[f] for f in settings.get("flags", "A"))
        numbers = (int(settings.get(n, "0")) for n in ("seq", "ack"))
        body = struct.pack(">HHIIBBHHH", port, other_port, *numbers, 0x50, flags, 65535, 0, 0) + payload
    elif protocol == "udp":
        body = struct.pack(">HHHH", port, other_port, 8 + len(payload), 0) + payload
    else:
        body = payload
    number = {"tcp": 6, "udp": 17}.get(protocol) or int(protocol)
    ttl = int(settings.get("ttl", "64"))
    raw, other_raw = ip_address(host).packed, ip_address(other).packed
    if len(raw) == 4:
        fragment = 0x4000 if settings.get("df", "1") == "1" else 0
        fragment |= int(settings.get("fragment", "0"))
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), int(settings.get("id", "0")), fragment, ttl, number, 0)
        return b"\x08\x00" + head + raw + other_raw + body
    return b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), number, ttl) + raw + other_raw + body


def _end(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
        return host, int(port)
    host, _, port = text.partition(":")
    return host, int(port or "0")


def _payload(text: str) -> tuple[dict[str, str], bytes]:
    settings = {}
    while text and not text.startswith(('"', "hex")):
        word, _, text = text.partition(" ")
        name, _, value = word.partition("=")
        settings[name] = value
        text = text.lstrip()
    if text.startswith("hex"):
        return settings, bytes.fromhex(text[3:])
    return settings, json.loads(text).encode("latin-1") if text else b""

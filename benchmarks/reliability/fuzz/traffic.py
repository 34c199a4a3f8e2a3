"""Captures with handshakes of TLS, QUIC and DTLS, a certificate, HTTP and fragments: seeds, made packet by packet."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from reliability.fuzz.target import fixtures_at_hand

fixtures_at_hand()

import made_packets  # noqa: E402
import made_tls as tls  # noqa: E402

_CLIENT, _SERVER = "192.0.2.7:{} > 203.0.113.5:{}", "203.0.113.5:{1} > 192.0.2.7:{0}"
_MESSAGE = b"HTTP/1.1 302 Found\r\nLocation: http://example.org/a\r\nContent-Length: 4\r\n\r\nabcd"
_ASKED = b"GET /a HTTP/1.1\r\nHost: example.com\r\nUser-Agent: x\r\n\r\n"
_LOOK_UP = bytes.fromhex("000101000001000000000000076578616d706c65036f72670000010001")
_ANSWER = bytes.fromhex("000181800001000100000000076578616d706c65036f72670000010001c00c00010001000000ff0004cb007105")


def captures() -> list[bytes]:
    """One capture for each kind of conversation, and one of them all."""
    conversations = [_tls(), _quic(), _dtls(), _http(), _dns()]
    everything = [line for lines in conversations for line in lines]
    return [made_packets.make("\n".join(lines)) for lines in (*conversations, everything)]


def certificate() -> bytes:
    """A certificate for example.org, in DER. Its key is made of zeros, so that it is the same each time."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.org")])
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(datetime(2024, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2025, 1, 1, tzinfo=UTC))
    names = x509.SubjectAlternativeName([x509.DNSName("example.org"), x509.DNSName("www.example.org")])
    return made.add_extension(names, critical=False).sign(key, None).public_bytes(Encoding.DER)


def _hello(extensions: bytes = b"", **more: object) -> bytes:
    versions = tls.extension(43, b"\x04\x03\x04\x03\x03")
    return tls.client_hello(
        (0x1301, 0xC02B), tls.server_name(b"example.org") + tls.alpn(b"h2", b"http/1.1") + versions + extensions, **more
    )  # type: ignore[arg-type]


def _tls() -> list[str]:
    answer = tls.record(tls.server_hello(0xC02B, tls.alpn(b"h2"))) + tls.record(tls.certificates(certificate()))
    return _stream(50_001, 443, tls.record(_hello()), answer)


def _quic() -> list[str]:
    destination = b"\x08" * 8
    payload = tls.crypto(0, _hello()) + bytes(900)
    datagram = tls.initial(payload, keys_from=destination, destination=destination)
    return [f"2.0 udp {_CLIENT.format(50_002, 443)} hex {datagram.hex()}"]


def _dtls() -> list[str]:
    hello = _hello(legacy=0xFEFD, cookie=b"\x05" * 20)
    parts = [(0, 40), (40, len(hello) - 4)]
    datagrams = [tls.datagram_record(tls.fragment(hello, 0, a, b)) for a, b in parts]
    return [f"3.{n} udp {_CLIENT.format(50_003, 3478)} hex {d.hex()}" for n, d in enumerate(datagrams)]


def _http() -> list[str]:
    return _stream(50_004, 80, _ASKED, _MESSAGE)


def _dns() -> list[str]:
    over_tcp = len(_LOOK_UP).to_bytes(2, "big") + _LOOK_UP
    return [
        f"5.0 udp {_CLIENT.format(50_005, 53)} hex {_LOOK_UP.hex()}",
        f"5.1 udp {_SERVER.format(50_005, 53)} hex {_ANSWER.hex()}",
        *_stream(50_006, 53, over_tcp, len(_ANSWER).to_bytes(2, "big") + _ANSWER),
    ]


def _stream(port: int, to: int, said: bytes, answered: bytes) -> list[str]:
    """A connection of TCP: one segment each way, the answer's second half again."""
    client, server, half = _CLIENT.format(port, to), _SERVER.format(port, to), len(answered) // 2
    return [
        f"1.0 tcp {client} flags=S seq=100",
        f"1.1 tcp {server} flags=SA seq=900 ack=101",
        f"1.2 tcp {client} flags=PA seq=101 ack=901 hex {said.hex()}",
        f"1.3 tcp {server} flags=PA seq=901 ack={101 + len(said)} hex {answered.hex()}",
        f"1.4 tcp {server} flags=PA seq={901 + half} ack={101 + len(said)} hex {answered[half:].hex()}",
        f"1.5 tcp {server} flags=R seq={901 + len(answered)}",
    ]

"""Rows of handshake messages: hellos with their fingerprints, certificates."""

from __future__ import annotations

from functools import lru_cache

from bridle.core import FormatError
from bridle.formats import gquic, ja3, ja4, tls, x509
from bridle.formats.capture_flow import Flow
from bridle.formats.capture_rows import Rows
from bridle.formats.tcp_streams import Direction
from bridle.formats.tls import ClientHello, ServerHello

At = tuple[int, int]
"""Number of the packet, and its time."""
Numbers = tuple[int, ...]
_CLIENT, _SERVER, _CERTIFICATES = 1, 2, 11
_LETTERS: dict[str, ja4.Transport] = {"tcp": "t", "quic": "q", "dtls": "d"}
_VERSIONS = {
    0x0002: "SSL 2",
    0x0300: "SSL 3",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
}


def message(
    d: Direction, kind: int, body: bytes, rows: Rows, at: At, transport: str = "tcp", version: str | None = None
) -> None:
    """The rows of a handshake message, which came over tcp, quic of a version, or dtls."""
    try:
        if kind == _CLIENT:
            _client_hello(d, body, rows, at, transport, version)
        elif kind == _SERVER:
            _server_hello(d, body, rows, at, transport)
        elif kind == _CERTIFICATES and transport != "quic":
            _certificates(d, body, rows, at)
    except FormatError as e:
        rows.gap(at[0], f"{e}")


def _client_hello(d: Direction, body: bytes, rows: Rows, at: At, transport: str, version: str | None) -> None:
    hello, flow = tls.client_hello(body), d.flow
    if transport != "quic":
        flow.asks(d)
    flow.server_name = flow.server_name or hello.server_name
    flow.ech = flow.ech or hello.ech
    told = _client(
        hello.legacy_version, hello.versions, hello.ciphers, hello.extensions, hello.groups, hello.point_formats,
        hello.signature_algorithms, hello.alpn, hello.ech, transport,
    )  # fmt: skip
    rows.add("ClientHello", (
        rows.place(at[0], "client_hello"), at[1], flow.place, flow.client_address, flow.server_address,
        flow.server_port or 0, transport, hello.server_name, *told, version,
    ))  # fmt: skip


def google(d: Direction, hello: gquic.Hello, rows: Rows, at: At) -> None:
    """The row of a hello of Google's QUIC, which is none of TLS and has no fingerprint."""
    flow: Flow = d.flow
    flow.asks(d)
    flow.server_name = flow.server_name or hello.server_name
    rows.add("ClientHello", (
        rows.place(at[0], "client_hello"), at[1], flow.place, flow.client_address, flow.server_address,
        flow.server_port or 0, "quic", hello.server_name, (), False, None, (), None, None, None, None, hello.version,
    ))  # fmt: skip


@lru_cache(maxsize=4096)
def _client(
    legacy: int, versions: Numbers, ciphers: Numbers, extensions: Numbers, groups: Numbers, formats: Numbers,
    signatures: Numbers, alpn: tuple[bytes, ...], ech: bool, transport: str,
) -> tuple[object, ...]:  # fmt: skip
    """What is told of a hello whatever host it names: clients say the same again and again."""
    hello = ClientHello(legacy, versions, ciphers, extensions, groups, formats, signatures, alpn, None, ech, 0)
    raw3, hash3 = ja3.client(hello)
    hash4, raw4 = ja4.client(hello, _LETTERS[transport])
    offered = tuple(_version(v) for v in versions if v not in tls.GREASE)
    return _texts(alpn), ech, _version(legacy), offered, hash3, raw3, hash4, raw4


@lru_cache(maxsize=4096)
def _server(
    legacy: int, version: int, cipher: int, extensions: Numbers, alpn: tuple[bytes, ...], retry: bool
) -> tuple[object, ...]:
    raw3, hash3 = ja3.server(ServerHello(legacy, version, cipher, extensions, alpn, retry, 0))
    return _version(version), f"{cipher:#06x}", _texts(alpn), retry, hash3, raw3


def _server_hello(d: Direction, body: bytes, rows: Rows, at: At, transport: str) -> None:
    hello, flow = tls.server_hello(body), d.flow
    told = _server(hello.legacy_version, hello.version, hello.cipher, hello.extensions, hello.alpn, hello.retry)
    rows.add("ServerHello", (
        rows.place(at[0], "server_hello"), at[1], flow.place, flow.server_address, flow.server_port or 0,
        transport, *told,
    ))  # fmt: skip


def _certificates(d: Direction, body: bytes, rows: Rows, at: At) -> None:
    flow: Flow = d.flow
    shown_by = flow.sender(d)[0]
    for position, der in enumerate(tls.certificates(body), 1):
        try:
            told, left = _certificate(der)
        except FormatError as e:
            rows.gap(at[0], f"certificate {position}: {e}")
            continue
        place = rows.place(at[0], "certificate")
        rows.add("Certificate", (place, at[1], flow.place, shown_by, position, *told))
        for name, what in left:
            rows.gap(at[0], f"certificate {position}: {name}: {what}")


@lru_cache(maxsize=1024)
def _certificate(der: bytes) -> tuple[tuple[object, ...], tuple[tuple[str, str], ...]]:
    """The columns of a certificate, and which of them are not whole."""
    c = x509.certificate(der)
    told = (
        c.subject, c.issuer, c.serial, c.not_before, c.not_after, c.names, c.sha256, c.sha1, c.md5,
        c.signature_algorithm, c.key_algorithm, c.self_issued,
    )  # fmt: skip
    return told, c.left


def _version(number: int) -> str:
    return _VERSIONS.get(number) or f"{number:#06x}"


def _texts(values: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(v.decode("ascii", "backslashreplace") for v in values)

"""The part of TLS that travels in clear: hellos and certificates, as bytes of a handshake say them.

Nothing is judged here and no stream is kept: `records` puts handshake messages together, this module reads one of them.
A message is its type (1 byte), its length (3 bytes) and its body; what DTLS adds, `dtls` leaves out before.

Sources: RFC 5246 (TLS 1.2), RFC 8446 (TLS 1.3), RFC 6066 (server name), RFC 7301 (ALPN), RFC 8422 (groups and point
formats), RFC 8701 (GREASE), RFC 9001 (QUIC), RFC 9849 (encrypted client hello);
https://www.iana.org/assignments/tls-extensiontype-values/
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import unpack_from

from bridle.core import FormatError
from bridle.formats.tls_records import LONGEST_MESSAGE, Records, begins

__all__ = [
    "CLIENT_HELLO", "ClientHello", "Records", "ServerHello", "begins", "certificates", "client_hello", "server_hello",
]  # fmt: skip

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
"""Types of handshake messages."""
MOST_CERTIFICATES = 64
"""That one message may hold and are read."""
LONGEST_NAME = 1_024
"""Bytes of a server name or of a protocol name that are kept."""
_NAME, _GROUPS, _POINTS, _SIGNATURES, _ALPN, _VERSIONS, _ECH = 0, 10, 11, 13, 16, 43, 0xFE0D
_OLD_ESNI = 0xFFCE
_DATAGRAMS = 0xFE
"""First byte of a version of DTLS, whose client hello has a cookie."""
GREASE = frozenset(value << 8 | value for value in range(0x0A, 0x100, 0x10))
"""Numbers that mean nothing and are sent so that nobody grows used to their absence (RFC 8701)."""
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random number of a server hello that asks for another client hello (RFC 8446, 4.1.3)."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client offered. Numbers stand in the order in which they were sent, GREASE among them."""

    legacy_version: int
    """The field of old: 0x0303 for TLS 1.2 and all that came later."""
    versions: tuple[int, ...]
    """Of the extension `supported_versions`; empty where it is absent."""
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    groups: tuple[int, ...]
    point_formats: tuple[int, ...]
    signature_algorithms: tuple[int, ...]
    alpn: tuple[bytes, ...]
    server_name: str | None
    """As sent, but for bytes that are no ASCII, which are written `\\xNN`; None where it is absent or empty."""
    ech: bool
    """Whether an encrypted hello, or the encrypted name of its drafts, is beside it: the name may then be a front's."""
    length: int
    """Bytes of the whole message."""


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What a server chose."""

    legacy_version: int
    version: int
    """What was agreed on: of `supported_versions` where it is there, else the field of old."""
    cipher: int
    extensions: tuple[int, ...]
    alpn: tuple[bytes, ...]
    retry: bool
    """Whether it asks for another client hello (HelloRetryRequest)."""
    length: int


def client_hello(message: bytes | memoryview) -> ClientHello:
    """The hello in a whole handshake message, its type and length included. Raises FormatError."""
    data, at = _opened(message, CLIENT_HELLO, "client hello")
    ciphers_at = at + _one(data, at, "session id") + 1
    if data[4] == _DATAGRAMS:
        ciphers_at += _one(data, ciphers_at, "cookie") + 1
    size = _two(data, ciphers_at, "ciphers")
    ciphers = _numbers(data, ciphers_at + 2, size)
    at = ciphers_at + 2 + size
    at += _one(data, at, "compression methods") + 1
    found = _extensions(data, at)
    get = dict(reversed(found)).get
    points = get(_POINTS, b"")
    return ClientHello(
        legacy_version=data[4] << 8 | data[5],
        versions=_listed(get(_VERSIONS, b""), 1),
        ciphers=ciphers,
        extensions=tuple([number for number, _ in found]),
        groups=_listed(get(_GROUPS, b""), 2),
        point_formats=tuple(points[1 : 1 + points[0]]) if points else (),
        signature_algorithms=_listed(get(_SIGNATURES, b""), 2),
        alpn=_protocols(get(_ALPN, b"")),
        server_name=_server_name(get(_NAME, b"")),
        ech=get(_ECH) is not None or get(_OLD_ESNI) is not None,
        length=len(data),
    )


def server_hello(message: bytes | memoryview) -> ServerHello:
    """The hello in a whole handshake message, its type and length included. Raises FormatError."""
    data, at = _opened(message, SERVER_HELLO, "server hello")
    legacy = data[4] << 8 | data[5]
    draft = legacy & 0xFF00 == 0x7F00 or (legacy == 0x0304 and len(data) > 38 and 0 < data[38] > len(data) - 39)
    if not draft:
        at += _one(data, at, "session id") + 1
    cipher = _two(data, at, "cipher")
    found = _extensions(data, at + (2 if draft else 3))
    get = dict(reversed(found)).get
    chosen = get(_VERSIONS, b"")
    return ServerHello(
        legacy_version=legacy,
        version=chosen[0] << 8 | chosen[1] if len(chosen) == 2 else legacy,
        cipher=cipher,
        extensions=tuple([number for number, _ in found]),
        alpn=_protocols(get(_ALPN, b"")),
        retry=data[6:38] == RETRY_RANDOM,
        length=len(data),
    )


def certificates(message: bytes | memoryview) -> list[bytes]:
    """The certificates in DER of a whole handshake message in clear (up to TLS 1.2), the server's own first.

    Raises FormatError; MOST_CERTIFICATES at most.
    """
    data = bytes(message)
    if len(data) < 7 or data[0] != CERTIFICATE:
        raise FormatError(f"TLS: expected a message with certificates, got {data[:4].hex() or 'nothing'}")
    end = 7 + int.from_bytes(data[4:7], "big")
    if end > len(data):
        raise FormatError(f"TLS: {end - 7} bytes of certificates do not fit in {len(data) - 7}")
    at, found = 7, []
    while at + 3 <= end:
        size = int.from_bytes(data[at : at + 3], "big")
        if at + 3 + size > end:
            raise FormatError(f"TLS: a certificate of {size} bytes does not fit in {end - at - 3}")
        found.append(data[at + 3 : at + 3 + size])
        at += 3 + size
        if len(found) > MOST_CERTIFICATES:
            raise FormatError(f"TLS: expected at most {MOST_CERTIFICATES} certificates, got more")
    return found


def _opened(message: bytes | memoryview, kind: int, name: str) -> tuple[bytes, int]:
    """The bytes of a hello and the place after its random number."""
    if not 39 <= len(message) <= LONGEST_MESSAGE:
        raise FormatError(f"TLS: expected a {name} of 39 to {LONGEST_MESSAGE} bytes, got {len(message)}")
    data = bytes(message)
    size = int.from_bytes(data[1:4], "big") + 4
    if data[0] != kind or not 39 <= size <= len(data):
        raise FormatError(f"TLS: expected a whole {name}, got {data[:4].hex()} and {len(data) - 4} bytes")
    return data[:size], 38


def _one(data: bytes, at: int, name: str) -> int:
    if at >= len(data):
        raise FormatError(f"TLS: {name} at byte {at} of a hello of {len(data)}")
    return data[at]


def _two(data: bytes, at: int, name: str) -> int:
    if at + 2 > len(data):
        raise FormatError(f"TLS: {name} at byte {at} of a hello of {len(data)}")
    return data[at] << 8 | data[at + 1]


def _numbers(data: bytes, at: int, size: int) -> tuple[int, ...]:
    """Numbers of two bytes each; a last odd byte is no number."""
    if at + size > len(data):
        raise FormatError(f"TLS: {size} bytes of ciphers at byte {at} of a hello of {len(data)}")
    return unpack_from(f">{size // 2}H", data, at)


def _extensions(data: bytes, at: int) -> list[tuple[int, bytes]]:
    """Number and content of each, in order. A hello may end before them."""
    if at == len(data):
        return []
    end = at + 2 + _two(data, at, "extensions")
    if end > len(data):
        raise FormatError(f"TLS: {end - at - 2} bytes of extensions at byte {at} of a hello of {len(data)}")
    at += 2
    found = []
    while at + 4 <= end:
        number, size = unpack_from(">HH", data, at)
        if at + 4 + size > end:
            raise FormatError(f"TLS: extension {number} of {size} bytes does not fit in {end - at - 4}")
        found.append((number, data[at + 4 : at + 4 + size]))
        at += 4 + size
    return found


def _listed(body: bytes, size: int) -> tuple[int, ...]:
    """Numbers of two bytes each, after their length of one or two bytes; what does not fit is left out."""
    if len(body) < size:
        return ()
    length = min(int.from_bytes(body[:size], "big"), len(body) - size)
    return unpack_from(f">{length // 2}H", body, size)


def _protocols(body: bytes) -> tuple[bytes, ...]:
    at, found = 2, []
    while at < len(body):
        found.append(body[at + 1 : at + 1 + body[at]][:LONGEST_NAME])
        at += 1 + body[at]
    return tuple(found)


def _server_name(body: bytes) -> str | None:
    """The first name that is a host's."""
    at = 2
    while at + 3 <= len(body):
        size = body[at + 1] << 8 | body[at + 2]
        if body[at] == 0:
            return body[at + 3 : at + 3 + min(size, LONGEST_NAME)].decode("ascii", "backslashreplace") or None
        at += 3 + size
    return None

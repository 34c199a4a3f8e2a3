"""JA4, the fingerprint of a TLS client: what it offers, sorted, so that a client that shuffles looks like itself.

Only JA4 itself is here; its relatives (JA4S, JA4H, JA4X and others) are under a licence that is not free.

Sources: https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md (BSD-3-Clause)
"""

from __future__ import annotations

import hashlib
from typing import Literal

from bridle.formats.tls import GREASE, ClientHello

Transport = Literal["t", "q", "d"]
"""TLS over TCP, QUIC, or DTLS."""
_VERSIONS = {
    0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
    0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
_NOTHING = "000000000000"
_NAME, _ALPN = 0x0000, 0x0010


def client(hello: ClientHello, transport: Transport) -> tuple[str, str]:
    """JA4 and its raw form (`JA4_r`), from which it can be made again."""
    ciphers = [n for n in hello.ciphers if n not in GREASE]
    extensions = [n for n in hello.extensions if n not in GREASE]
    versions = [n for n in hello.versions if n not in GREASE]
    version = _VERSIONS.get(_newest(versions, hello.legacy_version), "00")
    counts = f"{min(len(ciphers), 99):02d}{min(len(extensions), 99):02d}"
    first = f"{transport}{version}{'d' if _NAME in extensions else 'i'}{counts}{_protocol(hello.alpn)}"
    second = _hexadecimal(sorted(ciphers))
    third = _hexadecimal(sorted([n for n in extensions if n not in (_NAME, _ALPN)]))
    signatures = _hexadecimal([n for n in hello.signature_algorithms if n not in GREASE])
    if signatures:
        third += f"_{signatures}"
    return f"{first}_{_hashed(second)}_{_hashed(third)}", f"{first}_{second}_{third}"


def _newest(versions: list[int], legacy: int) -> int:
    """The highest version offered; DTLS counts downwards."""
    if not versions:
        return legacy
    datagram = [n for n in versions if n >= 0xFE00]
    return min(datagram) if datagram else max(versions)


def _protocol(alpn: tuple[bytes, ...]) -> str:
    """First and last character of the first protocol; of its hexadecimal form where either is no letter or digit."""
    if not alpn or not alpn[0]:
        return "00"
    ends = bytes((alpn[0][0], alpn[0][-1]))
    if ends.isalnum():
        return ends.decode("ascii")
    text = alpn[0].hex()
    return text[0] + text[-1]


def _hexadecimal(numbers: list[int]) -> str:
    return ",".join([f"{n:04x}" for n in numbers])


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else _NOTHING

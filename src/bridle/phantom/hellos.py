"""What a phone and servers say before TLS and QUIC encrypt; what follows is chance.

Sources: RFC 8446 (TLS 1.3), RFC 9000 and 9001 (QUIC version 1 and its Initial packets).
"""

from __future__ import annotations

from random import Random

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridle.formats.quic_keys import V1, pair

_CIPHERS = (0x1301, 0x1302, 0x1303, 0xC02C, 0xC02B, 0xC030, 0xC02F)
_GROUPS = (0x001D, 0x0017, 0x0018)
_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501)


def connection(random: Random, host: str, sent: int, received: int) -> list[tuple[bool, bytes]]:
    """A connection of TLS 1.3: who speaks and what; so many bytes are sent and received encrypted."""
    hello = client_hello(random, host, b"h2")
    answer = _server_hello(random)
    return [
        (True, b"\x16\x03\x01" + _vector(hello, 2)),
        (False, b"\x16\x03\x03" + _vector(answer, 2) + b"\x14\x03\x03\0\1\1" + _encrypted(random, 900)),
        (True, b"\x14\x03\x03\0\1\1" + _encrypted(random, sent)),
        (False, _encrypted(random, received)),
    ]


def initial(random: Random, host: str) -> bytes:
    """The first datagram of a QUIC connection, protected as everybody on the way can undo."""
    chosen = random.randbytes(8)
    keys, _ = pair(V1, chosen)
    plain = b"\x06\0" + _variable(len(hello := client_hello(random, host, b"h3"))) + hello
    plain += bytes(1200 - len(plain) - 48)
    head = b"\xc3" + V1.to_bytes(4, "big") + _vector(chosen, 1) + _vector(random.randbytes(8), 1) + b"\0"
    head += _variable(4 + len(plain) + 16)
    sealed = AESGCM(keys.key).encrypt(keys.iv, plain, head + bytes(4))
    mask = keys.masker.update(sealed[:16])
    hidden = bytes(a ^ b for a, b in zip(bytes(4), mask[1:5], strict=True))
    return bytes([head[0] ^ (mask[0] & 15)]) + head[1:] + hidden + sealed


def client_hello(random: Random, host: str, protocol: bytes) -> bytes:
    """A handshake message."""
    name = _extension(0, _vector(b"\0" + _vector(host.encode(), 2), 2))
    extensions = name + b"".join(
        (
            _extension(10, _vector(_numbers(_GROUPS), 2)), _extension(11, b"\1\0"),
            _extension(13, _vector(_numbers(_SIGNATURES), 2)), _extension(16, _vector(_vector(protocol, 1), 2)),
            _extension(43, _vector(_numbers((0x0304, 0x0303)), 1)),
            _extension(51, _vector(b"\0\x1d" + _vector(random.randbytes(32), 2), 2)),
        )
    )  # fmt: skip
    session = random.randbytes(32) if protocol == b"h2" else b""
    body = b"\x03\x03" + random.randbytes(32) + _vector(session, 1) + _vector(_numbers(_CIPHERS), 2) + b"\1\0"
    return b"\1" + _vector(body + _vector(extensions, 2), 3)


def _server_hello(random: Random) -> bytes:
    extensions = _extension(43, b"\x03\x04") + _extension(51, b"\0\x1d" + _vector(random.randbytes(32), 2))
    body = b"\x03\x03" + random.randbytes(32) + _vector(random.randbytes(32), 1) + b"\x13\x01\0"
    return b"\2" + _vector(body + _vector(extensions, 2), 3)


def _encrypted(random: Random, size: int) -> bytes:
    records = (min(16_000, size - at) for at in range(0, size, 16_000))
    return b"".join(b"\x17\x03\x03" + _vector(random.randbytes(n), 2) for n in records)


def _extension(number: int, body: bytes) -> bytes:
    return number.to_bytes(2, "big") + _vector(body, 2)


def _numbers(values: tuple[int, ...]) -> bytes:
    return b"".join(v.to_bytes(2, "big") for v in values)


def _vector(body: bytes, size: int) -> bytes:
    return len(body).to_bytes(size, "big") + body


def _variable(number: int) -> bytes:
    return (0x4000 | number).to_bytes(2, "big")

"""Hellos, records and QUIC packets, built field by field."""

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

RFC_HELLO = bytes.fromhex(
    "010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c0"
    "00000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa4"
    "7fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806"
    "002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f0883"
    "94c8f03e51570806048000ffff"
)
"""The client hello of RFC 9001, appendix A.2, and of RFC 9369, appendix A.2."""
RFC_SERVER_HELLO = bytes.fromhex(
    "020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d"
    "3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304"
)
"""The server hello of the appendices A.3."""


def vector(body: bytes, size: int) -> bytes:
    """A body after its length."""
    return len(body).to_bytes(size, "big") + body


def numbers(*values: int) -> bytes:
    return b"".join(v.to_bytes(2, "big") for v in values)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(body, 3)


def record(body: bytes, kind: int = 22, version: int = 0x0301) -> bytes:
    return bytes([kind]) + numbers(version) + vector(body, 2)


def extension(number: int, body: bytes = b"") -> bytes:
    return numbers(number) + vector(body, 2)


def server_name(name: bytes) -> bytes:
    return extension(0, vector(b"\0" + vector(name, 2), 2))


def alpn(*names: bytes) -> bytes:
    return extension(16, vector(b"".join(vector(n, 1) for n in names), 2))


def client_hello(
    ciphers: tuple[int, ...],
    extensions: bytes | None,
    legacy: int = 0x0303,
    session: bytes = b"",
    cookie: bytes | None = None,
) -> bytes:
    """With a cookie, that of DTLS."""
    body = numbers(legacy) + b"\x11" * 32 + vector(session, 1) + (b"" if cookie is None else vector(cookie, 1))
    body += vector(numbers(*ciphers), 2) + b"\1\0"
    return message(1, body if extensions is None else body + vector(extensions, 2))


def server_hello(cipher: int, extensions: bytes | None, legacy: int = 0x0303, random: bytes = b"\x22" * 32) -> bytes:
    body = numbers(legacy) + random + b"\0" + numbers(cipher) + b"\0"
    return message(2, body if extensions is None else body + vector(extensions, 2))


def certificates(*der: bytes) -> bytes:
    return message(11, vector(b"".join(vector(d, 3) for d in der), 3))


def crypto(offset: int, body: bytes) -> bytes:
    """A CRYPTO frame; its offset takes one byte where that is enough, its length two."""
    return (
        b"\x06"
        + (bytes([offset]) if offset < 64 else (0x4000 | offset).to_bytes(2, "big"))
        + (0x4000 | len(body)).to_bytes(2, "big")
        + body
    )


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    label = b"tls13 " + label
    return hmac.digest(secret, size.to_bytes(2, "big") + vector(label, 1) + b"\0\1", "sha256")[:size]


SALTS = {
    0x00000001: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
    0x6B3343CF: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
    0xFF00001D: "afbfec289993d24c9e9786f19c6111e04390a899",
}


def initial(
    payload: bytes,
    *,
    keys_from: bytes,
    destination: bytes,
    source: bytes = b"",
    version: int = 1,
    side: bytes = b"client in",
    number: int = 0,
    number_size: int = 4,
    token: bytes = b"",
) -> bytes:
    """An Initial packet, protected."""
    start = hmac.digest(bytes.fromhex(SALTS[version]), keys_from, "sha256")
    secret, name = _expand(start, side, 32), b"quicv2" if version == 0x6B3343CF else b"quic"
    key, iv, mask_key = (_expand(secret, name + s, n) for s, n in ((b" key", 16), (b" iv", 12), (b" hp", 16)))
    first = (0xD0 if version == 0x6B3343CF else 0xC0) | number_size - 1
    head = bytes([first]) + version.to_bytes(4, "big") + vector(destination, 1) + vector(source, 1)
    head += vector(token, 1) + (0x4000 | number_size + len(payload) + 16).to_bytes(2, "big")
    cut = number.to_bytes(8, "big")[-number_size:]
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, payload, head + cut)
    sample = sealed[4 - number_size : 20 - number_size]
    mask = Cipher(AES(mask_key), ECB()).encryptor().update(sample)
    hidden = bytes(a ^ b for a, b in zip(cut, mask[1:], strict=False))
    return bytes([first ^ mask[0] & 15]) + head[1:] + hidden + sealed


def datagram_record(body: bytes, kind: int = 22, epoch: int = 0, sequence: int = 0) -> bytes:
    """A record of DTLS 1.2."""
    return bytes([kind]) + numbers(0xFEFD, epoch) + sequence.to_bytes(6, "big") + vector(body, 2)


def fragment(whole: bytes, number: int, start: int, end: int) -> bytes:
    """A part of a handshake message, of which the type and length are cut off, as DTLS sends it."""
    body = whole[4:]
    head = whole[:4] + numbers(number) + start.to_bytes(3, "big") + (end - start).to_bytes(3, "big")
    return head + body[start:end]

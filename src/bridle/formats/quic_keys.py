"""Keys of QUIC's Initial packets, made from the version and a connection id, and packets opened with them.

Sources: RFC 9001, 5.2 to 5.4 and appendix A ; RFC 9369, 3.3 ; draft-ietf-quic-tls-22, -23, -29 (salts)
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

if TYPE_CHECKING:
    from bridle.formats.quic_header import Initial

V1, V2 = 0x00000001, 0x6B3343CF
_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_V2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
_SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
_SALT_22 = bytes.fromhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")
_FACEBOOK_22, _FACEBOOK_27 = 0xFACEB001, 0xFACEB002
"""What mvfst calls drafts 22 and 27."""
_SALTS = {
    V1: _SALT_V1,
    V2: _SALT_V2,
    _FACEBOOK_22: _SALT_22,
    _FACEBOOK_27: _SALT_23,
    0xFF000016: _SALT_22,
    **{0xFF000000 | draft: _SALT_23 for draft in range(23, 29)},
    **{0xFF000000 | draft: _SALT_29 for draft in range(29, 33)},
    **{0xFF000000 | draft: _SALT_V1 for draft in (33, 34)},
}
_TAG, _SAMPLE = 16, 16


@dataclass(slots=True)
class Keys:
    """Of one side of a connection."""

    secret: bytes
    key: bytes
    iv: bytes
    mask: bytes
    """The key of the header's protection."""
    opener: AESGCM
    masker: Any
    largest: int = -1
    """The largest packet number that was opened."""


def salt(version: int) -> bytes | None:
    """What a version makes its keys with; None where it is not known."""
    return _SALTS.get(version)


def pair(version: int, connection_id: bytes) -> tuple[Keys, Keys]:
    """The client's and the server's keys. The version is one that has a salt."""
    initial = hmac.digest(_SALTS[version], connection_id, "sha256")
    return _keys(version, initial, b"client in"), _keys(version, initial, b"server in")


def _keys(version: int, initial: bytes, label: bytes) -> Keys:
    secret = _expand(initial, label, 32)
    name = b"quicv2" if version == V2 else b"quic"
    key, mask = _expand(secret, name + b" key", 16), _expand(secret, name + b" hp", 16)
    masker = Cipher(AES(mask), ECB()).encryptor()  # noqa: S305  one block, as RFC 9001, 5.4.3 has it
    return Keys(secret, key, _expand(secret, name + b" iv", 12), mask, AESGCM(key), masker)


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1) with an empty context, for at most one hash's length."""
    full = b"tls13 " + label
    wanted = size.to_bytes(2, "big") + bytes([len(full)]) + full + b"\0\x01"
    return hmac.new(secret, wanted, hashlib.sha256).digest()[:size]


def open_packet(packet: Initial, keys: Keys) -> bytes | None:
    """What the packet holds; None where these are not its keys."""
    data, at = packet.data, packet.number_at
    if at + 4 + _SAMPLE > len(data):
        return None
    mask = keys.masker.update(data[at + 4 : at + 4 + _SAMPLE])
    first = data[0] ^ mask[0] & 0x0F
    size = (first & 3) + 1
    cut = bytes([a ^ b for a, b in zip(data[at : at + size], mask[1:], strict=False)])
    number = _number(int.from_bytes(cut, "big"), size, keys.largest)
    header = bytes([first]) + data[1:at] + cut
    nonce = (int.from_bytes(keys.iv, "big") ^ number).to_bytes(12, "big")
    try:
        plain = keys.opener.decrypt(nonce, data[at + size :], header)
    except InvalidTag:
        return None
    keys.largest = max(keys.largest, number)
    return plain


def _number(cut: int, size: int, largest: int) -> int:
    """The whole packet number of which the last bytes were sent (RFC 9000, appendix A.3)."""
    window = 1 << (8 * size)
    expected = largest + 1
    candidate = expected & ~(window - 1) | cut
    if candidate <= expected - window // 2 and candidate < (1 << 62) - window:
        return candidate + window
    if candidate > expected + window // 2 and candidate >= window:
        return candidate - window
    return candidate

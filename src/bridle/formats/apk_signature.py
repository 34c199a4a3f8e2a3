"""Who signed an Android app, as far as its signatures say so. Nothing is verified.

An app may be signed in several ways at once: v1 has a file such as `META-INF/CERT.RSA` (PKCS #7) in the archive; v2,
v3 and v3.1 lie in a block of numbered values between the files and the directory of the archive, and so does the stamp
of the store it came from; v4 has a file of its own beside the app, `NAME.apk.idsig`. What is read here are the
certificates that are named. Whether a signature is right, and whether it covers the app, is another question, which a
phone answers when an app is installed: an app that lies where apps are installed had a good signature once, a file that
somebody was sent may bear any certificate.

Sources: https://source.android.com/docs/security/features/apksigning (v1 to v4) ; AOSP `tools/apksig`,
https://android.googlesource.com/platform/tools/apksig/ ; RFC 5652 (CMS), https://www.rfc-editor.org/rfc/rfc5652 ;
numbers of blocks: apksig, https://github.com/Meituan-Dianping/walle , https://github.com/Tencent/VasDolly .
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import certificate
from bridle.formats.apk_zip import BLOCK_MARK
from bridle.formats.certificate import Certificate
from bridle.formats.der import ber_element, ber_elements

LONGEST_BLOCK = 32 << 20
"""Bytes of a block of signatures that are read at most."""
LONGEST_FILE = 4 << 20
"""Bytes of a file of signatures, v1 or v4, that are read at most."""
MOST_CERTIFICATES = 200
"""In one app."""
_MOST_PAIRS = 1_000
_SEQUENCE, _SET, _INTEGER, _OID, _CONTEXT_0 = 0x30, 0x31, 0x02, 0x06, 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_LINEAGE = 0x3BA06F8C
V2, V3, V31, STAMP, OLD_STAMP = 0x7109871A, 0xF05368C0, 0x1B93AD61, 0x6DFF800D, 0x2B09189E
SCHEMES = {V2: "v2", V3: "v3", V31: "v3.1"}
BLOCKS = {
    V2: "APK Signature Scheme v2",
    V3: "APK Signature Scheme v3",
    V31: "APK Signature Scheme v3.1",
    STAMP: "source stamp",
    OLD_STAMP: "source stamp, first version",
    0x42726577: "padding",
    0x504B4453: "dependencies, encrypted for Google Play",
    0x2146444E: "Google Play frosting",
    0x71777777: "channel (Meituan Walle)",
    0x881155FF: "channel (Tencent VasDolly)",
    0xFF3B5998: "zero block",
}


@dataclass(frozen=True)
class Signer:
    """A certificate that a signature names, and what for."""

    place: str
    """Unique in its app, such as `v2:1:1`: scheme, number of the signer, number of the certificate."""
    scheme: str
    """`v1`, `v2`, `v3`, `v3.1`, `v4` or `stamp`."""
    number: int
    """Of the signer within the scheme, from 1."""
    role: str
    """`signer`, `chain` (above the signer), `lineage` (signed earlier versions) or `stamp`."""
    certificate: Certificate | None
    """None where it cannot be read; `problem` says why."""
    problem: str | None = None
    file: str | None = None
    """The file in the archive, of v1."""
    least_sdk: int | None = None
    most_sdk: int | None = None


@dataclass(frozen=True)
class Pair:
    """One numbered value of the block."""

    place: int
    """Where it begins in the file."""
    id: int
    value: bytes
    size: int
    """Bytes it is said to have."""


def block(stream: BinaryIO, directory: int) -> Iterator[Pair]:
    """The numbered values before the directory at `directory`. Raises FormatError where the block is damaged."""
    if directory < 32:
        return
    stream.seek(directory - 24)
    foot = stream.read(24)
    if foot[8:] != BLOCK_MARK:
        return
    (size,) = struct.unpack_from("<Q", foot)
    begin = directory - size - 8
    if not 24 <= size <= LONGEST_BLOCK or begin < 0:
        raise FormatError(f"block of signatures: a size of {size} bytes before byte {directory}")
    stream.seek(begin)
    data = stream.read(size + 8 - 24)
    if data[:8] != foot[:8]:
        yield from _pairs(data, 8, begin)
        raise FormatError("block of signatures: its two sizes differ")
    yield from _pairs(data, 8, begin)


def _pairs(data: bytes, at: int, begin: int) -> Iterator[Pair]:
    for _ in range(_MOST_PAIRS):
        if at + 12 > len(data):
            return
        size, number = struct.unpack_from("<QI", data, at)
        if size < 4 or size > len(data) - at - 8:
            raise FormatError(f"block of signatures: {size} bytes at byte {begin + at} do not fit")
        yield Pair(begin + at, number, data[at + 12 : at + 8 + size], size)
        at += 8 + size
    raise FormatError(f"block of signatures: more than {_MOST_PAIRS} values")


def in_block(pair: Pair) -> Iterator[Signer]:
    """The signers a numbered value names; none for one that names none. Raises FormatError."""
    if (scheme := SCHEMES.get(pair.id)) is not None:
        for number, signer in enumerate(_prefixed(_first(pair.value)), 1):
            yield from _signer(scheme, number, signer, is_v3=pair.id != V2)
    elif pair.id in (STAMP, OLD_STAMP):
        place = "stamp:1:1" if pair.id == STAMP else "stamp-1:1:1"
        yield _named(place, "stamp", 1, "stamp", _first(_first(pair.value)))


def _signer(scheme: str, number: int, data: bytes, *, is_v3: bool) -> Iterator[Signer]:
    signed = _first(data)
    parts = list(_prefixed(signed, most=2))
    if len(parts) < 2:
        raise FormatError(f"{scheme}: expected digests and certificates of signer {number}, got {len(parts)} parts")
    rest = signed[8 + len(parts[0]) + len(parts[1]) :]
    least = most = None
    if is_v3 and len(rest) >= 8:
        least, most = struct.unpack_from("<2I", rest)
        rest = rest[8:]
    for i, der in enumerate(_prefixed(parts[1]), 1):
        role = "signer" if i == 1 else "chain"
        yield _named(f"{scheme}:{number}:{i}", scheme, number, role, der, least_sdk=least, most_sdk=most)
    for attribute in _prefixed(_first(rest)) if len(rest) >= 4 else ():
        if len(attribute) > 8 and struct.unpack_from("<I", attribute)[0] == _LINEAGE:
            yield from _lineage(scheme, number, attribute[4:])


def _lineage(scheme: str, number: int, data: bytes) -> Iterator[Signer]:
    """The certificates of earlier versions, the oldest first; the last is the signer's own."""
    for i, level in enumerate(_prefixed(data[4:]), 1):
        yield _named(f"{scheme}:{number}:lineage {i}", scheme, number, "lineage", _first(_first(level)))


def of_v4(data: bytes) -> Iterator[Signer]:
    """The signer of a file beside the app, `NAME.apk.idsig`. Raises FormatError."""
    if len(data) < 8 or struct.unpack_from("<I", data)[0] != 2:
        raise FormatError(f"idsig: expected version 2, got {data[:4].hex()}")
    parts = list(_prefixed(data[4:], most=2))
    inner = list(_prefixed(parts[1], most=2)) if len(parts) == 2 else []
    if len(inner) < 2:
        raise FormatError("idsig: expected a digest and a certificate, got less")
    yield _named("v4:1:1", "v4", 1, "signer", inner[1])


def of_v1(data: bytes, file: str, number: int) -> Iterator[Signer]:
    """The certificates of a file such as `META-INF/CERT.RSA`. Raises FormatError."""
    tag, body, _ = ber_element(data, 0)
    parts = list(ber_elements(body)) if tag == _SEQUENCE else []
    if len(parts) < 2 or parts[0][:2] != (_OID, _SIGNED_DATA):
        raise FormatError(f"{file:.60}: expected signed data, got {data[:8].hex()}")
    inner = list(ber_elements(ber_element(parts[1][1], 0)[1]))
    sets = [body for tag, body, _ in inner if tag == _CONTEXT_0]
    last = next((body for tag, body, _ in reversed(inner) if tag == _SET), b"")
    signers = set(_issued(last))
    certificates = [whole for tag, _, whole in ber_elements(sets[0]) if tag == _SEQUENCE] if sets else []
    for i, der in enumerate(certificates[:MOST_CERTIFICATES], 1):
        named = _identity(der)
        role = "signer" if named in signers or len(certificates) == 1 else "chain"
        yield _named(f"v1:{number}:{i}", "v1", number, role, der, file=file)
    if len(certificates) > MOST_CERTIFICATES:
        raise FormatError(f"{file:.60}: expected at most {MOST_CERTIFICATES} certificates, got {len(certificates)}")


def _issued(infos: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Issuer and serial number that each signature says it was made with."""
    for tag, body, _ in ber_elements(infos):
        parts = list(ber_elements(body)) if tag == _SEQUENCE else []
        inner = list(ber_elements(parts[1][1])) if len(parts) > 1 and parts[1][0] == _SEQUENCE else []
        if len(inner) == 2:
            yield inner[0][1], inner[1][1]


def _identity(der: bytes) -> tuple[bytes, bytes] | None:
    """Issuer and serial number of a certificate. None where it has none."""
    try:
        parts = list(ber_elements(ber_element(ber_element(der, 0)[1], 0)[1]))
    except FormatError:
        return None
    parts = parts[1:] if parts and parts[0][0] == _CONTEXT_0 else parts
    return (parts[2][1], parts[0][1]) if len(parts) > 2 else None


def _named(
    place: str, scheme: str, number: int, role: str, der: bytes, *,
    file: str | None = None, least_sdk: int | None = None, most_sdk: int | None = None,
) -> Signer:  # fmt: skip
    found, problem = None, None
    try:
        found = certificate.read(der)
    except FormatError as e:
        problem = f"{e!s:.200}"
    return Signer(place, scheme, number, role, found, problem, file, least_sdk, most_sdk)


def _first(data: bytes) -> bytes:
    """The value behind the length that `data` begins with. Raises FormatError."""
    for value in _prefixed(data, most=1):
        return value
    raise FormatError("signature: expected a length and a value, got nothing")


def _prefixed(data: bytes, most: int | None = None) -> Iterator[bytes]:
    """Values each behind its length: the first `most`, or all. Raises FormatError, also for too many."""
    at = count = 0
    while at < len(data) and count != most:
        if count >= MOST_CERTIFICATES:
            raise FormatError(f"signature: expected at most {MOST_CERTIFICATES} values, got more")
        if at + 4 > len(data):
            raise FormatError(f"signature: expected a length at byte {at}, got {len(data) - at} bytes")
        (size,) = struct.unpack_from("<I", data, at)
        if size > len(data) - at - 4:
            raise FormatError(f"signature: {size} bytes at byte {at + 4} do not fit in {len(data)}")
        yield data[at + 4 : at + 4 + size]
        at, count = at + 4 + size, count + 1

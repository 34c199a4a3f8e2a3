"""Certificates (X.509 in DER): fingerprint, names and validity, without judging whether they are good.

Lenient on purpose: a certificate that a strict reader refuses is still evidence. Nothing is verified.

Sources: RFC 5280, https://www.rfc-editor.org/rfc/rfc5280 ; ITU-T X.690 (DER) ; RFC 5652 (CMS)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bridle.core import FormatError, Utc

LONGEST = 1 << 20
"""Bytes of one certificate that are read at most."""
_MOST_PARTS = 1_000
_LONGEST_NAME = 1_024
_SEQUENCE, _SET, _INTEGER, _OID, _CONTEXT_0 = 0x30, 0x31, 0x02, 0x06, 0xA0
_UTC_TIME, _GENERALIZED_TIME, _BMP_STRING = 0x17, 0x18, 0x1E
_NAMES = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
    bytes.fromhex("0992268993f22c640101"): "UID",
    bytes.fromhex("0992268993f22c640119"): "DC",
}


@dataclass(frozen=True)
class Certificate:
    """What is told of one certificate."""

    sha256: str
    """Of the whole certificate in DER, in lower case."""
    subject: str
    """Whom it is for, such as `CN=Example Root, O=Example`."""
    issuer: str
    not_before: Utc | None
    not_after: Utc | None


def read(data: bytes) -> Certificate:
    """A certificate in DER or PEM. Raises FormatError."""
    if len(data) > LONGEST:
        raise FormatError(f"certificate: expected at most {LONGEST} bytes, got {len(data)}")
    der = _from_pem(data) if data.lstrip().startswith(b"-----BEGIN ") else data
    tag, body, end = _element(der, 0)
    if tag != _SEQUENCE:
        raise FormatError(f"certificate: expected a sequence, got tag {tag:#04x}")
    tag, signed, _ = _element(body, 0)
    if tag != _SEQUENCE:
        raise FormatError(f"certificate: expected a sequence, got tag {tag:#04x}")
    parts = list(_elements(signed))
    if parts and parts[0][0] == _CONTEXT_0:
        parts = parts[1:]
    if [tag for tag, _ in parts[:5]] != [_INTEGER, *[_SEQUENCE] * 4]:
        raise FormatError("certificate: expected number, algorithm, issuer, validity and subject")
    times = [_time(tag, value) for tag, value in _elements(parts[3][1])]
    return Certificate(
        sha256=hashlib.sha256(der[:end]).hexdigest(),
        subject=_name(parts[4][1]),
        issuer=_name(parts[2][1]),
        not_before=times[0] if times else None,
        not_after=times[1] if len(times) > 1 else None,
    )


def name(der: bytes) -> str:
    """A name in DER, with or without its outer sequence, as text. Raises FormatError."""
    tag, body, end = _element(der, 0)
    return _name(body if tag == _SEQUENCE and end == len(der) else der)


def _from_pem(data: bytes) -> bytes:
    inside = b"".join(data.strip().splitlines()[1:]).partition(b"-----END ")[0]
    try:
        return base64.b64decode(inside, validate=True)
    except binascii.Error:
        raise FormatError("certificate: what lies between BEGIN and END is no base 64") from None


def _element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and end of the element at `at`. Raises FormatError."""
    if at + 2 > len(data):
        raise FormatError(f"DER: an element at byte {at} does not fit in {len(data)}")
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or start + size > len(data):
            raise FormatError(f"DER: expected a length of 1 to 4 bytes at byte {at + 1}")
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise FormatError(f"DER: {length} bytes at byte {start} do not fit in {len(data)}")
    return tag, data[start : start + length], start + length


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = count = 0
    while at < len(data):
        tag, body, at = _element(data, at)
        count += 1
        if count > _MOST_PARTS:
            raise FormatError(f"DER: expected at most {_MOST_PARTS} parts, got more")
        yield tag, body


def _name(body: bytes) -> str:
    """The parts of a name, most special first."""
    found = []
    for _, relative in _elements(body):
        for _, pair in _elements(relative):
            parts = list(_elements(pair))
            if len(parts) == 2 and parts[0][0] == _OID:
                label = _NAMES.get(parts[0][1], parts[0][1].hex())
                found.append(f"{label}={_text(*parts[1])}")
    return ", ".join(reversed(found))[:_LONGEST_NAME]


def _text(tag: int, value: bytes) -> str:
    return value.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "backslashreplace")


def _time(tag: int, value: bytes) -> Utc | None:
    """None where it is no time as the standard has it."""
    text = value.decode("ascii", "replace")
    if tag == _UTC_TIME and len(text) == 13 and text[:2].isdigit():
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    if tag not in (_UTC_TIME, _GENERALIZED_TIME) or len(text) != 15 or not text[:14].isdigit() or text[14] != "Z":
        return None
    try:
        return Utc(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC))
    except ValueError:
        return None

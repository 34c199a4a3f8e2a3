"""Certificates (X.509 in DER): fingerprint, names and validity, without judging whether they are good.

Lenient on purpose: a certificate that a strict reader refuses is still evidence. Nothing is verified.

Sources: RFC 5280, https://www.rfc-editor.org/rfc/rfc5280 ; ITU-T X.690 (DER) ; RFC 5652 (CMS)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from bridle.classes import dataclass
from bridle.core import FormatError, Gap, Utc
from bridle.formats.der import element, elements

LONGEST = 1 << 20
"""Bytes of one certificate that are read at most."""
LONGEST_NAME = 1 << 16
"""Characters of a name that are kept."""
_SEQUENCE, _INTEGER, _OID, _CONTEXT_0 = 0x30, 0x02, 0x06, 0xA0
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
_ALGORITHMS = {
    bytes.fromhex("2a864886f70d010102"): "md2WithRSAEncryption",
    bytes.fromhex("2a864886f70d010104"): "md5WithRSAEncryption",
    bytes.fromhex("2a864886f70d010105"): "sha1WithRSAEncryption",
    bytes.fromhex("2a864886f70d01010a"): "rsassaPss",
    bytes.fromhex("2a864886f70d01010b"): "sha256WithRSAEncryption",
    bytes.fromhex("2a864886f70d01010c"): "sha384WithRSAEncryption",
    bytes.fromhex("2a864886f70d01010d"): "sha512WithRSAEncryption",
    bytes.fromhex("2a8648ce380403"): "dsaWithSHA1",
    bytes.fromhex("608648016503040302"): "dsaWithSHA256",
    bytes.fromhex("2a8648ce3d040302"): "ecdsaWithSHA256",
    bytes.fromhex("2a8648ce3d040303"): "ecdsaWithSHA384",
    bytes.fromhex("2a8648ce3d040304"): "ecdsaWithSHA512",
    bytes.fromhex("2b6570"): "Ed25519",
}


@dataclass(frozen=True)
class Certificate:
    """What is told of one certificate."""

    sha256: str
    """Of the whole certificate in DER, in lower case."""
    sha1: str
    md5: str
    serial: str
    """The serial number as stored, in hexadecimal."""
    algorithm: str
    """What it was signed with, such as `sha256WithRSAEncryption`; else its object identifier in hexadecimal."""
    subject: str
    """Whom it is for, such as `CN=Example Root, O=Example`."""
    issuer: str
    not_before: Utc | None
    not_after: Utc | None
    left: tuple[tuple[str, str], ...] = ()
    """Which fields are not kept whole, and what of them is."""

    def gaps(self, place: str, of: str = "Certificate") -> Iterator[Gap]:
        """A gap for each field that is not kept whole; `place` is where the certificate stands, `of` its record."""
        for name, what in self.left:
            yield Gap(locator=f"{place}.{name}", reason=f"{of}: {name}: {what}")


def read(data: bytes) -> Certificate:
    """A certificate in DER or PEM. Raises FormatError."""
    if len(data) > LONGEST:
        raise FormatError(f"certificate: expected at most {LONGEST} bytes, got {len(data)}")
    der = _from_pem(data) if data.lstrip().startswith(b"-----BEGIN ") else data
    tag, body, end = element(der, 0)
    if tag != _SEQUENCE:
        raise FormatError(f"certificate: expected a sequence, got tag {tag:#04x}")
    tag, signed, _ = element(body, 0)
    if tag != _SEQUENCE:
        raise FormatError(f"certificate: expected a sequence, got tag {tag:#04x}")
    parts = list(elements(signed))
    if parts and parts[0][0] == _CONTEXT_0:
        parts = parts[1:]
    if [tag for tag, _ in parts[:5]] != [_INTEGER, *[_SEQUENCE] * 4]:
        raise FormatError("certificate: expected number, algorithm, issuer, validity and subject")
    times = [_time(tag, value) for tag, value in elements(parts[3][1])]
    subject, issuer = _name(parts[4][1]), _name(parts[2][1])
    said = (("subject", cut(subject)), ("issuer", cut(issuer)))
    return Certificate(
        sha256=hashlib.sha256(der[:end]).hexdigest(),
        sha1=hashlib.sha1(der[:end], usedforsecurity=False).hexdigest(),
        md5=hashlib.md5(der[:end], usedforsecurity=False).hexdigest(),
        serial=parts[0][1].hex(),
        algorithm=_algorithm(parts[1][1]),
        subject=subject[:LONGEST_NAME],
        issuer=issuer[:LONGEST_NAME],
        not_before=times[0] if times else None,
        not_after=times[1] if len(times) > 1 else None,
        left=tuple((field, what) for field, what in said if what),
    )


def cut(text: str) -> str | None:
    """What is told of a name that is longer than what is kept of it; None for others."""
    many = len(text) > LONGEST_NAME
    return f"only the first {LONGEST_NAME} of {len(text)} characters are kept" if many else None


def name(der: bytes) -> str:
    """A name in DER, with or without its outer sequence, as text. Raises FormatError, also for one that is too long."""
    if len(der) > LONGEST:
        raise FormatError(f"certificate: expected a name of at most {LONGEST} bytes, got {len(der)}")
    tag, body, end = element(der, 0)
    found = _name(body if tag == _SEQUENCE and end == len(der) else der)
    if (long := cut(found)) is not None:
        raise FormatError(f"certificate: a name: {long}")
    return found


def _from_pem(data: bytes) -> bytes:
    inside = b"".join(data.strip().splitlines()[1:]).partition(b"-----END ")[0]
    try:
        return base64.b64decode(inside, validate=True)
    except binascii.Error:
        raise FormatError("certificate: what lies between BEGIN and END is no base 64") from None


def _algorithm(body: bytes) -> str:
    """The name of an algorithm; what stands there in hexadecimal where it is not known."""
    named = len(body) > 1 and body[0] == _OID
    found = body[2 : 2 + body[1]] if named else body[:32]
    return _ALGORITHMS.get(found, found.hex())


def _name(body: bytes) -> str:
    """The parts of a name, most special first."""
    found = []
    for _, relative in elements(body):
        for _, pair in elements(relative):
            parts = list(elements(pair))
            if len(parts) == 2 and parts[0][0] == _OID:
                label = _NAMES.get(parts[0][1], parts[0][1].hex())
                found.append(f"{label}={_text(*parts[1])}")
    return ", ".join(reversed(found))


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

"""What a certificate of a TLS server says: whom it is for, by whom, until when, with what key.

`certificate` reads what nearly every certificate has; this adds the names it is valid for and its key. Nothing is
verified, and what a strict reader refuses is still read as far as it goes.

Sources: RFC 5280, 4.1 (fields) and 4.2.1.6 (other names) ; RFC 5480 and RFC 8410 (keys)
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from bridle.core import FormatError, Utc
from bridle.formats import certificate as names
from bridle.formats.der import element, elements

MOST_NAMES = 5_000
"""Other names of one certificate that are kept."""
LONGEST_NAME = 8_192
"""Bytes of one of them that are kept."""
_SEQUENCE, _BOOLEAN, _INTEGER, _BITS, _OCTETS, _OID = 0x30, 0x01, 0x02, 0x03, 0x04, 0x06
_CONTEXT_0, _CONTEXT_3 = 0xA0, 0xA3
_OTHER_NAMES = bytes.fromhex("551d11")
_EMAIL, _DNS, _URI, _ADDRESS = 0x81, 0x82, 0x86, 0x87
_RSA = bytes.fromhex("2a864886f70d010101")
_EC = bytes.fromhex("2a8648ce3d0201")
_KEYS = {
    _RSA: "RSA",
    bytes.fromhex("2a864886f70d01010a"): "RSA-PSS",
    bytes.fromhex("2a8648ce380401"): "DSA",
    _EC: "EC",
    bytes.fromhex("2b656e"): "X25519",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
}
_CURVES = {
    bytes.fromhex("2a8648ce3d030107"): "P-256",
    bytes.fromhex("2b81040022"): "P-384",
    bytes.fromhex("2b81040023"): "P-521",
    bytes.fromhex("2b8104000a"): "secp256k1",
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate."""

    subject: str
    """Such as `CN=example.org, O=Example`."""
    issuer: str
    serial: str
    """As stored, in hexadecimal."""
    not_before: Utc | None
    not_after: Utc | None
    names: tuple[str, ...]
    """Other names it is for: hosts, addresses, e-mail addresses and URIs, MOST_NAMES at most."""
    sha256: str
    sha1: str
    md5: str
    signature_algorithm: str
    key_algorithm: str | None
    """Such as `RSA 2048`, `EC P-256`, `Ed25519`; else its identifier in hexadecimal. None where it is damaged."""
    self_issued: bool
    """Whether subject and issuer are the same bytes: signed by itself, unless somebody says so falsely."""
    left: tuple[tuple[str, str], ...] = ()
    """Which fields are not kept whole, and what of them is."""


def certificate(der: bytes) -> Certificate:
    """What a certificate in DER says. Raises FormatError."""
    base = names.read(der)
    parts = list(elements(element(element(der, 0)[1], 0)[1]))
    if parts[0][0] == _CONTEXT_0:
        parts = parts[1:]
    other, left = _other_names(parts)
    return Certificate(
        subject=base.subject,
        issuer=base.issuer,
        serial=base.serial,
        not_before=base.not_before,
        not_after=base.not_after,
        names=other,
        sha256=base.sha256,
        sha1=base.sha1,
        md5=base.md5,
        signature_algorithm=base.algorithm,
        key_algorithm=_key(parts[5][1]) if len(parts) > 5 and parts[5][0] == _SEQUENCE else None,
        self_issued=parts[2][1] == parts[4][1],
        left=(*base.left, *(("names", what) for what in left)),
    )


def _other_names(parts: list[tuple[int, bytes]]) -> tuple[tuple[str, ...], list[str]]:
    """The names of the extension, and what of them is not kept, in one sentence at most.

    Those before a damage are kept, for they and the rest of the certificate are worth having.
    """
    found: list[str] = []
    count = cut = 0
    damage = ""
    try:
        for body in [_other_names_body(body) for tag, body in parts if tag == _CONTEXT_3]:
            for tag, value in elements(body, len(body)):
                if text := _other_name(tag, value):
                    count += 1
                    found += [text] if len(found) < MOST_NAMES else []
                    cut += len(value) > LONGEST_NAME
    except FormatError as e:
        damage = f"what is behind {count} of them cannot be read: {e!s:.100}"
    many = f"only the first {MOST_NAMES} of {count} are kept" if count > MOST_NAMES else ""
    long = f"{cut} are cut to {LONGEST_NAME} bytes" if cut else ""
    told = "; ".join(filter(None, (many, long, damage)))
    return tuple(found), [told] if told else []


def _other_names_body(extensions: bytes) -> bytes:
    for _, extension in elements(element(extensions, 0)[1]):
        fields = [field for field in elements(extension) if field[0] != _BOOLEAN]
        if len(fields) == 2 and fields[0] == (_OID, _OTHER_NAMES) and fields[1][0] == _OCTETS:
            return element(fields[1][1], 0)[1]
    return b""


def _other_name(tag: int, value: bytes) -> str:
    if tag == _ADDRESS and len(value) in (4, 16):
        return str(ipaddress.ip_address(value))
    return value[:LONGEST_NAME].decode("utf-8", "backslashreplace") if tag in (_EMAIL, _DNS, _URI) else ""


def _key(body: bytes) -> str | None:
    """The key's algorithm, and its size or curve where they are said."""
    try:
        (_, algorithm), (_, bits) = list(elements(body))[:2]
        parts = list(elements(algorithm))
        name = _KEYS.get(parts[0][1], parts[0][1].hex()[:64])
        if parts[0][1] == _RSA:
            modulus = next(elements(element(bits[1:], 0)[1]))[1].lstrip(b"\0")
            return f"{name} {int.from_bytes(modulus[:1], 'big').bit_length() + 8 * (len(modulus) - 1)}"
        if parts[0][1] == _EC and len(parts) > 1:
            return f"{name} {_CURVES.get(parts[1][1], parts[1][1].hex()[:64])}"
    except (FormatError, ValueError, IndexError, StopIteration):
        return None
    return name

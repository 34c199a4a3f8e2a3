"""The order of certificates in a service's answer, mended.

DER wants the elements of a set sorted (X.690, 11.6). OpenSSL's own service writes its certificates as it has them, and
rfc3161-client reads no such answer. What the service signed is elsewhere in it, so nothing signed is touched.
Sources: RFC 3161, 2.4.2; RFC 5652, 5.1.
"""

from __future__ import annotations

from bridle.formats.der import ber_elements


def ordered(response: bytes) -> bytes:
    """The answer with its certificates and revocation lists sorted. What is not of that form is returned as it is."""
    try:
        status, token = _parts(response, 0x30)
        kind, content = _parts(token, 0x30)
        (signed,) = _parts(content, 0xA0)
        parts = [_sorted(p) if p[0] in (0xA0, 0xA1) else p for p in _parts(signed, 0x30)]
    except ValueError:
        return response
    return _whole(0x30, status, _whole(0x30, kind, _whole(0xA0, _whole(0x30, *parts))))


def _sorted(part: bytes) -> bytes:
    return _whole(part[0], *sorted(_parts(part, part[0])))


def _parts(value: bytes, tag: int) -> list[bytes]:
    """The elements inside one, which must have the tag and fill the value. Raises ValueError."""
    ((found, body, _),) = ber_elements(value)
    if found != tag:
        raise ValueError("another element was expected")
    return [part for *_, part in ber_elements(body)]


def _whole(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content

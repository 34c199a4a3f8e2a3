"""Certificates: PEM and DER files, and what Certificate Transparency searches give (crt.sh, Cert Spotter).

A certificate is its SHA-256. crt.sh gives none: its entries are values of kind `ct-entry`, `crt.sh:ID`.

Sources: RFC 5280; https://crt.sh (`output=json`); https://sslmate.com/help/reference/ct_search_api_v1
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bridle.core import FormatError, Gap
from bridle.formats import x509
from bridle.infra.base import Value
from bridle.infra.source_file import SourceFile
from bridle.infra.taking import Taking, host, moment

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,2000000})-----END CERTIFICATE-----")
_DER = re.compile(rb"\x30(?:\x82|\x83.).{2}\x30", re.DOTALL)
_COMMON_NAME = re.compile(r"(?:^|, )CN=([^,]+)")
_MOST, _LONGEST = x509.MOST_NAMES, 1024
"""Names of one entry that are read, and characters of a subject or an issuer that are."""


def is_certificates(head: bytes) -> bool:
    """Whether a file begins as certificates do, in PEM or DER."""
    return (_BEGIN in head and head.lstrip()[:1] not in (b"{", b"[")) or _DER.match(head) is not None


def is_transparency(o: Mapping[str, Any]) -> bool:
    """Whether an object is what a search of Certificate Transparency gives."""
    return {"name_value", "issuer_name"} <= o.keys() or ("dns_names" in o and ("cert" in o or "cert_sha256" in o))


def read(file: SourceFile, take: Taking) -> None:
    """The certificates of a PEM or DER file."""
    data = file.whole()
    if _BEGIN not in data:
        _take(data, "offset 0", take)
        return
    for n, (at, der) in enumerate(_blocks(data), 1):
        place = f"certificate {n}"
        if der is None:
            take.warn(f"offset {at:#x}", "expected a certificate in base 64 between BEGIN and END")
        else:
            _take(der, place, take)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes | None]]:
    at = data.find(_BEGIN)
    while at >= 0:
        found = _PEM.match(data, at)
        try:
            yield at, base64.b64decode(b"".join(found[1].split()), validate=True) if found is not None else None
        except binascii.Error:
            yield at, None
        at = data.find(_BEGIN, at + 1)


def _take(der: bytes, place: str, take: Taking) -> None:
    try:
        found = x509.certificate(der)
    except FormatError as e:
        take.warn(place, str(e))
        return
    certificate(found, place, take)


def certificate(c: x509.Certificate, place: str, take: Taking) -> Value:
    """Record what a certificate says; its value."""
    of = Value("cert", c.sha256)
    for name, what in c.left:
        take.warn(place, f"{name}: {what}")
    for name, text in (
        ("sha1", c.sha1), ("md5", c.md5), ("serial", c.serial), ("key-algorithm", c.key_algorithm),
        ("signature-algorithm", c.signature_algorithm), ("self-issued", "yes" if c.self_issued else None),
        ("not-before", moment(c.not_before.isoformat()) if c.not_before else None),
        ("not-after", moment(c.not_after.isoformat()) if c.not_after else None),
    ):  # fmt: skip
        if text:
            take.writer.fact("cert", c.sha256, name, text, place)
    named(of, c.subject, c.issuer, c.names, place, take)
    return of


def named(of: Value, subject: str, issuer: str, names: Iterable[str], place: str, take: Taking) -> None:
    """Record for whom a certificate or entry is, and by whom."""
    for kind, name in (("subject", subject), ("issuer", issuer)):
        if name:
            take.writer.relation(of, "issued-by" if kind == "issuer" else kind, Value(kind, name[:_LONGEST]), place)
        if len(name) > _LONGEST:
            take.warn(place, f"{kind}: only the first {_LONGEST} of {len(name)} characters are kept")
    common = _COMMON_NAME.search(subject)
    seen: set[Value] = set()
    for text in (*names, *([common[1]] if common is not None else [])):
        found = host(text) if len(text) < 300 else None
        if found is not None and found not in seen:
            seen.add(found)
            if len(seen) <= _MOST:
                take.writer.relation(of, "names", found, place)
    if len(seen) > _MOST:
        take.warn(place, f"names: only the first {_MOST} of {len(seen)} hosts are kept")


def read_transparency(file: SourceFile, take: Taking) -> None:
    """The entries of a search of Certificate Transparency."""
    for item in file.objects():
        if isinstance(item, Gap):
            take.warn(item.locator, item.reason)
            continue
        place, o = item
        if not isinstance(o, dict) or not is_transparency(o):
            take.warn(place, f"expected an entry of Certificate Transparency, got {o!a:.60}")
            continue
        _entry(o, place, take)


def _entry(o: Mapping[str, Any], place: str, take: Taking) -> None:
    inner = o.get("cert") if isinstance(o.get("cert"), dict) else {}
    assert isinstance(inner, dict)
    digest = o.get("cert_sha256", inner.get("sha256"))
    if isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest.lower()):
        of = Value("cert", digest.lower())
    elif isinstance(o.get("id"), int | str):
        of = Value("ct-entry", f"{'crt.sh' if 'name_value' in o else 'entry'}:{o['id']}"[:80])
    else:
        take.warn(place, "an entry without id and SHA-256")
        return
    issuer = o.get("issuer_name", o.get("issuer"))
    if isinstance(issuer, dict):
        issuer = issuer.get("name", issuer.get("friendly_name"))
    names = o.get("dns_names", str(o.get("name_value", "")).split("\n"))
    names = [n for n in names if isinstance(n, str)] if isinstance(names, list) else []
    common = o.get("common_name")
    subject = f"CN={common}" if isinstance(common, str) and common else ""
    named(of, subject, issuer if isinstance(issuer, str) else "", names, place, take)
    if (bad := [n for n in names if "@" not in n and host(n) is None]) != []:
        take.warn(place, f"names: {bad[0]!a:.60} is no domain")
    for name, key in (("not-before", "not_before"), ("not-after", "not_after"), ("logged", "entry_timestamp")):
        if o.get(key) is None:
            continue
        if (time := moment(o[key])) is not None:
            take.writer.fact(of.kind, of.value, name, time, place)
        else:
            take.warn(place, f"{key}: expected a time, got {o[key]!a:.40}")
    if isinstance(o.get("serial_number"), str):
        take.writer.fact(of.kind, of.value, "serial", o["serial_number"], place)

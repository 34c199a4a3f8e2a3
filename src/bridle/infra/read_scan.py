"""Scan exports into the base: which address presented which certificate, served which answer, and when."""

from __future__ import annotations

import hashlib
from dataclasses import fields

from bridle.core import Gap
from bridle.infra import read_certificates
from bridle.infra.base import Value
from bridle.infra.scans import Seen, Service, services
from bridle.infra.source_file import SourceFile
from bridle.infra.taking import Taking, host

_MOST_NAMES = 200


def read(file: SourceFile, take: Taking) -> None:
    """The services of an export."""
    for found in services(file):
        if isinstance(found, Gap):
            take.warn(found.locator, found.reason)
        else:
            _service(found, take)


def _service(s: Service, take: Taking) -> None:
    ip = Value("ip-address", s.ip)

    def relate(type_: str, kind: str, value: str | None) -> None:
        if value:
            take.writer.relation(ip, type_, Value(kind, value), s.locator, first=s.time, last=s.time, port=s.port)

    if s.raw:
        head = s.raw.partition(b"\r\n\r\n")[0]
        relate("serves", "banner", hashlib.sha256(head).hexdigest())
        if s.status:
            take.writer.fact("banner", hashlib.sha256(head).hexdigest(), "status", s.status, s.locator)
    if s.body:
        relate("serves", "body", hashlib.sha256(s.body).hexdigest())
    relate("serves", "title", " ".join(s.title.split())[:300] if s.title else None)
    relate("serves", "favicon", s.favicon)
    relate("fingerprint", "jarm", s.jarm)
    relate("fingerprint", "ja3s", s.ja3s)
    relate("in-asn", "asn", s.asn)
    for name in s.hostnames[:_MOST_NAMES]:
        if (domain := host(name)) is not None and domain.kind == "domain":
            take.writer.relation(domain, "resolves-to", ip, s.locator, first=s.time, last=s.time)
    for seen in s.certificates:
        _certificate(ip, seen, s, take)


def _certificate(ip: Value, seen: Seen, s: Service, take: Taking) -> None:
    if seen.sha256 is None:
        take.warn(s.locator, "a certificate without its SHA-256 is not recorded", "note")
        return
    of = Value("cert", seen.sha256)
    if seen is s.certificates[0]:
        take.writer.relation(ip, "presents", of, s.locator, first=s.time, last=s.time, port=s.port)
    if seen.whole is not None:
        read_certificates.certificate(seen.whole, s.locator, take)
        return
    read_certificates.named(of, seen.subject, seen.issuer, seen.names, s.locator, take)
    for f in fields(seen):
        text = getattr(seen, f.name)
        if f.name in ("serial", "not_before", "not_after") and text:
            take.writer.fact("cert", seen.sha256, f.name.replace("_", "-"), text, s.locator)

"""Exports of internet scans (Censys, Shodan, zgrab) as services: what one port of one address sent, and when.

The raw answer is kept as bytes where the export has it, for the order and case of headers tell servers apart. An export
that has headers as a JSON object has lost both; `headers` then holds them, and `raw` is None.

Nothing here scans: these are files that somebody exported.

Sources: https://datapedia.shodan.io (Shodan's banners); https://docs.censys.com (hosts, search 2.0);
https://github.com/zmap/zgrab2 and https://github.com/zmap/zgrab (results).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridle.core import FormatError, Gap
from bridle.formats import x509
from bridle.infra.source_file import SourceFile
from bridle.infra.taking import address, moment

MOST_SERVICES = 1000
"""Services of one host that are read."""
_MOST_CERTIFICATES = 20
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,200000})-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A certificate as an export tells of it; `whole` where the export has its bytes."""

    sha256: str | None
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    serial: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    whole: x509.Certificate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What one port answered."""

    locator: str
    ip: str
    port: int | None = None
    time: str | None = None
    raw: bytes | None = None
    """The answer as it was sent, head and body, with the order and case of its headers."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers whose order and case the export has lost, where there is no `raw`; names in small letters."""
    status: str | None = None
    """The status line, such as `HTTP/1.1 200 OK`."""
    body: bytes | None = None
    title: str | None = None
    certificates: tuple[Seen, ...] = ()
    """Of the server first, then its issuers'."""
    hostnames: tuple[str, ...] = ()
    """Names that the scanner says the address has."""
    asn: str | None = None
    jarm: str | None = None
    ja3s: str | None = None
    favicon: str | None = None


def is_scan(o: Mapping[str, Any]) -> bool:
    """Whether an object is of a scan's export."""
    if isinstance(o.get("matches"), list) or isinstance(o.get("services"), list):
        return True
    result = o.get("result")
    if isinstance(result, dict) and (isinstance(result.get("hits"), list) or "services" in result):
        return True
    return ("ip_str" in o and "data" in o) or ("ip" in o and isinstance(o.get("data"), dict))


def services(file: SourceFile) -> Iterator[Service | Gap]:
    """The services of an export. What is none is a Gap with its place."""
    for item in file.objects():
        if isinstance(item, Gap):
            yield item
            continue
        place, o = item
        hosts = list(_hosts(o, place)) if isinstance(o, dict) else []
        if not hosts:
            yield Gap(locator=place, reason=f"expected a host of Censys, Shodan or zgrab, got {o!a:.60}")
        for where, host in hosts:
            yield from _services(host, where)


def _hosts(o: Mapping[str, Any], place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The hosts of one JSON value: it may be a page of a search."""
    result = o.get("result")
    for key, found in (("matches", o.get("matches")), ("result/hits", _dict(result).get("hits"))):
        if isinstance(found, list):
            yield from ((f"{place}/{key}/{n}", h) for n, h in enumerate(found) if isinstance(h, dict))
            return
    if isinstance(result, dict):
        yield f"{place}/result", result
    elif is_scan(o):
        yield place, o


def _services(o: Mapping[str, Any], place: str) -> Iterator[Service | Gap]:
    ip = address(str(o.get("ip_str", o.get("ip")))[:60])
    if ip is None or ip.kind != "ip-address":
        yield Gap(locator=place, reason=f"ip: expected an address, got {o.get('ip_str', o.get('ip'))!a:.60}")
        return
    listed: list[Any]
    read: Callable[[Any, Mapping[str, Any]], dict[str, Any] | None]
    if isinstance(o.get("services"), list):
        listed, read = o["services"], _censys
    elif "ip_str" in o:
        listed, read = (o["data"] if isinstance(o["data"], list) else [o]), _shodan
    else:
        listed, read = list(_dict(o.get("data")).items()), _zgrab
    for n, service in enumerate(listed[:MOST_SERVICES]):
        where = (
            place if listed == [o] else f"{place}/{n}" if not isinstance(service, tuple) else f"{place}/{service[0]}"
        )
        try:
            found = read(service, o)
        except (TypeError, AttributeError, ValueError, KeyError) as e:
            yield Gap(locator=where, reason=f"a service that cannot be read: {e!s:.80}")
            continue
        if found is not None:
            yield Service(locator=where, ip=ip.value, **found)
    if len(listed) > MOST_SERVICES:
        yield Gap(locator=place, reason=f"{len(listed) - MOST_SERVICES:,} of {len(listed):,} services are not read")


def _shodan(s: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Any]:
    """A banner of Shodan. Its `data` is the head of the answer as it was sent, `http.html` the body."""
    http, ssl = _dict(s.get("http")), _dict(s.get("ssl"))
    head, body = _text(s.get("data")), _text(http.get("html"))
    raw = None
    if head is not None:
        joined = head + body if body and head.rstrip().startswith("HTTP/") and body not in head else head
        raw = _bytes(joined)
    favicon = _dict(http.get("favicon")).get("hash")
    names = [*_list(s.get("hostnames", host.get("hostnames")))]
    return {
        "port": _port(s.get("port")), "time": moment(s.get("timestamp", host.get("last_update"))), "raw": raw,
        "status": _status(raw), "body": _bytes(body) if body is not None else None, "title": _text(http.get("title")),
        "certificates": tuple(_shodan_certificates(ssl)), "hostnames": tuple(n for n in names if isinstance(n, str)),
        "asn": _text(s.get("asn", host.get("asn"))), "jarm": _text(ssl.get("jarm")), "ja3s": _text(ssl.get("ja3s")),
        "favicon": str(favicon) if isinstance(favicon, int) else None,
    }  # fmt: skip


def _shodan_certificates(ssl: Mapping[str, Any]) -> Iterator[Seen]:
    chain = [s for pem in _list(ssl.get("chain"))[:_MOST_CERTIFICATES] if (s := from_pem(_text(pem) or "")) is not None]
    cert = _dict(ssl.get("cert"))
    if not chain and cert:
        digest = _text(_dict(cert.get("fingerprint")).get("sha256"))
        serial = cert.get("serial")
        yield Seen(
            sha256=_digest(digest), subject=_names(cert.get("subject")), issuer=_names(cert.get("issuer")),
            serial=f"{serial:02x}" if isinstance(serial, int) else None,
            not_before=_shodan_time(cert.get("issued")), not_after=_shodan_time(cert.get("expires")),
        )  # fmt: skip
    yield from chain


def _shodan_time(given: Any) -> str | None:
    """`20260131120000Z`, as certificates write it."""
    if isinstance(given, str) and (m := re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", given)) is not None:
        return moment("{}-{}-{}T{}:{}:{}Z".format(*m.groups()))
    return None


def _censys(s: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Any]:
    """A service of Censys. `banner` is the head of the answer as it was sent, `http.response.body` the body."""
    response = _dict(_dict(s.get("http")).get("response"))
    tls = _dict(s.get("tls"))
    head, body = _hex(s.get("banner_hex")), _text(response.get("body"))
    if head is None and (text := _text(s.get("banner"))) is not None:
        head = _bytes(text)
    if head is not None and body is not None and head.startswith(b"HTTP/") and _bytes(body) not in head:
        head += _bytes(body)
    names = [
        *_list(_dict(host.get("dns")).get("names")),
        *_list(_dict(_dict(host.get("dns")).get("reverse_dns")).get("names")),
    ]
    asn = _dict(host.get("autonomous_system")).get("asn")
    return {
        "port": _port(s.get("port")), "time": moment(s.get("observed_at", host.get("last_updated_at"))), "raw": head,
        "headers": _headers(response.get("headers")) if head is None else (),
        "status": _status(head) or _censys_status(response), "body": _bytes(body) if body is not None else None,
        "title": _text(response.get("html_title")), "certificates": tuple(_censys_certificates(tls, s)),
        "hostnames": tuple(n for n in names if isinstance(n, str)), "asn": f"AS{asn}" if isinstance(asn, int) else None,
        "jarm": _text(_dict(s.get("jarm")).get("fingerprint")) or _text(s.get("jarm")),
        "ja3s": _text(tls.get("ja3s")), "favicon": None,
    }  # fmt: skip


def _censys_status(response: Mapping[str, Any]) -> str | None:
    code, reason = response.get("status_code"), response.get("status_reason")
    line = f"{response.get('protocol', 'HTTP/1.1')} {code} {reason if isinstance(reason, str) else ''}".rstrip()
    return line if isinstance(code, int) else None


def _censys_certificates(tls: Mapping[str, Any], s: Mapping[str, Any]) -> Iterator[Seen]:
    leaf = _dict(_dict(tls.get("certificates")).get("leaf_data"))
    digest = _digest(_text(leaf.get("fingerprint", s.get("certificate"))))
    if leaf or digest:
        yield Seen(
            sha256=digest, subject=_text(leaf.get("subject_dn")) or "", issuer=_text(leaf.get("issuer_dn")) or "",
            names=tuple(n for n in _list(leaf.get("names")) if isinstance(n, str)),
            serial=_text(leaf.get("serial_number")),
        )  # fmt: skip


def _zgrab(s: tuple[str, Any], host: Mapping[str, Any]) -> dict[str, Any] | None:
    """A protocol of zgrab 1 or 2. A banner is there as it was sent; HTTP's headers are an object without order."""
    name, found = s
    result = _dict(found).get("result", found)
    if not isinstance(result, dict):
        raw = _bytes(found) if name in ("read", "banner") and isinstance(found, str) else None
        return None if raw is None else _zgrab_base(host, _dict(None)) | {"raw": raw, "status": _status(raw)}
    response = _dict(result.get("response"))
    banner = _text(result.get("banner"))
    body = _text(response.get("body"))
    logs = (result, _dict(_dict(response.get("request")).get("tls_log")))
    raw = _bytes(banner) if banner is not None else None
    name_of_host = _text(host.get("domain"))
    return _zgrab_base(host, _dict(found)) | {
        "raw": raw, "headers": _headers(response.get("headers")) if raw is None else (),
        "status": _status(raw) or _zgrab_status(response), "body": _bytes(body) if body is not None else None,
        "certificates": tuple(c for log in logs for c in _zgrab_certificates(log)),
        "hostnames": (name_of_host,) if name_of_host else (),
    }  # fmt: skip


def _zgrab_base(host: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {"port": _port(found.get("port", host.get("port"))),
            "time": moment(found.get("timestamp", host.get("timestamp")))}  # fmt: skip


def _zgrab_status(response: Mapping[str, Any]) -> str | None:
    line, protocol = _text(response.get("status_line")), _text(_dict(response.get("protocol")).get("name"))
    return f"{protocol or 'HTTP/1.1'} {line}" if line else None


def _zgrab_certificates(log: Mapping[str, Any]) -> Iterator[Seen]:
    shown = _dict(_dict(log.get("handshake_log")).get("server_certificates"))
    for c in (shown.get("certificate"), *_list(shown.get("chain"))[:_MOST_CERTIFICATES]):
        if (raw := _text(_dict(c).get("raw"))) is not None and (seen := from_base64(raw)) is not None:
            yield seen


def from_pem(text: str) -> Seen | None:
    """The certificate of a PEM text; None if it is none."""
    found = _PEM.search(text)
    return from_base64(found[1]) if found is not None else None


def from_base64(text: str) -> Seen | None:
    """The certificate of a DER text in base 64; None if it is none."""
    try:
        c = x509.certificate(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError, FormatError):
        return None
    return Seen(sha256=c.sha256, subject=c.subject, issuer=c.issuer, names=c.names, serial=c.serial, whole=c)


def _headers(found: Any) -> tuple[tuple[str, str], ...]:
    """Headers of an object, sorted, for their order means nothing."""
    out = []
    for name, values in _dict(found).items():
        out += [(name.lower().replace("_", "-"), v) for v in _list(values) if isinstance(v, str)]
    return tuple(sorted(out[:200]))


def _names(found: Any) -> str:
    """A distinguished name of an object, most special first."""
    parts = [(k, v) for k, v in _dict(found).items() if isinstance(v, str)]
    rank = ["emailAddress", "CN", "OU", "O", "L", "ST", "C"]
    parts.sort(key=lambda p: (rank.index(p[0]) if p[0] in rank else -1, p[0]))
    return ", ".join(f"{k}={v}" for k, v in parts)


def _status(raw: bytes | None) -> str | None:
    if raw is None or not raw.startswith(b"HTTP/"):
        return None
    return raw[:200].partition(b"\n")[0].rstrip(b"\r").decode("latin-1")


def _digest(text: str | None) -> str | None:
    return text.lower() if text is not None and _SHA256.match(text.lower()) else None


def _hex(found: Any) -> bytes | None:
    try:
        return bytes.fromhex(found) if isinstance(found, str) else None
    except ValueError:
        return None


def _bytes(text: str) -> bytes:
    """The bytes of a text; those that an export could not write are kept as halves of characters."""
    return text.encode("utf-8", "surrogatepass") if not text.isascii() else text.encode()


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) else None


def _dict(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [] if found is None else [found]


def _port(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 65536 else None

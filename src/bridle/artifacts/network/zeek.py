"""Logs of Zeek, as columns of text or as JSON: conn, dns, ssl, quic, x509, http and files.

What a log is of is told by its `#path` or `_path`, else by the name of its file. Rows of one connection have one `uid`.

A row with more fields than the header names is read as far as these surely agree, and told in one Gap of the log.

Known limits: rows of other logs are one Gap for each log.

Sources: https://docs.zeek.org/en/master/logs/index.html ; https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from bridle.core import (
    Block,
    CertSha1,
    CertSha256,
    Domain,
    FileName,
    Gap,
    IpAddress,
    Md5,
    Record,
    Sha1,
    Sha256,
    SourceFile,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import network_log as read
from bridle.formats.table import col, plan, unmapped, value_gap

_UID = "number of the connection"
_CLIENT, _CLIENT_PORT = "address of the side that began", "port of the side that began"
_SERVER, _SERVER_PORT = "address of the other side", "port of the other side"
_EXTRA = "further fields, as JSON; `(beyond)` has what the header names no column for, or not surely"


@record(surface="contacted")
class Conn(Record):
    """A connection."""

    time: Utc | None = col("ts", read.moment, doc="when it began")
    uid: str | None = col("uid", read.shown, doc=_UID)
    client_address: IpAddress | None = col("id.orig_h", read.shown, doc=_CLIENT)
    client_port: int | None = col("id.orig_p", read.number, doc=_CLIENT_PORT)
    server_address: IpAddress | None = col("id.resp_h", read.shown, doc=_SERVER)
    server_port: int | None = col("id.resp_p", read.number, doc=_SERVER_PORT)
    protocol: str | None = col("proto", read.shown, doc="tcp, udp or icmp")
    service: str | None = col("service", read.shown, doc="protocols that were recognised")
    duration: float | None = col("duration", read.real, doc="seconds")
    bytes_sent: int | None = col("orig_bytes", read.number, doc="bytes of the client's payload")
    bytes_received: int | None = col("resp_bytes", read.number, doc="bytes of the server's payload")
    packets_sent: int | None = col("orig_pkts", read.number, doc="packets of the client")
    packets_received: int | None = col("resp_pkts", read.number, doc="packets of the server")
    missed_bytes: int | None = col("missed_bytes", read.number, doc="bytes that were not captured")
    state: str | None = col("conn_state", read.shown, doc="how it went, such as SF or S0")
    history: str | None = col("history", read.shown, doc="flags of its packets, capitals of the client")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


@record(surface="look-up")
class Dns(Record):
    """A look-up and its answer."""

    time: Utc | None = col("ts", read.moment, doc="when it was asked")
    uid: str | None = col("uid", read.shown, doc=_UID)
    client_address: IpAddress | None = col("id.orig_h", read.shown, doc=_CLIENT, surface="mention")
    server_address: IpAddress | None = col("id.resp_h", read.shown, doc=_SERVER, surface="mention")
    server_port: int | None = col("id.resp_p", read.number, doc=_SERVER_PORT)
    protocol: str | None = col("proto", read.shown, doc="tcp or udp")
    query: Domain | None = col("query", read.shown, doc="name that was asked for")
    query_type: str | None = col("qtype_name", read.shown, doc="type that was asked for")
    response_code: str | None = col("rcode_name", read.shown, doc="NOERROR, NXDOMAIN and so on")
    addresses: tuple[IpAddress, ...] | None = col("answers", read.addresses, doc="addresses that were answered")
    names: tuple[Domain, ...] | None = col("answers", read.names, doc="names that were answered")
    answers: tuple[str, ...] | None = col("answers", read.listed, doc="answers, as stored")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


@record(surface="contacted")
class Ssl(Record):
    """A handshake of TLS."""

    time: Utc | None = col("ts", read.moment, doc="when it began")
    uid: str | None = col("uid", read.shown, doc=_UID)
    client_address: IpAddress | None = col("id.orig_h", read.shown, doc=_CLIENT, surface="mention")
    server_address: IpAddress | None = col("id.resp_h", read.shown, doc=_SERVER)
    server_port: int | None = col("id.resp_p", read.number, doc=_SERVER_PORT)
    version: str | None = col("version", read.shown, doc="version that was agreed on")
    cipher: str | None = col("cipher", read.shown, doc="cipher suite that was agreed on")
    server_name: Domain | None = col("server_name", read.shown, doc="host that was asked for (SNI)")
    established: bool | None = col("established", read.truth, doc="whether the handshake was completed")
    subject: str | None = col("subject", read.shown, doc="whose the server's certificate is")
    issuer: str | None = col("issuer", read.shown, doc="who issued it")
    certificates: tuple[CertSha256, ...] | None = col(
        "cert_chain_fps", read.listed, doc="SHA-256 of the server's certificates, of Zeek 5 and later"
    )
    validation_status: str | None = col("validation_status", read.shown, doc="whether it was trusted")
    ja3: str | None = col("ja3", read.shown, doc="JA3 fingerprint, where a package adds it")
    ja3s: str | None = col("ja3s", read.shown, doc="JA3S fingerprint, where a package adds it")
    ja4: str | None = col("ja4", read.shown, doc="JA4 fingerprint, where a package adds it")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


@record(surface="contacted")
class Quic(Record):
    """A handshake of QUIC."""

    time: Utc | None = col("ts", read.moment, doc="when it began")
    uid: str | None = col("uid", read.shown, doc=_UID)
    client_address: IpAddress | None = col("id.orig_h", read.shown, doc=_CLIENT, surface="mention")
    server_address: IpAddress | None = col("id.resp_h", read.shown, doc=_SERVER)
    server_port: int | None = col("id.resp_p", read.number, doc=_SERVER_PORT)
    version: str | None = col("version", read.shown, doc="version of QUIC")
    server_name: Domain | None = col("server_name", read.shown, doc="host that was asked for (SNI)")
    protocol: str | None = col("client_protocol", read.shown, doc="protocol that the client offered first (ALPN)")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


@record(surface="contacted")
class X509(Record):
    """A certificate that was shown."""

    time: Utc | None = col("ts", read.moment, doc="when it was shown")
    file_id: str | None = col("id", read.shown, doc="its number among the files")
    sha256: CertSha256 | None = col("fingerprint", read.shown, doc="SHA-256 of it, of Zeek 5 and later")
    subject: str | None = col("certificate.subject", read.shown, doc="whose it is")
    issuer: str | None = col("certificate.issuer", read.shown, doc="who issued it")
    serial: str | None = col("certificate.serial", read.shown, doc="serial number, in hexadecimal")
    not_before: Utc | None = col("certificate.not_valid_before", read.moment, doc="from when it is valid")
    not_after: Utc | None = col("certificate.not_valid_after", read.moment, doc="until when it is valid")
    key_algorithm: str | None = col("certificate.key_alg", read.shown, doc="kind of its key")
    names: tuple[Domain, ...] | None = col("san.dns", read.listed, doc="other names that it is for")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


@record(surface="contacted")
class Http(Record):
    """A request of HTTP in clear, and its response."""

    time: Utc | None = col("ts", read.moment, doc="when it was asked")
    uid: str | None = col("uid", read.shown, doc=_UID)
    client_address: IpAddress | None = col("id.orig_h", read.shown, doc=_CLIENT, surface="mention")
    server_address: IpAddress | None = col("id.resp_h", read.shown, doc=_SERVER)
    server_port: int | None = col("id.resp_p", read.number, doc=_SERVER_PORT)
    method: str | None = col("method", read.shown, doc="GET, POST and so on")
    host: Domain | None = col("host", read.shown, doc="host of the request")
    uri: str | None = col("uri", read.shown, doc="what was asked for, as sent")
    url: Url | None = col("(url)", read.shown, doc="the address that host and target make")
    referrer: Url | None = col("referrer", read.shown, doc="page that it says it comes from", surface="mention")
    user_agent: str | None = col("user_agent", read.shown, doc="what the client calls itself")
    status: int | None = col("status_code", read.number, doc="status code of the response")
    response_length: int | None = col("response_body_len", read.number, doc="bytes of the response's body")
    location: Url | None = col("location", read.shown, doc="where it sends the client, where a package adds it")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


@record(surface="contacted")
class File(Record):
    """A file that passed, or a certificate."""

    time: Utc | None = col("ts", read.moment, doc="when it was first seen")
    file_id: str | None = col("fuid", read.shown, doc="its number")
    uids: tuple[str, ...] | None = col("conn_uids", read.listed, doc="numbers of the connections")
    senders: tuple[IpAddress, ...] | None = col("tx_hosts", read.listed, doc="who sent it")
    receivers: tuple[IpAddress, ...] | None = col("rx_hosts", read.listed, doc="who received it", surface="mention")
    source: str | None = col("source", read.shown, doc="protocol it passed over")
    mime_type: str | None = col("mime_type", read.shown, doc="type by its content")
    name: FileName | None = col("filename", read.shown, doc="its name, where the protocol says it")
    size: int | None = col("total_bytes", read.number, doc="bytes that it has")
    seen_bytes: int | None = col("seen_bytes", read.number, doc="bytes of it that were seen")
    md5: Md5 | None = col("md5", read.shown, doc="MD5 of it")
    sha1: Sha1 | None = col("sha1", read.shown, doc="SHA-1 of it")
    sha256: Sha256 | None = col("sha256", read.shown, doc="SHA-256 of it")
    certificate_sha1: CertSha1 | None = col("(certificate)", read.shown, doc="SHA-1, where it is a certificate")
    extra: str | None = col("(extra)", read.shown, doc=_EXTRA)


_LOGS: dict[str, type[Record]] = {
    "conn": Conn, "dns": Dns, "ssl": Ssl, "quic": Quic, "x509": X509, "http": Http, "files": File,
}  # fmt: skip
_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
_PLAIN, _TEXT = frozenset({str, int, bool, list}), frozenset({str})
_NAME = re.compile(r"(?:^|[._-])(conn|dns|ssl|quic|x509|http|files)(?=[._-])")
_CERTIFICATE = ("application/x-x509-user-cert", "application/x-x509-ca-cert", "application/pkix-cert")


@artifact("/network_logs/zeek/**")
def zeek(
    file: SourceFile,
) -> Iterator[Block[Conn] | Block[Dns] | Block[Ssl] | Block[Quic] | Block[X509] | Block[Http] | Block[File] | Gap]:
    log, gaps = read.plain(file)
    yield from gaps
    named = _NAME.search(file.path.name)
    with log.open() as stored:
        yield from read.blocks(_rows(read.zeek(stored), named[1] if named else None))


def _rows(
    found: Iterator[tuple[str | None, read.Row] | Gap], named: str | None
) -> Iterator[tuple[type[Record], read.Row] | Gap]:
    unknown: set[str | None] = set()
    for one in found:
        if isinstance(one, Gap):
            yield one
            continue
        path, (place, fields) = one
        name = path or named
        cls = _LOGS.get((name or "").removeprefix("open_"))
        if cls is not None:
            extra, wrong = _others(cls, fields)
            yield cls, (place, {**_completed(cls, fields), "(extra)": extra})
            yield from (value_gap(plan(cls), place, column, reason) for column, reason in wrong.items())
        elif name not in unknown and len(unknown) < 100:
            unknown.add(name)
            yield Gap(
                locator=place, reason=f"the log {name!a:.60} is not read" if name else "it is not told of which log"
            )


def _others(cls: type[Record], fields: Mapping[str, object]) -> tuple[str | None, dict[str, str]]:
    """What no field of the record has, as JSON, and what is wrong with values of it, by name."""
    mapped = plan(cls).mapped
    kept = {k: v for k, v in fields.items() if k not in mapped and k != "_path"}
    if not kept:
        return None, {}
    parts = (type(part) for v in kept.values() if type(v) is list for part in v)
    if _PLAIN.issuperset(map(type, kept.values())) and _TEXT.issuperset(parts) and (text := _JSON(kept)).isascii():
        return text, {}
    return unmapped(plan(cls), kept)


def _completed(cls: type[Record], fields: Mapping[str, object]) -> Mapping[str, object]:
    """With what is made of several fields."""
    if cls is Http and isinstance(host := fields.get("host"), str) and isinstance(uri := fields.get("uri"), str):
        return {**fields, "(url)": uri if uri.startswith("http") else f"http://{host}{uri}"}
    if cls is File and fields.get("mime_type") in _CERTIFICATE:
        return {**fields, "(certificate)": fields.get("sha1")}
    return fields

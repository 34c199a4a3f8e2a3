"""Suricata's EVE: a line of JSON for each flow, look-up, handshake, request, file and alert.

A look-up in the form of version 2 is a row for the question and one for the answers; version 3 tells both in one.

Known limits: fields that the records here do not have are not kept, but for events of other types, which are kept as
they are, cut to 4,096 characters.

Sources: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import (
    Block,
    CertSha1,
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
from bridle.formats import json_lines
from bridle.formats import network_log as read
from bridle.formats.table import col

_FLOW = "number of the flow"
_SOURCE, _SOURCE_PORT = "address of the side that sent, or that began", "port of that side"
_TARGET, _TARGET_PORT = "address of the other side", "port of the other side"
_LONGEST = 4096


@record(surface="contacted")
class Flow(Record):
    """What two addresses and ports said to each other."""

    time: Utc | None = col("timestamp", read.iso, doc="when it was told")
    flow_id: int | None = col("flow_id", read.number, doc=_FLOW)
    client_address: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE)
    client_port: int | None = col("src_port", read.number, doc=_SOURCE_PORT)
    server_address: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET)
    server_port: int | None = col("dest_port", read.number, doc=_TARGET_PORT)
    protocol: str | None = col("proto", read.shown, doc="TCP, UDP and so on")
    application: str | None = col("app_proto", read.shown, doc="protocol that was recognised")
    first: Utc | None = col("flow.start", read.iso, doc="time of the first packet")
    last: Utc | None = col("flow.end", read.iso, doc="time of the last packet")
    packets_sent: int | None = col("flow.pkts_toserver", read.number, doc="packets of the client")
    packets_received: int | None = col("flow.pkts_toclient", read.number, doc="packets of the server")
    bytes_sent: int | None = col("flow.bytes_toserver", read.number, doc="bytes of the client's packets")
    bytes_received: int | None = col("flow.bytes_toclient", read.number, doc="bytes of the server's packets")
    state: str | None = col("flow.state", read.shown, doc="new, established or closed")


@record(surface="look-up")
class Dns(Record):
    """A question, or answers."""

    time: Utc | None = col("timestamp", read.iso, doc="time of the packet")
    flow_id: int | None = col("flow_id", read.number, doc=_FLOW)
    client_address: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE, surface="mention")
    server_address: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET, surface="mention")
    type: str | None = col("dns.type", read.shown, doc="query, request, answer or response")
    number: int | None = col("dns.id", read.number, doc="number of the message")
    query: Domain | None = col("(query)", read.shown, doc="name that was asked for")
    query_type: str | None = col("(query_type)", read.shown, doc="type that was asked for")
    response_code: str | None = col("dns.rcode", read.shown, doc="NOERROR, NXDOMAIN and so on")
    addresses: tuple[IpAddress, ...] | None = col("(answers)", read.addresses, doc="addresses that were answered")
    names: tuple[Domain, ...] | None = col("(answers)", read.names, doc="names that were answered")
    answers: tuple[str, ...] | None = col("(answers)", read.listed, doc="values that were answered")


@record(surface="contacted")
class Tls(Record):
    """A handshake of TLS or QUIC."""

    time: Utc | None = col("timestamp", read.iso, doc="time of the packet")
    flow_id: int | None = col("flow_id", read.number, doc=_FLOW)
    client_address: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE, surface="mention")
    server_address: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET)
    server_port: int | None = col("dest_port", read.number, doc=_TARGET_PORT)
    transport: str = col("event_type", read.shown, doc="tls or quic")
    server_name: Domain | None = col("tls.sni", read.shown, doc="host that was asked for (SNI)")
    version: str | None = col("tls.version", read.shown, doc="version that was agreed on")
    subject: str | None = col("tls.subject", read.shown, doc="whose the server's certificate is")
    issuer: str | None = col("tls.issuerdn", read.shown, doc="who issued it")
    serial: str | None = col("tls.serial", read.shown, doc="its serial number")
    certificate_sha1: CertSha1 | None = col("(sha1)", read.shown, doc="SHA-1 of it, without colons")
    not_before: str | None = col("tls.notbefore", read.shown, doc="from when it is valid, as stored")
    not_after: str | None = col("tls.notafter", read.shown, doc="until when it is valid, as stored")
    names: tuple[Domain, ...] | None = col("tls.subjectaltname", read.listed, doc="other names that it is for")
    ja3: str | None = col("(ja3)", read.shown, doc="JA3 fingerprint (MD5)")
    ja3_raw: str | None = col("(ja3_raw)", read.shown, doc="what it is of")
    ja3s: str | None = col("(ja3s)", read.shown, doc="JA3S fingerprint (MD5)")
    ja4: str | None = col("tls.ja4", read.shown, doc="JA4 fingerprint, as Suricata makes it")


@record(surface="contacted")
class Http(Record):
    """A request of HTTP in clear, and its response."""

    time: Utc | None = col("timestamp", read.iso, doc="time of the packet")
    flow_id: int | None = col("flow_id", read.number, doc=_FLOW)
    client_address: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE, surface="mention")
    server_address: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET)
    server_port: int | None = col("dest_port", read.number, doc=_TARGET_PORT)
    method: str | None = col("http.http_method", read.shown, doc="GET, POST and so on")
    host: Domain | None = col("http.hostname", read.shown, doc="host of the request")
    target: str | None = col("http.url", read.shown, doc="what was asked for, as sent")
    url: Url | None = col("(url)", read.shown, doc="the address that host and target make")
    user_agent: str | None = col("http.http_user_agent", read.shown, doc="what the client calls itself")
    referrer: Url | None = col("http.http_refer", read.shown, doc="page it says it comes from", surface="mention")
    status: int | None = col("http.status", read.number, doc="status code of the response")
    location: Url | None = col("http.redirect", read.shown, doc="where it sends the client")
    content_type: str | None = col("http.http_content_type", read.shown, doc="type of the response's body")
    length: int | None = col("http.length", read.number, doc="bytes of the response's body")


@record(surface="contacted")
class File(Record):
    """A file that passed."""

    time: Utc | None = col("timestamp", read.iso, doc="time of the packet")
    flow_id: int | None = col("flow_id", read.number, doc=_FLOW)
    sender: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE)
    receiver: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET)
    application: str | None = col("app_proto", read.shown, doc="protocol it passed over")
    name: FileName | None = col("fileinfo.filename", read.shown, doc="its name or path")
    size: int | None = col("fileinfo.size", read.number, doc="bytes of it that were seen")
    state: str | None = col("fileinfo.state", read.shown, doc="CLOSED, TRUNCATED and so on")
    md5: Md5 | None = col("fileinfo.md5", read.shown, doc="MD5 of it")
    sha1: Sha1 | None = col("fileinfo.sha1", read.shown, doc="SHA-1 of it")
    sha256: Sha256 | None = col("fileinfo.sha256", read.shown, doc="SHA-256 of it")


@record
class Alert(Record):
    """A rule of Suricata's that matched: somebody else's conclusion, as it stands."""

    time: Utc | None = col("timestamp", read.iso, doc="time of the packet")
    flow_id: int | None = col("flow_id", read.number, doc=_FLOW)
    source_address: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE)
    source_port: int | None = col("src_port", read.number, doc=_SOURCE_PORT)
    target_address: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET)
    target_port: int | None = col("dest_port", read.number, doc=_TARGET_PORT)
    signature_id: int | None = col("alert.signature_id", read.number, doc="number of the rule")
    signature: str | None = col("alert.signature", read.shown, doc="name of the rule")
    category: str | None = col("alert.category", read.shown, doc="its category")
    severity: int | None = col("alert.severity", read.number, doc="its severity; 1 is the highest")


@record
class Event(Record):
    """An event of another type."""

    time: Utc | None = col("timestamp", read.iso, doc="when it was told")
    type: str | None = col("event_type", read.shown, doc="its type")
    source_address: IpAddress | None = col("src_ip", read.shown, doc=_SOURCE)
    target_address: IpAddress | None = col("dest_ip", read.shown, doc=_TARGET)
    text: str | None = col("(text)", read.shown, doc="all of it, as JSON")


_TYPES: dict[str, type[Record]] = {
    "flow": Flow, "dns": Dns, "tls": Tls, "quic": Tls, "http": Http, "http2": Http, "fileinfo": File, "alert": Alert,
}  # fmt: skip
_PARTS = ("flow", "dns", "tls", "http", "fileinfo", "alert")


@artifact("/network_logs/eve/**")
def eve(
    file: SourceFile,
) -> Iterator[Block[Flow] | Block[Dns] | Block[Tls] | Block[Http] | Block[File] | Block[Alert] | Block[Event] | Gap]:
    log, gaps = read.plain(file)
    yield from gaps
    with log.open() as stored:
        yield from read.blocks(_rows(json_lines.objects(stored)))


def _rows(found: Iterator[tuple[str, Mapping[str, Any] | str] | Gap]) -> Iterator[tuple[type[Record], read.Row] | Gap]:
    for one in found:
        if isinstance(one, Gap):
            yield one
        elif isinstance(one[1], str):
            yield Gap(locator=one[0], reason=f"expected a JSON object, got {one[1]!a:.60}")
        else:
            kind = one[1].get("event_type")
            cls = _TYPES.get(kind, Event) if isinstance(kind, str) else Event
            yield cls, (one[0], _flat(cls, one[1]))


def _flat(cls: type[Record], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of the event and those of its part, as `dns.rrname`; and what is made of several."""
    if cls is Event:
        return {**event, "(text)": json.dumps(event, ensure_ascii=True)[:_LONGEST]}
    fields = {k: v for k, v in event.items() if not isinstance(v, dict)}
    for part in _PARTS:
        if isinstance(inner := event.get(part), dict):
            fields |= {f"{part}.{k}": v for k, v in inner.items()}
    if isinstance(quic := event.get("quic"), dict):
        fields |= {f"tls.{k}": v for k, v in quic.items()}
    if cls is Dns:
        fields |= _asked(fields)
    elif cls is Tls:
        fields |= _fingerprints(fields)
    elif cls is Http and isinstance(host := fields.get("http.hostname"), str):
        target = fields.get("http.url")
        fields["(url)"] = target if str(target).startswith("http") else f"http://{host}{target or ''}"
    return fields


def _asked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of a look-up, in the forms of all versions."""
    first = next((q for k in ("dns.queries", "dns.query") for q in _many(fields.get(k))), {})
    answers = [a.get("rdata") for a in _many(fields.get("dns.answers"))] or [fields.get("dns.rdata")]
    found = {
        "(query)": fields.get("dns.rrname", first.get("rrname")),
        "(query_type)": fields.get("dns.rrtype", first.get("rrtype")),
    }
    texts = [a for a in answers if isinstance(a, str)]
    return {k: v for k, v in found.items() if v is not None} | ({"(answers)": texts} if texts else {})


def _many(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value[:1000] if isinstance(v, dict)] if isinstance(value, list) else []


def _fingerprints(fields: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("ja3", "ja3s"):
        if isinstance(told := fields.get(f"tls.{name}"), dict):
            found |= {f"({name})": told.get("hash"), f"({name}_raw)": told.get("string")}
    if isinstance(sha1 := fields.get("tls.fingerprint"), str):
        found["(sha1)"] = sha1.replace(":", "").lower()
    return {k: v for k, v in found.items() if v is not None}

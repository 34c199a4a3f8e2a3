"""Packets as tshark tells them: `-T json` (whole packets, or the fields of `-e`) and `-T ek`.

A packet is a Packet, and once more a row for each protocol that is read of it. Names of fields are those of Wireshark;
`-T ek` writes them with `_` behind the name of their layer. What a packet has several times is told as a list.

Known limits: of a look-up in which several names are asked for the first is told; fields that the records here do not
have are not kept; tshark keeps one of several equal names in a layer unless it is asked not to (`--no-duplicate-keys`).

Sources: https://www.wireshark.org/docs/man-pages/tshark.html ; https://www.wireshark.org/docs/dfref/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from bridle.core import (
    Block,
    Domain,
    Gap,
    IpAddress,
    Record,
    SourceFile,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import json_array, json_lines
from bridle.formats import network_log as read
from bridle.formats.table import col

_SOURCE, _TARGET = "address that sent it", "address that it was sent to"
_MOST_VALUES, _DEEPEST = 1000, 32


def _first(value: object) -> str | None:
    return read.shown(read.listed(value)[0])


def _number(value: object) -> int:
    return int(read.listed(value)[0], 0)


def _truth(value: object) -> bool:
    return read.listed(value)[0].lower() in ("1", "true")


def _moment(value: object) -> Utc:
    return read.moment(read.listed(value)[0])


@record(surface="contacted")
class Packet(Record):
    """A packet."""

    number: int | None = col("frame_number", _number, doc="its number in the capture")
    time: Utc | None = col("frame_time_epoch", _moment, doc="when it passed")
    protocols: str | None = col("frame_protocols", _first, doc="protocols in it")
    length: int | None = col("frame_len", _number, doc="bytes on the wire")
    source_address: IpAddress | None = col("(source)", _first, doc=_SOURCE)
    source_port: int | None = col("(source_port)", _number, doc="port that it was sent from")
    target_address: IpAddress | None = col("(target)", _first, doc=_TARGET)
    target_port: int | None = col("(target_port)", _number, doc="port that it was sent to")
    stream: int | None = col("tcp_stream", _number, doc="number of its TCP connection")


@record(surface="look-up")
class Dns(Record):
    """A look-up, or its answer."""

    time: Utc | None = col("frame_time_epoch", _moment, doc="when it passed")
    packet: int | None = col("frame_number", _number, doc="number of the packet")
    source_address: IpAddress | None = col("(source)", _first, doc=_SOURCE, surface="mention")
    target_address: IpAddress | None = col("(target)", _first, doc=_TARGET, surface="mention")
    number: int | None = col("dns_id", _number, doc="number of the message")
    is_response: bool | None = col("dns_flags_response", _truth, doc="whether it answers")
    query: Domain | None = col("dns_qry_name", _first, doc="name that was asked for")
    query_type: int | None = col("dns_qry_type", _number, doc="type that was asked for; 1 is A, 28 AAAA, 65 HTTPS")
    addresses: tuple[IpAddress, ...] | None = col("(addresses)", read.addresses, doc="addresses that were answered")
    names: tuple[Domain, ...] | None = col("(names)", read.names, doc="names that were answered")


@record(surface="contacted")
class Tls(Record):
    """A ClientHello or ServerHello of TLS or QUIC."""

    time: Utc | None = col("frame_time_epoch", _moment, doc="when it passed")
    packet: int | None = col("frame_number", _number, doc="number of the packet")
    source_address: IpAddress | None = col("(source)", _first, doc=_SOURCE)
    target_address: IpAddress | None = col("(target)", _first, doc=_TARGET)
    target_port: int | None = col("(target_port)", _number, doc="port that it was sent to")
    type: int | None = col("tls_handshake_type", _number, doc="1 ClientHello, 2 ServerHello, 11 Certificate")
    server_name: Domain | None = col(
        "tls_handshake_extensions_server_name", _first, doc="host that was asked for (SNI)"
    )
    alpn: tuple[str, ...] | None = col("tls_handshake_extensions_alpn_str", read.listed, doc="protocols offered")
    ja3: str | None = col("tls_handshake_ja3", _first, doc="JA3 fingerprint (MD5)")
    ja3s: str | None = col("tls_handshake_ja3s", _first, doc="JA3S fingerprint (MD5)")
    ja4: str | None = col("tls_handshake_ja4", _first, doc="JA4 fingerprint, of tshark 4.2 and later")


@record(surface="contacted")
class Http(Record):
    """A request or response of HTTP."""

    time: Utc | None = col("frame_time_epoch", _moment, doc="when it passed")
    packet: int | None = col("frame_number", _number, doc="number of the packet")
    source_address: IpAddress | None = col("(source)", _first, doc=_SOURCE)
    target_address: IpAddress | None = col("(target)", _first, doc=_TARGET)
    method: str | None = col("http_request_method", _first, doc="GET, POST and so on")
    host: Domain | None = col("http_host", _first, doc="host of the request")
    target: str | None = col("http_request_uri", _first, doc="what was asked for, as sent")
    url: Url | None = col("http_request_full_uri", _first, doc="the address that was asked for")
    user_agent: str | None = col("http_user_agent", _first, doc="what the client calls itself")
    status: int | None = col("http_response_code", _number, doc="status code of a response")
    location: Url | None = col("http_location", _first, doc="where it sends the client")


_WANTED = (
    "frame_number", "frame_time_epoch", "frame_protocols", "frame_len", "ip_src", "ip_dst", "ipv6_src", "ipv6_dst",
    "tcp_srcport", "tcp_dstport", "udp_srcport", "udp_dstport", "tcp_stream", "dns_id", "dns_flags_response",
    "dns_qry_name", "dns_qry_type", "dns_a", "dns_aaaa", "dns_cname", "dns_ns", "dns_ptr_domain_name",
    "tls_handshake_type", "tls_handshake_extensions_server_name", "tls_handshake_extensions_alpn_str",
    "tls_handshake_ja3", "tls_handshake_ja3s", "tls_handshake_ja4", "http_request_method", "http_host",
    "http_request_uri", "http_request_full_uri", "http_user_agent", "http_response_code", "http_location",
)  # fmt: skip
_JOINED = {
    "(source)": ("ip_src", "ipv6_src"), "(target)": ("ip_dst", "ipv6_dst"),
    "(source_port)": ("tcp_srcport", "udp_srcport"), "(target_port)": ("tcp_dstport", "udp_dstport"),
    "(addresses)": ("dns_a", "dns_aaaa"), "(names)": ("dns_cname", "dns_ns", "dns_ptr_domain_name"),
}  # fmt: skip
_OF: dict[type[Record], tuple[str, ...]] = {
    Dns: ("dns_qry_name", "dns_id"), Tls: ("tls_handshake_type", "tls_handshake_extensions_server_name"),
    Http: ("http_request_method", "http_response_code", "http_host"),
}  # fmt: skip
"""A packet has such a row where it has one of these."""


@artifact("/network_logs/tshark/**")
def tshark(file: SourceFile) -> Iterator[Block[Packet] | Block[Dns] | Block[Tls] | Block[Http] | Gap]:
    log, gaps = read.plain(file)
    yield from gaps
    with log.open() as stored:
        array = stored.read(64).lstrip().startswith(b"[")
        stored.seek(0)
        yield from read.blocks(_rows(json_array.items(stored) if array else json_lines.objects(stored)))


def _rows(found: Iterator[tuple[str, Any] | Gap]) -> Iterator[tuple[type[Record], read.Row] | Gap]:
    for one in found:
        if isinstance(one, Gap):
            yield one
            continue
        place, packet = one
        layers = _layers(packet)
        if layers is None:
            if not (isinstance(packet, Mapping) and "index" in packet):
                yield Gap(locator=place, reason=f"expected a packet with its layers, got {packet!a:.60}")
            continue
        fields: dict[str, list[str]] = {}
        _gather(layers, fields, _DEEPEST)
        if (
            isinstance(packet.get("timestamp"), str)
            and "frame_time_epoch" not in fields
            and packet["timestamp"].isascii()
            and packet["timestamp"].isdigit()
            and len(packet["timestamp"]) < 19
        ):
            fields["frame_time_epoch"] = [str(int(packet["timestamp"]) / 1000)]
        for name, parts in _JOINED.items():
            if values := [v for part in parts for v in fields.get(part, ())]:
                fields[name] = values
        yield Packet, (place, fields)
        for cls, marks in _OF.items():
            if any(mark in fields for mark in marks):
                yield cls, (f"{place}:{cls.__name__.lower()}", fields)


def _layers(packet: object) -> Mapping[str, Any] | None:
    if not isinstance(packet, Mapping):
        return None
    inner = packet.get("_source", packet)
    layers = inner.get("layers") if isinstance(inner, Mapping) else None
    return layers if isinstance(layers, Mapping) else None


def _gather(value: object, fields: dict[str, list[str]], depth: int, name: str | None = None) -> None:
    """The values of the fields that are wanted, however deep they lie."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if depth and isinstance(key, str):
                _gather(inner, fields, depth - 1, _wanted(key))
    elif isinstance(value, list):
        for inner in value[:_MOST_VALUES]:
            if depth:
                _gather(inner, fields, depth - 1, name)
    elif name is not None and isinstance(value, str | int | float):
        held = fields.setdefault(name, [])
        if len(held) < _MOST_VALUES:
            held.append(str(value))


@lru_cache(maxsize=4096)
def _wanted(key: str) -> str | None:
    """The name of a field that is read, by its name in either form."""
    plain = key.replace(".", "_")
    if plain in _WANTED:
        return plain
    return next((name for name in _WANTED if plain.endswith(f"_{name}")), None)

"""A capture of network traffic (pcap, pcapng): who spoke to whom, and what of it anybody on the way can read.

A flow is what two addresses and ports said to each other over one protocol. Names that were looked up, what TLS and
QUIC say before they encrypt, certificates, and the heads of HTTP messages are told with their flow. A locator
`packet 12` counts from 1, as Wireshark does; of what came in several packets it is the one that completed it. Nothing
of what was encrypted is read, and no body of an HTTP message is kept but the first bytes of two segments that differ.

Known limits: which side is the client is known where its SYN was captured, else by the port. HTTP/2 in clear is not
read. A stream whose packets are missing is read up to there, and beyond where only a body is missing. Flows that are
silent for long are told as ended, and begin anew.

Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng ; RFC 791, 8200, 9293 (IP, TCP), 1035 (DNS), 8446, 9000, 9147
(TLS, QUIC, DTLS), 9112 (HTTP) ; https://github.com/salesforce/ja3 ; https://github.com/FoxIO-LLC/ja4 (JA4 alone)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import (
    Block,
    CertMd5,
    CertSha1,
    CertSha256,
    Domain,
    Gap,
    IpAddress,
    ProcessName,
    Record,
    SourceFile,
    Url,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import capture as captures

_FLOW = "locator of the flow"
_CLIENT = "address of the side that began"
_CLIENT_PORT = "port of the side that began"
_SERVER = "address of the other side"
_SERVER_PORT = "port of the other side"


@record(surface="contacted")
class Flow(Record):
    """What two addresses and ports said to each other."""

    protocol: str = note(doc="`tcp`, `udp`, `icmp`, `icmp6`, `gre` and so on, or the number of the IP protocol")
    application: str | None = note(doc="what was recognised in it: tls, quic, dtls, http, dns, mdns, llmnr")
    client_address: IpAddress = note(doc=_CLIENT)
    client_port: int | None = note(doc=_CLIENT_PORT)
    server_address: IpAddress = note(doc=_SERVER)
    server_port: int | None = note(doc=_SERVER_PORT)
    server_name: Domain | None = note(doc="host that the client named in TLS, QUIC or HTTP, the first one")
    first: Utc | None = note(doc="time of the first packet")
    last: Utc | None = note(doc="time of the last packet")
    sent_first: Utc | None = note(doc="time of the client's first packet")
    sent_last: Utc | None = note(doc="time of the client's last packet")
    received_first: Utc | None = note(doc="time of the server's first packet")
    received_last: Utc | None = note(doc="time of the server's last packet")
    packets_sent: int = note(doc="packets of the client")
    packets_received: int = note(doc="packets of the server")
    bytes_sent: int = note(doc="bytes of the client's payload, without the headers of IP, TCP and UDP")
    bytes_received: int = note(doc="bytes of the server's payload")
    ended: str = note(doc="`fin`, `rst`, `idle`, `reused` (its ports), `capture` (it ended), `full` (too many flows)")
    begun: bool = note(doc="whether its beginning was captured: a SYN; always true where there is no such thing")
    sent_ttl: int | None = note(doc="hops left to the client's first packet (TTL)")
    received_ttl: int | None = note(doc="hops left to the server's first packet (TTL)")
    repeated: int = note(doc="segments that came again while its stream was read")
    lost_bytes: int = note(doc="bytes that are missing in its stream while it was read")
    process_name: ProcessName | None = note(
        doc="process of its first packet, where an Apple device captured it (PKTAP)", surface="network-user"
    )
    process_id: int | None = note(doc="number of that process")
    on_behalf_of: ProcessName | None = note(doc="process that it works for, as stored", surface="network-user")


@record(surface="look-up")
class Dns(Record):
    """A question of a DNS message, or its answers; a message of several questions is several rows."""

    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    client_address: IpAddress = note(doc="address of the side that asked", surface="mention")
    server_address: IpAddress = note(doc="address of the resolver", surface="mention")
    protocol: str = note(doc="dns, mdns or llmnr")
    transport: str = note(doc="udp or tcp")
    number: int = note(doc="number of the message, by which question and answer are known to belong together")
    is_response: bool = note(doc="whether it answers")
    query: Domain | None = note(doc="name that was asked for")
    query_type: str | None = note(doc="type that was asked for, such as A, AAAA, HTTPS or TXT")
    response_code: str | None = note(doc="of an answer: NOERROR, NXDOMAIN, SERVFAIL and so on")
    addresses: tuple[IpAddress, ...] = note(doc="addresses that were answered")
    names: tuple[Domain, ...] = note(doc="names that were answered: of CNAME, NS, PTR, MX, SRV and HTTPS records")
    answers: tuple[str, ...] = note(doc="answers as `NAME TTL TYPE VALUE`")
    authority: tuple[str, ...] = note(doc="records on who is responsible, as `NAME TTL TYPE VALUE`")
    additional: tuple[str, ...] = note(doc="further records, as `NAME TTL TYPE VALUE`")
    ttl: int | None = note(doc="shortest time that an answer may be kept, in seconds")
    ech: bool = note(doc="whether an answer has keys for an encrypted ClientHello")
    size: int = note(doc="bytes of the message")


@record(surface="contacted")
class ClientHello(Record):
    """What a client said before TLS or QUIC began to encrypt."""

    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    client_address: IpAddress = note(doc=_CLIENT, surface="mention")
    server_address: IpAddress = note(doc=_SERVER)
    server_port: int = note(doc=_SERVER_PORT)
    transport: str = note(doc="tcp, quic or dtls")
    server_name: Domain | None = note(doc="host that it asked for (SNI)")
    alpn: tuple[str, ...] = note(doc="protocols that it offered to speak (ALPN)")
    ech: bool = note(doc="whether an encrypted ClientHello, or a sham of one, is beside it: the name may be a front's")
    legacy_version: str | None = note(doc="version in the old field")
    versions: tuple[str, ...] = note(doc="versions that it offered, GREASE left out")
    ja3: str | None = note(doc="JA3 fingerprint (MD5); Google's QUIC of before the standard has none")
    ja3_raw: str | None = note(doc="what the JA3 fingerprint is of")
    ja4: str | None = note(doc="JA4 fingerprint")
    ja4_raw: str | None = note(doc="JA4 before it is hashed")
    quic_version: str | None = note(doc="version of QUIC, in hexadecimal, or such as `Q043` of Google's")


@record(surface="contacted")
class ServerHello(Record):
    """What a server chose before TLS or QUIC began to encrypt."""

    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    server_address: IpAddress = note(doc=_SERVER)
    server_port: int = note(doc=_SERVER_PORT)
    transport: str = note(doc="tcp, quic or dtls")
    version: str = note(doc="version that it chose")
    cipher: str = note(doc="cipher suite that it chose, in hexadecimal")
    alpn: tuple[str, ...] = note(doc="protocol that it chose, where that is not encrypted")
    retry: bool = note(doc="whether it asks for another ClientHello")
    ja3s: str = note(doc="JA3S fingerprint (MD5)")
    ja3s_raw: str = note(doc="what the JA3S fingerprint is of")


@record(surface="contacted")
class Certificate(Record):
    """A certificate that a server or client showed; TLS 1.3 and QUIC encrypt theirs."""

    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    shown_by: IpAddress = note(doc="address of the side that showed it")
    position: int = note(doc="place in the chain; 1 is the side's own")
    subject: str = note(doc="whose it is")
    issuer: str = note(doc="who issued it")
    serial: str = note(doc="serial number, in hexadecimal")
    not_before: Utc | None = note(doc="from when it is valid")
    not_after: Utc | None = note(doc="until when it is valid")
    names: tuple[Domain, ...] = note(doc="other names that it is for")
    sha256: CertSha256 = note(doc="SHA-256 of the certificate")
    sha1: CertSha1 = note(doc="SHA-1 of the certificate")
    md5: CertMd5 = note(doc="MD5 of the certificate")
    signature_algorithm: str = note(doc="how it is signed")
    key_algorithm: str | None = note(doc="kind and size of its key")
    self_issued: bool = note(doc="whether issuer and subject are the same")


@record(surface="contacted")
class HttpRequest(Record):
    """The head of an HTTP request in clear."""

    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    client_address: IpAddress = note(doc=_CLIENT, surface="mention")
    server_address: IpAddress = note(doc=_SERVER)
    server_port: int = note(doc=_SERVER_PORT)
    method: str = note(doc="GET, POST and so on")
    target: str = note(doc="what was asked for, as sent")
    host: Domain | None = note(doc="host of the header `Host`, without its port; else of the target")
    url: Url | None = note(doc="the address that host, port and target make")
    version: str | None = note(doc="HTTP/1.1 or HTTP/1.0")
    user_agent: str | None = note(doc="what the client calls itself")
    referrer: Url | None = note(doc="page that the request says it comes from", surface="mention")
    header_names: tuple[str, ...] = note(doc="names of the headers, as sent and in their order")
    content_type: str | None = note(doc="type of the body")
    content_length: int | None = note(doc="bytes of the body")


@record(surface="contacted")
class HttpResponse(Record):
    """The head of an HTTP response in clear, and how the packet that it begins in travelled."""

    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    client_address: IpAddress = note(doc=_CLIENT, surface="mention")
    server_address: IpAddress = note(doc=_SERVER)
    server_port: int = note(doc=_SERVER_PORT)
    request_host: Domain | None = note(doc="host of the request that it answers")
    request_url: Url | None = note(doc="address of the request that it answers")
    version: str = note(doc="HTTP/1.1 or HTTP/1.0")
    status: int = note(doc="status code")
    reason: str = note(doc="words after the status code, as sent")
    location: Url | None = note(doc="where it sends the client")
    server: str | None = note(doc="what the server calls itself")
    header_names: tuple[str, ...] = note(doc="names of the headers, as sent and in their order")
    content_type: str | None = note(doc="type of the body")
    content_length: int | None = note(doc="bytes of the body")
    packet: str = note(doc="locator of the packet in which it begins")
    ttl: int = note(doc="hops left to that packet (TTL)")
    ip_id: int | None = note(doc="number of that packet (IPv4)")
    dont_fragment: bool | None = note(doc="whether it forbids fragments (IPv4)")
    tcp_flags: str = note(doc="its TCP flags, such as `FPA`: FIN, SYN, RST, PSH, ACK, URG, ECE, CWR")


@record
class InjectionCandidate(Record):
    """Two packets of one direction that one sender would hardly have sent: raw facts, from which rules conclude.

    `overlap`: two segments say different things at the same place of the stream; `other` is the one that came first.
    `redirect`: a response sends the client elsewhere; `other` is the packet with which the server's side began.
    """

    kind: str = note(doc="overlap or redirect")
    time: Utc | None = note(doc="time of the packet")
    flow: str = note(doc=_FLOW)
    client_address: IpAddress = note(doc=_CLIENT)
    server_address: IpAddress = note(doc=_SERVER)
    server_port: int = note(doc=_SERVER_PORT)
    from_server: bool = note(doc="whether the server's side sent both")
    packet: str = note(doc="locator of the packet")
    sequence: int = note(doc="its sequence number")
    length: int = note(doc="bytes that it carries")
    ttl: int = note(doc="hops left to it (TTL)")
    ip_id: int | None = note(doc="its number (IPv4)")
    dont_fragment: bool | None = note(doc="whether it forbids fragments (IPv4)")
    tcp_flags: str = note(doc="its TCP flags, such as `FPA`")
    payload: str = note(doc="first 256 bytes that it carries; what is not ASCII as `\\xNN`")
    other_packet: str | None = note(doc="locator of the other packet; None where it was not captured")
    other_time: Utc | None = note(doc="time of the other packet")
    other_sequence: int | None = note(doc="sequence number of the other packet")
    other_length: int | None = note(doc="bytes that the other packet carries")
    other_ttl: int | None = note(doc="hops left to the other packet (TTL)")
    other_ip_id: int | None = note(doc="number of the other packet (IPv4)")
    other_dont_fragment: bool | None = note(doc="whether the other packet forbids fragments (IPv4)")
    other_tcp_flags: str | None = note(doc="TCP flags of the other packet")
    other_payload: str | None = note(doc="first 256 bytes that the other packet carries, told as those of this one")
    compared: int | None = note(doc="of an overlap: bytes at common places of the stream that were compared")
    differs_at: int | None = note(doc="of an overlap: the place of the first of these that differs, from 0")
    differing: int | None = note(doc="of an overlap: how many of these differ")
    request_host: Domain | None = note(doc="of a redirect: host that was asked for", surface="contacted")
    status: int | None = note(doc="of a redirect: status code")
    location: Url | None = note(doc="of a redirect: where it sends the client", surface="contacted")
    previous_packet: str | None = note(
        doc="of a redirect: locator of the packet of its direction before it; bare ACKs count before the first payload"
    )
    previous_ttl: int | None = note(doc="hops left to that packet (TTL)")
    previous_ip_id: int | None = note(doc="number of that packet (IPv4)")
    previous_dont_fragment: bool | None = note(doc="whether that packet forbids fragments (IPv4)")


@record
class Visibility(Record):
    """What of a capture could be seen, and what not: one row."""

    first: Utc | None = note(doc="time of the earliest packet")
    last: Utc | None = note(doc="time of the latest packet")
    packets: int = note(doc="packets of the capture")
    packets_not_ip: int = note(doc="packets that carry no IP, such as ARP")
    packets_unread: int = note(doc="packets that are damaged, cut before their ports, or of a link that is not known")
    fragments_lost: int = note(doc="IP datagrams of which parts are missing")
    snap_length: int | None = note(doc="bytes that were kept of each packet at most")
    packets_cut: int = note(doc="packets of which not all was kept")
    flows: int = note(doc="flows")
    flows_begun_before: int = note(doc="TCP flows whose beginning was not captured")
    flows_encrypted: int = note(doc="flows of TLS, DTLS or QUIC")
    flows_without_name: int = note(doc="flows of TLS, DTLS or QUIC whose host is not known by name")
    flows_ech: int = note(doc="flows with an encrypted ClientHello, or a sham of one, whose name may be a front's")
    flows_encrypted_dns: int = note(doc="flows to ports or known hosts of encrypted DNS, and of Apple's relay")
    flows_unrecognised: int = note(doc="flows with a payload that is none of tls, quic, dtls, http, dns, mdns, llmnr")
    lost_bytes: int = note(doc="bytes that are missing in streams that were read")


@artifact("/capture/**")
def capture(
    file: SourceFile,
) -> Iterator[
    Block[Flow]
    | Block[Dns]
    | Block[ClientHello]
    | Block[ServerHello]
    | Block[Certificate]
    | Block[HttpRequest]
    | Block[HttpResponse]
    | Block[InjectionCandidate]
    | Visibility
    | Gap
]:
    types = (
        Flow, Dns, ClientHello, ServerHello, Certificate, HttpRequest, HttpResponse, InjectionCandidate, Visibility,
    )  # fmt: skip
    with file.open() as stored:
        yield from captures.rows(stored, {t.__name__: t for t in types})

"""What reads the bytes of flows: which protocol they are, and the rows that it gives.

A TCP stream is looked at by its first bytes, and again at the beginning of the segments that follow, since TLS may come
after words in clear (a proxy's, or STARTTLS). Once TLS encrypts, or nothing is recognised, a stream is let go.
"""

from __future__ import annotations

from bridle.core import FormatError
from bridle.formats import capture_dns, capture_tls, dtls, gquic, http_message
from bridle.formats.capture_flow import Flow
from bridle.formats.capture_http import HttpReader
from bridle.formats.capture_rows import Rows
from bridle.formats.quic import Initials, looks_initial
from bridle.formats.tcp_streams import Direction, Segment
from bridle.formats.tls_records import Records

_SHORTEST = 8
_MOST_SEGMENTS = 24
"""Segments at whose beginning TLS is looked for."""
_MOST_DATAGRAMS = 8
"""Datagrams of a direction that are no Initial of QUIC, after which none is waited for."""
_LONG = 0xC0
"""The first byte of a packet of QUIC with a long header, at least."""
_DNS_PORTS = {53: "dns", 5353: "mdns", 5355: "llmnr"}


class Opening:
    """The bytes of a direction of which it is not known what they are."""

    def __init__(self, d: Direction, rows: Rows, *, begins: bool = True) -> None:
        self._d, self._rows = d, rows
        self._rest = b""
        self._begins = begins
        self._left = _MOST_SEGMENTS
        self.wants = True

    @property
    def held(self) -> int:
        return len(self._rest)

    def skip(self, count: int) -> None:  # noqa: ARG002 - as the others
        self._rest = b""

    def feed(self, data: bytes, segment: Segment) -> None:
        data = self._rest + data
        if len(data) < _SHORTEST and self._left == _MOST_SEGMENTS and not self._rest:
            self._rest = data
            return
        self._rest = b""
        chosen = self._chosen(data)
        if chosen is not None:
            self._d.reader = chosen
            chosen.feed(data, segment)
            return
        self._left -= 1
        if not self._left or data[:1] == b"\x17":
            self.wants = False

    def _chosen(self, data: bytes) -> TlsReader | HttpReader | capture_dns.StreamReader | None:
        d, flow = self._d, self._d.flow
        if data[:2] == b"\x16\x03" and data[2:3] <= b"\x04":
            flow.application = "tls"
            return TlsReader(d, self._rows)
        if data[:2] == b"\x17\x03" and data[2:3] <= b"\x04" and self._left == _MOST_SEGMENTS:
            flow.application = flow.application or "tls"
            return None
        if http_message.begins(data):
            flow.application = flow.application or "http"
            return HttpReader(d, self._rows, self._after, answers=False)
        if data.startswith(b"HTTP/1."):
            flow.application = flow.application or "http"
            return HttpReader(d, self._rows, self._after, answers=True)
        if self._begins and 53 in (flow.client_port, flow.server_port):
            flow.application = "dns"
            return capture_dns.StreamReader(d, self._rows)
        return None

    def _after(self, d: Direction) -> None:
        """HTTP has ended in that direction, and something else follows."""
        d.reader = Opening(d, self._rows, begins=False)


class TlsReader:
    """TLS, up to where it is encrypted."""

    def __init__(self, d: Direction, rows: Rows) -> None:
        self._d, self._rows = d, rows
        self._records = Records()
        self.wants = True

    @property
    def held(self) -> int:
        return self._records.unfinished

    def skip(self, count: int) -> None:  # noqa: ARG002 - as the others
        self.wants = False

    def feed(self, data: bytes, segment: Segment) -> None:
        for kind, message in self._records.feed(data):
            capture_tls.message(self._d, kind, message, self._rows, (segment.number, segment.time))
        self.wants = not self._records.done


class Datagrams:
    """The payloads of a UDP direction: DNS by its ports, QUIC and DTLS by their first bytes."""

    __slots__ = ("_d", "_dns", "_handshakes", "_left", "_rows", "wants")

    def __init__(self, d: Direction, rows: Rows) -> None:
        self._d, self._rows = d, rows
        flow: Flow = d.flow
        self._dns = _DNS_PORTS.get(flow.server_port or 0) or _DNS_PORTS.get(flow.client_port or 0)
        self._left = _MOST_DATAGRAMS
        self._handshakes: dtls.Handshakes | None = None
        self.wants = True
        if self._dns:
            flow.application = self._dns

    @property
    def held(self) -> int:
        """Bytes that are kept of unfinished messages; those of QUIC are kept with the flow."""
        return self._handshakes.unfinished if self._handshakes is not None else 0

    def feed(self, data: bytes, number: int, time: int) -> None:
        """One datagram."""
        if self._dns:
            capture_dns.message(self._d, data, self._rows, (number, time), "udp", self._dns)
        elif self._handshakes is not None or dtls.looks(data):
            self._dtls(data, number, time)
        elif gquic.looks(data):
            self._google(data, number, time)
        else:
            self._quic(data, number, time)

    def _dtls(self, data: bytes, number: int, time: int) -> None:
        handshakes = self._handshakes = self._handshakes or dtls.Handshakes()
        self._d.flow.application = "dtls"
        for kind, message in handshakes.feed(data):
            capture_tls.message(self._d, kind, message, self._rows, (number, time), "dtls")
        self.wants = not handshakes.done

    def _google(self, data: bytes, number: int, time: int) -> None:
        flow: Flow = self._d.flow
        flow.application = "quic"
        try:
            found = gquic.hello(data)
        except FormatError as e:
            self._rows.gap(number, f"{e}")
            return
        if found is not None:
            capture_tls.google(self._d, found, self._rows, (number, time))
        self._left -= 1
        self.wants = self._left > 0

    def _quic(self, data: bytes, number: int, time: int) -> None:
        flow: Flow = self._d.flow
        if data[0] < _LONG or (flow.initials is None and not looks_initial(data)):
            self._left -= 1
            self.wants = self._left > 0
            return
        if flow.initials is None:
            flow.initials = Initials()
        initials = flow.initials
        try:
            found = initials.feed(data)
        except FormatError as e:
            if flow.application == "quic":
                self._rows.gap(number, f"{e}")
            return
        for side, kind, message in found:
            flow.application = "quic"
            if side == "client":
                flow.asks(self._d)
            version = f"{initials.version:#010x}" if initials.version is not None else None
            capture_tls.message(self._d, kind, message, self._rows, (number, time), "quic", version)
        self.wants = not initials.done

"""Rows of HTTP messages, and of responses that send a client elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from bridle.core import FormatError
from bridle.formats import injection
from bridle.formats.capture_rows import Rows
from bridle.formats.http_message import MOST_ASKED, Head, Messages
from bridle.formats.tcp_streams import Before, Direction, Segment

_WATCHED = 32
"""Segments that are still compared with those that come again when nothing more is read of a direction."""


class HttpReader:
    """One direction of a connection that speaks HTTP."""

    def __init__(self, d: Direction, rows: Rows, after: Callable[[Direction], None], *, answers: bool) -> None:
        self._d, self._rows, self._after, self._answers = d, rows, after, answers
        if d.flow.asked is None:
            d.flow.asked = deque()
        self._messages = Messages(d.flow.asked, answers=answers)
        self._begun: Segment | None = None
        """The segment in which the message begins that has not ended."""
        self._before: Before | None = None
        """The packet before that."""
        self._watched = 0
        self.wants = True
        if not answers:
            d.flow.asks(d)
        elif d is d.flow.client:
            d.flow.asks(d.flow.server)

    @property
    def held(self) -> int:
        return self._messages.held

    def skip(self, count: int) -> None:
        self._messages.skip(count)

    def feed(self, data: bytes, segment: Segment) -> None:
        messages = self._messages
        if messages.passes(len(data)):
            return
        if not messages.pending:
            self._begun, self._before = segment, self._d.before
        try:
            found = messages.feed(data)
        except FormatError as e:
            self._rows.gap(segment.number, f"{e}")
            found = []
        for head in found:
            if self._answers:
                self._response(head, segment, self._begun or segment)
            else:
                self._request(head, segment)
            self._begun = segment
        if messages.ended:
            self._after(self._d)
        elif not messages.wants:
            self._watched += 1
            self.wants = self._watched < _WATCHED

    def _request(self, head: Head, segment: Segment) -> None:
        flow, rows = self._d.flow, self._rows
        method, target, version = head.first
        address, port = flow.sender(flow.other(self._d))
        host, url = _address(method, target, head.known.get("host"), address, port)
        if len(flow.asked) < MOST_ASKED:
            flow.asked.append((method, host, url))
        flow.server_name = flow.server_name or host or None
        rows.add("HttpRequest", (
            rows.place(segment.number, "http_request"), segment.time, flow.place, flow.sender(self._d)[0], address,
            port, method, target, host or None, url, version or None, head.known.get("user-agent"),
            head.known.get("referer"), tuple(name for name, _ in head.headers), head.known.get("content-type"),
            head.content_length,
        ))  # fmt: skip

    def _response(self, head: Head, segment: Segment, begun: Segment) -> None:
        flow, rows = self._d.flow, self._rows
        version, status, reason = head.first[0], int(head.first[1]), head.first[2]
        address, port = flow.sender(self._d)
        client = flow.sender(flow.other(self._d))[0]
        _, host, url = flow.asked[0] if flow.asked else ("", "", None)
        if status >= 200 and flow.asked:
            flow.asked.popleft()
        location = head.known.get("location")
        rows.add("HttpResponse", (
            rows.place(segment.number, "http_response"), segment.time, flow.place, client, address, port, host or None,
            url, version, status, reason, location, head.known.get("server"), tuple(name for name, _ in head.headers),
            head.known.get("content-type"), head.content_length, f"packet {begun.number}", *how(begun),
        ))  # fmt: skip
        if location and 300 <= status < 400:
            told = (None, None, None, host or None, status, location)
            pair(self._d, rows, "redirect", begun, self._d.handshake, told, self._before)


def pair(
    d: Direction, rows: Rows, kind: str, segment: Segment, other: Segment | None, told: tuple[object, ...],
    before: Before | None,
) -> None:  # fmt: skip
    """A row of two packets of one direction that one sender would hardly have sent."""
    flow = d.flow
    from_server = d is flow.server
    rows.add("InjectionCandidate", (
        rows.place(segment.number, kind), kind, segment.time, flow.place, flow.client_address, flow.server_address,
        flow.server_port or 0, from_server, f"packet {segment.number}", segment.sequence, segment.size, *how(segment),
        _shown(segment.prefix),
        *((None,) * 9 if other is None else (
            f"packet {other.number}", other.time, other.sequence, other.size, *how(other), _shown(other.prefix))),
        *told,
        *((None,) * 4 if before is None else (
            f"packet {before[0]}", before[1], before[2], None if before[2] is None else bool(before[3] & 0x4000))),
    ))  # fmt: skip


def _shown(prefix: bytes) -> str:
    return prefix.decode("ascii", "backslashreplace")


def how(segment: Segment) -> tuple[int, int | None, bool | None, str]:
    """How a packet travelled: TTL, number, whether it forbids fragments, TCP flags."""
    known = segment.ident is not None
    return segment.ttl, segment.ident, bool(segment.flags & 0x4000) if known else None, injection.flags(segment.tcp)


def _address(method: str, target: str, host: str | None, address: str, port: int) -> tuple[str, str | None]:
    """Host and URL of a request."""
    if method == "CONNECT":
        return _without_port(host if host and target.startswith("/") else target), None
    if target.lower().startswith(("http://", "https://")):
        return _without_port(target.split("/", 3)[2]), target
    if not host:
        shown = f"[{address}]" if ":" in address else address
        return "", f"http://{shown}{'' if port == 80 else f':{port}'}{target}"
    return _without_port(host), f"http://{host}{target if target.startswith('/') else ''}"


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host

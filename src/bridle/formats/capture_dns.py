"""Rows of DNS messages, over UDP and TCP."""

from __future__ import annotations

from bridle.core import FormatError
from bridle.formats import dns_message
from bridle.formats.capture_rows import Rows
from bridle.formats.dns_message import Answer, Message
from bridle.formats.tcp_streams import Direction, Segment

At = tuple[int, int]
_ADDRESSES = frozenset({1, 28})
_NAMES = frozenset({2, 5, 12, 15, 33, 39})
_SERVICES = frozenset({64, 65})


def message(d: Direction, data: bytes, rows: Rows, at: At, transport: str, protocol: str) -> None:
    """The rows of a message: one for each question, and one where there is none."""
    number, time = at
    try:
        found = dns_message.parse(data)
    except FormatError as e:
        rows.gap(number, f"{e}")
        return
    if found.damaged:
        rows.gap(number, found.damaged)
    flow = d.flow
    sender, receiver = flow.sender(d), flow.sender(flow.other(d))
    client, server = (receiver, sender) if found.is_response else (sender, receiver)
    told = _told(found)
    for name, kind in found.questions or ((None, None),):
        rows.add("Dns", (
            rows.place(number, "dns"), time, flow.place, client[0], server[0], protocol, transport, found.number,
            found.is_response, name, kind, found.code if found.is_response else None, *told, found.ech, len(data),
        ))  # fmt: skip


def _told(found: Message) -> tuple[object, ...]:
    answers = found.answers
    if not answers and not found.authority and not found.additional:
        return (), (), (), (), (), None
    return (
        tuple(a.value for a in answers if a.code in _ADDRESSES and " " not in a.value),
        tuple(name for a in answers if (name := _named(a))),
        *(tuple(map(_line, section)) for section in (answers, found.authority, found.additional)),
        min((a.ttl for a in answers), default=None),
    )


def _line(a: Answer) -> str:
    return f"{a.name} {a.ttl} {a.type} {a.value}"


def _named(a: Answer) -> str | None:
    """The name that an answer leads to."""
    if a.code in _NAMES:
        return a.value.rpartition(" ")[2]
    if a.code in _SERVICES:
        name = a.value.split(" ", 2)[1]
        return None if name == "." else name
    return None


class StreamReader:
    """DNS over TCP: each message has its length before it."""

    def __init__(self, d: Direction, rows: Rows) -> None:
        self._d, self._rows = d, rows
        self._rest = b""
        self.wants = True

    @property
    def held(self) -> int:
        return len(self._rest)

    def skip(self, count: int) -> None:  # noqa: ARG002 - as the others
        self.wants = False

    def feed(self, data: bytes, segment: Segment) -> None:
        data, at = self._rest + data, 0
        while len(data) - at >= 2:
            size = data[at] << 8 | data[at + 1]
            if len(data) - at - 2 < size:
                break
            if size:
                body = data[at + 2 : at + 2 + size]
                message(self._d, body, self._rows, (segment.number, segment.time), "tcp", "dns")
            at += 2 + size
        self._rest = data[at:]

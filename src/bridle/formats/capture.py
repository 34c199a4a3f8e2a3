"""Everything that a capture tells, in one pass: flows, names, hellos, certificates, HTTP.

What is kept while reading is bounded, however long the capture is: flows that are silent or ended are told and let go,
and of a stream only so many bytes are held as its reader wants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from struct import Struct
from typing import Any, BinaryIO

from bridle.core import Record
from bridle.formats.capture_flow import Flow, is_client
from bridle.formats.capture_http import pair
from bridle.formats.capture_readers import Datagrams, Opening
from bridle.formats.capture_rows import SIZE, Rows
from bridle.formats.capture_totals import Totals
from bridle.formats.packets import TCP, UDP, Datagram, Network
from bridle.formats.pcap import Capture, Packet
from bridle.formats.tcp_streams import Direction, Segment, Streams

_HEAD = Struct(">4xI4xBB").unpack_from
"""Of TCP: sequence number, where the payload begins, flags."""
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_MOST_FLOWS = 50_000
_LOOK = 32_768
"""Packets after which silent flows are looked for."""
_PREFIX = 256
_IDLE = {TCP: 3_600_000_000, UDP: 300_000_000}
_IDLE_OTHER, _IDLE_ENDED = 300_000_000, 60_000_000
"""Microseconds without a packet after which a flow has ended."""


def rows(stored: BinaryIO, types: Mapping[str, type[Record]]) -> Iterator[Any]:
    """Blocks of the record types, by their names, and Gaps. Raises FormatError where the file is no capture."""
    capture = Capture(stored)
    extraction = Extraction(Rows(types))
    packets = capture.packets()
    waiting = extraction.rows
    for packet in packets:
        extraction.packet(packet)
        if waiting.count >= SIZE:
            yield from waiting.blocks()
    extraction.finish()
    yield from waiting.blocks()
    yield from capture.gaps
    yield types["Visibility"](**extraction.totals.fields(extraction.network, capture.snap_length))


class Extraction:
    """What is known of a capture up to the packet that was read last."""

    def __init__(self, found: Rows) -> None:
        self.rows = found
        self.network = Network()
        self.totals = Totals()
        self._streams = Streams(self._overlap)
        self._flows: dict[int, dict[bytes, Direction]] = {}
        self._tcp = self._flows.setdefault(TCP, {})
        self._count = 0
        """Flows that are kept."""
        self._look_at = _LOOK

    def packet(self, packet: Packet) -> None:
        """Take the next packet."""
        number, time, _, _, start, end, length = packet
        totals = self.totals
        totals.packets = number
        if time:
            totals.last = time
        if length > end - start:
            totals.cut += 1
        if number >= self._look_at:
            self._look(number, time)
        datagram = self.network.datagram(packet)
        if self.network.outer:
            for outer in self.network.outer:
                self._other(number, time, outer)
            self.network.outer.clear()
        if datagram is None:
            return
        if datagram[0] == TCP and datagram[4] - datagram[3] >= 14:
            self._segment(number, time, datagram)
        elif datagram[0] == UDP:
            self._udp(number, time, datagram)
        else:
            self._other(number, time, datagram)

    def _segment(self, number: int, time: int, datagram: Datagram) -> None:
        _, key, data, start, end, stop, ttl, ident, flags, frames = datagram
        sequence, offset, tcp = _HEAD(data, start)
        d = self._tcp.get(key)
        if d is None or (tcp & (_SYN | _ACK) == _SYN and self._begins_anew(d, sequence)):
            d = self._new(TCP, key, number, tcp)
        start += offset >> 2 & 0x3C
        size = stop - start
        if size < 0:
            size = 0
        if not d.packets:
            d.first, d.ttl = time, ttl
        d.packets += frames
        d.last = time
        d.payload += size
        if tcp & 7:
            self._control(d, Segment(number, time, sequence, size, b"", ttl, ident, flags, tcp))
            if tcp & _SYN:
                sequence = (sequence + 1) & 0xFFFFFFFF
        if size and d.reader is not None and not tcp & _RST:
            kept = end if end < stop else stop  # noqa: FURB136 - faster than min()
            prefix = data[start : min(kept, start + _PREFIX)]
            segment = Segment(number, time, sequence, size, prefix, ttl, ident, flags, tcp)
            self._streams.segment(d, segment, data[start:kept], stop - kept if kept > start else size)

    def _control(self, d: Direction, segment: Segment) -> None:
        """A SYN begins a direction; FIN of both sides, or RST, end a flow."""
        flow: Flow = d.flow
        if segment.tcp & _SYN:
            flow.begun = True
            if d.handshake is None:
                d.handshake = segment
                if d.next is None:
                    d.next = (segment.sequence + 1) & 0xFFFFFFFF
        if segment.tcp & _RST:
            flow.ended = flow.ended or "rst"
        elif segment.tcp & _FIN:
            flow.fins |= 1 if d is flow.client else 2
            if flow.fins == 3:
                flow.ended = flow.ended or "fin"

    def _begins_anew(self, d: Direction, sequence: int) -> bool:
        """Whether a SYN with that sequence number is no repetition of the one that began the flow."""
        again = d.handshake is not None and d.handshake.sequence == sequence
        if again or not (d.flow.ended or d.payload or d.flow.other(d).payload or d.handshake):
            return False
        d.flow.ended = d.flow.ended or "reused"
        self._end(d.flow)
        return True

    def _udp(self, number: int, time: int, datagram: Datagram) -> None:
        d = self._other(number, time, datagram)
        reader = d.reader
        if reader is not None:
            _, _, data, start, end, stop, *_ = datagram
            if end > start + 8:
                reader.feed(data[start + 8 : min(end, stop)], number, time)  # type: ignore[call-arg, arg-type]
                if not reader.wants:
                    d.reader = None

    def _other(self, number: int, time: int, datagram: Datagram) -> Direction:
        protocol, key, _, start, _, stop, ttl, _, _, frames = datagram
        flows = self._flows.get(protocol)
        d = flows.get(key) if flows is not None else None
        if d is None:
            d = self._new(protocol, key, number, None)
        if not d.packets:
            d.first, d.ttl = time, ttl
        d.packets += frames
        d.last = time
        size = stop - start - (8 if protocol == UDP else 20 if protocol == TCP else 0)
        if size > 0:
            d.payload += size
        return d

    def _new(self, protocol: int, key: bytes, number: int, flags: int | None) -> Direction:
        """The direction of a flow's first packet."""
        if self._count >= _MOST_FLOWS:
            self._make_room()
        by_client = is_client(key, flags)
        flow = Flow(protocol, key, self.rows.place(number, "flow"), by_client=by_client)
        flow.begun = flags is None
        flows = self._flows.setdefault(protocol, {})
        client, server = flow.keys
        flows[server], flows[client] = flow.server, flow.client
        self._count += 1
        for d in (flow.client, flow.server):
            if protocol == TCP:
                d.reader = Opening(d, self.rows)
            elif protocol == UDP:
                d.reader = Datagrams(d, self.rows)  # type: ignore[assignment]
        return flow.client if by_client else flow.server

    def _look(self, number: int, time: int) -> None:
        """Let go of flows that have been silent for long."""
        self._look_at = number + _LOOK
        for flow in self._all():
            idle = _IDLE_ENDED if flow.ended else _IDLE.get(flow.protocol, _IDLE_OTHER)
            if time - max(flow.client.last, flow.server.last) > idle:
                flow.ended = flow.ended or "idle"
                self._end(flow)

    def _make_room(self) -> None:
        """Let go of the quarter of all flows that has been silent for longest."""
        flows = sorted(self._all(), key=lambda f: (f.ended is None, max(f.client.last, f.server.last)))
        for flow in flows[: max(1, len(flows) // 4)]:
            flow.ended = flow.ended or "full"
            self._end(flow)

    def _all(self) -> list[Flow]:
        return list({id(d.flow): d.flow for flows in self._flows.values() for d in flows.values()}.values())

    def finish(self) -> None:
        """The capture has ended: all flows are told."""
        for flow in self._all():
            flow.ended = flow.ended or "capture"
            self._end(flow)

    def _end(self, flow: Flow) -> None:
        flows = self._flows[flow.protocol]
        for key in flow.keys:
            flows.pop(key, None)
        self._count -= 1
        for d in (flow.client, flow.server):
            if flow.protocol == TCP:
                self._streams.finish(d)
        self.totals.flow(flow, self.rows)
        for d in (flow.client, flow.server):
            d.flow = d.reader = None  # a cycle that Python would have to look for

    def _overlap(self, d: Direction, earlier: Segment, later: Segment, differs: int) -> None:
        pair(d, self.rows, "overlap", later, earlier, (differs, None, None, None))

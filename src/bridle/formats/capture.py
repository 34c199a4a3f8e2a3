"""Everything that a capture tells, in one pass: flows, names, hellos, certificates, HTTP.

What is kept while reading is bounded, however long the capture is: flows that are silent or ended are told and let go,
and of a stream only so many bytes are held as its reader wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from bridle.formats.tcp_streams import Difference, Direction, Segment, Streams

_HEAD = Struct(">4xI4xBB").unpack_from
"""Of TCP: sequence number, where the payload begins, flags."""
_ETHERNET, _IPV4 = 1, b"\x08\x00\x45"
_USUAL = Struct(">16xHHHBB2x12sI4xBB").unpack_from
"""Of Ethernet, IPv4 and TCP: length, number, flags, TTL, protocol, addresses and ports, sequence, offset, flags."""
_new_tuple = tuple.__new__
"""What calling a NamedTuple comes to, at half the cost."""
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_MOST_FLOWS = 40_000
_LOOK = 131_072
"""Packets after which silent flows are looked for."""
_PREFIX = 256
_MOST_HELD, _HELD_LOOK = 32 << 20, 16
"""Bytes that all readers may keep of messages that are not whole, and batches after which they are counted."""
_IDLE = {TCP: 3_600_000_000, UDP: 300_000_000}
_IDLE_OTHER, _IDLE_ENDED = 300_000_000, 60_000_000
"""Microseconds without a packet after which a flow has ended."""


def rows(stored: BinaryIO, types: Mapping[str, type[Record]]) -> Iterator[Any]:
    """Blocks of the record types, by their names, and Gaps. Raises FormatError where the file is no capture."""
    capture = Capture(stored)
    extraction = Extraction(Rows(types))
    yield from extraction.run(capture.batches())
    yield from capture.gaps
    yield types["Visibility"](**extraction.totals.fields(extraction.network, capture))


class Extraction:
    """What is known of a capture up to the packet that was read last."""

    def __init__(self, found: Rows) -> None:
        self.rows = found
        self.network = Network()
        self.totals = Totals()
        self._streams = Streams(self._overlap)
        self._flows: dict[int, dict[bytes, Direction]] = {TCP: {}, UDP: {}}
        """Both directions of each flow, by protocol and by the key of their packets."""
        self._all: dict[Flow, None] = {}

    def run(self, batches: Iterable[list[Packet]]) -> Iterator[Any]:
        """Blocks and Gaps of all packets."""
        look_at, number = _LOOK, 0
        for count, batch in enumerate(batches, 1):
            self._batch(batch)
            number, time = batch[-1][:2]
            self.totals.seen([packet[1] for packet in batch])
            if self.rows.count >= SIZE:
                yield from self.rows.blocks()
            if not count % _HELD_LOOK:
                self._bound(number)
            if number >= look_at:
                look_at = number + _LOOK
                self._look(time)
        self.totals.packets = number
        self.finish()
        yield from self.rows.blocks()

    def _batch(self, batch: list[Packet]) -> None:
        """Take packets. Most of them are told here, by one look: nobody reads what they carry, and no state changes."""
        known, segment, others = self._flows[TCP].get, self._segment, self._packet
        for packet in batch:
            number, time, link, data, at, end, _ = packet
            if link == _ETHERNET and data[at + 12 : at + 15] == _IPV4 and end - at >= 54:
                total, ident, flags, ttl, protocol, key, sequence, offset, tcp = _USUAL(data, at)
                if protocol == TCP and not flags & 0x3FFF and total:
                    d, size = known(key), total - 20 - (offset >> 2 & 0x3C)
                    if d is None or (tcp & 7) or not d.payload or (size > 0 and d.reader is not None):
                        segment(
                            number, time, key, data, end, at + 14 + total, (ttl, ident, flags, 1), sequence, tcp, size
                        )
                        continue
                    d.packets += 1
                    d.last = time
                    if size > 0:
                        d.payload += size
                    continue
            others(packet)

    def _packet(self, packet: Packet) -> None:
        number, time = packet[0], packet[1]
        datagram = self.network.datagram(packet)
        if self.network.outer:
            self._tunnels(number, time)
        if datagram is None:
            return
        if datagram[0] == TCP:
            self._tcp(number, time, datagram)
        elif datagram[0] == UDP:
            self._udp(number, time, datagram)
        else:
            self._other(number, time, datagram)
        self.network.process = None

    def _tunnels(self, number: int, time: int) -> None:
        for outer in self.network.outer:
            self._other(number, time, outer)
        self.network.outer.clear()

    def _tcp(self, number: int, time: int, datagram: Datagram) -> None:
        _, key, data, start, end, stop, ttl, ident, flags, frames = datagram
        if end - start < 14:
            self._other(number, time, datagram)
            return
        sequence, offset, tcp = _HEAD(data, start)
        size = stop - start - (offset >> 2 & 0x3C)
        self._segment(number, time, key, data, end, stop, (ttl, ident, flags, frames), sequence, tcp, size)

    def _segment(
        self, number: int, time: int, key: bytes, data: bytes, end: int, stop: int,
        how: tuple[int, int | None, int, int], sequence: int, tcp: int, size: int,
    ) -> None:  # fmt: skip
        """A segment whose payload would go to `stop` of `data`, of which there is what lies before `end`."""
        ttl, ident, flags, frames = how
        d = self._flows[TCP].get(key)
        if d is None or (tcp & 0x12 == _SYN and self._begins_anew(d, sequence)):
            d = self._new(TCP, key, number, tcp)
        if not d.packets:
            d.first, d.ttl = time, ttl
        d.packets += frames
        d.last = time
        if tcp & 7:
            self._control(d, Segment(number, time, sequence, max(0, size), b"", ttl, ident, flags, tcp))
            if tcp & _SYN:
                sequence = (sequence + 1) & 0xFFFFFFFF
        if size > 0:
            d.payload += size
            if d.reader is not None and not tcp & _RST:
                kept = data[stop - size : min(stop, end)]
                segment = _new_tuple(Segment, (number, time, sequence, size, kept[:_PREFIX], ttl, ident, flags, tcp))
                self._streams.segment(d, segment, kept, size - len(kept))
        d.before = number, ttl, ident, flags

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
        _, key, data, start, end, stop, ttl, _, _, frames = datagram
        d = self._flows[UDP].get(key)
        if d is None:
            d = self._new(UDP, key, number, None)
        if not d.packets:
            d.first, d.ttl = time, ttl
        d.packets += frames
        d.last = time
        start += 8
        if stop > start:
            d.payload += stop - start
            reader = d.datagrams
            if reader is not None and end > start:
                reader.feed(data[start : min(end, stop)], number, time)
                if not reader.wants:
                    d.datagrams = None

    def _other(self, number: int, time: int, datagram: Datagram) -> None:
        protocol, key, _, start, _, stop, ttl, _, _, frames = datagram
        d = self._flows.setdefault(protocol, {}).get(key)
        if d is None:
            d = self._new(protocol, key, number, None)
        if not d.packets:
            d.first, d.ttl = time, ttl
        d.packets += frames
        d.last = time
        d.payload += max(0, stop - start)

    def _new(self, protocol: int, key: bytes, number: int, flags: int | None) -> Direction:
        """The direction of a flow's first packet."""
        if len(self._all) >= _MOST_FLOWS:
            self._make_room()
        by_client = is_client(key, flags)
        flow = Flow(protocol, key, self.rows.place(number, "flow"), by_client=by_client)
        flow.begun = flags is None
        flow.process = self.network.process
        self._all[flow] = None
        flows = self._flows[protocol]
        for its, d in flow.keys:
            flows[its] = d
            if protocol == TCP:
                d.reader = Opening(d, self.rows)
            elif protocol == UDP:
                d.datagrams = Datagrams(d, self.rows)
        return flow.keys[0][1]

    def _look(self, time: int) -> None:
        """Let go of flows that have been silent for long."""
        for flow in list(self._all):
            idle = _IDLE_ENDED if flow.ended else _IDLE.get(flow.protocol, _IDLE_OTHER)
            if time - flow.last > idle:
                flow.ended = flow.ended or "idle"
                self._end(flow)

    def _bound(self, number: int) -> None:
        """Let go of what waits for the rest of a message, the oldest flows first, where it is too much in all."""
        waiting = [(flow, size) for flow in self._all if (size := _held(flow))]
        total = sum(size for _, size in waiting)
        if total <= _MOST_HELD:
            return
        kept = total
        for flow, size in waiting:
            flow.initials = None
            for d in (flow.client, flow.server):
                d.datagrams = None
                self._streams.release(d)
            kept -= size
            if kept <= _MOST_HELD // 2:
                break
        self.rows.gap(number, f"{total - kept} bytes of unfinished messages were let go: more than {_MOST_HELD} waited")

    def _make_room(self) -> None:
        """Let go of the quarter of all flows that has been silent for longest."""
        flows = sorted(self._all, key=lambda f: (f.ended is None, f.last))
        for flow in flows[: max(1, len(flows) // 4)]:
            flow.ended = flow.ended or "full"
            self._end(flow)

    def finish(self) -> None:
        """The capture has ended: all flows are told."""
        for flow in list(self._all):
            flow.ended = flow.ended or "capture"
            self._end(flow)

    def _end(self, flow: Flow) -> None:
        flows = self._flows[flow.protocol]
        for key, d in flow.keys:
            flows.pop(key, None)
            self._streams.finish(d)
        del self._all[flow]
        self.totals.flow(flow, self.rows)
        for _, d in flow.keys:
            d.flow = d.reader = d.datagrams = None  # a cycle that Python would have to look for

    def _overlap(self, d: Direction, earlier: Segment, later: Segment, found: Difference) -> None:
        pair(d, self.rows, "overlap", later, earlier, (*found, None, None, None), None)


def _held(flow: Flow) -> int:
    """Bytes that are kept of messages of a flow that are not whole."""
    held = flow.initials.unfinished if flow.initials is not None else 0
    for d in (flow.client, flow.server):
        if d.reader is not None:
            held += d.reader.held
        elif d.datagrams is not None:
            held += d.datagrams.held
    return held

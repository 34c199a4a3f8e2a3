"""The bytes of a TCP connection in their order, out of segments that come late, twice, overlapping or not at all.

A direction has a reader for as long as somebody wants its bytes; then nothing more of it is kept. Segments that came
are remembered by their first bytes for a while: where another says something else at the same place of the stream, both
are told, for one sender would not do so. Everything that is held is bounded, per direction and in all.

Sources: RFC 9293 sections 3.4 and 3.10 (sequence numbers, segments that overlap), RFC 1122 section 4.2.3.6 (keep-alive)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from bridle.formats.injection import compare

Difference = tuple[int, int, int]
"""Bytes at common places, the place of the first that differs among them, and how many differ."""

PREFIX = 256
"""Bytes of a segment that are remembered."""
_MASK, _HALF = 0xFFFFFFFF, 1 << 31
_MOST_REMEMBERED = 32
_MOST_WAITING, _MOST_WAITING_BYTES = 48, 256 << 10
_ALL_REMEMBERED, _ALL_WAITING_BYTES = 32 << 10, 16 << 20
_MOST_TOLD = 8
"""Pairs that are told of one direction."""


class Segment(NamedTuple):
    """What one packet carries of a stream, and how it travelled."""

    number: int
    """Of the packet in the capture."""
    time: int
    sequence: int
    size: int
    prefix: bytes
    ttl: int
    ident: int | None
    flags: int
    """Of IPv4: 0x4000 forbids fragments."""
    tcp: int
    """TCP flags."""


Before = tuple[int, int, int | None, int]
"""Of a packet: its number in the capture, TTL, number and flags of IPv4, as of a segment."""


class Reader(Protocol):
    """What takes the bytes of a direction."""

    wants: bool
    """False once nothing more is wanted."""

    @property
    def held(self) -> int:
        """Bytes that it keeps since what they are of is not whole."""

    def feed(self, data: bytes, segment: Segment) -> None: ...
    def skip(self, count: int) -> None:
        """So many bytes will never come."""


class Direction:
    """What one side of a flow sent."""

    __slots__ = (
        "before", "datagrams", "first", "flow", "handshake", "held", "history", "last", "lost", "next", "packets",
        "payload", "reader", "repeated", "told", "ttl", "waiting",
    )  # fmt: skip

    def __init__(self, flow: Any) -> None:
        self.flow = flow
        self.packets = self.payload = self.first = self.last = self.lost = self.repeated = self.told = self.held = 0
        self.ttl: int | None = None
        self.next: int | None = None
        """The sequence number that follows what has been read."""
        self.reader: Reader | None = None
        self.datagrams: Any = None
        """What takes the payloads of UDP, where somebody does."""
        self.handshake: Segment | None = None
        """Its SYN."""
        self.before: Before | None = None
        """The packet before the one that is being read; of packets without a payload those before the first payload."""
        self.history: dict[int, Segment] | None = None
        self.waiting: dict[int, tuple[bytes, int, Segment]] | None = None
        """Bytes that came before their turn, by sequence number, and how many the capture lacks after them."""


class Streams:
    """All connections of a capture that are being read."""

    def __init__(self, overlap: Callable[[Direction, Segment, Segment, Difference], None]) -> None:
        self._overlap = overlap
        """Told of the earlier and the later of two segments, and how they differ."""
        self._remembering: dict[Direction, None] = {}
        self._remembered = self._held = 0

    def segment(self, d: Direction, segment: Segment, data: bytes, missing: int) -> None:
        """A segment with a payload, of which the capture lacks the last `missing` bytes."""
        if d.next is None:
            d.next = segment.sequence
        ahead = (segment.sequence - d.next) & _MASK
        if ahead:
            if d.history and self._compare(d, segment, d.history):
                self._remember(d, segment)
                return
            if ahead >= _HALF:
                d.repeated += 1
                self._again(d, segment, data, missing, _MASK + 1 - ahead)
            else:
                self._wait(d, segment, data, missing)
            return
        if d.waiting and d.history:
            self._compare(d, segment, d.history)
        self._remember(d, segment)
        self._read(d, data, missing, segment)
        if d.waiting:
            self._late(d)

    def finish(self, d: Direction) -> None:
        """Nothing more will come: what waited is read, over the bytes that never came."""
        while d.waiting and d.reader is not None:
            self._give_up(d)
        self.release(d)

    def release(self, d: Direction) -> None:
        """Keep nothing more of a direction."""
        d.reader = None
        if d.history is not None:
            self._forget(d)
        self._held -= d.held
        d.held, d.waiting = 0, None

    def _read(self, d: Direction, data: bytes, missing: int, segment: Segment) -> None:
        assert d.next is not None
        d.next = (d.next + len(data) + missing) & _MASK
        reader = d.reader
        if reader is not None:
            reader.feed(data, segment)
            if missing and d.reader is not None:
                d.lost += missing
                d.reader.skip(missing)
            if d.reader is None or not d.reader.wants:
                self.release(d)

    def _again(self, d: Direction, segment: Segment, data: bytes, missing: int, behind: int) -> None:
        """A segment that begins before what has been read; what it has beyond that is new."""
        if segment.size > behind:
            cut = min(behind, len(data))
            self._read(d, data[cut:], missing - (behind - cut), segment)
            if d.waiting:
                self._late(d)

    def _wait(self, d: Direction, segment: Segment, data: bytes, missing: int) -> None:
        if d.waiting is None:
            d.waiting = {}
        self._remember(d, segment)
        if segment.sequence in d.waiting:
            d.repeated += 1
            return
        d.waiting[segment.sequence] = data, missing, segment
        d.held += len(data)
        self._held += len(data)
        while d.waiting and (
            len(d.waiting) > _MOST_WAITING or d.held > _MOST_WAITING_BYTES or self._held > _ALL_WAITING_BYTES
        ):
            self._give_up(d)

    def _give_up(self, d: Direction) -> None:
        """Go on with the earliest bytes that wait; those before them never came."""
        assert d.waiting
        assert d.next is not None
        start = d.next
        earliest = min(d.waiting, key=lambda s: (s - start) & _MASK)
        gap = (earliest - start) & _MASK
        d.lost += gap
        d.next = earliest
        if d.reader is not None:
            d.reader.skip(gap)
            if not d.reader.wants:
                self.release(d)
                return
        self._late(d)

    def _late(self, d: Direction) -> None:
        """What waited and whose turn has come."""
        while d.waiting and d.reader is not None:
            assert d.next is not None
            start = d.next
            at = start if start in d.waiting else next((s for s in d.waiting if (s - start) & _MASK >= _HALF), None)
            if at is None:
                return
            data, missing, segment = d.waiting.pop(at)
            d.held -= len(data)
            self._held -= len(data)
            behind = (start - at) & _MASK
            if not behind:
                self._read(d, data, missing, segment)
            elif segment.size > behind:
                cut = min(behind, len(data))
                self._read(d, data[cut:], missing - (behind - cut), segment)

    def _remember(self, d: Direction, segment: Segment) -> None:
        history = d.history
        if history is None:
            history = d.history = {}
            self._remembering[d] = None
        if segment.sequence in history:
            return
        if len(history) >= _MOST_REMEMBERED:
            del history[next(iter(history))]
        else:
            self._remembered += 1
        history[segment.sequence] = segment
        while self._remembered > _ALL_REMEMBERED:
            self._forget(next(iter(self._remembering)))

    def _forget(self, d: Direction) -> None:
        self._remembered -= len(d.history or ())
        self._remembering.pop(d, None)
        d.history = None

    def _compare(self, d: Direction, segment: Segment, history: dict[int, Segment]) -> bool:
        """Whether a segment denies one that came before; both are told."""
        same = history.get(segment.sequence)
        if same is not None and same.prefix == segment.prefix:
            return False
        for earlier in history.values():
            found = compare(earlier.sequence, earlier.prefix, segment.sequence, segment.prefix)
            if found is not None:
                if d.told < _MOST_TOLD:
                    d.told += 1
                    self._overlap(d, earlier, segment, found)
                return True
        return False

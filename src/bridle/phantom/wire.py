"""Packets of a synthetic capture: frames, conversations, look-ups, and the pcapng they are written to."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from random import Random

from bridle.phantom import MARKER

ETHERNET = bytes.fromhex("020000000001020000000002") + b"\x08\x00"
RESOLVER = "198.51.100.53"
_FIN, _SYN, _RST, _PSH, _ACK = 1, 2, 4, 8, 16
_SEGMENT = 1400
_SERVER_TTL = 52


@dataclass(frozen=True, kw_only=True)
class Side:
    """One end of a conversation."""

    address: str
    port: int
    ttl: int = 64


@dataclass
class Wire:
    """Everything that passes, in any order."""

    random: Random
    phone: str = "192.0.2.7"
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    """Microseconds since 1970, and the frame."""
    _port: int = 49_152

    def port(self) -> int:
        """The next port that the phone uses."""
        self._port = self._port + 1 if self._port < 65_000 else 49_153
        return self._port

    def udp(self, time: int, source: Side, target: Side, payload: bytes) -> None:
        body = struct.pack(">HHHH", source.port, target.port, 8 + len(payload), 0) + payload
        self._ip(time, source, target, 17, body, ident=self.random.randrange(1 << 16))

    def tcp(
        self, time: int, source: Side, target: Side, flags: int, numbers: tuple[int, int], payload: bytes = b"",
        *, ident: int | None = None, unbroken: bool = True,
    ) -> None:  # fmt: skip
        """One segment; `numbers` are its sequence and acknowledgement number, `unbroken` forbids fragments."""
        head = struct.pack(
            ">HHIIBBHHH", source.port, target.port, *(n & 0xFFFFFFFF for n in numbers), 0x50, flags, 65535, 0, 0
        )
        ident = self.random.randrange(1 << 16) if ident is None else ident
        self._ip(time, source, target, 6, head + payload, ident=ident, unbroken=unbroken)

    def _ip(
        self, time: int, source: Side, target: Side, protocol: int, body: bytes, *, ident: int, unbroken: bool = True
    ) -> None:
        flags = 0x4000 if unbroken else 0
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), ident, flags, source.ttl, protocol, 0)
        addresses = IPv4Address(source.address).packed + IPv4Address(target.address).packed
        self.frames.append((time, ETHERNET + _summed(head + addresses) + body))

    def look_up(self, time: int, host: str, address: str, kind: int = 1) -> None:
        """A question for a host's address, and the answer."""
        phone, resolver = Side(address=self.phone, port=self.port()), Side(address=RESOLVER, port=53, ttl=_SERVER_TTL)
        number = self.random.randrange(1 << 16)
        name = b"".join(bytes([len(part)]) + part.encode() for part in host.split(".")) + b"\0"
        question = name + struct.pack(">HH", kind, 1)
        self.udp(time, phone, resolver, struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + question)
        data = IPv4Address(address).packed if kind == 1 else b"\x04none"
        answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(data)) + data
        self.udp(time + 20_000, resolver, phone, struct.pack(">6H", number, 0x8180, 1, 1, 0, 0) + question + answer)

    def conversation(
        self, time: int, address: str, port: int, said: Sequence[tuple[bool, bytes]], *, ends: bool = True
    ) -> Conversation:
        """A TCP connection of the phone: whether it speaks, and what is said, in turn."""
        made = Conversation(self, time, Side(address=self.phone, port=self.port()), address, port)
        for by_phone, data in said:
            made.say(by_phone, data)
        if ends:
            made.end()
        return made

    def pcapng(self) -> bytes:
        """All frames in order of time, in a section whose comment says that it is synthetic."""
        comment = f"{MARKER}: made by bridle phantom; no real device, no real host".encode()
        section = (
            struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(1, comment) + _option(4, b"bridle phantom") + bytes(4)
        )
        out = [_block(0x0A0D0D0A, section), _block(1, struct.pack("<HHI", 1, 0, 0))]
        for time, frame in sorted(self.frames, key=lambda f: f[0]):
            head = struct.pack("<5I", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
            out.append(_block(6, head + frame))
        return b"".join(out)


class Conversation:
    """A TCP connection while it is written."""

    def __init__(self, wire: Wire, time: int, phone: Side, address: str, port: int) -> None:
        self._wire, self.time = wire, time
        self.phone, self.server = phone, Side(address=address, port=port, ttl=_SERVER_TTL)
        self.sent, self.received = wire.random.randrange(1 << 32), wire.random.randrange(1 << 32)
        """Sequence numbers that follow."""
        wire.tcp(time, phone, self.server, _SYN, (self.sent, 0))
        wire.tcp(time + 30_000, self.server, phone, _SYN | _ACK, (self.received, self.sent + 1), ident=0)
        self.sent, self.received = self.sent + 1, self.received + 1
        wire.tcp(time + 30_100, phone, self.server, _ACK, (self.sent, self.received))
        self.time += 30_200

    def say(self, by_phone: bool, data: bytes) -> None:
        """One side says something, in segments of 1400 bytes; the other confirms it."""
        source, target = (self.phone, self.server) if by_phone else (self.server, self.phone)
        for at in range(0, len(data), _SEGMENT):
            piece = data[at : at + _SEGMENT]
            numbers = (self.sent, self.received) if by_phone else (self.received, self.sent)
            self._wire.tcp(self.time, source, target, _PSH | _ACK, numbers, piece)
            if by_phone:
                self.sent += len(piece)
            else:
                self.received += len(piece)
            self.time += 400
        numbers = (self.received, self.sent) if by_phone else (self.sent, self.received)
        self._wire.tcp(self.time + 30_000, target, source, _ACK, numbers)
        self.time += 30_100

    def insert(self, data: bytes, *, ttl: int, ident: int) -> None:
        """Somebody on the way answers for the server and closes the connection; the server does not know of it."""
        stranger = Side(address=self.server.address, port=self.server.port, ttl=ttl)
        self._wire.tcp(
            self.time,
            stranger,
            self.phone,
            _FIN | _ACK | _PSH,
            (self.received, self.sent),
            data,
            ident=ident,
            unbroken=False,
        )
        self.time += 18_000

    def end(self) -> None:
        """Both sides close it."""
        self._wire.tcp(self.time, self.phone, self.server, _FIN | _ACK, (self.sent, self.received))
        self._wire.tcp(self.time + 30_000, self.server, self.phone, _FIN | _ACK, (self.received, self.sent + 1))
        self._wire.tcp(self.time + 30_100, self.phone, self.server, _ACK, (self.sent + 1, self.received + 1))


def _summed(head: bytes) -> bytes:
    """An IPv4 header with its checksum."""
    total = sum(struct.unpack(f">{len(head) // 2}H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:]


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

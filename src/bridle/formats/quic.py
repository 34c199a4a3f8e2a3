"""The hellos inside QUIC's Initial packets, which everybody on the path may read: their key is the connection id.

An Initial packet is encrypted with a key made from a published salt and from the destination connection id of the
client's first packet; the encryption keeps off mistakes, not readers. After a Retry the client starts anew with the
connection id that the server gave it. What comes after the Initial packets has secret keys and is left alone.

Sources: RFC 9000, 17.2 (long headers) and 19 (frames) ; RFC 9001, 5 and appendix A ; RFC 9369 (version 2) ;
draft-ietf-quic-tls-17 to -34 (salts)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bridle.formats.quic_frames import Crypto, crypto_frames
from bridle.formats.quic_header import Initial, initials, looks_initial
from bridle.formats.quic_keys import Keys, open_packet, pair
from bridle.formats.tls import CLIENT_HELLO, RETRY_RANDOM, SERVER_HELLO

__all__ = ["Initials", "Side", "looks_initial"]

Side = Literal["client", "server"]
_HELLO: dict[Side, int] = {"client": CLIENT_HELLO, "server": SERVER_HELLO}
_MOST_CONNECTIONS = 4
"""Of one pair of addresses and ports that are followed."""
_MOST_PACKETS = 128
"""Initial packets of one pair of addresses and ports that are looked at: two hellos need a handful."""
_MOST_FAILURES = 16
"""Packets that no key opens, after which no more are tried."""


@dataclass(slots=True)
class _Connection:
    """One attempt to connect: a Retry starts the next."""

    version: int
    chosen: bytes
    """The destination connection id of the client's first packet."""
    keys: dict[Side, Keys]
    names: set[bytes]
    """Connection ids that either side gave itself."""
    streams: dict[Side, Crypto] = field(default_factory=lambda: {"client": Crypto(), "server": Crypto()})


class Initials:
    """Takes the datagrams between two addresses and ports, both directions, and gives handshake messages.

    `done` once both hellos were seen or nothing more is tried; then nothing is held, and what is fed costs nothing.
    """

    __slots__ = ("_answered", "_connections", "_failures", "_packets", "_seen", "done", "version")

    def __init__(self) -> None:
        self._connections: list[_Connection] = []
        self._answered: set[Side] = set()
        """Sides whose hello was seen."""
        self._failures = 0
        self._packets = 0
        self._seen: set[tuple[Side, bytes]] = set()
        self.done = False
        self.version: int | None = None
        """Of the last Initial packet that was opened, such as 0x00000001 or 0x6b3343cf (version 2)."""

    @property
    def unfinished(self) -> int:
        """Bytes of hellos that are held since they are not whole: a flow that ends with some was cut."""
        return sum(stream.held for c in self._connections for stream in c.streams.values())

    def feed(self, datagram: bytes | memoryview) -> list[tuple[Side, int, bytes]]:
        """Who said it, type and bytes (type and length included) of each handshake message that becomes whole.

        Raises FormatError where the datagram begins as an Initial packet and its header does not hold together.
        """
        found: list[tuple[Side, int, bytes]] = []
        if self.done or not looks_initial(datagram):
            return found
        for packet in initials(bytes(datagram)):
            self._packets += 1
            self._packet(packet, found)
            if self._packets >= _MOST_PACKETS or self._failures >= _MOST_FAILURES or len(self._answered) == 2:
                self.done = True
                self._connections = []
                self._seen = set()
                break
        return found

    def _packet(self, packet: Initial, found: list[tuple[Side, int, bytes]]) -> None:
        opened = self._opened(packet)
        if opened is None:
            self._failures += 1
            return
        connection, side, plain = opened
        self.version = packet.version
        if len(connection.names) < 2 * _MOST_CONNECTIONS:
            connection.names.add(packet.source)
        stream = connection.streams[side]
        for offset, body in crypto_frames(plain):
            stream.add(offset, body)
        for message in stream.messages():
            if (side, message) not in self._seen:  # a client says the same again after a Retry
                self._seen.add((side, message))
                found.append((side, message[0], message))
                if message[0] == _HELLO[side] and message[6:38] != RETRY_RANDOM:
                    self._answered.add(side)

    def _opened(self, packet: Initial) -> tuple[_Connection, Side, bytes] | None:
        """Whose packet it is, from which side, and what it holds. The encryption tells when a guess was right."""
        for connection in reversed(self._connections):
            if connection.version != packet.version:
                continue
            sides: tuple[Side, ...] = ("client", "server")
            if packet.destination != connection.chosen and packet.destination in connection.names:
                sides = ("server", "client")
            for side in sides:
                plain = open_packet(packet, connection.keys[side])
                if plain is not None:
                    return connection, side, plain
        if len(self._connections) >= _MOST_CONNECTIONS:
            return None
        return self._first(packet)

    def _first(self, packet: Initial) -> tuple[_Connection, Side, bytes] | None:
        """A connection that this packet of a client begins, if it does."""
        if any(c.chosen == packet.destination and c.version == packet.version for c in self._connections):
            return None
        client, server = pair(packet.version, packet.destination)
        plain = open_packet(packet, client)
        if plain is None:
            return None
        made = _Connection(packet.version, packet.destination, {"client": client, "server": server}, {packet.source})
        self._connections.append(made)
        return made, "client", plain

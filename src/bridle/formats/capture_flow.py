"""A flow of a capture: what two addresses and ports said to each other, and what is known of it so far."""

from __future__ import annotations

from collections import deque

from bridle.formats.capture_rows import address
from bridle.formats.quic import Initials
from bridle.formats.tcp_streams import Direction

PROTOCOLS = {
    1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 41: "6in4", 47: "gre", 50: "esp", 51: "ah", 58: "icmp6",
    89: "ospf", 103: "pim", 112: "vrrp", 132: "sctp", 136: "udplite",
}  # fmt: skip
_PORTED = frozenset({6, 17, 132, 136})
_WELL_KNOWN = 1024


class Flow:
    """Both directions, of which the client's is that of the side that began."""

    __slots__ = (
        "application", "asked", "begun", "client", "client_address", "client_port", "ech", "ended", "fins", "initials",
        "keys", "place", "process", "protocol", "server", "server_address", "server_name", "server_port", "swapped",
    )  # fmt: skip

    def __init__(self, protocol: int, key: bytes, place: str, *, by_client: bool) -> None:
        """`key` is as it travelled in the first packet, which the client sent or not."""
        half = (len(key) - 4) >> 1
        source, target, ports = key[:half], key[half:-4], key[-4:]
        self.protocol, self.place = protocol, place
        sender, receiver = Direction(self), Direction(self)
        self.keys = (key, sender), (target + source + ports[2:] + ports[:2], receiver)
        """What packets of each direction are known by."""
        self.client, self.server = sender, receiver
        self.client_address, self.server_address = address(source), address(target)
        self.client_port: int | None = None
        self.server_port: int | None = None
        if protocol in _PORTED:
            self.client_port, self.server_port = ports[0] << 8 | ports[1], ports[2] << 8 | ports[3]
        self.process: tuple[str, int, str | None] | None = None
        """Name and number of the process, and the one that it works for, where the capture says so."""
        self.application: str | None = None
        self.server_name: str | None = None
        self.ech = self.begun = self.swapped = False
        self.fins = 0
        self.ended: str | None = None
        self.asked: deque[tuple[str, str, str | None]] | None = None
        """HTTP requests that are not answered yet: method, host and URL."""
        self.initials: Initials | None = None
        if not by_client:
            self._swap()

    @property
    def last(self) -> int:
        """Time of the last packet."""
        one, two = self.client.last, self.server.last
        return one if one > two else two  # noqa: FURB136 - it is asked often

    def sender(self, d: Direction) -> tuple[str, int]:
        """Address and port of the side that sends in a direction."""
        if d is self.client:
            return self.client_address, self.client_port or 0
        return self.server_address, self.server_port or 0

    def other(self, d: Direction) -> Direction:
        """The other direction."""
        return self.server if d is self.client else self.client

    def asks(self, d: Direction) -> None:
        """That side speaks as a client does: it is the client, unless a SYN has said who is."""
        if d is not self.client and not self.begun and not self.swapped:
            self.swapped = True
            self._swap()

    def _swap(self) -> None:
        self.client, self.server = self.server, self.client
        self.client_address, self.server_address = self.server_address, self.client_address
        self.client_port, self.server_port = self.server_port, self.client_port


def is_client(key: bytes, flags: int | None) -> bool:
    """Whether the first packet of a flow is the client's: by its SYN, else by the ports."""
    if flags is not None and flags & 2:
        return not flags & 0x10
    source, target = int.from_bytes(key[-4:-2], "big"), int.from_bytes(key[-2:], "big")
    return not source < _WELL_KNOWN <= target

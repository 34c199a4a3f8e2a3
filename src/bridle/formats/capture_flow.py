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
        "application", "asked", "begun", "client", "client_key", "ech", "ended", "fins", "initials", "place",
        "protocol", "server", "server_key", "server_name", "swapped",
    )  # fmt: skip

    def __init__(self, protocol: int, key: bytes, place: str, *, by_client: bool) -> None:
        """`key` is as it travelled in the first packet, which the client sent or not."""
        half = (len(key) - 4) >> 1
        source = key[:half] + key[-4:-2], key[half:-4] + key[-2:]
        self.protocol, self.place = protocol, place
        self.client, self.server = Direction(self), Direction(self)
        self.client_key, self.server_key = source if by_client else source[::-1]
        """Address and port of each side, as they travel."""
        self.application: str | None = None
        self.server_name: str | None = None
        self.ech = self.begun = self.swapped = False
        self.fins = 0
        self.ended: str | None = None
        self.asked: deque[tuple[str, str, str | None]] = deque()
        """HTTP requests that are not answered yet: method, host and URL."""
        self.initials: Initials | None = None

    @property
    def keys(self) -> tuple[bytes, bytes]:
        """What packets of the client and of the server are known by."""
        (a, p), (b, q) = ((k[:-2], k[-2:]) for k in (self.client_key, self.server_key))
        return a + b + p + q, b + a + q + p

    @property
    def last(self) -> int:
        """Time of the last packet."""
        return max(self.client.last, self.server.last)

    @property
    def client_address(self) -> str:
        return address(self.client_key[:-2])

    @property
    def server_address(self) -> str:
        return address(self.server_key[:-2])

    @property
    def client_port(self) -> int | None:
        return int.from_bytes(self.client_key[-2:], "big") if self.protocol in _PORTED else None

    @property
    def server_port(self) -> int | None:
        return int.from_bytes(self.server_key[-2:], "big") if self.protocol in _PORTED else None

    def sender(self, d: Direction) -> tuple[str, int]:
        """Address and port of the side that sends in a direction."""
        key = self.client_key if d is self.client else self.server_key
        return address(key[:-2]), int.from_bytes(key[-2:], "big")

    def other(self, d: Direction) -> Direction:
        """The other direction."""
        return self.server if d is self.client else self.client

    def asks(self, d: Direction) -> None:
        """That side speaks as a client does: it is the client, unless a SYN has said who is."""
        if d is not self.client and not self.begun and not self.swapped:
            self.swapped = True
            self.client, self.server = self.server, self.client
            self.client_key, self.server_key = self.server_key, self.client_key


def is_client(key: bytes, flags: int | None) -> bool:
    """Whether the first packet of a flow is the client's: by its SYN, else by the ports."""
    if flags is not None and flags & 2:
        return not flags & 0x10
    source, target = int.from_bytes(key[-4:-2], "big"), int.from_bytes(key[-2:], "big")
    return not source < _WELL_KNOWN <= target

"""What of a capture could be seen and what not, counted over its flows; and the row of a flow that has ended."""

from __future__ import annotations

from typing import Any

from bridle.formats.capture_flow import PROTOCOLS, Flow
from bridle.formats.capture_rows import Rows, moment
from bridle.formats.packets import TCP, Network
from bridle.formats.pcap import Capture

_ENCRYPTED = frozenset({"tls", "quic", "dtls"})
_DNS_OVER_TLS = 853
_NO_PROCESS = (None, None, None)
HIDING = (
    "dns.google", "dns.google.com", "cloudflare-dns.com", "one.one.one.one", "1dot1dot1dot1.cloudflare-dns.com",
    "dns.quad9.net", "dns.adguard.com", "dns.adguard-dns.com", "dns.nextdns.io", "doh.opendns.com", "dns.opendns.com",
    "doh.cleanbrowsing.org", "doh.dns.apple.com", "dns.controld.com", "dns.mullvad.net", "doh.dns.sb", "dns0.eu",
    "mask.icloud.com", "mask-h2.icloud.com", "mask-api.icloud.com",
)  # fmt: skip
"""Hosts of public resolvers whose questions are encrypted, and of Apple's Private Relay, as their operators publish."""


class Totals:
    """Counts over a capture."""

    def __init__(self) -> None:
        self.packets = self.first = self.last = self.lost = 0
        self.flows = self.begun_before = self.encrypted = self.nameless = self.ech = self.dns = self.unknown = 0

    def seen(self, times: list[int]) -> None:
        """Packets have come, in whatever order; a time of 0 is none."""
        earliest = min(times) or min(filter(None, times), default=0)
        self.first = min(self.first, earliest) if self.first and earliest else self.first or earliest
        self.last = max(self.last, max(times))  # noqa: PLW3301 - two calls, for one would build a longer tuple

    def flow(self, flow: Flow, rows: Rows) -> None:
        """A flow has ended: count it, and tell it."""
        client, server = flow.client, flow.server
        first = min((d.first for d in (client, server) if d.packets and d.first), default=0)
        last = flow.last
        self.flows += 1
        self.lost += client.lost + server.lost
        self._seen(flow)
        rows.add("Flow", (
            flow.place, PROTOCOLS.get(flow.protocol) or str(flow.protocol), flow.application, flow.client_address,
            flow.client_port, flow.server_address, flow.server_port, flow.server_name, first, last, client.first,
            client.last, server.first, server.last, client.packets, server.packets, client.payload, server.payload,
            flow.ended, flow.begun, client.ttl, server.ttl, client.repeated + server.repeated,
            client.lost + server.lost, *(flow.process or _NO_PROCESS),
        ))  # fmt: skip

    def _seen(self, flow: Flow) -> None:
        name = flow.server_name
        self.begun_before += flow.protocol == TCP and not flow.begun
        self.ech += flow.ech
        self.dns += flow.server_port == _DNS_OVER_TLS or (name is not None and name.lower().endswith(HIDING))
        if flow.application in _ENCRYPTED:
            self.encrypted += 1
            self.nameless += name is None
        elif flow.application is None and flow.client.payload + flow.server.payload and flow.server_port is not None:
            self.unknown += 1

    def fields(self, network: Network, capture: Capture) -> dict[str, Any]:
        """The fields of the row about the whole capture."""
        unread = {w: n for w, n in network.other.items() if not w.startswith("EtherType")}
        return {
            "locator": "whole capture", "first": moment(self.first), "last": moment(self.last), "packets": self.packets,
            "packets_not_ip": network.other.total() - sum(unread.values()), "packets_unread": sum(unread.values()),
            "fragments_lost": network.fragments.lost, "snap_length": capture.snap_length, "packets_cut": capture.cut,
            "flows": self.flows, "flows_begun_before": self.begun_before, "flows_encrypted": self.encrypted,
            "flows_without_name": self.nameless, "flows_ech": self.ech, "flows_encrypted_dns": self.dns,
            "flows_unrecognised": self.unknown, "lost_bytes": self.lost,
        }  # fmt: skip

"""What many customers share, so that sharing it says nothing: warning lists of the base, and name servers known to be.

Sources: claims of the base that say `benign` (MISP's warning lists, imported by the user); shared_hosts.toml.
"""

from __future__ import annotations

import ipaddress
import tomllib
from functools import cache
from importlib import resources

from bridle.infra.base import Base

AWS = "awsdns-"
"""Amazon's name servers: `ns-1.awsdns-01.com`."""


class Shared:
    """The hosts, networks and values that are nobody's own."""

    def __init__(self, base: Base) -> None:
        self._values: dict[tuple[str, str], str] = {}
        self._below: dict[str, str] = {}
        self._networks: dict[tuple[int, int], dict[int, str]] = {}
        for claim in base.claims(says="benign"):
            why = claim.reference or claim.source
            self._values[claim.kind, claim.value] = why
            if claim.kind == "domain" and claim.shown.startswith("."):
                self._below[claim.value] = why
            if claim.kind == "network":
                self._take(claim.value, why)

    def _take(self, text: str, why: str) -> None:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return
        size = (network.version, network.prefixlen)
        self._networks.setdefault(size, {})[int(network.network_address)] = why

    def why(self, kind: str, value: str) -> str | None:
        """Why a value is shared by many; None where nothing says so."""
        if (found := self._values.get((kind, value))) is not None:
            return found
        if kind == "ip-address":
            return self._network_of(value)
        if kind == "name-server":
            return self._values.get(("domain", value)) or _name_server(value) or self._above(value)
        return self._above(value) if kind == "domain" else None

    def _above(self, domain: str) -> str | None:
        """The list that has a name above this one with all below it."""
        while domain:
            if domain in self._below:
                return self._below[domain]
            domain = domain.partition(".")[2]
        return None

    def _network_of(self, text: str) -> str | None:
        """The list that has a network with this address."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        for (version, length), networks in self._networks.items():
            rest = address.max_prefixlen - length
            if version == address.version and (found := networks.get(int(address) >> rest << rest)):
                return found
        return None


@cache
def _name_servers() -> dict[str, str]:
    text = resources.files("bridle.infra").joinpath("shared_hosts.toml").read_text("utf-8")
    return {name: kind for kind, names in tomllib.loads(text).items() for name in names.split()}


def _name_server(name: str) -> str | None:
    """What a name server known to be shared belongs to."""
    if AWS in name:
        return "name servers of clouds"
    while name:
        if name in _name_servers():
            return f"name servers of {_name_servers()[name]}"
        name = name.partition(".")[2]
    return None

"""Indicators that ordinary devices match: those that are refused when feeds are loaded, and those only told."""

from __future__ import annotations

import ipaddress
import tomllib
from functools import lru_cache
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators.model import Indicator
from bridle.indicators.normalise import NORMALISE

_DATA = Path(__file__).parent / "too_general.toml"
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class TooGeneral:
    """Why a match of a value says nothing, and whether it is looked for at all."""

    why: str
    refused: bool


class _Known:
    def __init__(self) -> None:
        found = tomllib.loads(_DATA.read_text("utf-8"))
        self.values = {
            (row["kind"], _normal(row["kind"], v)): TooGeneral(row["why"], row["effect"] == "refuse")
            for row in found["values"]
            for v in row["values"]
        }
        suffixes = found["suffixes"][0]
        self.labels = frozenset(suffixes["labels"])
        self.suffix = TooGeneral(suffixes["why"], refused=True)
        self.values |= {("domain", v): self.suffix for v in suffixes["values"]}
        self.networks: list[tuple[_Network, TooGeneral]] = [
            (ipaddress.ip_network(v), TooGeneral(row["why"], row["effect"] == "refuse"))
            for row in found["networks"]
            for v in row["values"]
        ]
        large = found["largest_networks"]
        self.largest = {4: int(large["ipv4"]), 6: int(large["ipv6"])}
        self.large = TooGeneral(large["why"], refused=True)


def _normal(kind: str, value: str) -> str:
    return NORMALISE[kind](value).rstrip("/") if kind == "file-path" else NORMALISE[kind](value)


@lru_cache(maxsize=1)
def _known() -> _Known:
    return _Known()


def too_general(i: Indicator) -> TooGeneral | None:
    """Why the indicator is too general; None if it is not known to be."""
    known, value = _known(), i.value
    if i.kind == "domain":
        if len(value) < 8 and value[-3:-2] == "." and value[:-3] in known.labels:
            return known.suffix
        return known.values.get(("domain", value))
    if i.kind == "ip-address":
        return _network(known, value)
    return known.values.get((i.kind, value.rstrip("/") if i.kind == "file-path" else value))


def _network(known: _Known, value: str) -> TooGeneral | None:
    network: _Network = ipaddress.ip_network(value)
    if "/" in value and network.prefixlen <= known.largest[network.version]:
        return known.large
    return next((why for n, why in known.networks if n.version == network.version and network.subnet_of(n)), None)  # type: ignore[arg-type]

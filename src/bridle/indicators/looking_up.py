"""What feeds say of one value: each feed by itself, and what is listed above the value and would match it too."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators.feeds import read_each
from bridle.indicators.lint import covering
from bridle.indicators.model import Feed, Indicator, merged
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.reading import refanged
from bridle.indicators.surfaces import Restriction, Restrictions, Surfaces, restriction_of
from bridle.indicators.too_general import TooGeneral, too_general


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """One indicator that is the value, or would match it."""

    how: str
    """`exact`, or how it stands above the value: `sub-domain`, `host`, `folder`, `network`."""
    indicator: Indicator
    """What the feeds say together."""
    said: tuple[Indicator, ...]
    """What each feed says, with its place."""
    restriction: Restriction | None
    """Why it means nothing elsewhere, where that is said of it."""
    general: TooGeneral | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What feeds say of a value, and which feeds could not be asked."""

    found: tuple[LookedUp, ...]
    feeds: tuple[Feed, ...]


def look_up(paths: Iterable[Path], value: str) -> Answer:
    """Every indicator that is the value or would match it, the nearest first; also those that are revoked."""
    wanted = dict(_wanted(value))
    networks = _network_of(value)
    own: dict[tuple[str, str], Restriction] = {}
    said: dict[tuple[str, str], list[Indicator]] = {}
    feeds: list[Feed] = []
    for one in read_each(paths):
        feeds.append(one.feed)
        own.update(one.own or {})
        for i in one.indicators:
            if not isinstance(i, Indicator):
                continue
            key = (i.kind, i.value)
            if key not in wanted and i.shown == value:
                wanted[key] = "exact"
            if key in wanted or (
                networks is not None and i.kind == "ip-address" and "/" in i.value and _in(networks, i)
            ):
                said.setdefault(key, []).append(i)
    order = {key: n for n, key in enumerate(wanted)}
    keys = sorted(said, key=lambda key: (order.get(key, len(order)), key))
    return Answer(found=tuple(_one(wanted.get(k, "network"), said[k], own) for k in keys), feeds=tuple(feeds))


def _one(how: str, said: list[Indicator], own: Restrictions) -> LookedUp:
    together = said[0]
    for other in said[1:]:
        together = merged(together, other)
    together = replace(together, surfaces=Surfaces(own).of(together))
    key = (together.kind, together.value)
    general = too_general(together)
    return LookedUp(
        how=how, indicator=together, said=tuple(said), restriction=restriction_of(*key, own),
        general=None if key in own else general,
    )  # fmt: skip


def _wanted(value: str) -> Iterator[tuple[tuple[str, str], str]]:
    """The kinds and values that are this one, then those above it, each with how it is found there."""
    exact: list[tuple[str, str]] = []
    for kind, normal in NORMALISE.items():
        for text in dict.fromkeys((value, refanged(value))):
            try:
                key = (kind, normal(text))
            except ValueError:
                continue
            if key not in exact and not (kind == "domain" and "://" in text):
                exact.append(key)
                yield key, "exact"
    seen = set(exact)
    for kind, one in exact:
        for above in covering(kind, one):
            if above not in seen:
                seen.add(above)
                yield above, {"file-path": "folder", "domain": "sub-domain"}.get(kind, "host")


def _network_of(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(NORMALISE["ip-address"](refanged(value)))
    except ValueError:
        return None


def _in(network: ipaddress.IPv4Network | ipaddress.IPv6Network, i: Indicator) -> bool:
    if "/" not in i.value:
        return False
    listed = ipaddress.ip_network(i.value)
    return listed.version == network.version and network.subnet_of(listed)  # type: ignore[arg-type]

"""What the matcher looks a value up with, and what an indicator is found by, as keys of eight bytes.

A value of a case and an indicator meet only where all keys of one of the indicator's `ways` are among the value's keys
(`Probe.keys`). The other way round nothing follows: names are compared here in one spelling and networks by a few
lengths, so that what shares the keys is still to be matched. Two different values share a key by chance once in 2**64.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from bridle.formats import urls
from bridle.indicators import normalise
from bridle.indicators.hashing import key
from bridle.indicators.index import TRUNCATED, Index, without_scheme
from bridle.indicators.matcher import PACKAGE, Match, Matcher, Where
from bridle.indicators.model import Indicator, IndicatorSet

DEPTH = 8
"""Parts of a path that a key is made of; in deeper folders there are, above all, attachments with one for each."""
_LENGTHS = {4: (24, 16, 8, 0), 6: (64, 48, 32, 16, 0)}
"""Lengths of networks that an address has a key for."""
_TAIL = 15
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Way = tuple[bytes, ...]


def named(text: str) -> bytes:
    """The key of the name of a process, file, app, profile or property; its case and what follows `:` do not count."""
    plain = (text.partition(":")[0] if ":" in text else text).strip().lower()
    return key("n", plain if plain.isascii() else plain.casefold())


def page_keys(page: str) -> tuple[bytes, bytes]:
    """Of a URL as it is compared, with and without its query."""
    return key("u", without_scheme(page)), key("u", without_scheme(normalise.without_query(page)))


def above(path: str) -> Iterator[bytes]:
    """The keys of a path, as it is compared, and of the folders above it; what lies deeper than `DEPTH` has none."""
    path = _cut(path)
    while path:
        yield key("p", path)
        path = path.rpartition("/")[0]


def _cut(path: str) -> str:
    return "/".join(path.split("/", DEPTH + 1)[: DEPTH + 1])


@lru_cache(maxsize=1 << 16)
def host_keys(host: str) -> tuple[bytes, ...]:
    """Of a host with its parents, or of an address."""
    if urls.is_address(host):
        return probe().keys("ip-address", host)
    name = normalise.bare(host)
    labels = name.split(".")
    return tuple(key("d", ".".join(labels[n:])) for n in range(len(labels)))


def address_keys(address: _Address) -> Iterator[bytes]:
    """Of an address, and of the networks around it."""
    yield key("a", str(address))
    for length in _LENGTHS[address.version]:
        yield _network(address, length)


def _network(address: _Address, length: int) -> bytes:
    bits = address.max_prefixlen - length
    return key("a", f"{address.version}/{length}/{int(address) >> bits << bits:x}")


class _Asked(dict[str, Any]):
    """An index with nothing in it that notes what it is asked for."""

    def __init__(self, made: Callable[[str], Iterator[bytes]], notes: set[bytes]) -> None:
        self._made, self._notes = made, notes

    def get(self, asked: str, default: Any = None) -> Any:
        self._notes.update(self._made(asked))
        return default

    def __contains__(self, asked: object) -> bool:
        self.get(str(asked))
        return False

    def __bool__(self) -> bool:
        return True


class _Kinds(dict[str, Any]):
    def __init__(self, notes: set[bytes]) -> None:
        self._of = {kind: _Asked(made, notes) for kind, made in _ASKED.items()}

    def get(self, kind: str, default: Any = None) -> Any:
        return self._of.get(kind, default)


class Probe(Matcher):
    """The matcher itself, over an index that has nothing and notes every look-up."""

    def __init__(self) -> None:
        self._notes: set[bytes] = set()
        asked: dict[str, Any] = {space: _Asked(made, self._notes) for space, made in _OTHERS.items()}
        self.index = Index(
            of_kind=_Kinds(self._notes), longest_path=sys.maxsize - 1, addresses=True, lengths={4: [], 6: []},
            networks={4: {}, 6: {}}, **asked,
        )  # fmt: skip

    def keys(self, kind: str, value: str, surface: str = "running-process") -> tuple[bytes, ...]:
        """The keys of a value; without a surface as if it might be of a process."""
        self._notes.clear()
        for _ in self._by_kind(kind, value, Where(surface)):
            pass
        return tuple(self._notes)

    def _at(self, address: _Address) -> Iterator[Match]:
        self._notes.update(address_keys(address))
        return iter(())


def _last(path: str) -> Iterator[bytes]:
    yield named(path.rpartition("/")[2])


def _one(space: str) -> Callable[[str], Iterator[bytes]]:
    return lambda text: iter((key(space, text),))


def _name(text: str) -> Iterator[bytes]:
    yield named(text)


def _nothing(_: str) -> Iterator[bytes]:
    return iter(())


_ASKED: dict[str, Callable[[str], Iterator[bytes]]] = {
    "domain": _one("d"), "url": _nothing, "email": _nothing, "sha256": _one("h"), "sha1": _one("h"), "md5": _one("h"),
    "cert": _one("h"),
    **dict.fromkeys(("process-name", "file-name", "app-id", "profile-id", "property-name"), _name),
}  # fmt: skip
"""URLs and addresses of mail are looked up in two ways; the wider is under `_OTHERS`."""
_OTHERS: dict[str, Callable[[str], Iterator[bytes]]] = {
    "folders": above, "on_android": above, "relative": _last, "cut": _name, "pages": _one("u"),
    "mailboxes": _one("m"),
}  # fmt: skip


@lru_cache(maxsize=1)
def probe() -> Probe:
    """One for the process: it is empty between two values."""
    return Probe()


def packages(path: str) -> set[str]:
    """The apps whose own folder a path lies in, whichever system it is of."""
    found = (PACKAGE.match(links(path)) for links in (normalise.resolved, normalise.on_android))
    return {m[1] or m[2] for m in found if m is not None}


def ways(i: Indicator) -> tuple[Way, ...]:
    """The sets of keys by each of which a case may hold an indicator."""
    return tuple(dict.fromkeys(_WAYS[i.kind](i))) if i.kind in _WAYS else ()


def _by_address(i: Indicator) -> Iterator[Way]:
    if "/" not in i.value:
        yield (key("a", i.value),)
        return
    network = ipaddress.ip_network(i.value)
    if network.prefixlen == network.max_prefixlen:
        yield (key("a", str(network.network_address)),)
    yield (_network(network.network_address, next(n for n in _LENGTHS[network.version] if n <= network.prefixlen)),)


def _by_domain(i: Indicator) -> Iterator[Way]:
    if urls.is_address(i.value):
        yield from _by_address(i)
    else:
        yield (key("d", i.value),)


def _by_path(i: Indicator) -> Iterator[Way]:
    """A folder above a path; or the path itself, which has the key of its name and those of the folders above it."""
    index = Index.of(IndicatorSet(indicators=(i,), feeds=()))
    for path in (*index.folders, *index.on_android):
        folder, _, last = path.rpartition("/")
        yield (key("p", _cut(path)),)
        yield (named(last), key("p", _cut(folder))) if folder else (named(last),)
    for path in index.relative:
        yield (named(path.rpartition("/")[2]),)


def _by_name(i: Indicator) -> Iterator[Way]:
    yield (named(i.value),)


def _by_process(i: Indicator) -> Iterator[Way]:
    yield (named(i.value),)
    yield from ((named(i.value[:length]),) for length in TRUNCATED if len(i.value) > length)


def _by_app(i: Indicator) -> Iterator[Way]:
    yield (named(i.value),)
    if len(i.value) > _TAIL:
        yield (named(i.value[-_TAIL:]),)


def _by_digest(i: Indicator) -> Iterator[Way]:
    yield (key("h", i.value),)


_WAYS: dict[str, Callable[[Indicator], Iterator[Way]]] = {
    "domain": _by_domain, "ip-address": _by_address, "file-path": _by_path, "process-name": _by_process,
    "app-id": _by_app, "file-name": _by_name, "profile-id": _by_name, "property-name": _by_name,
    "url": lambda i: iter(((key("u", without_scheme(i.value)),),)),
    "email": lambda i: iter(((key("m", normalise.mailbox(i.value)),),)),
    **dict.fromkeys(("sha256", "sha1", "md5", "cert"), _by_digest),
}  # fmt: skip

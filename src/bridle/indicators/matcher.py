"""One observable against all indicators, in a time that does not grow with their number."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from bridle.formats import urls
from bridle.formats.texts import Texts, pieces
from bridle.indicators import normalise
from bridle.indicators.model import Indicator, IndicatorSet

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_PACKAGE = re.compile(
    r"(?:/data/(?:data|app|user/\d+|user_de/\d+)|/data/media/\d+/Android/(?:data|media|obb)"
    r"|/(?:sdcard|storage/emulated/\d+)/Android/(?:data|media|obb))/(?:~~[^/]+/)?([A-Za-z]\w*(?:\.\w+)+)(?=[-/]|\Z)"
)
"""Where Android keeps what belongs to an app, in a folder of its name."""
TRUNCATED = (15, 16)
"""Lengths at which kernels cut process names."""
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Match:
    """An indicator in a value, and how it stands there."""

    indicator: Indicator
    strength: str
    """`exact`, `sub-domain`, `nested` (inside another URL), `folder` (below a published path), `network` (inside a
    published network) or `truncated` (the stored name is cut short)."""


class Matcher:
    """An index over a set of indicators."""

    def __init__(self, found: IndicatorSet) -> None:
        self._of: dict[str, dict[str, Indicator]] = {}
        self._folders: dict[str, Indicator] = {}
        self._relative: dict[str, Indicator] = {}
        self._networks: dict[int, dict[tuple[int, int], Indicator]] = {4: {}, 6: {}}
        self._cut: dict[str, list[Indicator]] = {}
        for i in found.indicators:
            self._add(i)
        self._addresses = bool(self._of.get("ip-address") or any(self._networks.values()))
        self._lengths = {v: sorted({p for p, _ in n}, reverse=True) for v, n in self._networks.items()}

    def _add(self, i: Indicator) -> None:
        if i.kind == "file-path":
            place = self._folders if i.value.startswith("/") else self._relative
            place[i.value.rstrip("/")] = i
        elif i.kind == "ip-address" and "/" in i.value:
            network: _Network = ipaddress.ip_network(i.value)
            self._networks[network.version][(network.prefixlen, int(network.network_address))] = i
        else:
            self._of.setdefault(i.kind, {})[i.value] = i
        if i.kind == "process-name":
            for length in TRUNCATED:
                if len(i.value) > length:
                    self._cut.setdefault(i.value[:length], []).append(i)

    def matches(self, kind: str, value: str, surface: str) -> list[Match]:
        """Every indicator that stands in a value of a field of this kind, on this surface, each once."""
        out: dict[tuple[str, str], Match] = {}
        for m in self._by_kind(kind, value, surface):
            if m.indicator.surfaces is None or surface in m.indicator.surfaces:
                out.setdefault((m.indicator.kind, m.indicator.value), m)
        return list(out.values())

    def texts(self, texts: pa.Array) -> list[int]:
        """The numbers of the texts in which `matches` may find something; none of them is null."""
        if not (self._addresses or any(self._of.get(kind) for kind in ("url", "domain", "email"))):
            return []
        found: set[int] = set()
        for first, some in pieces(texts):
            looked = Texts(some)
            words = {w for w, names in looked.domains.items() if any(True for d in names for _ in self._host(d))}
            if self._addresses:
                words |= looked.numbered
            found.update(first + at for at in looked.alone)
            found.update(first + at for at, _ in looked.holding(words))
        return sorted(found)

    def _by_kind(self, kind: str, value: str, surface: str) -> Iterator[Match]:
        read = _READERS.get(kind)
        if read is not None and value:
            yield from read(self, value, surface)

    def _exact(self, kind: str, value: str | None) -> Iterator[Match]:
        if value is not None and (found := self._of.get(kind, {}).get(value)) is not None:
            yield Match(found, "exact")

    def _normal(self, kind: str, value: str) -> Iterator[Match]:
        try:
            yield from self._exact(kind, normalise.NORMALISE[kind](value))
        except ValueError:
            return

    def _host(self, host: str | None, strength: str = "exact") -> Iterator[Match]:
        """A domain with its parents on label boundaries, or an address."""
        if host is None:
            return
        if ":" in host or host[-1:].isdigit():
            yield from (Match(m.indicator, strength if m.strength == "exact" else m.strength) for m in self._ip(host))
            return
        known = self._of.get("domain")
        if not known:
            return
        name = normalise.bare(host)
        if (found := known.get(name)) is not None:
            yield Match(found, strength)
        at = name.find(".")
        while at >= 0:
            if (found := known.get(name[at + 1 :])) is not None:
                yield Match(found, "sub-domain" if strength == "exact" else strength)
            at = name.find(".", at + 1)

    def _ip(self, value: str) -> Iterator[Match]:
        try:
            address = ipaddress.ip_address(normalise.address(value))
        except ValueError:
            return
        yield from self._exact("ip-address", str(address))
        bits, number = address.max_prefixlen, int(address)
        for length in self._lengths[address.version]:
            network = number >> (bits - length) << (bits - length)
            if (found := self._networks[address.version].get((length, network))) is not None:
                yield Match(found, "network")

    def _url(self, value: str, _: str) -> Iterator[Match]:
        yield from self._normal("url", value)
        host = urls.host_of(value)
        yield from self._host(host if host is not None else urls.normalised_host(value))
        if "http" in value[8:].lower():
            for inner in urls.nested_urls(value):
                for m in (*self._normal("url", inner), *self._host(urls.host_of(inner))):
                    yield Match(m.indicator, "nested")

    def _domain(self, value: str, _: str) -> Iterator[Match]:
        yield from self._host(urls.host_of(value) if "://" in value else urls.normalised_host(value.strip(".")))

    def _email(self, value: str, _: str) -> Iterator[Match]:
        try:
            address = normalise.email(value)
        except ValueError:
            return
        yield from self._exact("email", address)
        yield from self._host(address.rpartition("@")[2])

    def _text(self, value: str, surface: str) -> Iterator[Match]:
        for found in urls.urls_in(value):
            yield from self._url(found, surface)
        for domain in urls.domains_in(value):
            yield from self._host(domain)
        for address in urls.emails_in(value):
            yield from self._email(address, surface)
        for ip in urls.ips_in(value):
            yield from self._ip(ip)

    def _process(self, value: str, _: str) -> Iterator[Match]:
        """`name`, `name/bundle`, `UUID/name`, a path, or a path with a UUID behind it."""
        parts = [p for p in value.split("/") if p]
        if not parts:
            return
        if value.startswith("/"):
            name = parts[-2] if len(parts) > 1 and _UUID.match(parts[-1]) else parts[-1]
            yield from self._folders_of(value)
        else:
            name = parts[1] if len(parts) > 1 and _UUID.match(parts[0]) else parts[0]
        yield from self._exact("process-name", name)
        if "." in value and "/" not in value:
            yield from self._normal("app-id", name.partition(":")[0])
        if len(name) in TRUNCATED:
            yield from (Match(i, "truncated") for i in self._cut.get(name, ()))

    def _path(self, value: str, surface: str) -> Iterator[Match]:
        if not value.startswith("/"):
            yield from self._exact("file-name", value.rstrip("/").rpartition("/")[2])
            yield from self._tail(value.rstrip("/"))
            return
        path = normalise.resolved(value)
        yield from self._folders_of(path)
        if (package := _PACKAGE.match(path)) is not None:
            yield from self._normal("app-id", package[1])
        yield from self._tail(path.rstrip("/"))
        yield from self._exact("file-name", path.rstrip("/").rpartition("/")[2])
        if surface in ("running-process", "network-user", "crash"):
            yield from self._process(value, surface)

    def _folders_of(self, value: str) -> Iterator[Match]:
        """The path itself, or a published path above it."""
        path = normalise.resolved(value).rstrip("/")
        if (found := self._folders.get(path)) is not None:
            yield Match(found, "exact")
        while (path := path.rpartition("/")[0]) != "":
            if (found := self._folders.get(path)) is not None:
                yield Match(found, "folder")

    def _tail(self, path: str) -> Iterator[Match]:
        """Published paths without a root, at the end of this one."""
        if not self._relative:
            return
        parts = path.split("/")
        for i in range(max(0, len(parts) - 32), len(parts)):
            if (found := self._relative.get("/".join(parts[i:]))) is not None:
                yield Match(found, "exact")

    def _name(self, value: str, _: str) -> Iterator[Match]:
        yield from self._exact("file-name", value.rstrip("/").rpartition("/")[2])

    def _account(self, value: str, surface: str) -> Iterator[Match]:
        yield from self._email(value.partition("\0")[0].strip(), surface)


_Read = Callable[[Matcher, str, str], Iterator[Match]]


def _plain(kind: str) -> _Read:
    return lambda matcher, value, surface: matcher._normal(kind, value)  # noqa: ARG005 - the class's own table


_READERS: dict[str, _Read] = {
    "process-name": Matcher._process, "file-path": Matcher._path, "file-name": Matcher._name, "url": Matcher._url,
    "domain": Matcher._domain, "email": Matcher._email, "account": Matcher._account, "text": Matcher._text,
    "ip-address": lambda m, value, surface: m._ip(urls.host_of(f"ip://{value}") or value),  # noqa: ARG005
    "bundle-id": _plain("app-id"), "package-name": _plain("app-id"), "sha256": _plain("sha256"), "sha1": _plain("sha1"),
    "md5": _plain("md5"), "cert-sha256": _plain("cert"), "cert-sha1": _plain("cert"), "cert-md5": _plain("cert"),
    "profile-id": _plain("profile-id"), "property-name": _plain("property-name"),
}  # fmt: skip

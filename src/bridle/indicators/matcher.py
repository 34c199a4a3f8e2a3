"""One observable against all indicators, in a time that does not grow with their number."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

import pyarrow as pa

from bridle.classes import dataclass
from bridle.formats import urls
from bridle.formats.texts import Texts, pieces
from bridle.indicators import normalise
from bridle.indicators.index import TRUNCATED, Index, without_scheme
from bridle.indicators.model import Indicator, IndicatorSet

UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
PACKAGE = re.compile(
    r"(?:/data/(?:data|app|app-lib|user/\d+|user_de/\d+|misc/profiles/(?:cur/\d+|ref))"
    r"|/mnt/expand/[^/]+/(?:app|user/\d+|user_de/\d+)|/storage/emulated/\d+/Android/(?:data|media|obb))"
    r"/(?:~~[^/]+/)?([A-Za-z]\w*(?:\.\w+)+)(?=[-/]|\Z)"
    r"|/private/var/(?:mobile/Containers/(?:Data/(?:Application|PluginKitPlugin)|Shared/AppGroup)"
    r"|containers/Bundle/Application)/(?:group\.)?([A-Za-z][^/]*\.[^/]*)(?=/|\Z)"
)
"""Where Android keeps what belongs to an app, in a folder of its name; on iOS so does a backup."""
DELETED = " (deleted)"
"""What Linux writes behind the path of a program whose file is gone."""
_WITH_PREFIX = re.compile(r"(?<=.)/\d{1,3}\Z")
"""The length of the network, behind an address of the phone."""
_NAT64 = int(ipaddress.IPv6Address("64:ff9b::")) >> 32
STRENGTHS = ("exact", "sub-domain", "folder", "network", "mapped", "variant", "nested", "quoted", "truncated")
"""How an indicator may stand in a value, the firmest first."""
_RANK = {s: n for n, s in enumerate(STRENGTHS)}
_OPAQUE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d{1,5}(?:[/?#]|\Z))")
"""The scheme of a URL that has no host, such as `tel:`."""
PROCESSES = frozenset({"running-process", "network-user", "crash"})
"""Surfaces on which a path is that of a program."""
NESTING = (
    r"http|(?:ftp|wss?)(?::|%3a)|aHR0c|SFRUU|%25|%4[1-9a-f]|%5[0-9a]|%6[1-9a-f]|%7[0-9a]|[?&#;=](?:/|%2f)(?:/|%2f)"
)
"""What every URL has that has another inside it."""
_NESTING = re.compile(NESTING, re.IGNORECASE)


@dataclass(frozen=True)
class Where:
    """What is known of a field beside its kind."""

    surface: str
    platform: str | None = None
    """`ios`, `android`, or None where a path may be of either."""


@dataclass(frozen=True)
class Match:
    """An indicator in a value, and how it stands there."""

    indicator: Indicator
    strength: str
    """`exact`, `sub-domain`, `folder` (below a published path), `network` (inside a published network), `mapped` (an
    IPv4 address inside an IPv6 one that a carrier made of it), `variant` (a published URL but for its scheme or query,
    a mailbox but for its tag or dots), `nested` (inside another URL), `quoted` (in the path or query of another URL in
    a text, and no URL itself) or `truncated` (the stored name is cut short)."""


class Matcher:
    """What stands in one value, of any kind."""

    def __init__(self, found: IndicatorSet) -> None:
        self.index = Index.of(found)
        self.indicators = found.indicators

    def matches(self, kind: str, value: str, surface: str, platform: str | None = None) -> list[Match]:
        """Every indicator that stands in a value of a field of this kind, on this surface, each once at its firmest."""
        out: dict[tuple[str, str], Match] = {}
        for m in self._by_kind(kind, value, Where(surface, platform)):
            if m.indicator.means(surface, platform):
                known = out.setdefault(key := (m.indicator.kind, m.indicator.value), m)
                if _RANK[m.strength] < _RANK[known.strength]:
                    out[key] = m
        return list(out.values())

    def anywhere(self, kind: str, value: str) -> list[Match]:
        """Every way in which an indicator stands in an observable of this kind, whatever the surface and the system.

        A domain is one as it is compared; values of the other kinds are as fields hold them.
        """
        read = self._host(value) if kind == "domain" else self._by_kind(kind, value, Where("running-process"))
        return list(read)

    def texts(self, texts: pa.Array) -> list[int]:
        """The numbers of the texts in which `matches` may find something; none of them is null."""
        if not (self.index.addresses or any(self.index.of_kind.get(kind) for kind in ("url", "domain", "email"))):
            return []
        found: set[int] = set()
        for first, some in pieces(texts):
            looked = Texts(some)
            words = {w for w, names in looked.domains.items() if any(True for d in names for _ in self._host(d))}
            if self.index.addresses:
                words |= looked.numbered
            found.update(first + at for at in looked.alone)
            found.update(first + at for at, _ in looked.holding(words))
        return sorted(found)

    def _by_kind(self, kind: str, value: str, where: Where) -> Iterator[Match]:
        read = _READERS.get(kind)
        if read is not None and value:
            yield from read(self, value, where)

    def _exact(self, kind: str, value: str | None) -> Iterator[Match]:
        if value is not None and (found := self.index.of_kind.get(kind, {}).get(value)) is not None:
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
        if urls.is_address(host):
            yield from (Match(m.indicator, _softer(m.strength, strength)) for m in self._ip(host))
            return
        known = self.index.of_kind.get("domain")
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
        if not self.index.addresses:
            return
        try:
            address = ipaddress.ip_address(normalise.address(_WITH_PREFIX.sub("", value.strip()).rpartition("/")[2]))
        except ValueError:
            return
        yield from self._at(address)
        if isinstance(address, ipaddress.IPv6Address):
            inner = (
                ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if int(address) >> 32 == _NAT64 else address.sixtofour
            )
            if inner is not None:
                yield from (Match(m.indicator, "mapped") for m in self._at(inner))

    def _at(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterator[Match]:
        yield from (Match(i, "exact") for i in self.index.ips.get(str(address), ()))
        bits, number = address.max_prefixlen, int(address)
        for length in self.index.lengths[address.version]:
            network = number >> (bits - length) << (bits - length)
            yield from (Match(i, "network") for i in self.index.networks[address.version].get((length, network), ()))

    def _url(self, value: str, where: Where) -> Iterator[Match]:
        begin = 0
        if (host := urls.host_of(value)) is not None:
            begin = value.find("://") + 3
            yield from self._host(host)
            yield from self._page(value, "exact")
        elif (scheme := _OPAQUE.match(value)) is None:
            yield from self._host(urls.host_at(value))
        elif scheme[0].lower() == "mailto:":
            yield from self._email(value, where)
        if _NESTING.search(value, begin) is not None:
            for inner in urls.nested_urls(value):
                yield from self._host(urls.host_of(inner), "nested")
                yield from self._page(inner, "nested")

    def _page(self, value: str, strength: str) -> Iterator[Match]:
        """A published URL; or one that differs in its scheme, or in that a query was added."""
        if not self.index.of_kind.get("url"):
            return
        page = normalise.url(value)
        yield from (Match(m.indicator, strength) for m in self._exact("url", page))
        for known in dict.fromkeys((without_scheme(page), without_scheme(normalise.without_query(page)))):
            yield from (Match(i, _softer("variant", strength)) for i in self.index.pages.get(known, ()))

    def _domain(self, value: str, _: Where) -> Iterator[Match]:
        yield from self._host(urls.host_at(value))

    def _email(self, value: str, _: Where) -> Iterator[Match]:
        try:
            address = normalise.email(value)
        except ValueError:
            return
        yield from self._exact("email", address)
        if self.index.of_kind.get("email"):
            yield from (Match(i, "variant") for i in self.index.mailboxes.get(normalise.mailbox(address), ()))
        yield from self._host(address.rpartition("@")[2])

    def _text(self, value: str, where: Where) -> Iterator[Match]:
        for found in urls.urls_in(value):
            yield from self._url(found, where)
        outside = urls.outside_urls(value)
        quoted = outside is not value
        alone = {*urls.domains_in(outside), *urls.ips_in(outside)} if quoted else ()
        for domain in urls.domains_in(value):
            yield from self._host(domain, "quoted" if quoted and domain not in alone else "exact")
        for address in urls.emails_in(value):
            yield from self._email(address, where)
        if self.index.addresses:
            for ip in urls.ips_in(value):
                yield from self._host(ip, "quoted" if quoted and ip not in alone else "exact")

    def _process(self, value: str, where: Where) -> Iterator[Match]:
        """`name`, `name/bundle`, `UUID/name`, a path, or a path with a UUID behind it."""
        value = value.removesuffix(DELETED)
        parts = [p for p in value.split("/") if p]
        if not parts:
            return
        others: list[str] = []
        if value.startswith("/"):
            name = parts[-2] if len(parts) > 1 and UUID.match(parts[-1]) else parts[-1]
            yield from self.folders_of(value, where)
        else:
            at = 1 if len(parts) > 1 and UUID.match(parts[0]) else 0
            name, others = parts[at], parts[at + 1 :]
        yield from self._exact("process-name", name)
        for app in (name, *others):
            if "." in app:
                yield from self._normal("app-id", app.partition(":")[0])
        if len(name) in TRUNCATED:
            yield from (Match(i, "truncated") for i in self.index.cut.get(name, ()))

    def _path(self, value: str, where: Where) -> Iterator[Match]:
        value = normalise.plain_path(_plain_path(value))
        name = value.rstrip("/").rpartition("/")[2]
        yield from self._exact("file-name", name)
        if not value.startswith("/"):
            yield from self._tail(value.rstrip("/"))
            return
        yield from self.folders_of(value, where)
        for path in {normalise.resolved(value), normalise.on_android(value)}:
            if (package := PACKAGE.match(path)) is not None:
                yield from self._normal("app-id", package[1] or package[2])
            yield from self._tail(path.rstrip("/"))
        if where.surface in PROCESSES:
            yield from self._process(value, where)

    def folders_of(self, value: str, where: Where) -> Iterator[Match]:
        """The path itself, or a published path above it."""
        if where.platform != "android":
            yield from self._above(self.index.folders, normalise.resolved(value))
        if where.platform != "ios":
            yield from self._above(self.index.on_android, normalise.on_android(value))

    def _above(self, folders: Mapping[str, Indicator], path: str) -> Iterator[Match]:
        path = path.rstrip("/")
        if (found := folders.get(path)) is not None:
            yield Match(found, "exact")
        path = path[: self.index.longest_path + 1]
        while (path := path.rpartition("/")[0]) != "":
            if (found := folders.get(path)) is not None:
                yield Match(found, "folder")

    def _tail(self, path: str) -> Iterator[Match]:
        """Published paths without a root, at the end of this one."""
        if not self.index.relative:
            return
        parts = path.split("/")
        for i in range(max(0, len(parts) - 32), len(parts)):
            if (found := self.index.relative.get("/".join(parts[i:]))) is not None:
                yield Match(found, "exact")

    def _name(self, value: str, _: Where) -> Iterator[Match]:
        yield from self._exact("file-name", value.rstrip("/").rpartition("/")[2])

    def _account(self, value: str, where: Where) -> Iterator[Match]:
        """An address or number, perhaps with its service before it (`iMessage;-;one@example.org`)."""
        bare = value.partition("\0")[0].strip()
        if "@" in bare or "%40" in bare:
            yield from self._email(bare.rpartition(";")[2] if bare.count(";") > 1 else bare, where)


def _plain_path(value: str) -> str:
    """Without what a store may write around a path."""
    value = value.removesuffix(DELETED)
    if value.startswith("file://"):
        value = unquote(value.removeprefix("file://").removeprefix("localhost"))
    return f"/private/var/mobile{value[1:]}" if value.startswith("~/") else value


def _softer(one: str, other: str) -> str:
    return max(one, other, key=_RANK.__getitem__)


_Read = Callable[[Matcher, str, Where], Iterator[Match]]


def _plain(kind: str) -> _Read:
    return lambda matcher, value, where: matcher._normal(kind, value)  # noqa: ARG005 - the class's own table


_READERS: dict[str, _Read] = {
    "process-name": Matcher._process, "file-path": Matcher._path, "file-name": Matcher._name, "url": Matcher._url,
    "domain": Matcher._domain, "email": Matcher._account, "account": Matcher._account, "text": Matcher._text,
    "phone-number": Matcher._account, "ip-address": lambda m, value, where: m._ip(value),  # noqa: ARG005
    "bundle-id": _plain("app-id"), "package-name": _plain("app-id"), "sha256": _plain("sha256"), "sha1": _plain("sha1"),
    "md5": _plain("md5"), "cert-sha256": _plain("cert"), "cert-sha1": _plain("cert"), "cert-md5": _plain("cert"),
    "profile-id": _plain("profile-id"), "property-name": _plain("property-name"),
}  # fmt: skip

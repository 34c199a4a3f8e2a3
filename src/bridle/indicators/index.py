"""Indicators by their values: what a look-up needs, built once for all tables."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import field

from bridle.classes import dataclass
from bridle.formats import urls
from bridle.indicators import normalise
from bridle.indicators.model import Indicator, IndicatorSet

TRUNCATED = (15, 16)
"""Lengths at which kernels cut process names."""
_TAIL = 15
"""Android names a process in its kernel by the last characters of the app's name."""
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass
class Index:
    """Indicators by what they are looked up with."""

    of_kind: dict[str, dict[str, Indicator]] = field(default_factory=dict)
    """By kind, then by value as it is compared."""
    folders: dict[str, Indicator] = field(default_factory=dict)
    """Paths as iOS resolves them."""
    on_android: dict[str, Indicator] = field(default_factory=dict)
    """The same paths as Android resolves them."""
    longest_path: int = 0
    """Characters of the longest of these: what is longer is above none of them."""
    relative: dict[str, Indicator] = field(default_factory=dict)
    """Paths without a root."""
    networks: dict[int, dict[tuple[int, int], list[Indicator]]] = field(default_factory=lambda: {4: {}, 6: {}})
    """By version, then by length and number."""
    ips: dict[str, list[Indicator]] = field(default_factory=dict)
    cut: dict[str, list[Indicator]] = field(default_factory=dict)
    """By what a kernel keeps of a name."""
    pages: dict[str, list[Indicator]] = field(default_factory=dict)
    """URLs without `http` or `https`."""
    mailboxes: dict[str, list[Indicator]] = field(default_factory=dict)
    lengths: dict[int, list[int]] = field(default_factory=dict)
    """Of the networks of a version, the longest first."""
    addresses: bool = False
    """Whether there is any address or network."""
    ends: set[str] = field(default_factory=set)
    """Of the domains, and of the hosts of URLs."""
    mail_hosts: set[str] = field(default_factory=set)
    processes: set[str] = field(default_factory=set)
    """Names of processes, whole and cut."""
    lasts: set[str] = field(default_factory=set)
    """What a path may end with that is looked for: the last parts of paths, and names."""

    @classmethod
    def of(cls, found: IndicatorSet) -> Index:
        """The index over a set of indicators."""
        index = cls()
        for i in found.indicators:
            if (add := _ADDERS.get(i.kind)) is not None:
                add(index, i)
            else:
                index.of_kind.setdefault(i.kind, {})[i.value] = i
        index._sum_up()
        return index

    def _sum_up(self) -> None:
        """What many values are told from others by."""
        of = self.of_kind
        self.longest_path = max(map(len, (*self.folders, *self.on_android)), default=0)
        self.ends = {end(d) for d in of.get("domain", ())} | {end(urls.host_of(u) or "") for u in of.get("url", ())}
        self.mail_hosts = {m.rpartition("@")[2] for m in self.mailboxes}
        self.processes = {*of.get("process-name", ()), *self.cut}
        paths = {p.rpartition("/")[2] for known in (self.folders, self.on_android, self.relative) for p in known}
        self.lasts = paths.union(of.get("file-name", ()), of.get("app-id", ()), self.processes)
        self.addresses = bool(self.ips or any(self.networks.values()))
        self.lengths = {v: sorted({p for p, _ in n}, reverse=True) for v, n in self.networks.items()}

    def _domain(self, i: Indicator) -> None:
        """Some feeds publish addresses as domains."""
        if urls.is_address(i.value):
            self._address(i)
        else:
            self.of_kind.setdefault("domain", {})[i.value] = i

    def _address(self, i: Indicator) -> None:
        if "/" in i.value:
            network: _Network = ipaddress.ip_network(i.value)
            self.networks[network.version].setdefault((network.prefixlen, int(network.network_address)), []).append(i)
        else:
            self.ips.setdefault(i.value, []).append(i)

    def _path(self, i: Indicator) -> None:
        if not i.value.startswith("/"):
            self.relative[i.value.rstrip("/")] = i
            return
        self.folders[i.value.rstrip("/")] = i
        published = i.shown.strip() if i.shown.strip().startswith("/") else i.value
        self.on_android[normalise.on_android(published).rstrip("/")] = i

    def _process(self, i: Indicator) -> None:
        self.of_kind.setdefault(i.kind, {})[i.value] = i
        for length in TRUNCATED:
            if len(i.value) > length:
                self.cut.setdefault(i.value[:length], []).append(i)

    def _app(self, i: Indicator) -> None:
        self.of_kind.setdefault(i.kind, {})[i.value] = i
        if len(i.value) > _TAIL and "." in i.value:
            self.cut.setdefault(i.value[-_TAIL:], []).append(i)

    def _url(self, i: Indicator) -> None:
        self.of_kind.setdefault(i.kind, {})[i.value] = i
        self.pages.setdefault(without_scheme(i.value), []).append(i)

    def _email(self, i: Indicator) -> None:
        self.of_kind.setdefault(i.kind, {})[i.value] = i
        self.mailboxes.setdefault(normalise.mailbox(i.value), []).append(i)


def end(host: str) -> str:
    """The last two labels: what every host below a domain has in common with it."""
    return host[host.rfind(".", 0, host.rfind(".")) + 1 :]


def without_scheme(page: str) -> str:
    """A URL as it is compared, without `http` or `https`."""
    return page.partition("://")[2] if page.startswith(("http://", "https://")) else page


_ADDERS: dict[str, Callable[[Index, Indicator], None]] = {
    "domain": Index._domain, "ip-address": Index._address, "file-path": Index._path, "process-name": Index._process,
    "app-id": Index._app, "url": Index._url, "email": Index._email,
}  # fmt: skip

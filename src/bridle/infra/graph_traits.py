"""What the domains of a base share: addresses, certificates, pages, name servers, registrations. Each with its rows."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridle.infra.base import Base, Claim, Relation
from bridle.infra.generations_features import parted
from bridle.infra.graph_shared import Shared

PAGES = frozenset({"serves", "fingerprint", "has-key"})
"""Types of relations of an address or a certificate to what others may have too."""
MANY = 25
"""Domains that share a trait from which it is a host or a service for everybody."""
ROWS = 4
"""Rows kept for a trait and a domain."""
BATCH = timedelta(minutes=30)
"""Between two registrations at one registrar that belong to one batch."""
APART = timedelta(days=180)
"""Between two uses of an address from which it may have changed hands."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that several domains have, and the rows that say so of each."""

    kind: str
    name: str
    members: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A trait that says nothing, and why."""

    kind: str
    name: str
    domains: int
    why: str


@dataclass(slots=True)
class Host:
    """A domain of an attacker, as sources name it."""

    domain: str
    generations: set[str] = field(default_factory=set)
    vendors: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    rows: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Use:
    """An address that a domain resolved to."""

    address: str
    row: str
    first: datetime | None
    last: datetime | None


@dataclass(slots=True)
class Gathered:
    """Everything that a graph is made of."""

    hosts: dict[str, Host]
    traits: list[Trait]
    uses: dict[str, list[Use]]
    suppressed: list[Suppressed]


def gathered(base: Base, suffix_of: Callable[[str], str | None], vendor: str | None = None) -> Gathered:
    """The traits of a base's domains that sources call an attacker's, of one vendor or all. Raises BaseError."""
    shared = Shared(base)
    suppressed: list[Suppressed] = []
    hosts = _hosts(base.claims(kind="domain", says="attacker"), vendor)
    for domain in sorted(hosts):
        if why := shared.why("domain", domain):
            suppressed.append(Suppressed("domain", domain, 1, why))
            del hosts[domain]
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(dict)
    uses = _uses(base, hosts, shared, suppressed)
    for domain, used in uses.items():
        for use in used:
            found["address", use.address].setdefault(domain, []).append(use.row)
    _of_addresses(base, hosts, uses, found)
    _of_domains(base, hosts, suffix_of, found)
    _batches(base, hosts, found)
    traits = _rare(found, shared, suppressed)
    crowded = {t.name for t in suppressed if t.kind == "address"}
    uses = {d: kept for d, used in uses.items() if (kept := [u for u in used if u.address not in crowded])}
    return Gathered(hosts, traits, uses, suppressed)


def _hosts(claims: Iterable[Claim], vendor: str | None) -> dict[str, Host]:
    hosts: dict[str, Host] = {}
    for c in claims:
        if vendor is None or (c.vendor or "").casefold() == vendor.casefold():
            host = hosts.setdefault(c.value, Host(c.value))
            host.rows.append(f"{c.file}, {c.locator}")
            host.generations |= {c.generation} if c.generation else set()
            host.vendors |= {c.vendor} if c.vendor else set()
            host.operators |= {by} if (by := c.operator or c.campaign) else set()
    return hosts


def _uses(base: Base, hosts: dict[str, Host], shared: Shared, suppressed: list[Suppressed]) -> dict[str, list[Use]]:
    """The addresses of each domain, without those that are known to be shared."""
    uses: dict[str, list[Use]] = defaultdict(list)
    known: dict[str, str | None] = {}
    for r in (r for type_ in ("resolves-to", "paired-with") for r in base.relations(type_)):
        if r.one.value in hosts and r.other.kind == "ip-address":
            address = r.other.value
            if address not in known:
                known[address] = shared.why("ip-address", address) if _is_address(address) else "not an address"
                if why := known[address]:
                    suppressed.append(Suppressed("address", address, 1, why))
            if known[address] is None:
                uses[r.one.value].append(Use(address, row_of(r), moment(r.first), moment(r.last)))
    return dict(uses)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _of_addresses(
    base: Base,
    hosts: dict[str, Host],
    uses: dict[str, list[Use]],
    found: dict[tuple[str, str], dict[str, list[str]]],
) -> None:
    """Certificates and pages of the addresses of domains, and what those certificates have."""
    at: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for domain, use in every_use(uses):
        at[use.address].append((domain, [use.row]))
    of_cert: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for r in base.relations("presents"):
        of_cert[r.other.value] += [(domain, [*rows, row_of(r)]) for domain, rows in at.get(r.one.value, ())]
    for r in base.relations("names"):
        if r.other.value in hosts:
            of_cert[r.one.value].append((r.other.value, [row_of(r)]))
    for cert, members in of_cert.items():
        for domain, rows in members:
            found["certificate", cert].setdefault(domain, []).extend(rows)
    for r in base.relations():
        if r.type in PAGES:
            kind = "certificate key" if r.type == "has-key" else r.other.kind
            for domain, rows in (of_cert if r.one.kind == "cert" else at).get(r.one.value, ()):
                found[kind, r.other.value].setdefault(domain, []).extend([*rows, row_of(r)])


def _of_domains(
    base: Base,
    hosts: dict[str, Host],
    suffix_of: Callable[[str], str | None],
    found: dict[tuple[str, str], dict[str, list[str]]],
) -> None:
    """Name servers, registrants and the registered name of each domain."""
    servers: dict[str, dict[str, str]] = defaultdict(dict)
    for r in base.relations("name-server"):
        if r.one.value in hosts:
            servers[r.one.value][r.other.value] = row_of(r)
    for domain, names in servers.items():
        found["name servers", " ".join(sorted(names))][domain] = sorted(names.values())
    for r in base.relations("registrant"):
        if r.one.value in hosts:
            found["registrant", r.other.value].setdefault(r.one.value, []).append(row_of(r))
    for domain, host in hosts.items():
        label, suffix = parted(domain, suffix_of)
        if label:
            found["registered name", f"{label}.{suffix}"][domain] = host.rows[:2]


def _batches(base: Base, hosts: dict[str, Host], found: dict[tuple[str, str], dict[str, list[str]]]) -> None:
    """Domains that were registered at one registrar, each within half an hour of the one before."""
    registrars = {r.one.value: (r.other.value, row_of(r)) for r in base.relations("registrar")}
    when: dict[str, list[tuple[datetime, str, list[str]]]] = defaultdict(list)
    for fact in base.facts(name="registered", kind="domain"):
        time = moment(fact.text)
        if fact.value in hosts and fact.value in registrars and time is not None and time.time() != datetime.min.time():
            registrar, row = registrars[fact.value]
            when[registrar].append((time, fact.value, [f"{fact.file}, {fact.locator}", row]))
    for registrar, times in when.items():
        times.sort()
        start = times[0][0]
        for before, (time, domain, rows) in zip([times[0], *times], times, strict=False):
            if time - before[0] > BATCH:
                start = time
            found["registration batch", f"{registrar}, from {start:%Y-%m-%d %H:%M}"].setdefault(domain, []).extend(rows)


def _rare(
    found: dict[tuple[str, str], dict[str, list[str]]], shared: Shared, suppressed: list[Suppressed]
) -> list[Trait]:
    """The traits of at least two domains that say something."""
    traits = []
    for (kind, name), members in sorted(found.items()):
        if len(members) < 2:
            continue
        if why := _why(kind, name, members, shared):
            suppressed.append(Suppressed(kind, name, len(members), why))
        else:
            traits.append(
                Trait(kind, name, {d: tuple(dict.fromkeys(rows))[:ROWS] for d, rows in sorted(members.items())})
            )
    return traits


def _why(kind: str, name: str, members: dict[str, list[str]], shared: Shared) -> str | None:
    """Why a trait says nothing."""
    if len(members) > MANY:
        return f"more than {MANY} domains share it"
    if kind == "name servers":
        return next((why for server in name.split() if (why := shared.why("name-server", server))), None)
    if kind == "certificate":
        return shared.why("cert", name)
    return shared.why(kind, name)


def row_of(r: Relation) -> str:
    """Where a relation was read: `FILE, LOCATOR`."""
    return f"{r.file}, {r.locator}"


def moment(text: str | None) -> datetime | None:
    """A time of the base; None where there is none or it is no time."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def pairs_apart(one: Use, other: Use) -> bool:
    """Whether two uses of addresses lie so far apart in time that one user tells nothing of the other."""
    if one.last and other.first and other.first - one.last > APART:
        return True
    return bool(other.last and one.first and one.first - other.last > APART)


def every_use(uses: dict[str, list[Use]]) -> Iterator[tuple[str, Use]]:
    """(domain, use) of all domains."""
    for domain, used in uses.items():
        for use in used:
            yield domain, use

"""Registrations: RDAP answers, and WHOIS as JSON. When a domain was registered, by which registrar, on which servers.

Persons are nobody's business here: of registrants only organisations are kept, never names, addresses or numbers.

Sources: RFC 9083 (RDAP), RFC 7095 (jCard); the JSON of python-whois and of WhoisXML's records.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bridle.core import Gap
from bridle.infra.base import Value
from bridle.infra.source_file import SourceFile
from bridle.infra.taking import Taking, address, moment

_EVENTS = {
    "registration": "registered", "expiration": "expires", "last changed": "updated", "reregistration": "reregistered",
    "transfer": "transferred", "deletion": "deleted",
}  # fmt: skip
_WHOIS = {
    "registered": ("creation_date", "createdDate", "created", "registered"),
    "expires": ("expiration_date", "expiresDate", "expires", "expiry_date"),
    "updated": ("updated_date", "updatedDate", "updated", "last_updated"),
}
_DOMAIN = ("domain_name", "domainName", "domain")
_REGISTRAR = ("registrar", "registrarName", "registrar_name")
_SERVERS = ("name_servers", "nameServers", "nameservers", "hostNames")
_MOST = 64
"""Servers, events or entities of one registration."""


def is_registration(o: Mapping[str, Any]) -> bool:
    """Whether an object is an answer of RDAP, or a WHOIS record as JSON."""
    if isinstance(o.get("WhoisRecord"), dict):
        return True
    if "objectClassName" in o:
        return True
    dated = any(name in o for names in _WHOIS.values() for name in names[:2])
    return any(name in o for name in _DOMAIN) and dated


def read(file: SourceFile, take: Taking) -> None:
    """The registrations of a file."""
    for item in file.objects():
        if isinstance(item, Gap):
            take.warn(item.locator, item.reason)
            continue
        place, o = item
        if isinstance(o, dict) and isinstance(o.get("WhoisRecord"), dict):
            o = o["WhoisRecord"]
        if not isinstance(o, dict) or not is_registration(o):
            take.warn(place, f"expected an answer of RDAP or WHOIS as JSON, got {o!a:.60}")
        elif "objectClassName" in o:
            _rdap(o, place, take)
        else:
            _whois(o, place, take)


def _rdap(o: Mapping[str, Any], place: str, take: Taking) -> None:
    if o["objectClassName"] == "domain":
        of = take.host(o.get("ldhName", o.get("unicodeName")), place, "ldhName")
    elif o["objectClassName"] == "ip network":
        of = _network(o, place, take)
    else:
        take.warn(place, f"objects of class {o['objectClassName']!a:.40} are not read", "note")
        return
    if of is None:
        return
    for event in _dicts(o.get("events")):
        name, time = _EVENTS.get(str(event.get("eventAction"))), moment(event.get("eventDate"))
        if name is not None and time is None:
            take.warn(place, f"the event {name}: expected a time, got {event.get('eventDate')!a:.40}")
        elif name is not None and time is not None:
            take.writer.fact(of.kind, of.value, name, time, place)
    _servers(of, [s.get("ldhName") for s in _dicts(o.get("nameservers"))], place, take)
    for entity in _dicts(o.get("entities")):
        _entity(of, entity, place, take)
    _texts(of, "status", o.get("status"), place, take)
    for name in ("country", "handle", "name"):
        if of.kind == "network" and isinstance(o.get(name), str):
            take.writer.fact(of.kind, of.value, name, o[name], place)


def _network(o: Mapping[str, Any], place: str, take: Taking) -> Value | None:
    """The network, as its first CIDR block says, or as its bounds make one."""
    for block in _dicts(o.get("cidr0_cidrs")):
        prefix = block.get("v4prefix", block.get("v6prefix"))
        if (found := address(f"{prefix}/{block.get('length')}")) is not None:
            return found
    try:
        bounds = (ipaddress.ip_address(str(o.get(k))) for k in ("startAddress", "endAddress"))
        blocks = list(ipaddress.summarize_address_range(*bounds))
    except (ValueError, TypeError):
        take.warn(place, "an IP network without startAddress and endAddress")
        return None
    return Value("network", str(blocks[0]))


def _entity(of: Value, entity: Mapping[str, Any], place: str, take: Taking) -> None:
    roles = entity.get("roles")
    for role in ("registrar", "registrant"):
        if isinstance(roles, list) and role in roles and (name := _organisation(entity, role)):
            take.writer.relation(of, role, Value(role, name), place)


def _organisation(entity: Mapping[str, Any], role: str) -> str | None:
    """The organisation's name in a jCard: `org`, or `fn` where the card is a registrar's or says that it is one's."""
    card = entity.get("vcardArray")
    rows = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    found = {r[0]: r[3] for r in rows[:_MOST] if isinstance(r, list) and len(r) > 3 and isinstance(r[0], str)}
    org = found.get("org")
    if isinstance(org, list):
        org = next((x for x in org if isinstance(x, str)), None)
    if isinstance(org, str) and org.strip():
        return _plain(org)
    name = found.get("fn")
    organised = role == "registrar" or found.get("kind") == "org"
    return _plain(name) if organised and isinstance(name, str) and name.strip() else None


def _whois(o: Mapping[str, Any], place: str, take: Taking) -> None:
    names = [n for key in _DOMAIN for n in _listed(o.get(key)) if isinstance(n, str)]
    of = take.host(names[0] if names else None, place, "domain_name")
    if of is None:
        return
    for fact, keys in _WHOIS.items():
        given = [v for key in keys for v in _listed(o.get(key)) if v]
        times = sorted(t for v in given if (t := moment(v)) is not None)
        if given and not times:
            take.warn(place, f"{fact}: expected a time, got {given[0]!a:.40}")
        elif times:
            take.writer.fact(of.kind, of.value, fact, times[0], place)
    registrar = next((o[k] for k in _REGISTRAR if isinstance(o.get(k), str) and o[k].strip()), None)
    if registrar is not None:
        take.writer.relation(of, "registrar", Value("registrar", _plain(registrar)), place)
    org = o.get("org", o.get("registrant_organization"))
    if isinstance(org, str) and org.strip():
        take.writer.relation(of, "registrant", Value("registrant", _plain(org)), place)
    found = next((o[k] for k in _SERVERS if o.get(k)), None)
    if isinstance(found, dict):
        found = found.get("hostNames")
    _servers(of, _listed(found), place, take)
    _texts(of, "status", o.get("status"), place, take)


def _servers(of: Value, names: Iterable[Any], place: str, take: Taking) -> None:
    seen: set[Value] = set()
    for name in names:
        found = take.host(str(name).split()[0] if str(name).strip() else "", place, "a name server")
        if found is not None and found not in seen and len(seen) < _MOST:
            seen.add(found)
            take.writer.relation(of, "name-server", Value("name-server", found.value), place)


def _texts(of: Value, name: str, given: Any, place: str, take: Taking) -> None:
    for text in _listed(given)[:_MOST]:
        if isinstance(text, str) and text.strip():
            take.writer.fact(of.kind, of.value, name, text.split(" http")[0].strip(), place)


def _plain(name: str) -> str:
    """A name in one spelling: registries write the same registrar in capitals and without."""
    return " ".join(name.split())[:200]


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _dicts(given: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(given, list):
        yield from (x for x in given[:_MOST] if isinstance(x, dict))

"""MISP: events as JSON, single or several, with their attributes and the attributes of their objects.

`to_ids: false` says that a value is no indicator: it is counted and not looked for. Deleted attributes are left out.
`first_seen`, `last_seen` and `timestamp` tell when something was observed or written, not how long an indicator holds:
they are no validity. `disable_correlation`, distribution and PAP tags say nothing of a phone.

Sources: https://www.misp-standard.org/rfc/misp-standard-core.html ; https://github.com/MISP/misp-objects ;
https://github.com/MISP/misp-galaxy ; https://github.com/MISP/misp-warninglists .
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bridle.indicators.marking import read_marking
from bridle.indicators.model import Related, strictest
from bridle.indicators.reading import Read, Reading, Said
from bridle.indicators.rows import CONTEXTS, TO_IDS, TO_IDS_ADVICE, add_typed
from bridle.indicators.stix import FeedError
from bridle.indicators.vocabulary import kinds_of, word

_ROLES = {
    "threat-actor": "operator", "mitre-intrusion-set": "operator", "mitre-enterprise-attack-intrusion-set": "operator",
    "mitre-mobile-attack-intrusion-set": "operator", "microsoft-activity-group": "operator",
    "360net-threat-actor": "operator", "malpedia": "product", "tool": "product", "android": "product", "rat": "product",
    "backdoor": "product", "stealer": "product", "mitre-malware": "product", "mitre-tool": "product",
    "mitre-mobile-attack-malware": "product", "mitre-mobile-attack-tool": "product",
    "mitre-enterprise-attack-malware": "product", "surveillance-vendor": "product", "campaigns": "campaign",
    "mitre-campaign": "campaign",
}  # fmt: skip
"""What a cluster of a galaxy is to an indicator. Galaxies of sectors, countries and techniques are nothing to it."""
_CLUSTER = re.compile(r'misp-galaxy:([\w-]+)="([^"]{1,200})"')
_OF_RELATIONS = {
    ("process", "name"): "process-name", ("process", "image"): "file-path", ("android-app", "appid"): "app-id",
    ("android-app", "certificate"): "cert", ("android-app", "sha256"): "sha256", ("file", "path"): "file-path",
    ("file", "fullpath"): "file-path", ("mobile-application", "package-name"): "app-id",
}  # fmt: skip
"""Attributes of objects that MISP types as text, by object and relation."""
_MANIFEST = "the manifest of a MISP feed: it names {n:,} events and holds no indicator; give the events themselves"
_WARNING_LIST = "a MISP warninglist, which is a list of false positives, not a feed of indicators"


def refuse_what_is_none(found: dict[str, Any]) -> None:
    """Raises FeedError for other files of MISP that look like feeds: warninglists, and the manifest of a feed."""
    if isinstance(found.get("list"), list) and ("matching_attributes" in found or {"name", "version"} <= found.keys()):
        raise FeedError(f"{_WARNING_LIST} ({str(found.get('name'))[:80]})")
    events = list(found.values())
    if events and all(isinstance(e, dict) and "info" in e and "Orgc" in e and "Attribute" not in e for e in events):
        raise FeedError(_MANIFEST.format(n=len(events)))


def events(found: Any) -> list[tuple[str, dict[str, Any]]]:
    """Everything in a document that has the shape of an event, with its JSON pointer."""
    return list(_events(found, "", 0))


def _events(found: Any, place: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if depth > 3:
        return
    if isinstance(found, list):
        for n, part in enumerate(found):
            yield from _events(part, f"{place}/{n}", depth + 1)
    elif isinstance(found, dict):
        if isinstance(found.get("Attribute"), list) or isinstance(found.get("Object"), list):
            yield place, found
        elif isinstance(found.get("Event"), dict):
            yield f"{place}/Event", found["Event"]
        elif isinstance(found.get("response"), list | dict):
            yield from _events(found["response"], f"{place}/response", depth + 1)


def read(found: list[tuple[str, dict[str, Any]]], feed: str) -> Read:
    """The indicators of events."""
    out = Reading(feed)
    for place, event in found:
        _Event(place, event, out).read()
    return out.result()


class _Event:
    def __init__(self, place: str, event: dict[str, Any], out: Reading) -> None:
        self._place, self._event, self._out = place, event, out
        info = event.get("info")
        self._info = info.strip()[:200] if isinstance(info, str) and info.strip() else None
        self._marking = self._tlp(event, place)
        self._related = list(self._clusters(event))

    def read(self) -> None:
        self._attributes(self._event, self._place, "")
        for n, o in enumerate(_dicts(self._event.get("Object"))):
            place = f"{self._place}/Object/{n}"
            if o.get("deleted") in (True, "1", 1):
                self._out.tally("objects are deleted", place, "note")
                continue
            self._attributes(o, place, str(o.get("name")))

    def _attributes(self, owner: dict[str, Any], place: str, of: str) -> None:
        attributes = owner.get("Attribute")
        for n, a in enumerate(attributes if isinstance(attributes, list) else ()):
            here = f"{place}/Attribute/{n}"
            if isinstance(a, dict):
                self._attribute(a, here, of)
            else:
                self._out.refuse(here, f"expected an attribute, got {a!r:.60}")

    def _attribute(self, a: dict[str, Any], place: str, of: str) -> None:
        if a.get("deleted") in (True, "1", 1):
            self._out.tally("attributes are deleted", place, "note")
            return
        given, value = a.get("type"), a.get("value")
        if not isinstance(given, str) or not isinstance(value, str) or not value.strip():
            self._out.refuse(place, "an attribute without type or value")
            return
        given = _OF_RELATIONS.get((of, str(a.get("object_relation"))), given)
        if a.get("to_ids") in (False, "0", 0, "false"):
            if kinds_of(given) is None:
                self._out.tally(CONTEXTS, place, "note")
            else:
                self._out.tally(TO_IDS, place, advice=TO_IDS_ADVICE)
            return
        add_typed(self._out, given, value.strip(), place, self._said(a, place))

    def _said(self, a: dict[str, Any], place: str) -> Said:
        own = self._tlp(a, place)
        related = tuple(dict.fromkeys([*self._related, *self._clusters(a)]))
        names = [r.name for r in related if r.role == "product"]
        return Said(
            campaigns=tuple(dict.fromkeys([*([self._info] if self._info else []), *names])),
            related=(*self._campaign(), *related),
            tlp=strictest(m for m in (self._marking, own) if m),
        )  # fmt: skip

    def _campaign(self) -> tuple[Related, ...]:
        return (Related(role="campaign", name=self._info, feed=self._out.feed),) if self._info else ()

    def _tlp(self, owner: dict[str, Any], place: str) -> str | None:
        """The narrowest marking among an owner's tags. One that is not known counts as TLP:RED."""
        found = []
        for name in _tags(owner):
            if name.lower().startswith("tlp:"):
                marking = read_marking(name)
                if marking is None:
                    reason = f"the marking {name!r:.40} is none of TLP 2.0; its values are held as TLP:RED"
                    self._out.refuse(place, reason, severity="warning")
                found.append(marking or "TLP:RED")
        return strictest(found)

    def _clusters(self, owner: dict[str, Any]) -> Iterator[Related]:
        """What the galaxies of an event or attribute relate it to, whether as tags or in full."""
        seen: set[tuple[str, str]] = set()
        for role, name in [*_tagged(owner), *_galaxies(owner)]:
            if role is not None and (role, name) not in seen:
                seen.add((role, name))
                yield Related(role=role, name=name, feed=self._out.feed)


def _tags(owner: dict[str, Any]) -> list[str]:
    return [t["name"] for t in _dicts(owner.get("Tag")) if isinstance(t.get("name"), str)]


def _tagged(owner: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(_ROLES.get(m[1].lower()), m[2]) for name in _tags(owner) if (m := _CLUSTER.match(name)) is not None]


def _galaxies(owner: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [
        (_ROLES.get(word(str(g.get("type"))).replace(" ", "-")), c["value"][:200])
        for g in _dicts(owner.get("Galaxy"))
        for c in _dicts(g.get("GalaxyCluster"))
        if isinstance(c.get("value"), str)
    ]


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [x for x in found if isinstance(x, dict)] if isinstance(found, list) else []

"""Items as a STIX 2.1 bundle, in the standard's own words or in the dialect that MVT reads.

Sources: OASIS STIX 2.1, sections 3 to 6 and 9; OASIS TLP 2.0 (extension definition); the keys of MVT are those of its
feeds, https://github.com/mvt-project/mvt-indicators .
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridle.formats.json_text import json_text
from bridle.indicators.pattern_text import path_pattern, quoted
from bridle.infra.item import EPOCH, Item, from_json, named

_BOTH = {"domain": "domain-name:value", "url": "url:value", "email": "email-addr:value",
         "file-name": "file:name", "app-id": "app:id", "profile-id": "configuration-profile:id",
         "property-name": "android-property:name"}  # fmt: skip
"""STIX has nothing for the last three; they are written as MVT has them."""
_STANDARD = _BOTH | {"process-name": "process:image_ref.name", "sha256": "file:hashes.'SHA-256'",
                     "sha1": "file:hashes.'SHA-1'", "md5": "file:hashes.MD5"}  # fmt: skip
_DIALECT = _BOTH | {"process-name": "process:name", "file-path": "file:path", "sha256": "file:hashes.sha256",
                    "sha1": "file:hashes.sha1", "md5": "file:hashes.md5"}  # fmt: skip
_HASHES = {32: ("MD5", "md5"), 40: ("'SHA-1'", "sha1"), 64: ("'SHA-256'", "sha256")}
_TLP = {"TLP:CLEAR": "94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:GREEN": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "TLP:AMBER": "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER+STRICT": "939a9414-2ddd-4d32-a0cd-375ea402b003",
        "TLP:RED": "e828b379-4e03-4974-9ac4-e53a884c97c1"}  # fmt: skip
_ROLES = {"product": "malware", "operator": "intrusion-set", "campaign": "campaign", "infrastructure": "infrastructure",
          "report": "report"}  # fmt: skip
_OWN = frozenset(
    "type spec_version id revoked pattern pattern_type pattern_version valid_from valid_until confidence "
    "object_marking_refs granular_markings x_bridle x_bridle_surfaces".split()
)
"""Properties of an indicator that an item has fields for, or that are made again; ids are by chance."""


def standard(items: Sequence[Item], needs: frozenset[int], title: str) -> str:
    """The bundle in the standard's words, where it has them."""
    return _bundle(items, needs, title, standard=True)


def dialect(items: Sequence[Item], needs: frozenset[int], title: str) -> str:
    """The bundle in the words that MVT reads."""
    return _bundle(items, needs, title, standard=False)


def _bundle(items: Sequence[Item], needs: frozenset[int], title: str, *, standard: bool) -> str:
    objects: list[dict[str, Any]] = []
    others: dict[str, dict[str, Any]] = {}
    for n, item in enumerate(items):
        indicator = _indicator(item, n in needs, standard)
        objects += [indicator, *_related(item, indicator["id"], others)]
    for report in others.values():
        if report["type"] == "report":
            report["object_refs"] = sorted(report["object_refs"])
    objects += [others[key] for key in sorted(others)]
    markings = {o["object_marking_refs"][0] for o in objects if "object_marking_refs" in o}
    defined = [_marking(name) for name, ref in _TLP.items() if f"marking-definition--{ref}" in markings]
    bundle = {"type": "bundle", "id": f"bundle--{named('bundle', title)}", "objects": [*defined, *objects]}
    return json_text(bundle, indent=1) + "\n"


def _indicator(item: Item, carry: bool, standard: bool) -> dict[str, Any]:
    more = {k: v for k, v in item.further.items() if k != "misp" and k not in _OWN}
    since = _time(item.valid_from)
    o: dict[str, Any] = {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{item.identifier('indicator')}",
        "created": more.get("created", since), "modified": more.get("modified", more.get("created", since)),
        "indicator_types": ["malicious-activity"], "pattern": pattern(item, standard=standard), "pattern_type": "stix",
        "pattern_version": "2.1", "valid_from": item.valid_from or since,
    }  # fmt: skip
    if item.valid_until is not None:
        o["valid_until"] = item.valid_until
    if item.confidence is not None:
        o["confidence"] = item.confidence
    if item.revoked:
        o["revoked"] = True
    if item.tlp is not None:
        o["object_marking_refs"] = [f"marking-definition--{_TLP[item.tlp]}"]
    if item.surfaces is not None:
        o["x_bridle_surfaces"] = list(item.surfaces)
    if carry:
        o["x_bridle"] = item.as_json()
    return o | more


def _time(text: str | None) -> str:
    """A time as STIX writes it; the beginning of 1970 where nobody said one."""
    if text is None:
        return EPOCH
    return text if "T" in text else f"{text}T00:00:00.000Z"


def _marking(name: str) -> dict[str, Any]:
    """A definition of TLP 2.0, as OASIS publishes them."""
    word = name.removeprefix("TLP:").lower()
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{_TLP[name]}",
        "created": "2022-10-01T00:00:00.000Z", "name": name,
        "extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
            "extension_type": "property-extension", "tlp_2_0": word}},
    }  # fmt: skip


def _related(item: Item, indicator: str, others: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The relationships of an indicator; what it is related to is added to `others`."""
    for role, name, confidence in item.related:
        type_ = _ROLES.get(role)
        if type_ is None:
            continue
        other = f"{type_}--{named(type_, name)}"
        o = others.setdefault(other, {"type": type_, "spec_version": "2.1", "id": other, "created": EPOCH,
                                      "modified": EPOCH, "name": name})  # fmt: skip
        if type_ == "malware":
            o["is_family"] = True
        if type_ == "report":
            o.setdefault("published", EPOCH)
            o["object_refs"] = [*o.get("object_refs", ()), indicator]
            continue
        link = {"type": "relationship", "spec_version": "2.1", "id": f"relationship--{named('link', indicator, other)}",
                "created": EPOCH, "modified": EPOCH, "relationship_type": "indicates", "source_ref": indicator,
                "target_ref": other}  # fmt: skip
        yield link if confidence is None else link | {"confidence": confidence}


def pattern(item: Item, *, standard: bool) -> str:
    """The pattern that asks for an item."""
    if item.kind == "pattern":
        return item.value
    value = quoted(item.written)
    if item.kind == "ip-address":
        return f"[{'ipv6-addr' if ':' in item.value else 'ipv4-addr'}:value = {value}]"
    if item.kind == "cert":
        official, short = _HASHES[len(item.value)]
        return f"[x509-certificate:hashes.{official} = {value}]" if standard else f"[app:cert.{short} = {value}]"
    if item.kind == "file-path" and standard:
        return path_pattern(item.written)
    return f"[{(_STANDARD if standard else _DIALECT)[item.kind]} = {value}]"


def further(bundle: Any) -> dict[str, Mapping[str, Any]]:
    """What indicators have beside the fields of an item, by id."""
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    return {str(o.get("id")): found for o in objects or () if isinstance(o, dict) and (found := _further(o))}


def _further(o: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is written in any case: the type that nearly all have, and times that say what `valid_from` says."""
    found = {k: v for k, v in o.items() if k not in _OWN}
    if found.get("indicator_types") == ["malicious-activity"]:
        del found["indicator_types"]
    since = o.get("valid_from")
    for name in ("modified", "created"):
        if name in found and found[name] == (since if name == "created" else found.get("created", since)):
            del found[name]
    return found


_MADE = frozenset("type id spec_version created modified name is_family published object_refs revoked".split())
"""Properties of other objects than indicators that are written again, or are by chance."""


def lost(bundle: Any) -> Iterator[str]:
    """What a bundle holds beside its indicators that an item has no room for, each once, with how many objects."""
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    counts: Counter[str] = Counter()
    for o in objects or ():
        if not isinstance(o, dict) or o.get("type") in ("indicator", "marking-definition", "relationship"):
            continue
        type_, known = str(o.get("type"))[:40], o.get("type") in _ROLES.values()
        beyond = sorted(o.keys() - _MADE)
        if not known:
            counts[f"{type_}: the whole object"] += 1
        elif beyond:
            counts[f"{type_}: {', '.join(beyond)[:80]}"] += 1
    yield from (f"{n:,} {what}" for what, n in sorted(counts.items()))


def carried(text: str) -> tuple[list[Item], str]:
    """Items of `x_bridle`, and the bundle without their objects."""
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError):
        return [], text
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    items: list[Item] = []
    rest = []
    for o in objects if isinstance(objects, list) else ():
        try:
            items.append(from_json(o["x_bridle"]))
        except (KeyError, TypeError, ValueError):
            rest.append(o)
    return items, json.dumps({**bundle, "objects": rest}) if items else text

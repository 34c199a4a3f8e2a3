"""Items as one MISP event. What MISP has no field for stands as JSON in an attribute's comment, behind `bridle:`.

Sources: https://www.misp-standard.org/rfc/misp-standard-core.html ; MISP's table of types and categories.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bridle.formats.json_text import json_text
from bridle.indicators import misp
from bridle.infra.item import Item, from_json, named

_TYPES = {
    "domain": ("domain", "Network activity"), "url": ("url", "Network activity"),
    "ip-address": ("ip-dst", "Network activity"), "email": ("email-src", "Payload delivery"),
    "file-name": ("filename", "Payload delivery"), "sha256": ("sha256", "Payload delivery"),
    "sha1": ("sha1", "Payload delivery"), "md5": ("md5", "Payload delivery"),
    "app-id": ("mobile-application-id", "Payload delivery"), "pattern": ("stix2-pattern", "Payload delivery"),
}  # fmt: skip
_OTHER = ("other", "Other")
"""MISP has no type for names of processes, profiles and properties, and none for paths."""
_CERTS = {32: "md5", 40: "sha1", 64: "sha256"}
_KEPT = ("comment", "category", "first_seen", "last_seen")
_MARK = "bridle:{"


def write(items: Sequence[Item], needs: frozenset[int], title: str) -> str:
    """The event."""
    dates = sorted(i.valid_from[:10] for i in items if i.valid_from)
    event = {
        "uuid": named("event", title), "info": title, "date": dates[0] if dates else "1970-01-01", "analysis": "2",
        "threat_level_id": "4", "distribution": "0", "published": False, "timestamp": "0",
        "Attribute": [_attribute(item, n in needs) for n, item in enumerate(items)],
    }  # fmt: skip
    return json_text({"Event": event}, indent=1) + "\n"


def _attribute(item: Item, carry: bool) -> dict[str, Any]:
    type_, category = _TYPES.get(item.kind, _OTHER)
    if item.kind == "cert":
        type_, category = f"x509-fingerprint-{_CERTS[len(item.value)]}", "Network activity"
    kept = item.further.get("misp", {})
    kept = kept if isinstance(kept, dict) else {}
    comment = str(kept.get("comment", ""))
    if carry:
        comment = f"{comment} bridle:{json.dumps(item.as_json(), sort_keys=True, ensure_ascii=False)}".lstrip()
    a: dict[str, Any] = {
        "uuid": item.identifier("attribute"), "type": type_, "category": kept.get("category", category),
        "value": item.written, "to_ids": type_ != "other" and not item.revoked, "distribution": "5", "timestamp": "0",
        "comment": comment,
    }  # fmt: skip
    a |= {k: kept[k] for k in ("first_seen", "last_seen") if k in kept}
    tags = [f"tlp:{item.tlp.removeprefix('TLP:').lower()}"] if item.tlp else []
    tags += [f'bridle:{role}="{name}"' for role, name, _ in item.related if '"' not in name]
    if tags:
        a["Tag"] = [{"name": t} for t in tags]
    return a


def further(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """What attributes have beside the fields of an item, by their place."""
    out: dict[str, Mapping[str, Any]] = {}
    for place, a in _attributes(events):
        type_, category = str(a.get("type")), a.get("category")
        found = {k: a[k] for k in _KEPT if a.get(k)}
        usual = next((c for t, c in _TYPES.values() if t == type_), None)
        if category == usual or (type_.startswith("x509-fingerprint-") and category == "Network activity"):
            found.pop("category", None)
        if found:
            out[place] = {"misp": found}
    return out


def _attributes(events: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, event in events:
        owners = [(place, event)]
        objects = event.get("Object")
        owners += [(f"{place}/Object/{n}", o) for n, o in enumerate(objects if isinstance(objects, list) else ())]
        for where, owner in owners:
            listed = owner.get("Attribute") if isinstance(owner, dict) else None
            for n, a in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(a, dict):
                    yield f"{where}/Attribute/{n}", a


def carried(text: str) -> tuple[list[Item], str]:
    """Items of comments, and the events with their attributes as deleted, so that all others keep their places."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return [], text
    items: list[Item] = []
    for _, a in _attributes(misp.events(found)):
        comment = a.get("comment")
        at = comment.find(_MARK) if isinstance(comment, str) else -1
        if at < 0 or not isinstance(comment, str):
            continue
        try:
            items.append(from_json(json.loads(comment[at + len(_MARK) - 1 :])))
        except (ValueError, TypeError, RecursionError):
            continue
        a["deleted"] = True
    return items, json.dumps(found) if items else text

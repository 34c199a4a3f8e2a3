"""Findings as a STIX 2.1 bundle: what was sighted, where and when, without any text of the person's own.

A finding of a single published value is an `indicator` with its `sighting` and the `observed-data` that it rests on;
each finding has a `note`, and each technique of ATT&CK an `attack-pattern`. Markings go along, restricted values do
not.

Source: OASIS STIX 2.1, https://docs.oasis-open.org/cti/stix/v2.1/ .
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bridle.detect.restrict import marking
from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.exports.parts import (
    EPOCH,
    case_name,
    coarse_note,
    findings_of,
    named,
    shown_indicator,
    tables_of,
    techniques,
)
from bridle.report.exports.stix_values import observed, pattern

_CONFIDENCE = {"low": 15, "medium": 50, "high": 85}
"""STIX 2.1, appendix A: the scale of None, Low, Med and High."""
_TLP = {"TLP:CLEAR": "94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:GREEN": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "TLP:AMBER": "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER+STRICT": "939a9414-2ddd-4d32-a0cd-375ea402b003",
        "TLP:RED": "e828b379-4e03-4974-9ac4-e53a884c97c1"}  # fmt: skip
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_LARGEST_COUNT = 999_999_999
_Object = dict[str, Any]


def render(content: Content) -> str:
    """The bundle as JSON; an object that several findings lead to stands there once."""
    name = case_name(content)
    tool, device = _identity("bridle", "bridle"), _identity("an examined phone", name)
    found: dict[str, _Object] = {o["id"]: o for o in (tool, device)}
    for f in findings_of(content):
        for o in _objects(f, tool["id"], device["id"], coarse_note(content)):
            found.setdefault(o["id"], o)
    used = {ref for o in found.values() for ref in o.get("object_marking_refs", ())}
    markings = [_marking(n, ref) for n, ref in _TLP.items() if f"marking-definition--{ref}" in used]
    bundle = {"type": "bundle", "id": f"bundle--{named('stix bundle', name)}", "objects": [*markings, *found.values()]}
    return as_json(bundle, indent=2) + "\n"


def _identity(name: str, key: str) -> _Object:
    return {
        "type": "identity", "spec_version": "2.1", "id": f"identity--{named('identity', key)}", "created": EPOCH,
        "modified": EPOCH, "name": name, "identity_class": "system",
    }  # fmt: skip


def _marking(name: str, ref: str) -> _Object:
    """A definition of TLP 2.0, as OASIS publishes them."""
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{ref}",
        "created": "2022-10-01T00:00:00.000Z", "name": name,
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension",
                                        "tlp_2_0": name.removeprefix("TLP:").lower()}},
    }  # fmt: skip


def _objects(f: Mapping[str, Any], tool: str, device: str, coarse: str | None) -> Iterator[_Object]:
    made = _time(f["first_seen"]) or EPOCH
    common: _Object = {"spec_version": "2.1", "created_by_ref": tool, "created": made, "modified": made}
    marked = _marked(f)
    if (sure := _CONFIDENCE.get(f.get("confidence", ""))) is not None:
        common["confidence"] = sure
    patterns = [_attack_pattern(t) for t in techniques(f)]
    yield from patterns
    refs = [device]
    shown = shown_indicator(f)
    if shown is not None and (asked := pattern(shown)) is not None:
        for o in _sighted(f, shown, asked, common | marked, device):
            refs += [o["id"]] if o["type"] in ("indicator", "sighting") else []
            yield o
        indicator = f"indicator--{named('indicator', asked)}"
        yield from (_indicates(indicator, p["id"], tool) for p in patterns)
    content = "\n".join(filter(None, [f["explanation"], *f["false_positives"], coarse]))
    yield {
        "type": "note", "id": f"note--{named('note', f['id'])}", **common, **marked, "abstract": f["title"],
        "content": content, "labels": [f["level"], f["stage"], f["rule"]],
        "object_refs": [*refs, *(p["id"] for p in patterns)],
    }  # fmt: skip


def _marked(f: Mapping[str, Any]) -> _Object:
    if f["indicator"] is None or not f["indicator"]["tlp"]:
        return {}
    return {"object_marking_refs": [f"marking-definition--{_TLP[marking(f['indicator']['tlp'])]}"]}


def _attack_pattern(technique: str) -> _Object:
    reference = {"source_name": "mitre-attack", "external_id": technique}
    return {
        "type": "attack-pattern", "spec_version": "2.1", "id": f"attack-pattern--{named('attack-pattern', technique)}",
        "created": EPOCH, "modified": EPOCH, "name": technique, "external_references": [reference],
    }  # fmt: skip


def _indicates(indicator: str, technique: str, tool: str) -> _Object:
    return {
        "type": "relationship", "spec_version": "2.1", "relationship_type": "indicates",
        "id": f"relationship--{named('indicates', indicator, technique)}", "created_by_ref": tool, "created": EPOCH,
        "modified": EPOCH, "source_ref": indicator, "target_ref": technique,
    }  # fmt: skip


def _sighted(
    f: Mapping[str, Any], shown: Mapping[str, Any], asked: str, common: _Object, device: str
) -> Iterator[_Object]:
    """The indicator, the values as they are observed, and the sighting that joins them."""
    first, last = _time(f["first_seen"]), _time(f["last_seen"])
    count = min(f["count"], _LARGEST_COUNT)
    indicator = f"indicator--{named('indicator', asked)}"
    yield {
        "type": "indicator", "id": indicator, **common, "name": f"{shown['kind']} {shown['value']}",
        "description": f"Published by {', '.join(shown['feeds']) or 'a feed'}.", "pattern": asked,
        "pattern_type": "stix", "pattern_version": "2.1", "valid_from": common["created"],
        "indicator_types": ["malicious-activity"],
    }  # fmt: skip
    sighting = {
        "type": "sighting", "id": f"sighting--{named('sighting', f['id'])}", **common, "sighting_of_ref": indicator,
        "count": count, "where_sighted_refs": [device], "description": f"In {', '.join(tables_of(f))}.",
    }  # fmt: skip
    if first and last:
        values = observed(shown, common.get("object_marking_refs"))
        yield from values
        data = {
            "type": "observed-data", "id": f"observed-data--{named('observed-data', f['id'])}", **common,
            "first_observed": first, "last_observed": last, "number_observed": count,
            "object_refs": [o["id"] for o in values],
        }  # fmt: skip
        yield data
        sighting |= {"first_seen": first, "last_seen": last, "observed_data_refs": [data["id"]]}
    yield sighting


def _time(text: str | None) -> str | None:
    """A time as STIX writes it; what a clock of unknown zone showed is none."""
    if not text or not text.endswith("Z"):
        return None
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

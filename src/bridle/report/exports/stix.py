"""Findings as a STIX 2.1 bundle: what was sighted, with notes, without any text of a message."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from bridle.report.content import Content
from bridle.report.masking import masked

_CONFIDENCE = {"low": 15, "medium": 50, "high": 85}
"""STIX 2.1, appendix A: the scale of None, Low, Med and High."""
_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace that STIX 2.1 gives for deterministic identifiers of observables."""
_EPOCH = "1970-01-01T00:00:00.000Z"


def render(content: Content) -> str:
    """One `identity` for the tool, one `sighting` with its `observed-data` note for each finding. No message text."""
    identity: dict[str, Any] = {
        "type": "identity", "spec_version": "2.1", "id": _id("identity", "bridle"), "created": _EPOCH,
        "modified": _EPOCH, "name": "bridle", "identity_class": "system",
    }  # fmt: skip
    objects = [
        identity,
        *(o for f in masked(content.findings, content.masked) for o in _sighting(f, str(identity["id"]))),
    ]
    return json.dumps({"type": "bundle", "id": _id("bundle", json.dumps(objects)), "objects": objects}, indent=2) + "\n"


def _sighting(finding: Mapping[str, Any], identity: str) -> list[dict[str, Any]]:
    times = {"created": finding["first_seen"] or _EPOCH, "modified": finding["first_seen"] or _EPOCH}
    common: dict[str, Any] = {"spec_version": "2.1", "created_by_ref": identity, **times}
    if (sure := _CONFIDENCE.get(finding.get("confidence", ""))) is not None:
        common["confidence"] = sure
    note = {
        "type": "note", "id": _id("note", finding["id"]), **common, "abstract": finding["title"],
        "content": finding["explanation"], "labels": [finding["level"], finding["stage"], finding["rule"]],
        "object_refs": [identity],
    }  # fmt: skip
    if (found := finding["indicator"]) is None or (pattern := _pattern(found)) is None:
        return [note]
    indicator = {
        "type": "indicator", "id": _id("indicator", pattern), **common, "pattern": pattern, "pattern_type": "stix",
        "valid_from": times["created"], "name": found["kind"],
    }  # fmt: skip
    sighting = {
        "type": "sighting", "id": _id("sighting", finding["id"]), **common, "count": finding["count"],
        "sighting_of_ref": indicator["id"],
    }  # fmt: skip
    return [note, indicator, sighting]


_PATHS = {
    "domain": "domain-name:value", "url": "url:value", "ip-address": "ipv4-addr:value", "email": "email-addr:value",
    "process-name": "process:name", "file-name": "file:name", "file-path": "file:path",
    "sha256": "file:hashes.'SHA-256'", "md5": "file:hashes.MD5", "sha1": "file:hashes.'SHA-1'",
}  # fmt: skip


def _pattern(found: Mapping[str, Any]) -> str | None:
    if found["kind"] not in _PATHS or str(found["value"]).startswith("restricted indicator"):
        return None
    value = str(found["value"]).replace("\\", "\\\\").replace("'", "\\'")
    return f"[{_PATHS[found['kind']]} = '{value}']"


def _id(kind: str, of: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, of)}"

"""The feed that names the planted attack's infrastructure: STIX 2.1, synthetic throughout."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from bridle.phantom import MARKER, telling
from bridle.phantom.android.device import LIKES
from bridle.phantom.android.operators import operator
from bridle.phantom.attack import infrastructure

_NAMESPACE = uuid.UUID("5d4d7a4e-6b0f-5a0e-9c53-7e0f3f1c2a10")
_TIME = "2021-07-18T00:00:00.000Z"
_CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
"""TLP:CLEAR, as STIX 2.1 predefines it."""


_PATTERNS = {
    "process": "[process:name='{}']", "path": "[file:path='{}']", "app": "[app:id='{}']",
    "profile": "[configuration-profile:id='{}']", "property": "[android-property:name='{}']",
}  # fmt: skip
"""Of what is published of a campaign."""


def write(out: Path, seed: int, like: str | None = None) -> None:
    """Write the feed of a seed to a new file; `like` adds what is published of a campaign. Raises FileExistsError."""
    bundle = _bundle(seed, _published(like))
    with out.open("x", encoding="utf-8") as file:
        json.dump(bundle, file, indent=1)
        file.write("\n")


def _bundle(seed: int, published: list[str]) -> dict[str, Any]:
    malware = _object(seed, "malware", "malware", name="SYNTHETIC Chimera", is_family=True, malware_types=["spyware"])
    campaign = _object(
        seed, "campaign", "campaign", name="SYNTHETIC Chimera demonstration",
        description="Made by bridle phantom. No real operator, no real host.",
    )  # fmt: skip
    objects = [malware, campaign]
    for pattern in dict.fromkeys([*_patterns(seed), *published]):
        indicator = _object(
            seed, "indicator", pattern, name=pattern[1:-1], pattern=pattern, pattern_type="stix", pattern_version="2.1",
            valid_from=_TIME, indicator_types=["malicious-activity"], confidence=90,
        )  # fmt: skip
        objects.append(indicator)
        objects += [
            _object(
                seed, "relationship", f"{pattern} {target['type']}", relationship_type="indicates",
                source_ref=indicator["id"], target_ref=target["id"],
            )
            for target in (malware, campaign)
        ]  # fmt: skip
    return {"type": "bundle", "id": f"bundle--{_id(seed, 'bundle')}", "objects": objects}


def _published(like: str | None) -> list[str]:
    told = [c for c in telling.read("campaign.toml")["campaign"] if c["name"] == like]
    if like is not None and not told and like not in LIKES:
        raise ValueError(f"expected a campaign that `bridle phantom campaigns` lists, got {like!r:.60}")
    published = told[0].get("published", {}) if told else {}
    return [_PATTERNS[kind].format(value) for kind, values in published.items() for value in values]


def _patterns(seed: int) -> list[str]:
    by = infrastructure(seed)
    return [
        *(f"[domain-name:value='{d}']" for d in (by.lure, by.hidden_lure, by.server, *by.others)),
        *(f"[email-addr:value='{a}']" for a in (by.account, by.other_account)),
        *(f"[process:name='{p}']" for p in (by.stager, by.daemon)),
        f"[file:path='{by.file}']",
        *_android(seed),
    ]


def _android(seed: int) -> list[str]:
    """Of the operator that attacks Android phones."""
    by = operator(seed)
    return [
        *(f"[domain-name:value='{d}']" for d in (by.lure, by.server)),
        f"[ipv4-addr:value='{by.address}']",
        f"[app:id='{by.package}']",
        f"[app:cert.sha256='{by.certificate}']",
        f"[file:hashes.'SHA-256'='{by.apk_sha256}']",
        *(f"[file:path='{p}']" for p in (by.folder, by.file)),
        f"[android-property:name='{by.property}']",
    ]


def _object(seed: int, kind: str, name_in_seed: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{_id(seed, name_in_seed)}",
        "created": _TIME,
        "modified": _TIME,
        "labels": [MARKER],
        "object_marking_refs": [_CLEAR],
        **properties,
    }


def _id(seed: int, name: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{seed}/{name}")

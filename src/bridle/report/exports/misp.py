"""The published values that were found, as one MISP event with a sighting each. Nothing of the person's own.

Sources: https://www.misp-standard.org/rfc/misp-standard-core.html ; MISP's table of types and categories, as PyMISP
ships it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bridle.core import LEVELS, TLP
from bridle.detect.restrict import marking
from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.exports.parts import (
    case_name,
    coarse_note,
    findings_of,
    named,
    shown_indicator,
    tables_of,
    techniques,
)

_NETWORK, _PAYLOAD, _OTHER = "Network activity", "Payload delivery", "Other"
_TYPES = {
    "domain": ("domain", _NETWORK), "url": ("url", _NETWORK), "ip-address": ("ip-dst", _NETWORK),
    "email": ("email-src", _PAYLOAD), "file-name": ("filename", _PAYLOAD), "file-path": ("filename", _PAYLOAD),
    "sha256": ("sha256", _PAYLOAD), "sha1": ("sha1", _PAYLOAD), "md5": ("md5", _PAYLOAD),
    "app-id": ("mobile-application-id", _PAYLOAD), "process-name": ("text", _OTHER), "profile-id": ("text", _OTHER),
    "property-name": ("text", _OTHER),
}  # fmt: skip
_CERTS = {32: "md5", 40: "sha1", 64: "sha256"}
_THREAT = {"critical": "1", "high": "1", "medium": "2", "low": "3", "informational": "4"}
"""MISP counts threat levels from 1, high, to 4, undefined."""


def render(content: Content) -> str:
    """The event as JSON."""
    findings = findings_of(content)
    name = case_name(content)
    coarse = coarse_note(content)
    attributes = [made for f in findings if (made := _attribute(f, coarse)) is not None]
    dates = sorted(f["first_seen"][:10] for f in findings if f["first_seen"])
    level = max((f["level"] for f in findings), key=LEVELS.index, default="informational")
    event = {
        "uuid": named("misp event", name), "info": f"Traces on one phone: {content.summary['verdict']['text']}",
        "date": dates[0] if dates else "1970-01-01", "analysis": "2", "threat_level_id": _THREAT[level],
        "distribution": "0", "published": False, "timestamp": "0", "Tag": _tags(findings, content),
        "Attribute": attributes,
    }  # fmt: skip
    return as_json({"Event": event}, indent=1) + "\n"


def _tags(findings: list[Mapping[str, Any]], content: Content) -> list[dict[str, str]]:
    """The narrowest marking of what is told, ATT&CK's techniques, and that the evidence is synthetic."""
    shown = [i for f in findings if (i := shown_indicator(f)) is not None]
    strictest = max((marking(i["tlp"]) for i in shown), key=TLP.index, default="TLP:CLEAR")
    names = [strictest.lower(), *sorted({_galaxy(t) for f in findings for t in techniques(f)})]
    if content.summary.get("synthetic"):
        names.append("bridle:synthetic")
    return [{"name": n} for n in names]


def _galaxy(technique: str) -> str:
    return f'misp-galaxy:mitre-attack-pattern="{technique}"'


def _attribute(f: Mapping[str, Any], coarse: str | None) -> dict[str, Any] | None:
    found = shown_indicator(f)
    if found is None:
        return None
    type_, category = _type(found)
    tags = [marking(found["tlp"]).lower(), *map(_galaxy, techniques(f)), f'bridle:level="{f["level"]}"']
    made: dict[str, Any] = {
        "uuid": named("misp attribute", f["id"]), "type": type_, "category": category, "value": found["value"],
        "to_ids": type_ != "text", "distribution": "5", "timestamp": "0", "disable_correlation": False,
        "comment": f"{found['kind']}: {f['title']}. {f['stage']}; {f['count']} rows of {', '.join(tables_of(f))}."
        + (f" {coarse}" if coarse else ""),
        "Tag": [{"name": t} for t in tags],
    }  # fmt: skip
    seen = {k: f[k] for k in ("first_seen", "last_seen") if f[k] and f[k].endswith("Z")}
    if "last_seen" in seen:
        made["Sighting"] = [
            {"uuid": named("misp sighting", f["id"]), "type": "0", "source": "bridle",
             "date_sighting": str(int(datetime.fromisoformat(seen["last_seen"]).timestamp()))}
        ]  # fmt: skip
    return made | seen


def _type(found: Mapping[str, Any]) -> tuple[str, str]:
    if found["kind"] == "cert" and len(found["value"]) in _CERTS:
        return f"x509-fingerprint-{_CERTS[len(found['value'])]}", _NETWORK
    return _TYPES.get(found["kind"], ("text", _OTHER))

"""Findings and the rows they cite as CASE/UCO JSON-LD: the ontology that courts' and laboratories' tools exchange.

One examination with one tool; a file for each file that evidence stands in, with its digest; an annotation for each
finding and for each row that it cites, on those files.

Sources: CASE 1.4 and UCO 1.4, https://caseontology.org , https://unifiedcyberontology.org .
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.exports.parts import (
    case_name,
    coarse_note,
    evidence_of,
    findings_of,
    is_sha256,
    named,
    shown_indicator,
)

CONTEXT = {
    "kb": "http://example.org/kb/",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_Node = dict[str, Any]


def render(content: Content) -> str:
    """The graph as JSON-LD."""
    findings, name = findings_of(content), case_name(content)
    files: dict[tuple[str, str | None], _Node] = {}
    for _, _, e in evidence_of(findings):
        files.setdefault((e["path"], e["sha256"]), _file(name, e["path"], e["sha256"]))
    device = _node("uco-observable:MobileDevice", name) | {"uco-core:name": "the examined phone"}
    told = [node for f in findings for node in _finding(name, f, files, device)]
    ordered = [files[key] for key in sorted(files, key=lambda k: (k[0], k[1] or ""))]
    graph = [*_examination(name, content, device, [*ordered, *told]), *ordered, *told]
    return as_json({"@context": CONTEXT, "@graph": graph}, indent=1) + "\n"


def _node(kind: str, *parts: str) -> _Node:
    """A node whose identifier is its kind in small letters and a UUID of what it stands for, as UCO asks."""
    return {"@id": f"kb:{kind.rpartition(':')[2].lower()}-{named(kind, *parts)}", "@type": kind}


def _to(*nodes: _Node) -> list[dict[str, str]]:
    return [{"@id": n["@id"]} for n in nodes]


def _examination(name: str, content: Content, device: _Node, told: list[_Node]) -> Iterator[_Node]:
    version = str(content.meta["case"]["bridle"])
    tool = _node("uco-tool:AnalyticTool", version) | {"uco-core:name": "bridle", "uco-tool:version": version}
    result = _node("case-investigation:ProvenanceRecord", name) | {
        "uco-core:description": "What the examination found, and the files that it stands in.",
        "case-investigation:exhibitNumber": name[:8], "uco-core:object": _to(*told),
    }  # fmt: skip
    said = [str(content.summary["verdict"]["text"]), str(content.summary["verdict"]["why"])]
    said += [note for note in (coarse_note(content),) if note]
    if content.summary.get("synthetic"):
        said.append("SYNTHETIC: made by `bridle phantom`; no real device and no real person.")
    yield tool
    yield device
    yield result
    yield _node("case-investigation:InvestigativeAction", name) | {
        "uco-core:name": "examination", "uco-core:description": said, "uco-action:instrument": _to(tool),
        "uco-action:object": _to(device), "uco-action:result": _to(result),
    }  # fmt: skip


def _file(name: str, path: str, sha256: str | None) -> _Node:
    key = (name, path, sha256 or "")
    facets = [_node("uco-observable:FileFacet", *key) | {
        "uco-observable:filePath": path, "uco-observable:fileName": path.rpartition("/")[2] or path}]  # fmt: skip
    if is_sha256(sha256):
        digest = _node("uco-types:Hash", *key) | {
            "uco-types:hashMethod": "SHA256", "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": sha256},
        }  # fmt: skip
        facets.append(_node("uco-observable:ContentDataFacet", *key) | {"uco-observable:hash": [digest]})
    return _node("uco-observable:File", *key) | {"uco-core:hasFacet": facets}


def _finding(
    name: str, f: Mapping[str, Any], files: Mapping[tuple[str, str | None], _Node], device: _Node
) -> Iterator[_Node]:
    """The finding, then its rows of evidence; one that lists none is about the phone."""
    cited = {(e["path"], e["sha256"]): files[e["path"], e["sha256"]] for e in f["evidence"]}
    tags = [f["level"], f["stage"], f["rule"], *f["attack"]]
    if (found := shown_indicator(f)) is not None:
        tags += [f"{found['kind']}: {found['value']}"]
    finding = _node("uco-core:Annotation", name, f["id"]) | {
        "uco-core:name": f["title"], "uco-core:statement": f["message"], "uco-core:tag": tags,
        "uco-core:description": [f["explanation"], *(f"What else could explain it: {p}" for p in f["false_positives"])],
        "uco-core:object": _to(*cited.values()) or _to(device),
    }  # fmt: skip
    if f["first_seen"] and f["first_seen"].endswith("Z"):
        finding["uco-core:objectCreatedTime"] = _time(f["first_seen"])
    yield finding
    for n, e in enumerate(f["evidence"], 1):
        yield _node("uco-core:Annotation", name, f["id"], str(n)) | {
            "uco-core:name": f"{e['table']} {e['locator']}",
            "uco-core:statement": json.dumps(e["values"], ensure_ascii=False, sort_keys=True),
            "uco-core:tag": [f["id"]], "uco-core:object": _to(files[e["path"], e["sha256"]], finding),
        }  # fmt: skip


def _time(text: str) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": datetime.fromisoformat(text).isoformat().replace("+00:00", "Z")}

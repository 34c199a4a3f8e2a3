"""The techniques of a case as a layer of MITRE's ATT&CK Navigator, scored by the highest level that names them.

Source: layer format 4.5, https://github.com/mitre-attack/attack-navigator/tree/master/layers .
"""

from __future__ import annotations

from typing import Any

from bridle.core import LEVELS
from bridle.report.content import Content
from bridle.report.exports.harmless import as_json
from bridle.report.exports.parts import case_name, findings_of, technique_url, techniques

_COLOURS = ("#e8edf2", "#9cc4e4", "#f0d070", "#ee9a5a", "#c8323c")
"""Of the levels, from the least."""
_SCORES = dict(zip(LEVELS, (10, 25, 50, 75, 100), strict=True))


def render(content: Content) -> str:
    """The layer as JSON."""
    named: dict[str, list[Any]] = {}
    for f in findings_of(content):
        for technique in techniques(f):
            named.setdefault(technique, []).append(f)
    layer = {
        "name": f"bridle {case_name(content)[:8]}",
        "versions": {"attack": "16", "navigator": "5.1.0", "layer": "4.5"},
        "domain": "mobile-attack",
        "description": "Techniques that the findings of one case name. A finding is a lead with its evidence, not a "
        "diagnosis; a technique that is not marked was not ruled out.",
        "sorting": 3,
        "hideDisabled": False,
        "techniques": [_technique(t, found) for t, found in sorted(named.items())],
        "gradient": {"colors": [_COLOURS[0], _COLOURS[-1]], "minValue": 0, "maxValue": 100},
        "legendItems": [{"label": level, "color": _COLOURS[n]} for n, level in enumerate(LEVELS)],
        "showTacticRowBackground": False,
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
    }
    return as_json(layer, indent=1) + "\n"


def _technique(technique: str, found: list[Any]) -> dict[str, Any]:
    level = max((f["level"] for f in found), key=LEVELS.index)
    ordered = sorted(found, key=lambda f: (-LEVELS.index(f["level"]), f["rule"], f["id"]))
    return {
        "techniqueID": technique,
        "score": _SCORES[level],
        "color": _COLOURS[LEVELS.index(level)],
        "comment": "; ".join(dict.fromkeys(f"{f['level']}: {f['title']}" for f in ordered)),
        "enabled": True,
        "metadata": [{"name": "findings", "value": str(len(found))}],
        "links": [{"label": technique, "url": technique_url(technique)}],
        "showSubtechniques": True,
    }

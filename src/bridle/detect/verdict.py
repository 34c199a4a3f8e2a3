"""The one sentence a case begins with, and why it is no more than that."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bridle.detect.finding import Finding
from bridle.detect.rule import LEVELS, RULES

EXECUTION = "traces of execution"
TARGETING = "traces of targeting"
ANOMALIES = "unexplained anomalies"
NOTHING = "no known traces in what was examined"
INCONCLUSIVE = "inconclusive: too little was examined"


def verdict(findings: Sequence[Finding], coverage: Mapping[str, Any], platforms: Sequence[str]) -> dict[str, Any]:
    """`text`, `from` and `to` (first and last record time), `why`. Judges the case, never the device."""
    horizon = coverage["horizon"]
    first, last = horizon["first"], horizon["last"]
    text, why = _judge(findings, coverage, platforms)
    if text == NOTHING and first:
        text += f", {first[:10]} to {last[:10]}"
    return {"text": text, "from": first, "to": last, "why": why}


@lru_cache(maxsize=1)
def _minimum() -> dict[str, Any]:
    return tomllib.loads((RULES / "any" / "verdict.toml").read_text("utf-8"))


def _judge(every: Sequence[Finding], coverage: Mapping[str, Any], platforms: Sequence[str]) -> tuple[str, str]:
    levels = _minimum()["levels"]
    findings = [f for f in every if not f.acquisition_related]
    execution = [f for f in findings if f.stage == "execution" and _reaches(f, levels["execution"])]
    targeting = [f for f in findings if f.stage in ("targeting", "exploitation") and _reaches(f, levels["targeting"])]
    if execution:
        return EXECUTION, _why(
            execution,
            "name a process or an app, or code in one, that is published as spyware's or that nothing known accounts "
            "for",
        )
    if targeting:
        return TARGETING, _why(
            targeting,
            "match a published trace of an attack or of an extraction, or the form of one; what else may explain that "
            "is said with it, and none of it shows that spyware ran",
        )
    if lacking := _lacking(coverage, platforms):
        return INCONCLUSIVE, lacking
    anomalies = [f for f in findings if _reaches(f, levels["anomalies"])]
    if anomalies:
        return ANOMALIES, _why(anomalies, "have no confirmed cause; each says what else explains it")
    return NOTHING, _nothing(
        sum(f.acquisition_related and _reaches(f, levels["anomalies"]) for f in every), len(findings)
    )


def _nothing(acquired: int, lesser: int) -> str:
    """What "no known traces" rests on; `acquired` are findings of weight that the acquisition itself may have left."""
    left = f"{acquired} findings that are" if acquired > 1 else "1 finding that is"
    but = f", but for {left} consistent with the acquisition" if acquired else ""
    some = f"{lesser} lesser findings are" if lesser > 1 else "1 lesser finding is"
    listed = f" {some} listed." if lesser else ""
    return (
        f"No rule and no indicator matched at or above medium{but}. This is no statement about the device: it covers "
        f"only what was examined, and only the time its records cover.{listed}"
    )


def _reaches(f: Finding, level: str) -> bool:
    return LEVELS.index(f.level) >= LEVELS.index(level)


def _why(findings: Sequence[Finding], what: str) -> str:
    titles = list(dict.fromkeys(f.title for f in findings))
    shown = "; ".join(titles[:3]) + (f"; and {len(titles) - 3} more" if len(titles) > 3 else "")
    one = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    return f"Resting on {one} that {what if len(findings) > 1 else _singular(what)}: {shown}."


def _singular(what: str) -> str:
    verbs = {"name": "names", "match": "matches", "have": "has"}
    first, _, rest = what.partition(" ")
    return f"{verbs[first]} {rest}"


def _lacking(coverage: Mapping[str, Any], platforms: Sequence[str]) -> str:
    """What is missing for a statement about what was not found; empty if enough was examined."""
    if not platforms:
        return "Nothing was examined."
    for platform in platforms:
        needed = _minimum()["platform"].get(platform, {"at_least": 1, "groups": {}})
        if not needed["groups"]:
            return "Nothing that tells of the phone itself was examined."
        open_ = [question for question, names in needed["groups"].items() if not _answered(coverage, names)]
        answered = len(needed["groups"]) - len(open_)
        if answered < needed["at_least"]:
            return (
                f"Of the {len(needed['groups'])} questions asked of {platform} evidence {answered} could be examined; "
                f"at least {needed['at_least']} are needed. Open: {'; '.join(open_) or 'no artifact is read yet'}."
            )
    return ""


def _answered(coverage: Mapping[str, Any], names: Sequence[str]) -> bool:
    artifacts = coverage["artifacts"]
    return any(artifacts[n]["status"] != "not examined" and artifacts[n]["rows"] > 0 for n in names if n in artifacts)

"""The page `docs/rules.md`, written from the rules themselves."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.detect.rule import LEVELS, Rule, load_rules
from bridle.detect.surfaces import meanings

_INTRO = """\
# Rules

Written by `python -m bridle.docs` from the rule files; edit those. A rule is data: one SQL query over the tables of a
case, the words a finding needs, and examples that must match and rows that must not. A rule whose tables a case does
not have is *not examined*, never *no match*. `bridle rules show ID` prints a rule as it is written.
"""

_INDICATORS = """\
## Indicators

A published indicator that stands in a record is a finding of the rule `indicator-<kind>`. What it means depends on
where it stands. A truncated match is one level lower; `critical` is said only where the feed names a campaign.
"""


def markdown() -> str:
    """The whole page."""
    rules = load_rules()
    parts = [_INTRO, _overview(rules), *(_rule(r) for r in rules), _INDICATORS, _meanings()]
    return "\n".join(parts)


def _overview(rules: Sequence[Rule]) -> str:
    lines = ["| rule | level | stage | status | finds |", "|---|---|---|---|---|"]
    by_level = sorted(rules, key=lambda r: (-LEVELS.index(r.level), r.id))
    lines += [f"| [`{r.id}`](#{r.id}) | {r.level} | {r.stage} | {r.status} | {r.title} |" for r in by_level]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> str:
    facts = f"{rule.level} · {rule.stage} · {rule.status} · needs {', '.join(f'`{t}`' for t in rule.needs)}"
    if rule.attack:
        facts += f" · ATT&CK {', '.join(rule.attack)}"
    lines = [f"## {rule.id}", "", f"**{rule.title}**", "", facts, "", rule.explanation, ""]
    if rule.parameters:
        lines += ["Thresholds: " + ", ".join(f"`{k}` = {v}" for k, v in rule.parameters.items()), ""]
    lines += ["What else explains it:", "", *(f"- {p}" for p in rule.false_positives), ""]
    lines += ["References:", "", *(f"- {r}" for r in rule.references), ""]
    return "\n".join(lines)


def _meanings() -> str:
    lines = ["| indicator | seen as | level | stage | finding |", "|---|---|---|---|---|"]
    for (kind, surface), m in sorted(meanings().items()):
        lines.append(f"| {kind} | {surface} | {m.level} | {m.stage} | {m.title} |")
    return "\n".join(lines) + "\n"

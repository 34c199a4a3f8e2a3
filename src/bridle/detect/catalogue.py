"""The page `docs/rules.md`, written from the rules themselves."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.detect.chain import Chain, Step, load_chains
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
where it stands. A truncated match is one level lower; `critical` is said only where the feed names a campaign. A
pattern of several values is one finding of the rule `indicator-pattern`, at the level of its weakest leg.
"""

_CHAINS = """\
## Chains

A chain is a sequence of steps, each within its window after the one before. A step is a finding of a rule, an
indicator, or a row that the chain's own query returns. Two steps of different stages that rest on independent files
raise the level by one over the highest of them, unless somebody could have caused every step without an attack. The
findings that are steps are told under the chain.
"""


def markdown() -> str:
    """The whole page."""
    rules = load_rules()
    chains = load_chains()
    parts = [_INTRO, _overview(rules), *(_rule(r) for r in rules), _INDICATORS, _meanings()]
    parts += [_CHAINS, _overview_of_chains(chains), *(_chain(c) for c in chains)]
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


def _overview_of_chains(chains: Sequence[Chain]) -> str:
    lines = ["| chain | platform | steps | at least | at most | tells |", "|---|---|---|---|---|---|"]
    lines += [
        f"| [`{c.id}`](#{c.id}) | {c.platform} | {len(c.step)} | {c.minimum} steps | {c.most} | {c.title} |"
        for c in chains
    ]
    return "\n".join(lines) + "\n"


def _chain(chain: Chain) -> str:
    lines = [f"## {chain.id}", "", f"**{chain.title}**", ""]
    lines += [f"{chain.status} · at least {chain.minimum} of {len(chain.step)} steps", "", chain.explanation, ""]
    lines += ["| step | stage | ATT&CK | after the one before | stands for it |", "|---|---|---|---|---|"]
    lines += [_step(s, first=n == 0) for n, s in enumerate(chain.step)]
    lines += ["", "What else explains it:", "", *(f"- {p}" for p in chain.false_positives), ""]
    lines += ["References:", "", *(f"- {r}" for r in chain.references), ""]
    return "\n".join(lines)


def _step(step: Step, *, first: bool) -> str:
    name = step.name + (" (may be left out)" if step.optional else "")
    window = "has no time" if step.untimed else "" if first else f"{_span(step.within)}: {step.why}"
    if step.before:
        window += f" It may stand {_span(step.before)} before."
    stands = [f"`{r}`" for r in step.rules]
    if step.kinds:
        stands.append(f"indicator ({', '.join(step.kinds)}) as {', '.join(step.surfaces)}")
    stands += [f"rows of `{t}`" for t in step.needs]
    return f"| {name} | {step.stage} | {', '.join(step.attack)} | {window} | {'; '.join(stands)} |"


def _span(seconds: int) -> str:
    """`90 s`, `30 min`, `6 h`, `14 days`."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}" if seconds != 86_400 else "1 day"
    return f"{seconds} s"

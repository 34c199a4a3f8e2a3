"""Published patterns of more than one value that a case satisfies: one finding for each, with the rows of all its legs.

The stage is the earliest of `hits.FIRST` among the legs. The level is that of the weakest leg: what holds only because
several records say it together is as sure as the least of them. Of alternatives that of the strongest counts. Ports,
sizes and the like narrow a leg down and are none themselves. As of single values, critical needs a published campaign,
a weaker match is one level lower, and so is a pattern whose every dated row is later than its indicator is valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bridle.case.processes import RECOVERED
from bridle.classes import dataclass
from bridle.detect import message as messages
from bridle.detect.evidence_sql import ORDER, addressed
from bridle.detect.finding import Evidence, Finding, Named, Rows, finding_id
from bridle.detect.hits import DOUBTED, WEAKER
from bridle.detect.query import Examined, NotExamined
from bridle.detect.rule import LEVELS
from bridle.detect.surfaces import Meaning, meanings, tool
from bridle.indicators.compound import PatternMatch, PatternRow, match_compounds
from bridle.indicators.compound_rows import Part
from bridle.indicators.model import PATTERN, CompoundIndicator, instant
from bridle.indicators.terms import Any_, Both, Either, Row, Step, Term, Test, Timed, Times

RULE = f"indicator-{PATTERN}"
TITLE = "Records together satisfy a published pattern"
FIRST = ("execution", "exfiltration", "exploitation", "targeting", "tampering", "exposure")
"""Of the stages of several legs, that which stands first here is told."""
MOST_LEGS = 6
MOST_REASONS = 8
LONGEST_SECRET = 512
_Leg = tuple[Term, str, str]
"""A comparison, the surface it was found on, and how strongly."""
_EXPLANATION = (
    "A feed published not a single value but a condition on several: values that stand in one record, records that "
    "follow each other, or values that look alike. The records that are listed satisfy it together. One of them alone "
    "may be ordinary; what the pattern asks for is that they stand side by side. Read each of them."
)
_FALSE_POSITIVES = (
    "The pattern is wider than its author meant: compare it with the records, value by value.",
    "The records stand near each other by chance: what each of them says has its own explanation.",
)


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """What the patterns of all feeds gave."""

    findings: tuple[Finding, ...]
    not_examined: tuple[NotExamined, ...]
    secrets: Mapping[str, tuple[str, ...]]
    """By finding id, the single values that satisfied a leg or were asked for: what a mask has to cover as well."""


def match_patterns(
    case: Examined, compounds: Sequence[CompoundIndicator], at: Mapping[str, str] | None = None
) -> Patterns:
    """A finding for each pattern that the case satisfies, and the patterns that it cannot answer.

    `at` is the zone of each source's wall clock.
    """
    examined = match_compounds(case, compounds)
    found = {f.id: (f, m) for m in examined.matches for f in (_finding(m, at),)}
    return Patterns(
        findings=tuple(f for f, _ in found.values()),
        not_examined=tuple(
            NotExamined(rule=RULE, missing=(u.indicator.place,), why=u.why) for u in examined.unanswered
        ),
        secrets={key: _secrets(m) for key, (_, m) in found.items()},
    )


def _finding(match: PatternMatch, at: Mapping[str, str] | None) -> Finding:
    i, rows = match.indicator, Rows(at)
    for row in match.rows:
        rows.add(_evidence(row), row.source)
    evidence = rows.evidence()
    legs = [(p, _meaning(p, i)) for p in _legs(match)]
    lead = min((m for _, m in legs), key=lambda m: FIRST.index(m.stage))
    late = _is_late(match, rows)
    rank = max(_rank(i.step, match) - late, 0) if i.step else 0
    places = [(e.table, e.path, e.sha256, e.locator) for e in map(_evidence, match.rows)]
    return Finding(
        id=finding_id(RULE, i.value, evidence[0]), rule=RULE, title=TITLE, level=LEVELS[rank], stage=lead.stage,
        message=_message(match, late), explanation=_EXPLANATION,
        false_positives=_some((*_FALSE_POSITIVES, *(r for _, m in legs for r in m.false_positives)), MOST_REASONS),
        references=(), attack=_some((a for _, m in legs for a in m.attack), MOST_REASONS), first_seen=rows.first_seen,
        last_seen=rows.last_seen, count=rows.count,
        indicator=Named(kind=PATTERN, value=i.value, feeds=i.feeds, campaigns=i.campaigns, tlp=i.tlp),
        surfaces=tuple(sorted({p.surface for p, _ in legs})), evidence=evidence, confidence=_confidence(match, late),
        evidence_query=" UNION ALL ".join(addressed(places).values()) + ORDER if rows.count > len(evidence) else None,
    )  # fmt: skip


def _legs(match: PatternMatch) -> list[Part]:
    """Each comparison on each surface once, as its first row has it; what only narrows down is none."""
    found: dict[_Leg, Part] = {}
    for row in match.rows:
        for part in row.parts:
            if part.term.identifies:
                found.setdefault(_leg(part), part)
    return list(found.values())


def _leg(part: Part) -> _Leg:
    return part.term, part.surface, part.strength


def _different(match: PatternMatch) -> dict[_Leg, str]:
    """How many more values than the first satisfy each leg, in words."""
    values: dict[_Leg, set[str]] = {}
    for row in match.rows:
        for part in row.parts:
            values.setdefault(_leg(part), set()).add(part.value)
    return {
        leg: "" if len(v) == 1 else " and one more value" if len(v) == 2 else f" and {len(v) - 1:,} more values"
        for leg, v in values.items()
    }


def _meaning(part: Part, i: CompoundIndicator) -> Meaning:
    tools = tool()
    return tools.told if tools.says(i.campaigns) else meanings()[part.kind, part.surface]


def _rank(step: Step, match: PatternMatch) -> int:
    """The level as a number: of several legs the least, of alternatives and of rows of one leg the greatest."""
    if isinstance(step, Row):
        return max(
            (_weight(step.test, row, match.indicator) for row in match.rows if step.test in row.tests), default=0
        )
    if isinstance(step, Timed | Times):
        return _rank(step.inner, match)
    if isinstance(step, Any_):
        return max(_rank(p, match) for p in step.parts)
    return min(_rank(p, match) for p in step.parts)


def _weight(test: Test, row: PatternRow, i: CompoundIndicator) -> int:
    return max(_weighed(test, row, i), 0)


def _weighed(test: Test, row: PatternRow, i: CompoundIndicator) -> int:
    """Of one row; below 0 for what it does not satisfy, and for what only narrows down or is denied."""
    if isinstance(test, Both):
        return min((w for p in test.parts if (w := _weighed(p, row, i)) >= 0), default=-1)
    if isinstance(test, Either):
        return max(_weighed(p, row, i) for p in test.parts)
    ranks = [_part_rank(p, i) for p in row.parts if p.term == test and test.identifies]
    return max(ranks, default=-1)


def _part_rank(part: Part, i: CompoundIndicator) -> int:
    rank = LEVELS.index(meanings()[part.kind, part.surface].level)
    if (tools := tool()).says(i.campaigns):
        rank = min(rank, LEVELS.index(tools.most))
    if LEVELS[rank] == "critical" and not i.campaigns:
        rank -= 1
    return max(rank - (part.strength in WEAKER), 0)


def _is_late(match: PatternMatch, rows: Rows) -> bool:
    """Whether every dated row is later than the indicator is valid."""
    return rows.first_seen is not None and not match.indicator.valid_at(rows.first_seen)


def _confidence(match: PatternMatch, late: bool) -> str:
    """Before anything else is known; as of single values."""
    sure, tables = match.indicator.confidence, {row.table for row in match.rows}
    weak = late or any(p.strength in WEAKER for p in _legs(match)) or any(RECOVERED in t for t in tables)
    return "low" if weak or (sure is not None and sure < DOUBTED) else "medium"


def _message(match: PatternMatch, late: bool) -> str:
    i, legs = match.indicator, _legs(match)
    tables = {id(p): row.table for row in match.rows for p in row.parts}
    different = _different(match)
    told = [f"{_shown(p)}{different[_leg(p)]} in {tables[id(p)]}.{p.field} ({p.surface})" for p in legs[:MOST_LEGS]]
    more = f", and {len(legs) - MOST_LEGS} more" if len(legs) > MOST_LEGS else ""
    by = f"published for {_names(i.campaigns)}" if i.campaigns else f"listed by {_names(i.feeds)}"
    count = "1 row satisfies" if match.count == 1 else f"{match.count:,} rows together satisfy"
    parts = [f"{count} a pattern {by}: {', '.join(told)}{more}."]
    if match.is_cut:
        parts.append("More rows satisfy parts of it than were put in order; those are not listed.")
    if i.left_out:
        parts.append("Not every alternative of the pattern could be looked for.")
    if late and i.valid_until and (until := instant(i.valid_until)) is not None:
        parts.append(f"The records are later than {until.date()}, to which it is valid: one level lower.")
    return " ".join(parts)


def _shown(part: Part) -> str:
    """The value of a field that is a value, of a text what was asked for; cut, a secret would not be found again."""
    text = ", ".join(part.term.shown) if len(part.value) > LONGEST_SECRET or "\n" in part.value else part.value
    return text if len(text) <= messages.MOST_IN_MESSAGE else "a long value"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _some(texts: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))[:most]


def _secrets(match: PatternMatch) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in match.rows:
        for part in row.parts:
            if not part.term.identifies:
                continue
            asked = (*part.term.shown, *(v for v in part.term.values if isinstance(v, str)))
            for text in (*asked, part.value if len(part.value) <= LONGEST_SECRET else ""):
                if text:
                    found[text] = None
    return tuple(found)


def _evidence(row: PatternRow) -> Evidence:
    first = {p.field: row.values[p.field] for p in row.parts}
    values = {k: v for k, v in (first | row.values).items() if not k.startswith("_") and k != "locator"}
    return Evidence(
        table=row.table, path=row.path, sha256=row.sha256, locator=row.locator, time=row.time, values=values
    )

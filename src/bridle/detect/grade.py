"""How a finding is graded once all are known: its level and stage, its confidence, and who could have forged it.

**Forgeable by**: those people who could have caused every listed row without an attack. `writers.toml` says who can
write to an artifact at all; a benign explanation that was tested and does not fit may rule somebody out for a row.

**Level and stage**: `critical` is kept only if at least one row could have been caused by no sender, page or user, and
no benign explanation fits. Where one fits, the finding is told at least one level lower and carries no execution: it is
told as exposure, or what the explanation says.

What only another tool wrote of a phone is told as medium at most, with low confidence.

**Confidence** starts at medium for a stable rule, and for an indicator that is matched as published in a record that is
neither deleted nor later than the indicator holds; else at low. It is one step higher if two independent artifacts name
it, and never above medium while somebody could have forged all of it. A fitting benign explanation makes it low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridle.detect.benign import Answer, ask
from bridle.detect.finding import CONFIDENCES, Evidence, Finding
from bridle.detect.query import SECONDS, Tables
from bridle.detect.rule import LEVELS
from bridle.detect.writers import PEOPLE, independent, is_second_hand, writer

_WHO = {
    "sender": "anyone who sends a message",
    "website": "a page that is visited",
    "user": "whoever holds the unlocked device",
    "analyst": "whoever acquires the evidence",
}
SECOND_HAND = "Second-hand: this is what another tool wrote; nothing of the phone itself was read for it."
_CLAIMS = ("targeting", "exploitation", "execution", "exfiltration")
"""Stages that say something of an attack: who could have forged them is part of the sentence."""
MOST_COMPARED = 100
"""Different tables and files of one finding that are held against each other."""
_FROM_OUTSIDE = frozenset({"sender", "website", "user"})
_CARRIED = ("execution", "exfiltration", "exploitation")
"""Stages that nothing carries which a benign explanation fits."""


def graded(
    case: Tables, findings: Sequence[Finding], at: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> list[Finding]:
    """The findings, in their order, with level, stage, confidence, `forgeable_by` and `tested`."""
    answers = ask(case, findings, at, seconds)
    return [_graded(f, answer) for f, answer in zip(findings, answers, strict=True)]


def words(people: Sequence[str]) -> str:
    """`Anyone who sends a message, or a page that is visited, could have caused all of this.`; empty for nobody."""
    named = [_WHO[p] for p in PEOPLE if p in people]
    if not named:
        return ""
    joined = named[0] if len(named) == 1 else ", ".join(named[:-1]) + f" or {named[-1]}"
    return f"{joined[0].upper()}{joined[1:]} could have caused all of this."


def _graded(f: Finding, answer: Answer) -> Finding:
    left = [writer(e.table).by - answer.excluded.get(n, frozenset()) for n, e in enumerate(f.evidence)]
    people = frozenset(PEOPLE).intersection(*left)
    level, stage, remarks = f.level, f.stage, list(answer.remarks)
    if answer.fitting:
        level, stage = _explained(f, answer)
        remarks.append(_fits(f, answer, level))
    if level == "critical" and not any(not (by & _FROM_OUTSIDE) for by in left):
        level = "high"
    if is_second_hand(f.evidence):
        level = min(level, "medium", key=LEVELS.index)
        remarks.append(SECOND_HAND)
    elif people and len({_artifact(e.table) for e in f.evidence}) == 1 and stage in _CLAIMS:
        remarks.append(words(sorted(people)))
    by = tuple(p for p in PEOPLE if p in (people or _of_one_file(f.evidence)))
    return replace(
        f, level=level, stage=stage, message=" ".join([f.message, *remarks]), forgeable_by=by,
        tested=(*f.tested, *answer.tested), confidence=_confidence(f, answer, bool(people)),
    )  # fmt: skip


def _of_one_file(evidence: Sequence[Evidence]) -> frozenset[str]:
    """Who can make records in the file that all rows stand in; nobody where they stand in several.

    That an explanation does not fit says that such a record does not come about by ordinary acts. Whoever can change
    the file can write it all the same, and where nothing else bears it out, that is said.
    """
    if len({e.path for e in evidence}) != 1:
        return frozenset()
    return frozenset(PEOPLE).intersection(*(writer(e.table).by for e in evidence))


def _explained(f: Finding, answer: Answer) -> tuple[str, str]:
    """Level and stage of a finding that benign explanations fit.

    Of several that fit every row by themselves the mildest counts; of several that do so only together, the least mild.
    """
    rank = LEVELS.index(f.level)
    allowed = [LEVELS.index(e.most) if e.most else rank for e in answer.fitting]
    most = min(allowed) if answer.is_each else max(allowed)
    level = LEVELS[max(0, min(rank - 1, most))]
    stage = answer.fitting[0].stage if f.stage in _CARRIED else f.stage
    return (min(level, "low", key=LEVELS.index) if stage == "exposure" else level), stage


def _fits(f: Finding, answer: Answer, level: str) -> str:
    whys = {t.explanation: t.why for t in answer.tested}
    told = [f"{e.explanation.rstrip('.')} ({whys[e.explanation]})" for e in answer.fitting]
    lower = f" It is told as {level}, not {f.level}." if level != f.level else ""
    return f"A benign explanation fits the records: {'; '.join(told)}.{lower}"


def _confidence(f: Finding, answer: Answer, forgeable: bool) -> str:
    if answer.fitting:
        return CONFIDENCES[0]
    if is_second_hand(f.evidence):
        return CONFIDENCES[0]
    steps = CONFIDENCES.index(f.confidence) + _apart(f.evidence)
    return CONFIDENCES[min(steps, 1 if forgeable else 2)]


def _apart(evidence: Sequence[Evidence]) -> bool:
    """Whether two rows are independent: other file, other program, no common origin."""
    rows = list({(e.table, e.path): e for e in evidence}.values())[:MOST_COMPARED]
    return any(independent(a, b) for n, a in enumerate(rows) for b in rows[n + 1 :])


def _artifact(table: str) -> str:
    return table.rpartition(".")[0] or table

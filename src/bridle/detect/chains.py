"""Sequences of findings and low-level events that together tell the course of an attack, as one finding with its steps.

Chains are followed after rules and indicators. Times of all acquisitions are compared in UTC, so steps may come from
different ones. A chain raises the level by one where two of its steps are independent and nobody could have caused all
of it without an attack; without a step of execution it never speaks of execution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import duckdb

from bridle.core import LEVELS
from bridle.detect.chain import Chain, Step
from bridle.detect.finding import CONFIDENCES, Attribution, Evidence, Finding, Leg, Rows, finding_id
from bridle.detect.grade import words
from bridle.detect.message import cut
from bridle.detect.query import NotExamined, Tables
from bridle.detect.rule import RuleError
from bridle.detect.sequence import Event, longest
from bridle.detect.steps import SECONDS, Given, Place, Row, lacking, place, plain_queries, rows_of
from bridle.detect.together import without
from bridle.detect.writers import PEOPLE, carried, independent, writer

AROUND = timedelta(minutes=10)
"""Rows of a step this near to the one in the sequence are told with it: a crash seldom comes alone."""
MOST_ROWS = 50
"""Of one step, that are told."""
_ORDER = ("execution", "exploitation", "targeting", "exfiltration", "tampering", "exposure")
"""The first of these that a chain has a step of is its stage."""
FAILED = "the chain could not be followed: "
_LATEST = datetime.max.replace(tzinfo=UTC)


def follow(
    case: Tables, findings: Sequence[Finding], chains: Sequence[Chain], given: Given, seconds: float = SECONDS
) -> tuple[list[Finding], list[NotExamined]]:
    """The findings, those that are steps of a chain marked so, with the chains' own; and the chains not examined."""
    found: list[Finding] = []
    not_examined: list[NotExamined] = []
    given = replace(given, answers={})
    usable = [f for f in findings if _usable(f)]
    have = case.tables()
    missing = {chain.id: lacking(chain, have, given) for chain in chains}
    db = case.connect()
    try:
        able = (c for c in chains if missing[c.id] is None)
        asked = plain_queries(able, have, given.empty)
        unknown = {name: query for name, query in asked.items() if name not in given.nothing}
        given.nothing.update(without(db, unknown, case.rows(), seconds))
        for chain in chains:
            if (lack := missing[chain.id]) is not None:
                not_examined.append(lack)
                continue
            try:
                rows = {i: rows_of(db, chain, step, usable, have, given, seconds) for i, step in enumerate(chain.step)}
            except (duckdb.Error, RuleError) as e:
                why = f"{FAILED}{str(e).splitlines()[0]:.200}"
                not_examined.append(NotExamined(rule=chain.id, missing=(), why=why))
                continue
            if (told := _followed(chain, rows, given)) is not None:
                found.append(told)
    finally:
        db.close()
    return _superseded(findings, found), not_examined


def _usable(f: Finding) -> bool:
    """Traces of the acquisition, and what a benign explanation fits, are no steps of an attack."""
    return not f.acquisition_related and not any(t.outcome == "fits" for t in f.tested)


def _followed(chain: Chain, rows: Mapping[int, Sequence[Row]], given: Given) -> Finding | None:
    events = {i: [_event(chain.step[i], row, n) for n, row in enumerate(of)] for i, of in rows.items()}
    best = longest(chain.step, events, chain.minimum)
    if not best or not _has_stage(chain, best):
        return None
    legs = _spread(chain, {i: rows[i][e.row] for i, e in best.items()}, rows)
    if not _independent(chain, legs):
        return None
    return _finding(chain, legs, {i: _around(chain.step[i], legs[i], rows[i]) for i in legs}, given)


def _has_stage(chain: Chain, steps: Iterable[int]) -> bool:
    return not chain.only_with or any(chain.step[i].stage in chain.only_with for i in steps)


def _event(step: Step, row: Row, n: int) -> Event:
    time = None if row.time is None else round(row.time.timestamp() * 1_000_000)
    return Event(time=time, key=row.key, weight=LEVELS.index(_level(step, row)) * 20, row=n)


def _level(step: Step, row: Row) -> str:
    return row.finding.level if row.finding is not None else step.level


def _independent(chain: Chain, legs: Mapping[int, Row]) -> bool:
    """Whether two steps of different stages rest on independent rows."""
    return any(
        chain.step[i].stage != chain.step[j].stage and independent(legs[i].evidence, legs[j].evidence)
        for i, j in combinations(legs, 2)
    )


def _spread(chain: Chain, legs: Mapping[int, Row], rows: Mapping[int, Sequence[Row]]) -> dict[int, Row]:
    """The sequence with other rows of its steps, where they rest on more independent files and are graded no lower."""
    found = dict(legs)
    for by_level in (True, False):
        for i in legs:
            others = [row.evidence for j, row in found.items() if j != i]
            found[i] = max(
                _instead(chain, i, found, rows[i]), key=lambda row: _rank(chain.step[i], row, others, by_level=by_level)
            )
        if _independent(chain, found):
            break
    return found


def _rank(step: Step, row: Row, others: Sequence[Evidence], *, by_level: bool) -> tuple[int, int]:
    level, apart = LEVELS.index(_level(step, row)), sum(independent(row.evidence, other) for other in others)
    return (level, apart) if by_level else (apart, level)


def _instead(chain: Chain, i: int, legs: Mapping[int, Row], rows: Iterable[Row]) -> list[Row]:
    """The row of a step, and of each table and level the earliest that could stand in its place."""
    step, found = chain.step[i], {(legs[i].evidence.table, _level(chain.step[i], legs[i])): legs[i]}
    for row in sorted(rows, key=lambda r: r.time or _LATEST):
        kind = (row.evidence.table, _level(step, row))
        if kind not in found and (not step.keyed or row.key == legs[i].key) and _fits(chain, i, legs, row):
            found[kind] = row
    return list(found.values())


def _fits(chain: Chain, i: int, legs: Mapping[int, Row], row: Row) -> bool:
    """Whether a step with this row stands in its windows before and after its neighbours."""
    if chain.step[i].untimed:
        return True
    placed = {**legs, i: row}
    timed = [j for j in sorted(placed) if not chain.step[j].untimed]
    return all(_in_window(chain, a, b, placed[a].time, placed[b].time) for a, b in pairwise(timed) if i in (a, b))


def _in_window(chain: Chain, a: int, b: int, first: datetime | None, second: datetime | None) -> bool:
    if first is None or second is None:
        return False
    within = sum(s.within for s in chain.step[a + 1 : b + 1] if not s.untimed)
    return -chain.step[b].before <= (second - first).total_seconds() <= within


def _around(step: Step, leg: Row, rows: Iterable[Row]) -> list[Row]:
    """The row of a step, and others of it that stand near."""
    near = [
        r for r in rows
        if r is not leg and leg.time is not None and r.time is not None and abs(r.time - leg.time) <= AROUND
        and (not step.keyed or r.key == leg.key)
    ]  # fmt: skip
    near.sort(key=lambda r: (abs((r.time or _LATEST) - (leg.time or _LATEST)), finding_id("", None, r.evidence)))
    return [leg, *near[: MOST_ROWS - 1]]


def _finding(
    chain: Chain, legs: Mapping[int, Row], around: Mapping[int, Sequence[Row]], given: Given
) -> Finding:  # fmt: skip
    rows = Rows(given.at)
    seen = set()
    for i, of in around.items():
        for row in of:
            if place(row.evidence) not in seen:
                seen.add(place(row.evidence))
                told = {"leg": chain.step[i].name, **row.evidence.values}
                rows.add(replace(row.evidence, values=told), row.source)
    evidence = rows.evidence()
    shown = finding_id(chain.id, None, evidence[0])
    by = _by(chain, legs)
    level = _graded(chain, legs)
    carriers = dict.fromkeys(row.finding.id for row in legs.values() if row.finding is not None)
    return Finding(
        id=shown, rule=chain.id, title=_title(chain, legs), level=level, stage=_stage(chain, legs),
        message=_message(chain, legs, by), explanation=chain.explanation, false_positives=chain.false_positives,
        references=chain.references, attack=tuple(dict.fromkeys(a for i in legs for a in chain.step[i].attack)),
        first_seen=rows.first_seen, last_seen=rows.last_seen, count=rows.count, indicator=None, surfaces=(),
        corroborated_by=tuple(carriers), confidence=_confidence(chain, legs), forgeable_by=by,
        tested=tuple(dict.fromkeys(t for row in legs.values() if row.finding for t in row.finding.tested)),
        attribution=_attribution(legs.values()), legs=_legs(chain, legs, shown), evidence=evidence,
    )  # fmt: skip


def _title(chain: Chain, legs: Mapping[int, Row]) -> str:
    """What follows the colon of a title are the steps: it is told only where all of them stand."""
    if len(legs) == len(chain.step):
        return chain.title
    course = chain.title.partition(": ")[0]
    return f"{len(legs)} of {len(chain.step)} steps of {course[:1].lower()}{course[1:]}"


def _legs(chain: Chain, legs: Mapping[int, Row], own: str) -> tuple[Leg, ...]:
    """The steps in the order of time, those without one last. A step that no finding carries names the chain itself."""
    return tuple(
        Leg(name=chain.step[i].name, stage=chain.step[i].shows, finding=row.finding.id if row.finding else own,
            time=row.time, attack=chain.step[i].attack)
        for i, row in sorted(legs.items(), key=lambda leg: (leg[1].time or _LATEST, leg[0]))
    )  # fmt: skip


def _carried(chain: Chain, legs: Mapping[int, Row]) -> bool:
    return carried((row.evidence, _never(chain.step[i], row)) for i, row in legs.items())


def _never(step: Step, row: Row) -> frozenset[str]:
    """Who cannot make a row, by what the step says of the rows that its query returns."""
    return frozenset(step.never) if row.exact else frozenset()


def _by(chain: Chain, legs: Mapping[int, Row]) -> tuple[str, ...]:
    """Who could have caused every step without an attack."""
    each = [writer(row.evidence.table).by - _never(chain.step[i], row) for i, row in legs.items()]
    return tuple(p for p in PEOPLE if all(p in by for by in each))


def _graded(chain: Chain, legs: Mapping[int, Row]) -> str:
    """One step over the highest of the legs, where they carry it, and no higher than the chain allows."""
    own = max(LEVELS.index(_level(chain.step[i], row)) for i, row in legs.items())
    if not _carried(chain, legs):
        return LEVELS[own]
    most = LEVELS.index(chain.most if chain.published else min(chain.most, "high", key=LEVELS.index))
    return LEVELS[max(own, min(own + 1, most))]


def _stage(chain: Chain, legs: Mapping[int, Row]) -> str:
    """The furthest that an attack came by its steps; where they do not carry it, no more than the strongest says."""
    if _carried(chain, legs):
        return min((chain.step[i].shows for i in legs), key=_ORDER.index)
    strongest = max(legs, key=lambda i: (LEVELS.index(_level(chain.step[i], legs[i])), -i))
    row = legs[strongest]
    return row.finding.stage if row.finding is not None else chain.step[strongest].shows


def _confidence(chain: Chain, legs: Mapping[int, Row]) -> str:
    """High: it is carried, and three steps are independent of each other. Medium: it is carried."""
    if not _carried(chain, legs):
        return "low"
    rows = [row.evidence for row in legs.values()]
    return "high" if any(_all_independent(three) for three in combinations(rows, 3)) else "medium"


def _all_independent(rows: Sequence[Evidence]) -> bool:
    return all(independent(a, b) for a, b in combinations(rows, 2))


def _message(chain: Chain, legs: Mapping[int, Row], by: Sequence[str]) -> str:
    """Names of steps and times alone: no value of a record, which may be restricted or private."""
    ordered = sorted(legs.items(), key=lambda leg: (leg[1].time or _LATEST, leg[0]))
    told = "; ".join(f"{chain.step[i].name} ({_when(row.time)})" for i, row in ordered)
    text = f"{len(legs)} of {len(chain.step)} steps stand in this order: {told}."
    if without := [s.name for i, s in enumerate(chain.step) if i not in legs]:
        text += f" Not among them: {cut('; '.join(without), 400)}."
    if by:
        text += f" {words(by)}"
    if not _carried(chain, legs):
        text += " No step is beyond what somebody could have caused without an attack, so none raises the level."
    return text


def _attribution(legs: Iterable[Row]) -> Attribution | None:
    """What the steps are attributed to, where all that are name one product: that of the surest."""
    named = [
        r.finding.attribution for r in legs if r.finding and r.finding.attribution and r.finding.attribution.product
    ]
    products = {a.product.name for a in named if a.product}
    if len(products) != 1:
        return None
    return max(named, key=lambda a: CONFIDENCES.index(a.product.confidence) if a.product else -1)


def _when(time: datetime | None) -> str:
    return "no time" if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _superseded(findings: Sequence[Finding], chains: Sequence[Finding]) -> list[Finding]:
    """Findings that are steps name the highest chain that tells them.

    So does a chain that a higher one tells whole, or that ends in the same execution: two ways in which one attack may
    have come.
    """
    ranked = sorted(chains, key=lambda c: (LEVELS.index(c.level), len(c.legs), c.count, c.rule), reverse=True)
    over: dict[str, str] = {}
    for n, chain in enumerate(ranked):
        higher = sorted(ranked[:n], key=lambda c: c.id in over)
        wider = next((c for c in higher if _rows(chain) <= _rows(c) or _ran(chain) & _ran(c)), None)
        if wider is not None:
            over[chain.id] = wider.id
        for leg in chain.legs:
            if leg.finding != chain.id:
                over.setdefault(leg.finding, chain.id)
    return [replace(f, superseded_by=over[f.id]) if f.id in over else f for f in (*findings, *chains)]


def _rows(chain: Finding) -> set[Place]:
    return {place(e) for e in chain.evidence}


def _ran(chain: Finding) -> set[Place]:
    """The rows of its steps of execution."""
    steps = {leg.name for leg in chain.legs if leg.stage == "execution"}
    return {place(e) for e in chain.evidence if e.values["leg"] in steps}

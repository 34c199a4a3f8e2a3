"""Everything that is looked for in a case: indicators first, then rules, then how the findings stand to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from bridle.case.processes import process_tables
from bridle.case.zones import zones
from bridle.classes import dataclass
from bridle.detect.acquisition import labelled
from bridle.detect.attribution import attributed
from bridle.detect.chain import Chain, load_chains
from bridle.detect.chains import follow
from bridle.detect.corroborate import corroborated
from bridle.detect.driving import may_return
from bridle.detect.finding import Finding, ordered
from bridle.detect.grade import graded
from bridle.detect.hits import HitLike, findings_of
from bridle.detect.query import SECONDS, Examined, NotExamined, Tables, may_match, run_rule
from bridle.detect.restrict import masked
from bridle.detect.rule import Rule, RuleError, load_rules
from bridle.detect.steps import Given, plain_queries
from bridle.detect.together import LARGE, without_met, without_rows

if TYPE_CHECKING:
    from bridle.indicators import IndicatorSet

States = Mapping[str, Mapping[str, int]]
"""Artifact to ledger status to number of files."""


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and which rules could not be run."""

    findings: tuple[Finding, ...]
    not_examined: tuple[NotExamined, ...]


def detect(
    case: Examined,
    indicators: IndicatorSet,
    rules: Sequence[Rule] | None = None,
    *,
    chains: Sequence[Chain] | None = None,
    audience: str = "TLP:CLEAR",
    seconds: float = SECONDS,
    fresh: bool = False,
) -> Detection:
    """Match the indicators, run the rules and follow the chains over a case. `seconds` bounds each rule.

    `fresh`: as of `run_rules`.
    """
    from bridle.detect.patterns import match_patterns
    from bridle.indicators import Matcher, match_tables

    at, indicators = zones(case), indicators.for_audience(audience)
    patterns = match_patterns(case, indicators.compounds, at)
    known: dict[tuple[str, str], HitLike] = {}
    found = findings_of(_noted(match_tables(case, Matcher(indicators)), known), at)
    stored = {f.id: f.indicator.value for f in found if f.indicator is not None}
    rules = load_rules() if rules is None else rules
    chains = load_chains() if chains is None else chains
    nothing: set[str] = set()
    by_rules, not_examined = run_rules(case, rules, seconds, at, fresh=fresh, chains=chains, nothing=nothing)
    judged = graded(case, [*found, *patterns.findings, *by_rules], at, seconds)
    judged = labelled(case, judged, at, seconds)
    named: dict[tuple[str, str], Any] = {k: h.indicator for k, h in known.items()}
    named |= {(c.kind, c.shown): c for c in indicators.compounds}
    judged = attributed(judged, named, rules, audience)
    near = corroborated(ordered(judged))
    given = _given(case, rules, not_examined, indicators, at)
    given.nothing.update(nothing)
    told, not_followed = follow(case, near, chains, given)
    findings = masked(ordered(told), audience, stored, patterns.secrets)
    return Detection(findings=findings, not_examined=(*not_examined, *patterns.not_examined, *not_followed))


def _given(
    case: Tables,
    rules: Sequence[Rule],
    not_examined: Sequence[NotExamined],
    indicators: IndicatorSet,
    at: Mapping[str, str],
) -> Given:
    """What the chains can build on: rules that ran to their end, and kinds of indicators that were loaded."""
    lacking = {n.rule for n in not_examined}
    rows, processes = case.rows(), process_tables(case.tables())
    return Given(
        rules={r.id: r for r in rules if r.id not in lacking}, at=at, empty=empty_tables(rows, processes),
        large=large_tables(rows, processes), kinds=frozenset(i.kind for i in indicators.indicators),
    )  # fmt: skip


def _noted(hits: Iterable[HitLike], known: dict[tuple[str, str], HitLike]) -> Iterator[HitLike]:
    """The hits, with one of each indicator noted by its kind and the value that is shown."""
    for hit in hits:
        known.setdefault((hit.indicator.kind, hit.indicator.shown), hit)
        yield hit


def run_rules(
    case: Tables,
    rules: Sequence[Rule],
    seconds: float = SECONDS,
    at: Mapping[str, str] | None = None,
    *,
    fresh: bool = False,
    chains: Sequence[Chain] = (),
    nothing: set[str] | None = None,
) -> tuple[list[Finding], list[NotExamined]]:
    """Every rule's findings, and the rules that could not be run to their end.

    Queries of chains that were seen to return no row, as large tables were read, are added to `nothing`.

    `fresh` says that the tables are of this version, for which each shipped rule is written; of others one may name a
    column that they lack, and is told to have failed, though no row could match.
    """
    findings: list[Finding] = []
    not_examined: list[NotExamined] = []
    db = case.connect()
    try:
        states = ledger_states(case, db)
        have = case.tables()
        made = process_tables(have)
        empty, large = empty_tables(case.rows(), made), large_tables(case.rows(), made)
        usable = {rule.id: _lacking(rule, have, made, states) for rule in rules}
        able = [r for r in rules if usable[r.id] is None and (r.drives is None or may_return(r.drives, empty))]
        asked = plain_queries(chains, have, empty) if nothing is not None else {}
        none = without_rows(db, able, case.rows(), seconds, asked)
        if nothing is not None:
            nothing |= none & asked.keys()
        if fresh:
            none |= without_met(db, (r for r in able if r.id not in none), case.rows(), seconds)
        for rule in rules:
            if (lacking := usable[rule.id]) is not None:
                not_examined.append(lacking)
                continue
            try:
                if rule.id not in none and may_match(db, rule, empty, seconds, large):
                    findings += run_rule(db, rule, seconds, at)
            except (duckdb.Error, RuleError) as e:
                not_examined.append(NotExamined(rule=rule.id, missing=(), why=_why(e, seconds)))
    finally:
        db.close()
    return findings, not_examined


def empty_tables(rows: Mapping[str, int], processes: Collection[str]) -> frozenset[str]:
    """The tables without rows, in small letters. `processes` are those that the view of that name is made of."""
    empty = {name.lower() for name, n in rows.items() if not n}
    made = "processes" in rows or any(rows[t] for t in processes)
    return frozenset(empty if made else empty | {"processes"})


def large_tables(rows: Mapping[str, int], processes: Collection[str]) -> frozenset[str]:
    """The tables that are too large to be held in memory, in small letters; with them the view of `processes`."""
    large = {name for name, n in rows.items() if n > LARGE}
    made = {"processes"} if large.intersection(processes) else set()
    return frozenset({name.lower() for name in large} | made)


def ledger_states(case: Tables, db: duckdb.DuckDBPyConnection) -> States:
    """How the files of each artifact fared; empty where the case has no ledger."""
    if "ledger" not in case.tables():
        return {}
    found: dict[str, dict[str, int]] = {}
    rows = db.execute(
        "SELECT artifact, CASE WHEN rows > 0 THEN 'parsed' ELSE status END AS state, count(*) FROM ledger "
        "WHERE artifact IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    for artifact, state, files in rows.fetchall():
        found.setdefault(artifact, {})[state] = files
    return found


def _lacking(rule: Rule, have: Collection[str], processes: Collection[str], states: States) -> NotExamined | None:
    """Why the rule cannot say anything about a case with these tables; None if it can."""
    made = {"processes"} if any(_is_of(rule.platform, t) for t in processes) else set()
    if missing := tuple(t for t in rule.needs if t not in have and t not in made):
        return NotExamined(rule=rule.id, missing=missing, why=f"nothing in these acquisitions gives {_list(missing)}")
    unread = {}
    for table in rule.needs:
        state = states.get(table.rpartition(".")[0])
        if state and "parsed" not in state:
            unread[table] = ", ".join(f"{n} {s}" for s, n in state.items())
    if unread:
        why = "; ".join(f"{t}: no file of it was read ({s})" for t, s in unread.items())
        return NotExamined(rule=rule.id, missing=tuple(unread), why=why)
    return None


def _is_of(platform: str, table: str) -> bool:
    return platform == "any" or table.startswith(f"{platform}.")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _why(error: Exception, seconds: float) -> str:
    if isinstance(error, duckdb.InterruptException):
        return f"stopped after {seconds:g} seconds"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "needs more memory than a rule may have"
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"the rule could not be run: {text:.200}"

"""Patterns of more than one value over a case: which rows satisfy their observations, and how these stand in time.

One row is one observation. What a comparison asks of is looked for in the fields of its kind, and in columns of its
name where it has no kind; equal values are found as the matcher finds single ones. A negation holds of a row that has a
field of the kind and none that satisfies what is negated. What no record of the case can answer is told, and never
taken for "no".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bridle.case.zones import zones
from bridle.classes import dataclass
from bridle.indicators.compound_rows import STAMPS, Part, Questions, Seen, TableRows, stored_value
from bridle.indicators.model import CompoundIndicator
from bridle.indicators.sequence import MOST_STEPS, Allowance, TooManyError, is_timed, moment, occurrences
from bridle.indicators.tables import Tables
from bridle.indicators.terms import Any_, Row, Step, Test, Timed, Times, terms_of

MOST_ROWS = 10_000
"""Rows of one pattern that are put in order."""
MOST_ALTOGETHER = 500_000
"""Rows of all patterns."""
MOST_PAIRS = 5_000_000
"""Pairs of rows that are compared in time for all patterns."""
MOST_EXPRESSIONS = 1_000
"""Regular expressions that are run over a case."""
_NOT_TABLES = ("observables", "device")


@dataclass(frozen=True, kw_only=True)
class PatternRow:
    """One row that satisfies an observation of a pattern, and by what."""

    table: str
    source: str
    path: str
    sha256: str | None
    locator: str
    time: datetime | None
    """As stored: an instant, or what a clock showed."""
    values: dict[str, Any]
    parts: tuple[Part, ...]
    tests: frozenset[Test]
    """The observations of the pattern that it satisfies."""


@dataclass(frozen=True, kw_only=True)
class PatternMatch:
    """A pattern that a case satisfies, with every row that takes part."""

    indicator: CompoundIndicator
    rows: tuple[PatternRow, ...]
    count: int
    """Rows that take part."""
    is_cut: bool
    """Whether more rows satisfy parts of it than were looked at."""


@dataclass(frozen=True, kw_only=True)
class Unanswered:
    """A pattern of which the case does not say whether it holds."""

    indicator: CompoundIndicator
    why: str


@dataclass(frozen=True, kw_only=True)
class Examined:
    """Every pattern that holds, and every one that could not be asked."""

    matches: tuple[PatternMatch, ...]
    unanswered: tuple[Unanswered, ...]


@dataclass(slots=True)
class _Room:
    """How many rows may still be kept, and pairs of them compared, for all patterns together."""

    left: int = MOST_ALTOGETHER
    steps: int = MOST_PAIRS


class _Wanted:
    """One pattern, and the rows that satisfy each of its observations."""

    def __init__(self, indicator: CompoundIndicator, step: Step, room: _Room) -> None:
        self.indicator, self.step, self._room = indicator, step, room
        self.tests = list(dict.fromkeys(_tests(step)))
        self._found: dict[Test, set[int]] = {t: set() for t in self.tests}
        self.rows: list[Seen] = []
        self.parts: list[dict[Part, None]] = []
        self.satisfied: list[set[Test]] = []
        self.is_cut = False
        self._known: dict[tuple[str, str, str, str], int] = {}

    def add(self, test: Test, seen: Seen, parts: Sequence[Part]) -> None:
        key = (seen.table, seen.path, seen.locator, seen.sha256 or seen.source)
        number = self._known.get(key)
        if number is None:
            if len(self.rows) >= MOST_ROWS or self._room.left <= 0:
                self.is_cut = True
                return
            self._room.left -= 1
            number = self._known[key] = len(self.rows)
            self.rows.append(seen)
            self.parts.append({})
            self.satisfied.append(set())
        self.parts[number].update(dict.fromkeys(parts))
        self.satisfied[number].add(test)
        self._found[test].add(number)

    def together(self) -> list[int]:
        """The numbers of the rows that together satisfy the pattern. Raises TooManyError."""
        times = [moment(n, row.instant) for n, row in enumerate(self.rows)]
        of_test = {test: [times[n] for n in sorted(rows)] for test, rows in self._found.items()}
        allowed = Allowance(most := min(MOST_STEPS, self._room.steps))
        try:
            found = occurrences(self.step, of_test, allowed)
        finally:
            self._room.steps -= most - max(allowed.left, 0)
        if not found:
            return []
        if not is_timed(self.step):
            return sorted(self._taking_part(self.step))
        bits = 0
        for one in found:
            bits |= one.rows
        return [n for n in range(len(self.rows)) if bits >> n & 1]

    def _taking_part(self, step: Step) -> set[int]:
        """Every row of a part without order or time that is satisfied."""
        if isinstance(step, Row):
            return self._found[step.test]
        if isinstance(step, Timed | Times):
            return self._taking_part(step.inner)
        parts = [self._taking_part(p) for p in step.parts]
        return set().union(*parts) if isinstance(step, Any_) or all(parts) else set()


def match_compounds(case: Tables, compounds: Sequence[CompoundIndicator]) -> Examined:
    """Every pattern over a case; none costs more than its share of rows, expressions and combinations."""
    unanswered = [Unanswered(indicator=c, why=c.why or "it is not looked for") for c in compounds if c.step is None]
    wanted, beyond = _affordable([c for c in compounds if c.step is not None])
    unanswered += [
        Unanswered(indicator=c, why=f"more than {MOST_EXPRESSIONS:,} expressions are not run") for c in beyond
    ]
    asked = Questions(w.tests for w in wanted)
    if wanted:
        _look(case, wanted, asked)
    matched = []
    for w in wanted:
        w.is_cut = w.is_cut or any(t in asked.cut for t in w.tests)
        if (lacking := _lacking(w.step, asked)) is not None:
            unanswered.append(Unanswered(indicator=w.indicator, why=lacking))
            continue
        try:
            numbers = w.together()
        except TooManyError as e:
            unanswered.append(Unanswered(indicator=w.indicator, why=f"it was not put in order: {e}"))
            continue
        if numbers:
            matched.append((w, numbers))
        elif (why := _undecided(w)) is not None:
            unanswered.append(Unanswered(indicator=w.indicator, why=why))
    return Examined(matches=_read(case, matched), unanswered=tuple(unanswered))


def _look(case: Tables, wanted: Sequence[_Wanted], asked: Questions) -> None:
    """Every row that satisfies a test, to every pattern that has the test."""
    of_test: dict[Test, list[_Wanted]] = {}
    for w in wanted:
        for test in w.tests:
            of_test.setdefault(test, []).append(w)
    at = zones(case)
    for table in sorted(case.tables()):
        if table not in _NOT_TABLES:
            for test, seen, parts in TableRows(case, table, asked, at).satisfying():
                for w in of_test[test]:
                    w.add(test, seen, parts)


def _affordable(compounds: Sequence[CompoundIndicator]) -> tuple[list[_Wanted], list[CompoundIndicator]]:
    """As many patterns as their expressions may be, and the others."""
    wanted, beyond, spent, room = [], [], 0, _Room()
    for c in compounds:
        assert c.step is not None
        expressions = sum(t.operator == "MATCHES" for t in terms_of(c.step))
        if spent + expressions > MOST_EXPRESSIONS:
            beyond.append(c)
        else:
            spent += expressions
            wanted.append(_Wanted(c, c.step, room))
    return wanted, beyond


def _tests(step: Step) -> list[Test]:
    out: list[Test] = []
    left: list[Step] = [step]
    while left:
        node = left.pop()
        if isinstance(node, Row):
            out.append(node.test)
        elif isinstance(node, Timed | Times):
            left.append(node.inner)
        else:
            left.extend(node.parts)
    return out


def _lacking(step: Step, asked: Questions) -> str | None:
    """Why no record can answer it; None where one can."""
    if isinstance(step, Row):
        paths = ", ".join(dict.fromkeys(t.path for t in terms_of(step)))
        return None if asked.is_answered(step.test) else f"no examined record has, in one row, a field for {paths:.200}"
    if isinstance(step, Timed | Times):
        return _lacking(step.inner, asked)
    missing = [m for p in step.parts if (m := _lacking(p, asked)) is not None]
    if not missing:
        return None
    return None if isinstance(step, Any_) and len(missing) < len(step.parts) else missing[0]


def _undecided(w: _Wanted) -> str | None:
    """Why that it does not hold is not known either."""
    if w.is_cut:
        return f"more than {len(w.rows):,} rows satisfy parts of it: the others were not put in order"
    timeless = sum(row.time is None for row in w.rows)
    if timeless and is_timed(w.step):
        return f"{timeless:,} rows that satisfy parts of it say no time"
    return None


def _read(case: Tables, matched: Sequence[tuple[_Wanted, list[int]]]) -> tuple[PatternMatch, ...]:
    """The matches, with the whole rows: only these are read in full."""
    asked: dict[str, dict[int, dict[str, Any]]] = {}
    for w, numbers in matched:
        for n in numbers:
            asked.setdefault(w.rows[n].table, {})[w.rows[n].at] = {}
    for table, rows in asked.items():
        begin = 0
        for batch in case.batches(table):
            for at in [a for a in rows if begin <= a < begin + batch.num_rows]:
                rows[at] = {f.name: stored_value(batch.column(f.name), at - begin) for f in batch.schema}
            begin += batch.num_rows
    return tuple(
        PatternMatch(
            indicator=w.indicator, count=len(numbers), is_cut=w.is_cut,
            rows=tuple(_whole(w, n, asked[w.rows[n].table][w.rows[n].at]) for n in numbers),
        )
        for w, numbers in matched
    )  # fmt: skip


def _whole(w: _Wanted, n: int, stored: Mapping[str, Any]) -> PatternRow:
    seen = w.rows[n]
    values = {k: v for k, v in stored.items() if k not in STAMPS or seen.table == "ledger"}
    return PatternRow(
        table=seen.table, source=seen.source, path=seen.path, sha256=seen.sha256, locator=seen.locator, time=seen.time,
        values=values, parts=tuple(w.parts[n]), tests=frozenset(w.satisfied[n]),
    )  # fmt: skip

"""Patterns of more than one value over a case: which rows satisfy their observations, and how these stand in time.

One row is one observation. What a comparison asks of is looked for in the fields of its kind, and in columns of its
name where it has no kind; equal values are found as the matcher finds single ones. A negation holds of a row that has a
field of the kind and none that satisfies what is negated. What no record of the case can answer is told, and never
taken for "no".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.zones import in_utc, seen_at, zones
from bridle.indicators.comparing import Comparer, Field, fields_of_term
from bridle.indicators.model import CompoundIndicator
from bridle.indicators.plan import Any_, Both, Either, Row, Step, Term, Test, Timed, Times, terms_of
from bridle.indicators.sequence import MOST_STEPS, Allowance, TooManyError, is_timed, moment, occurrences
from bridle.indicators.tables import Tables

MOST_ROWS = 10_000
"""Rows of one pattern that are put in order."""
MOST_ALTOGETHER = 500_000
"""Rows of all patterns."""
MOST_ASKED = 500_000
"""Comparisons that the rows of one pattern are asked, beyond those of whole columns."""
MOST_PAIRS = 5_000_000
"""Pairs of rows that are compared in time for all patterns."""
MOST_EXPRESSIONS = 1_000
"""Regular expressions that are run over a case."""
_NOT_TABLES = ("observables", "device")
_STAMPS = ("_source", "_path", "_sha256", "locator")
_LEDGER = {"_source": "source", "_path": "path", "_sha256": "sha256", "locator": "member"}


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a row that satisfies a comparison."""

    kind: str
    """Of value, as the indicator has it."""
    surface: str
    field: str
    value: str
    strength: str
    term: Term
    """The comparison."""


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
class _Seen:
    """A row that satisfies something, as long as its values are not asked for."""

    table: str
    at: int
    """Its number in the table."""
    source: str
    path: str
    sha256: str | None
    locator: str
    time: datetime | None
    instant: datetime | None
    parts: dict[Part, None] = field(default_factory=dict)
    tests: set[Test] = field(default_factory=set)


@dataclass(slots=True)
class _Room:
    """How many rows may still be kept, and pairs of them compared, for all patterns together."""

    left: int = MOST_ALTOGETHER
    steps: int = MOST_PAIRS


class _Wanted:
    """One pattern, and the rows that satisfy each of its observations."""

    def __init__(self, indicator: CompoundIndicator, step: Step, room: _Room) -> None:
        self.indicator, self.step, self._room = indicator, step, room
        self.observations = _observations(step)
        self.tests = {o.test: len(terms_of(o)) for o in self.observations}
        self._found: dict[Test, set[int]] = {t: set() for t in self.tests}
        self._asked = 0
        self.rows: list[_Seen] = []
        self.is_cut = False
        self._known: dict[tuple[str, str, str, str], int] = {}

    def may_ask(self, test: Test) -> bool:
        """Whether another row may be asked."""
        self._asked += self.tests[test]
        if self._asked > MOST_ASKED:
            self.is_cut = True
        return not self.is_cut

    def add(self, test: Test, seen: _Seen, parts: Sequence[Part]) -> None:
        key = (seen.table, seen.path, seen.locator, seen.sha256 or seen.source)
        number = self._known.get(key)
        if number is None:
            if len(self.rows) >= MOST_ROWS or self._room.left <= 0:
                self.is_cut = True
                return
            self._room.left -= 1
            number = self._known[key] = len(self.rows)
            self.rows.append(seen)
        self.rows[number].parts.update(dict.fromkeys(parts))
        self.rows[number].tests.add(test)
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
            return sorted({n for rows in self._found.values() for n in rows})
        bits = 0
        for one in found:
            bits |= one.rows
        return [n for n in range(len(self.rows)) if bits >> n & 1]


def match_compounds(case: Tables, compounds: Sequence[CompoundIndicator]) -> Examined:
    """Every pattern over a case; none costs more than its share of rows, expressions and combinations."""
    unanswered = [Unanswered(indicator=c, why=c.why or "it is not looked for") for c in compounds if c.step is None]
    wanted, beyond = _affordable([c for c in compounds if c.step is not None])
    unanswered += [
        Unanswered(indicator=c, why=f"more than {MOST_EXPRESSIONS:,} expressions are not run") for c in beyond
    ]
    able: set[Test] = set()
    if wanted:
        comparer, at = Comparer([t for w in wanted for t in terms_of(w.step)]), zones(case)
        for table, schema in sorted(case.tables().items()):
            if table not in _NOT_TABLES:
                _Table(case, table, schema, wanted, comparer, at).look(able)
    matched = []
    for w in wanted:
        if (lacking := _lacking(w.step, able)) is not None:
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


def _observations(step: Step) -> list[Row]:
    out: list[Row] = []
    left: list[Step] = [step]
    while left:
        node = left.pop()
        if isinstance(node, Row):
            out.append(node)
        elif isinstance(node, Timed | Times):
            left.append(node.inner)
        else:
            left.extend(node.parts)
    return out


def _lacking(step: Step, able: set[Test]) -> str | None:
    """Why no record can answer it; None where one can."""
    if isinstance(step, Row):
        paths = ", ".join(dict.fromkeys(t.path for t in terms_of(step)))
        return None if step.test in able else f"no examined record has, in one row, a field for {paths:.200}"
    if isinstance(step, Timed | Times):
        return _lacking(step.inner, able)
    missing = [m for p in step.parts if (m := _lacking(p, able)) is not None]
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


class _Table:
    """One table of a case, and what patterns ask of it."""

    def __init__(
        self,
        case: Tables,
        table: str,
        schema: pa.Schema,
        wanted: Sequence[_Wanted],
        comparer: Comparer,
        at: Mapping[str, str],
    ) -> None:
        self._case, self._table, self._schema, self._comparer, self._at = case, table, schema, comparer, at
        self._fields: dict[Term, tuple[Field, ...]] = {}
        self._of_term: dict[Term, list[int]] = {}
        self._asked = [(w, test) for w in wanted for test in w.tests if self._answers(test)]
        self._stamps = _LEDGER if table == "ledger" else {s: s for s in _STAMPS}

    def _answers(self, test: Test) -> bool:
        """Whether its rows have the fields that are asked of."""
        if isinstance(test, Both):
            return all(self._answers(p) for p in test.parts)
        if isinstance(test, Either):
            return any(self._answers(p) for p in test.parts)
        return bool(self._of(test))

    def _of(self, term: Term) -> tuple[Field, ...]:
        if term not in self._fields:
            self._fields[term] = fields_of_term(term, self._schema)
        return self._fields[term]

    def look(self, able: set[Test]) -> None:
        """Add the rows that satisfy an observation, and the observations that could be asked of this table."""
        able.update(test for _, test in self._asked)
        for n, (_, test) in enumerate(self._asked):
            for term in terms_of(Row(test)):
                self._of_term.setdefault(term, []).append(n)
        terms = list(self._of_term)
        if not terms:
            return
        sought: dict[Field, list[Term]] = {}
        for term in terms:
            if term.identifies and not term.negated and term.operator != "EXISTS":
                for column in self._of(term):
                    sought.setdefault(column, []).append(term)
        names = {f.name for t in terms for f in self._of(t)}
        columns = [*dict.fromkeys((*self._stamps.values(), *seen_at(self._schema), *sorted(names)))]
        begin = 0
        for batch in self._case.batches(self._table, columns):
            self._batch(batch, begin, sought)
            begin += batch.num_rows

    def _batch(self, batch: pa.RecordBatch, begin: int, sought: Mapping[Field, Sequence[Term]]) -> None:
        rows: dict[int, dict[Term, list[Part]]] = {}
        for column, terms in sought.items():
            for at, term, part in self._found(batch, column, terms):
                rows.setdefault(at, {}).setdefault(term, []).append(part)
        for at, found in sorted(rows.items()):
            seen: _Seen | None = None
            for n in sorted({n for term in found for n in self._of_term[term]}):
                w, test = self._asked[n]
                parts = self._holds(test, batch, at, found) if w.may_ask(test) else None
                if parts is not None:
                    seen = self._seen(batch, at, begin) if seen is None else seen
                    w.add(test, _Seen(*_stamps_of(seen)), parts)

    def _found(self, batch: pa.RecordBatch, column: Field, terms: Sequence[Term]) -> Iterator[tuple[int, Term, Part]]:
        """Row, comparison and field of what satisfies one of the comparisons. Each distinct value is compared once."""
        stored, where = batch.column(column.name), None
        if pa.types.is_list(stored.type):
            where, stored = stored.value_parent_indices().to_pylist(), stored.flatten()
        encoded = stored.dictionary_encode()
        hits: dict[int, list[tuple[Term, str]]] = {}
        for n, term, strength in self._comparer.satisfied(column, encoded.dictionary, terms):
            hits.setdefault(n, []).append((term, strength))
        if not hits:
            return
        wanted = pc.indices_nonzero(pc.is_in(encoded.indices, pa.array(list(hits), encoded.indices.type)))
        for at, index in zip(wanted.to_pylist(), encoded.indices.take(wanted).to_pylist(), strict=True):
            value = str(encoded.dictionary[index].as_py())
            for term, strength in hits[index]:
                yield where[at] if where else at, term, _part(term, column, value, strength)

    def _holds(self, test: Test, batch: pa.RecordBatch, at: int, found: Mapping[Term, list[Part]]) -> list[Part] | None:
        """The fields by which a row satisfies a test; None where it does not."""
        if isinstance(test, Term):
            if test.identifies and not test.negated and test.operator != "EXISTS":
                return found.get(test)
            return self._asked_of(test, batch, at)
        satisfied = [self._holds(p, batch, at, found) for p in test.parts]
        held = [parts for parts in satisfied if parts is not None]
        if not held or (isinstance(test, Both) and len(held) < len(satisfied)):
            return None
        return [part for parts in held for part in parts]

    def _asked_of(self, term: Term, batch: pa.RecordBatch, at: int) -> list[Part] | None:
        """A comparison that is asked of one row alone: a negation, or what other rows have as well."""
        parts, is_there = [], False
        for column in self._of(term):
            stored = batch.column(column.name)[at].as_py()
            for value in stored if isinstance(stored, list) else (stored,):
                if value is None or not self._comparer.is_there(column, term, value):
                    continue
                is_there = True
                if term.operator == "EXISTS":
                    continue
                if (strength := self._comparer.compared(column, term, value)) is not None:
                    parts.append(_part(term, column, str(value), strength))
        if term.operator == "EXISTS":
            return [] if is_there != term.negated else None
        if term.negated:
            return [] if is_there and not parts else None
        return parts or None

    def _seen(self, batch: pa.RecordBatch, at: int, begin: int) -> _Seen:
        source, path, sha256, locator = (batch.column(name)[at].as_py() for name in self._stamps.values())
        times = (_value(batch.column(name), at) for name in seen_at(self._schema))
        time = next((t for t in times if isinstance(t, datetime)), None)
        return _Seen(
            table=self._table, at=begin + at, source=str(source), path=str(path), sha256=sha256,
            locator=f"ledger:{locator}" if self._table == "ledger" else str(locator),
            time=time, instant=None if time is None else in_utc(time, str(source), self._at),
        )  # fmt: skip


def _stamps_of(seen: _Seen) -> tuple[Any, ...]:
    return (seen.table, seen.at, seen.source, seen.path, seen.sha256, seen.locator, seen.time, seen.instant)


def _part(term: Term, column: Field, value: str, strength: str) -> Part:
    kind = "email" if term.kind == "account" else term.kind
    return Part(kind, column.surface, column.name, value, strength, term)


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
                rows[at] = {f.name: _value(batch.column(f.name), at - begin) for f in batch.schema}
            begin += batch.num_rows
    return tuple(
        PatternMatch(
            indicator=w.indicator, count=len(numbers), is_cut=w.is_cut,
            rows=tuple(_whole(w.rows[n], asked[w.rows[n].table][w.rows[n].at]) for n in numbers),
        )
        for w, numbers in matched
    )  # fmt: skip


def _whole(seen: _Seen, stored: Mapping[str, Any]) -> PatternRow:
    values = {k: v for k, v in stored.items() if k not in _STAMPS or seen.table == "ledger"}
    return PatternRow(
        table=seen.table, source=seen.source, path=seen.path, sha256=seen.sha256, locator=seen.locator, time=seen.time,
        values=values, parts=tuple(seen.parts), tests=frozenset(seen.tests),
    )  # fmt: skip


def _value(column: pa.Array, row: int) -> Any:
    scalar = column[row]
    if pa.types.is_timestamp(column.type):
        micros = scalar.cast(pa.int64()).as_py()
        zone = UTC if column.type.tz else None
        return None if micros is None else datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=micros)
    return scalar.as_py()

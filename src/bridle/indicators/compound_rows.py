"""Which rows of a table satisfy what patterns ask of one row.

Columns are compared as a whole, each distinct value once. Only the rows in which something was found are asked the
rest: what stands beside it, what does not, and what too many rows have to be looked for by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.zones import in_utc, seen_at
from bridle.classes import dataclass
from bridle.indicators.comparing import Comparer, Field, Need, fields_of, is_indexed, need_of
from bridle.indicators.tables import Tables, platform_of
from bridle.indicators.terms import Both, Row, Term, Test, terms_of

MOST_ASKED = 500_000
"""Rows that are asked the tests of one pattern, all tests together."""
MOST_ASKED_ALTOGETHER = 20_000_000
STAMPS = ("_source", "_path", "_sha256", "locator")
_LEDGER = {"_source": "source", "_path": "path", "_sha256": "sha256", "locator": "member"}
Needs = Need | tuple[str, tuple["Needs", ...]]
"""The fields that a table has to have for a test."""


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


@dataclass(frozen=True, slots=True)
class Seen:
    """A row that satisfies something, without its values."""

    table: str
    at: int
    """Its number in the table."""
    source: str
    path: str
    sha256: str | None
    locator: str
    time: datetime | None
    """As stored: an instant, or what a clock showed."""
    instant: datetime | None


class Questions:
    """The tests of all patterns, each once, by what they need and what they are about."""

    def __init__(self, patterns: Iterable[Sequence[Test]]) -> None:
        self._share: dict[Test, int] = {}
        for tests in patterns:
            share = MOST_ASKED // max(len(tests), 1)
            for test in tests:
                self._share[test] = max(self._share.get(test, 0), share)
        self._left = MOST_ASKED_ALTOGETHER
        self.cut: set[Test] = set()
        """Tests that not every row was asked."""
        self.needs = {test: _needs(test) for test in self._share}
        self.able: set[Needs] = set()
        """What the tables seen so far have the fields for."""
        self.of_term: dict[Term, list[Test]] = {}
        self.sought: dict[Need, list[Term]] = {}
        """Comparisons of whole columns, by the fields they need."""
        self.looked_up: set[Need] = set()
        """The fields whose equal values are looked up, all comparisons together."""
        for test in self._share:
            for term in terms_of(Row(test)):
                self.of_term.setdefault(term, []).append(test)
        for term in self.of_term:
            if _is_sought(term) and is_indexed(term):
                self.looked_up.add(need_of(term))
            elif _is_sought(term):
                self.sought.setdefault(need_of(term), []).append(term)
        self.comparer = Comparer(list(self.of_term))

    def may_ask(self, test: Test) -> bool:
        """Whether one more row may be asked."""
        self._share[test] -= 1
        self._left -= 1
        if self._share[test] < 0 or self._left < 0:
            self.cut.add(test)
            return False
        return True

    def is_answered(self, test: Test) -> bool:
        """Whether a table had the fields that it needs."""
        return self.needs[test] in self.able


def _needs(test: Test) -> Needs:
    if isinstance(test, Term):
        return need_of(test)
    word = "both" if isinstance(test, Both) else "either"
    return word, tuple(dict.fromkeys(_needs(p) for p in test.parts))


def _is_sought(term: Term) -> bool:
    return term.identifies and not term.negated and term.operator != "EXISTS"


class TableRows:
    """The rows of one table of a case."""

    def __init__(self, case: Tables, table: str, asked: Questions, at: Mapping[str, str]) -> None:
        self._case, self._table, self._asked, self._at = case, table, asked, at
        self._schema = case.tables()[table]
        self._platform = platform_of(table, {t.partition(".")[0] for t in case.tables()} & {"ios", "android"})
        self._fields: dict[Need, tuple[Field, ...]] = {}
        self._looked_up: set[Field] = set()
        self._able = {needs for needs in dict.fromkeys(asked.needs.values()) if self._has(needs)}
        self._stamps = _LEDGER if table == "ledger" else {s: s for s in STAMPS}

    def _has(self, needs: Needs) -> bool:
        if isinstance(needs, Need):
            return bool(self._of(needs))
        word, parts = needs
        held = [self._has(p) for p in parts]
        return all(held) if word == "both" else any(held)

    def _of(self, need: Need) -> tuple[Field, ...]:
        if need not in self._fields:
            self._fields[need] = fields_of(need, self._schema, self._platform)
        return self._fields[need]

    def satisfying(self) -> Iterator[tuple[Test, Seen, list[Part]]]:
        """Each row that satisfies a test, and by which fields."""
        self._asked.able |= self._able
        sought: dict[Field, list[Term]] = {}
        for need in self._asked.looked_up if self._able else ():
            for column in self._of(need):
                sought.setdefault(column, [])
                self._looked_up.add(column)
        for need, terms in self._asked.sought.items() if self._able else ():
            for column in self._of(need):
                sought.setdefault(column, []).extend(terms)
        if not sought:
            return
        names = {f.name for fields in self._fields.values() for f in fields}
        columns = [*dict.fromkeys((*self._stamps.values(), *seen_at(self._schema), *sorted(names)))]
        begin = 0
        for batch in self._case.batches(self._table, columns):
            yield from self._batch(batch, begin, sought)
            begin += batch.num_rows

    def _batch(
        self, batch: pa.RecordBatch, begin: int, sought: Mapping[Field, Sequence[Term]]
    ) -> Iterator[tuple[Test, Seen, list[Part]]]:
        rows: dict[int, dict[Term, list[Part]]] = {}
        for column, terms in sought.items():
            for at, term, part in self._found(batch, column, terms):
                rows.setdefault(at, {}).setdefault(term, []).append(part)
        for at, found in sorted(rows.items()):
            seen: Seen | None = None
            for test in dict.fromkeys(test for term in found for test in self._asked.of_term[term]):
                if self._asked.needs[test] not in self._able or not self._asked.may_ask(test):
                    continue
                parts = self._holds(test, batch, at, found)
                if parts is not None:
                    seen = self._seen(batch, at, begin) if seen is None else seen
                    yield test, seen, parts

    def _found(self, batch: pa.RecordBatch, column: Field, terms: Sequence[Term]) -> Iterator[tuple[int, Term, Part]]:
        """Row, comparison and field of what satisfies one of the comparisons. Each distinct value is compared once."""
        stored, where = batch.column(column.name), None
        if pa.types.is_list(stored.type):
            where, stored = stored.value_parent_indices().to_pylist(), stored.flatten()
        encoded = stored.dictionary_encode()
        hits: dict[int, list[tuple[Term, str]]] = {}
        is_looked_up = column in self._looked_up
        for n, term, strength in self._asked.comparer.satisfied(column, encoded.dictionary, terms, is_looked_up):
            if _is_sought(term):
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
            if _is_sought(test):
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
        for column in self._of(need_of(term)):
            stored = batch.column(column.name)[at].as_py()
            for value in stored if isinstance(stored, list) else (stored,):
                if value is None or not self._asked.comparer.is_there(column, term, value):
                    continue
                is_there = True
                if term.operator == "EXISTS":
                    continue
                if (strength := self._asked.comparer.compared(column, term, value)) is not None:
                    parts.append(_part(term, column, str(value), strength))
        if term.operator == "EXISTS":
            return [] if is_there != term.negated else None
        if term.negated:
            return [] if is_there and not parts else None
        return parts or None

    def _seen(self, batch: pa.RecordBatch, at: int, begin: int) -> Seen:
        source, path, sha256, locator = (batch.column(name)[at].as_py() for name in self._stamps.values())
        times = (stored_value(batch.column(name), at) for name in seen_at(self._schema))
        time = next((t for t in times if isinstance(t, datetime)), None)
        return Seen(
            table=self._table, at=begin + at, source=str(source), path=str(path), sha256=sha256,
            locator=f"ledger:{locator}" if self._table == "ledger" else str(locator),
            time=time, instant=None if time is None else in_utc(time, str(source), self._at),
        )  # fmt: skip


def _part(term: Term, column: Field, value: str, strength: str) -> Part:
    kind = "email" if term.kind == "account" else term.kind
    return Part(kind, column.surface, column.name, value, strength, term)


def stored_value(column: pa.Array, row: int) -> Any:
    """A value as a row holds it; times by their microseconds."""
    scalar = column[row]
    if pa.types.is_timestamp(column.type):
        micros = scalar.cast(pa.int64()).as_py()
        zone = UTC if column.type.tz else None
        return None if micros is None else datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=micros)
    return scalar.as_py()

"""Comparisons of patterns with the values of a column: each distinct value once, equal ones through one index."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.indicators.candidates import Candidates
from bridle.indicators.matcher import Matcher, Where
from bridle.indicators.model import KINDS, Indicator, IndicatorSet
from bridle.indicators.properties import FIELDS, PROCESSES
from bridle.indicators.surfaces import Surfaces
from bridle.indicators.terms import Term
from bridle.indicators.values import candidates

_LONGEST = 512
"""Characters of a value whose comparison is remembered."""
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Field:
    """A column that may hold what is compared."""

    name: str
    kind: str
    """Of observable; `""` for a column that has none."""
    surface: str
    platform: str | None
    """Whose links its paths follow."""


@dataclass(frozen=True, slots=True)
class Need:
    """Fields that a comparison needs: those of a kind, or columns by their names."""

    kind: str
    columns: frozenset[str]
    beside: frozenset[str]


def need_of(term: Term) -> Need:
    """The fields that a comparison is made with."""
    return Need("" if term.columns else term.kind, term.columns, term.beside)


def fields_of(term: Need, schema: pa.Schema, platform: str | None = None) -> tuple[Field, ...]:
    """The columns of a table that are needed."""
    marked = [Field(f.name, *_marks(f), platform) for f in schema]
    if not term.columns:
        held = FIELDS[term.kind]
        return tuple(
            f for f in marked
            if f.kind in held and (term.kind != "process-name" or f.kind != "file-path" or f.surface in PROCESSES)
        )  # fmt: skip
    beside = [f for f in marked if f.kind in term.beside and f.kind != "text"]
    surface = next((f.surface for f in beside if f.surface != "mention"), "mention")
    named = [f for f in marked if f.name in term.columns]
    plain = [Field(f.name, "", surface, platform) for f in named if not f.kind and beside]
    return (*(f for f in named if f.kind in term.beside), *plain)


def _marks(field: pa.Field) -> tuple[str, str]:
    notes = field.metadata or {}
    return notes.get(b"kind", b"").decode(), notes.get(b"surface", b"mention").decode()


class Comparer:
    """Every comparison of a set of patterns."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._equal: dict[tuple[str, str], list[Term]] = {}
        known: dict[tuple[str, str], Indicator] = {}
        for term in dict.fromkeys(terms):
            if term.operator == "=" and not term.columns and term.kind in KINDS:
                for value in map(str, term.values):
                    key = _key(term.kind, value)
                    self._equal.setdefault(key, []).append(term)
                    known.setdefault(key, Indicator(kind=term.kind, value=value, shown=value, feeds=()))
        meant = Surfaces({})
        values = tuple(replace(i, surfaces=meant.of(i)) for i in known.values())
        self._matcher = Matcher(IndicatorSet(indicators=values, feeds=()))
        self._candidates = Candidates(self._matcher)
        self._remembered: dict[tuple[Field, str], tuple[tuple[Term, str], ...]] = {}

    def satisfied(
        self, column: Field, distinct: pa.Array, terms: Sequence[Term], is_looked_up: bool
    ) -> Iterator[tuple[int, Term, str]]:
        """Number of the value, comparison and strength of what satisfies one of these comparisons.

        With `is_looked_up` also of every one that is looked up.
        """
        values = distinct.to_pylist()
        if is_looked_up:
            for n in self._candidates.rows(column.kind, distinct, Where(column.surface, column.platform)):
                yield from ((n, t, how) for t, how in self._equals(column, values[n]))
        expressions = [t for t in terms if t.operator == "MATCHES"]
        if expressions:
            yield from self._matching(column, values, expressions)
        for term in terms:
            if term.operator != "MATCHES":
                for n, value in enumerate(values):
                    if (how := self.compared(column, term, value)) is not None:
                        yield n, term, how

    def _matching(
        self, column: Field, values: Sequence[Any], expressions: Sequence[Term]
    ) -> Iterator[tuple[int, Term, str]]:
        """Expressions over what of the values they are about, all values at a time."""
        by_kind: dict[str, tuple[list[int], pa.Array]] = {}
        for term in expressions:
            kind = "" if term.columns else term.kind
            if kind not in by_kind:
                pairs = [(n, str(c)) for n, v in enumerate(values) for c in _of(column, term, v)]
                by_kind[kind] = [n for n, _ in pairs], pa.array([c for _, c in pairs], pa.string())
            numbers, texts = by_kind[kind]
            found = pc.indices_nonzero(pc.match_substring_regex(texts, pattern=str(term.values[0])))
            yield from ((n, term, "exact") for n in dict.fromkeys(numbers[at] for at in found.to_pylist()))

    def _equals(self, column: Field, value: str) -> tuple[tuple[Term, str], ...]:
        key = (column, value)
        found = self._remembered.get(key)
        if found is None:
            found = tuple(
                (term, m.strength)
                for m in self._matcher.matches(column.kind, value, column.surface, column.platform)
                for term in self._equal[_key(m.indicator.kind, m.indicator.value)]
            )
            if len(self._remembered) < _REMEMBERED and len(value) <= _LONGEST:
                self._remembered[key] = found
        return found

    def is_there(self, column: Field, term: Term, value: Any) -> bool:
        """Whether a value holds anything of the kind that is compared."""
        return any(True for _ in _of(column, term, value))

    def compared(self, column: Field, term: Term, value: Any) -> str | None:
        """How strongly one value satisfies a comparison, whether it is negated or not; None if it does not."""
        if is_indexed(term):
            return next((how for t, how in self._equals(column, str(value)) if t == term), None)
        found = list(_of(column, term, value))
        if term.operator == "MATCHES":
            texts = pa.array(list(map(str, found)), pa.string())
            is_so = bool(pc.any(pc.match_substring_regex(texts, pattern=str(term.values[0]))).as_py())
        else:
            is_so = any(_compare(term.operator, constant, one) for one in found for constant in term.values)
        return "exact" if is_so else None


def is_indexed(term: Term) -> bool:
    """Whether equal values are looked up, all at once."""
    return term.operator == "=" and not term.columns and term.kind in KINDS


def _key(kind: str, value: str) -> tuple[str, str]:
    """A path with and without its final slash is one to the matcher."""
    return kind, value.rstrip("/") if kind == "file-path" else value


def _of(column: Field, term: Term, value: Any) -> Iterator[Any]:
    """What of a stored value is compared."""
    if value is None or value == "":
        return
    if term.columns:
        yield from _numbers(str(value)) if term.kind == "cert" and "serial" in column.name else (value,)
    elif isinstance(value, str):
        yield from candidates(term.kind, column.kind, column.surface, value)


def _numbers(text: str) -> Iterator[str]:
    """A serial number as stored, in hexadecimal without colons, and, of decimal digits, what they are in it."""
    yield text
    plain = text.replace(":", "").replace(" ", "").lower()
    yield plain
    if plain.isascii() and plain.isdigit() and len(plain) <= 64:
        yield f"{int(plain):x}"


def _compare(operator: str, constant: Any, value: Any) -> bool:
    if operator == "ISSUPERSET":
        return _is_superset(str(value), str(constant))
    if isinstance(value, int | float) and not isinstance(value, bool) and isinstance(constant, str):
        try:
            constant = float(constant)
        except ValueError:
            return False
    if isinstance(value, str) and not isinstance(constant, str):
        constant = str(constant)
    if isinstance(constant, str) and ":" in constant and operator == "=" and value == constant.replace(":", "").lower():
        return True
    try:
        return bool(_OPERATORS[operator](value, constant))
    except TypeError:
        return False


_OPERATORS = {
    "=": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}  # fmt: skip


def _is_superset(value: str, inner: str) -> bool:
    try:
        outer, found = ipaddress.ip_network(value, strict=False), ipaddress.ip_network(inner, strict=False)
    except ValueError:
        return False
    return outer.version == found.version and found.subnet_of(outer)  # type: ignore[arg-type]

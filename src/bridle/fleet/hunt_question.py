"""What a hunt asks: indicators to look for, by their keys; patterns; and indicators that no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from bridle.indicators import CompoundIndicator, Indicator, IndicatorSet
from bridle.indicators.feeds import read_each
from bridle.indicators.hashing import as_array
from bridle.indicators.model import KINDS
from bridle.indicators.probing import Way, ways
from bridle.indicators.terms import All, Any_, Both, Either, Row, Sequence_, Step, Term, Test, Timed, Times

_ALL = (1 << 64) - 1
_SPARSE, _FEWEST, _MOST = 7, 16, 27
"""Bits beyond those that number the keys; and of all, at least and at most."""
Named = tuple[str, str]
"""Kind of an indicator, and its value as it is compared."""
Ways = frozenset[Way]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of every case; crosses to the processes as it is."""

    sought: tuple[Indicator, ...]
    ways: tuple[tuple[Way, ...], ...]
    """Of each that is sought."""
    patterns: tuple[CompoundIndicator, ...]
    pattern_ways: tuple[Ways | None, ...]
    """Of each pattern the sets of keys one of which it takes; None: it cannot be told by keys."""
    keys: pa.Array
    """All keys, sorted."""
    retracted: Mapping[Named, str]
    """What no longer holds, and why: `withdrawn`, `revoked` or `expired`."""
    current: frozenset[Named]
    """What the feeds hold now."""
    feeds: frozenset[str]
    """Names of the feeds: what one of them no longer has, it withdrew."""
    digest: str
    """Of the feeds."""
    audience: str

    @property
    def by_columns(self) -> int:
        """Patterns for which the records of every case are read."""
        return sum(w is None for w in self.pattern_ways)


def question(
    found: IndicatorSet, previous: IndicatorSet | None, revoked: Iterable[Indicator], today: date, audience: str
) -> Question:
    """The question of these feeds; with `previous` only of what is not in those, or means something elsewhere."""
    known = {(i.kind, i.value, i.surfaces) for i in previous.indicators} if previous else set()
    patterns = {c.value for c in previous.compounds} if previous else set()
    sought = tuple(i for i in found.indicators if (i.kind, i.value, i.surfaces) not in known)
    compounds = tuple(c for c in found.compounds if c.value not in patterns and c.step is not None)
    of_each = tuple(ways(i) for i in sought)
    pattern_ways = tuple(ways_of(c.step) if c.step is not None else None for c in compounds)
    current = _names(found.indicators)
    gone = [*(previous.indicators if previous else ()), *revoked]
    retracted = {
        name: "revoked" if i.revoked else "withdrawn"
        for i in gone if (i.kind, i.value) not in current
        for name in _names((i,))
    } | dict.fromkeys(_names(i for i in found.indicators if not i.current(today)), "expired")  # fmt: skip
    return Question(
        sought=sought, ways=of_each, patterns=compounds, pattern_ways=pattern_ways, retracted=retracted,
        keys=_all_keys([*of_each, *(w for w in pattern_ways if w is not None)]), current=current,
        feeds=frozenset(f.name for f in found.feeds if f.loaded), digest=found.digest, audience=audience,
    )  # fmt: skip


def revoked_in(paths: Iterable[Path]) -> tuple[Indicator, ...]:
    """What the feeds themselves call revoked; loading leaves it out."""
    return tuple(i for one in read_each(paths) for i in one.indicators if isinstance(i, Indicator) and i.revoked)


def _names(indicators: Iterable[Indicator]) -> frozenset[Named]:
    """As they are compared, and as a finding shows them."""
    return frozenset((i.kind, value) for i in indicators for value in (i.value, i.shown))


def _all_keys(of_each: Iterable[Iterable[Way]]) -> pa.Array:
    found = as_array(b"".join(k for some in of_each for way in some for k in way))
    distinct = pc.unique(found)
    return distinct.take(pc.sort_indices(distinct))


def numbers(way: Way) -> frozenset[int]:
    """The keys of a way as they are stored."""
    return frozenset(int.from_bytes(k, "little", signed=True) for k in way)


def ways_of(step: Step) -> Ways | None:
    """Keys without which rows cannot satisfy a pattern: one of these sets has to be there. None if there are none."""
    if isinstance(step, Row):
        return _of_test(step.test)
    if isinstance(step, Timed | Times):
        return ways_of(step.inner)
    parts = [ways_of(p) for p in step.parts]
    return _any(parts) if isinstance(step, Any_) else _all(parts) if isinstance(step, All | Sequence_) else None


def _of_test(test: Test) -> Ways | None:
    if isinstance(test, Both):
        return _all([_of_test(p) for p in test.parts])
    if isinstance(test, Either):
        return _any([_of_test(p) for p in test.parts])
    if test.operator != "=" or test.negated or test.columns or test.kind not in KINDS:
        return None
    return frozenset(way for i in _indicators(test) for way in ways(i))


def _indicators(term: Term) -> Iterator[Indicator]:
    for value, shown in zip(term.values, term.shown, strict=True):
        yield Indicator(kind=term.kind, value=str(value), shown=shown, feeds=())
        yield Indicator(kind=term.kind, value=str(value), shown=str(value), feeds=())


def _any(parts: list[Ways | None]) -> Ways | None:
    return None if None in parts else frozenset(way for p in parts for way in p or ())


def _all(parts: list[Ways | None]) -> Ways | None:
    """That of them which has the fewest."""
    return min((p for p in parts if p is not None), key=len, default=None)


class Lookup:
    """The question as one process asks it."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self._keys = frozenset(asked.keys.to_pylist())
        bits = min(max(len(self._keys).bit_length() + _SPARSE, _FEWEST), _MOST)
        self._begin = pa.scalar(64 - bits, pa.uint64())
        self._begins = _marked(self._keys, bits)
        self._of: dict[int, list[tuple[int, frozenset[int]]]] = {}
        for n, some in enumerate(asked.ways):
            for way in map(numbers, some):
                for k in way:
                    self._of.setdefault(k, []).append((n, way))
        self._patterns = [None if w is None else [numbers(way) for way in w] for w in asked.pattern_ways]

    def among(self, keys: pa.Array) -> list[int]:
        """Where any of the keys asked for stands: nearly all others begin with bits that none of those begins with."""
        begins = pc.shift_right(keys.view(pa.uint64()), self._begin)
        some = pc.indices_nonzero(self._begins.take(begins))
        pairs = zip(some.to_pylist(), keys.take(some).to_pylist(), strict=True)
        return [at for at, k in pairs if k in self._keys]

    def sought(self, hits: Mapping[str, set[int]]) -> dict[int, set[str]]:
        """The numbers of the indicators all keys of which some table has, and those tables."""
        found: dict[int, set[str]] = {}
        for table, keys in hits.items():
            for k in keys:
                for n, way in self._of.get(k, ()):
                    if way <= keys:
                        found.setdefault(n, set()).add(table)
        return found

    def patterns(self, hits: Mapping[str, set[int]]) -> tuple[CompoundIndicator, ...]:
        """The patterns that the case may satisfy."""
        return tuple(
            c for c, some in zip(self.asked.patterns, self._patterns, strict=True)
            if some is None or any(way <= keys for way in some for keys in hits.values())
        )  # fmt: skip


def _marked(keys: Iterable[int], bits: int) -> pa.Array:
    """For each number of so many bits whether a key begins with it."""
    marks = bytearray((1 << bits) // 8)
    for k in keys:
        begin = (k & _ALL) >> (64 - bits)
        marks[begin >> 3] |= 1 << (begin & 7)
    return pa.Array.from_buffers(pa.bool_(), 1 << bits, [None, pa.py_buffer(bytes(marks))])


def everything(asked: Question, found: IndicatorSet) -> Question:
    """The same with all that the feeds hold, for cases that were not asked before."""
    return replace(question(found, None, (), date.min, asked.audience), retracted=asked.retracted)

"""Indicators among the observables of a case: what a hunt asks before it reads a single record.

Every hit of `match_tables` lies in a table, and rests on an indicator, that `candidates` names for that table: its
observables are the values of the case's fields, and what stands in its texts. The other way round it need not be so: a
surface on which an indicator means nothing is not told apart here, nor a field that holds URLs from a text that does.
The record decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import urls
from bridle.indicators.candidates import Candidates
from bridle.indicators.matcher import Matcher, Where
from bridle.indicators.model import Indicator

_ANY = Where("running-process")
"""The surface and the system on which most is found."""
DERIVED = frozenset({"domain-parent"})
"""Kinds of observables that say nothing beyond another in the same table."""


class Observed(NamedTuple):
    """A value of a table in which indicators may stand."""

    table: str
    kind: str
    value: str
    indicators: tuple[Indicator, ...]


def candidates(observables: Iterable[pa.RecordBatch], matcher: Matcher) -> Iterator[Observed]:
    """What of some observables holds an indicator; they need `kind`, `value` and `table`, in any order.

    A batch that was cut out of the whole (by kind, by value, by statistics) gives what is to be said of its own rows.
    """
    search = Candidates(matcher)
    for batch in observables:
        kinds = batch.column("kind")
        for kind in pc.unique(kinds).to_pylist():
            if kind not in DERIVED:
                rows = pa.table({n: batch.column(n) for n in ("value", "table")}).filter(pc.equal(kinds, kind))
                yield from _of_kind(kind, rows, search, matcher)


def _of_kind(kind: str, rows: pa.Table, search: Candidates, matcher: Matcher) -> Iterator[Observed]:
    coded = rows["value"].combine_chunks().dictionary_encode()
    distinct = coded.dictionary
    numbers = set(search.rows(kind, distinct, _ANY))
    if kind == "url":
        numbers |= search.quoting(distinct)
    told = {n: found for n in sorted(numbers) if (found := _indicators(kind, distinct[n].as_py(), matcher))}
    if not told:
        return
    at = pc.indices_nonzero(pc.is_in(coded.indices, pa.array(list(told), coded.indices.type)))
    for number, table in zip(coded.indices.take(at).to_pylist(), rows["table"].take(at).to_pylist(), strict=True):
        yield Observed(table, kind, distinct[number].as_py(), told[number])


def _indicators(kind: str, value: str, matcher: Matcher) -> tuple[Indicator, ...]:
    """What may stand in a value somewhere, each once. The URL may be one in a text, whose words count too."""
    found = [m.indicator for m in matcher.anywhere(kind, value)]
    if kind == "url":
        for host in (*urls.domains_in(value), *urls.ips_in(value)):
            found += (m.indicator for m in matcher.anywhere("domain", host))
    return tuple({(i.kind, i.value): i for i in found}.values())

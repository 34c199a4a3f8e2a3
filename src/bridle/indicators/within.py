"""The tables of a case in which anything may be found: those whose match keys have one way of an indicator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from bridle.indicators.hashing import WIDTH, as_array
from bridle.indicators.model import Indicator
from bridle.indicators.probing import Way, ways


def tables_within(keys: Iterable[pa.RecordBatch], indicators: Sequence[Indicator]) -> frozenset[str]:
    """The names of the tables, out of match keys (`table`, `key`) in any order. No hit lies in another table."""
    of: dict[bytes, list[Way]] = defaultdict(list)
    every: set[bytes] = set()
    for indicator in indicators:
        for way in ways(indicator):
            of[way[0]].append(way)
            every.update(way)
    wanted = as_array(b"".join(every))
    there: dict[str, set[bytes]] = defaultdict(set)
    for batch in keys:
        known = pc.is_in(batch["key"], value_set=wanted)
        found = batch["key"].filter(known).to_pylist()
        for table, number in zip(batch["table"].filter(known).to_pylist(), found, strict=True):
            there[table].add(number.to_bytes(WIDTH, "little", signed=True))
    return frozenset(
        table
        for table, some in there.items()
        if any(some.issuperset(way) for first in some for way in of.get(first, ()))
    )

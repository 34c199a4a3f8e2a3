"""Mappings as blocks of records: many at a time, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from bridle.core import Gap, Record
from bridle.formats import _columns
from bridle.formats.arrow import ArrowBlock
from bridle.formats.table import plan

R = TypeVar("R", bound=Record)

SIZE = 4096
"""Rows of one block."""


def blocks(
    rows: Iterable[tuple[str, Mapping[str, Any]] | Gap], cls: type[R], size: int = SIZE
) -> Iterator[ArrowBlock[R] | Gap]:
    """The records of `rows` (locator and mapping), as `table.records` would give them; Gaps follow their block.

    `cls` has no field of `rest`.
    """
    p = plan(cls)
    assert p.rest is None, f"{cls.__name__}: blocks cannot keep what no field maps"
    names = [c.stored_as for c in p.columns]
    locators: list[str] = []
    stored: list[Mapping[str, Any]] = []
    waiting: list[Gap] = []

    def made() -> Iterator[ArrowBlock[R] | Gap]:
        table, gaps = _columns.block(p, cls, locators, [[m.get(n) for m in stored] for n in names], None)
        if table.num_rows:
            yield ArrowBlock(cls, table)
        yield from gaps
        yield from waiting
        for part in (locators, stored, waiting):
            part.clear()

    for row in rows:
        if isinstance(row, Gap):
            waiting.append(row)
        else:
            locators.append(row[0])
            stored.append(row[1])
        if len(locators) + len(waiting) >= size:
            yield from made()
    yield from made()

"""What is to be added to the times of a log that keeps a clock of its own, where a table of the log says it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice

from bridle.core import Gap
from bridle.formats.sqlite import Database, Row
from bridle.formats.table import extended

MOST = 100_000
"""Offsets that are taken from one table."""


class Offsets:
    """Offsets in seconds, each in force from its own time on the log's clock until the next."""

    def __init__(self, known: Iterable[tuple[float, float]]) -> None:
        """`known` are times on the log's clock and the offsets from then on, in any order."""
        pairs = sorted((t, o) for t, o in known if math.isfinite(t) and math.isfinite(o))
        self._times, self._offsets = [t for t, _ in pairs], [o for _, o in pairs]

    def at(self, time: float) -> float | None:
        """The offset in force at `time`; before the first one that one, as nothing better is known; None for none."""
        if not self._times or math.isnan(time):
            return None
        return self._offsets[max(0, bisect_right(self._times, time) - 1)]

    def added(self, time: object) -> float | None:
        """A time of the log with its offset added. None where it is 0 or no number, and where no offset is known."""
        if isinstance(time, bool) or not isinstance(time, int | float) or not time:
            return None
        offset = self.at(float(time))
        return None if offset is None else time + offset

    @property
    def full(self) -> bool:
        """Whether as many are known as are taken from a table, so that there may be more."""
        return len(self._times) >= MOST


def known(db: Database, table: str, time: str, offset: str) -> Offsets:
    """The first `MOST` offsets in a table, by its columns. The gaps of its rows are not told."""
    return Offsets(islice(_pairs(db, table, time, offset), MOST))


def _pairs(db: Database, table: str, time: str, offset: str) -> Iterator[tuple[float, float]]:
    for row in db.rows(table):
        if isinstance(row, Row) and isinstance(row[time], int | float) and isinstance(row[offset], int | float):
            yield float(row[time]), float(row[offset])


def corrected(
    rows: Iterable[Row | Gap], offsets: Offsets, made: Mapping[str, str], wanted: Set[str]
) -> Iterator[Row | Gap]:
    """The rows with columns of corrected times: `made` names each and the one it is made of, `wanted` those wanted."""
    added = {new: stored for new, stored in made.items() if new in wanted}
    for row in rows:
        if isinstance(row, Gap):
            yield row
        else:
            yield extended(row, {new: offsets.added(row[stored]) for new, stored in added.items()})

"""Sittings: runs of selections that follow each other closely, as one person at one console makes them.

A list carries no name of who selected. What it carries is order: somebody enters several numbers, pauses, and goes on
another day. A sitting is a maximal run of selections of which each follows the one before within `gap` seconds. What
two operators select in the same minutes falls into one sitting; how often is not to be seen in the list itself.

Sources: method and error rates in the operators part of docs/list-quality.md.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from bridle.classes import dataclass

GAP = 300
"""Seconds between two selections of one sitting, at most."""
BLOCK = 28 * 86_400
"""Seconds of a block of weeks: long enough to hold several sittings of a quiet operator."""
_MONDAY = 4 * 86_400
"""1970-01-05 00:00 UTC, a Monday, in seconds since 1970."""
COARSE = ("day", "month", "year")
"""Precisions of a time that cannot place a selection within a day."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """One row of a list, as far as the mixture sees it."""

    row: int
    token: str
    country: str
    """ISO 3166 alpha-2; of a shared code all candidates, `KZ|RU`; `?` where there are none."""
    time: int | None
    """Seconds since 1970, or None where the list has no time, or none finer than a day."""
    client: str | None = None
    """What the list itself names as who selected."""
    source: str = ""
    """Digest of the import that the row is of."""


@dataclass(frozen=True, kw_only=True)
class Sittings:
    """The sittings of a list and what describes each."""

    selections: tuple[Selection, ...]
    """All rows, those with a time first, in the order of time."""
    of: tuple[int, ...]
    """The sitting of each selection that has a time."""
    starts: tuple[int, ...]
    """When each sitting began; seconds since 1970."""
    counts: tuple[Mapping[int, int], ...]
    """Of each sitting, how many selections of which country (its place in `countries`)."""
    countries: tuple[str, ...]
    gap: int

    @property
    def placed(self) -> tuple[Selection, ...]:
        """The selections that have a time."""
        return self.selections[: len(self.of)]

    @property
    def unplaced(self) -> tuple[Selection, ...]:
        """The selections without a time finer than a day; no sitting is known for them."""
        return self.selections[len(self.of) :]

    def hours_of_week(self) -> tuple[int, ...]:
        """Of each sitting the hour of the week, 0 to 167 from Monday 00:00 UTC."""
        return tuple((t - _MONDAY) // 3600 % 168 for t in self.starts)

    def blocks(self) -> tuple[int, ...]:
        """Of each sitting its block of four weeks, numbered through those in which there is any."""
        found = [t // BLOCK for t in self.starts]
        number = {b: n for n, b in enumerate(sorted(set(found)))}
        return tuple(number[b] for b in found)


def selections_of(table: pa.Table) -> list[Selection]:
    """The rows of a project's selections."""
    names = ("row", "source", "token", "country", "candidates", "time", "time_precision", "operator")
    columns = [_column(table, n) for n in names]
    return [
        Selection(
            row=row,
            source=source,
            token=token,
            country=country or "|".join(sorted(candidates)) or "?",
            time=None if precision in COARSE or time is None else time // 1_000_000,
            client=(client or "").strip() or None,
        )
        for row, source, token, country, candidates, time, precision, client in zip(*columns, strict=True)
    ]


def _column(table: pa.Table, name: str) -> list[Any]:
    """A column as a list; times as microseconds since 1970, so that none is too large for a datetime."""
    column = table.column(name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return list(column.to_pylist())


def selections_from(rows: Iterable[tuple[str, str | None, datetime.datetime | None]]) -> list[Selection]:
    """Plain rows (token, country, time) in the order of the list, for worlds that were made."""
    return [
        Selection(row=n, token=token, country=country or "?", time=None if time is None else int(time.timestamp()))
        for n, (token, country, time) in enumerate(rows)
    ]


def sittings(selections: Sequence[Selection], gap: int = GAP) -> Sittings:
    """The sittings of a list. Equal times keep the order of the list."""
    ordered = sorted(selections, key=lambda s: (s.time is None, s.time or 0))
    names = sorted({s.country for s in ordered if s.time is not None})
    number = {c: n for n, c in enumerate(names)}
    of: list[int] = []
    starts: list[int] = []
    counts: list[Counter[int]] = []
    before: int | None = None
    for s in ordered:
        if s.time is None:
            break
        if before is None or s.time - before > gap:
            starts.append(s.time)
            counts.append(Counter())
        of.append(len(starts) - 1)
        counts[-1][number[s.country]] += 1
        before = s.time
    return Sittings(
        selections=tuple(ordered), of=tuple(of), starts=tuple(starts), counts=tuple(counts), countries=tuple(names),
        gap=gap,
    )  # fmt: skip

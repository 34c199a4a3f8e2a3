"""Rows of a capture as columns: tuples are gathered for each table, and become blocks when there are many."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, cast

import pyarrow as pa

from bridle.core import Gap, Record, Utc
from bridle.formats import arrow

SIZE = 4096
"""Rows of one block."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_799_999_999
_MICROSECOND = timedelta(microseconds=1)
Row = tuple[Any, ...]


@lru_cache(maxsize=1 << 14)
def address(raw: bytes) -> str:
    """An IPv4 or IPv6 address as text."""
    return ".".join(map(str, raw)) if len(raw) == 4 else str(ip_address(raw))


def moment(micros: int) -> Utc | None:
    """The instant of so many microseconds since 1970; None of 0, and beyond the year 9999."""
    return Utc(_EPOCH + timedelta(microseconds=micros)) if 0 < micros <= _LAST else None


class Rows:
    """What was found and not yet handed on."""

    def __init__(self, types: Mapping[str, type[Record]]) -> None:
        self._types = types
        self._rows: dict[str, list[Row]] = {name: [] for name in types}
        self.gaps: list[Gap] = []
        self.count = 0
        """Rows and gaps that wait."""
        self._number, self._places = 0, {""}

    def add(self, table: str, row: Row) -> None:
        """A row, its values in the order of the record's fields; times are microseconds, 0 for none."""
        self._rows[table].append(row)
        self.count += 1

    def gap(self, number: int, reason: str) -> None:
        """Something of a packet could not be read."""
        self.gaps.append(Gap(locator=self.place(number, "gap"), reason=reason[:200]))
        self.count += 1

    def place(self, number: int, what: str) -> str:
        """The locator of a row about a packet, with a number of its own where it is not the first."""
        if number != self._number:
            self._number, self._places = number, set()
        place, n = f"packet {number}:{what}", 1
        while place in self._places:
            n += 1
            place = f"packet {number}:{what}:{n}"
        self._places.add(place)
        return place

    def blocks(self) -> Iterator[Any]:
        """What waits, as blocks; nothing waits then."""
        for name, rows in self._rows.items():
            if rows:
                yield arrow.ArrowBlock(self._types[name], _table(self._types[name], rows))
                rows.clear()
        yield from self.gaps
        self.gaps.clear()
        self.count = 0


def _table(cls: type[Record], rows: list[Row]) -> pa.Table:
    schema = arrow.schema(cls)
    columns = zip(*rows, strict=True)
    arrays = [
        _times(column, of) if timed else pa.array(column, of)
        for column, (of, timed) in zip(columns, _types(cast(Hashable, cls)), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


@lru_cache(maxsize=64)
def _types(cls: Any) -> list[tuple[pa.DataType, bool]]:
    return [(field.type, pa.types.is_timestamp(field.type)) for field in arrow.schema(cls)]


def _times(column: tuple[Any, ...], of: pa.DataType) -> pa.Array:
    """Microseconds, or instants; 0 and what lies beyond the year 9999 as None."""
    try:
        values = [v or None for v in column]
        if max(filter(None, values), default=0) <= _LAST and min(filter(None, values), default=0) >= 0:
            return pa.array(values, pa.int64()).cast(of)
    except TypeError:  # instants, as certificates have them
        pass
    return pa.array([_micros(v) for v in column], pa.int64()).cast(of)


def _micros(value: int | datetime | None) -> int | None:
    if value is None or isinstance(value, int):
        return value if value and 0 < value <= _LAST else None
    return (value - _EPOCH) // _MICROSECOND

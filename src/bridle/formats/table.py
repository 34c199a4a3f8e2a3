"""Stored rows (SQLite, property lists, JSON) as records: one line per column, checked value by value.

A bad value of an optional field is None and a Gap for that value. A row is lost, and is one Gap, only where a
required field cannot be read.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

from bridle.classes import dataclass
from bridle.core import Gap, Record, fields_of, note
from bridle.formats import values
from bridle.formats._unreadable import Unreadable

R = TypeVar("R", bound=Record)

READERS: dict[Any, Callable[[Any], Any]] = {
    str: values.text,
    int: values.integer,
    float: values.real,
    bool: values.truth,
    bytes: values.blob,
}
_MEANT: dict[Callable[[Any], Any], type] = {values.text: str, values.integer: int}
"""By readers: the type of stored values that they give as they are, if those are ASCII or have 64 bits."""
_MAX_DEPTH = 64
_SHOWN_BYTES = 16
_MOST_TOLD = 1_000
"""Gaps of one row that are remembered, so that none is told twice."""


def col(stored_as: str, read: Callable[[Any], Any] | None = None, *, doc: str = "", surface: str | None = None) -> Any:
    """A field read from column or key `stored_as`, through `read` where the stored form is not the meaning.

    `read` raises ValueError for what it does not take; without it the field's type decides. `doc` and `surface` are
    those of `note`.
    """
    return _field(doc, surface, stored_as=stored_as, read=read)


def rest(*, doc: str = "", surface: str | None = None) -> Any:
    """A `str | None` field: the columns or keys no other field maps and that are not NULL, as one JSON object.

    Keys are sorted, bytes are hexadecimal. None where there are none.
    """
    return _field(doc, surface, rest=True)


def _field(doc: str, surface: str | None, **more: Any) -> Any:
    return dataclasses.field(metadata={**note(doc=doc, surface=surface).metadata, **more})


class Undecodable(bytes):
    """Text as it is stored, whose bytes are not in the encoding the file says they are in."""

    __slots__ = ()


_PLAIN = frozenset({str, int, float, bool})
"""Types whose values are never lost."""


@dataclass(frozen=True)
class Lost:
    """A value that is stored and could not be read, and why."""

    reason: str


class Row(Mapping[str, Any]):
    """One stored row: columns by name whatever their case. A column that is not there is None."""

    __slots__ = ("_index", "_names", "_values", "locator")

    def __init__(self, locator: str, names: Sequence[str], index: Mapping[str, int], stored: Sequence[Any]) -> None:
        self.locator, self._names, self._index, self._values = locator, names, index, stored

    def __getitem__(self, column: str) -> Any:
        at = self._index.get(column)
        if at is None:
            at = self._index.get(column.lower())
        return None if at is None else self._values[at]

    def __contains__(self, column: object) -> bool:
        return isinstance(column, str) and column.lower() in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def extended(row: Row, more: Mapping[str, Any]) -> Row:
    """The row with columns that were not stored, in place of stored ones of the same names."""
    names = (*row, *more)
    return Row(row.locator, names, _places(names), (*row.values(), *more.values()))


def renamed(row: Row, called: Mapping[str, str]) -> Row:
    """The row with other names for some of its columns."""
    names = tuple(called.get(name, name) for name in row)
    return Row(row.locator, names, _places(names), tuple(row.values()))


@lru_cache(maxsize=1024)
def _places(names: tuple[str, ...]) -> Mapping[str, int]:
    return {n: i for i, n in enumerate(names)} | {n.lower(): i for i, n in enumerate(names)}


class Repeated(dict[str, Any]):
    """Stored values that many rows have in common: what a record type reads of them without a Gap is kept with them."""

    __slots__ = ("plan", "read")
    plan: Plan
    read: dict[str, Any]

    def known(self, plan: Plan) -> dict[str, Any] | None:
        """What was read of them by this plan."""
        return self.read if getattr(self, "plan", None) is plan else None


@dataclass(frozen=True)
class Column:
    """How one field of a record type is read."""

    name: str
    stored_as: str
    """Empty for `rest`."""
    read: Callable[[Any], Any]
    optional: bool


@dataclass(frozen=True)
class Plan:
    """How a record type is read from rows."""

    title: str
    columns: tuple[Column, ...]
    rest: str | None
    """The field that takes what no column maps."""

    @cached_property
    def fields(self) -> tuple[tuple[Column, str, str, type | None], ...]:
        """The columns with their names, and the type of stored values that are their own meaning."""
        return tuple((c, c.name, c.stored_as, _MEANT.get(c.read)) for c in self.columns)

    @cached_property
    def mapped(self) -> frozenset[str]:
        """The columns that fields map."""
        return frozenset(c.stored_as for c in self.columns)

    @cached_property
    def mapped_lower(self) -> frozenset[str]:
        return frozenset(c.stored_as.lower() for c in self.columns)


def plan(cls: type[Record]) -> Plan:
    """How `cls` is read. Raises TypeError for a field that no column gives or whose type needs a reader."""
    return _plan(cast(Hashable, cls))


@lru_cache(maxsize=1024)
def _plan(cls: Any) -> Plan:
    metadata = {f.name: f.metadata for f in dataclasses.fields(cls)}
    columns, other = [], None
    for f in fields_of(cls)[1:]:
        notes = metadata[f.name]
        if notes.get("rest"):
            other = f.name
            continue
        read = notes.get("read") or READERS.get(f.type)
        if "stored_as" not in notes or read is None or (f.many and not notes.get("read")):
            raise TypeError(f"{cls.__name__}.{f.name}: expected col(…) with a reader for its type")
        columns.append(Column(f.name, notes["stored_as"], read, f.optional))
    return Plan(cls.__name__, tuple(columns), other)


def records(rows: Iterable[Row | tuple[str, Mapping[str, Any]] | Gap], cls: type[R]) -> Iterator[R | Gap]:
    """One `cls` per row, each followed by the Gaps of its values. Rows are `Row`, or a locator and a mapping.

    Gaps among the rows are passed on, but not twice for one value, nor for the values of a row that is lost.
    """
    for one in read_each(rows, plan(cls)):
        yield one if isinstance(one, Gap) else cls(locator=one[0], **one[1])


def read_each(
    rows: Iterable[Row | tuple[str, Mapping[str, Any]] | Gap], p: Plan
) -> Iterator[tuple[str, dict[str, Any]] | Gap]:
    """As `records`, of each row its locator and the values of its other fields by their names."""
    told: frozenset[str] = frozenset()
    lost = ""
    for row in rows:
        if isinstance(row, Gap):
            if row.locator not in told and not (lost and row.locator.startswith(lost)):
                yield row
                told = told | {row.locator} if len(told) < _MOST_TOLD else told
            continue
        locator, stored = (row.locator, row) if isinstance(row, Row) else row
        found, gaps = _read(p, locator, stored)
        if found is not None:
            yield locator, found
        yield from gaps
        lost = f"{locator}." if found is None else ""
        told = frozenset(g.locator for g in gaps)


def _read(p: Plan, locator: str, stored: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[Gap]]:
    if isinstance(stored, Repeated) and (known := stored.known(p)) is not None:
        return known, []
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    get = stored.__getitem__ if isinstance(stored, Row) else stored.get
    for c, name, stored_as, meant in p.fields:
        value: Any = get(stored_as)
        kind = type(value)
        if kind is meant and (value.isascii() if meant is str else -(2**63) <= value < 2**63):
            found[name] = value  # as most are, and what `convert` makes of it is the same
            continue
        if value is None and c.optional:
            found[name] = None
            continue
        value, reason = convert(c, value)
        if value is None and not c.optional:
            return None, [Gap(locator=locator, reason=explained(p, stored_as, reason))]
        found[name] = value
        if reason is not None:
            wrong.setdefault(stored_as, reason)
    if p.rest is not None:
        found[p.rest], more = unmapped(p, stored)
        wrong |= more
    if isinstance(stored, Repeated) and not wrong:
        stored.plan, stored.read = p, found
    return found, [value_gap(p, locator, name, reason) for name, reason in wrong.items()]


def convert(column: Column, value: Any) -> tuple[Any, str | None]:
    """A stored value's meaning, or None and what is wrong with it."""
    if value is None:
        return None, None
    try:
        return _checked(column.read(readable(value))), None
    except (ValueError, TypeError, OverflowError) as e:
        return None, f"{e!s:.200}"


def readable(value: Any) -> Any:
    """The value itself. Raises ValueError for one that was lost or whose text does not decode."""
    if type(value) in _PLAIN:
        return value
    reason = None
    if isinstance(value, Undecodable):
        more = "…" if len(value) > _SHOWN_BYTES else ""
        reason = f"expected text in the file's encoding, got bytes {value[:_SHOWN_BYTES].hex()}{more}"
    elif isinstance(value, Lost | Unreadable):
        reason = value.reason
    if reason is not None:
        raise ValueError(reason)
    return value


def _checked(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"expected text, got half a character in {value!a:.60}") from None
    elif type(value) is int and not -(2**63) <= value < 2**63:
        raise ValueError(f"expected a 64-bit integer, got {value.bit_length()} bits")
    return value


def explained(p: Plan, column: str, reason: str | None) -> str:
    """The reason of a Gap: record type, column, what was expected and what was seen."""
    return f"{p.title}: {column}: {reason or 'expected a value, got NULL'}"


def value_gap(p: Plan, locator: str, column: str, reason: str) -> Gap:
    """The Gap of one value."""
    return Gap(locator=f"{locator}.{column}", reason=explained(p, column, reason))


def unmapped(p: Plan, stored: Mapping[str, Any]) -> tuple[str | None, dict[str, str]]:
    """What no column of `p` maps, as JSON, and what is wrong with values of it, by name."""
    insensitive = isinstance(stored, Row)
    mapped = p.mapped_lower if insensitive else p.mapped
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for number, (key, value) in enumerate(stored.items(), 1):
        if value is None or (key.lower() if insensitive else key) in mapped:
            continue
        lost: list[str] = []
        name = _key(key, number, lost)
        try:
            kept[name] = plain(value.hex() if isinstance(value, Undecodable) else readable(value), lost)
            readable(value)
        except ValueError as e:
            lost.append(str(e))
        if lost:
            wrong[name] = f"{lost[0]:.200}"
    if not kept:
        return None, wrong
    return json.dumps(kept, sort_keys=True, ensure_ascii=False), wrong


def _key(key: object, number: int, lost: list[str]) -> str:
    """A key as JSON can hold it; one that does not decode is `~2` and the number of its entry, and told in `lost`."""
    if isinstance(key, Unreadable):
        lost.append(f"key {number}: {key.reason}")
        return f"~2{number}"
    return _text(key)


def plain(value: Any, lost: list[str], depth: int = 0) -> Any:
    """The value as JSON can hold it, null for what does not decode, told in `lost`. ValueError where it is too deep."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"expected at most {_MAX_DEPTH} levels, got more")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, date):
        return values.iso(value)
    if isinstance(value, Mapping):
        entries = enumerate(value.items(), 1)
        return {_key(k, n, lost): plain(v, lost, depth + 1) for n, (k, v) in entries}
    if isinstance(value, list | tuple):
        return [plain(v, lost, depth + 1) for v in value]
    if isinstance(value, Unreadable):
        lost.append(value.reason)
        return None
    return _text(value)


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()

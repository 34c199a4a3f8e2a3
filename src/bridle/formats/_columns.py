"""Stored columns as Arrow columns of a record type: whole columns at once where they are well typed.

What a column holds is asked of its values, never of its declaration. A column with any odd value is converted value by
value with the field's own reader, so that both ways give the same records and the same Gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import Gap, Record
from bridle.formats import arrow, table, values
from bridle.formats.table import Column, Plan, Row

R = TypeVar("R", bound=Record)
Fast = Callable[[Sequence[Any], frozenset[type]], "pa.Array | None"]

_NONE = type(None)
_UTC = pa.timestamp("us", tz="UTC")
_COCOA, _WEBKIT = 978_307_200_000_000, -11_644_473_600_000_000
"""Microseconds from 1970 to the epochs of 2001 and 1601."""
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds from 1970 to the first and last instants of years 1 and 9999."""
_EXACT = 9_000_000_000
"""Whole seconds below this are exact as microseconds in a float."""


def block(
    p: Plan, cls: type[R], locators: Sequence[str], stored: Sequence[Sequence[Any]], rows: Sequence[Row] | None
) -> tuple[pa.Table, list[Gap]]:
    """A table of `cls`, and the Gaps of its rows in their order.

    `stored` has one sequence of values per column of the plan; `rows` is wanted only if the plan has a `rest`.
    """
    schema = arrow.schema(cls)
    made: dict[str, Any] = {"locator": pa.array(locators, pa.string())}
    wrong: dict[int, list[tuple[Column, str | None]]] = {}
    for c, column in zip(p.columns, stored, strict=True):
        made[c.name] = _array(c, column, schema.field(c.name).type, wrong)
    others = _rest(p, rows or (), made)
    gaps, dropped = _gaps(p, locators, wrong, others)
    whole = pa.table([made[name] for name in schema.names], schema=schema)
    if dropped:
        whole = whole.filter(pa.array([i not in dropped for i in range(len(locators))], pa.bool_()))
    return whole, gaps


def _array(c: Column, column: Sequence[Any], of: pa.DataType, wrong: dict[int, list[tuple[Column, str | None]]]) -> Any:
    """The column's meaning. What is wrong with it goes into `wrong` by row; None stands for a NULL."""
    array = _at_once(c, column)
    if array is not None:
        if array.null_count and not c.optional:
            for i, missing in enumerate(array.is_null().to_pylist()):
                if missing:
                    wrong.setdefault(i, []).append((c, None))
        return array
    found = []
    for i, stored in enumerate(column):
        value, reason = table.convert(c, stored)
        found.append(value)
        if reason is not None or (value is None and not c.optional):
            wrong.setdefault(i, []).append((c, reason))
    return pa.array(found, type=of)


def _at_once(c: Column, column: Sequence[Any]) -> pa.Array | None:
    fast = _FAST.get(c.read)
    if fast is None:
        return None
    try:
        return fast(column, frozenset(map(type, column)))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None


def _rest(p: Plan, rows: Sequence[Row], made: dict[str, Any]) -> dict[int, dict[str, str]]:
    if p.rest is None:
        return {}
    found = [table.unmapped(p, row) for row in rows]
    made[p.rest] = pa.array([text for text, _ in found], pa.string())
    return {i: wrong for i, (_, wrong) in enumerate(found) if wrong}


def _gaps(
    p: Plan,
    locators: Sequence[str],
    wrong: dict[int, list[tuple[Column, str | None]]],
    others: dict[int, dict[str, str]],
) -> tuple[list[Gap], set[int]]:
    gaps: list[Gap] = []
    dropped = set()
    for i in sorted(wrong.keys() | others.keys()):
        lost = next(((c, reason) for c, reason in wrong.get(i, ()) if not c.optional), None)
        if lost is not None:
            dropped.add(i)
            gaps.append(Gap(locator=locators[i], reason=table.explained(p, lost[0].stored_as, lost[1])))
            continue
        told: dict[str, str] = {}
        for c, reason in wrong.get(i, ()):
            told.setdefault(c.stored_as, reason or "")
        told |= others.get(i, {})
        gaps += [table.value_gap(p, locators[i], name, reason) for name, reason in told.items()]
    return gaps, dropped


def _only(*types: type) -> Callable[[frozenset[type]], bool]:
    allowed = frozenset((*types, _NONE))
    return lambda seen: seen <= allowed


_texts, _blobs, _integers, _reals = _only(str), _only(bytes), _only(int), _only(float)
_numbers = _only(int, float)


def _text(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
    return pa.array(column, pa.string()) if _texts(seen) else None


def _blob(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
    return pa.array(column, pa.binary()) if _blobs(seen) else None


def _integer(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
    if _integers(seen):
        return pa.array(column, pa.int64())
    if not _numbers(seen):
        return None
    return pa.array(column, pa.float64()).cast(pa.int64()) if _below(column, 2**53) else None


def _real(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
    return pa.array(column, pa.float64()) if _reals(seen) else None


def _truth(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
    if not _integers(seen):
        return None
    array = pa.array(column, pa.int64())
    return array.cast(pa.bool_()) if _within(array, 0, 1) else None


def _below(column: Sequence[Any], limit: int) -> bool:
    bounds = pc.min_max(pa.array(column, pa.float64())).as_py()
    return bounds["min"] is None or -limit < bounds["min"] <= bounds["max"] < limit


def _within(array: pa.Array, low: int, high: int) -> bool:
    bounds = pc.min_max(array).as_py()
    return bounds["min"] is None or low <= bounds["min"] <= bounds["max"] <= high


def _instants(array: pa.Array, epoch: int) -> pa.Array | None:
    """Microseconds since `epoch` as instants, if all of them are ones."""
    if not _within(array, _FIRST - epoch, _LAST - epoch):
        return None
    return pc.add(array, _whole(epoch)).cast(_UTC)


@lru_cache(maxsize=64)
def _whole(value: int) -> pa.Scalar:
    return pa.scalar(value, pa.int64())


@lru_cache(maxsize=64)
def _float(value: int) -> pa.Scalar:
    return pa.scalar(float(value), pa.float64())


def _since(epoch: int, per_second: int) -> Fast:
    def fast(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
        if _integers(seen):
            array = pa.array(column, pa.int64())
            if not _within(array, -(2**63) // 10**6 + 1, 2**63 // 10**6) and per_second < 10**6:
                return None
            return _instants(pc.multiply(array, _whole(10**6 // per_second)), epoch)
        if not _reals(seen) and not (per_second == 1 and _numbers(seen) and _below(column, _EXACT)):
            return None
        scaled = pc.divide(pc.multiply(pa.array(column, pa.float64()), _float(10**6)), _float(per_second))
        return _instants(pc.round(scaled, round_mode="half_to_even").cast(pa.int64()), epoch)

    return fast


_cocoa = _since(_COCOA, 1)


def _cocoa_or_nanoseconds(column: Sequence[Any], seen: frozenset[type]) -> pa.Array | None:
    if not _integers(seen):
        return _cocoa(column, seen) if _numbers(seen) and _below(column, 10**12) else None
    array = pa.array(column, pa.int64())
    if not _within(array, 0, 2**63 - 1):
        return None
    in_seconds = pc.less_equal(array, _whole(10**12))
    seconds, nanoseconds = pc.multiply(array, _whole(10**6)), pc.divide(array, _whole(10**3))
    return _instants(pc.if_else(in_seconds, seconds, nanoseconds), _COCOA)


_FAST: dict[Callable[[Any], Any], Fast] = {
    values.text: _text,
    values.blob: _blob,
    values.integer: _integer,
    values.real: _real,
    values.truth: _truth,
    values.cocoa: _cocoa,
    values.cocoa_or_nanoseconds: _cocoa_or_nanoseconds,
    values.unix: _since(0, 1),
    values.unix_milliseconds: _since(0, 10**3),
    values.webkit: _since(_WEBKIT, 10**6),
}

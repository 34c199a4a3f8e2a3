"""Stored columns as Arrow columns of a record type: whole columns at once where they are well typed.

What a column holds is asked of its values, never of its declaration. Values of one type are converted together; where
any of them is odd, or the field has a reader of its own, that reader is asked for each value that differs. Both ways
give the same records and the same Gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import Gap, Record
from bridle.formats import arrow, table, values
from bridle.formats._extra import extra
from bridle.formats._parts import Parts, merged, parts
from bridle.formats.table import Column, Plan

R = TypeVar("R", bound=Record)
Stored = Parts | Sequence[Any]
Fast = Callable[[pa.Array], "pa.Array | None"]

_INTEGERS, _REALS, _TEXTS, _BLOBS = pa.int64(), pa.float64(), pa.string(), pa.binary()
_UTC = pa.timestamp("us", tz="UTC")
_COCOA, _WEBKIT = 978_307_200_000_000, -11_644_473_600_000_000
"""Microseconds from 1970 to the epochs of 2001 and 1601."""
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds from 1970 to the first and last instants of years 1 and 9999."""


def block(
    p: Plan,
    cls: type[R],
    locators: Sequence[str] | pa.Array,
    stored: Sequence[Stored],
    others: Mapping[str, Stored] | None,
) -> tuple[pa.Table, list[Gap]]:
    """A table of `cls`, and the Gaps of its rows in their order.

    `stored` has one column per column of the plan; `others` is wanted only if the plan has a `rest`: the columns of the
    rows by name, of which it keeps what no field maps.
    """
    schema = arrow.schema(cls)
    made: dict[str, Any] = {"locator": locators if isinstance(locators, pa.Array) else pa.array(locators, pa.string())}
    wrong: dict[int, list[tuple[Column, str | None]]] = {}
    for c, column in zip(p.columns, stored, strict=True):
        made[c.name] = _array(c, _parts(column), schema.field(c.name).type, wrong)
    told: dict[int, dict[str, str]] = {}
    if p.rest is not None:
        made[p.rest], told = extra(p, {n: _parts(c) for n, c in (others or {}).items()}, len(locators))
    whole = pa.table([made[name] for name in schema.names], schema=schema)
    if not wrong and not told:
        return whole, []
    gaps, dropped = _gaps(p, locators.to_pylist() if isinstance(locators, pa.Array) else locators, wrong, told)
    if dropped:
        whole = whole.filter(pa.array([i not in dropped for i in range(len(locators))], pa.bool_()))
    return whole, gaps


def _parts(column: Stored) -> Parts:
    return column if isinstance(column, Parts) else parts(column)


def _array(c: Column, column: Parts, of: pa.DataType, wrong: dict[int, list[tuple[Column, str | None]]]) -> Any:
    """The column's meaning. What is wrong with it goes into `wrong` by row; None stands for a NULL."""
    reasons: dict[int, str] = {}
    found = [a if (a := _at_once(c, part)) is not None else _by_value(c, part, of, reasons) for part in column.arrays]
    if column.odd:
        values: list[Any] = [None] * column.count
        for i, stored in column.odd.items():
            values[i], reason = table.convert(c, stored)
            if reason is not None:
                reasons[i] = reason
        found.append(pa.array(values, of))
    array = merged(found) if found else pa.nulls(column.count, of)
    lost: Iterable[int] = reasons
    if not c.optional:
        lost = (i for i, missing in enumerate(array.is_null().to_pylist()) if missing) if array.null_count else ()
    for i in lost:
        wrong.setdefault(i, []).append((c, reasons.get(i)))
    return array


def _by_value(c: Column, part: pa.Array, of: pa.DataType, reasons: dict[int, str]) -> pa.Array:
    """The column's meaning by its own reader, asked once for each value that differs."""
    if isinstance(c.read, values.ByColumn) and c.read.nothing is not None and part.type == _BLOBS:
        part = pc.if_else(c.read.nothing(part), pa.scalar(None, part.type), part)
        if part.null_count == len(part):
            return pa.nulls(len(part), of)
    if pa.types.is_floating(part.type):
        found = [table.convert(c, value) for value in part.to_pylist()]
        reasons |= {i: reason for i, (_, reason) in enumerate(found) if reason is not None}
        return pa.array([value for value, _ in found], of)
    codes = part.dictionary_encode()
    found = [table.convert(c, value) for value in codes.dictionary.to_pylist()]
    bad = {code: reason for code, (_, reason) in enumerate(found) if reason is not None}
    if bad:
        reasons |= {i: bad[code] for i, code in enumerate(codes.indices.to_pylist()) if code in bad}
    return pa.array([value for value, _ in found], of).take(codes.indices)


def _at_once(c: Column, part: pa.Array) -> pa.Array | None:
    fast = _fast(c.read)
    try:
        return None if fast is None else fast(part)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None


def _fast(read: Callable[[Any], Any]) -> Fast | None:
    if isinstance(read, values.ByColumn):
        at_once = read.at_once
        return None if at_once is None else lambda part: at_once(part) if part.type == _BLOBS else None
    if not isinstance(read, values.NoneWhere):
        return _FAST.get(read)
    inner = _fast(read.read)
    return None if inner is None else partial(_none_where, inner, read.none)


def _none_where(inner: Fast, none: Sequence[float], part: pa.Array) -> pa.Array | None:
    if part.type not in (_INTEGERS, _REALS):
        return None
    for value in none:
        part = pc.if_else(pc.equal(part, pa.scalar(value, part.type)), pa.scalar(None, part.type), part)
    return inner(part)


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


def _if(*types: pa.DataType) -> Fast:
    """Values of these types are their own meaning."""
    return lambda part: part if part.type in types else None


def _text_or_utf8(part: pa.Array) -> pa.Array | None:
    return part.cast(pa.string()) if part.type in (_TEXTS, _BLOBS) else None


def _length(part: pa.Array) -> pa.Array | None:
    return pc.binary_length(part).cast(_INTEGERS) if part.type == _BLOBS else None


def _integer(part: pa.Array) -> pa.Array | None:
    if part.type == _REALS:
        return part.cast(_INTEGERS) if _within(part, -(2**53) + 1, 2**53 - 1) else None
    return part if part.type == _INTEGERS else None


def _real(part: pa.Array) -> pa.Array | None:
    return part.cast(_REALS) if part.type in (_INTEGERS, _REALS) else None


def _truth(part: pa.Array) -> pa.Array | None:
    return part.cast(pa.bool_()) if part.type == _INTEGERS and _within(part, 0, 1) else None


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
    def fast(part: pa.Array) -> pa.Array | None:
        if part.type == _INTEGERS:
            if not _within(part, -(2**63) // 10**6 + 1, 2**63 // 10**6) and per_second < 10**6:
                return None
            return _instants(pc.multiply(part, _whole(10**6 // per_second)), epoch)
        if part.type != _REALS:
            return None
        scaled = pc.divide(pc.multiply(part, _float(10**6)), _float(per_second))
        return _instants(pc.round(scaled, round_mode="half_to_even").cast(_INTEGERS), epoch)

    return fast


_cocoa = _since(_COCOA, 1)


def _cocoa_or_nanoseconds(part: pa.Array) -> pa.Array | None:
    if part.type != _INTEGERS:
        return _cocoa(part) if part.type == _REALS and _within(part, -(10**12), 10**12) else None
    if not _within(part, 0, 2**63 - 1):
        return None
    in_seconds = pc.less_equal(part, _whole(10**12))
    seconds, nanoseconds = pc.multiply(part, _whole(10**6)), pc.divide(part, _whole(10**3))
    return _instants(pc.if_else(in_seconds, seconds, nanoseconds), _COCOA)


_FAST: dict[Callable[[Any], Any], Fast] = {
    values.text: _if(_TEXTS),
    values.text_or_utf8: _text_or_utf8,
    values.blob: _if(_BLOBS),
    values.length: _length,
    values.integer: _integer,
    values.real: _real,
    values.truth: _truth,
    values.cocoa: _cocoa,
    values.cocoa_or_nanoseconds: _cocoa_or_nanoseconds,
    values.unix: _since(0, 1),
    values.unix_milliseconds: _since(0, 10**3),
    values.webkit: _since(_WEBKIT, 10**6),
}

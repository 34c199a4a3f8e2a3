"""Values of a query as JSON can hold them, without asking any time zone database."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is written by `iso`
_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, also in the full width that spreadsheets of East Asia take for it."""
_MICROS = {"s": 10**6, "ms": 10**3, "us": 1}


def iso(micros: int, *, utc: bool = True) -> str:
    """Microseconds since 1970 in ISO 8601, with `Z` when it is UTC; beyond the years 1 to 9999 as a number."""
    try:
        time = _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return f"{micros} µs since 1970"
    return time.isoformat() + ("Z" if utc else "")


def plain(column: pa.ChunkedArray) -> list[Any]:
    """A column's values: times as ISO 8601, bytes as hexadecimal, whole decimals as integers, others as text."""
    return [value for chunk in column.chunks for value in _values(chunk)]


def _values(array: pa.Array) -> list[Any]:
    of = array.type
    if pa.types.is_timestamp(of):
        return [None if v is None else _instant(v, of) for v in array.cast(pa.int64()).to_pylist()]
    if pa.types.is_map(of) or pa.types.is_list(of) or pa.types.is_large_list(of):
        return [_items(v, of) for v in array]
    if pa.types.is_struct(of):
        fields = [_values(array.field(n)) for n in range(of.num_fields)]
        rows = zip(*fields, strict=True) if fields else [()] * len(array)
        names = [f.name for f in of]
        return [dict(zip(names, r, strict=True)) if ok else None for r, ok in zip(rows, _valid(array), strict=True)]
    return [_scalar(v) for v in array.to_pylist()]


def _valid(array: pa.Array) -> list[bool]:
    return [bool(v) for v in array.is_valid().to_pylist()]


def _items(value: Any, of: pa.DataType) -> Any:
    if not value.is_valid:
        return None
    items = _values(value.values)
    return {str(i["key"]): i["value"] for i in items} if pa.types.is_map(of) else items


def _instant(value: int, of: pa.TimestampType) -> str:
    micros = value // 1000 if of.unit == "ns" else value * _MICROS[of.unit]
    return iso(micros, utc=of.tz is not None)


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    if getattr(value, "as_tuple", None) and value == value.to_integral_value() and value.as_tuple().exponent == 0:
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def cell(value: object) -> str:
    """A cell that a spreadsheet would compute is quoted as text, whatever blanks stand before the sign."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in ("\t", "\r", "\n") or text.lstrip()[:1] in _SIGNS else text

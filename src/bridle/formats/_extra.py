"""The columns that no field of a record type maps, as one JSON object for each row: all rows at once.

The text is that of `table.unmapped`, to the byte. Whole numbers are written by Arrow; text and bytes once for each
value that differs; a column that is the same in all rows once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from json.encoder import encode_basestring
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import table
from bridle.formats._parts import Parts, merged
from bridle.formats.table import Plan

_Piece = Any
"""`"name": value`: an array of texts with one for each row, or one text for all rows."""


def extra(p: Plan, columns: Mapping[str, Parts], count: int) -> tuple[pa.Array, dict[int, dict[str, str]]]:
    """For each of `count` rows its JSON or none, and by row what is wrong with values of it, by name."""
    pieces: dict[str, _Piece] = {}
    wrong: dict[int, dict[str, str]] = {}
    for name, column in columns.items():
        if name.lower() not in p.mapped_lower and not column.is_empty:
            pieces[name] = _piece(p, name, column, wrong)
    return _objects([pieces[name] for name in sorted(pieces)], count), wrong


def _objects(pieces: list[_Piece], count: int) -> pa.Array:
    """The pieces of each row in braces. Arrow leaves out the rows of a join whose parts are all NULL: none is."""
    joined = list(_joined(pieces))
    if not joined:
        return pa.nulls(count, pa.string())
    if len(joined) == 1 and isinstance(joined[0], str):
        return pa.repeat(pa.scalar(f"{{{joined[0]}}}"), count)
    nothing = None
    if all(isinstance(piece, pa.Array) for piece in joined):
        nothing = reduce(pc.and_, [piece.is_null() for piece in joined])
        joined.append(pc.if_else(nothing, "", pa.scalar(None, pa.string())))
    inner = pc.binary_join_element_wise(*joined, ", ", null_handling="skip")
    objects = pc.binary_join_element_wise("{", inner, "}", "")
    return objects if nothing is None else pc.if_else(nothing, pa.scalar(None, pa.string()), objects)


def _joined(pieces: list[_Piece]) -> Iterator[_Piece]:
    """The pieces, those that are the same in all rows joined to what stands beside them."""
    same: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            same.append(piece)
            continue
        if same:
            yield ", ".join(same)
            same = []
        yield piece
    if same:
        yield ", ".join(same)


def _piece(p: Plan, name: str, column: Parts, wrong: dict[int, dict[str, str]]) -> _Piece:
    key = f"{json.dumps(name, ensure_ascii=False)}: "
    found = [_WRITTEN[array.type](array) for array in column.arrays]
    if len(found) == 1 and not column.odd and not isinstance(found[0], pa.Array):
        return f"{key}{found[0]}"
    written = [f if isinstance(f, pa.Array) else pa.repeat(pa.scalar(f), column.count) for f in found]
    pieces = [pc.binary_join_element_wise(key, w, "") for w in written]
    if column.odd:
        pieces.append(_odd(p, name, column, wrong))
    return merged(pieces)


def _odd(p: Plan, name: str, column: Parts, wrong: dict[int, dict[str, str]]) -> pa.Array:
    pieces: list[str | None] = [None] * column.count
    for i, value in column.odd.items():
        text, reasons = table.unmapped(p, {name: value})
        pieces[i] = None if text is None else text[1:-1]
        if reasons:
            wrong.setdefault(i, {}).update(reasons)
    return pa.array(pieces, pa.string())


def _integers(array: pa.Array) -> pa.Array | str:
    bounds = pc.min_max(array).as_py()
    if not array.null_count and bounds["min"] == bounds["max"]:
        return str(bounds["min"])
    return array.cast(pa.string())


def _reals(array: pa.Array) -> pa.Array | str:
    return pa.array([None if v is None else json.dumps(table.plain(v, [])) for v in array.to_pylist()], pa.string())


def _each(written: Callable[[Any], str]) -> Callable[[pa.Array], pa.Array | str]:
    """Write what differs once."""

    def write(array: pa.Array) -> pa.Array | str:
        codes = array.dictionary_encode()
        found = [written(v) for v in codes.dictionary.to_pylist()]
        if len(found) == 1 and not array.null_count:
            return found[0]
        return pa.array(found, pa.string()).take(codes.indices)

    return write


_WRITTEN: dict[pa.DataType, Callable[[pa.Array], pa.Array | str]] = {
    pa.int64(): _integers,
    pa.float64(): _reals,
    pa.string(): _each(encode_basestring),
    pa.binary(): _each(lambda value: f'"{value.hex()}"'),
}

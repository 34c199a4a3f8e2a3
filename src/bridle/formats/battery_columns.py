"""Many lines of a battery history at once, of its most common form: one thing that began, ended or happened.

          +8m10s322ms (2) 100 c0200040 +job=u0a12:"com.example/.Job"

Lines of other forms are for `battery_history`, which gives the same of each of these. Between two marks of the clock
the time of a line is a matter of its offset alone, so lines between such others can be read together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import Record, WallClock
from bridle.formats.android_pairs import uid_or_none, user_of
from bridle.formats.arrow import ArrowBlock, schema
from bridle.formats.battery_history import CHANGING, RUN, package_in
from bridle.formats.log_lines import filled

R = TypeVar("R", bound=Record)
LEAST = 64
"""Lines of the form, one after another, that are worth being read together."""
_SPAN = "".join(rf"(?:(?P<{unit}>\d{{1,3}}){unit})?" for unit in ("d", "h", "m", "s", "ms"))
_PLAIN = (
    rf"^ +\+{_SPAN} +\(\d{{1,9}}\) +(?P<level>\d{{3}})(?: +(?P<states>[0-9a-f]{{8,16}}))?"
    r" +(?P<event>[+-]?[a-z][A-Za-z0-9_.]*)=(?P<uid>-?[A-Za-z0-9_]{1,20}):\"(?P<name>[^\"]*)\"$"
)
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_EPOCH = WallClock(datetime(1970, 1, 1))  # noqa: DTZ001 - a wall clock has no zone
_YEARS = range(1900, 9000)


def runs(found: list[bytes], least: int = LEAST) -> list[tuple[int, int]]:
    """Where so many lines of the form stand one after another: the first, and the one behind the last."""
    coded = pc.run_end_encode(pc.match_substring_regex(pa.array(found, pa.binary()), _PLAIN))
    ends = coded.run_ends.to_pylist()
    each = zip([0, *ends], ends, coded.values.to_pylist(), strict=False)
    return [(start, end) for start, end, plain in each if plain and end - start >= least]


def block(record: type[R], first: int, found: list[bytes], mark: WallClock | None, since: int) -> ArrowBlock[R] | None:
    """Lines of the form as records of a change of the history, the first with its number; None where one is odd.

    `mark` is the time at the offset `since`, in milliseconds.
    """
    columns = _columns(found, mark, since)
    if columns is None:
        return None
    numbers = pa.arange(first, first + len(found)).cast(pa.string())
    columns["locator"] = pc.binary_join_element_wise("line ", numbers, ".1", "")
    of = schema(record)
    return ArrowBlock(record, pa.table([columns[n] for n in of.names], schema=of))


def _columns(found: list[bytes], mark: WallClock | None, since: int) -> dict[str, pa.Array] | None:
    if mark is not None and mark.year not in _YEARS:
        return None
    try:
        fields = pc.extract_regex(pa.array(found, pa.binary()).cast(pa.string()), _PLAIN)
    except pa.ArrowInvalid:
        return None
    of = {name: pc.struct_field(fields, name) for name in (*_UNITS, "level", "states", "event", "uid", "name")}
    offset = _offsets(of)
    events = of["event"].dictionary_encode()
    bare = [event.lstrip("+-") for event in events.dictionary.to_pylist()]
    if offset is None or not set(bare).isdisjoint(CHANGING):
        return None
    time = pa.nulls(len(found), pa.timestamp("us"))
    if mark is not None:
        start = (mark - _EPOCH) // timedelta(microseconds=1) - since * 1000
        time = pc.add(pc.multiply(offset, 1000), start).cast(pa.timestamp("us"))
    name = filled(of["name"])
    uid = _each(of["uid"], uid_or_none, pa.int64())
    return {
        "offset_ms": offset, "time": time, "level": of["level"].cast(pa.int64()), "event": of["event"], "uid": uid,
        "user": _each(uid, user_of, pa.int64()), "name": name, "package_name": _packages(events, bare, name),
        "process_name": _only(name, events, [b == "proc" for b in bare]),
        "changed_package": pa.nulls(len(found), pa.string()), "version": pa.nulls(len(found), pa.int64()),
    }  # fmt: skip


def _offsets(of: dict[str, pa.Array]) -> pa.Array | None:
    """The offsets in milliseconds, of their units; None where one has no unit at all."""
    said, offset = pa.scalar(False), pa.scalar(0)
    for unit, milliseconds in _UNITS.items():
        has = pc.greater(pc.binary_length(of[unit]), 0)
        said = pc.or_(said, has)
        offset = pc.add(offset, pc.multiply(pc.if_else(has, of[unit], "0").cast(pa.int64()), milliseconds))
    return offset if pc.all(said).as_py() else None


def _each(values: pa.Array, read: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """What is read of each value, once for those that are equal."""
    coded = values.dictionary_encode()
    return pa.array([read(v) for v in coded.dictionary.to_pylist()], kind).take(coded.indices)


def _only(names: pa.Array, events: pa.DictionaryArray, which: list[bool]) -> pa.Array:
    """The names of some events, and none of others."""
    if not any(which):
        return pa.nulls(len(names), pa.string())
    return pc.if_else(pa.array(which).take(events.indices), names, pa.scalar(None, pa.string()))


def _packages(events: pa.DictionaryArray, bare: list[str], names: pa.Array) -> pa.Array:
    """The packages in the names of events that say that something ran."""
    found = pa.nulls(len(names), pa.string())
    for kind in sorted(set(bare) & set(RUN)):
        of_kind = pa.array([b == kind for b in bare]).take(events.indices)
        these = names.filter(of_kind)
        packages = _each(these, lambda n, kind=kind: package_in(kind, n) if n else None, pa.string())  # type: ignore[misc]
        found = pc.replace_with_mask(found, of_kind, packages)
    return found

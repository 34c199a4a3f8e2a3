"""Rows that entries of a log tell of beside themselves: chosen by tag for all entries of a batch at once."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import Record
from bridle.formats import arrow, logcat
from bridle.formats.log_columns import TOLD, packages
from bridle.formats.log_events import STARTS, events, reader
from bridle.formats.log_lines import halves

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
_START = r"^Start proc (?P<pid>\d{1,10}):(?P<process>[^/ ]+)/(?P<user>[a-z0-9]+)$"
"""What stands before the first ` for `; the pattern is tried on that alone, for what follows is long."""
_Pieces = dict[str, list[tuple[pa.Array, pa.Table]]]
"""By the name of a record type: which entries of the batch, and what they tell, as columns."""


def rows(batch: logcat.Batch, types: Mapping[str, type[Record]]) -> Iterator[Any]:
    """The rows of a batch, of those types, by their names. What there may be many of comes as blocks."""
    columns = batch.columns
    tags = columns["tag"].dictionary_encode()
    names = [tag or "" for tag in tags.dictionary.to_pylist()]
    denials = pc.fill_null(pc.match_substring_regex(columns["message"], "avc:"), False)
    wanted = _wanted(columns["message"], tags.indices, names)
    if "ActivityManager" in names:
        found, taken = _starts(columns, pc.and_(wanted, _of(tags, names, "ActivityManager")), types["ProcessStart"])
        wanted = pc.and_(wanted, pc.invert(taken))
        denials = pc.and_(denials, pc.invert(taken))
        if found is not None:
            yield found
    pieces: _Pieces = defaultdict(list)
    for tag in TOLD.keys() & names:
        at = _told(columns, pc.and_(_of(tags, names, tag), pc.invert(denials)), tag, types, pieces)
        wanted = pc.and_(wanted, pc.invert(at))
    wanted = pc.or_(wanted, denials)
    if pc.any(wanted).as_py() or pieces:
        yield from _merged(_each(columns, wanted, types), pieces, types)


def _of(tags: pa.DictionaryArray, names: list[str], tag: str) -> pa.Array:
    """Which entries are of a tag."""
    return pc.fill_null(pc.equal(tags.indices, pa.scalar(names.index(tag), pa.int32())), False)


def _wanted(messages: pa.Array, codes: pa.Array, names: list[str]) -> pa.Array:
    """Which entries are of tags that are read."""
    read = pa.array([code for code, tag in enumerate(names) if reader(tag) is not None], pa.int32())
    wanted = pc.fill_null(pc.is_in(codes, value_set=read), False)
    for tag in STARTS.keys() & names:
        begun = functools.reduce(pc.or_, (pc.starts_with(messages, start) for start in STARTS[tag]))
        others = pc.not_equal(codes, pa.scalar(names.index(tag), pa.int32()))
        wanted = pc.and_(wanted, pc.or_(pc.fill_null(begun, False), pc.fill_null(others, True)))
    return wanted


def _told(
    columns: dict[str, pa.Array], of_tag: pa.Array, tag: str, types: Mapping[str, type[Record]], pieces: _Pieces
) -> pa.Array:
    """What entries of a tag tell as columns, into `pieces`, and which entries those are."""
    told = TOLD[tag]
    good = pc.match_substring_regex(columns["message"].filter(of_tag), told.pattern)
    of_tag = pc.replace_with_mask(of_tag, of_tag, pc.fill_null(good, False))
    at = pc.indices_nonzero(of_tag)
    if len(at):
        entry, time, time_utc, message = (columns[n].take(at) for n in ("locator", "time", "time_utc", "message"))
        made = {"locator": pc.binary_join_element_wise(entry, told.record, ":"), "entry": entry}
        made |= {"time": time, "time_utc": time_utc, **told.columns(message)}
        pieces[told.record].append((at, logcat.block(types[told.record], made).table))
    return of_tag


def _merged(
    each: Iterator[tuple[int, str, Record]], pieces: _Pieces, types: Mapping[str, type[Record]]
) -> Iterator[Record | arrow.ArrowBlock[Record]]:
    """Records as they come, but those of which there are columns with them, in the order of their entries."""
    beside: dict[str, list[tuple[int, Record]]] = defaultdict(list)
    for at, name, row in each:
        if name in pieces:
            beside[name].append((at, row))
        else:
            yield row
    for name, parts in pieces.items():
        if name in beside:
            places, records = zip(*beside[name], strict=True)
            parts.append((pa.array(places, pa.uint64()), arrow.table_of(types[name], records)))
        table = parts[0][1]
        if len(parts) > 1:
            order = pc.sort_indices(pa.concat_arrays([places for places, _ in parts]))
            table = pa.concat_tables([t for _, t in parts]).take(order)
        yield arrow.ArrowBlock(types[name], table)


def _each(
    columns: dict[str, pa.Array], wanted: pa.Array, types: Mapping[str, type[Record]]
) -> Iterator[tuple[int, str, Record]]:
    """Which entry tells, the name of the type, and the row, one by one."""
    at = pc.indices_nonzero(wanted)
    told = (columns[n].take(at).to_pylist() for n in ("locator", "tag", "message"))
    for place, where, tag, message, time in zip(at.to_pylist(), *told, _moments(columns, at), strict=True):
        for name, fields in events(tag or "", message or ""):
            yield place, name, types[name](locator=f"{where}:{name}", entry=where, **time, **fields)  # type: ignore[call-arg]


def _moments(columns: dict[str, pa.Array], at: pa.Array) -> list[dict[str, Any]]:
    """Times of the entries, as Python has them."""
    times = (columns[n].take(at).cast(pa.int64()).to_pylist() for n in ("time", "time_utc"))
    return [
        {
            "time": None if time is None else _NAIVE + timedelta(microseconds=time),
            "time_utc": None if instant is None else _EPOCH + timedelta(microseconds=instant),
        }
        for time, instant in zip(*times, strict=True)
    ]


def _starts(
    columns: dict[str, pa.Array], wanted: pa.Array, record: type[Record]
) -> tuple[arrow.ArrowBlock[Record] | None, pa.Array]:
    """`Start proc 3663:com.example/u0a12 for service {…}`, and which entries were of that form."""
    taken = pc.and_(wanted, pc.fill_null(pc.starts_with(columns["message"], "Start proc "), False))
    started, causes = halves(_where(columns["message"], taken), " for ")
    fields = pc.extract_regex(started, _START)
    good = pc.and_(fields.is_valid(), causes.is_valid())
    if not pc.all(good).as_py():
        taken, fields, causes = pc.replace_with_mask(taken, taken, good), fields.filter(good), causes.filter(good)
    if not len(fields):
        return None, taken
    cause, component = halves(causes, " ")
    process = pc.struct_field(fields, "process")
    entry, time, time_utc = (_where(columns[n], taken) for n in ("locator", "time", "time_utc"))
    made = {
        "locator": pc.binary_join_element_wise(entry, "ProcessStart", ":"), "entry": entry,
        "time": time, "time_utc": time_utc,
        "user": pa.nulls(len(entry), pa.int64()), "uid": logcat.uids(pc.struct_field(fields, "user")),
        "pid": pc.struct_field(fields, "pid").cast(pa.int64()), "process_name": process,
        "package_name": packages(process), "cause": cause, "component": component,
    }  # fmt: skip
    return logcat.block(record, made), taken


def _where(of: pa.Array, chosen: pa.Array) -> pa.Array:
    """What stands where it is chosen; the array itself where all is."""
    return of if pc.all(chosen).as_py() else of.filter(chosen)

"""Rows that entries of a log tell of beside themselves: chosen by tag for all entries of a batch at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import Record
from bridle.formats import arrow, logcat
from bridle.formats.log_events import events, package_of, reader
from bridle.formats.log_lines import halves

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
_START = r"^Start proc (?P<pid>\d{1,10}):(?P<process>[^/ ]+)/(?P<user>[a-z0-9]+) for (?P<cause>.*)$"


def rows(batch: logcat.Batch, types: Mapping[str, type[Record]]) -> Iterator[Any]:
    """The rows of a batch, of those types, by their names. Starts of processes come as a block: there may be many."""
    columns = batch.columns
    tags = columns["tag"].dictionary_encode()
    names = [tag or "" for tag in tags.dictionary.to_pylist()]
    read = pa.array([code for code, tag in enumerate(names) if reader(tag) is not None], pa.int32())
    wanted = pc.or_(pc.is_in(tags.indices, value_set=read), pc.match_substring(columns["message"], "avc:"))
    wanted = pc.fill_null(wanted, False)
    if "ActivityManager" in names:
        code = pa.scalar(names.index("ActivityManager"), pa.int32())
        starts = pc.and_(pc.equal(tags.indices, code), pc.starts_with(columns["message"], "Start proc "))
        found, taken = _starts(columns, pc.fill_null(starts, False), types["ProcessStart"])
        wanted = pc.and_(wanted, pc.invert(taken))
        if found is not None:
            yield found
    if pc.any(wanted).as_py():
        told = {n: columns[n].filter(wanted).to_pylist() for n in ("locator", "tag", "message")}
        yield from _each(told, _moments(columns, wanted), types)


def _moments(columns: dict[str, pa.Array], wanted: pa.Array) -> list[dict[str, Any]]:
    """Times of the entries, as Python has them."""
    times = (columns[n].filter(wanted).cast(pa.int64()).to_pylist() for n in ("time", "time_utc"))
    return [
        {
            "time": None if time is None else _NAIVE + timedelta(microseconds=time),
            "time_utc": None if instant is None else _EPOCH + timedelta(microseconds=instant),
        }
        for time, instant in zip(*times, strict=True)
    ]


def _each(
    told: dict[str, list[Any]], times: list[dict[str, Any]], types: Mapping[str, type[Record]]
) -> Iterator[Record]:
    for at, tag, message, time in zip(told["locator"], told["tag"], told["message"], times, strict=True):
        for name, fields in events(tag or "", message or ""):
            yield types[name](locator=f"{at}:{name}", entry=at, **time, **fields)  # type: ignore[call-arg]


def _starts(
    columns: dict[str, pa.Array], wanted: pa.Array, record: type[Record]
) -> tuple[arrow.ArrowBlock[Record] | None, pa.Array]:
    """`Start proc 3663:com.example/u0a12 for service {…}`, and which entries were of that form."""
    fields = pc.extract_regex(columns["message"], _START)
    good = pc.and_(wanted, pc.is_valid(fields))
    if not pc.any(good).as_py():
        return None, good
    fields = fields.filter(good)
    cause, component = halves(pc.struct_field(fields, "cause"), " ")
    process = pc.struct_field(fields, "process")
    at = columns["locator"].filter(good)
    made = {
        "locator": pc.binary_join_element_wise(at, "ProcessStart", ":"), "entry": at,
        "time": columns["time"].filter(good), "time_utc": columns["time_utc"].filter(good),
        "user": pa.nulls(len(at), pa.int64()), "uid": logcat.uids(pc.struct_field(fields, "user")),
        "pid": pc.struct_field(fields, "pid").cast(pa.int64()), "process_name": process,
        "package_name": _packages(process), "cause": cause, "component": component,
    }  # fmt: skip
    return logcat.block(record, made), good


def _packages(processes: pa.Array) -> pa.Array:
    coded = processes.dictionary_encode()
    return pa.array([package_of(p) for p in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)

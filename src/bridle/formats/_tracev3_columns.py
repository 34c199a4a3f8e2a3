"""Records of a tracev3 file as Arrow columns: computed for all records of a layout at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats._tracev3_catalog import Process
from bridle.formats._tracev3_layout import (
    CACHE,
    KINDS,
    LARGE_CACHE,
    LOSS,
    MAIN,
    level,
    levels,
)
from bridle.formats._tracev3_records import PLACE, Chunk, Dump, Gathered, Group
from bridle.formats.timesync import Clock, uuid_text

_48_BITS = 2**48 - 1
_31_BITS = 2**31 - 1
_63_BITS = 2**63 - 1


class Owners:
    """What the chunks of the records say of them, as columns by the number of the chunk."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        numbers: dict[int, int] = {}
        self.processes: list[Process | None] = []
        indexes = []
        for c in chunks:
            if id(c.process) not in numbers:
                numbers[id(c.process)] = len(self.processes)
                self.processes.append(c.process)
            indexes.append(numbers[id(c.process)])
        self.process = pa.array(indexes, pa.int32())
        self.prefix = pa.array([c.prefix for c in chunks], pa.string())
        self.base = pa.array([c.base for c in chunks], pa.int64())
        self.pids = self._of(lambda p: p.pid, pa.int64())
        self.uuids = self._of(lambda p: p.uuid, pa.string())
        self.caches = self._of(lambda p: p.cache, pa.string())

        self._names: dict[int, tuple[str | None, str | None]] = {}

    def name(self, key: int) -> tuple[str | None, str | None]:
        """Subsystem and category of a number of a process; both are in the key."""
        if key not in self._names:
            p = self.processes[key >> 16]
            self._names[key] = (None, None) if p is None else p.name(key & 0xFFFF)
        return self._names[key]

    def _of(self, get: Callable[[Process], Any], of: pa.DataType) -> pa.Array:
        return pa.array([None if p is None else get(p) for p in self.processes], of)


def group_columns(group: Group, owners: Owners, clock: Clock | None, boot: str | None) -> dict[str, pa.Array]:
    """The columns of the records of a layout, and `place`, which orders them and finds them again."""
    count, of = len(group.places), group.layout
    places = pa.array(group.places, pa.int64())
    chunk = pc.shift_right(places, pa.scalar(32, pa.int64()))
    process = owners.process.take(chunk)
    keys, formats, threads, lasts = (pa.array(group.head(n), pa.int64()) for n in range(4))
    delta = pc.bit_wise_and(lasts, pa.scalar(_48_BITS, pa.int64()))
    ticks = pc.add(owners.base.take(chunk), delta)
    codes = pc.bit_wise_and(pc.shift_right(keys, pa.scalar(8, pa.int64())), pa.scalar(255, pa.int64()))
    made = {
        "place": places,
        "locator": _locators(owners.prefix.take(chunk), places),
        "kind": _constant(KINDS[of.kind], count),
        "level": pa.array(levels(of.kind), pa.string()).take(codes) if of.kind != LOSS else _nothing(count),
        "pid": owners.pids.take(process),
        "process_uuid": owners.uuids.take(process),
        "thread_id": threads,
        "continuous_time": ticks,
        "activity_id": _activities(group),
        "lost": pa.nulls(count, pa.int64()) if (lost := group.body("lost")) is None else pa.array(lost, pa.int64()),
    }
    made["subsystem"], made["category"] = _names(process, group.body("subsystem"), owners, count)
    made |= _strings(group, formats, process, owners)
    return made | _times(ticks, clock, boot, count)


def dump_columns(dumps: Sequence[Dump], owners: Owners, clock: Clock | None, boot: str | None) -> dict[str, pa.Array]:
    """The columns of records that have chunks of their own."""
    count = len(dumps)
    places = pa.array([d.chunk * PLACE + d.at for d in dumps], pa.int64())
    chunk = pa.array([d.chunk for d in dumps], pa.int64())
    process = owners.process.take(chunk)
    ticks = pa.array([d.ticks for d in dumps], pa.int64())
    made = {
        "place": places,
        "locator": _locators(owners.prefix.take(chunk), places),
        "kind": pa.array([d.kind for d in dumps], pa.string()),
        "level": pa.array([None if d.level is None else level(4, d.level) for d in dumps], pa.string()),
        "pid": owners.pids.take(process),
        "process_uuid": owners.uuids.take(process),
        "thread_id": pa.array([d.thread for d in dumps], pa.int64()),
        "continuous_time": ticks,
        "activity_id": pa.array([None if not d.activity else d.activity & _63_BITS for d in dumps], pa.int64()),
        "subsystem": pa.array([d.subsystem for d in dumps], pa.string()),
        "category": _nothing(count),
        "strings_uuid": pa.array([d.sender for d in dumps], pa.string()),
        "format_offset": pa.array([d.offset for d in dumps], pa.int64()),
        "dynamic": pa.nulls(count, pa.bool_()),
        "lost": pa.nulls(count, pa.int64()),
    }
    return made | _times(ticks, clock, boot, count)


def _locators(prefixes: pa.Array, places: pa.Array) -> pa.Array:
    within = pc.bit_wise_and(places, pa.scalar(PLACE - 1, pa.int64())).cast(pa.string())
    return pc.binary_join_element_wise(prefixes, within, "")


def _nothing(count: int) -> pa.Array:
    return pa.nulls(count, pa.string())


def _constant(text: str | None, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _times(ticks: pa.Array, clock: Clock | None, boot: str | None, count: int) -> dict[str, pa.Array]:
    if clock is None:
        time, source = pa.nulls(count, pa.timestamp("us", tz="UTC")), _nothing(count)
    else:
        time, source = clock.column(ticks), _constant(clock.source, count)
    return {"time": time, "time_from": source, "boot_uuid": _constant(boot, count)}


def _activities(group: Group) -> pa.Array:
    """The activity a record belongs to, or makes; its highest bit is a flag, and 0 is none."""
    found = group.body("new") or group.body("current")
    if found is None:
        return pa.nulls(len(group.places), pa.int64())
    bare = pc.bit_wise_and(pa.array(found, pa.int64()), pa.scalar(_63_BITS, pa.int64()))
    return pc.if_else(pc.equal(bare, pa.scalar(0, pa.int64())), pa.scalar(None, pa.int64()), bare)


def _names(process: pa.Array, numbers: list[int] | None, owners: Owners, count: int) -> tuple[pa.Array, pa.Array]:
    """Subsystem and category of each record; only what is used is looked up."""
    if numbers is None:
        return _nothing(count), _nothing(count)
    keys = pc.add(pc.shift_left(process.cast(pa.int64()), pa.scalar(16, pa.int64())), pa.array(numbers, pa.int64()))
    encoded = keys.dictionary_encode()
    found = [owners.name(key) for key in encoded.dictionary.to_pylist()]
    subsystems, categories = (pa.array(c, pa.string()).take(encoded.indices) for c in zip(*found, strict=True))
    return subsystems, categories


def _strings(group: Group, formats: pa.Array, process: pa.Array, owners: Owners) -> dict[str, pa.Array]:
    """Whose strings hold the format, and where; the highest of 32 bits says that the format is `%s`."""
    if group.layout.kind == LOSS or not group.layout.strings:
        count = len(group.places)
        return {
            "strings_uuid": _nothing(count),
            "format_offset": pa.nulls(count, pa.int64()),
            "dynamic": pa.nulls(count, pa.bool_()),
        }
    low = pc.bit_wise_and(formats, pa.scalar(_31_BITS, pa.int64()))
    dynamic = pc.greater(formats, pa.scalar(_31_BITS, pa.int64()))
    large = group.body("cache") or group.body("large")
    if large is not None:
        high = pa.array(large, pa.int64())
        low = pc.add(low, pc.shift_left(high, pa.scalar(31, pa.int64())))
        dynamic = pc.and_(dynamic, pc.equal(high, pa.scalar(0, pa.int64())))
    return {
        "strings_uuid": _holders(group, process, owners),
        "format_offset": low,
        "dynamic": dynamic,
    }


def _holders(group: Group, process: pa.Array, owners: Owners) -> pa.Array:
    strings = group.layout.strings
    if strings == MAIN:
        return owners.uuids.take(process)
    if strings in (CACHE, LARGE_CACHE):
        return owners.caches.take(process)
    images, high = group.body("image"), group.body("high")
    if images is not None:
        known = {raw: uuid_text(raw) for raw in set(images)}
        return pa.array([known[raw] for raw in images], pa.string())
    if high is not None:
        addresses = zip(process.to_pylist(), group.body("address") or (), high, strict=True)
        return pa.array(list(_loaded(addresses, owners.processes)), pa.string())
    return _nothing(len(group.places))


def _loaded(addresses: Iterable[tuple[int, int, int]], processes: Sequence[Process | None]) -> Iterator[str | None]:
    """The image that is loaded where each record was sent from: number of a process, low and high part of a place."""
    seen: dict[tuple[int, int], str | None] = {}
    for index, low, high in addresses:
        key = index, high << 32 | low
        if key not in seen:
            p = processes[index]
            seen[key] = None if p is None else p.image_at(key[1])[0]
        yield seen[key]


def in_order(parts: Sequence[dict[str, pa.Array]], names: Sequence[str]) -> pa.Table:
    """The columns as one table in the order of the file. Raises KeyError for a column that is not one of a record."""
    whole = {name: pa.chunked_array([p[name] for p in parts]) for name in ("place", *names)}
    order = pc.sort_indices(whole["place"])
    return pa.table({name: whole[name].combine_chunks().take(order) for name in names})


def columns(gathered: Gathered, clock: Clock | None, boot: str | None) -> list[dict[str, pa.Array]]:
    """The columns of each group of records, and of those with chunks of their own."""
    owners = Owners(gathered.chunks)
    groups = (g for g in gathered.groups.values() if g.places)
    made = [group_columns(g, owners, clock, boot) for g in groups]
    return made + ([dump_columns(gathered.dumps, owners, clock, boot)] if gathered.dumps else [])

"""The records within the chunks of a tracev3 file, gathered by layout so that they become columns at once."""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from bridle.classes import dataclass
from bridle.formats._tracev3_catalog import Process
from bridle.formats._tracev3_chunkset import FIREHOSE, OVERSIZE, STATE, Damage, chunks
from bridle.formats._tracev3_layout import HEAD, Layout, layout
from bridle.formats.timesync import TICKS, uuid_text

_FIREHOSE = struct.Struct("<QIBBHHHHBBQ")
_OVERSIZE = struct.Struct("<QIIQIHH")
_STATE = struct.Struct("<QIIQq16sII64s64s64s")
_SIMPLE = struct.Struct("<QIBBHQqQ16s16sIII")
_VIRTUAL = 4096
_KEPT_BYTES, _KEPT = 16 << 20, 4096
"""Of the arguments that are kept by themselves: bytes and number of the last ones."""
_LAYOUTS = 512
"""Of records that wait; a log has some dozens in all, and each of them takes its time."""
PLACE = 2**32
"""A record's place is the number of its chunk times this, and its place in the unpacked chunkset."""

Oversize = tuple[int, int, int]


@dataclass(frozen=True)
class Chunk:
    """A chunk that has records."""

    prefix: str
    """What the locators of its records begin with."""
    content: bytes = field(repr=False)
    start: int
    end: int
    process: Process | None
    ids: tuple[int, int]
    base: int
    private: bytes = field(default=b"", repr=False)
    virtual: int = _VIRTUAL
    marked: bool = False


@dataclass(frozen=True)
class Dump:
    """A statedump or a simpledump: a record with a chunk of its own."""

    kind: str
    chunk: int
    at: int
    ticks: int
    level: int | None
    thread: int | None
    activity: int | None
    sender: str | None
    offset: int | None
    subsystem: str | None
    text: str | None
    """A simpledump's message, a statedump's title."""


@dataclass
class Kept:
    """Arguments that have a chunk of their own."""

    chunk: int
    """The first chunk of records after it."""
    shown: bytes
    hidden: bytes
    place: str
    marked: bool
    told: bool = False
    """Whether there was a message of them."""


@dataclass
class Group:
    """Records of one layout, in their order.

    Values stand one after the other, not in tuples: so many of those would be a burden for the garbage collector.
    """

    layout: Layout
    heads: list[int] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def head(self, number: int) -> list[int]:
        """A column of the heads."""
        return self.heads[number::4]

    def body(self, name: str) -> list[Any] | None:
        """A column of the bodies; None where records of this layout do not have it."""
        fields = self.layout.fields
        return self.bodies[fields.index(name) :: len(fields)] if name in fields else None

    def size(self, row: int) -> int:
        """Bytes after the head of a record."""
        return self.heads[row * 4 + 3] >> 48 & 0xFFFF

    def value(self, row: int, name: str) -> Any:
        """A value of the body of a record."""
        return self.bodies[row * len(self.layout.fields) + self.layout.fields.index(name)]


class Gathered:
    """Records that wait to become columns."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.groups: dict[Layout, Group] = {}
        self.dumps: list[Dump] = []
        self.kept: dict[Oversize, list[Kept]] = {}
        """Arguments kept by themselves: one of each, and more only if a number comes twice."""
        self.lost: list[str] = []
        """Where some were in which something is, and that had to be forgotten without a message."""
        self.bytes = 0
        """Of the chunksets whose records wait."""
        self._by_key: dict[int, tuple[Any, ...]] = {}
        self._size = self._count = 0

    def __len__(self) -> int:
        return sum(len(g.places) for g in self.groups.values()) + len(self.dumps)

    def clear(self) -> None:
        """Forget the records; arguments that are kept by themselves stay, later records may refer to them."""
        self.chunks, self.groups, self.dumps, self._by_key, self.bytes = [], {}, [], {}, 0
        for key, found in list(self.kept.items()):
            if len(found) > 1:
                self._forget(key, 1)
            self.kept[key][0].chunk = 0

    def add(
        self, content: bytes, offset: int, processes: Mapping[tuple[int, int], Process], marks: list[int]
    ) -> Iterator[tuple[str, str]]:
        """Take the records of a chunkset; gives the places of what could not be read, and why.

        `marks` are places in it, in their order, where something was found that is looked for.
        """
        self.bytes += len(content)
        for found in chunks(content):
            if isinstance(found, Damage):
                yield f"offset {offset}/{found.at}", found.reason
                continue
            tag, start, end = found
            following = bisect_left(marks, start)
            marked = following < len(marks) and marks[following] < end
            if tag == FIREHOSE:
                damage = self._firehose(content, offset, start, end, processes, marked)
            elif tag == OVERSIZE:
                damage = self._oversize(content, offset, start, end, marked)
            else:
                damage = self._dump(tag, content, offset, start, end, processes, marked)
            if damage is not None:
                yield f"offset {offset}/{damage[0]}", damage[1]

    def _firehose(
        self, content: bytes, offset: int, start: int, end: int,
        processes: Mapping[tuple[int, int], Process], marked: bool,
    ) -> tuple[int, str] | None:  # fmt: skip
        if end - start < _FIREHOSE.size:
            return start - 16, f"expected a chunk of records, got {end - start} bytes"
        first, second, _, _, _, public, virtual, _, _, _, base = _FIREHOSE.unpack_from(content, start)
        if base >= TICKS:
            return start - 16, f"expected a continuous time, got {base}; {end - start} bytes of records are not read"
        stop = min(end, start + 16 + max(public, 16))
        kept = content[max(stop, end - (_VIRTUAL - virtual)) : end] if virtual < _VIRTUAL else b""
        process = processes.get((first, second))
        self.chunks.append(
            Chunk(f"offset {offset}/", content, start, end, process, (first, second), base, kept, virtual, marked)
        )
        at = self._records(content, start + 32, stop, start)
        if at is None:
            return None
        return at, f"expected a record, got {content[at : at + 8].hex()}; {stop - at} bytes of records are not read"

    def _records(self, content: bytes, at: int, stop: int, start: int) -> int | None:
        """Take the records of a chunk; where the first one is that cannot be read, if any is."""
        unpack, groups, chunk = HEAD.unpack_from, self._by_key, (len(self.chunks) - 1) * PLACE
        end = at
        while at + 24 <= stop:
            head = unpack(content, at)
            key = head[0]
            if not key & 0xFF:
                if end != at and any(content[end:at]):
                    at = end
                    continue
                return None
            group = groups.get(key) or self._group(key)
            end = at + 24 + (head[3] >> 48 & 0xFFFF)
            if group is None or end > stop or at + 24 + group[0] > end:
                return at
            _, body, heads, bodies, places = group
            heads(head)
            bodies(body(content, at + 24))
            places(chunk + at)
            at = end + (start - end & 7)
        return None

    def _group(self, key: int) -> tuple[Any, ...] | None:
        """Least bytes of the body and what takes a record: kept by the first 32 bits, so that each is one look-up."""
        found = layout(key)
        if found is None or (found not in self.groups and len(self.groups) >= _LAYOUTS):
            return None
        g = self.groups.setdefault(found, Group(found))
        made = found.body.size, found.body.unpack_from, g.heads.extend, g.bodies.extend, g.places.append
        self._by_key[key] = made
        return made

    def _oversize(self, content: bytes, offset: int, start: int, end: int, marked: bool) -> tuple[int, str] | None:
        if end - start < _OVERSIZE.size:
            return start - 16, f"expected arguments, got {end - start} bytes"
        first, second, _, _, reference, public, private = _OVERSIZE.unpack_from(content, start)
        at = start + _OVERSIZE.size
        key = first, second, reference & 0xFFFF
        shown, hidden = content[at : min(at + public, end)], content[at + public : min(at + public + private, end)]
        made = Kept(len(self.chunks), shown, hidden, f"offset {offset}/{start}", marked)
        self.kept.setdefault(key, []).append(made)
        self._size, self._count = self._size + len(shown) + len(hidden), self._count + 1
        while self._size > _KEPT_BYTES or self._count > _KEPT:
            self._forget(next(iter(self.kept)), 0)
        return None

    def _forget(self, key: Oversize, leave: int) -> None:
        """Forget arguments, but for so many of the last ones under this number."""
        found = self.kept.pop(key)
        self._count -= len(found) - leave
        for k in found[: len(found) - leave]:
            self._size -= len(k.shown) + len(k.hidden)
            self.lost += [k.place] if k.marked and not k.told else []
        if leave:
            self.kept[key] = found[-leave:]

    def arguments(self, chunk: int, number: int) -> Kept | None:
        """The arguments a record in this chunk refers to: those before it, else those that come after."""
        found = self.kept.get((*self.chunks[chunk].ids, number), [])
        return found[max(bisect_right(found, chunk, key=lambda k: k.chunk) - 1, 0)] if found else None

    def untold(self) -> list[str]:
        """Where arguments are that are looked for and that no record was found for."""
        return self.lost + [k.place for found in self.kept.values() for k in found if k.marked and not k.told]

    def _dump(
        self, tag: int, content: bytes, offset: int, start: int, end: int,
        processes: Mapping[tuple[int, int], Process], marked: bool,
    ) -> tuple[int, str] | None:  # fmt: skip
        shape = _STATE if tag == STATE else _SIMPLE
        if end - start < shape.size:
            return start - 16, f"expected {shape.size} bytes or more, got {end - start}"
        values = shape.unpack_from(content, start)
        ids, ticks = (values[0], values[1]), values[3] if tag == STATE else values[5]
        if ticks >= TICKS:
            return start - 16, f"expected a continuous time, got {ticks}"
        self.chunks.append(Chunk(f"offset {offset}/", content, start, end, processes.get(ids), ids, 0, marked=marked))
        make = _state if tag == STATE else _simple
        self.dumps.append(make(len(self.chunks) - 1, content, start, end, values))
        return None


def _state(chunk: int, content: bytes, start: int, end: int, values: tuple[Any, ...]) -> Dump:  # noqa: ARG001 - as _simple
    _, _, _, ticks, activity, sender, _, _, _, _, name = values
    return Dump(
        "statedump", chunk, start, ticks, None, None, activity, uuid_text(sender), None, None, _terminated(name)
    )


def _simple(chunk: int, content: bytes, start: int, end: int, values: tuple[Any, ...]) -> Dump:
    _, _, _, level, _, ticks, thread, offset, sender, _, _, subsystem, text = values
    at = start + _SIMPLE.size
    middle = min(at + subsystem, end)
    return Dump(
        "simpledump", chunk, start, ticks, level, thread, None, uuid_text(sender), offset if offset < TICKS else None,
        _terminated(content[at:middle]), _terminated(content[middle : min(middle + text, end)]),
    )  # fmt: skip


def _terminated(raw: bytes) -> str | None:
    return raw[: 16 << 10].split(b"\0", 1)[0].decode("utf-8", "backslashreplace") or None

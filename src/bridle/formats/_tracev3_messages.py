"""Records of a tracev3 file as the messages they stand for: only those that are looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.formats import os_log
from bridle.formats._tracev3_catalog import Process
from bridle.formats._tracev3_items import Item, items
from bridle.formats._tracev3_layout import BACKTRACE, CACHE, LARGE_CACHE, LOG, SIGNPOST, Layout
from bridle.formats._tracev3_records import PLACE, Chunk, Dump, Gathered, Group
from bridle.formats.uuidtext import Library

_VERDICTS = 1 << 17


@dataclass
class Search:
    """What is looked for: marks in formats and arguments, and all that some processes say."""

    marks: tuple[str, ...]
    process: Callable[[str], bool]
    """Whether all messages of a process with this path are wanted."""
    library: Library
    verdicts: dict[tuple[str, bool, int], bool] = field(default_factory=dict)

    def found_in(self, *texts: str | None) -> tuple[str, ...]:
        """The marks that are in any of the texts."""
        return tuple(m for m in self.marks if any(t is not None and m in t for t in texts))

    def wants(self, uuid: str, cache: bool, offset: int) -> bool:
        """Whether the format string at this place has a mark."""
        key = uuid, cache, offset
        found = self.verdicts.get(key)
        if found is None:
            if len(self.verdicts) >= _VERDICTS:
                self.verdicts.clear()
            text = self.library.text(*key)
            found = self.verdicts[key] = text is not None and bool(self.found_in(text))
        return found

    def wants_all(self, process: Process | None) -> bool:
        """Whether all messages of a process are wanted."""
        path = None if process is None else self.library.path(process.uuid)
        return path is not None and self.process(path)


@dataclass(frozen=True)
class Message:
    """A record with its format and its arguments."""

    place: int
    row: int
    """Of its part of the columns."""
    part: int
    format: str | None
    text: str | None
    arguments: tuple[str, ...]
    image: str | None
    """Path of the image whose strings hold the format."""
    marks: tuple[str, ...]
    whole: bool
    """Whether its process is one of which all messages are wanted."""


def messages(gathered: Gathered, parts: Sequence[dict[str, pa.Array]], search: Search) -> Iterator[Message]:
    """The messages that are looked for. `parts` are the columns of the gathered records."""
    whole = {i for i, c in enumerate(gathered.chunks) if search.wants_all(c.process)}
    marked = {i for i, c in enumerate(gathered.chunks) if c.marked}
    groups = [g for g in gathered.groups.values() if g.places]
    for number, (group, part) in enumerate(zip(groups, parts, strict=False)):
        for row in _picked(gathered, group, part, whole | marked, search):
            yield from _message(gathered, group, part, number, row, whole, search)
    for row, dump in enumerate(gathered.dumps):
        if dump.chunk in whole or dump.chunk in marked:
            found = _dumped(gathered.chunks[dump.chunk], dump, search)
            if found or dump.chunk in whole:
                place = dump.chunk * PLACE + dump.at
                yield Message(place, row, len(groups), None, dump.text, (), None, found, dump.chunk in whole)


def _dumped(chunk: Chunk, dump: Dump, search: Search) -> tuple[str, ...]:
    """The marks in a record with a chunk of its own, wherever in it they are."""
    return tuple(m for m in search.marks if chunk.content.find(m.encode(), dump.at, chunk.end) >= 0)


def _picked(
    gathered: Gathered, group: Group, part: dict[str, pa.Array], chunks: set[int], search: Search
) -> Sequence[int]:
    """The rows of a group that may be wanted."""
    found: set[int] = set()
    if chunks:
        owner = pc.shift_right(part["place"], pa.scalar(32, pa.int64()))
        found |= _rows(pc.is_in(owner, value_set=pa.array(sorted(chunks), pa.int64())))
    for row, (place, number) in enumerate(zip(group.places, group.body("reference") or (), strict=False)):
        kept = gathered.arguments(place // PLACE, number)
        if kept is not None and kept.marked:
            found.add(row)
    return sorted(found | _by_format(group.layout, part, search))


def _rows(mask: pa.Array) -> set[int]:
    return set(pc.indices_nonzero(mask).to_pylist())


def _by_format(of: Layout, part: dict[str, pa.Array], search: Search) -> set[int]:
    """The rows whose format string has a mark; each string is looked at once."""
    holders = part["strings_uuid"].dictionary_encode()
    if not len(holders.dictionary):
        return set()
    known = holders.dictionary.to_pylist()
    keys = pc.add(pc.shift_left(holders.indices.cast(pa.int64()), pa.scalar(48, pa.int64())), part["format_offset"])
    keys = pc.if_else(part["dynamic"], pa.scalar(None, pa.int64()), keys)
    cache = of.strings in (CACHE, LARGE_CACHE)
    distinct = [k for k in pc.unique(keys).to_pylist() if k is not None and k >> 48 < len(known)]
    wanted = [k for k in distinct if search.wants(known[k >> 48], cache, k & (2**48 - 1))]
    return _rows(pc.is_in(keys, value_set=pa.array(wanted, pa.int64()))) if wanted else set()


def _message(
    gathered: Gathered, group: Group, part: dict[str, pa.Array], number: int, row: int, whole: set[int], search: Search
) -> Iterator[Message]:
    """The message of a row, if it is one that is looked for."""
    place, of = group.places[row], group.layout
    uuid, offset = part["strings_uuid"][row].as_py(), part["format_offset"][row].as_py()
    cache = of.strings in (CACHE, LARGE_CACHE)
    dynamic = bool(part["dynamic"][row].as_py())
    form = "%s" if dynamic else None if uuid is None else search.library.text(uuid, cache, offset)
    found = _items(gathered, group, row) if of.kind in (LOG, SIGNPOST) else []
    rendered = form is not None and of.kind in (LOG, SIGNPOST)
    text, arguments = os_log.render(form or "", found) if rendered else (form, os_log.arguments(found))
    marks = search.found_in(form, text, *arguments)
    kept = gathered.arguments(place // PLACE, group.value(row, "reference")) if of.has("reference") else None
    if marks and kept is not None:
        kept.told = True
    if marks or place // PLACE in whole:
        image = None if uuid is None or (dynamic and cache) else _image(search.library, uuid, cache, offset)
        yield Message(place, row, number, form, text, tuple(arguments), image, marks, place // PLACE in whole)


def _image(library: Library, uuid: str, cache: bool, offset: int) -> str | None:
    if not cache:
        return library.path(uuid)
    strings = library.strings(uuid, True)
    found = None if strings is None else strings.image_of(offset)
    return None if found is None else found.path


def _items(gathered: Gathered, group: Group, row: int) -> list[Item]:
    """The arguments of a record, which may be kept in a chunk of their own."""
    chunk, at, of = gathered.chunks[group.places[row] // PLACE], group.places[row] % PLACE, group.layout
    if of.has("reference"):
        kept = gathered.arguments(group.places[row] // PLACE, group.value(row, "reference"))
        raw, private = (b"", b"") if kept is None else (kept.shown, kept.hidden)
    else:
        raw, private = chunk.content[at + 24 + of.body.size : at + 24 + group.size(row)], b""
        if of.has("private"):
            size, start = divmod(group.value(row, "private"), 1 << 16)
            start -= chunk.virtual
            private = chunk.private[start : start + size] if start >= 0 else b""
    return items(raw, private, bool(of.flags & BACKTRACE))

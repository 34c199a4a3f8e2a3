"""The header and the catalogs of a tracev3 file: when and on what it was written, and by which processes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import FormatError, Utc
from bridle.formats.timesync import TICKS, Clock, uuid_text
from bridle.formats.values import unix_nanoseconds

_HEADER = struct.Struct("<IIQqIiII")
_CONTINUOUS, _SYSTEM, _GENERATION, _ZONE = 0x6100, 0x6101, 0x6102, 0x6103
_CATALOG = struct.Struct("<HHHHH6xQ")
_PROCESS = struct.Struct("<HHHHQIIIIII")
_IMAGE = struct.Struct("<IIHIH")
_SUBSYSTEM = struct.Struct("<HHH")
_PART = struct.Struct("<QQIII")
_NONE = 0xFFFF
_LAST = 253_402_300_800
"""Seconds from 1970 to the year 10000."""
_NAME = 1024
"""The longest name of a subsystem or a category that is read."""


@dataclass(frozen=True)
class Header:
    """The header of a file."""

    offset: int
    numerator: int
    denominator: int
    """Ticks of the continuous time times numerator over denominator are nanoseconds."""
    start: int
    """Continuous time, in ticks since the boot, at `wall`."""
    wall: int | None
    """Nanoseconds since 1970."""
    minutes_west: int
    boot: str | None
    build: str | None
    model: str | None
    zone: str | None

    @property
    def time(self) -> Utc | None:
        """When the file was begun."""
        return None if self.wall is None else unix_nanoseconds(self.wall)

    def clock(self) -> Clock | None:
        """The times of the boot by this header alone. None where it does not say."""
        if self.wall is None or not self.numerator or not self.denominator or self.start >= TICKS:
            return None
        return Clock(self.numerator, self.denominator, [self.start], [self.wall], "header")


def header(content: bytes, offset: int) -> Header:
    """The header. Raises FormatError."""
    if len(content) < _HEADER.size:
        raise FormatError(f"header: expected {_HEADER.size} bytes or more, got {len(content)}")
    numerator, denominator, start, seconds, micro, west, _, _ = _HEADER.unpack_from(content)
    parts = dict(_parts(content, _HEADER.size))
    start = start or int.from_bytes(parts.get(_CONTINUOUS, b"")[:8], "little")
    system, generation = parts.get(_SYSTEM, b""), parts.get(_GENERATION, b"")
    known = 0 < seconds < _LAST and micro < 10**6
    return Header(
        offset=offset,
        numerator=numerator,
        denominator=denominator,
        start=start,
        wall=seconds * 10**9 + micro * 1000 if known else None,
        minutes_west=west,
        boot=uuid_text(generation[:16]) if len(generation) >= 16 else None,
        build=_terminated(system[8:24]),
        model=_terminated(system[24:56]),
        zone=_terminated(parts.get(_ZONE, b"")),
    )


def _parts(content: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 8 <= len(content):
        tag, size = struct.unpack_from("<II", content, at)
        yield tag, content[at + 8 : at + 8 + size]
        at += 8 + size


def _terminated(raw: bytes) -> str | None:
    """Text to its first NUL; None for none."""
    return raw.split(b"\0", 1)[0].decode("utf-8", "backslashreplace") or None


@dataclass(frozen=True)
class Process:
    """A process in a catalog."""

    number: int
    uuid: str | None
    """Of its executable."""
    cache: str | None
    """UUID of the shared cache it has mapped."""
    first: int
    second: int
    """What names it in the records: a number that is never used twice, and one of its program."""
    pid: int
    euid: int
    images: bytes = field(repr=False)
    subsystems: bytes = field(repr=False)
    catalog: Catalog = field(repr=False)

    def image_at(self, address: int) -> tuple[str | None, int]:
        """UUID of the image loaded at an address, and where in it that is."""
        for size, _, index, low, high in _IMAGE.iter_unpack(self.images):
            loaded = high << 32 | low
            if loaded <= address < loaded + size:
                return self.catalog.uuid(index), address - loaded
        return None, address

    def name(self, number: int) -> tuple[str | None, str | None]:
        """Subsystem and category that a record's number stands for."""
        names = self.catalog.names.get(self.number)
        if names is None:
            names = self.catalog.names[self.number] = struct.unpack(f"<{len(self.subsystems) // 2}H", self.subsystems)
        try:
            at = names[::3].index(number) * 3
        except ValueError:
            return None, None
        return self.catalog.text(names[at + 1]), self.catalog.text(names[at + 2])

    @property
    def ticks(self) -> tuple[int, int] | None:
        """Continuous times of the first and the last record of the parts of the file it is in."""
        return self.catalog.times.get(self.number)


@dataclass(frozen=True)
class Catalog:
    """A catalog: what the chunks after it refer to."""

    offset: int
    uuids: bytes
    strings: bytes
    processes: list[Process] = field(default_factory=list)
    times: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Continuous times of the first and the last record, by a process's number."""
    damage: list[str] = field(default_factory=list)
    names: dict[int, tuple[int, ...]] = field(default_factory=dict, repr=False)
    texts: dict[int, str | None] = field(default_factory=dict, repr=False)
    """What was looked up."""

    def uuid(self, index: int) -> str | None:
        """A UUID by its index."""
        raw = self.uuids[index * 16 : index * 16 + 16]
        return uuid_text(raw) if index != _NONE and len(raw) == 16 else None

    def text(self, at: int | None) -> str | None:
        """A string by its offset; None for an empty one."""
        if at is None:
            return None
        if at not in self.texts:
            self.texts[at] = _terminated(self.strings[at : at + _NAME])
        return self.texts[at]

    def find(self) -> dict[tuple[int, int], Process]:
        """The processes by what names them in the records."""
        return {(p.first, p.second): p for p in self.processes}


def catalog(content: bytes, offset: int) -> Catalog:
    """A catalog; what of it could not be read is in `damage`. Raises FormatError where nothing can be."""
    if len(content) < _CATALOG.size:
        raise FormatError(f"catalog: expected {_CATALOG.size} bytes or more, got {len(content)}")
    strings, processes, count, parts, part_count, _ = _CATALOG.unpack_from(content)
    body = content[_CATALOG.size :]
    if not strings <= processes <= parts <= len(body):
        raise FormatError(f"catalog: expected rising offsets to {len(body)}, got {strings}, {processes}, {parts}")
    made = Catalog(offset, body[: strings & ~15], body[strings:processes])
    try:
        _processes(made, body, processes, count, parts)
    except (struct.error, FormatError) as e:
        made.damage.append(f"process {len(made.processes) + 1} of {count} and those after it: {e!s:.100}")
    try:
        _times(made, body, parts, part_count)
    except (struct.error, FormatError) as e:
        made.damage.append(f"parts of the file: {e!s:.100}")
    return made


def _processes(made: Catalog, body: bytes, at: int, count: int, end: int) -> None:
    for _ in range(count):
        number, _, main, cache, first, second, pid, euid, _, images, _ = _PROCESS.unpack_from(body, at)
        at += _PROCESS.size
        loaded = body[at : at + images * _IMAGE.size]
        at += images * _IMAGE.size
        subsystems, _ = struct.unpack_from("<II", body, at) if at <= end else (0, 0)
        named = body[at + 8 : at + 8 + subsystems * _SUBSYSTEM.size]
        at += 8 + subsystems * _SUBSYSTEM.size
        if at > end:
            raise FormatError(f"expected its end before {end}, got {at}")
        made.processes.append(
            Process(number, made.uuid(main), made.uuid(cache), first, second, pid, euid, loaded, named, made)
        )
        at += -at & 7


def _times(made: Catalog, body: bytes, at: int, count: int) -> None:
    for _ in range(count):
        start, end, _, _, indexes = _PART.unpack_from(body, at)
        at += _PART.size
        if indexes * 2 > len(body) - at:
            raise FormatError(f"expected {len(body) - at} bytes of indexes at most, got {indexes * 2}")
        for number in struct.unpack_from(f"<{indexes}H", body, at):
            known = made.times.get(number, (start, end))
            made.times[number] = (min(known[0], start), max(known[1], end))
        (offsets,) = struct.unpack_from("<I", body, at + indexes * 2)
        at += indexes * 2 + 4 + offsets * 2
        at += -at & 7

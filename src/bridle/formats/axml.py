"""Binary XML of Android (AXML), such as AndroidManifest.xml in an app, read as leniently as Android reads it.

A header, a pool of strings, a map from names of attributes to identifiers of resources, then elements one after
another. Apps that hide write what Android does not look at and strict readers stumble over: a wrong type or size of the
file, chunks of no known type, strings without their end, attributes whose names are gone and whose resource identifiers
remain, namespaces declared over again. All of that is read, and told as an `Oddity` beside the elements. Where Android
gives up in the middle of a file, this reader stops as well and says so.

Sources: AOSP `ResourceTypes.h` and `ResourceTypes.cpp` (ResXMLTree, ResStringPool),
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/ ; identifiers of attributes:
`core/res/res/values/public-final.xml` there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats.axml_names import NAMES

LONGEST = 32 << 20
"""Bytes of one file that are read at most."""
LONGEST_TEXT = 1 << 20
"""Characters of one string that are kept; aapt writes strings of more than 32,767 in UTF-16."""
MOST_GIVEN = 1 << 26
"""Characters that are handed out of one file: one long string may be the value of every attribute."""
MOST_ELEMENTS = 100_000
MOST_ATTRIBUTES = 500_000
MOST_ODDITIES = 100
_MOST_DECODED = 32 << 20
"""Characters of all strings together: they may lie in each other."""
_DEEPEST = 256

_POOL, _XML, _MAP = 0x0001, 0x0003, 0x0180
_FIRST_NODE, _LAST_NODE = 0x0100, 0x017F
_NAMESPACE, _NAMESPACE_END, _START, _END, _TEXT = 0x0100, 0x0101, 0x0102, 0x0103, 0x0104
_CHUNK = struct.Struct("<HHI")
_NODE, _ELEMENT, _ATTRIBUTE = 16, struct.Struct("<IIHHHHHH"), struct.Struct("<IIIHBBI")
_UTF8, _NONE = 1 << 8, 0xFFFFFFFF
_NULL, _REFERENCE, _THEMED, _STRING, _FLOAT, _DYNAMIC = 0, 1, 2, 3, 4, 7
_INTEGERS = range(0x10, 0x20)
_BOOLEAN = 0x12

Value = str | int | bool | float


@dataclass(frozen=True)
class Attribute:
    """One attribute of an element."""

    name: str
    """By its resource identifier where that is known, as Android looks it up; else as it is written."""
    resource: int | None
    """Identifier of its name as a resource; Android finds attributes of its own namespace by it alone."""
    value: Value | None
    """`@0x7f010001` for a reference to a resource. None where it holds nothing, or could not be read."""


@dataclass(frozen=True)
class Start:
    """The beginning of an element. The root has depth 1."""

    depth: int
    name: str
    attributes: tuple[Attribute, ...]

    def get(self, name: str) -> Value | None:
        """The value of the first attribute of that name."""
        return next((a.value for a in self.attributes if a.name == name), None)


@dataclass(frozen=True)
class End:
    """The end of an element; `depth` is that of its beginning."""

    depth: int
    name: str


@dataclass(frozen=True)
class Oddity:
    """Something no ordinary tool writes, read over as Android does, or the reason why nothing further was read."""

    offset: int
    what: str


@dataclass(frozen=True)
class Left(Oddity):
    """What is there and is not kept, or not whole, such as a string; `place` tells it from others."""

    place: str


def events(data: bytes) -> Iterator[Start | End | Oddity]:
    """What lies in a file, in its order. Raises FormatError before the first element, where there is none."""
    if len(data) < _CHUNK.size:
        raise FormatError(f"binary XML: expected at least {_CHUNK.size} bytes, got {len(data)}")
    if len(data) > LONGEST:
        raise FormatError(f"binary XML: expected at most {LONGEST} bytes, got {len(data)}")
    reader = _Reader(data)
    found = 0
    for event in reader.events():
        if isinstance(event, Oddity) and not isinstance(event, Left):
            reader.told += 1
            if reader.told > MOST_ODDITIES:
                continue
        found += isinstance(event, Start)
        yield event
    if not found:
        raise FormatError(f"binary XML: expected an element, got none; it begins with {data[:8].hex()}")


class _Reader:
    """The state of one pass: the pool, the map of resources, how deep, and how much is still allowed."""

    def __init__(self, data: bytes) -> None:
        self._data, self._end, self.told = data, len(data), 0
        self._pool: _Pool | None = None
        self._resources: tuple[int, ...] = ()
        self._open: list[str] = []
        self._elements = self._attributes = self._given = 0
        self._is_full = False

    def events(self) -> Iterator[Start | End | Oddity]:
        kind, header, size = _CHUNK.unpack_from(self._data)
        if kind != _XML:
            yield Oddity(0, f"the type of the file is {kind:#06x} instead of {_XML:#06x}")
        if size != len(self._data):
            yield Oddity(4, f"the file says it has {size} bytes and has {len(self._data)}")
            if header < size < self._end:
                self._end = size
        if header != _CHUNK.size:
            yield Oddity(2, f"the header of the file has {header} bytes instead of {_CHUNK.size}")
        at = header if _CHUNK.size <= header < self._end else _CHUNK.size
        while at + _CHUNK.size <= self._end:
            kind, header, size = _CHUNK.unpack_from(self._data, at)
            if header < _CHUNK.size or size < header or size > self._end - at:
                wrong = f"a chunk of type {kind:#06x} has {size} bytes, {header} of them header"
                yield Oddity(at, f"{wrong}, with {self._end - at} left: nothing behind it is read")
                return
            if (header | size) & 3:
                yield Oddity(at, f"a chunk of type {kind:#06x} with {size} bytes is not aligned")
            yield from self._chunk(at, kind, header, size)
            yield from self._left(at)
            at += size
            if self._elements > MOST_ELEMENTS or self._attributes > MOST_ATTRIBUTES:
                yield Oddity(
                    at, f"more than {MOST_ELEMENTS} elements or {MOST_ATTRIBUTES} attributes: the rest is not read"
                )
                return

    def _left(self, at: int) -> Iterator[Left]:
        """What of the strings that a chunk names is not kept, each told once."""
        if self._pool is not None:
            yield from self._pool.left
            self._pool.left.clear()
        if self._given > MOST_GIVEN and not self._is_full:
            self._is_full = True
            yield Left(at, f"names and values of more than {MOST_GIVEN} characters: the rest is not read", "strings")

    def _chunk(self, at: int, kind: int, header: int, size: int) -> Iterator[Start | End | Oddity]:
        if kind == _POOL:
            if self._pool is not None:
                yield Oddity(at, "a second pool of strings, which is not used")
                return
            self._pool = _Pool(self._data[at : at + size], at)
            yield from self._pool.odd()
        elif kind == _MAP:
            count = (size - header) // 4
            self._resources = struct.unpack_from(f"<{count}I", self._data, at + header)
        elif kind == _START:
            yield from self._start(at, header, size)
        elif kind == _END:
            yield from self._ended(at, header, size)
        elif kind not in (_NAMESPACE, _NAMESPACE_END, _TEXT):
            yield Oddity(at, f"a chunk of unknown type {kind:#06x} with {size} bytes, which is skipped")

    def _start(self, at: int, header: int, size: int) -> Iterator[Start | Oddity]:
        body = at + header
        if header < _NODE or size - header < _ELEMENT.size:
            yield Oddity(at, f"an element of {size} bytes has no room for its name")
            return
        _, name, first, each, count, _, _, _ = _ELEMENT.unpack_from(self._data, body)
        if each != _ATTRIBUTE.size and count:
            yield Oddity(at, f"attributes of {each} bytes instead of {_ATTRIBUTE.size}")
        if first + each * count > size - header:
            yield Oddity(at, f"{count} attributes do not fit in an element of {size} bytes")
            count = max(0, size - header - first) // (each or _ATTRIBUTE.size)
        self._elements += 1
        self._attributes += count
        attributes = tuple(
            self._attribute(body + first + each * i) for i in range(min(count, MOST_ATTRIBUTES))
            if body + first + each * i + _ATTRIBUTE.size <= at + size
        )  # fmt: skip
        if len(self._open) < _DEEPEST:
            self._open.append(self._text(name) or "")
            yield Start(len(self._open), self._open[-1], attributes)
        else:
            self._elements = MOST_ELEMENTS + 1
            yield Oddity(at, f"elements inside each other more than {_DEEPEST} deep")

    def _ended(self, at: int, header: int, size: int) -> Iterator[End | Oddity]:
        if not self._open:
            yield Oddity(at, "an element ends that did not begin")
            return
        name = self._open.pop()
        if (
            size - header >= 8
            and (said := self._text(struct.unpack_from("<I", self._data, at + header + 4)[0])) != name
        ):
            yield Oddity(at, f"the element {name!a:.60} ends as {said!a:.60}")
        yield End(len(self._open) + 1, name)

    def _attribute(self, at: int) -> Attribute:
        _, name, raw, _, _, kind, content = _ATTRIBUTE.unpack_from(self._data, at)
        resource = self._resources[name] if name < len(self._resources) else 0
        written = self._text(name) or ""
        known = NAMES.get(resource)
        return Attribute(known or written or f"{resource:#010x}", resource or None, self._value(kind, content, raw))

    def _value(self, kind: int, content: int, raw: int) -> Value | None:
        if kind == _STRING:
            return self._text(content)
        if kind in (_REFERENCE, _DYNAMIC):
            return f"@{content:#010x}"
        if kind == _THEMED:
            return f"?{content:#010x}"
        if kind == _BOOLEAN:
            return content != 0
        if kind in _INTEGERS:
            return content - (1 << 32) if content >= 1 << 31 else content
        if kind == _FLOAT:
            return float(struct.unpack("<f", struct.pack("<I", content))[0])
        return self._text(raw)

    def _text(self, index: int) -> str | None:
        if index == _NONE or self._pool is None or self._given > MOST_GIVEN:
            return None
        found = self._pool.text(index)
        self._given += len(found or "")
        return found


class _Pool:
    """The strings of a file by their numbers."""

    def __init__(self, data: bytes, offset: int) -> None:
        self._data, self._offset = data, offset
        self._found: dict[int, str | None] = {}
        self._room, self._is_full = _MOST_DECODED, False
        self.left: list[Left] = []
        header = struct.unpack_from("<H", data, 2)[0]
        numbers = struct.unpack_from("<5I", data.ljust(28, b"\0"), 8)
        self._count, self._styles, self._flags, self._strings, self._style_start = numbers
        self._table = header
        self._end = self._style_start if self._styles and self._strings < self._style_start < len(data) else len(data)

    def odd(self) -> Iterator[Oddity]:
        """What is wrong with the pool as a whole."""
        room = max(0, len(self._data) - self._table) // 4
        if self._count > room:
            yield Oddity(self._offset + 8, f"a pool of {self._count} strings in {len(self._data)} bytes")
            self._count = room
        if self._count and self._strings >= len(self._data):
            yield Oddity(self._offset + 20, f"strings begin at byte {self._strings} of a pool of {len(self._data)}")
        if self._styles:
            yield Oddity(self._offset + 12, f"a pool with {self._styles} styles")
        if self._table != 28:
            yield Oddity(self._offset + 2, f"the header of the pool has {self._table} bytes instead of 28")

    def text(self, index: int) -> str | None:
        """One string, cut to what is kept of it. None where there is none of that number."""
        if index not in self._found:
            found = self._read(index) if index < self._count and self._has_room() else None
            self._room -= len(found or "")
            self._found[index] = found
        return self._found[index]

    def _has_room(self) -> bool:
        """Whether another string may be decoded; the first that may not is told."""
        if self._room <= 0 and not self._is_full:
            self._is_full = True
            what = f"strings of {_MOST_DECODED} characters together are read, and no others"
            self.left.append(Left(self._offset, what, "pool"))
        return self._room > 0

    def _read(self, index: int) -> str | None:
        at = self._strings + struct.unpack_from("<I", self._data, self._table + 4 * index)[0]
        if at >= self._end:
            return None
        if self._flags & _UTF8:
            at = self._length8(at)[1]
            length, at = self._length8(at)
            found = self._data[at : min(self._end, at + min(length, 4 * LONGEST_TEXT))]
            return _modified_utf8(found)[:LONGEST_TEXT]
        length, at = self._length16(at)
        if (there := min(length, (self._end - at) // 2)) > LONGEST_TEXT:
            what = f"only the first {LONGEST_TEXT} of {there} characters are kept"
            self.left.append(Left(self._offset + at, what, f"string {index}"))
        found = self._data[at : min(self._end, at + 2 * min(length, LONGEST_TEXT))]
        return (
            found[: len(found) & ~1]
            .decode("utf-16-le", "surrogatepass")
            .encode("utf-16-le", "surrogatepass")
            .decode("utf-16-le", "backslashreplace")
        )

    def _length8(self, at: int) -> tuple[int, int]:
        """A length of one or two bytes, and where it ends."""
        first, second = self._data[at : at + 2].ljust(2, b"\0")
        return (((first & 0x7F) << 8) | second, at + 2) if first & 0x80 else (first, at + 1)

    def _length16(self, at: int) -> tuple[int, int]:
        """A length of two or four bytes in characters, and where it ends."""
        first, second = struct.unpack_from("<2H", self._data[at : at + 4].ljust(4, b"\0"))
        return (((first & 0x7FFF) << 16) | second, at + 4) if first & 0x8000 else (first, at + 2)


def _modified_utf8(data: bytes) -> str:
    """Text in UTF-8, or as Java writes it: NUL in two bytes, surrogates one by one."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass" if _pairs(data) else "backslashreplace")
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "backslashreplace")


def _pairs(data: bytes) -> bool:
    """Whether it decodes once surrogates are let through."""
    try:
        data.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True

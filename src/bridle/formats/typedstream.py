"""NeXTSTEP typed streams, as far as `attributedBody` of sms.db needs them: its text and its links.

A stream is a run of type encodings, each followed by its values. Encodings and class names are written once and then
referred to by number (0x92 is the first); so are classes and objects, which share a second numbering.

Sources: streams read from devices; PyTypedStream's description of the format (https://github.com/dgelessus/python-typedstream).
"""

from __future__ import annotations

import re
import struct
from typing import Any
from urllib.parse import urljoin

import pyarrow as pa
import pyarrow.compute as pc

from bridle.core import FormatError
from bridle.formats._parts import pieces

_HEADER = b"\x04\x0bstreamtyped"
_TEXT_TYPE = b"\x84\x01+"
"""The first use of the encoding `+`, a run of bytes: it is followed by the first string's content."""
_NEW, _NIL, _END, _FIRST = 0x84, 0x85, 0x86, 0x92
_LINK = "__kIMLinkAttributeName"
_MAX_DEPTH, _MAX_VALUES, _MAX_ENCODING = 64, 100_000, 256
_CHARGED = 64
"""Characters of a link that count as one more value, wherever it is referred to."""
_INTEGERS = frozenset("sSiIlLqQ")
_ARRAY = re.compile(r"\[(\d{1,9})(.*)\]", re.DOTALL)


def text(data: bytes) -> str:
    """The text of an attributed string. Raises FormatError. What follows the text is not looked at."""
    at = data.find(_TEXT_TYPE)
    if not data.startswith(_HEADER) or at < 0 or b"String" not in data[:at]:
        raise FormatError(f"typed stream: expected an attributed string, got {data!r:.60}")
    return _utf8(_Reader(data, at + len(_TEXT_TYPE)).run())


def links(data: bytes) -> tuple[str, ...]:
    """The addresses an attributed string's attributes lead to, in order, each once. Raises FormatError."""
    if not data.startswith(_HEADER):
        raise FormatError(f"typed stream: expected {_HEADER!r}, got {data!r:.60}")
    if b"NSURL" not in data and _LINK.encode() not in data:
        return ()
    reader = _Reader(data, len(_HEADER))
    reader.integer()
    while not reader.at_end():
        reader.group(0)
    return tuple(dict.fromkeys(reader.links))


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as e:
        raise FormatError(f"typed stream: expected UTF-8 text, got {raw[e.start : e.start + 8]!r}") from None


def texts(streams: pa.Array) -> pa.Array | None:
    """`text` of a column of streams whose texts begin at one place; None where any is not that plain."""
    whole = streams.drop_null()
    places = pc.find_substring(whole, _TEXT_TYPE)
    at = places[0].as_py() if len(whole) else -1
    plain = pc.and_(pc.equal(places, at), pc.starts_with(whole, _HEADER))
    if at < 0 or not pc.all(plain).as_py():
        return None
    if not all(b"String" in begin for begin in pc.binary_slice(whole, 0, at).unique().to_pylist()):
        return None
    found = _runs(whole, at + len(_TEXT_TYPE))
    if found is None or not streams.null_count:
        return found
    return pc.replace_with_mask(pa.nulls(len(streams), found.type), streams.is_valid(), found)


def _runs(streams: pa.Array, at: int) -> pa.Array | None:
    """The texts whose lengths stand `at` in each stream: one byte, or two behind 0x81; None where any is other."""
    _, offsets, content = streams.buffers()
    offset = pa.Array.from_buffers(pa.int32(), streams.offset + len(streams) + 1, [None, offsets])[streams.offset :]
    data = pa.Array.from_buffers(pa.uint8(), content.size, [None, content])
    begin, end = pc.add(offset[:-1], pa.scalar(at, pa.int32())), offset[1:]
    if not pc.all(pc.less(begin, end)).as_py():
        return None
    last = pa.scalar(content.size - 1, pa.int32())
    places = [pc.min_element_wise(pc.add(begin, pa.scalar(i, pa.int32())), last) for i in range(3)]
    head, low, high = (data.take(place).cast(pa.int32()) for place in places)
    is_long = pc.equal(head, pa.scalar(0x81, pa.int32()))
    if not pc.all(pc.or_(is_long, pc.less(head, pa.scalar(0x80, pa.int32())))).as_py():
        return None
    size = pc.if_else(is_long, pc.add(low, pc.multiply(high, pa.scalar(256, pa.int32()))), head)
    start = pc.add(begin, pc.if_else(is_long, pa.scalar(3, pa.int32()), pa.scalar(1, pa.int32())))
    stop = pc.add(start, size)
    if not pc.all(pc.less_equal(stop, end)).as_py():
        return None
    try:
        return pieces(content, start, stop)[::2].cast(pa.string())
    except pa.ArrowInvalid:
        return None


def have_no_links(streams: pa.Array) -> pa.Array:
    """Whether `links` of each stream are certainly none."""
    named = pc.match_substring_regex(streams, f"NSURL|{_LINK}")
    return pc.and_(pc.starts_with(streams, _HEADER), pc.invert(named))


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at, self._left = data, at, _MAX_VALUES
        self._strings: list[bytes] = []
        self._objects: list[Any] = []
        self.links: list[str] = []

    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def _take(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._data):
            raise FormatError(f"typed stream: {count} bytes at byte {self._at} of {len(self._data)}")
        self._at += count
        return self._data[self._at - count : self._at]

    def _head(self) -> int:
        return self._take(1)[0]

    def integer(self, head: int | None = None) -> int:
        head = self._head() if head is None else head
        if head == 0x81:
            return int(struct.unpack("<h", self._take(2))[0])
        if head == 0x82:
            return int(struct.unpack("<i", self._take(4))[0])
        if 0x83 <= head < _FIRST:
            raise FormatError(f"typed stream: expected a number at byte {self._at - 1}, got {head:#04x}")
        return head - 256 if head > 0x82 else head

    def run(self) -> bytes:
        """A run of bytes after its length: one byte, or 0x81 and two, or 0x82 and four, unsigned."""
        head = self._head()
        size = {0x81: 2, 0x82: 4}.get(head, 0)
        if head > 0x82 or head == 0x80:
            raise FormatError(f"typed stream: expected a length at byte {self._at - 1}, got {head:#04x}")
        return self._take(int.from_bytes(self._take(size), "little") if size else head)

    def _shared(self) -> bytes:
        """A string that is written once and then referred to."""
        head = self._head()
        if head == _NIL:
            return b""
        if head == _NEW:
            self._strings.append(self.run())
            return self._strings[-1]
        return bytes(self._known(self._strings, head))

    def _known(self, table: list[Any], head: int) -> Any:
        number = self.integer(head) + 256 - _FIRST if head >= _FIRST else self.integer(head) + 110
        if not 0 <= number < len(table):
            raise FormatError(f"typed stream: reference {number} of {len(table)} at byte {self._at - 1}")
        return table[number]

    def group(self, depth: int) -> list[Any]:
        """One type encoding and its values."""
        return [self._value(e, depth) for e in _encodings(self._shared().decode("latin-1"))]

    def _value(self, encoding: str, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            raise FormatError(f"typed stream: more than {_MAX_VALUES} values or {_MAX_DEPTH} levels")
        if encoding == "@":
            return self._object(depth)
        if encoding == "+":
            return self.run()
        if encoding in ("c", "C", "B"):
            return self._head()
        if encoding in _INTEGERS:
            return self.integer()
        if encoding in ("f", "d"):
            return self._real(encoding)
        if encoding == "#":
            return self._class(depth)
        if encoding in ("*", ":", "%"):
            return self._c_string() if encoding == "*" else self._shared()
        return self._compound(encoding, depth)

    def _compound(self, encoding: str, depth: int) -> Any:
        if array := _ARRAY.fullmatch(encoding):
            return self._array(int(array[1]), array[2], depth)
        if encoding.startswith("{"):
            return [self._value(e, depth + 1) for e in _encodings(encoding[1:-1].partition("=")[2])]
        raise FormatError(f"typed stream: unknown type {encoding!r:.60}")

    def _array(self, count: int, encoding: str, depth: int) -> Any:
        if encoding in ("c", "C"):
            return self._take(count)
        return [self._value(encoding, depth + 1) for _ in range(count)]

    def _real(self, encoding: str) -> float:
        head = self._head()
        if head == 0x83:
            size = 4 if encoding == "f" else 8
            return float(struct.unpack(f"<{encoding}", self._take(size))[0])
        return float(self.integer(head))

    def _c_string(self) -> Any:
        head = self._head()
        if head == _NIL:
            return None
        if head != _NEW:
            return self._known(self._objects, head)
        value = self._shared()
        self._objects.append(value)
        return value

    def _class(self, depth: int) -> tuple[str, ...]:
        """A class and what it descends from, most special first."""
        names: list[tuple[int, str]] = []
        inherited: tuple[str, ...] = ()
        while True:
            head = self._head()
            if head == _NIL:
                break
            if head != _NEW:
                known = self._known(self._objects, head)
                inherited = known if isinstance(known, tuple) else ()
                break
            if len(names) + depth >= _MAX_DEPTH:
                raise FormatError(f"typed stream: more than {_MAX_DEPTH} classes in one another")
            names.append((len(self._objects), self._shared().decode("latin-1")))
            self._objects.append(())
            self.integer()
        for place, name in reversed(names):
            inherited = (name, *inherited)
            self._objects[place] = inherited
        return inherited

    def _object(self, depth: int) -> Any:
        head = self._head()
        if head == _NIL:
            return None
        if head != _NEW:
            return self._known(self._objects, head)
        place = len(self._objects)
        self._objects.append(None)
        classes = self._class(depth)
        values: list[Any] = []
        while True:
            if self._data[self._at : self._at + 1] == bytes([_END]):
                self._at += 1
                break
            values += self.group(depth + 1)
        value = self._objects[place] = self._meaning(classes, values)
        return value

    def _meaning(self, classes: tuple[str, ...], values: list[Any]) -> Any:
        """A string's or URL's text; None for any other object. Notes links on the way."""
        if "NSString" in classes:
            return _utf8(values[0]) if values and isinstance(values[0], bytes) else None
        if "NSURL" in classes:
            parts = [v for v in values if isinstance(v, str)]
            self._left -= sum(map(len, parts)) // _CHARGED
            if parts:
                self.links.append(_joined(parts))
            return None
        if "NSDictionary" in classes:
            pairs = zip(values[1::2], values[2::2], strict=False)
            self.links += [v for k, v in pairs if k == _LINK and isinstance(v, str)]
        return None


def _joined(parts: list[str]) -> str:
    try:
        return urljoin(parts[0], parts[1]) if len(parts) > 1 else parts[0]
    except ValueError:
        return parts[-1]


def _encodings(encoding: str) -> list[str]:
    """`iI` → `i`, `I`; an array or a structure stays whole. Raises FormatError."""
    if len(encoding) > _MAX_ENCODING:
        raise FormatError(f"typed stream: type of {len(encoding)} characters, {encoding!r:.60}")
    out, depth, start = [], 0, 0
    for i, c in enumerate(encoding):
        depth += (c in "[{") - (c in "]}")
        if depth == 0:
            out.append(encoding[start : i + 1])
            start = i + 1
    if depth:
        raise FormatError(f"typed stream: unbalanced type {encoding!r:.60}")
    return out

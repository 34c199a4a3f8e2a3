r"""Android Binary XML, which begins `ABX\0` (settings, packages and keys since Android 12), and its older text form.

Both give the same events, so that a caller reads either. After the mark, a byte for each token: below, what it is
(element, end, text, attribute; the numbers of XmlPullParser), above, how its value is written. A name is two bytes,
its number among the names so far, or 0xFFFF and then the name itself.

Text is read by expat within an element of our own: so it may have several roots (Android 10 kept the keys of `adb`
so), and no document type, hence no entities. It is bounded as the binary form.

Sources: AOSP `BinaryXmlSerializer`, `BinaryXmlPullParser`, `FastDataInput`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/com/android/internal/util/BinaryXmlSerializer.java
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat

from bridle.classes import dataclass
from bridle.core import FormatError

MAGIC = b"ABX\x00"
Value = None | str | bytes | int | float | bool
MOST = 10_000_000
"""Events of one file that are given."""
DEEPEST = 128
"""Elements within each other."""
_MOST_ATTRIBUTES = 1_000
_MOST_TEXT = 1 << 22
"""Characters of one text in the text form; in the binary form two bytes hold its length."""
_NEW = 0xFFFF
_CHUNK = 1 << 16
_END_OF_DOCUMENT, _START, _END, _ATTRIBUTE = 1, 2, 3, 15
_TEXTS = {4: "text", 5: "CDATA", 6: "entity", 7: "space", 8: "instruction", 9: "comment", 10: "document type"}
_NUMBERS = {6: ">i", 7: ">i", 8: ">q", 9: ">q", 10: ">f", 11: ">d"}
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")


@dataclass(frozen=True, slots=True)
class Start:
    """An element begins."""

    name: str
    attributes: Mapping[str, Value]
    """In the text form all values are `str`."""
    depth: int
    """Elements it is in."""
    offset: int
    """Byte at which it begins."""


@dataclass(frozen=True, slots=True)
class End:
    """An element ends."""

    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class Text:
    """Text within an element, not only blanks."""

    text: str


Event = Start | End | Text


def events(stored: BinaryIO) -> Iterator[Event]:
    """What the file says, binary or text. Raises FormatError, after what could be read before it."""
    head = stored.read(4)
    if head == MAGIC:
        yield from _Binary(stored).events()
    elif head.lstrip()[:1] in (b"<", b"\xef", b""):
        yield from _text_events(stored, head)
    else:
        raise FormatError(f"expected Android binary XML or XML, got {head!r}")


def integer(value: Value) -> int | None:
    """An attribute's integer in either form; None where there is none. Raises ValueError."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value.strip()):
        return int(value)
    raise ValueError(f"expected an integer, got {value!r:.60}")


def truth(value: Value) -> bool | None:
    """An attribute's truth in either form; None where there is none. Raises ValueError."""
    if value is None or isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError(f"expected true or false, got {value!r:.60}")


def text(value: Value) -> str | None:
    """An attribute as the text form would have it; bytes are hexadecimal."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Binary:
    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._at = len(MAGIC)
        self._names: list[str] = []
        self._open: list[str] = []

    def events(self) -> Iterator[Event]:
        given = 0
        pending: Start | None = None
        while token := self._stored.read(1):
            begin, self._at = self._at, self._at + 1
            what, how = token[0] & 15, token[0] >> 4
            if what == _ATTRIBUTE:
                self._attribute(pending, how)
                continue
            if pending is not None:
                yield pending
                pending = None
            given = _counted(given)
            if what == _END_OF_DOCUMENT:
                break
            found = self._token(what, how, begin)
            pending = found if isinstance(found, Start) else None
            if found is not None and pending is None:
                yield found
        if pending is not None:
            yield pending
        if self._open:
            raise FormatError(f"binary XML: expected the end of <{self._open[-1]:.40}>, got the end of the file")

    def _token(self, what: int, how: int, begin: int) -> Event | None:
        if what == _START:
            return self._start(begin)
        if what == _END:
            return self._end()
        if what in _TEXTS:
            return self._text(what, how)
        if what != 0:
            raise FormatError(f"binary XML: expected a token, got 0x{what | how << 4:02x} at offset {begin}")
        return None

    def _start(self, begin: int) -> Start:
        name = self._name()
        if len(self._open) >= DEEPEST:
            raise FormatError(f"binary XML: expected at most {DEEPEST} levels, got more at offset {begin}")
        self._open.append(name)
        return Start(name, {}, len(self._open) - 1, begin)

    def _end(self) -> End:
        name = self._name()
        if not self._open or self._open[-1] != name:
            wanted = f"the end of <{self._open[-1]:.40}>" if self._open else "an element"
            raise FormatError(f"binary XML: expected {wanted}, got the end of <{name:.40}> at offset {self._at}")
        self._open.pop()
        return End(name, len(self._open))

    def _text(self, what: int, how: int) -> Text | None:
        value = self._value(how)
        if _TEXTS[what] in ("text", "CDATA") and isinstance(value, str) and value.strip():
            return Text(value)
        return None

    def _attribute(self, element: Start | None, how: int) -> None:
        name, value = self._name(), self._value(how)
        if element is None:
            raise FormatError(f"binary XML: expected an element before the attribute {name!a:.40}")
        if len(element.attributes) >= _MOST_ATTRIBUTES:
            raise FormatError(f"binary XML: expected at most {_MOST_ATTRIBUTES} attributes, got more")
        element.attributes[name] = value  # type: ignore[index]

    def _value(self, how: int) -> Value:
        if how in _NUMBERS:
            (number,) = struct.unpack(_NUMBERS[how], self._read(struct.calcsize(_NUMBERS[how])))
            return number  # type: ignore[no-any-return]
        readers: dict[int, Callable[[], Value]] = {2: self._string, 3: self._name, 4: self._bytes, 5: self._bytes}
        if (read := readers.get(how)) is not None:
            return read()
        constant: dict[int, Value] = {1: None, 12: True, 13: False}
        if how not in constant:
            raise FormatError(f"binary XML: expected a type of value, got {how} before offset {self._at}")
        return constant[how]

    def _name(self) -> str:
        number = int.from_bytes(self._read(2), "big")
        if number == _NEW:
            name = self._string()
            if len(self._names) < _NEW:
                self._names.append(name)
            return name
        if number >= len(self._names):
            raise FormatError(f"binary XML: expected one of {len(self._names)} names, got number {number}")
        return self._names[number]

    def _string(self) -> str:
        stored = self._bytes()
        try:
            return stored.decode("utf-8")
        except UnicodeDecodeError:
            return _modified(stored)

    def _bytes(self) -> bytes:
        return self._read(int.from_bytes(self._read(2), "big"))

    def _read(self, length: int) -> bytes:
        found = self._stored.read(length)
        self._at += len(found)
        if len(found) != length:
            raise FormatError(f"binary XML: expected {length} bytes at offset {self._at}, got {len(found)}")
        return found


def _modified(stored: bytes) -> str:
    r"""Java's own UTF-8, which has NUL as C0 80 and a pair of surrogates for one character; other bytes are `\xNN`."""
    try:
        decoded = stored.replace(b"\xc0\x80", b"\x00").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return stored.decode("utf-8", "backslashreplace")
    return decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "backslashreplace")


def _counted(given: int) -> int:
    if given >= MOST:
        raise FormatError(f"XML: expected at most {MOST} events, got more")
    return given + 1


def _text_events(stored: BinaryIO, head: bytes) -> Iterator[Event]:
    """The events of text; what stands before the first `<?xml …?>` and that line are left out."""
    reader = _Expat()
    first = head + stored.read(_CHUNK)
    declared = _DECLARATION.match(first.removeprefix(b"\xef\xbb\xbf"))
    skipped = first.find(b"?>") + 2 if declared else 3 * first.startswith(b"\xef\xbb\xbf")
    chunk = first[skipped:]
    if not first.strip():
        return
    reader.shift = skipped - len(b"<bridle>")
    yield from reader.feed(b"<bridle>")
    given = 0
    while chunk:
        for event in reader.feed(chunk):
            yield event
            given = _counted(given)
        chunk = stored.read(_CHUNK)
    yield from reader.feed(b"</bridle>", last=True)


class _Expat:
    """Elements as expat finds them, within an element of our own that lets a file have several roots."""

    def __init__(self) -> None:
        self.shift = 0
        self._found: list[Event] = []
        self._text: list[str] = []
        self._length = 0
        self._depth = self._fed = 0
        p = self._parser = expat.ParserCreate("utf-8")
        p.buffer_text = True
        p.StartElementHandler, p.EndElementHandler, p.CharacterDataHandler = self._start, self._end, self._characters

    def feed(self, chunk: bytes, last: bool = False) -> Iterator[Event]:
        self._found = []
        problem: FormatError | None = None
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as e:
            at = max(0, self._parser.ErrorByteIndex + self.shift)
            problem = FormatError(f"XML: {expat.ErrorString(e.code)} at offset {at}")
        except FormatError as e:
            problem = e
        self._fed += len(chunk)
        if problem is None and self._fed - self._parser.CurrentByteIndex > _MOST_TEXT:
            problem = FormatError(f"XML: expected an element of at most {_MOST_TEXT} bytes, got a longer one")
        yield from self._found
        if problem is not None:
            raise problem

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        if self._depth > DEEPEST:
            raise FormatError(f"XML: expected at most {DEEPEST} levels, got more")
        if len(attributes) > _MOST_ATTRIBUTES:
            raise FormatError(f"XML: expected at most {_MOST_ATTRIBUTES} attributes, got {len(attributes)}")
        if self._depth:
            kept: dict[str, Value] = dict(attributes)
            self._found.append(Start(name, kept, self._depth - 1, self._parser.CurrentByteIndex + self.shift))
        self._depth += 1

    def _end(self, name: str) -> None:
        self._flush()
        self._depth -= 1
        if self._depth:
            self._found.append(End(name, self._depth - 1))

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._length > _MOST_TEXT:
            raise FormatError(f"XML: expected a text of at most {_MOST_TEXT} characters, got a longer one")
        self._text.append(text)

    def _flush(self) -> None:
        text, self._text, self._length = "".join(self._text), [], 0
        if text.strip():
            self._found.append(Text(text))

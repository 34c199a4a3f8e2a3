"""A protobuf message without its schema: by number where the fields are known, else all of it, and the texts in it.

What the bytes of a field are is not stored. Bytes that are UTF-8 without control characters are a text; else they are
a message, if they can be one; else bytes. A text of few characters can be a message by chance and the other way round.

Sources: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import field
from itertools import islice
from typing import Any

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import plist, protobuf

MAX_VALUES = 2_000
"""Values of one message, with those of the messages in it."""
MAX_DEPTH = 16
MAX_GROUPS = 4
"""Messages inside one another below which a group is told as bytes: its end is looked for anew at each level."""
LONGEST_TEXT = 64 << 10
"""Characters of one text among `texts`; in `fields` there are fewer."""
_LONGEST_SHOWN = 1_024
_LEAST_MESSAGE = 8
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LARGEST, _SMALLEST = 1e15, 1e-9


class Message:
    """The fields of a message by number. Of a number that is there several times, the last one counts."""

    def __init__(self, data: bytes) -> None:
        """Raises FormatError."""
        self._values: dict[int, list[int | bytes]] = {}
        for number, _, value in protobuf.fields(data):
            self._values.setdefault(number, []).append(value)

    def text(self, number: int) -> str | None:
        """A field that is text. Raises FormatError for another type or other bytes than UTF-8."""
        value = self._last(number, bytes)
        try:
            return None if value is None else value.decode()
        except UnicodeDecodeError:
            raise FormatError(f"protobuf: expected text in field {number}, got {value!r:.60}") from None

    def blob(self, number: int) -> bytes | None:
        """A field that is bytes. Raises FormatError."""
        found: bytes | None = self._last(number, bytes)
        return found

    def number(self, number: int) -> int | None:
        """A field that is a whole number. Raises FormatError."""
        value = self._last(number, int)
        return None if value is None else protobuf.signed(value)

    def real(self, number: int) -> float | None:
        """A field that is a real number. Raises FormatError."""
        value = self._last(number, bytes)
        return None if value is None else protobuf.real(value)

    def truth(self, number: int) -> bool | None:
        """A field that is yes or no. Raises FormatError."""
        value = self._last(number, int)
        return None if value is None else value != 0

    def message(self, number: int) -> Message:
        """A field that is a message; an empty one where it is not there. Raises FormatError."""
        return Message(self._last(number, bytes) or b"")

    def messages(self, number: int) -> Iterator[Message]:
        """All messages of one number. Raises FormatError."""
        for value in self._values.get(number, ()):
            if not isinstance(value, bytes):
                raise FormatError(f"protobuf: expected a message in field {number}, got a number")
            yield Message(value)

    def _last(self, number: int, kind: type[Any]) -> Any:
        value = self._values.get(number, [None])[-1]
        if value is not None and not isinstance(value, kind):
            raise FormatError(f"protobuf: expected {kind.__name__} in field {number}, got {value!r:.60}")
        return value


@dataclass
class Tree:
    """All of a message."""

    texts: list[str] = field(default_factory=list)
    """Its texts, in their order, and those of the property lists in it; each cut to `LONGEST_TEXT` characters."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Values by field number; a list where there are several. Bytes are `0x` and hexadecimal, cut like long texts."""
    cut: bool = False
    """Whether there is more than `MAX_VALUES` values."""
    _left: int = MAX_VALUES

    def as_json(self) -> str | None:
        """`fields` as JSON; None for an empty message."""
        return json.dumps(self.fields, ensure_ascii=False) if self.fields else None


def tree(data: bytes) -> Tree:
    """All of the message in `data`. Raises FormatError."""
    found = Tree()
    found.fields = _fields(_first(data), found, 0)
    return found


def _fields(stored: list[tuple[int, int, int | bytes]], found: Tree, depth: int) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for number, wire, value in stored:
        if found._left <= 0:
            found.cut = True
            break
        found._left -= 1
        read = _value(wire, value, found, depth)
        name = str(number)
        if name not in kept:
            kept[name] = read
        elif isinstance(kept[name], list):
            kept[name].append(read)
        else:
            kept[name] = [kept[name], read]
    return kept


def _value(wire: int, value: int | bytes, found: Tree, depth: int) -> Any:
    if isinstance(value, int):
        return protobuf.signed(value)
    if wire in (protobuf.FIXED64, protobuf.FIXED32):
        real = protobuf.real(value)
        plausible = real == 0 or (math.isfinite(real) and _SMALLEST < abs(real) < _LARGEST)
        return real if plausible else f"0x{value.hex()}"
    text = _text(value)
    inside = _inside(value) if depth < (MAX_GROUPS if wire == protobuf.GROUP else MAX_DEPTH) else None
    if inside and (text is None or wire == protobuf.GROUP or _rather_message(value, inside)):
        return _fields(inside, found, depth + 1)
    if text is not None:
        if text:
            found.texts.append(text[:LONGEST_TEXT])
        return text[:_LONGEST_SHOWN]
    if value.startswith(b"bplist00"):
        found.texts += _listed(value, found)
    return f"0x{value[: _LONGEST_SHOWN // 2].hex()}"


def _text(value: bytes) -> str | None:
    """The bytes as text, if they are UTF-8 without control characters."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _inside(value: bytes) -> list[tuple[int, int, int | bytes]] | None:
    """The fields of a message inside, if the bytes can be one."""
    try:
        return _first(value)
    except FormatError:
        return None


def _first(data: bytes) -> list[tuple[int, int, int | bytes]]:
    """The first fields of a message, one more than are told. Raises FormatError for damage anywhere in it."""
    read = protobuf.fields(data)
    kept = list(islice(read, MAX_VALUES + 1))
    for _ in read:
        pass
    return kept


def _rather_message(value: bytes, inside: list[tuple[int, int, int | bytes]]) -> bool:
    """Whether bytes that could be text are a message: begun by a line end, or nothing but fields of bytes."""
    only_bytes = all(wire == protobuf.BYTES for _, wire, _ in inside)
    return value[0] < 0x20 or (only_bytes and len(value) > _LEAST_MESSAGE)


def _listed(value: bytes, found: Tree) -> list[str]:
    """The texts of a property list, at any depth; none where it cannot be read."""
    try:
        waiting = [plist.loads(value, max_objects=MAX_VALUES, max_depth=MAX_DEPTH)]
    except FormatError:
        return []
    texts: list[str] = []
    while waiting and found._left > 0:
        found._left -= 1
        item = waiting.pop()
        if isinstance(item, str) and item:
            texts.append(item[:LONGEST_TEXT])
        elif isinstance(item, dict):
            waiting += reversed([*item.keys(), *item.values()])
        elif isinstance(item, list | tuple):
            waiting += reversed(item)
    return texts

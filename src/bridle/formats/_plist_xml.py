"""XML property lists by expat: no entities, no external documents, bounded."""

from __future__ import annotations

import binascii
import re
from datetime import datetime
from typing import Any
from xml.parsers import expat

from bridle.core import FormatError
from bridle.formats._unreadable import Unreadable

_BAD = "\U0010fffe"
"""A noncharacter that stands for one undecodable byte while the document is parsed."""
_SCALARS = frozenset({"string", "key", "data", "date", "integer", "real", "true", "false"})
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_INTEGER = re.compile(r"[+-]?(0[xX][0-9a-fA-F]{1,32}|\d{1,40})", re.ASCII)


def read(data: bytes, max_objects: int, max_depth: int) -> Any:
    """The value of an XML property list. Raises FormatError."""
    repaired, bad = _repaired(data)
    return _Reader(bad, max_objects, max_depth).read(repaired)


def _repaired(data: bytes) -> tuple[bytes, bool]:
    """The document, with a noncharacter for each byte that is no UTF-8; expat would refuse all of it."""
    declared = re.match(rb"<\?xml[^>]{0,200}encoding=[\"']([A-Za-z0-9._-]{1,40})", data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared and declared[1].lower() not in (b"utf-8", b"utf8")):
        return data, False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
        return re.sub("[\udc80-\udcff]", _BAD, text).encode("utf-8"), True
    return data, False


class _Reader:
    def __init__(self, bad: bool, max_objects: int, max_depth: int) -> None:
        self._max_objects, self._max_depth, self._bad = max_objects, max_depth, bad
        self._stack: list[tuple[Any, list[Any]]] = []
        self._roots: list[Any] = []
        self._count = self._damage = 0
        self._scalar: str | None = None
        self._text: list[str] = []
        self._began = False

    def read(self, data: bytes) -> Any:
        p = self._parser = expat.ParserCreate()
        p.buffer_text = True
        p.StartElementHandler, p.EndElementHandler = self._start, self._end
        p.CharacterDataHandler = self._characters
        p.EntityDeclHandler = self._entity
        try:
            p.Parse(data, True)
        except expat.ExpatError as e:
            raise FormatError(f"XML property list: {e}"[:120]) from None
        except (LookupError, ValueError) as e:
            raise e if isinstance(e, FormatError) else FormatError(f"XML property list: {e}"[:120]) from None
        if len(self._roots) != 1:
            raise FormatError(f"XML property list: expected one value, got {len(self._roots)}")
        return self._roots[0]

    def _entity(self, name: str, *_: Any) -> None:
        raise FormatError(f"XML property list: declares the entity {name!r:.60}")

    def _start(self, tag: str, _: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._max_objects:
            raise FormatError(f"XML property list: more than {self._max_objects} objects")
        if not self._began:
            if tag != "plist":
                raise FormatError(f"XML property list: expected <plist>, got <{tag:.40}>")
            self._began = True
        elif self._scalar is not None:
            raise FormatError(f"XML property list: <{tag:.40}> inside <{self._scalar}>")
        elif tag in ("dict", "array"):
            if len(self._stack) >= self._max_depth:
                raise FormatError(f"XML property list: deeper than {self._max_depth} levels")
            self._stack.append((tag, []))
        elif tag in _SCALARS:
            self._scalar, self._text = tag, []
        else:
            raise FormatError(f"XML property list: unknown element <{tag:.40}>")

    def _characters(self, text: str) -> None:
        if self._scalar is not None:
            self._text.append(text)
        elif text.strip():
            raise FormatError(f"XML property list: text {text.strip()!r:.60} outside a value")

    def _end(self, tag: str) -> None:
        if tag in ("dict", "array"):
            _, values = self._stack.pop()
            self._add(_pairs(values) if tag == "dict" else values)
        elif self._scalar is not None:
            self._scalar = None
            value = self._value(tag, "".join(self._text))
            self._add(_Key(value) if tag == "key" else value)

    def _value(self, tag: str, text: str) -> Any:
        damaged = self._bad and _BAD in text
        self._damage += text.count(_BAD) if damaged else 0
        offset = self._parser.CurrentByteIndex - 3 * self._damage
        if damaged:
            return Unreadable(f"expected UTF-8 text, got {text.replace(_BAD, '�')!r:.60}", offset)
        try:
            return _scalar(tag, text)
        except ValueError:
            return Unreadable(f"expected <{tag}>, got {text!r:.60}", offset)

    def _add(self, value: Any) -> None:
        if not self._stack:
            self._roots.append(value)
            return
        kind, values = self._stack[-1]
        if isinstance(value, _Key) and kind != "dict":
            raise FormatError("XML property list: <key> outside <dict>")
        values.append(value)


class _Key:
    """What a <key> held, until its dictionary is complete."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _pairs(values: list[Any]) -> dict[Any, Any]:
    keys, held = values[::2], values[1::2]
    if len(keys) != len(held) or not all(isinstance(k, _Key) for k in keys) or any(isinstance(v, _Key) for v in held):
        raise FormatError("XML property list: expected <key> and value in turn")
    return {k.value: v for k, v in zip(keys, held, strict=True)}


def _scalar(tag: str, text: str) -> Any:
    """A scalar's value. Raises ValueError."""
    if tag in ("string", "key"):
        return text
    if tag in ("true", "false"):
        return tag == "true"
    text = text.strip()
    if tag == "data":
        return binascii.a2b_base64(re.sub(r"\s+", "", text).encode("ascii"), strict_mode=True) if text else b""
    if tag == "real":
        return float(text)
    if tag == "date":
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - UTC by definition, naive in Python
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text, 16 if "x" in text.lower() else 10)

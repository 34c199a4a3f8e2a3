"""Binary XML of Android, written from elements: the manifest of an app that exists only in tests and demonstrations.

Sources: as `bridle.formats.axml`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bridle.formats.axml_names import NAMES

ANDROID = "http://schemas.android.com/apk/res/android"
_IDS = {name: number for number, name in NAMES.items()}
_NONE = 0xFFFFFFFF
_BARE = frozenset({"package", "split", "coreApp", "platformBuildVersionCode", "platformBuildVersionName"})
"""Attributes of the manifest that are not in Android's namespace."""

Value = str | int | bool


@dataclass(frozen=True)
class Element:
    """One element. Attributes are in Android's namespace where they have a place there."""

    name: str
    attributes: tuple[tuple[str, Value], ...] = ()
    children: tuple[Element, ...] = ()


def encode(root: Element, *, utf8: bool = False) -> bytes:
    """The bytes of a file with that element at its top."""
    writer = _Writer(root)
    body = b"".join(writer.chunks(root))
    chunks = writer.pool(utf8=utf8) + writer.resource_map() + body
    return struct.pack("<HHI", 0x0003, 8, 8 + len(chunks)) + chunks


def _all(root: Element) -> Iterator[Element]:
    yield root
    for child in root.children:
        yield from _all(child)


class _Writer:
    """The strings, those with a resource identifier first, and what refers to them."""

    def __init__(self, root: Element) -> None:
        names = [name for e in _all(root) for name, _ in e.attributes]
        self._mapped = list(dict.fromkeys(n for n in names if n in _IDS and n not in _BARE))
        others = [ANDROID, "android", *(n for n in names if n in _BARE or n not in _IDS)]
        others += [e.name for e in _all(root)]
        others += [v for e in _all(root) for _, v in e.attributes if isinstance(v, str) and not _reference(v)]
        self._texts = [*self._mapped, *(t for t in dict.fromkeys(others) if t not in set(self._mapped))]
        self._index = {text: i for i, text in enumerate(self._texts)}

    def pool(self, *, utf8: bool) -> bytes:
        table, texts = [], b""
        for text in self._texts:
            table.append(len(texts))
            texts += _utf8(text) if utf8 else _utf16(text)
        texts += bytes(-len(texts) % 4)
        start = 28 + 4 * len(table)
        head = struct.pack("<HHI5I", 0x0001, 28, start + len(texts), len(table), 0, 0x100 if utf8 else 0, start, 0)
        return head + struct.pack(f"<{len(table)}I", *table) + texts

    def resource_map(self) -> bytes:
        numbers = [_IDS[name] for name in self._mapped]
        return struct.pack(f"<HHI{len(numbers)}I", 0x0180, 8, 8 + 4 * len(numbers), *numbers)

    def chunks(self, element: Element) -> Iterator[bytes]:
        namespace = struct.pack("<2I", self._index["android"], self._index[ANDROID])
        yield _node(0x0100, namespace)
        yield from self._element(element)
        yield _node(0x0101, namespace)

    def _element(self, element: Element) -> Iterator[bytes]:
        name = struct.pack("<2I", _NONE, self._index[element.name])
        attributes = b"".join(self._attribute(n, v) for n, v in element.attributes)
        yield _node(0x0102, name + struct.pack("<6H", 20, 20, len(element.attributes), 0, 0, 0) + attributes)
        for child in element.children:
            yield from self._element(child)
        yield _node(0x0103, name)

    def _attribute(self, name: str, value: Value) -> bytes:
        namespace = _NONE if name in _BARE else self._index[ANDROID]
        raw, kind, content = _NONE, 0x10, 0
        if isinstance(value, bool):
            kind, content = 0x12, _NONE if value else 0
        elif isinstance(value, int):
            content = value & _NONE
        elif _reference(value):
            kind, content = 0x01, int(value[1:], 16)
        else:
            raw = content = self._index[value]
            kind = 0x03
        return struct.pack("<3IHBBI", namespace, self._index[name], raw, 8, 0, kind, content)


def _reference(value: str) -> bool:
    return value.startswith("@0x")


def _node(kind: int, body: bytes) -> bytes:
    return struct.pack("<HHI2I", kind, 16, 16 + len(body), 1, _NONE) + body


def _utf16(text: str) -> bytes:
    data = text.encode("utf-16-le")
    count = len(data) // 2
    length = struct.pack("<2H", 0x8000 | count >> 16, count & 0xFFFF) if count > 0x7FFF else struct.pack("<H", count)
    return length + data + b"\0\0"


def _utf8(text: str) -> bytes:
    data = text.encode()
    return _length(len(text.encode("utf-16-le")) // 2) + _length(len(data)) + data + b"\0"


def _length(count: int) -> bytes:
    return bytes([count]) if count < 0x80 else bytes([0x80 | count >> 8, count & 0xFF])

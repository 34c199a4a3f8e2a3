r"""Android Binary XML from XML, as a phone writes it: `any.abx` is the text.

An attribute `name:int="5"` has that type; others are text. Types: `int`, `inthex`, `long`, `longhex`, `float`,
`double`, `bool`, `null`, `interned`, `hex`, `base64` (of hexadecimal digits both).
"""

from __future__ import annotations

import struct
from xml.etree import ElementTree

_NUMBERS = {
    "int": (6, ">i"), "inthex": (7, ">i"), "long": (8, ">q"), "longhex": (9, ">q"), "float": (10, ">f"),
    "double": (11, ">d"),
}  # fmt: skip


def make(text: str) -> bytes:
    names: dict[str, int] = {}
    out = [b"ABX\x00\x10"]
    for root in ElementTree.fromstring(f"<all>{text.replace(':', '..')}</all>"):
        _element(root, names, out)
    return b"".join([*out, b"\x11"])


def _element(element, names, out) -> None:
    tag = element.tag.replace("..", ":")
    out.append(b"\x32" + _interned(tag, names))
    for stored, value in element.attrib.items():
        name, _, kind = stored.partition("..")
        out.append(_attribute(name, kind, value.replace("..", ":"), names))
    if (element.text or "").strip():
        out.append(b"\x24" + _string(element.text.replace("..", ":")))
    for inner in element:
        _element(inner, names, out)
    out.append(b"\x33" + _interned(tag, names))


def _attribute(name, kind, value, names) -> bytes:
    number, body = 2, _string(value)
    if kind in _NUMBERS:
        number, layout = _NUMBERS[kind]
        body = struct.pack(layout, float(value) if layout in (">f", ">d") else int(value))
    elif kind == "bool":
        number, body = (12 if value == "true" else 13), b""
    elif kind == "null":
        number, body = 1, b""
    elif kind in ("hex", "base64"):
        number, body = (4 if kind == "hex" else 5), struct.pack(">H", len(value) // 2) + bytes.fromhex(value)
    named = _interned(name, names)
    if kind == "interned":
        number, body = 3, _interned(value, names)
    return bytes([number << 4 | 15]) + named + body


def _interned(text, names) -> bytes:
    if text in names:
        return struct.pack(">H", names[text])
    names[text] = len(names)
    return b"\xff\xff" + _string(text)


def _string(text) -> bytes:
    stored = text.encode()
    return struct.pack(">H", len(stored)) + stored

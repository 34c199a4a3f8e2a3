"""The arguments of a record of a tracev3 file."""

from __future__ import annotations

import struct

from bridle.classes import dataclass

_SCALAR, _PRECISION, _MASK = 0x0, 0x1, 0x7
_RANGED = {0x2: "text", 0x3: "data", 0x4: "text", 0x5: "wide", 0x8: "text", 0xF: "data"}
_PRIVATE = 1
_NOT_KEPT = 0x8000
_ITEMS = 64
_SIZES = (1, 2, 4, 8)
_SLACK = 1 << 16
"""Arguments do not share their bytes, so that together they have no more than there are; and one may be cut short."""


@dataclass(frozen=True)
class Item:
    """An argument: `number`, `precision`, `text`, `data`, `private` (not kept) or `missing`."""

    kind: str
    raw: bytes = b""
    """Of a number, precision or data: its bytes, the lowest first."""
    text: str = ""


def items(raw: bytes, private: bytes, backtrace: bool) -> list[Item]:
    """The arguments that begin at `raw`, the private ones of them from `private`. What is cut short is left out."""
    if len(raw) < 2:
        return []
    found: list[tuple[int, bytes]] = []
    at = 2
    for _ in range(min(raw[1], _ITEMS)):
        if at + 2 > len(raw):
            break
        kind, size = raw[at], raw[at + 1]
        found.append((kind, raw[at + 2 : at + 2 + size]))
        at += 2 + size
    values = raw[at + _backtrace(raw, at, backtrace) :]
    made: list[Item] = []
    left = len(values) + len(private) + _SLACK
    for kind, inline in found:
        if kind >> 4 != _MASK:
            size = int.from_bytes(inline[2:4], "little") if kind >> 4 in _RANGED else 0
            left -= size if size != _NOT_KEPT else 0
            made.append(_item(kind, inline, values, private) if left >= 0 else Item("missing"))
    return made


def _backtrace(raw: bytes, at: int, flagged: bool) -> int:
    """Bytes of the backtrace between the arguments and their values."""
    if at + 6 > len(raw) or not (flagged or raw[at : at + 3] == b"\x01\x00\x12"):
        return 0
    images, frames = raw[at + 3], int.from_bytes(raw[at + 4 : at + 6], "little")
    return 6 + images * 16 + frames * 5 + (-frames & 3)


def _item(kind: int, inline: bytes, values: bytes, private: bytes) -> Item:
    form, of = kind >> 4, kind & 0xF
    if form == _SCALAR and not of & _PRIVATE:
        return Item("number", inline) if len(inline) in _SIZES else Item("missing")
    if form == _PRECISION:
        return Item("precision", inline)
    if len(inline) < 4 or (form not in _RANGED and form != _SCALAR):
        return Item("missing")
    offset, size = struct.unpack_from("<HH", inline)
    if of & _PRIVATE and (size == _NOT_KEPT or not size or offset + size > len(private)):
        return Item("private")
    raw = (private if of & _PRIVATE else values)[offset : offset + size]
    if form == _SCALAR:
        return Item("number", raw) if len(raw) in _SIZES else Item("missing")
    if _RANGED[form] == "data":
        return Item("data", raw)
    if form == 0x4 and not size:
        return Item("text", text="(null)")
    wide = _RANGED[form] == "wide"
    return Item("text", text=raw.decode("utf-32-le" if wide else "utf-8", "backslashreplace").rstrip("\0"))

"""MBFile: what an iTunes backup's manifest says of one file, an NSKeyedArchiver property list of some 600 bytes.

A manifest has hundreds of thousands of them and only a few layouts. All that comes before the first value (the key
names, and which object is which) is compared with a layout seen before; then only the values asked for are decoded.
Anything unusual goes through `plistlib`, to the same result at a tenth of the speed.

Sources: CoreFoundation `CFBinaryPList.c`, https://github.com/apple-oss-distributions/CF ; manifests of iOS 10 to 17.
"""

from __future__ import annotations

import plistlib
import struct
from collections.abc import Iterable, Mapping, Sequence

from bridle.core import FormatError

Value = int | float | str | bytes | bool | None

TRAILER = struct.Struct(">6xBBQQQ")
_TABLES = tuple(struct.Struct(f">{count}H") for count in range(257))
MAX_BYTES = 1 << 20
_MAX_LAYOUTS = 256
_FROM_2001 = 978307200
DATA_KEY = b"WNS.data"


class _UnusualError(Exception):
    """Not as the fast path expects it; `plistlib` decides."""


class Layout:
    """Where the values of equally built MBFiles are: object numbers, and the bytes that prove them equal."""

    __slots__ = ("fields", "objects", "prefix", "root", "table")

    def __init__(
        self, prefix: bytes, table: bytes, root: tuple[int, bytes], objects: bytes, fields: Mapping[str, int]
    ) -> None:
        self.prefix, self.table, self.root, self.objects, self.fields = prefix, table, root, objects, fields

    def fits(self, blob: bytes, table: int, offsets: Sequence[int]) -> bool:
        number, root = self.root
        return (
            blob.startswith(self.prefix)
            and blob.startswith(self.table, table)
            and blob.startswith(root, offsets[number])
        )


class MBFile:
    """One file's attributes: `LastModified`, `Size`, `Mode`, `EncryptionKey` … Decoded when asked for."""

    __slots__ = ("_blob", "_layout", "_offsets", "_values")

    def __init__(self, blob: bytes, layout: Layout | None, offsets: Sequence[int]) -> None:
        self._blob, self._layout, self._offsets = blob, layout, offsets
        self._values: Mapping[str, Value] | None = _by_plistlib(blob) if layout is None else None

    def get(self, name: str) -> Value:
        """The value of an attribute, None if it has none. References are followed. Raises FormatError."""
        if self._values is None and self._layout is not None:
            number = self._layout.fields.get(name)
            if number is None:
                return None
            try:
                return self._value(number, self._layout.objects)
            except (_UnusualError, IndexError):
                self._values = _by_plistlib(self._blob)
        return None if self._values is None else self._values.get(name)

    def names(self) -> Iterable[str]:
        """The names of all attributes."""
        return self._layout.fields if self._values is None and self._layout is not None else self._values or {}

    def values(self) -> dict[str, Value]:
        """All attributes. Raises FormatError."""
        return {name: self.get(name) for name in list(self.names())}

    def _value(self, number: int, objects: bytes) -> Value:
        blob, offsets = self._blob, self._offsets
        at = offsets[number]
        marker = blob[at]
        if marker >> 4 == 1:
            return _integer(blob, at)
        if marker == 0x80:
            at = offsets[objects[blob[at + 1]]]
            if blob[at] >> 4 == 4:
                return _bytes(blob, at)
            return self._wrapped(at) if blob[at] == 0xD2 else _text(blob, at)
        return _text(blob, at)

    def _wrapped(self, at: int) -> bytes:
        """The `NS.data` of an archived NSData."""
        blob, offsets = self._blob, self._offsets
        if blob.startswith(DATA_KEY, offsets[blob[at + 1]]):
            return _bytes(blob, offsets[blob[at + 3]])
        if blob.startswith(DATA_KEY, offsets[blob[at + 2]]):
            return _bytes(blob, offsets[blob[at + 4]])
        raise _UnusualError


class Reader:
    """Reads MBFiles, remembering the layouts it has met."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[int, int, int], list[Layout]] = {}
        self._count = 0

    def read(self, blob: bytes) -> MBFile:
        """The attributes in `blob`. Raises FormatError if it is no archived object."""
        return MBFile(blob, *self._found(blob))

    def layout(self, blob: bytes) -> Layout | None:
        """The layout of `blob`; None if only `plistlib` can tell what is in it. Raises FormatError."""
        return self._found(blob)[0]

    def _found(self, blob: bytes) -> tuple[Layout | None, Sequence[int]]:
        if len(blob) > MAX_BYTES:
            raise FormatError(f"MBFile: {len(blob)} bytes, more than {MAX_BYTES}")
        if len(blob) < 40 or not blob.startswith(b"bplist00"):
            raise FormatError(f"MBFile: expected a binary property list, got {bytes(blob[:16])!r:.60}")
        width, reference, count, top, table = TRAILER.unpack_from(blob, len(blob) - 32)
        if reference != 1 or width not in (1, 2) or count > 256 or table + count * width > len(blob) - 32:
            return None, ()
        offsets: Sequence[int] = _TABLES[count].unpack_from(blob, table) if width == 2 else blob[table : table + count]
        known = self._layouts.setdefault((width, count, top), [])
        for layout in known:
            if layout.fits(blob, table, offsets):
                return layout, offsets
        try:
            found: Layout | None = _layout_of(blob, top, table, width, offsets)
        except (_UnusualError, IndexError, KeyError):
            found = None
        if found is not None and self._count < _MAX_LAYOUTS:
            self._count += 1
            known.append(found)
        return found, offsets


def _layout_of(blob: bytes, top: int, table: int, width: int, offsets: Sequence[int]) -> Layout:
    """The layout of a blob whose structure all precedes its values, as Apple and `plistlib` write it."""
    structure = {top}
    head = _names(blob, offsets, top, structure)
    structure.add(head["$objects"])
    archived = _names(blob, offsets, head["$top"], set())["root"]
    root = offsets[archived]
    count, at = _head(blob, offsets[head["$objects"]], 0xA)
    objects = blob[at : at + count]
    if len(objects) != count or blob[root] != 0x80:
        raise _UnusualError
    fields = _names(blob, offsets, objects[blob[root + 1]], structure)
    fields.pop("$class", None)
    first = max(structure) + 1
    end = offsets[first]
    if max(_end(blob, offsets[number]) for number in structure) > end:
        raise _UnusualError
    proof = blob[table : table + (first + 1) * width]
    return Layout(blob[:end], proof, (archived, blob[root : root + 2]), objects, fields)


def _names(blob: bytes, offsets: Sequence[int], number: int, structure: set[int]) -> dict[str, int]:
    """A dictionary's keys and the object numbers of its values; adds what it is made of to `structure`."""
    count, at = _head(blob, offsets[number], 0xD)
    references = blob[at : at + 2 * count]
    if len(references) != 2 * count:
        raise _UnusualError
    structure.update((number, *references[:count]))
    return {_text(blob, offsets[key]): value for key, value in zip(references, references[count:], strict=False)}


def _head(blob: bytes, at: int, kind: int) -> tuple[int, int]:
    """The count in an object's marker, and where its content begins."""
    if blob[at] >> 4 != kind:
        raise _UnusualError
    count = blob[at] & 15
    if count < 15:
        return count, at + 1
    if blob[at + 1] >> 4 != 1:
        raise _UnusualError
    width = 1 << (blob[at + 1] & 15)
    return int.from_bytes(blob[at + 2 : at + 2 + width], "big"), at + 2 + width


def _end(blob: bytes, at: int) -> int:
    kind = blob[at] >> 4
    count, start = _head(blob, at, kind)
    return start + count * {0xD: 2, 6: 2}.get(kind, 1)


def _integer(blob: bytes, at: int) -> int:
    width = 1 << (blob[at] & 15)
    content = blob[at + 1 : at + 1 + width]
    if len(content) != width or width > 16:
        raise _UnusualError
    return int.from_bytes(content, "big", signed=width >= 8)


def _text(blob: bytes, at: int) -> str:
    kind = blob[at] >> 4
    if kind not in (5, 6):
        raise _UnusualError
    count, start = _head(blob, at, kind)
    content = blob[start : start + (count << (kind - 5))]
    try:
        text = content.decode("ascii" if kind == 5 else "utf-16-be")
    except UnicodeDecodeError:
        raise _UnusualError from None
    if len(content) != count << (kind - 5):
        raise _UnusualError
    return text


def _bytes(blob: bytes, at: int) -> bytes:
    count, start = _head(blob, at, 4)
    if start + count > len(blob):
        raise _UnusualError
    return blob[start : start + count]


def _by_plistlib(blob: bytes) -> dict[str, Value]:
    try:
        stored = plistlib.loads(blob, fmt=plistlib.FMT_BINARY)
        objects = stored["$objects"]
        root = objects[stored["$top"]["root"].data]
        return {k: _resolved(v, objects) for k, v in root.items() if isinstance(k, str) and k != "$class"}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, MemoryError) as e:
        raise FormatError(f"MBFile: not an archived object ({e!s:.60})") from None


def _resolved(value: object, objects: list[object]) -> Value:
    if isinstance(value, plistlib.UID):
        value = objects[value.data]
    if isinstance(value, dict) and isinstance(value.get("NS.data"), bytes):
        value = value["NS.data"]
    elif isinstance(value, dict) and isinstance(value.get("NS.time"), int | float):
        value = value["NS.time"] + _FROM_2001
    return value if value is None or isinstance(value, int | float | str | bytes) else f"{value!r:.200}"

"""NSKeyedArchiver archives as plain values: what an app stored, without its classes.

`NSDictionary` → dict, `NSArray`, `NSSet` and `NSOrderedSet` → list, `NSString` → str, `NSData` → bytes, `NSDate` →
naive datetime in UTC, `NSURL` → str, `NSUUID` → str, `NSNull` → None. An object of any other class is a dict of its
fields with its class name as `$class`; a dictionary that Python cannot hold keeps its `NS.keys` and `NS.objects`.
An object inside itself is `{"$cycle": number}`.

Sources: Apple's open-source swift-corelibs-foundation (NSKeyedUnarchiver.swift); archives read from devices.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from datetime import datetime
from plistlib import UID
from typing import Any
from urllib.parse import urljoin

from bridle.core import FormatError
from bridle.formats.plist import Unreadable, date

MAX_OBJECTS = 200_000
MAX_DEPTH = 64
_LEAST_VISITS, _VISITS = 1_000, 16
"""Objects that are visited at most: 16 for each value that is stored, so that sharing cannot multiply without end."""
_CHARGED = 256
"""Characters or bytes that count as one more object, wherever they are referred to."""


def unarchive(plist_value: Any, *, max_objects: int = MAX_OBJECTS, max_depth: int = MAX_DEPTH) -> Any:
    """The archived value: that of `root`, or a dict of all the roots. Raises FormatError for what is no archive.

    An object counts every time it is referred to; more than `max_objects` of them raise FormatError.
    """
    objects = plist_value.get("$objects") if isinstance(plist_value, dict) else None
    top = plist_value.get("$top") if isinstance(plist_value, dict) else None
    if not isinstance(objects, list) or not isinstance(top, dict):
        raise FormatError(f"keyed archive: expected $objects and $top, got {plist_value!r:.60}")
    reader = _Reader(objects, max_objects, max_depth)
    if set(top) == {"root"}:
        return reader.value(top["root"], 0)
    return {k: reader.value(v, 0) for k, v in top.items()}


def _stored(value: Any) -> int:
    """Values stored in an object, those of its lists among them."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(len(v) for v in value.values() if isinstance(v, list))
    return 1 + (len(value) if isinstance(value, list) else 0)


class _Reader:
    def __init__(self, objects: list[Any], max_objects: int, max_depth: int) -> None:
        self._objects, self._left, self._max_depth = objects, max_objects, max_depth
        self._visits = _LEAST_VISITS + _VISITS * sum(map(_stored, objects))
        self._open: set[int] = set()

    def value(self, value: Any, depth: int) -> Any:
        """What a reference, or a value stored in place, stands for."""
        self._left -= 1 + (len(value) // _CHARGED if isinstance(value, str | bytes) else 0)
        self._visits -= 1
        if self._left < 0 or self._visits < 0:
            raise FormatError("keyed archive: too many objects")
        if depth > self._max_depth:
            raise FormatError(f"keyed archive: deeper than {self._max_depth} levels")
        if isinstance(value, UID):
            return self._object(value.data, depth)
        if isinstance(value, list):
            return [self.value(v, depth + 1) for v in value]
        if isinstance(value, dict):
            return self._instance(value, depth)
        return value

    def _object(self, number: int, depth: int) -> Any:
        if number >= len(self._objects):
            raise FormatError(f"keyed archive: object {number} of {len(self._objects)}")
        if number == 0 and self._objects[0] == "$null":
            return None
        if number in self._open:
            return {"$cycle": number}
        stored = self._objects[number]
        if isinstance(stored, UID):
            raise FormatError(f"keyed archive: object {number} is only a reference")
        self._open.add(number)
        try:
            return self.value(stored, depth + 1)
        finally:
            self._open.discard(number)

    def _instance(self, fields: dict[Any, Any], depth: int) -> Any:
        names = self._class_names(fields.get("$class"))
        if not names:
            return {k: self.value(v, depth + 1) for k, v in fields.items() if k != "$class"}
        for name, read in _READERS.items():
            if name in names:
                return read(self, fields, names[0], depth)
        return self._plain(fields, names[0], depth)

    def _class_names(self, reference: Any) -> list[str]:
        """The class of an object and what it descends from, most special first."""
        if not isinstance(reference, UID) or reference.data >= len(self._objects):
            return []
        found = self._objects[reference.data]
        if not isinstance(found, dict):
            return []
        classes = found.get("$classes")
        names = [found.get("$classname"), *(classes if isinstance(classes, list) else ())]
        return [n for n in names if isinstance(n, str)]

    def _plain(self, fields: dict[Any, Any], name: str, depth: int) -> dict[Any, Any]:
        return {"$class": name, **{k: self.value(v, depth + 1) for k, v in fields.items() if k != "$class"}}

    def dictionary(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        stored = fields.get("NS.keys"), fields.get("NS.objects")
        if not all(isinstance(s, list) for s in stored) and "NS.keys" not in fields:
            stored = self._numbered(fields, "NS.key."), self._numbered(fields, "NS.object.")
        keys, values = (self.value(s, depth + 1) for s in stored)
        if not isinstance(keys, list) or not isinstance(values, list) or len(keys) != len(values):
            return {"$class": name, "NS.keys": keys, "NS.objects": values}
        if not all(isinstance(k, Hashable) for k in keys) or len(set(keys)) != len(keys):
            return {"$class": name, "NS.keys": keys, "NS.objects": values}
        return dict(zip(keys, values, strict=True))

    def array(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        stored = fields.get("NS.objects")
        if stored is None:
            stored = self._numbered(fields, "NS.object.")
        if not isinstance(stored, list):
            return self._plain(fields, name, depth)
        return self.value(stored, depth)

    @staticmethod
    def _numbered(fields: dict[Any, Any], prefix: str) -> list[Any]:
        """Elements stored as `NS.object.0`, `NS.object.1` …"""
        out: list[Any] = []
        while f"{prefix}{len(out)}" in fields:
            out.append(fields[f"{prefix}{len(out)}"])
        return out

    def text(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        found = self.value(fields.get("NS.string", fields.get("NS.bytes")), depth + 1)
        if isinstance(found, bytes):
            try:
                return found.decode("utf-8")
            except UnicodeDecodeError:
                return Unreadable(f"expected UTF-8 text, got {found!r:.60}", 0)
        return found if isinstance(found, str | Unreadable) else self._plain(fields, name, depth)

    def blob(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        found = self.value(fields.get("NS.data", fields.get("NS.bytes")), depth + 1)
        return found if isinstance(found, bytes) else self._plain(fields, name, depth)

    def time(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        seconds = self.value(fields.get("NS.time"), depth + 1)
        if isinstance(seconds, datetime):
            return seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return self._plain(fields, name, depth)
        try:
            return date(seconds)
        except (ValueError, OverflowError):
            return Unreadable(f"expected a date, got {seconds!r} seconds since 2001", 0)

    def url(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        base, relative = (self.value(fields.get(k), depth + 1) for k in ("NS.base", "NS.relative"))
        if not isinstance(relative, str):
            return self._plain(fields, name, depth)
        try:
            return urljoin(base, relative) if isinstance(base, str) else relative
        except ValueError:
            return relative

    def identifier(self, fields: dict[Any, Any], name: str, depth: int) -> Any:
        raw = self.value(fields.get("NS.uuidbytes"), depth + 1)
        if isinstance(raw, bytes) and len(raw) == 16:
            return str(uuid.UUID(bytes=raw)).upper()
        return self._plain(fields, name, depth)

    def nothing(self, *_: Any) -> None:
        return None


_READERS: dict[str, Callable[[_Reader, dict[Any, Any], str, int], Any]] = {
    "NSDictionary": _Reader.dictionary,
    "NSArray": _Reader.array,
    "NSSet": _Reader.array,
    "NSOrderedSet": _Reader.array,
    "NSString": _Reader.text,
    "NSData": _Reader.blob,
    "NSDate": _Reader.time,
    "NSURL": _Reader.url,
    "NSUUID": _Reader.identifier,
    "NSNull": _Reader.nothing,
}

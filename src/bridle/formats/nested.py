"""Values inside values: property lists and keyed archives that lie in cells of tables or in each other.

A leaf is a value that holds no others, an empty dictionary or list among them. Bytes that are a property list are
opened wherever they lie, and read as the archive they hold if it is one. How many values are visited is bounded,
whatever refers to what.

Sources: property lists and NSKeyedArchiver archives as `plist` and `keyed_archive` describe them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import keyed_archive, plist, secret, values
from bridle.formats.pointer import below

MOST = 100_000
"""Values that are visited in one walk."""
DEEPEST = 48
"""Levels, those of opened property lists among them."""
LONGEST_KEY = 400
"""Characters of one key that are kept on the way."""
LONGEST_SHOWN = 1 << 20
"""Characters of keys and values that are shown of one value."""
_MAGIC = b"bplist0"
_INNER, _LEAST_INNER, _MOST_INNER = 4, 64 << 10, 16 << 20
"""Bytes of property lists that are opened in one walk: for each byte of the value, and at least; at most elsewhere."""


@dataclass(frozen=True)
class Leaf:
    """A value that holds no others, and the way to it."""

    place: str
    """Numbers of the entries on the way, such as `2/1`: safe to show. Empty for a value that is all there is."""
    key: str
    """Keys on the way, joined by `/`; entries of lists by their number."""
    value: Any
    """Text, number, truth value, bytes, date, None, an empty dictionary or list, or `plist.Unreadable`.

    A FormatError stands for bytes that could not be opened.
    """


def opened(data: bytes) -> Any:
    """The value of a property list; that of the archive where it is one. Raises FormatError."""
    found = plist.loads(data, max_objects=MOST)
    is_archive = isinstance(found, dict) and "$objects" in found and "$top" in found
    return keyed_archive.unarchive(found, max_objects=MOST) if is_archive else found


def leaves(value: Any) -> Iterator[Leaf]:
    """The leaves of a value in their order. Raises FormatError for more than `MOST` values or `DEEPEST` levels."""
    inner = _LEAST_INNER + _INNER * len(value) if isinstance(value, bytes) else _MOST_INNER
    return _Walk(inner).leaves("", "", value, 0)


def shown(value: Any) -> str:
    """A value as JSON: itself where it is a leaf, else its leaves by the keys on the way to them.

    Of bytes the length is told, for they may be keys, and of texts whose keys say that they are secrets; dates are in
    ISO 8601, an empty dictionary or list is null. A leaf that could not be read is an object with the reason under
    `$unreadable`; a value that is all one such leaf raises FormatError, as `leaves` does, and so do more than
    `LONGEST_SHOWN` characters.
    """
    if isinstance(value, plist.Unreadable):
        raise FormatError(value.reason)
    found: dict[str, Any] = {}
    left = LONGEST_SHOWN
    for leaf in leaves(value):
        left -= len(leaf.key) + (len(leaf.value) if isinstance(leaf.value, str | bytes) else 1)
        if left < 0:
            raise FormatError(f"expected at most {LONGEST_SHOWN} characters, got more")
        hidden = isinstance(leaf.value, str) and is_secret(leaf.key)
        shown_value = f"{len(leaf.value)} characters" if hidden else _plain(leaf.value)
        found[leaf.key if leaf.key not in found else f"{leaf.key} {leaf.place}"] = shown_value
    plain = found[""] if set(found) == {""} else found
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def is_secret(key: str) -> bool:
    """Whether one of the keys on the way says that the value is a secret."""
    return any(secret.is_secret(part) for part in key.split("/"))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return values.iso(value)
    if isinstance(value, Mapping | list):
        return None
    if isinstance(value, plist.Unreadable | FormatError):
        return {"$unreadable": f"{value.reason if isinstance(value, plist.Unreadable) else value!s:.200}"}
    return value if value is None or isinstance(value, str | int) else f"{value!s:.200}"


class _Walk:
    """One walk, in which `inner` bytes of property lists may be opened: the same data may be referred to often."""

    def __init__(self, inner: int) -> None:
        self._left, self._inner = MOST, inner

    def leaves(self, place: str, key: str, value: Any, depth: int) -> Iterator[Leaf]:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            limit = f"{MOST} values" if self._left < 0 else f"{DEEPEST} levels"
            raise FormatError(f"expected at most {limit}, got more")
        if isinstance(value, bytes) and value.startswith(_MAGIC):
            try:
                value = self._opened(value)
            except FormatError as e:
                value = e
            else:
                yield from self.leaves(place, key, value, depth + 1)
                return
        if isinstance(value, Mapping) and value:
            for number, (name, inner) in enumerate(value.items(), 1):
                named = below(key, str(name)[:LONGEST_KEY])
                yield from self.leaves(below(place, number), named, inner, depth + 1)
        elif isinstance(value, list) and value:
            for number, inner in enumerate(value, 1):
                yield from self.leaves(below(place, number), below(key, number), inner, depth + 1)
        else:
            yield Leaf(place, key, value)

    def _opened(self, data: bytes) -> Any:
        self._inner -= len(data)
        if self._inner < 0:
            raise FormatError("property lists inside: more bytes of them than can lie there")
        return opened(data)

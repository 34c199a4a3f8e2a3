"""The values at the ends of nested dictionaries and lists, one by one, with the keys on the way to each.

An empty dictionary or list is a value too. Property lists stored as data inside a property list are opened, and keyed
archives among them read. A place is made of the same keys as the path, but for keys that may be an account or a phone
number: those are told by the number of their entry, as `~2` and a number. So is, in the path too, a key that does not
decode; it is a Gap beside what it leads to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.classes import dataclass
from bridle.core import FormatError, Gap
from bridle.formats import keyed_archive, plist
from bridle.formats.pointer import below

MOST = 200_000
"""Values that are told of one tree."""
DEEPEST = 64
INNER = "(property list)"
"""Stands in a path where a property list lies inside data."""
_INNER_OBJECTS = 50_000
_LONGEST_KEY = 200
_INNER_FAILURES = 100
_INNER_BYTES = 16 << 20
"""Of property lists inside one tree that are opened, each counted as `_INNER_LEAST` more: they may be shared."""
_INNER_LEAST = 1_024
_PLAIN_KEY = re.compile(r"[A-Za-z0-9 ._:$-]{1,120}\Z")
_MANY_DIGITS = re.compile(r"[0-9]{7}")


@dataclass(frozen=True)
class Leaf:
    """One value."""

    place: str
    """Where it lies, as a locator; no two leaves have the same."""
    path: str
    """The keys on the way, joined by `/`; elements of lists are counted from 1."""
    key: str
    """The last key of a dictionary on the way; empty where there is none."""
    value: Any
    """Never a dictionary or list that has something in it."""


def leaves(stored: object, at: str = "", *, path: str | None = None, most: int = MOST) -> Iterator[Leaf | Gap]:
    """The leaves of `stored`, in their order, and a Gap for what cannot be walked. `at` is the place of `stored`."""
    waiting: list[Iterator[Leaf | Gap]] = [iter((Leaf(at, at if path is None else path, "", stored),))]
    told = failed = 0
    inner_left = _INNER_BYTES
    while waiting:
        leaf = next(waiting[-1], None)
        if leaf is None:
            waiting.pop()
            continue
        if isinstance(leaf, Gap):
            yield leaf
            continue
        if told >= most:
            yield Gap(locator=f"{leaf.place}~3", reason=f"expected at most {most} values, got more")
            return
        if _holds_more(leaf.value) and len(waiting) <= DEEPEST:
            waiting.append(_below(leaf))
            continue
        told += 1
        if _holds_more(leaf.value):
            yield Gap(locator=leaf.place or "~3", reason=f"expected at most {DEEPEST} levels, got more")
            continue
        if failed < _INNER_FAILURES and isinstance(leaf.value, bytes) and leaf.value.startswith(b"bplist0"):
            try:
                inner_left = _less(inner_left, leaf.value)
                waiting.append(_inside(leaf))
                continue
            except FormatError as e:
                failed += 1
                yield Gap(locator=f"{leaf.place}~4", reason=f"{e!s:.200}")
        yield leaf


def _less(left: int, data: bytes) -> int:
    """What is left of the bytes that may be opened. Raises FormatError where it is not enough."""
    left -= _INNER_LEAST + len(data)
    if left < 0:
        raise FormatError(f"property lists inside: expected at most {_INNER_BYTES} bytes of them, got more")
    return left


def opened(data: bytes) -> Any:
    """The value of a property list inside another, or what is archived in it. Raises FormatError."""
    found = plist.loads(data, max_objects=_INNER_OBJECTS, max_depth=DEEPEST)
    return unarchived(found)


def unarchived(value: Any) -> Any:
    """What is archived in a property list, or its value itself where it is no keyed archive. Raises FormatError."""
    if isinstance(value, dict) and "$archiver" in value and "$objects" in value:
        return keyed_archive.unarchive(value, max_objects=_INNER_OBJECTS, max_depth=DEEPEST)
    return value


def texts(stored: object, *, most: int = 10_000) -> tuple[list[tuple[str, str]], str | None]:
    """The last key and the text of each leaf that is text; and why there may be more."""
    found: list[tuple[str, str]] = []
    reason = None
    for leaf in leaves(stored, most=most):
        if isinstance(leaf, Gap):
            reason = reason or leaf.reason
        elif isinstance(leaf.value, str):
            found.append((leaf.key, leaf.value))
    return found, reason


def _holds_more(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(value)


def _inside(leaf: Leaf) -> Iterator[Leaf]:
    """What lies in a property list inside data. Raises FormatError."""
    return iter((Leaf(below(leaf.place, INNER), below(leaf.path, INNER), leaf.key, opened(leaf.value)),))


def _below(leaf: Leaf) -> Iterator[Leaf | Gap]:
    if isinstance(leaf.value, Mapping):
        for number, (key, value) in enumerate(leaf.value.items(), 1):
            entry = _entry(leaf, number, key, value)
            if isinstance(key, plist.Unreadable):
                yield Gap(locator=f"{entry.place}~5", reason=f"key: {key.reason}"[:200])
            yield entry
        return
    for number, value in enumerate(leaf.value, 1):
        yield Leaf(below(leaf.place, number), below(leaf.path, number), leaf.key, value)


def _entry(leaf: Leaf, number: int, key: object, value: object) -> Leaf:
    if isinstance(key, plist.Unreadable):
        return Leaf(f"{leaf.place}~2{number}", f"{leaf.path}~2{number}", "", value)
    name = f"{key}".encode("utf-8", "backslashreplace").decode()[:_LONGEST_KEY]
    plain = isinstance(key, str) and _PLAIN_KEY.match(key) is not None and _MANY_DIGITS.search(key) is None
    place = below(leaf.place, name) if plain else f"{leaf.place}~2{number}"
    return Leaf(place, below(leaf.path, name), name, value)

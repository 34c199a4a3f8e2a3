"""The history of one tab, as WebKit hands it to an app to keep: what can be reached with "back" and "forward".

Four bytes for the version (most significant first), then a property list, binary or XML. Its key `SessionHistory` holds
`SessionHistoryEntries`, oldest first, and `SessionHistoryCurrentIndex`. A tab that has loaded nothing has an empty
`SessionHistory`. The state of each page (`SessionHistoryEntryData`) holds what was typed into it and is not read.

Sources: https://github.com/WebKit/WebKit (Source/WebKit/UIProcess/mac/LegacySessionStateCoding.cpp and its forerunner
WebBackForwardListCF.cpp)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import FormatError, Gap
from bridle.formats import plist

NUMBER, CURRENT = "(number)", "(current)"
"""Keys of an entry's place, from 1, and of whether the tab shows it."""
_VERSION_BYTES = 4
_MOST_OBJECTS = 200_000
_LONGEST = 16 << 20
_NOT_READ = "SessionHistoryEntryData"


def entries(state: bytes, locator: str, more: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """A locator below `locator` and the keys of each entry, with those of `more`; a Gap for what is none."""
    try:
        stored, current = _history(state)
    except FormatError as e:
        yield Gap(locator=f"{locator}/history", reason=f"session history: {e!s:.200}")
        return
    for number, entry in enumerate(stored, 1):
        place = f"{locator}/{number}"
        if isinstance(entry, Mapping):
            kept = {k: v for k, v in entry.items() if k != _NOT_READ}
            yield place, {**kept, **more, NUMBER: number, CURRENT: None if current is None else number == current + 1}
        else:
            yield Gap(locator=place, reason=f"session history: expected a dictionary, got {entry!r:.60}")


def _history(state: bytes) -> tuple[list[Any], int | None]:
    """The entries, and the number of the one that is shown, from 0. Raises FormatError."""
    if len(state) > _LONGEST:
        raise FormatError(f"expected at most {_LONGEST} bytes, got {len(state)}")
    bare = state.startswith((b"bplist", b"<?xml"))
    found = plist.loads(state if bare else state[_VERSION_BYTES:], max_objects=_MOST_OBJECTS)
    if not isinstance(found, Mapping):
        raise FormatError(f"expected a dictionary, got {found!r:.60}")
    history = found.get("SessionHistory", {})
    stored = history.get("SessionHistoryEntries", []) if isinstance(history, Mapping) else None
    if not isinstance(stored, list):
        raise FormatError(f"expected SessionHistory with entries, got {history!r:.60}")
    current = history.get("SessionHistoryCurrentIndex")
    return stored, current if type(current) is int else None

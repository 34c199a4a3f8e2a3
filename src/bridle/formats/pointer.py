"""Where a value lies among nested dictionaries and lists: its keys, joined by `/`.

A `/` in a key is written `~1` and a `~` is written `~0`, as in JSON pointers, so that different keys never give the
same place.

Sources: RFC 6901, https://www.rfc-editor.org/rfc/rfc6901
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Gap
from bridle.formats._unreadable import Unreadable


def below(place: str, key: str | int) -> str:
    """The place of what lies under `key` at `place`; an empty `place` is the top, and `~3` an empty key there."""
    name = str(key).replace("~", "~0").replace("/", "~1")
    return f"{place}/{name}" if place else name or "~3"


def entries(stored: Mapping[object, object], at: str = "") -> Iterator[tuple[str, str, object] | Gap]:
    """The place, key and value of each entry of the dictionary at `at`; a Gap for a key that is no text.

    Such a key is told by the number of its entry: `~2` is no part of any other place.
    """
    for number, (key, value) in enumerate(stored.items(), 1):
        if isinstance(key, str):
            yield below(at, key), key, value
        else:
            wrong = key.reason if isinstance(key, Unreadable) else f"expected text, got {key!r:.60}"
            yield Gap(locator=f"{at}~2{number}", reason=f"key: {wrong}"[:200])

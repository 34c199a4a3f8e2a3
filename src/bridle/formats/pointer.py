"""JSON pointers: where a value lies among nested dictionaries and lists, such as `/Applications/org.example.app/0`.

Sources: RFC 6901, https://www.rfc-editor.org/rfc/rfc6901
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Gap


def pointer(*keys: str | int) -> str:
    """The pointer made of `keys`; different keys give different pointers."""
    return "".join("/" + str(k).replace("~", "~0").replace("/", "~1") for k in keys)


def entries(stored: Mapping[object, object], at: str = "") -> Iterator[tuple[str, str, object] | Gap]:
    """The pointer, key and value of each entry of the dictionary at `at`; a Gap for a key that is no text.

    Such a key has no pointer; its place is `/~2` and the number of the entry.
    """
    for number, (key, value) in enumerate(stored.items()):
        if isinstance(key, str):
            yield at + pointer(key), key, value
        else:
            yield Gap(locator=f"{at}/~2{number}", reason=f"expected text as key, got {key!r:.60}")

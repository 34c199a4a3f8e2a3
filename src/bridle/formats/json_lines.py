"""Lines of JSON, one object each, from bytes nobody vouches for.

Bytes that are no UTF-8 become halves of characters, as text that cannot be read is told by whoever reads the value.

Sources: RFC 8259, https://www.rfc-editor.org/rfc/rfc8259 ; https://github.com/ndjson/ndjson-spec
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import Gap

LONGEST = 1 << 20
"""Bytes of one line that are read."""


def objects(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[str, Mapping[str, Any] | str] | Gap]:
    """The place and value of each line: an object, or the text of a line that does not begin as one.

    A Gap for a line that begins as an object and is none, and for one that is too long. Empty lines are passed over.
    """
    number = 0
    while line := stored.readline(longest):
        number += 1
        place = f"line {number}"
        if len(line) >= longest and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stored.readline(longest)
            yield Gap(locator=place, reason=f"expected a line of at most {longest} bytes, got a longer one")
        elif text := line.decode("utf-8", "surrogateescape").strip():
            yield _read(place, text)


def _read(place: str, text: str) -> tuple[str, Mapping[str, Any] | str] | Gap:
    if not text.startswith("{"):
        return place, shown(text)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as e:
        return Gap(locator=place, reason=f"expected a JSON object, got {text!a:.60}: {e!s:.60}")
    return place, found


def shown(text: str) -> str:
    """The text, with halves of characters and bytes that are none written out."""
    return text.encode("utf-8", "backslashreplace").decode()

"""What AndroidQF and Bugbane have in common wherever they write a value: empty text and zero stand for nothing.

Sources: https://github.com/mvt-project/androidqf ; https://github.com/osservatorionessuno/bugbane
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import FormatError, Gap, Utc
from bridle.formats import delimited, json_array
from bridle.formats.values import integer, texts, unix
from bridle.formats.values import text as strict_text
from bridle.formats.written import zoned

_LONGEST_EXTRA = 4_096


def text(value: object) -> str | None:
    """Text, None for an empty one; halves of characters are written out. Raises ValueError."""
    found = strict_text(value)
    if not found.isascii():
        found = found.encode("utf-8", "backslashreplace").decode()
    return found or None


def some_texts(value: object) -> tuple[str, ...] | None:
    """A list of texts. Raises ValueError."""
    return tuple(text(v) or "" for v in texts(value)) or None


def digest(value: object) -> str | None:
    """A hash in lower case; None for an empty one, and where its program printed an error. Raises ValueError."""
    found = text(value)
    if found is None:
        return None
    low = found.lower().lstrip("\\")
    if len(low) in (32, 40, 64, 128) and all(c in "0123456789abcdef" for c in low):
        return low
    raise ValueError(f"expected a hash, got {found!a:.60}")


def seconds(value: object) -> Utc | None:
    """Seconds since 1970; None for 0. Raises ValueError."""
    return None if value == 0 else unix(value)


def instant(value: object) -> Utc | None:
    """A time as RFC 3339 writes it; None for an empty one and for the zero of Go, in year 1. Raises ValueError."""
    if value == "":
        return None
    found = zoned(value)
    return found if found.year > 1 else None


def number(value: object) -> int | None:
    """A whole number; None for a negative one, which stands for one that was not found. Raises ValueError."""
    found = integer(value)
    return None if found < 0 else found


def extra(stored: Mapping[str, Any], known: frozenset[str]) -> str | None:
    """The entries that no field maps, as JSON."""
    more = {k: v for k, v in stored.items() if k not in known and v not in (None, "", [], {})}
    if not more:
        return None
    shown = json.dumps(more, sort_keys=True, ensure_ascii=False)[:_LONGEST_EXTRA]
    return shown.encode("utf-8", "backslashreplace").decode()


def mappings(stored: BinaryIO) -> Iterator[tuple[str, dict[str, Any]] | Gap]:
    """The objects of a JSON array, or of lines of JSON."""
    for found in json_array.items(stored):
        if isinstance(found, Gap) or isinstance(found[1], dict):
            yield found
        else:
            yield Gap(locator=found[0], reason=f"expected an object, got {found[1]!a:.60}")


def outputs(stored: BinaryIO, *, packed: bool) -> Iterator[tuple[str, str] | Gap]:
    """Each line of the texts of a list: `item N`, with `.2` for its second line and so on."""
    found: Iterator[tuple[str, Any] | Gap] = _packed(stored) if packed else json_array.items(stored)
    for item in found:
        if isinstance(item, Gap):
            yield item
            continue
        place, value = item
        try:
            whole = text(value)
        except ValueError as e:
            yield Gap(locator=place, reason=str(e))
            continue
        lines = [line.strip() for line in (whole or "").split("\n")]
        for n, line in enumerate((line for line in lines if line), 1):
            yield (place if n == 1 else f"{place}.{n}"), line


def _packed(stored: BinaryIO) -> Iterator[tuple[str, str] | Gap]:
    for item in delimited.messages(stored):
        if isinstance(item, Gap):
            yield item
            continue
        try:
            found = delimited.text(delimited.fields(item[1]).get(1))
        except FormatError as e:
            yield Gap(locator=item[0], reason=str(e))
            continue
        if found is not None:
            yield item[0], found

"""Flat JSON: an array of objects, or one object a line, with keys such as `type` and `value` or `domain` and `ip`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from bridle.indicators.reading import Read, Reading
from bridle.indicators.rows import Columns, refuse_connections
from bridle.indicators.stix import FeedError

NO_FEED = (
    "not a STIX bundle, a MISP event, or objects with keys such as `type` and `value`; "
    "docs/guides/indicators.md shows what is read"
)


def is_lines(text: str) -> bool:
    """Whether a text is JSON objects, one a line."""
    first, _, rest = text.lstrip().partition("\n")
    return bool(first.rstrip().endswith("}")) and rest.lstrip().startswith("{")


def read_lines(text: str, feed: str) -> Read:
    """The values of one object a line. A line that is none is one problem. Raises FeedError."""
    out = Reading(feed)
    rows: list[tuple[str, Any]] = []
    for n, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append((f"line {n}", json.loads(line)))
            except (ValueError, RecursionError):
                out.refuse(f"line {n}", f"expected a JSON object, got {line!r:.60}")
    return _read(rows, out)


def read_array(found: list[Any], feed: str) -> Read:
    """The values of an array of objects. Raises FeedError."""
    return _read(((f"/{n}", o) for n, o in enumerate(found)), Reading(feed))


def _read(rows: Iterable[tuple[str, Any]], out: Reading) -> Read:
    known: dict[tuple[str, ...], Columns] = {}
    usable = False
    for place, o in rows:
        if not isinstance(o, dict):
            out.refuse(place, f"expected an object, got {o!r:.60}")
            continue
        names = tuple(o)
        if (columns := known.get(names)) is None:
            refuse_connections(names)
            columns = Columns(names)
        if len(known) < 1000:
            known[names] = columns
        usable = usable or columns.usable
        columns.read([_text(v) for v in o.values()], place, out)
    if not usable:
        raise FeedError(NO_FEED)
    return out.result()


def _text(value: Any) -> str:
    """A plain value as text; nothing for what is nested."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""

"""What Messages keeps of an edited or unsent message: `message_summary_info`, a property list.

`ec` holds for each part of the message a list of its versions (`d` seconds since 2001, `t` an archived attributed
string), `ep` the parts that were edited, `rp` the parts that were unsent, `otr` where each part stood in the text
before (`lo` begin, `le` length), `euh` accounts. Other keys are not read.

Sources: property lists of edited messages; https://github.com/ReagentX/imessage-exporter
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bridle.core import FormatError, Utc
from bridle.formats import plist, typedstream, values

T = TypeVar("T")


def versions(value: object) -> tuple[str, ...] | None:
    """The texts in the edit history, those of each part oldest first. Raises FormatError."""
    return tuple(typedstream.text(archived) for _, archived in _edits(value)) or None


def version_times(value: object) -> tuple[Utc, ...] | None:
    """When each of the `versions` was written. Raises ValueError."""
    if b"ec" not in values.blob(value):
        return None
    return tuple(values.cocoa_or_nanoseconds(time) for time, _ in _edits(value)) or None


def edited_parts(value: object) -> tuple[int, ...] | None:
    """The numbers of the parts that were edited. Raises ValueError."""
    return _listed(value, "ep", values.integer)


def retracted_parts(value: object) -> tuple[int, ...] | None:
    """The numbers of the parts that were unsent. Raises ValueError."""
    return _listed(value, "rp", values.integer)


def edit_handles(value: object) -> tuple[str, ...] | None:
    """The accounts at `euh`. Raises ValueError."""
    return _listed(value, "euh", values.text)


def original_ranges(value: object) -> tuple[str, ...] | None:
    """Where each part stood in the text before: `part:begin+length`. Raises ValueError."""
    ranges = _at(value, "otr")
    if ranges is None:
        return None
    if not isinstance(ranges, dict) or not all(isinstance(r, dict) for r in ranges.values()):
        raise FormatError(f"edit history: expected a range for each part, got {ranges!r:.60}")
    return tuple(_range(part, r) for part, r in ranges.items()) or None


def _range(part: object, place: dict[Any, Any]) -> str:
    return f"{values.text(part):.20}:{values.integer(place.get('lo'))}+{values.integer(place.get('le'))}"


def _summary(value: object) -> dict[Any, Any]:
    """The dictionary; empty where another value is stored. Raises FormatError."""
    found = plist.loads(values.blob(value))
    return found if isinstance(found, dict) else {}


def _at(value: object, key: str) -> Any:
    """What stands at a key. A value without its letters is not decoded: `versions` does that and tells of damage."""
    return _summary(value).get(key) if key.encode() in values.blob(value) else None


def _edits(value: object) -> list[tuple[object, bytes]]:
    """Time and archived text of each version that has a text. Raises ValueError."""
    parts = _summary(value).get("ec")
    if parts is None:
        return []
    if not isinstance(parts, dict) or not all(isinstance(p, list) for p in parts.values()):
        raise FormatError(f"edit history: expected a list of versions for each part, got {parts!r:.60}")
    found = (v for of_part in parts.values() for v in of_part if isinstance(v, dict))
    return [(v.get("d"), values.blob(v["t"])) for v in found if v.get("t") is not None]


def _listed(value: object, key: str, read: Callable[[object], T]) -> tuple[T, ...] | None:
    entries = _at(value, key)
    if entries is not None and not isinstance(entries, list):
        raise FormatError(f"edit history: expected a list at {key}, got {entries!r:.60}")
    return tuple(read(entry) for entry in entries or ()) or None

"""Names, values and times as SQL has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def literal(value: Any) -> str:
    """Nothing, a number, text or a list of them as SQL."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return repr(value)
    text = "'" + value.replace("'", "''") + "'"
    return "(" + text.replace("\0", "' || chr(0) || '") + ")" if "\0" in value else text


def quoted(name: str) -> str:
    """A table's or column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def micros(time: datetime) -> int:
    """Microseconds since 1970 of a time with a zone."""
    span = time - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds

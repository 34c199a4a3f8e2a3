"""The sentences of a finding: `str.format` without its reach into objects, and text cut to what a reader can take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Any

MOST_VALUE = 500
"""Characters of one evidence value that a finding keeps."""
MOST_IN_MESSAGE = 200
"""Characters of one value inside a message."""
NOTHING = "(not recorded)"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_SPEC = re.compile(r"[-+,<>^ 0-9.a-zA-Z%:/]{0,32}\Z")
_LONG_NUMBER = re.compile(r"[0-9]{4,}")


def fields(template: str) -> tuple[str, ...]:
    """The names a message uses, in order. Raises ValueError for anything but plain names and short formats."""
    names = []
    for _, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not _NAME.match(name):
            raise ValueError(f"expected a plain column name in braces, got {{{name:.60}}}")
        if conversion:
            raise ValueError(f"{{{name}!{conversion}}}: conversions are not allowed")
        if not _SPEC.match(spec or "") or _LONG_NUMBER.search(spec or ""):
            raise ValueError(f"{{{name}}}: the format {spec!r:.60} is not allowed")
        names.append(name)
    return tuple(dict.fromkeys(names))


def write(template: str, values: Mapping[str, Any]) -> str:
    """The template with its names filled in. Raises KeyError for a name that is not in `values`."""
    fields(template)
    out = []
    for text, name, spec, _ in Formatter().parse(template):
        out.append(text)
        if name is not None:
            out.append(_one(values[name], spec or ""))
    return "".join(out)


def _one(value: Any, spec: str) -> str:
    if value is None:
        return NOTHING
    try:
        return cut(format(value, spec) if spec else _shown(value), MOST_IN_MESSAGE)
    except (TypeError, ValueError):
        return cut(_shown(value), MOST_IN_MESSAGE)


def _shown(value: Any) -> str:
    """Lists as a reader writes them: `a, b`."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, plain(value))) or NOTHING
    return value if isinstance(value, str) else str(plain(value))


def cut(text: str, most: int = MOST_VALUE) -> str:
    """The text, or its beginning and how much is missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def plain(value: Any) -> Any:
    """A value as JSON can hold it: bounded text, numbers, lists of them; instants as ISO 8601 with a Z."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, bytes | bytearray | memoryview):
        more = 2 * len(value) - MOST_VALUE
        return bytes(value[: MOST_VALUE // 2]).hex() + (f"… ({more:,} more characters)" if more > 0 else "")
    if isinstance(value, list | tuple):
        return [plain(v) for v in value[:50]] + ([f"… ({len(value) - 50:,} more)"] if len(value) > 50 else [])
    if isinstance(value, dict):
        return {cut(str(k), 100): plain(v) for k, v in list(value.items())[:50]}
    return cut(str(value))


def iso(value: datetime | None) -> str | None:
    """`2021-07-18T10:02:03.5Z`; a wall clock of unknown zone keeps no zone."""
    if value is None:
        return None
    zoned = value.tzinfo is not None
    text = (value.astimezone(UTC) if zoned else value).replace(tzinfo=None).isoformat()
    if "." in text:
        text = text.rstrip("0")
    return text + "Z" if zoned else text

"""What tells whose device it is, kept out of a report unless it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_SHORTEST = 5
"""A shorter name may be an ordinary word of the report."""


def masks(identifying: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values to hide, and what stands in their place: `[serial_number]`. The longest come first."""
    found = {value: f"[{key}]" for key, value in identifying if len(value) >= _SHORTEST}
    return {value: found[value] for value in sorted(found, key=lambda v: (-len(v), v))}


def masked(value: Any, hidden: Mapping[str, str]) -> Any:
    """Text, or every text in lists and dictionaries, with what is hidden replaced, whatever its case."""
    if not hidden:
        return value
    pattern = re.compile("|".join(map(re.escape, hidden)), re.IGNORECASE)
    places = {v.lower(): mask for v, mask in hidden.items()}
    return _replaced(value, pattern, places)


def _replaced(value: Any, pattern: re.Pattern[str], places: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda m: places.get(m[0].lower(), "[masked]"), value)
    if isinstance(value, Mapping):
        return {k: _replaced(v, pattern, places) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(v, pattern, places) for v in value]
    return value

"""Text that does nothing where it is shown: no control of a terminal, no turning of the reading order, no formula."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

from bridle.case.plain import cell

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are not seen, or change how others are."""
_BEYOND = re.compile(r"[^ -~]")


def as_json(value: Any, indent: int | None = None) -> str:
    """The value as JSON of one line, or indented; characters that hide are escapes, so that nothing is lost."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _BEYOND.sub(lambda m: m[0] if m[0] == "\n" else _for_json(m[0]), text)


def as_cell(value: object) -> str:
    """A cell of a table: no formula, and characters that hide as `\\uXXXX`."""
    return cell(_BEYOND.sub(lambda m: _shown(m[0]), "" if value is None else str(value)))


@lru_cache(maxsize=4096)
def _for_json(c: str) -> str:
    return json.dumps(c)[1:-1] if unicodedata.category(c) in _HIDDEN else c


@lru_cache(maxsize=4096)
def _shown(c: str) -> str:
    if unicodedata.category(c) not in _HIDDEN:
        return c
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"

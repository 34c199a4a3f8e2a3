"""JSON that may stand on a terminal or in an editor: of the same meaning, and nothing in it acts or hides."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]")
"""What is looked at more closely: all but plain ASCII."""
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that a terminal obeys, that turn or hide others, or that cannot be written."""


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON in which characters that act or hide are `\\uXXXX`; what JSON has no word for is written as text."""
    return escaped(json.dumps(value, indent=indent, ensure_ascii=False, default=str))


def escaped(text: str) -> str:
    """A text with such characters as JSON writes them."""
    return UNUSUAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if unicodedata.category(found[0]) in ACTING else found[0]

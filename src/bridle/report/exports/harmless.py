"""Text that does nothing where it is shown: no control of a terminal, no turning of the reading order, no formula."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from bridle.case.plain import cell
from bridle.report.safe import visible

_BEYOND = re.compile(r"[^ -~\n]")


def as_json(value: Any, indent: int | None = None) -> str:
    """The value as JSON of one line, or indented; characters that hide are escapes, so that nothing is lost."""
    return _BEYOND.sub(lambda m: _for_json(m[0]), json.dumps(value, ensure_ascii=False, indent=indent))


def as_cell(value: object) -> str:
    """A cell of a table: no formula, and characters that hide as `\\uXXXX`."""
    return cell("" if value is None else visible(value))


@lru_cache(maxsize=4096)
def _for_json(c: str) -> str:
    return c if visible(c) == c else json.dumps(c)[1:-1]

"""Names in a statement of SQL, and texts asked for as bytes, so that one that does not decode is no error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridle.formats.table import Undecodable


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def careful(columns: Sequence[str]) -> str:
    """Per column its value, text as bytes, and whether it is text."""
    of = (f"iif(typeof({c}) = 'text', CAST({c} AS BLOB), {c}), typeof({c}) = 'text'" for c in map(quoted, columns))
    return "".join(f", {c}" for c in of)


def decoded(column: Sequence[Any], is_text: Sequence[int], encoding: str) -> list[Any]:
    return [_text(v, encoding) if t else v for v, t in zip(column, is_text, strict=True)]


def _text(stored: bytes, encoding: str) -> str | Undecodable:
    try:
        return stored.decode(encoding)
    except UnicodeDecodeError:
        return Undecodable(stored)

"""`case.toml`: what a case is, without any run time, host, user or path."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

_BEYOND = re.compile(r"[^ -~]")
_ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def render_case_toml(meta: Mapping[str, Any]) -> str:
    """Plain values first, then a section for each table and array of tables."""
    lines = [f"{_key(k)} = {_value(v)}" for k, v in meta.items() if not _is_table(v) and not _is_tables(v)]
    for name, value in meta.items():
        if _is_table(value):
            lines += ["", f"[{_key(name)}]", *(f"{_key(k)} = {_value(v)}" for k, v in value.items())]
        elif _is_tables(value):
            for row in value:
                lines += ["", f"[[{_key(name)}]]", *(f"{_key(k)} = {_value(v)}" for k, v in row.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, Sequence) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _string(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"case.toml cannot hold {type(value).__name__}: {value!r:.60}")


def _string(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for DEL and half a surrogate pair."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    return _BEYOND.sub(_escaped, json.dumps(safe, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    """What hides, turns or is obeyed by a terminal as an escape of TOML; other letters as they are."""
    c = found[0]
    if unicodedata.category(c) not in _ACTING:
        return c
    return f"\\u{ord(c):04x}" if ord(c) < 1 << 16 else f"\\U{ord(c):08x}"

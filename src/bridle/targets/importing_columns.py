"""Which column of a table is the number, which the time of selection, which the client: by name and by content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bridle.classes import dataclass
from bridle.targets.importing_read import COLUMNS, ImportRefusedError, Source
from bridle.targets.numbers import cleaned
from bridle.targets.times import day_first, is_time

SAMPLE = 500
"""Rows that are looked at."""
FURTHER = "further cells"
"""The column that keeps what a row has beyond the table's columns."""
_NAME = 100
"""Characters kept of a column's name."""
_SAID = {
    "number": re.compile(
        r"(?i)\b(phone|number|msisdn|mobile|tel|telephone|numero|número|numéro|selector|target|номер)\b"
    ),
    "time": re.compile(
        r"(?i)(\b(time|date|datetime|timestamp|fecha|data|heure|created|added|entered|время|дата)\b|select)"
    ),
    "operator": re.compile(r"(?i)\b(operator|client|customer|tenant|cliente)\b"),
}


@dataclass(frozen=True)
class Columns:
    """Places of the columns; `names` of all of them. `header`: the first row names them and is no selection."""

    names: tuple[str, ...]
    header: bool
    number: int
    time: int | None
    operator: int | None
    day_first: bool | None = None


def recognised(source: Source, asked: dict[str, str | None], rows: Sequence[Sequence[str | None]]) -> Columns:
    """The columns of a table whose first rows are `rows`; `asked` names columns, or their places from 1.

    Raises ImportRefusedError where there is no number, or more than one column could be it.
    """
    if not rows:
        raise ImportRefusedError(f"{source.path.name} has no rows; nothing was imported")
    header = source.names is None and not any(_is_number(c) or is_time(c or "") for c in rows[0])
    usual = Counter(len(r) for r in rows[:SAMPLE]).most_common(1)[0][0]
    width = max(1, len(rows[0]) if header else usual)
    if width > COLUMNS:
        raise ImportRefusedError(f"{source.path.name} has {width:,} columns, at most {COLUMNS} are read; export fewer")
    first = source.names or (tuple((c or "").strip() for c in rows[0]) if header else ())
    names = _unique([first[n] if n < len(first) and first[n] else f"column {n + 1}" for n in range(width)])
    sample = rows[1 if header else 0 : SAMPLE]
    values = [[r[n] or "" for r in sample if n < len(r)] for n in range(width)]
    shares = {
        "number": [_share(v, _is_number) for v in values],
        "time": [_share(v, is_time) for v in values],
        "operator": [1.0] * width,
    }
    found: dict[str, int | None] = {"number": None, "time": None, "operator": None}
    for kind in ("time", "number", "operator"):
        taken = {n for n in found.values() if n is not None}
        named = asked.get(kind)
        found[kind] = _asked(names, named) if named else _best(kind, names, shares, taken)
    if found["number"] is None:
        raise ImportRefusedError(f"{source.path.name}: no column looks like numbers; name it with --number")
    time = found["time"]
    order = day_first(values[time]) if time is not None else None
    return Columns(tuple(names), header, found["number"], time, found["operator"], order)


def _best(kind: str, names: Sequence[str], shares: dict[str, list[float]], taken: set[int]) -> int | None:
    """The one column that its name says, among those whose content allows it; else the one of that content."""
    said = [n for n, name in enumerate(names) if _SAID[kind].search(re.sub(r"[_\W]+", " ", name))]
    allowed = [n for n in range(len(names)) if n not in taken and shares[kind][n] >= 0.5]
    both = [n for n in allowed if n in said]
    if kind == "operator":
        return both[0] if len(both) == 1 else None
    if kind == "time" and not both:
        allowed = [n for n in allowed if shares["number"][n] <= shares["time"][n]]
    candidates = both or allowed
    if len(candidates) > 1 and kind == "number":
        told = ", ".join(repr(names[n])[:30] for n in candidates[:4])
        raise ImportRefusedError(f"{len(candidates)} columns look like numbers ({told}); name one with --number")
    if len(candidates) > 1:
        told = ", ".join(repr(names[n])[:30] for n in candidates[:4])
        raise ImportRefusedError(f"{len(candidates)} columns look like times ({told}); name one with --time")
    return candidates[0] if candidates else None


def _asked(names: Sequence[str], name: str) -> int:
    if name in names:
        return names.index(name)
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(names):
        return int(name) - 1
    raise ImportRefusedError(f"there is no column {name!r:.40}; there are {', '.join(names)!s:.200}")


def _is_number(cell: str | None) -> bool:
    return cell is not None and cleaned(cell).digits is not None


def _share(values: Sequence[str], test: object) -> float:
    filled = [v for v in values if v.strip()]
    return sum(1 for v in filled if test(v)) / len(filled) if filled and callable(test) else 0.0


def _unique(names: Sequence[str]) -> list[str]:
    """Names that are UTF-8 and bounded, each once: one that was there already gets its place."""
    made: list[str] = []
    for n, name in enumerate(names):
        plain = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")[:_NAME]
        while plain in made or plain == FURTHER:
            plain = f"{plain} ({n + 1})"
        made.append(plain)
    return made

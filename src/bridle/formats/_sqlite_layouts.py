"""Which table a row can belong to, judged by its record header alone.

What a column can hold follows from its declared type (its affinity), from NOT NULL, and from what its rows are seen to
hold. The INTEGER PRIMARY KEY is stored as NULL in the record.

Source: https://www.sqlite.org/datatype3.html#determination_of_column_affinity
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from bridle.classes import dataclass

LEAST_COLUMNS = 3
"""Tables with fewer columns are not recovered: too much looks like a row of theirs."""
_OLDER = 8
"""A row found by looking for it may lack columns that were added later only if it has this many."""
_MAX_REMEMBERED = 100_000
_FULL = 1_000
_NATURAL = {"INTEGER": "i", "NUMERIC": "if", "REAL": "if", "TEXT": "t", "BLOB": "b"}
_POSSIBLE = {"INTEGER": "if", "NUMERIC": "if", "REAL": "if", "TEXT": "tb", "BLOB": "iftb"}
_CLASSES = {"n": r"\x00", "i": r"\x01-\x06\x08\x09", "f": r"\x07"}
_TWO_BYTES = r"[\x81-\xff][\x00-\x7f]"
_LONGER = 4
"""Bytes that a serial type may take beyond its first."""
_LONG = r"[\x81-\xff][\x80-\xff]{0,3}[\x00-\x7f]"


@dataclass(frozen=True)
class Layout:
    """A table's columns as its records store them."""

    name: str
    columns: tuple[str, ...]
    possible: tuple[str, ...]
    """Per column the kinds of values it can hold (`cells.kinds`) …"""
    natural: tuple[str, ...]
    """… and those that tell that it is this column."""
    reals: frozenset[int]
    """Columns whose integers are floats stored short."""
    key: int | None
    """The column that is the rowid."""

    @cached_property
    def least(self) -> int:
        """Columns a row has at least: those of later versions are missing in older rows."""
        return max(LEAST_COLUMNS, (len(self.columns) + 1) // 2)

    @cached_property
    def all_types(self) -> re.Pattern[bytes]:
        """Serial types of all columns."""
        return re.compile("".join(map(_column_pattern, self.possible)).encode("latin-1"), re.DOTALL)

    @cached_property
    def other_types(self) -> re.Pattern[bytes]:
        """Serial types of all columns but the first."""
        return re.compile("".join(map(_column_pattern, self.possible[1:])).encode("latin-1"), re.DOTALL)

    def score(self, found: str) -> int:
        """How well a row of such kinds of values fits; 0 if it cannot be one."""
        count = len(found)
        if not self.least <= count <= len(self.columns) or not found.strip("n"):
            return 0
        total = _FULL if count == len(self.columns) else 1
        for kind, possible, natural in zip(found, self.possible, self.natural, strict=False):
            if kind not in possible:
                return 0
            total += 3 if kind in natural else 1
        return total


def affinity(declared: str) -> str:
    """The affinity of a column declared so."""
    declared = declared.upper()
    if "INT" in declared:
        return "INTEGER"
    if any(word in declared for word in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in declared or not declared:
        return "BLOB"
    return "REAL" if any(word in declared for word in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def layout(name: str, described: Sequence[tuple[str, str, bool]], key: int | None, seen: Sequence[str] = ()) -> Layout:
    """The layout of a table whose columns are `described` by name, declared type and NOT NULL.

    `seen` has, per column, kinds of values that its rows hold whatever its type.
    """
    affinities = [affinity(declared) for _, declared, _ in described]
    possible, natural = [], []
    for i, (of, (_, _, never_null)) in enumerate(zip(affinities, described, strict=True)):
        is_key = i == key
        more = (seen[i] if i < len(seen) else "") + ("" if never_null else "n")
        possible.append("n" if is_key else "".join(dict.fromkeys(_POSSIBLE[of] + more)))
        natural.append("n" if is_key else _NATURAL[of])
    reals = frozenset(i for i, of in enumerate(affinities) if of == "REAL")
    return Layout(name, tuple(d[0] for d in described), tuple(possible), tuple(natural), reals, key)


class Layouts:
    """All tables of a database."""

    def __init__(self, layouts: Iterable[Layout]) -> None:
        self.all = [one for one in layouts if len(one.columns) >= LEAST_COLUMNS]
        self._chosen: dict[tuple[str, str], Layout | None] = {}
        self._scored: dict[str, list[tuple[int, Layout]]] = {}
        self._pattern: re.Pattern[bytes] | None = None

    def choose(self, found: str, owner: Layout | None) -> Layout | None:
        """The table that a row of such kinds of values belongs to: `owner` if it fits, else the one that fits best.

        None if there is none, or more than one.
        """
        asked = (found, owner.name if owner is not None else "")
        if asked not in self._chosen:
            if len(self._chosen) > _MAX_REMEMBERED:
                self._chosen.clear()
            of_owner = owner.score(found) if owner is not None else 0
            self._chosen[asked] = owner if of_owner > _FULL else self._best({found: 1}, owner)
        return self._chosen[asked]

    def elect(self, found: Iterable[str], owner: Layout | None) -> Layout | None:
        """The table that most of the rows of one page fit, and fit best."""
        return self._best(Counter(found), owner)

    def _best(self, found: Mapping[str, int], owner: Layout | None) -> Layout | None:
        fitting: Counter[str] = Counter()
        total: Counter[str] = Counter()
        by_name: dict[str, Layout] = {}
        for kinds, count in found.items():
            for score, one in self._scores(kinds):
                by_name[one.name] = one
                fitting[one.name] += count
                total[one.name] += score * count
        ranks = {name: (fitting[name], total[name], one is owner) for name, one in by_name.items()}
        best = [name for name, rank in ranks.items() if rank == max(ranks.values())]
        return by_name[best[0]] if len(best) == 1 else None

    def _scores(self, found: str) -> list[tuple[int, Layout]]:
        """The tables that a row of such kinds of values fits, and how well."""
        if found not in self._scored:
            if len(self._scored) > _MAX_REMEMBERED:
                self._scored.clear()
            self._scored[found] = [(score, one) for one in self.all if (score := one.score(found))]
        return self._scored[found]

    def headers(self, page: bytes, start: int, end: int) -> Iterator[int]:
        """Places between `start` and `end` where a record header of one of the tables may begin."""
        if not self.all:
            return
        if self._pattern is None:
            either = "|".join(dict.fromkeys(map(_header_pattern, self.all)))
            self._pattern = re.compile(f"(?={either})".encode("latin-1"), re.DOTALL)
        for found in self._pattern.finditer(page, start, end):
            yield found.start()


def full_enough(one: Layout, count: int) -> bool:
    """Whether a row of `count` columns, found by looking for it, may be one of the table."""
    return count == len(one.columns) or count >= _OLDER


def _header_pattern(one: Layout) -> str:
    """What a record header of the table begins with: its length, and the serial types of the first columns."""
    columns = len(one.columns)
    count = columns if columns < _OLDER else max(_OLDER, one.least)
    most = columns + 2 + _LONGER * sum("t" in p or "b" in p for p in one.possible)
    length = rf"[\x{count + 1:02x}-\x{min(most, 127):02x}]" if count < 127 else ""
    if most > 127:
        length = f"(?:{length}|{_TWO_BYTES})" if length else _TWO_BYTES
    return length + "".join(map(_column_pattern, one.possible[:count]))


def _column_pattern(possible: str) -> str:
    text = "".join(rf"\x{t:02x}" for t in range(13, 128, 2)) if "t" in possible else ""
    blob = "".join(rf"\x{t:02x}" for t in range(12, 128, 2)) if "b" in possible else ""
    short = "[" + "".join(_CLASSES[k] for k in dict.fromkeys(possible) if k in _CLASSES) + text + blob + "]"
    return f"(?:{short}|{_LONG})" if text or blob else short

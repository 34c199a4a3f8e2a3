"""Values of logs that other tools made of network traffic, and their rows as blocks.

Zeek writes text in columns, of which `#fields` tells the names, or an object a line; Suricata an object a line. A value
may therefore be text or what JSON has. Each reader raises ValueError for what it does not take.

Sources: https://docs.zeek.org/en/master/log-formats.html ;
https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, BinaryIO

from bridle.core import FormatError, Gap, Record, SourceFile, Utc
from bridle.formats import batches, gzipped, json_lines
from bridle.formats.lines import lines, too_long
from bridle.formats.values import text, unix

_LONGEST, _MOST = 1 << 20, 1000
_UNSET, _EMPTY = "-", "(empty)"
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_MANY = ("set[", "vector[", "table[")
_NUMBERS = frozenset({"uid", "fuid"})
"""Texts that Zeek itself makes."""
_REAL, _WHOLE = re.compile(r"-?[0-9]{1,32}(?:\.[0-9]{1,32})?"), re.compile(r"-?[0-9]{1,32}")
_SHAPES = {
    "time": _REAL, "interval": _REAL, "double": _REAL, "count": _WHOLE, "int": _WHOLE, "port": _WHOLE,
    "addr": re.compile(r"[0-9A-Fa-f:.]{2,45}"), "bool": re.compile(r"[TF]"), "enum": re.compile(r"[A-Za-z0-9_:]{1,99}"),
}  # fmt: skip
BEYOND = "(beyond)"
"""Values of a row that has more of them than the header names, from the first on that is not surely of its column."""
_NO_COLON = re.compile(r"([+-]\d\d)(\d\d)\Z")
Row = tuple[str, Mapping[str, Any]]


def plain(file: SourceFile) -> tuple[SourceFile, list[Gap]]:
    """The log, decompressed if it is compressed, and a Gap where its compression is damaged. Raises FormatError."""
    found, problem = gzipped.plain(file)
    return found, [Gap(locator="compression", reason=problem)] if problem else []


def zeek(stored: BinaryIO) -> Iterator[tuple[str | None, Row] | Gap]:
    """The log that each row is of, where it is told, its place and fields. Raises FormatError for what is no log."""
    first = stored.read(1)
    stored.seek(0)
    if first == b"{":
        return _objects(stored)
    if first == b"#":
        return _columns(stored)
    raise FormatError(f"expected a log of Zeek, got {first!r:.60}")


def _objects(stored: BinaryIO) -> Iterator[tuple[str | None, Row] | Gap]:
    for found in json_lines.objects(stored):
        if isinstance(found, Gap):
            yield found
        elif isinstance(found[1], str):
            yield Gap(locator=found[0], reason=f"expected a JSON object, got {found[1]!a:.60}")
        else:
            path = found[1].get("_path")
            yield (path if isinstance(path, str) else None), (found[0], found[1])


def _columns(stored: BinaryIO) -> Iterator[tuple[str | None, Row] | Gap]:
    columns = _Columns()
    for number, line in lines(stored, _LONGEST):
        place = f"line {number}"
        if line is None:
            yield too_long(number, _LONGEST)
        elif line.startswith("#"):
            columns.take(line)
        elif (fields := columns.fields(place, line)) is None:
            got = len(line.split(columns.separator))
            yield Gap(locator=place, reason=f"expected {len(columns.names)} fields, got {got}")
        else:
            yield columns.path, (place, fields)
    if (surplus := columns.surplus()) is not None:
        yield surplus


class _Columns:
    """What the header of a log in columns says, and how many rows have more fields than it names."""

    def __init__(self) -> None:
        self.separator = "\t"
        self.path: str | None = None
        self.names: list[str] = []
        self._types: list[str] = []
        self._kinds: list[tuple[str, bool]] | None = None
        """Names, and whether values of it are of several parts; None where the header has changed."""
        self._between, self._empty, self._unset = ",", _EMPTY, _UNSET
        self._longer, self._ended, self._first = 0, 0, ("", 0, 0)

    def take(self, line: str) -> None:
        """Learn from a line of the header."""
        self._kinds = None
        key, _, value = line.partition(" " if line.startswith("#separator") else self.separator)
        if key == "#separator":
            self.separator = {"": "\t", "\\t": "\t"}.get(value) or _unescaped(value)
        elif key == "#path":
            self.path = value
        elif key == "#fields":
            self.names, self._types = value.split(self.separator), []
        elif key == "#types":
            self._types = value.split(self.separator)
        elif key == "#set_separator" and value:
            self._between = _unescaped(value)
        elif key == "#empty_field":
            self._empty = value
        elif key == "#unset_field":
            self._unset = value

    def fields(self, place: str, line: str) -> dict[str, object] | None:
        """The fields of a row by name; None where no column is sure."""
        values = line.split(self.separator)
        if len(values) == len(self.names):
            return self._read(values)
        if len(values) < len(self.names) or not (sure := self._sure(values)):
            return None
        if not self._longer:
            self._first = place, len(values), len(self.names)
        self._longer += 1
        if sure == len(self.names):
            self._ended += 1
            return self._read(values)
        return {**self._read(values[:sure]), BEYOND: values[sure:]}

    def _read(self, values: list[str]) -> dict[str, object]:
        unset, empty = self._unset, self._empty
        if self._kinds is None:
            types = self._types if len(self._types) == len(self.names) else [""] * len(self.names)
            self._kinds = [(n, kind.startswith(_MANY)) for n, kind in zip(self.names, types, strict=True)]
        fields: dict[str, object] = {}
        for (name, many), value in zip(self._kinds, values, strict=False):
            if value == unset:
                continue
            if many:
                fields[name] = [] if value == empty else [_unescaped(v) for v in value.split(self._between)]
            else:
                fields[name] = "" if value == empty else _unescaped(value) if "\\x" in value else value
        return fields

    def _sure(self, values: list[str]) -> int:
        """How many columns of a row that is longer than the header surely are those that the header names.

        Zeek writes no empty value, so one whose surplus is empty only ends in separators. Otherwise a value may have
        one in it, or a column may have been put in: sure is what stands before the first column of free text.
        """
        columns = list(zip(self.names, self._types, values, strict=False))
        if not any(values[len(self.names) :]) and all(self._fits(kind, value) for _, kind, value in columns):
            return len(self.names)
        for at, (name, kind, value) in enumerate(columns):
            if not (name in _NUMBERS or kind in _SHAPES) or not self._fits(kind, value):
                return at
        return len(columns)

    def _fits(self, kind: str, value: str) -> bool:
        shape = _SHAPES.get(kind)
        return value == self._unset or shape is None or shape.fullmatch(value) is not None

    def surplus(self) -> Gap | None:
        """Of the whole log: its rows with more fields than the header names."""
        if not self._longer:
            return None
        place, got, named = self._first
        told = [f"{self._longer} rows, the first in {place}, have more fields than the header names"]
        told[0] += f" ({got}, not {named})"
        if self._ended:
            told.append(f"{self._ended} of them only end in a separator and are read")
        if cut := self._longer - self._ended:
            told.append(f"of {cut} the columns before the first free text are read, the others kept as stored")
        return Gap(locator="fields", reason="; ".join(told))


def _unescaped(stored: str) -> str:
    r"""The text whose bytes are escaped as `\x2c`; those that are no UTF-8 stay as they are."""
    if "\\x" not in stored:
        return stored
    return _ESCAPED.sub(lambda m: bytes.fromhex(m[0].replace("\\x", "")).decode("utf-8", "backslashreplace"), stored)


def blocks(rows: Iterable[tuple[type[Record], Row] | Gap]) -> Iterator[Any]:
    """The records of rows of several types, as blocks of each."""
    waiting: dict[type[Record], list[Row]] = {}
    for found in rows:
        if isinstance(found, Gap):
            yield found
            continue
        cls, row = found
        held = waiting.setdefault(cls, [])
        held.append(row)
        if len(held) >= batches.SIZE:
            yield from batches.blocks(held, cls)
            held.clear()
    for cls, held in waiting.items():
        yield from batches.blocks(held, cls)


def moment(value: object) -> Utc:
    """Seconds since 1970, as a number or as text; or an instant as ISO 8601 has it. Raises ValueError."""
    if isinstance(value, str):
        return unix(float(value)) if value[:1].isdigit() and "T" not in value else iso(value)
    return unix(value)


def iso(value: object) -> Utc:
    """An instant with its offset, such as `2021-05-14T09:52:31.530000+0000`. Raises ValueError."""
    found = datetime.fromisoformat(_NO_COLON.sub(r"\1:\2", text(value)))
    if found.tzinfo is None:
        raise ValueError(f"expected a time with its offset, got {value!r:.60}")
    return Utc(found.astimezone(UTC))


def number(value: object) -> int:
    """A whole number, also as text. Raises ValueError."""
    if isinstance(value, str):
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        return int(value)
    raise ValueError(f"expected a whole number, got {value!r:.60}")


def real(value: object) -> float:
    """A number, also as text. Raises ValueError."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"expected a number, got {value!r:.60}")


def truth(value: object) -> bool:
    """`T`, `F` or a boolean. Raises ValueError."""
    if isinstance(value, bool):
        return value
    if value in ("T", "F"):
        return value == "T"
    raise ValueError(f"expected T or F, got {value!r:.60}")


def listed(value: object) -> tuple[str, ...]:
    """The texts of a list, or those between commas. Raises ValueError."""
    if value in ("", _EMPTY):
        return ()
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(v, str) for v in found):
        raise ValueError(f"expected a list of texts, got {value!r:.60}")
    return tuple(json_lines.shown(v) for v in found[:_MOST])


def addresses(value: object) -> tuple[str, ...]:
    """Those of a list that are IP addresses. Raises ValueError."""
    return tuple(v for v in listed(value) if is_address(v))


def names(value: object) -> tuple[str, ...]:
    """Those of a list that may be names of hosts. Raises ValueError."""
    return tuple(v for v in listed(value) if "." in v and " " not in v and not is_address(v))


def is_address(value: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def shown(value: object) -> str | None:
    """Text; None for one that is empty. Raises ValueError."""
    return None if value == "" else text(value)

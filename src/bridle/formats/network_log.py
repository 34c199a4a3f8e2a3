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
from bridle.formats.values import text, unix

_LONGEST, _MOST = 1 << 20, 1000
_UNSET, _EMPTY = "-", "(empty)"
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
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
    separator, path, names = "\t", None, []
    for number, line in enumerate(iter(lambda: stored.readline(_LONGEST), b""), 1):
        shown_line = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
        if shown_line.startswith("#"):
            key, _, value = shown_line.partition(" " if shown_line.startswith("#separator") else separator)
            if key == "#separator":
                separator = {"": "\t", "\\t": "\t"}.get(value) or _unescaped(value)
            elif key == "#path":
                path = value
            elif key == "#fields":
                names = value.split(separator)
            continue
        values = shown_line.split(separator)
        if len(values) != len(names):
            yield Gap(locator=f"line {number}", reason=f"expected {len(names)} fields, got {len(values)}")
            continue
        yield path, (f"line {number}", {n: _unescaped(v) for n, v in zip(names, values, strict=True) if v != _UNSET})


def _unescaped(stored: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), stored) if "\\x" in stored else stored


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
    if value == _EMPTY:
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
    return None if value in ("", _EMPTY) else text(value)

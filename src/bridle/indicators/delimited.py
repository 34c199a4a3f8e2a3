"""Tables as text: CSV with commas, semicolons, tabs or bars, its columns in any order.

A header names the columns (vocabulary.py and rows.py have the names). Without one the first column is read, if it
holds values. Lines that begin with `#` are comments.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from bridle.indicators import maltrail
from bridle.indicators.reading import Read, Reading, refanged, shape
from bridle.indicators.rows import Columns, refuse_connections
from bridle.indicators.stix import FeedError
from bridle.indicators.vocabulary import word

_DELIMITERS = ",;\t|"
_HEX = re.compile(r"[0-9a-f]{32}\Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_EXPECTED = "a CSV feed needs a header with `kind` and `value`, or with columns such as `domain` and `ip`"
_TEST_LIST = """a list of sites whose reachability is tested, no attackers' (its columns are those of
https://github.com/citizenlab/test-lists), not a feed of indicators""".replace("\n", " ")


def has_header(text: str) -> bool:
    """Whether a text begins with the header of a table of at least two columns, one of which holds values."""
    first = _first_line(text)
    names = next(csv.reader([first], delimiter=delimiter_of(first)), []) if len(first) < 4096 else []
    return len(names) > 1 and Columns(_plain(names)).usable


def read_csv(text: str, feed: str) -> Read:
    """The values of a table. Raises FeedError."""
    out = Reading(feed)
    rows = _rows(text.replace("\0", ""))
    n, header = next(rows, (0, []))
    columns = _columns(_plain(header))
    if columns is not None:
        if columns.unused:
            out.tally(f"columns that are not read: {', '.join(columns.unused)[:200]}", f"line {n}", "note")
        for line, row in rows:
            columns.read(row, f"line {line}", out)
        return out.result()
    out.tally("there is no header: the first column is read", f"line {n}", "note")
    trails = len(header) == 3 and re.match(r"\(|https?://", header[2].strip()) is not None
    for line, row in chain([(n, header)], rows):
        if value := row[0].strip():
            _add(out, value, trails, f"line {line}")
    return out.result()


def _add(out: Reading, value: str, trails: bool, place: str) -> None:
    """A value without a header. Three columns that end in a source are the trails that Maltrail compiles."""
    if trails:
        maltrail.trail(out, value, place)
    else:
        out.add(None, value, place)


def _columns(header: Sequence[str]) -> Columns | None:
    """The columns; None if the first line is a row and no header. Raises FeedError."""
    if {"category code", "url"} <= {word(h) for h in header}:
        raise FeedError(_TEST_LIST)
    refuse_connections(header)
    columns = Columns(header)
    if columns.usable:
        return columns
    if len(header) > 1 and _HEX.match(header[0]) and _UUID.match(header[1]):
        raise FeedError("the digests of a MISP feed (hashes.csv), which tell no kinds: give the events beside it")
    if not header or shape(refanged(header[0].strip())) is None:
        raise FeedError(_EXPECTED)
    return None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they begin on, without empty ones and comments. Raises FeedError where it stops being CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(_first_line(text)), skipinitialspace=True)
    line, first = 1, True
    try:
        for row in reader:
            if row and any(row) and (not row[0].startswith("#") or (first and Columns(_plain(row)).usable)):
                yield line, row
                first = False
            line = reader.line_num + 1
    except csv.Error as e:
        raise FeedError(f"after line {max(2, line - 1)}: {e}") from None


def _plain(header: Sequence[str]) -> list[str]:
    return [h.strip().lstrip("#").strip() for h in header]


def _first_line(text: str) -> str:
    """The first line that is no comment, or is a header behind a `#`."""
    for at, line in enumerate(io.StringIO(text, newline="")):
        if at > 1000:
            break
        bare = line.strip()
        if bare and (not bare.startswith("#") or Columns(_plain(bare.split(delimiter_of(bare)))).usable):
            return bare
    return ""


def delimiter_of(line: str) -> str:
    """The separator that occurs most in a line."""
    return max(_DELIMITERS, key=line.count)

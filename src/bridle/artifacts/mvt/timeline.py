"""The timeline that the Mobile Verification Toolkit wrote of all its modules. Second-hand.

Known limits: its times have no zone. A field of more than 131,072 characters is a Gap, and its row is lost.

Sources: its output, https://docs.mvt.re/en/latest/ ; the files of version 2026.10.26
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import Block, FormatError, Gap, Record, SourceFile, Text, WallClock, artifact, record
from bridle.formats import named_values
from bridle.formats.batches import blocks
from bridle.formats.table import col

_LONGEST = 1 << 20
_MOST_BAD = 1_000
_COLUMNS = ("time", "module", "event", "description")


@record
class Event(Record):
    """An event on its timeline."""

    time: WallClock | None = col("time", named_values.given, doc="as written; of unknown zone")
    module: str | None = col("module", doc="the module that tells it")
    event: str | None = col("event", doc="what happened")
    description: Text | None = col("description", doc="of what, as one text")


@artifact("/mvt_output/timeline.csv")
def timeline(file: SourceFile) -> Iterator[Block[Event] | Gap]:
    with file.open() as stored:
        yield from blocks(_rows(stored), Event)


def _rows(stored: BinaryIO) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    """Raises FormatError where the first row does not name a module's column."""
    reader, number, bad = csv.reader(_lines(stored)), 0, 0
    while bad < _MOST_BAD:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            bad += 1
            yield Gap(locator=f"row {number}", reason=f"expected a row of text in columns: {e!s:.60}")
            continue
        if number == 1:
            if "plugin" not in [c.strip().lower() for c in row]:
                raise FormatError(f"expected the columns of a timeline, got {row!a:.60}")
        elif len(row) == len(_COLUMNS):
            told = {k: named_values.shown(v) or None for k, v in zip(_COLUMNS, row, strict=True)}
            yield f"row {number}", {**told, "time": named_values.clock(row[0])}
        elif row:
            bad += 1
            yield Gap(locator=f"row {number}", reason=f"expected {len(_COLUMNS)} columns, got {len(row)}")
    yield Gap(locator="the rest", reason=f"expected rows, got {bad} that are none: no more were read")


def _lines(stored: BinaryIO) -> Iterator[str]:
    while line := stored.readline(_LONGEST):
        yield line.decode("utf-8-sig", "backslashreplace").replace("\0", "\\x00")

"""Importing a leaked table into a list project: every row is kept, and what is odd about one is told with its place.

Rows stream through in pieces, so that memory does not grow with the table. A row whose number or time cannot be read,
or whose shape differs, is a warning with its line; its cells are kept as they were all the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from datetime import UTC, tzinfo
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle.classes import dataclass
from bridle.targets import importing_columns, schema
from bridle.targets.importing_columns import FURTHER, Columns
from bridle.targets.importing_read import Batch, ImportRefusedError, Source, opened
from bridle.targets.keys import Tokens
from bridle.targets.numbers import Reader, identity_of
from bridle.targets.project import Project
from bridle.targets.store import ImportWriter
from bridle.targets.times import NOTHING, TimeReader

TOLD = 200
"""Warnings that are kept with their place; all are counted."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the user says of a table. Names of columns, or their places from 1; `region` and `zone` for bare values."""

    number: str | None = None
    time: str | None = None
    operator: str | None = None
    region: str | None = None
    zone: tzinfo = UTC
    day_first: bool | None = None


@dataclass(frozen=True)
class Warned:
    """One thing that is odd about one row."""

    place: str
    reason: str


@dataclass
class Done:
    """What became of an import."""

    source: str
    form: str
    columns: Columns
    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    told: list[Warned] = field(default_factory=list)

    def warn(self, place: str, reason: str, kind: str) -> None:
        self.warnings[kind] += 1
        if len(self.told) < TOLD:
            self.told.append(Warned(place, reason))

    def as_json(self) -> dict[str, Any]:
        """Without any cell of the table."""
        names = self.columns.names
        named = {"number": self.columns.number, "time": self.columns.time, "operator": self.columns.operator}
        return {
            "source": self.source, "form": self.form, "rows": self.rows,
            "columns": {kind: None if n is None else names[n] for kind, n in named.items()},
            "header": self.columns.header, "statuses": dict(sorted(self.statuses.items())),
            "migrations": dict(sorted(self.rules.items())), "warnings": dict(sorted(self.warnings.items())),
            "told": [{"place": w.place, "reason": w.reason} for w in self.told],
        }  # fmt: skip


def import_file(
    path: Path, project: Project, asked: Asked | None = None, progress: Callable[[int], object] | None = None
) -> Done:
    """Import a table; its rows are part of the project when this returns. Needs both keys.

    Raises ImportRefusedError for what is no table, ProjectError where the project cannot take it.
    """
    asked = asked or Asked()
    source = opened(path)
    digest = _digest(path)
    batches = source.batches()
    first = next(batches, Batch([], []))
    named = {"number": asked.number, "time": asked.time, "operator": asked.operator}
    columns = importing_columns.recognised(source, named, first.rows)
    if asked.day_first is not None:
        columns = replace(columns, day_first=asked.day_first)
    done = Done(digest, source.form, columns)
    tokens = Tokens(project.keys.tokens())
    with project.importing(digest) as writer:
        taking = _Taking(done, source, asked, tokens)
        for batch in chain([_without_header(first, columns)], batches):
            _take(taking, batch, writer)
            if progress is not None:
                progress(done.rows)
        if _digest(path) != digest:
            raise ImportRefusedError(f"{path.name} was changed while it was read; import a copy")
        writer.about.update(done.as_json())
    return done


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_header(batch: Batch, columns: Columns) -> Batch:
    return Batch(batch.rows[1:], batch.places[1:]) if columns.header else batch


@dataclass
class _Taking:
    """What the rows of one import are read with."""

    done: Done
    source: Source
    asked: Asked
    tokens: Tokens
    reader: Reader = field(init=False)
    times: TimeReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.asked.region)
        self.times = TimeReader(self.asked.zone, self.done.columns.day_first)


def _take(taking: _Taking, batch: Batch, writer: ImportWriter) -> None:
    """One piece of the table, read and written."""
    if not batch.rows:
        return
    cells = _cells(taking, batch)
    columns = taking.done.columns
    count = len(batch.rows)
    raws = [c or "" for c in cells[columns.number]]
    times = list(_times(taking, batch, cells))
    operators = [(c or "").strip() or None for c in cells[columns.operator]] if columns.operator is not None else None
    rows = list(range(taking.done.rows, taking.done.rows + count))
    numbers = [taking.reader.read(raw, time) for raw, (time, _) in zip(raws, times, strict=True)]
    source = taking.done.source
    made = [
        taking.tokens.of(identity_of(n, raw, f"{source} {row}"))
        for n, raw, row in zip(numbers, raws, rows, strict=True)
    ]
    _count(taking.done, batch, taking.source.place, numbers)
    shared: dict[str, Sequence[Any]] = {"row": rows, "source": [source] * count, "token": made}
    writer.write(
        _table(schema.SELECTIONS, {
            **shared, "country": [n.country for n in numbers], "candidates": [n.candidates for n in numbers],
            "status": [n.status for n in numbers], "time": [t for t, _ in times],
            "time_precision": [p for _, p in times], "operator": operators or [None] * count,
            "rule": [n.rule for n in numbers],
        }),
        _table(schema.NUMBERS, {
            **shared, "number": [n.number for n in numbers], "written": [n.written for n in numbers], "raw": raws,
            "extension": [n.extension for n in numbers],
        }),
        pa.table({name: pa.array(c, pa.string()) for name, c in zip((*columns.names, FURTHER), cells, strict=True)}),
    )  # fmt: skip
    taking.done.rows += count


def _table(of: pa.Schema, values: dict[str, Sequence[Any]]) -> pa.Table:
    return pa.Table.from_arrays([pa.array(values[f.name], f.type) for f in of], schema=of)


def _cells(taking: _Taking, batch: Batch) -> list[list[str | None]]:
    """The cells by column, a further one for what is too much; rows of another shape are told."""
    width = len(taking.done.columns.names)
    place = taking.source.place
    further: list[str | None] = [None] * len(batch.rows)
    rows: Sequence[Sequence[str | None]] = batch.rows
    if any(len(r) != width for r in rows):
        rows = []
        for n, row in enumerate(batch.rows):
            if len(row) > width:
                further[n] = "\t".join(c or "" for c in row[width:])
            if len(row) != width and taking.source.form == "csv":
                taking.done.warn(f"{place} {batch.places[n]}", f"expected {width} cells, got {len(row)}", "shape")
            rows.append([*row[:width], *[None] * (width - len(row))])
    columns = [list(c) for c in zip(*rows, strict=True)]
    return [_readable(taking, batch, c) for c in (*columns, further)]


def _readable(taking: _Taking, batch: Batch, column: list[str | None]) -> list[str | None]:
    """Cells with bytes that are no UTF-8 show them as `\\xNN`, and are told."""
    try:
        "".join(c for c in column if c).encode()
    except UnicodeEncodeError:
        for n, cell in enumerate(column):
            try:
                (cell or "").encode()
            except UnicodeEncodeError:
                column[n] = (cell or "").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
                taking.done.warn(f"{taking.source.place} {batch.places[n]}", "bytes that are no UTF-8", "encoding")
    return column


def _times(taking: _Taking, batch: Batch, cells: list[list[str | None]]) -> Iterator[tuple[int | None, str | None]]:
    column = taking.done.columns.time
    if column is None:
        yield from [NOTHING] * len(batch.rows)
        return
    for n, cell in enumerate(cells[column]):
        read = taking.times.read(cell) if cell else NOTHING
        if cell and read == NOTHING:
            taking.done.warn(f"{taking.source.place} {batch.places[n]}", "the time of selection cannot be read", "time")
        yield read


def _count(done: Done, batch: Batch, place: str, numbers: Sequence[Any]) -> None:
    """How many of which status, and by which migration; a cell without a number is told, never shown."""
    done.statuses.update(n.status for n in numbers)
    done.rules.update(n.rule for n in numbers if n.rule)
    for n, number in enumerate(numbers):
        if number.number is None:
            done.warn(f"{place} {batch.places[n]}", "no number that can be read", "number")

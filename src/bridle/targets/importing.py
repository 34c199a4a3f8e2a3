"""Importing a leaked table into a list project: every row is kept, and what is odd about one is told with its place.

Rows stream through in pieces, so that memory does not grow with the table. A row whose number or time cannot be read,
or whose shape differs, is a warning with its line; its cells are kept as they were all the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace
from datetime import UTC, tzinfo
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bridle.classes import dataclass
from bridle.targets import importing_columns, schema
from bridle.targets.files import ahead
from bridle.targets.importing_columns import FURTHER, Columns
from bridle.targets.importing_read import Batch, ImportRefusedError, Source, opened
from bridle.targets.keys import Tokens
from bridle.targets.numbers import Reader, identity_of
from bridle.targets.numbers_arrow import Columns as Read
from bridle.targets.numbers_arrow import of_numbers, read_many
from bridle.targets.project import Project
from bridle.targets.store import ImportWriter
from bridle.targets.times import NOTHING, TimeReader, read_seconds

MANY = 500_000
"""Rows from which numbers are read by the column."""
TOLD = 200
"""Warnings that are kept with their place; all are counted."""
_TIME = pa.timestamp("us", "UTC")


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
    path: Path,
    project: Project,
    asked: Asked | None = None,
    progress: Callable[[int], object] | None = None,
    by_column: bool | None = None,
) -> Done:
    """Import a table; its rows are part of the project when this returns. Needs both keys.

    `by_column` reads numbers by the column, with the same result; by default for tables of more than `MANY` rows.
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
    if by_column is None:
        by_column = _many(path, source, first)
    tokens = Tokens(project.keys.tokens())
    with project.importing(digest) as writer:
        taking = _Taking(done, source, asked, tokens, by_column, first.places[0] if columns.header else 0)
        for batch in _written(taking, ahead(chain([_without_header(first, columns)], batches)), writer):
            done.rows += batch.num_rows
            if progress is not None:
                progress(done.rows)
        if _digest(path) != digest:
            raise ImportRefusedError(f"{path.name} was changed while it was read; import a copy")
        writer.about.update(done.as_json())
    return done


def _many(path: Path, source: Source, first: Batch) -> bool:
    """Whether a table has more than `MANY` rows, by its size and its first rows; exactly so for Parquet."""
    if source.form == "parquet":
        with pq.ParquetFile(path) as file:
            return bool(file.metadata.num_rows > MANY)
    length = sum(len(c or "") + 1 for row in first.rows[:1000] for c in row) / max(1, len(first.rows[:1000]))
    return source.form == "csv" and path.stat().st_size / max(1.0, length) > MANY


def _written(taking: _Taking, batches: Iterator[Batch], writer: ImportWriter) -> Iterator[pa.Table]:
    """The selections of each batch; it is written while the next one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[None] | None = None
        for batch in batches:
            if batch.rows:
                tables = _taken(taking, batch)
                yield tables[0]
                if waiting is not None:
                    waiting.result()
                waiting = pool.submit(writer.write, *tables)
        if waiting is not None:
            waiting.result()


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
    by_column: bool
    line: int
    """The last line of the rows before."""
    reader: Reader = field(init=False)
    times: TimeReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.asked.region)
        self.times = TimeReader(self.asked.zone, self.done.columns.day_first)


def _taken(taking: _Taking, batch: Batch) -> tuple[pa.Table, pa.Table, pa.Table]:
    """One piece of the table: its selections, numbers and cells."""
    _told_lines(taking, batch)
    cells = _cells(taking, batch)
    done, columns, count = taking.done, taking.done.columns, len(batch.rows)
    raw = pc.fill_null(cells[columns.number], "")
    times, precisions = _times(taking, batch, cells)
    read = read_many(raw, times, taking.reader) if taking.by_column else _one_by_one(taking.reader, raw, times)
    _count(taking, batch, read)
    first = done.rows
    shared = {
        "row": pa.array(range(first, first + count), pa.int64()), "source": pa.repeat(done.source, count),
        "token": _tokens(taking, read.number, raw),
    }  # fmt: skip
    client = cells[columns.operator] if columns.operator is not None else pa.nulls(count, pa.string())
    client = pc.utf8_trim_whitespace(client)
    client = pc.if_else(pc.equal(client, ""), pa.scalar(None, pa.string()), client)
    made = {
        "country": read.country, "candidates": read.candidates, "status": read.status, "time": times,
        "time_precision": precisions, "operator": client,
        "rule": read.rule,
    }  # fmt: skip
    numbers = {"number": read.number, "written": read.written, "raw": raw, "extension": read.extension}
    names = [*columns.names, FURTHER]
    return (
        _table(schema.SELECTIONS, shared | made),
        _table(schema.NUMBERS, shared | numbers),
        pa.Table.from_arrays(cells, names=names),
    )


def _told_lines(taking: _Taking, batch: Batch) -> None:
    """Tell of rows that go over several lines: a note may, but a quote that is missing makes one row of many."""
    places, before = batch.places, taking.line
    taking.line = places[-1]
    if places[-1] - before == len(places):
        return
    for place in places:
        if place - before > 1:
            taking.done.warn(f"line {place}", f"the row goes over {place - before} lines; is a quote missing?", "lines")
        before = place


def _one_by_one(reader: Reader, raw: pa.Array, times: pa.Array) -> Read:
    moments = times.cast(pa.int64()).to_pylist()
    return of_numbers([reader.read(c, t) for c, t in zip(raw.to_pylist(), moments, strict=True)])


def _tokens(taking: _Taking, numbers: pa.Array, raw: pa.Array) -> pa.Array:
    """A token for each row; those without a number have one of their text, or of their place."""
    of = taking.tokens.of
    if not numbers.null_count:
        return pa.array([of(n) for n in numbers.to_pylist()], pa.string())
    place, first = taking.done.source, taking.done.rows
    rows = enumerate(zip(numbers.to_pylist(), raw.to_pylist(), strict=True), first)
    return pa.array([of(n or identity_of(None, r, f"{place} {row}")) for row, (n, r) in rows], pa.string())


def _table(of: pa.Schema, values: Mapping[str, pa.Array]) -> pa.Table:
    return pa.Table.from_arrays([values[f.name] for f in of], schema=of)


def _cells(taking: _Taking, batch: Batch) -> list[pa.Array]:
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
    return [_readable(taking, batch, c) for c in (*zip(*rows, strict=True), further)]


def _readable(taking: _Taking, batch: Batch, cells: Sequence[str | None]) -> pa.Array:
    """Cells with bytes that are no UTF-8 show them as `\\xNN`, and are told."""
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:
        column = list(cells)
    for n, cell in enumerate(cells):
        try:
            (cell or "").encode()
        except UnicodeEncodeError:
            column[n] = (cell or "").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            taking.done.warn(f"{taking.source.place} {batch.places[n]}", "bytes that are no UTF-8", "encoding")
    return pa.array(column, pa.string())


def _times(taking: _Taking, batch: Batch, cells: list[pa.Array]) -> tuple[pa.Array, pa.Array]:
    """Times and their precision; what cannot be read is told."""
    column, count = taking.done.columns.time, len(batch.rows)
    if column is None:
        return pa.nulls(count, _TIME), pa.nulls(count, pa.string())
    if (read := read_seconds(cells[column], taking.times)) is not None:
        return read, pa.repeat("second", count)
    made = [taking.times.read(cell) if cell else NOTHING for cell in cells[column].to_pylist()]
    for n, one in enumerate(made):
        if one == NOTHING and cells[column][n].as_py():
            taking.done.warn(f"{taking.source.place} {batch.places[n]}", "the time of selection cannot be read", "time")
    return pa.array([t for t, _ in made], _TIME), pa.array([p for _, p in made], pa.string())


def _count(taking: _Taking, batch: Batch, read: Read) -> None:
    """How many of which status, and by which migration; a cell without a number is told, never shown."""
    done = taking.done
    for counts, column in ((done.statuses, read.status), (done.rules, read.rule)):
        for one in pc.value_counts(column).to_pylist():
            if one["values"] is not None:
                counts[one["values"]] += one["counts"]
    if read.number.null_count:
        for n in pc.indices_nonzero(pc.is_null(read.number)).to_pylist():
            done.warn(f"{taking.source.place} {batch.places[n]}", "no number that can be read", "number")

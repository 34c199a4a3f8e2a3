"""Reading tables of any kind as rows of text: CSV and its kin, XLSX, Parquet. Nothing is dropped, all is bounded."""

from __future__ import annotations

import csv
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet as pq

from bridle.classes import dataclass

AT_ONCE = 1 << 16
"""Rows of a batch."""
LINE = 1 << 20
"""Characters of a line; what is longer is a row that is cut, with a warning."""
COLUMNS = 500
_UNPACKED = 1 << 31
_SHARED = 1 << 28
"""Bytes of an XLSX file when unpacked, and of its table of shared strings, which is held in memory."""
_UNREADABLE = (
    OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, SyntaxError,
    struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What zipfile, openpyxl and Arrow raise for files that are damaged: none has one error for all of it."""


class ImportRefusedError(Exception):
    """A file that cannot be read as a table at all. One sentence with the next step."""


@dataclass(frozen=True)
class Batch:
    """Some rows as text, and on which line each ends. None is an empty cell of a typed table."""

    rows: list[list[str | None]]
    places: list[int]


@dataclass(frozen=True)
class Source:
    """A table to read: `form` is csv, xlsx or parquet; `names` its header where it has one of itself."""

    path: Path
    form: str
    delimiter: str = ","
    encoding: str = "utf-8"
    names: tuple[str, ...] | None = None

    @property
    def place(self) -> str:
        """What the places of its rows count."""
        return "line" if self.form == "csv" else "row"

    def batches(self, at_once: int = AT_ONCE) -> Iterator[Batch]:
        """All rows in their order. Raises ImportRefusedError."""
        reading = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[self.form]
        try:
            yield from reading(self, at_once)
        except _UNREADABLE as e:
            raise ImportRefusedError(
                f"{self.path.name} cannot be read to its end: {e!s:.80}; nothing was imported"
            ) from e


def opened(path: Path) -> Source:
    """A table, told by its content. Raises ImportRefusedError."""
    if not path.is_file():
        raise ImportRefusedError(f"{path} is no file; name a CSV, TSV, XLSX or Parquet file")
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError as e:
        raise ImportRefusedError(f"{path} cannot be read: {e.strerror}; check its permissions") from e
    if head[:4] == b"PAR1":
        return Source(path, "parquet", names=_parquet_names(path))
    if head[:4] == b"PK\x03\x04":
        _safe_workbook(path)
        return Source(path, "xlsx")
    if head[:4] == b"\xd0\xcf\x11\xe0" or head[:3] == b"\x1f\x8b\x08":
        raise ImportRefusedError(f"{path.name} is an old workbook or compressed; save it as CSV, XLSX or Parquet first")
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in head:
        raise ImportRefusedError(f"{path.name} is no table: it has NUL bytes; name a CSV, TSV, XLSX or Parquet file")
    return Source(path, "csv", _delimiter(head.decode(encoding, "replace")), encoding)


def _delimiter(text: str) -> str:
    """The separator that most lines have as often as the first one."""
    lines = [line for line in text.splitlines()[:50] if line.strip()][:40]
    best = max("\t,;|", key=lambda d: sum(1 for x in lines if x.count(d) == lines[0].count(d) > 0) if lines else 0)
    return best if lines and lines[0].count(best) else ","


def _lines(file: IO[str]) -> Iterator[str]:
    """Lines of at most `LINE` characters; the rest of a longer one is read away, so that memory stays bounded."""
    while line := file.readline(LINE):
        if len(line) == LINE and not line.endswith("\n"):
            while (rest := file.readline(LINE)) and not rest.endswith("\n"):
                pass
            line += "\n"
        yield line.replace("\0", "\\x00") if "\0" in line else line


@contextmanager
def _whole_cells() -> Iterator[None]:
    """Cells as long as a line. The limit is one of the process: other readers of CSV have theirs back afterwards."""
    before = csv.field_size_limit(LINE + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _csv(source: Source, at_once: int) -> Iterator[Batch]:
    with source.path.open("rb") as stored:
        text = io.TextIOWrapper(stored, source.encoding, errors="surrogateescape", newline="")
        reader = csv.reader(_lines(text), delimiter=source.delimiter)
        while True:
            rows: list[list[str | None]] = []
            places: list[int] = []
            ended = True
            try:
                with _whole_cells():
                    for row in islice(reader, at_once):
                        rows.append(row)  # type: ignore[arg-type]
                        places.append(reader.line_num)
                        ended = False
            except csv.Error as e:
                raise ImportRefusedError(
                    f"{source.path.name}, line {reader.line_num}: a cell does not end ({e!s:.40}); is a quote missing? "
                    "Nothing was imported"
                ) from e
            if ended:
                return
            yield Batch(rows, places)


def _safe_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            sizes = {i.filename: i.file_size for i in packed.infolist()}
    except _UNREADABLE as e:
        raise ImportRefusedError(f"{path.name} is no workbook: {e!s:.60}; save it as XLSX or CSV again") from e
    if "xl/workbook.xml" not in sizes:
        raise ImportRefusedError(f"{path.name} is no workbook; save it as XLSX or CSV")
    if sum(sizes.values()) > _UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > _SHARED:
        raise ImportRefusedError(f"{path.name} is too large when unpacked; save it as CSV")


def _xlsx(source: Source, at_once: int) -> Iterator[Batch]:
    """The rows of the first sheet that has any."""
    from openpyxl import load_workbook

    book = load_workbook(source.path, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = next((s for s in book.worksheets if next(s.iter_rows(max_row=1, max_col=1), None)), None)
        rows = sheet.iter_rows(values_only=True, max_col=COLUMNS) if sheet is not None else iter(())
        place = 0
        while some := list(islice(rows, at_once)):
            yield Batch([[_text(v) for v in row] for row in some], list(range(place + 1, place + len(some) + 1)))
            place += len(some)
    finally:
        book.close()


def _parquet_names(path: Path) -> tuple[str, ...]:
    try:
        with pq.ParquetFile(path) as file:
            names = tuple(file.schema_arrow.names)
    except _UNREADABLE as e:
        raise ImportRefusedError(f"{path.name} is no readable Parquet file: {e!s:.60}; export it again") from e
    if len(names) > COLUMNS or len(set(names)) < len(names):
        raise ImportRefusedError(f"{path.name} has more than {COLUMNS} columns, or two of one name; export fewer")
    return names


def _parquet(source: Source, at_once: int) -> Iterator[Batch]:
    place = 0
    with pq.ParquetFile(source.path) as file:
        for batch in file.iter_batches(at_once, use_threads=False):
            columns = [[_text(v) for v in column.to_pylist()] for column in batch.columns]
            rows = [list(row) for row in zip(*columns, strict=True)]
            yield Batch(rows, list(range(place + 1, place + len(rows) + 1)))
            place += len(rows)


def _text(value: Any) -> str | None:
    """A typed cell as text; whole numbers without a point, times as ISO 8601."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value) if isinstance(value, (int, float, bool)) else json.dumps(value, default=str)

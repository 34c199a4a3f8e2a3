"""A table as a Parquet file: zstd, and encrypted as a whole where the case has a key.

Parquet modular encryption with one direct key (AES-GCM, footer included): not even column names are in clear.
Source: https://github.com/apache/parquet-format/blob/master/Encryption.md
"""

from __future__ import annotations

import base64
import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs
from pyarrow.parquet import encryption

from bridle.case.digest import STEP, ContentDigest
from bridle.case.freed import give_back
from bridle.case.keys import CaseKey

ROWS = 8 * STEP
"""Rows of a row group."""
BYTES = 8 << 20
"""Bytes of text and binary values after which a row group ends early."""
SMALL = 20_000
"""Rows of a table that whoever writes it may keep."""
_UNIQUE = {"locator"}


def create(path: Path) -> None:
    """A new empty file that only its owner may read. Raises FileExistsError."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


CONSTANT = pa.dictionary(pa.int32(), pa.string())
"""Of columns that are the same in many rows: their text is in memory once. In the file they are columns of text."""


def with_dictionaries(schema: pa.Schema, constants: int) -> pa.Schema:
    """The schema whose first columns are `CONSTANT`."""
    return pa.schema([f.with_type(CONSTANT) if n < constants else f for n, f in enumerate(schema)])


class TableWriter:
    """Writes one Parquet file. What ends up in it depends on the rows alone, not on how they were cut."""

    def __init__(
        self, path: Path, schema: pa.Schema, key: CaseKey | None, constants: int = 0, *, records: bool = False
    ) -> None:
        """The first `constants` columns are written as `CONSTANT`, to be read as text as all are.

        Tables of `records` grow several at once: their row groups are of half the size, to keep less in memory, and no
        text in them is compared, for in no order of theirs does that tell a row group from another.
        """
        self._most, self._most_bytes = (ROWS // 2, BYTES // 2) if records else (ROWS, BYTES)
        self._plain, self._schema = pa.schema(list(schema)), with_dictionaries(schema, constants)
        self._compared = [f.name for f in self._schema if not _is_long(f.type)] if records else True
        self._digest = ContentDigest(self._plain)
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._measured = self._bytes = self._groups = 0
        self.small: pa.Table | None = None
        """All rows, as they are read from the file, where they are few; after the writer is closed."""
        self._constant: dict[str, set[str | None]] = {}
        """Of each `CONSTANT` column some of its values: two, if there are as many."""
        create(path)
        self._key, self._sink = key, pa.OSFile(str(path), "wb")
        self._parquet: pq.ParquetWriter | None = None

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._flush(whole=False)
                self._parquet = self._parquet or self._begun(None)
            if self._parquet is not None:
                self._parquet.close()
        finally:
            self._sink.close()

    def write(self, table: pa.Table) -> None:
        """Take more rows, of exactly the table's columns. Raises ValueError (ArrowInvalid) for others."""
        self._waiting.append(table if table.schema.equals(self._schema) else table.cast(self._schema))
        self._rows += table.num_rows
        if self._rows >= self._measured + STEP:
            self._flush(whole=True)

    def content_sha256(self) -> str:
        """The content digest; after the writer is closed."""
        return self._digest.hexdigest()

    def shared(self) -> dict[str, str]:
        """What all rows have in a `CONSTANT` column, by its name; after the writer is closed."""
        every = {name: next(iter(values)) for name, values in self._constant.items() if len(values) == 1}
        return {name: value for name, value in every.items() if value is not None}

    def give_back(self) -> pa.Table | None:
        """The rows that wait for a row group to be complete; they have to be written again."""
        rows = pa.concat_tables(self._waiting) if self._waiting else None
        self._waiting, self._rows, self._measured, self._bytes = [], 0, 0, 0
        return rows

    def give_up(self) -> None:
        """Write nothing more; what there is of the file is of no use."""
        self._waiting = []
        self.__exit__(OSError, None, None)

    def _flush(self, *, whole: bool) -> None:
        """Write the row groups that are complete, or all. What waits for more is not measured again."""
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        start, seen, size = 0, self._measured, self._bytes
        for step in range(seen, table.num_rows - table.num_rows % STEP, STEP):
            seen = step + STEP
            size += _size(table.slice(step, STEP))
            if seen - start >= self._most or size >= self._most_bytes:
                self._group(table.slice(start, seen - start))
                start, size = seen, 0
        if not whole and start < table.num_rows:
            self._group(table.slice(start))
            start = seen = table.num_rows
        rest = table.slice(start)
        self._waiting, self._rows = [rest] if rest.num_rows else [], rest.num_rows
        self._measured, self._bytes = seen - start, size

    def _group(self, table: pa.Table) -> None:
        table = _with_own_values(table.combine_chunks())
        self._groups += 1
        self.small = table if self._groups == 1 and table.num_rows <= SMALL else None
        self._digest.update(table)
        self._note_constant(table)
        self._parquet = self._parquet or self._begun(table)
        self._parquet.write_table(table, row_group_size=table.num_rows)

    def _note_constant(self, table: pa.Table) -> None:
        for name, column in zip(table.column_names, table.columns, strict=True):
            if column.type == CONSTANT:
                (chunk,) = column.chunks
                some = chunk.dictionary.slice(0, 2).to_pylist()
                self._constant.setdefault(name, set()).update(some if not chunk.null_count else [*some, None])

    def _begun(self, first: pa.Table | None) -> pq.ParquetWriter:
        """The file, for rows like the `first`; None where there will be none."""
        parquet = pq.ParquetWriter(
            self._sink,
            self._schema,
            compression="zstd",
            use_dictionary=_repeating(self._plain, None if first is None else first.slice(0, STEP)),
            column_encoding={f.name: "DELTA_BINARY_PACKED" for f in self._schema if _counts(f.type)} or None,
            write_statistics=self._compared,
            store_schema=False,
            encryption_properties=encryption.create_encryption_properties(footer_key=self._key.raw)
            if self._key
            else None,
        )
        stored = base64.b64encode(self._plain.serialize().to_pybytes())
        parquet.add_key_value_metadata({"ARROW:schema": stored.decode()})
        return parquet


def _with_own_values(table: pa.Table) -> pa.Table:
    """The same rows, whose constants name their own values alone, in the order of the rows.

    What is stored of them would otherwise tell with which others the rows came, and so in how many processes.
    """
    for n, column in enumerate(table.columns):
        if column.type != CONSTANT:
            continue
        (chunk,) = column.chunks or [pa.array([], CONSTANT)]
        used = pc.unique(chunk.indices)
        if not used.equals(pa.array(range(len(chunk.dictionary)), used.type)):
            made = pa.DictionaryArray.from_arrays(pc.index_in(chunk.indices, used), chunk.dictionary.take(used))
            table = table.set_column(n, table.schema.field(n), made)
    return table


def _is_long(of: pa.DataType) -> bool:
    return bool(pa.types.is_string(of) or pa.types.is_binary(of) or pa.types.is_list(of))


def _counts(of: pa.DataType) -> bool:
    """Whether values are numbers of 64 bits or times, which mostly lie near the ones before them."""
    return bool(pa.types.is_int64(of) or pa.types.is_timestamp(of))


def _differs(column: pa.ChunkedArray) -> bool:
    """Whether most values stand there once."""
    return bool(2 * pa.compute.count_distinct(column).as_py() > len(column))


def _repeating(schema: pa.Schema, first: pa.Table | None) -> list[str]:
    """The columns that are stored as a dictionary: text that may repeat, and does so in `first` if those are many."""
    found = []
    many = first if first is not None and first.num_rows == STEP else None
    for f in schema:
        if many is not None and pa.types.is_string(many.schema.field(f.name).type) and _differs(many[f.name]):
            continue
        of = f.type.value_type if pa.types.is_list(f.type) else f.type
        if (pa.types.is_string(of) or pa.types.is_binary(of)) and f.name not in _UNIQUE:
            found.append(f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name)
    return found


def _size(table: pa.Table) -> int:
    """Bytes of the values without a fixed width; the same however the table is held in memory."""
    total = 0
    for column in table.columns:
        if column.type == CONSTANT:
            for chunk in column.chunks:
                lengths = pa.compute.binary_length(chunk.dictionary)
                total += pa.compute.sum(lengths.take(chunk.indices)).as_py() or 0
            continue
        if pa.types.is_list(column.type):
            column = pa.compute.list_flatten(column)  # noqa: PLW2901 - the items stand for the column
        if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
            total += pa.compute.sum(pa.compute.binary_length(column)).as_py() or 0
    return total


def opened(path: Path, key: CaseKey | None) -> pq.ParquetFile:
    """The file, to be read in batches. Raises OSError or ValueError when it is damaged or of another key."""
    return pq.ParquetFile(_regular(path), decryption_properties=_decryption(key))


def schema_of(path: Path, key: CaseKey | None) -> pa.Schema:
    with opened(path, key) as file:
        return file.schema_arrow


def batches(
    path: Path, key: CaseKey | None, columns: list[str] | None, at_once: int = 4 * STEP
) -> Iterator[pa.RecordBatch]:
    """The rows in their order; a batch is of one row group, and so within its bound of bytes."""
    with opened(path, key) as file:
        try:
            for group in range(file.num_row_groups):
                yield from file.iter_batches(batch_size=at_once, row_groups=[group], columns=columns, use_threads=False)
        finally:
            if file.metadata.num_rows > ROWS:
                give_back()


def rows_at(
    path: Path, key: CaseKey | None, columns: list[str], numbers: Sequence[int], at_once: int = STEP // 4
) -> Iterator[pa.RecordBatch]:
    """The rows of these numbers, which are sorted. Row groups that have none of them are not read."""
    with opened(path, key) as file:
        begin = done = 0
        for group in range(file.num_row_groups):
            end = begin + file.metadata.row_group(group).num_rows
            last = bisect_left(numbers, end, done)
            if last > done:
                for batch in file.iter_batches(at_once, row_groups=[group], columns=columns, use_threads=False):
                    some = numbers[done : bisect_left(numbers, begin + batch.num_rows, done)]
                    if some:
                        yield batch.take(pa.array([n - begin for n in some], pa.int64()))
                    begin, done = begin + batch.num_rows, done + len(some)
                    if done == last:
                        break
            begin = end


class BoundedDataset(ds.FileSystemDataset):  # type: ignore[misc]
    """A table for SQL: columns and filters are pushed down, and only a few batches are read ahead."""

    def scanner(self, **asked: Any) -> Any:
        return super().scanner(**{**asked, "batch_readahead": 2, "fragment_readahead": 1, "batch_size": 16384})


def dataset(path: Path, key: CaseKey | None) -> BoundedDataset:
    """The file as something DuckDB scans without access to files."""
    options = ds.ParquetFragmentScanOptions(decryption_properties=_decryption(key), pre_buffer=False)
    form = ds.ParquetFileFormat(default_fragment_scan_options=options)
    local = fs.LocalFileSystem()
    fragment = form.make_fragment(str(_regular(path)), filesystem=local)
    return BoundedDataset([fragment], fragment.physical_schema, form, local)


def _decryption(key: CaseKey | None) -> Any:
    return encryption.create_decryption_properties(footer_key=key.raw) if key else None


def _regular(path: Path) -> Path:
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name}: expected a file of the case, found a link or nothing")
    return path

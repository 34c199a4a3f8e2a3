"""The tables of one import on the disk: encrypted Parquet files, written as the rows come, and read with care."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.parquet import encryption

from bridle.case import tables
from bridle.case.keys import CaseKey
from bridle.targets import schema
from bridle.targets.keys import Keys, ProjectError

SELECTIONS_FILE, NUMBERS_FILE, CELLS_FILE = "selections.parquet", "numbers.parquet", "cells.parquet"
_GROUP = 1 << 17
"""Rows of a row group."""
_REPEATED = ["source", "country", "candidates.list.element", "status", "time_precision", "operator", "rule"]


def import_folder(project: Path, name: str) -> Path:
    return project / "imports" / name


class ImportWriter:
    """Takes an import's rows; what was written lies in a folder of its own until all is there."""

    def __init__(self, project: Path, name: str, keys: Keys) -> None:
        self.id, self.rows = name, 0
        self.about: dict[str, Any] = {}
        self._project, self._keys = project, keys
        self._folder = import_folder(project, f".new-{secrets.token_hex(8)}")
        self._open: dict[str, pq.ParquetWriter] = {}
        self._key = {
            SELECTIONS_FILE: keys.selections(name),
            NUMBERS_FILE: keys.numbers(name),
            CELLS_FILE: keys.numbers(f"cells {name}"),
        }

    def __enter__(self) -> ImportWriter:
        try:
            for left in self._folder.parent.glob(".new-*"):
                shutil.rmtree(left)
            self._folder.mkdir(mode=0o700)
        except OSError as e:
            raise ProjectError(f"{self._project} cannot be written: {e.strerror}; check its permissions") from e
        return self

    def write(self, selections: pa.Table, numbers: pa.Table, cells: pa.Table) -> None:
        """Some rows: of `schema.SELECTIONS`, of `schema.NUMBERS`, and all their cells as text. Raises ProjectError."""
        self._write(SELECTIONS_FILE, selections.cast(schema.SELECTIONS))
        self._write(NUMBERS_FILE, numbers.cast(schema.NUMBERS))
        self._write(CELLS_FILE, cells)
        self.rows += selections.num_rows

    def _write(self, name: str, table: pa.Table) -> None:
        try:
            if name not in self._open:
                self._open[name] = _writer(self._folder / name, table.schema, self._key[name])
            self._open[name].write_table(table, row_group_size=_GROUP)
        except OSError as e:
            raise ProjectError(f"the import cannot be written: {e!s:.80}; check the space on the disk") from e

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            for writer in self._open.values():
                writer.close()
            if kind is None:
                self._publish()
        except OSError as e:
            raise ProjectError(f"the import cannot be written: {e!s:.80}; check the space on the disk") from e
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _publish(self) -> None:
        """All on the disk, then under its name; what an import that never ended left there is not part of anything."""
        for file in self._folder.iterdir():
            with file.open("rb") as stored:
                os.fsync(stored.fileno())
        target = import_folder(self._project, self.id)
        if target.exists():
            shutil.rmtree(target)
        self._folder.rename(target)


def _writer(path: Path, of: pa.Schema, key: CaseKey) -> pq.ParquetWriter:
    tables.create(path)
    return pq.ParquetWriter(
        path,
        of,
        compression="zstd",
        use_dictionary=[name for name in _REPEATED if name.split(".")[0] in of.names] or False,
        write_statistics=False,
        encryption_properties=encryption.create_encryption_properties(footer_key=key.raw),
    )


def fetched(project: Path, name: str, keys: Keys, tokens: set[str]) -> Iterator[dict[str, Any]]:
    """The rows of an import's numbers with these tokens, each with its cells. Raises ProjectError."""
    folder, wanted = import_folder(project, name), pa.array(sorted(tokens), pa.string())
    try:
        found = []
        for batch in tables.batches(folder / NUMBERS_FILE, keys.numbers(name), None, at_once=_GROUP):
            found += batch.filter(pc.is_in(batch["token"], value_set=wanted)).to_pylist()
        cells = _cells(folder / CELLS_FILE, keys.numbers(f"cells {name}"), [r["row"] for r in found])
        for row, own in zip(found, cells, strict=True):
            yield {**row, "cells": own}
    except (OSError, ValueError) as e:
        raise ProjectError(f"import {name} cannot be read: {e!s:.80}; restore it from a copy") from e


def _cells(path: Path, key: CaseKey, rows: Sequence[int]) -> list[dict[str, Any]]:
    columns = tables.schema_of(path, key).names
    return [r for batch in tables.rows_at(path, key, columns, rows) for r in batch.to_pylist()]

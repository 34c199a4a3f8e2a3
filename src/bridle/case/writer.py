"""Writes a case: built in a hidden folder beside its destination, then renamed in one step."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridle import stopping
from bridle.case import manifest
from bridle.case.damage import NOT_TEXT
from bridle.case.early import Begun, Early, written_again
from bridle.case.freed import give_back
from bridle.case.keys import CaseKey
from bridle.case.locking import take, taken
from bridle.case.spill import BUDGET, Constants, Order, Spill, with_constants
from bridle.case.tables import TableWriter, batches, create, schema_of
from bridle.descriptors import FOLDER, folders_can_be_opened, open_file, sync
from bridle.file_names import is_text

_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\Z")
_FILE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+\Z")
RECORDS = "records"
MOST_KEPT, KEPT = 4 << 20, 16 << 20
"""Bytes of one small table that is kept, and of all of them."""


class CaseExistsError(Exception):
    """The destination is there already, or another run is writing it, or no case can have its name."""


class CaseWriter:
    """One case being written. Nothing of it is at the destination until `commit`."""

    def __init__(self, destination: Path, key: CaseKey | None, budget: int = BUDGET) -> None:
        """Raises CaseExistsError, or OSError where nothing can be written."""
        self._destination, self._key = destination, key
        if not is_text(str(destination)):
            raise CaseExistsError(f"{destination} cannot be a case: {NOT_TEXT}; name another folder")
        if os.path.lexists(destination):
            raise CaseExistsError(f"{destination} exists already, and a case is never overwritten; name a new folder")
        destination.parent.mkdir(parents=True, exist_ok=True)
        self.building = destination.with_name(f".{destination.name}.building")
        """The folder in which the case grows."""
        self._lock = _claim(self.building, destination)
        self._schemas: dict[str, pa.Schema] = {}
        self._constants: dict[str, int] = {}
        """How many columns of a table are constants of files."""
        self._early = Early(self._begin, self._schemas)
        self._spill = Spill(self.building / "parts", budget, self._early)
        self._content: dict[str, str] = {}
        self.small: dict[str, pa.Table] = {}
        """The rows of small tables, by name: who examines the case next need not read and decrypt them again."""
        self._may_keep = KEPT
        self.shared: dict[str, dict[str, str]] = {}
        """What all rows of a table have in a column, by the names of both."""

    def declare(self, table: str, schema: pa.Schema) -> None:
        """A table of records exists, even if no row comes. Raises ValueError when it was declared differently."""
        if not _NAME.match(table):
            raise ValueError(f"expected a table name such as ios.sms.message, got {table!r:.60}")
        known = self._schemas.setdefault(table, pa.schema(list(schema)))
        if not known.equals(pa.schema(list(schema))):
            raise ValueError(f"{table}: declared twice with different columns")

    def add(self, table: str, order: Order, rows: pa.Table) -> None:
        """Rows of one parsed file, in their order; `order` places them among the table's other files."""
        self.declare(table, rows.schema)
        if rows.num_rows:
            self._spill.add(table, [(order, (), rows.num_rows)], rows)

    def add_files(
        self, table: str, files: Sequence[tuple[Order, Constants, int]], rows: pa.RecordBatch | pa.Table
    ) -> None:
        """Rows of one or more parsed files for a declared table, without its first columns, which are constants.

        Of each file, in the order of the rows: its place, the values of those columns, and how many rows are its.
        """
        schema = self._schemas[table]
        more = len(schema) - rows.num_columns
        if rows.schema.names != schema.names[more:] or rows.schema.types != schema.types[more:]:
            raise ValueError(f"{table}: got other columns than declared")
        if sum(count for *_, count in files) != rows.num_rows or any(len(c) != more for _, c, _ in files):
            raise ValueError(f"{table}: expected {more} constants for each file, and to be told of every row")
        self._constants[table] = more
        if rows.num_rows:
            there = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
            self._spill.add(table, [f for f in files if f[2]], there)

    def finish_tables(self) -> None:
        """Write every table of records; nothing can be added afterwards."""
        for table, schema in sorted(self._schemas.items()):
            begun, again, old = self._early.take(self._spill, table), [], None
            if begun is not None and (self._spill.lowest(table) or begun.order) < begun.order:
                old = self._set_aside(begun, table)
                again, begun = [written_again(begun, batches(old, self._key, None))], None
            parts = (with_constants(runs, rows, schema) for runs, rows in self._spill.take(table, again))
            name = _of_records(table)
            self._write(name, parts, self._begin(table) if begun is None else begun.writer)
            if old is not None:
                old.unlink()
        self._spill.close()

    def _begin(self, table: str) -> TableWriter:
        path = self.building / _of_records(table)
        return TableWriter(path, self._schemas[table], self._key, self._constants.get(table, 0), records=True)

    def _set_aside(self, begun: Begun, table: str) -> Path:
        """What was written of a table, as a file of another name."""
        with begun.writer:
            pass
        return (self.building / _of_records(table)).rename(self.building / "aside")

    def write_table(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """A table at the top of the case, such as `ledger`."""
        parts = table if isinstance(table, pa.RecordBatchReader) else table.to_batches()
        file = f"{name}.parquet"
        writer = TableWriter(self.building / file, table.schema, self._key)
        self._write(file, (pa.Table.from_batches([b]) for b in parts), writer)

    def adopt(self, name: str, file: Path, content_sha256: str) -> None:
        """A table of another case under the same key, byte for byte; its content was digested when it was written."""
        create(self.building / name)
        shutil.copyfile(file, self.building / name, follow_symlinks=False)
        self._content[name] = content_sha256

    def rewrite(self, name: str, file: Path) -> None:
        """A table of another case under the same key, row by row. Raises OSError or ValueError where it is damaged."""
        parts = (pa.Table.from_batches([b]) for b in batches(file, self._key, None))
        self._write(name, parts, TableWriter(self.building / name, schema_of(file, self._key), self._key))

    def write_file(self, name: str, data: bytes) -> None:
        """Any other file at the top of the case."""
        if not _FILE.match(name) or name in manifest.OUTSIDE:
            raise ValueError(f"expected the name of a file of a case, got {name!r:.60}")
        path = self.building / name
        create(path)
        path.write_bytes(data)

    def commit(self, event: Mapping[str, Any] | None = None) -> None:
        """Make the case appear at its destination. After a power cut there is all of it or nothing.

        `event` is the first entry of its custody log. Raises CaseExistsError when another run came first, and
        KeyboardInterrupt where Ctrl-C came while it was made: somebody may have taken that for an error of one rule.
        """
        stopping.check()
        self._spill.close()
        create(self.building / manifest.NAME)
        (self.building / manifest.NAME).write_bytes(manifest.build(self.building, self._content))
        if event is not None:
            manifest.append_custody(self.building, event)
        _sync_below(self.building)
        try:
            if os.path.lexists(self._destination):
                raise FileExistsError
            self.building.rename(self._destination)
        except FileExistsError as e:
            raise CaseExistsError(f"{self._destination} was written by another run meanwhile; name a new folder") from e
        sync(self._destination.parent)
        self._release()

    def abort(self) -> None:
        """Leave nothing behind. Does nothing after `commit`."""
        if self._lock >= 0:
            self._early.close()
            self._spill.close()
            shutil.rmtree(self.building, ignore_errors=True)
            self._release()

    def _release(self) -> None:
        os.close(self._lock)
        self._lock = -1
        if not folders_can_be_opened():
            with suppress(OSError):  # another run holds it by now
                _lock_beside(self.building).unlink()

    def _write(self, name: str, parts: Any, writer: TableWriter) -> None:
        with writer:
            for part in parts:
                writer.write(part)
        self._content[name] = writer.content_sha256()
        self.shared[_table_of(name)] = writer.shared()
        self._keep(name, writer.small)
        give_back()

    def _keep(self, name: str, rows: pa.Table | None) -> None:
        if rows is not None and (size := rows.get_total_buffer_size()) <= min(MOST_KEPT, self._may_keep):
            self._may_keep -= size
            self.small[_table_of(name)] = rows


def _of_records(table: str) -> str:
    return f"{RECORDS}/{table}.parquet"


def _table_of(file: str) -> str:
    return file.removeprefix(f"{RECORDS}/").removesuffix(".parquet")


def _claim(building: Path, destination: Path) -> int:
    """Make the building folder and hold its lock; what a dead process left there is removed first.

    The folder is locked under another name before it gets its own, so a lock that is free means a dead owner.
    """
    if not folders_can_be_opened():
        return _claim_by_file(building, destination)
    fresh, lock = _locked(building, destination)
    try:
        (fresh / RECORDS).mkdir(mode=0o700)
        for _ in range(3):
            _remove_stale(building, destination)
            try:
                fresh.rename(building)
            except OSError:
                continue
            return lock
        raise CaseExistsError(f"another run keeps writing {destination}; wait for it or name a new folder")
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        os.close(lock)
        raise


def _claim_by_file(building: Path, destination: Path) -> int:
    """The same where folders cannot be locked: by a file beside, which `_release` removes."""
    lock = open_file(_lock_beside(building), os.O_RDWR | os.O_CREAT)
    try:
        if not taken(lock):
            raise CaseExistsError(f"another run is writing {destination} now; wait for it or name a new folder")
        if os.path.lexists(building):
            shutil.rmtree(building)
        building.mkdir(mode=0o700)
        (building / RECORDS).mkdir(mode=0o700)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _lock_beside(building: Path) -> Path:
    return building.with_name(f"{building.name}.lock")


def _locked(building: Path, destination: Path) -> tuple[Path, int]:
    """A new folder beside and its lock; those of processes that died before they gave theirs its name are removed."""
    for left in building.parent.iterdir():
        if left.name.startswith(f"{building.name}-"):
            with suppress(CaseExistsError, OSError):
                _remove_stale(left, destination)
    for _ in range(3):
        fresh = Path(tempfile.mkdtemp(prefix=f"{building.name}-", dir=building.parent))
        with suppress(FileNotFoundError):  # another run took it for one that a dead process left
            lock = os.open(fresh, os.O_RDONLY)
            take(lock)
            if os.path.lexists(fresh):
                return fresh, lock
            os.close(lock)
    raise CaseExistsError(f"other runs keep beginning {destination}; wait for them or name a new folder")


def _remove_stale(building: Path, destination: Path) -> None:
    try:
        lock = open_file(building, os.O_RDONLY | FOLDER)
    except FileNotFoundError:
        return
    try:
        if not taken(lock):
            raise CaseExistsError(f"another run is writing {destination} now; wait for it or name a new folder")
        if os.path.lexists(building) and os.path.samestat(os.lstat(building), os.fstat(lock)):
            shutil.rmtree(building)
    finally:
        os.close(lock)


def _sync_below(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)

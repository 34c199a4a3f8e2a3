"""The ledger: what happened to every file; and the table of what the acquisition says of the device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.runs import Runs
from bridle.classes import dataclass
from bridle.core import Utc, WallClock
from bridle.file_names import name_as_text

STATUSES = frozenset({"parsed", "not wanted", "absent", "refused", "encrypted", "damaged", "killed"})


@dataclass(kw_only=True)
class LedgerRow:
    """One (file, artifact), or one file that no artifact wants. Filled in while the file is read."""

    source: str
    path: str
    member: str
    type: str
    artifact: str | None
    size: int | None
    modified: Utc | None
    status: str
    reason: str | None
    rows: int = 0
    gaps: int = 0
    sha256: str | None = None
    shown: WallClock | None = None
    number: int = 0
    """Which of all files it is, of which several may have the same names."""


def _field(name: str, of: pa.DataType, doc: str, kind: str | None = None, *, needed: bool = True) -> pa.Field:
    notes = {"doc": doc, **({"kind": kind, "surface": "file-present"} if kind else {})}
    return pa.field(name, of, nullable=not needed, metadata=notes)


LEDGER = pa.schema(
    [
        _field("source", pa.string(), "the source's number in case.toml"),
        _field("path", pa.string(), "on the device", "file-path"),
        _field("member", pa.string(), "the file's name inside the acquisition"),
        _field("type", pa.string(), "file, directory, symlink or other"),
        _field("artifact", pa.string(), "what reads the file; none: no artifact wants it", needed=False),
        _field("size", pa.int64(), "bytes of content", needed=False),
        _field("modified", pa.timestamp("us", tz="UTC"), "when the content last changed", needed=False),
        _field("status", pa.string(), ", ".join(sorted(STATUSES))),
        _field("reason", pa.string(), "why the status is not `parsed`", needed=False),
        _field("rows", pa.int64(), "records read"),
        _field("gaps", pa.int64(), "places that could not be read"),
        _field("sha256", pa.string(), "of the content; none: it was not read", "sha256", needed=False),
        _field("shown", pa.timestamp("us"), "when the content last changed, by the phone's own clock", needed=False),
    ]
)

DEVICE = pa.schema(
    [
        _field("source", pa.string(), "the source's number in case.toml"),
        _field("key", pa.string(), "what is said: model, os_version, serial_number …"),
        _field("value", pa.string(), "as the record or the acquisition says it"),
        _field("identifying", pa.bool_(), "whether it tells whose device it is"),
        _field("table", pa.string(), "where it is said; none: in the acquisition's own description", needed=False),
        _field("path", pa.string(), "of the file on the device", needed=False),
        _field("sha256", pa.string(), "of the file's content", needed=False),
        _field("locator", pa.string(), "place in the file", needed=False),
    ]
)


NOT_WANTED = "not wanted"
UNREAD = frozenset({"damaged", "killed", "encrypted"})
"""Statuses of what is there and was not read to its end."""
_KEYS = ("path", "member", "artifact", "number")
_NAMES = frozenset({"path", "member"})
"""Columns that wait as bytes, in which a name that is no UTF-8 has its place among the others."""
_WAITING = pa.schema(
    [
        *(pa.field(n, pa.binary() if n in _NAMES else pa.string()) for n in _KEYS[:-1]),
        pa.field("number", pa.int64()),
        *(f for f in LEDGER if f.name not in (*_KEYS, "source")),
    ]
)
"""Rows of one source on their way into the ledger; no artifact is an empty text."""
_ORDER = [(name, "ascending") for name in _KEYS]
_ROWS = 2048
"""Rows of single files that wait for one another."""
_HELD = 24 << 20
"""Bytes of rows that are not in order yet."""
_MOST_UNREAD = 2000
"""Sentences of files that were not read to the end; those beyond are counted."""


class Ledger:
    """The ledger as it grows. Memory does not grow with it: what is known of a file goes into sorted runs."""

    def __init__(self, scratch: Path | None = None) -> None:
        """`scratch` is where rows may lie, encrypted, until they are written; None: the system's place for that."""
        self._runs = Runs(_in_order, scratch, keys=len(_KEYS))
        self._rows: list[LedgerRow] = []
        self._held: dict[str, list[pa.Table]] = {}
        self._size = self._count = 0
        self._unread: list[tuple[int, str]] = []
        self._unread_count = 0
        self._lock = Lock()

    def number(self, files: int = 1) -> int:
        """The place of the next file, or of the first of several, among all: for a `LedgerRow`. Of one thread only."""
        self._count += files
        return self._count - files

    def add(self, row: LedgerRow) -> None:
        """A row that does not change any more, from any thread. Raises ValueError for an unknown status."""
        if row.status not in STATUSES:
            raise ValueError(f"{row.path}: expected a status of the ledger, got {row.status!r:.60}")
        with self._lock:
            self._rows.append(row)
            if row.artifact and row.status in UNREAD:
                self._note_unread(row)
            if len(self._rows) >= _ROWS:
                self._hold_rows()

    def add_listed(self, source: str, files: pa.Table, status: str = NOT_WANTED, reason: str | None = None) -> None:
        """Files that no artifact wants and that fared alike: path, member, type, size and modified of each."""
        with self._lock:
            self._hold(source, _listed(files, self.number(files.num_rows), status, reason))

    def tables(self) -> Iterator[pa.Table]:
        """The rows in the order of source, device path, member and artifact, some at a time; they are given once."""
        self._hold_rows()
        self._put_away()
        for source in self._runs.groups():
            for rows in self._runs.take(source):
                yield _told(source, rows)

    def unread(self) -> Iterator[str]:
        """The files that an artifact wants, that are there, and that were not read to the end, as they came."""
        yield from (sentence for _, sentence in sorted(self._unread)[:_MOST_UNREAD])
        if self._unread_count > _MOST_UNREAD:
            yield f"{self._unread_count - _MOST_UNREAD:,} more files that were not read to the end; the ledger has all"

    def close(self) -> None:
        """Removes what lies in `scratch`."""
        self._runs.close()

    def _note_unread(self, row: LedgerRow) -> None:
        sentence = f"{row.path} ({row.artifact}): {row.status}" + (f", {row.reason}" if row.reason else "")
        self._unread.append((row.number, sentence))
        self._unread_count += 1
        if len(self._unread) >= 2 * _MOST_UNREAD:
            self._unread.sort()
            del self._unread[_MOST_UNREAD:]

    def _hold_rows(self) -> None:
        of: dict[str, list[LedgerRow]] = {}
        for row in self._rows:
            of.setdefault(row.source, []).append(row)
        self._rows.clear()
        for source, rows in of.items():
            self._hold(source, _waiting(rows))

    def _hold(self, source: str, rows: pa.Table) -> None:
        self._held.setdefault(source, []).append(rows)
        self._size += rows.nbytes
        if self._size > _HELD:
            self._put_away()

    def _put_away(self) -> None:
        while self._held:
            source, tables = self._held.popitem()
            if (rows := pa.concat_tables(tables)).num_rows:
                tables.clear()
                self._runs.add(source, _in_order(rows))
        self._size = 0


def ledger_table(rows: Iterable[LedgerRow]) -> pa.Table:
    """The ledger of a few files, in its order. Raises ValueError for an unknown status."""
    with closing(Ledger()) as ledger:
        for row in rows:
            ledger.add(row)
        return pa.concat_tables([LEDGER.empty_table(), *ledger.tables()])


def _in_order(rows: pa.Table) -> pa.Table:
    return rows.take(pc.sort_indices(rows, sort_keys=_ORDER))


def _waiting(rows: list[LedgerRow]) -> pa.Table:
    columns = [pa.array([_stored(getattr(r, f.name), f.name) for r in rows], type=f.type) for f in _WAITING]
    return pa.table(columns, schema=_WAITING)


def _stored(value: Any, column: str) -> Any:
    if column in _NAMES:
        return value.encode("utf-8", "surrogatepass")
    return value or "" if column == "artifact" else _storable(value)


def _listed(files: pa.Table, number: int, status: str, reason: str | None) -> pa.Table:
    same: dict[str, Any] = {"artifact": "", "status": status, "reason": reason, "rows": 0, "gaps": 0}
    count = files.num_rows
    numbers = pc.add(pc.cumulative_sum(pa.repeat(1, count)), number - 1)
    columns = [
        numbers if f.name == "number"
        else files[f.name].cast(f.type) if f.name in files.column_names
        else pa.repeat(pa.scalar(same.get(f.name), f.type), count)
        for f in _WAITING
    ]  # fmt: skip
    return pa.table(columns, schema=_WAITING)


def _told(source: str, rows: pa.Table) -> pa.Table:
    """Rows as the ledger has them."""
    of = rows["artifact"]
    made = {
        "source": pa.repeat(_storable(source), rows.num_rows),
        "artifact": pc.if_else(pc.equal(of, ""), pa.scalar(None, pa.string()), of),
        **{name: _as_text(rows[name]) for name in _NAMES},
    }
    return pa.table([made[f.name] if f.name in made else rows[f.name] for f in LEDGER], schema=LEDGER)


def _as_text(names: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    try:
        return names.cast(pa.string())
    except pa.ArrowInvalid:  # one of them is no UTF-8
        return pa.array([_storable(n.decode("utf-8", "surrogatepass")) for n in names.to_pylist()], pa.string())


class Fact(Protocol):
    """One thing that is said of the device."""

    @property
    def source(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def identifying(self) -> bool: ...
    @property
    def table(self) -> str | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def locator(self) -> str | None: ...


def device_table(facts: Iterable[Fact]) -> pa.Table:
    """What is said of the device, in the order given."""
    rows = list(facts)
    columns = [pa.array([_storable(getattr(r, f.name)) for r in rows], type=f.type) for f in DEVICE]
    return pa.table(columns, schema=DEVICE)


def _storable(value: Any) -> Any:
    return name_as_text(value) if isinstance(value, str) else value

"""The ledger: what happened to every file; and the table of what the acquisition says of the device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.core import Utc, WallClock

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


LISTED = ("source", "path", "member", "type", "size", "modified")
"""The columns of `LEDGER` that are told of many files at once, which no artifact wants and which are in order."""
NOT_WANTED = "not wanted"
_MOST_BYTES = 1 << 30
"""Of all that is listed: a column of text holds no more than twice that."""
_ORDER = [(name, "ascending") for name in ("source", "path", "member", "artifact")]


def ledger_table(rows: Iterable[LedgerRow], listed: Iterable[pa.Table] = ()) -> pa.Table:
    """The ledger, in the order of source, device path, member and artifact. Raises ValueError for an unknown status.

    `listed` are tables of `LISTED`, each row of which is a file that is not wanted.
    """
    told = list(rows)
    for row in told:
        if row.status not in STATUSES:
            raise ValueError(f"{row.path}: expected a status of the ledger, got {row.status!r:.60}")
    many = [_as_rows(table) for table in listed]
    odd = any(_storable(name) != name for row in told for name in (row.source, row.path, row.member))
    if odd or sum(table.nbytes for table in many) > _MOST_BYTES:
        told += [row for table in many for row in _each(table)]
        many = []
    if not many:
        return _table(sorted(told, key=lambda r: (r.source, r.path, r.member, r.artifact or "")))
    whole = pa.concat_tables([_table(told), *many])
    keys = whole.select(["source", "path", "member"]).append_column("artifact", pc.fill_null(whole["artifact"], ""))
    return whole.take(pc.sort_indices(keys, sort_keys=_ORDER)).cast(LEDGER)


def _table(rows: list[LedgerRow]) -> pa.Table:
    return pa.table([pa.array([_storable(getattr(r, f.name)) for r in rows], type=f.type) for f in LEDGER], LEDGER)


def _as_rows(listed: pa.Table) -> pa.Table:
    same: dict[str, Any] = {"status": NOT_WANTED, "rows": 0, "gaps": 0}
    columns = [
        listed[f.name].cast(f.type) if f.name in LISTED else pa.repeat(pa.scalar(same.get(f.name), f.type), len(listed))
        for f in LEDGER
    ]
    return pa.table(columns, schema=LEDGER)


def _each(table: pa.Table) -> Iterator[LedgerRow]:
    """The rows one by one. Times are whole microseconds, which need no time zone database."""
    times = ("modified", "shown")
    plain = pa.table(
        {n: c.cast(pa.int64()) if n in times else c for n, c in zip(table.column_names, table.columns, strict=True)}
    )
    for batch in plain.to_batches():
        yield from (LedgerRow(**values) for values in batch.to_pylist())


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
    """A name that is no UTF-8 shows its odd bytes as `\\xff`, half a character of UTF-16 as `\\ud800`."""
    if not isinstance(value, str) or value.isascii():
        return value
    try:
        stored = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        stored = value.encode("utf-8", "backslashreplace")
    return stored.decode("utf-8", "backslashreplace")

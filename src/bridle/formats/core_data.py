"""Stores of Apple's Core Data in SQLite: what their tables have in common.

A kind of row (an entity) has a number, which changes between generations of a store. Tables that join two kinds are
named `Z_`, the number of one of them and the relation: `Z_2REMOTEPARTICIPANTHANDLES` with the columns
`Z_2REMOTEPARTICIPANTCALLS` and `Z_4REMOTEPARTICIPANTHANDLES`. Here they are read without the numbers. A store may keep
a history of its changes: which process made them, and when.

Sources: stores of iOS 14 to 17; https://developer.apple.com/documentation/coredata
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from bridle.core import BundleId, Gap, ProcessName, Record, Utc, record
from bridle.formats.arrow import ArrowBlock
from bridle.formats.sqlite import Database
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa

R = TypeVar("R", bound=Record)

_NUMBER = re.compile(r"(?<=^Z_)\d+", re.IGNORECASE)


@record
class PrimaryKey(Record):
    """The highest number that Core Data has given to a row of one kind."""

    entity: str | None = col("Z_NAME", doc="kind of row")
    last: int | None = col("Z_MAX", doc="highest number so far; numbers missing below it were rows, or were never used")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="running-process")
class Transaction(Record):
    """A change of the store, by one process."""

    transaction_id: int | None = col("Z_PK", doc="number of the change")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it was made")
    process_id: int | None = col("ZPROCESSIDTS", doc="HistoryName.name_id of the process")
    bundle_id: int | None = col("ZBUNDLEIDTS", doc="HistoryName.name_id of its bundle")
    author_id: int | None = col("ZAUTHORTS", doc="HistoryName.name_id of what it gives as author")
    context_id: int | None = col("ZCONTEXTNAMETS", doc="HistoryName.name_id of the part of the program")
    process: ProcessName | None = col("ZPROCESSID", doc="the process, where it stands here")
    bundle: BundleId | None = col("ZBUNDLEID", doc="its bundle, where it stands here", surface="installed-app")
    author: str | None = col("ZAUTHOR", doc="what it gives as author, where it stands here")


@record(surface="running-process")
class HistoryName(Record):
    """A name that changes refer to: mostly of a process or a bundle."""

    name_id: int | None = col("Z_PK", doc="number of the name")
    name: ProcessName | None = col("ZNAME", doc="process, bundle, author or part of a program")


@record
class Change(Record):
    """A row that was inserted, updated or deleted, from the history of the store."""

    change_id: int | None = col("Z_PK", doc="number of the change")
    transaction_id: int | None = col("ZTRANSACTIONID", doc="Transaction.transaction_id: when, and by whom")
    kind: int | None = col("ZCHANGETYPE", doc="0 inserted, 1 updated, 2 deleted")
    entity: int | None = col("ZENTITY", doc="kind of the row: PrimaryKey with this number in its locator")
    row_id: int | None = col("ZENTITYPK", doc="number of the row that changed")
    extra: str | None = rest(doc="columns that no field maps, such as what is kept of a deleted row, as JSON")


def history(db: Database) -> Iterator[ArrowBlock[Transaction] | ArrowBlock[HistoryName] | Gap]:
    """The history of changes, if the store keeps one. Older stores have the names in the changes themselves."""
    yield from db.table("ATRANSACTION", Transaction, optional=True)
    yield from db.table("ATRANSACTIONSTRING", HistoryName, optional=True)


def changes(db: Database) -> Iterator[ArrowBlock[Change] | Gap]:
    """The rows that the changes of `history` are about, if the store keeps them."""
    yield from db.table("ACHANGE", Change, optional=True)


def joins(db: Database, relation: str, cls: type[R]) -> Iterator[ArrowBlock[R] | Gap]:
    """The rows of each join table whose name is `Z_`, a number and what the pattern `relation` matches.

    The columns are given to `cls` without the number: `Z_4HANDLES` as `Z_HANDLES`; a second one that would be called
    the same keeps its number. No such table is no Gap.
    """
    wanted = re.compile(rf"Z_\d+(?:{relation})", re.IGNORECASE)
    for name in sorted(n for n in db.tables() if wanted.fullmatch(n)):
        yield from db.table(name, cls, called=_unnumbered)


def _unnumbered(columns: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in columns:
        bare = _NUMBER.sub("", name)
        found.append(bare if bare not in found else name)
    return found

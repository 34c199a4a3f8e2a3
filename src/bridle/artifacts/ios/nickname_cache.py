"""NickNameCache of Messages: names and pictures that people sent along with their messages.

Four or more databases of keys and values: nickNameKeyStore, pendingNicknamesKeyStore (arrived and not taken over yet),
handledNicknamesKeyStore, handleSharingPreferences, and newer ones. `kvtable` has a key, often the number or address of
who sent it, a value, mostly a property list, and on newer systems a date; what each database is for is not published.
The path says which one it is. An update of a nickname reaches `imagent` without a touch of the person.

Known limits: what the values hold is unconfirmed. Of pictures and other data only the length is told. Of tables other
than `kvtable` only the accounts are kept.

Sources: the table as published for macOS 14 and 15 and for backups of iOS; file names of iOS 14 to 17 (listings of
iLEAPP, https://github.com/abrignoni/iLEAPP). No value was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Account, FormatError, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import accounts, nested, sqlite
from bridle.formats.table import Lost, Row, col, records, rest
from bridle.formats.values import cocoa_or_unix, text_or_utf8, zero_is_none

_TABLE = "kvtable"
_SENDER, _VALUE, _INSIDE, _LENGTH = "(sender)", "(value)", "(inside)", "(length)"


_when = zero_is_none(cocoa_or_unix)


@record(surface="message")
class Entry(Record):
    """One key and what is kept under it."""

    entry_id: int | None = col("ROWID", doc="number of the entry; a missing one was removed")
    key: str | None = col("key", text_or_utf8, doc="key, as stored")
    account: Account | None = col(_SENDER, doc="number or address in the key")
    time: Utc | None = col("date", _when, doc="when it was stored")
    value: Text | None = col(_VALUE, doc="the value as JSON, with the lengths of bytes in it")
    accounts: tuple[Account, ...] | None = col(_INSIDE, tuple, doc="numbers and addresses in the value")
    value_type: int | None = col("value_type", doc="kind of value; its meaning is not published")
    length: int | None = col(_LENGTH, doc="bytes of the value")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Mention(Record):
    """A number or address in another table."""

    table: str | None = col(accounts.TABLE, doc="name of the table")
    column: str | None = col(accounts.COLUMN, doc="name of the column")
    key: str | None = col(accounts.KEY, doc="keys on the way to it, where the cell holds a property list")
    account: Account | None = col(accounts.ACCOUNT, doc="number or address")


@artifact("/private/var/mobile/Library/MessagesMetaData/NickNameCache/*.db")
def nickname_cache(file: SourceFile) -> Iterator[Entry | Mention | Gap]:
    with sqlite.connect(file) as db:
        yield from db.problems()
        for name in sorted(db.tables()):
            if name.lower() == _TABLE:
                yield from records(_entries(db.rows(name)), Entry)
            else:
                yield from records(accounts.mentions(db, name), Mention)


def _entries(rows: Iterator[Row | Gap]) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    for row in rows:
        if isinstance(row, Gap):
            yield row
            continue
        stored, key = row["value"], row["key"]
        found = {k: v for k, v in row.items() if k.lower() != "value"}
        found[_SENDER] = next(iter(accounts.in_text(key)), None) if isinstance(key, str) else None
        try:
            more, reason = _value(stored)
            found |= more
        except FormatError as e:
            reason = str(e)
        yield row.locator, found
        if reason is not None:
            yield Gap(locator=f"{row.locator}.value", reason=f"Entry: value: {reason:.200}")


def _value(stored: object) -> tuple[dict[str, Any], str | None]:
    """What a value holds, and why it may hold more. Raises FormatError for a property list that cannot be read."""
    if not isinstance(stored, str | bytes):
        return {_VALUE: None if stored is None or isinstance(stored, Lost) else str(stored)}, None
    value = nested.opened(stored) if isinstance(stored, bytes) and stored.startswith(b"bplist") else stored
    inside, reason = accounts.search(value)
    found = tuple(dict.fromkeys(one for _, one in inside))
    return {_VALUE: nested.shown(value), _INSIDE: found or None, _LENGTH: len(stored)}, reason

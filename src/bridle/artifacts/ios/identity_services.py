"""identityservicesd: its preferences, and the databases that followed idstatuscache.plist.

Identity Services looks accounts up for iMessage, FaceTime, HomeKit and more. Its databases in Library/IdentityServices:
- ids-pub-id.db: `kvtable`, keys `TOKEN-ACCOUNT-SERVICE` of the public keys last seen of an account's devices. Operation
  Triangulation removed its senders from it.
- ids-gossip.db, ids-hashes-….db and others: `kvtable` as well; accounts are in their keys or values.
- ids-firewall-….db: `firewall_record`, who was let in for which service, and when.
- ids.db, ids-a.db, ids-c.db: messages on their way, `incoming_message` and `outgoing_message`.
Tables that are not named here are searched for accounts. Times are seconds since 1970 or 2001, told apart by size.
The preferences are told value by value, of secrets only the length; the accounts in them are mostly the person's own.

Known limits: the tables are as published, none is confirmed. Of values and messages only the accounts in them and their
length are kept; of tables not named here only the accounts. How long an entry stays is not published.

Sources: https://github.com/mvt-project/mvt and its forks (idstatuscache); https://securelist.com/triangulation-validators-modules/110847/
(the removal); identityservicesd of iOS 18 (form of the keys); file names of iOS 15 to 17 (listings of iLEAPP). No file
was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Account, FormatError, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import accounts, plist, sqlite
from bridle.formats.sqlite import Database
from bridle.formats.table import Row, col, records, rest
from bridle.formats.values import cocoa_or_unix, naive_utc, text_or_utf8, zero_is_none

_MAGIC = b"SQLite format 3\0"
_KEY = re.compile(r"([0-9A-Fa-f]{2,256})-((?:mailto:|tel:)?.{1,400})-([A-Za-z0-9_.]{1,200})\Z", re.DOTALL)
_TOKEN, _ACCOUNT, _SERVICE, _INSIDE, _LENGTH = "(token)", "(account)", "(service)", "(inside)", "(length)"
_MESSAGES = ("incoming_message", "outgoing_message")


_when = zero_is_none(cocoa_or_unix)


@record(surface="look-up")
class Entry(Record):
    """One key of `kvtable`: for ids-pub-id.db a device of an account that a service has had to do with."""

    entry_id: int | None = col("ROWID", doc="number of the entry; a missing one was removed")
    key: str | None = col("key", text_or_utf8, doc="key, as stored")
    account: Account | None = col(_ACCOUNT, doc="address or number in the key, as stored")
    service: str | None = col(_SERVICE, doc="service in the key, such as `com.apple.madrid` for iMessage")
    token: str | None = col(_TOKEN, doc="token of the device in the key, hexadecimal")
    time: Utc | None = col("date", _when, doc="when it was stored")
    accounts: tuple[Account, ...] | None = col(_INSIDE, tuple, doc="addresses and numbers in the value")
    length: int | None = col(_LENGTH, doc="bytes of the value")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="look-up")
class Firewall(Record):
    """An account that the firewall of a service knows."""

    account: Account | None = col("handle", text_or_utf8, doc="address or number, as stored")
    service: str | None = col("service", text_or_utf8, doc="service it was seen by")
    last_seen: Utc | None = col("last_seen_date", _when, doc="when it was last seen")
    modified: Utc | None = col("last_modified_date", _when, doc="when the row last changed")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="look-up")
class Message(Record):
    """A message that was on its way in or out; without its content."""

    table: str | None = col(accounts.TABLE, doc="`incoming_message` or `outgoing_message`")
    time: Utc | None = col("date", _when, doc="when it was stored")
    sender: Account | None = col("from_id", text_or_utf8, doc="who sent it, as stored")
    service: str | None = col("topic", text_or_utf8, doc="service, such as `com.apple.madrid` for iMessage")
    queue: str | None = col("queue_one_identifier", text_or_utf8, doc="queue it waited in")
    accounts: tuple[Account, ...] | None = col(_INSIDE, tuple, doc="addresses and numbers anywhere in the row")
    extra: str | None = rest(doc="columns that no field maps, as JSON; of bytes the length")


@record(surface="look-up")
class Mention(Record):
    """An address or number in another table."""

    table: str | None = col(accounts.TABLE, doc="name of the table")
    column: str | None = col(accounts.COLUMN, doc="name of the column")
    key: str | None = col(accounts.KEY, doc="keys on the way to it, where the cell holds a property list")
    account: Account | None = col(accounts.ACCOUNT, doc="address or number")


@record
class Setting(Record):
    """One value of the preferences."""

    key: str | None = col(accounts.KEY, doc="keys on the way to the value, joined by `/`")
    value: Text | None = col(accounts.VALUE, doc="text, number or truth value, as text")
    time: Utc | None = col(accounts.TIME, naive_utc, doc="the value, where it is a date")
    length: int | None = col(accounts.LENGTH, doc="bytes of data, or characters of a secret; not kept")
    accounts: tuple[Account, ...] | None = col(accounts.ACCOUNTS, tuple, doc="addresses and numbers in key and value")


@artifact(
    "/private/var/mobile/Library/Preferences/com.apple.identityservicesd.plist",
    "/private/var/mobile/Library/IdentityServices/*.db",
)
def identity_services(file: SourceFile) -> Iterator[Entry | Firewall | Message | Mention | Setting | Gap]:
    with file.open() as stored:
        is_database = stored.read(len(_MAGIC)) == _MAGIC or file.path.suffix == ".db"
    if not is_database:
        yield from records(accounts.facts(plist.load(file)), Setting)
        return
    with sqlite.connect(file) as db:
        yield from db.problems()
        for name in sorted(db.tables()):
            yield from _table(db, name)


def _table(db: Database, name: str) -> Iterator[Entry | Firewall | Message | Mention | Gap]:
    folded = name.lower()
    if folded == "kvtable":
        yield from records(_rows(db.rows(name), _entry), Entry)
    elif folded == "firewall_record":
        for found in db.table(name, Firewall):
            yield from [found] if isinstance(found, Gap) else found
    elif folded in _MESSAGES:
        yield from records(_rows(db.rows(name), lambda row: _message(name, row)), Message)
    else:
        yield from records(accounts.mentions(db, name), Mention)


def _rows(rows: Iterator[Row | Gap], read: Any) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    for row in rows:
        if isinstance(row, Gap):
            yield row
            continue
        found, reason = read(row)
        yield row.locator, found
        if reason is not None:
            yield Gap(locator=f"{row.locator}.(accounts)", reason=reason)


def _entry(row: Row) -> tuple[dict[str, Any], str | None]:
    """An entry with the parts of its key and the accounts of its value, and what could not be read of that."""
    stored, key = row["value"], row["key"]
    found = {k: v for k, v in row.items() if k.lower() != "value"}
    found[_LENGTH] = len(stored) if isinstance(stored, str | bytes) else None
    if isinstance(key, str):
        parts = _KEY.match(key)
        if parts is not None:
            found |= {_TOKEN: parts[1], _ACCOUNT: parts[2], _SERVICE: parts[3]}
        else:
            found[_ACCOUNT] = next(iter(accounts.in_text(key)), None)
    found[_INSIDE], reason = _inside([stored])
    return found, reason


def _message(name: str, row: Row) -> tuple[dict[str, Any], str | None]:
    """A message without its content."""
    found = {k: f"{len(v)} bytes" if type(v) is bytes else v for k, v in row.items()}
    found[accounts.TABLE] = name
    found[_INSIDE], reason = _inside(list(row.values()))
    return found, reason


def _inside(cells: list[object]) -> tuple[tuple[str, ...] | None, str | None]:
    found: dict[str, None] = {}
    reason = None
    for cell in cells:
        if isinstance(cell, str | bytes):
            try:
                inside, left = accounts.search(cell)
                found |= dict.fromkeys(one for _, one in inside)
                reason = reason or left
            except FormatError as e:
                reason = f"{e!s:.200}"
    return tuple(found) or None, reason

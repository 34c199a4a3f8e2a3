"""AddressBook.sqlitedb: the persons and accounts in the address book, and what was changed or removed in it.

Names are in ABPerson; numbers, mail addresses, links and postal addresses in ABMultiValue, one row for each, the parts
of postal addresses and profiles in ABMultiValueEntry. Labels and names of parts are referred to by the row number in
ABMultiValueLabel and ABMultiValueEntryKey. Whether a sender is in the address book tells a stranger from an
acquaintance; nothing here is suspicious by itself. Times are seconds since 2001.

Known limits: groups, pictures, links between contacts and the index for searching are not read. Of contacts and values
that were removed only identifiers are left. Tables of iOS 17 and later are unconfirmed.

Sources: tables of an iOS 16 phone (with its write-ahead log); https://github.com/mvt-project/mvt (contacts);
https://developer.apple.com/documentation/addressbook (numbers of properties and kinds)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Account, Block, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.sqlite_properties import Property
from bridle.formats.sqlite_sequence import Sequence
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text

_NUMBER = re.compile(r"[\d+()./ *#,;\u00a0\u202a\u202c-]{3,60}")


def _seconds(value: object) -> Utc:
    """A time that may be written as text. Raises ValueError."""
    try:
        return cocoa(float(value) if isinstance(value, str) else value)
    except ValueError:
        raise ValueError(f"expected seconds since 2001, got {value!r:.60}") from None


def _account(value: object) -> str | None:
    """A number or mail address among the values, by its shape. Raises ValueError."""
    found = text(value)
    if "@" in found:
        return None if "://" in found else found
    return found if _NUMBER.fullmatch(found) else None


@record
class Person(Record):
    """A contact: a person or an organisation."""

    person_id: int | None = col("ROWID", doc="number of the contact")
    guid: str | None = col("guid", doc="identifier, as other stores refer to it")
    first: Text | None = col("First", doc="first name")
    middle: Text | None = col("Middle", doc="middle name")
    last: Text | None = col("Last", doc="last name")
    nickname: Text | None = col("Nickname", doc="nickname")
    organization: Text | None = col("Organization", doc="organisation")
    department: Text | None = col("Department", doc="department")
    job_title: Text | None = col("JobTitle", doc="position")
    display_name: Text | None = col("DisplayName", doc="name that is shown where one was set")
    note: Text | None = col("Note", doc="notes with the contact")
    kind: int | None = col("Kind", doc="0 person, 1 organisation")
    created: Utc | None = col("CreationDate", _seconds, doc="when it was made")
    modified: Utc | None = col("ModificationDate", _seconds, doc="when it last changed")
    store_id: int | None = col("StoreID", doc="Store.store_id")
    person_link: int | None = col("PersonLink", doc="number that contacts of one person share; -1 for none")
    external_identifier: str | None = col("ExternalIdentifier", doc="name at the server it is kept on")
    external_uuid: str | None = col("ExternalUUID", doc="identifier at the server")
    image_uri: str | None = col("ImageURI", doc="where its picture is")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Value(Record):
    """A number, address, link, date or other value of a contact."""

    value_id: int | None = col("UID", doc="number of the value")
    person_id: int | None = col("record_id", doc="Person.person_id; no such Person: the contact was deleted")
    property: int | None = col(
        "property",
        doc="3 telephone, 4 mail, 5 postal address, 12 date, 13 messenger, 22 link, 23 related name, 46 profile",
    )
    label_id: int | None = col("label", doc="row number in Label")
    identifier: int | None = col("identifier", doc="number of the value within its contact and property")
    value: Text | None = col("value", doc="the value; none where it has parts")
    account: Account | None = col("value", _account, doc="the value, where it looks like a number or a mail address")
    guid: str | None = col("guid", doc="identifier of the value")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Part(Record):
    """A part of a value, such as the city of a postal address or the name in a profile."""

    value_id: int | None = col("parent_id", doc="Value.value_id")
    key_id: int | None = col("key", doc="row number in PartName")
    value: Text | None = col("value", doc="the part")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class PartName(Record):
    """The name of a part, by its row number."""

    name: str | None = col("value", doc="name, such as `City` or `username`")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Label(Record):
    """A label of values, by its row number."""

    label: Text | None = col("value", doc="label, such as `_$!<Mobile>!$_`, or one the person wrote")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Store(Record):
    """A place contacts are kept: this device, or an account."""

    store_id: int | None = col("ROWID", doc="number of the store")
    name: str | None = col("Name", doc="name of the store")
    type: int | None = col("Type", doc="0 local, 1 Exchange, 4 CardDAV; others are not published")
    account_id: int | None = col("AccountID", doc="StoreAccount.account_id; -1 for none")
    enabled: bool | None = col("Enabled", doc="whether it is in use")
    external_identifier: str | None = col("ExternalIdentifier", doc="name at the server")
    constraints_path: str | None = col("ConstraintsPath", doc="file that says what it can hold")
    me_identifier: int | None = col("MeIdentifier", doc="Person.person_id of the owner; -1 for none")
    last_sync: str | None = col("LastSyncDate", doc="when it was last exchanged with the server, as it stands there")
    guid: str | None = col("guid", doc="identifier of the store")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class StoreAccount(Record):
    """An account that stores belong to."""

    account_id: int | None = col("ROWID", doc="number of the account")
    identifier: str | None = col("AccountIdentifier", doc="identifier of the account on this device")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class PersonChange(Record):
    """A change of a contact that programs are still to be told of."""

    person_id: int | None = col("record", doc="Person.person_id; no such Person: it was deleted")
    type: int | None = col("type", doc="kind of change: 0 added, 1 changed, 2 deleted, as far as is known")
    sequence: int | None = col("sequence_number", doc="ChangeSource.sequence")
    guid: str | None = col("guid", doc="Person.guid")
    store_id: int | None = col("StoreID", doc="Store.store_id")
    external_identifier: str | None = col("ExternalIdentifier", doc="name at the server")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class DeletedValue(Record):
    """A value that was removed from a contact."""

    person_id: int | None = col("record_id", doc="Person.person_id")
    property: int | None = col("property_id", doc="as Value.property")
    identifier: int | None = col("identifier", doc="as Value.identifier")
    sequence: int | None = col("sequence_number", doc="ChangeSource.sequence")
    person_guid: str | None = col("record_uid", doc="Person.guid")
    guid: str | None = col("identifier_uid", doc="Value.guid")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ChangeSource(Record):
    """A program that changed the address book, with the number of its change."""

    sequence: int | None = col("sequence_number", doc="number of the change")
    client: str | None = col("client_identifier", doc="program that made it, with a dash and more where it says more")
    time: Utc | None = col("save_timestamp", cocoa, doc="when it was made")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ChangeReader(Record):
    """A program that follows what is changed in the address book, and how far it has read."""

    store_id: int | None = col("store_id", doc="Store.store_id; -1 for all")
    sequence: int | None = col("latest_consumed_sequence_number", doc="ChangeSource.sequence it has read up to")
    time: Utc | None = col("latest_consumed_timestamp", cocoa, doc="when it last read")
    client: str | None = col("client_identifier", doc="the program, with a dash and more where it says more")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Library/AddressBook/AddressBook.sqlitedb")
def contacts(
    file: SourceFile,
) -> Iterator[
    Block[Person] | Block[Value] | Block[Part] | Block[PartName] | Block[Label] | Block[Store] | Block[StoreAccount]
    | Block[PersonChange] | Block[DeletedValue] | Block[ChangeSource] | Block[ChangeReader] | Block[Property]
    | Block[Sequence] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ABPerson", Person)
        yield from db.table("ABMultiValue", Value)
        yield from db.table("ABMultiValueEntry", Part, optional=True)
        yield from db.table("ABMultiValueEntryKey", PartName, optional=True)
        yield from db.table("ABMultiValueLabel", Label, optional=True)
        yield from db.table("ABStore", Store, optional=True)
        yield from db.table("ABAccount", StoreAccount, optional=True)
        yield from db.table("ABPersonChanges", PersonChange, optional=True)
        yield from db.table("ABPersonMultiValueDeletes", DeletedValue, optional=True)
        yield from db.table("ClientSequence", ChangeSource, optional=True)
        yield from db.table("ClientCursor", ChangeReader, optional=True)
        yield from db.table("_SqliteDatabaseProperties", Property, optional=True)
        yield from db.table("sqlite_sequence", Sequence, optional=True)

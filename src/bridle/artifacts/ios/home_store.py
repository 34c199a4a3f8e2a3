"""The databases of homed: homes, who uses them, and who invited to one.

datastore.sqlite, datastore3.sqlite, core.sqlite and others in Library/homed. Newer ones are Core Data stores: ZMKFHOME,
ZMKFUSER and ZMKFINVITATION (incoming and outgoing ones), whose columns are the properties of the classes in capitals;
accounts are archives in cells. Older ones keep records in tables of their own. Of every table the cells are searched
for e-mail addresses and phone numbers, also inside property lists and archives, as far as these are not encrypted or
compressed. An invitation from an account the person does not know was the first step of the attack PWNYOURHOME (2022).

Known limits: tables and columns of no generation are confirmed. Of tables without a record here only the accounts are
kept, of a text only those in its first 65,536 characters. Which entity number is an incoming invitation differs by
store.

Sources: https://citizenlab.ca/2023/04/nso-groups-pegasus-spyware-returns-in-2022/ ; headers of HomeKitDaemon of iOS 15
and 16 (properties of MKFHome, MKFUser and MKFIncomingInvitation); file names of iOS 14 to 16 (a backup of
https://github.com/mvt-project/mvt, listings of iLEAPP). No store was at hand: the columns are not verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from bridle.core import Account, Block, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import accounts, sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, text_or_utf8

_EXTRA = "columns that no field maps, as JSON"


def _identifier(value: object) -> str:
    """A UUID, stored as its 16 bytes or as text. Raises ValueError."""
    return str(UUID(bytes=value)).upper() if isinstance(value, bytes) and len(value) == 16 else text_or_utf8(value)


def _accounts(value: object) -> tuple[str, ...] | None:
    """The addresses and numbers in a cell. Raises ValueError."""
    return tuple(dict.fromkeys(one for _, one in accounts.in_value(value))) or None


@record
class Home(Record):
    """A home."""

    home_id: int | None = col("Z_PK", doc="number of the home")
    identifier: str | None = col("ZMODELID", _identifier, doc="identifier of the home")
    name: Text | None = col("ZNAME", text_or_utf8, doc="name of the home")
    owner_id: int | None = col("ZOWNER", doc="User.user_id of who owns it")
    written: Utc | None = col("ZWRITERTIMESTAMP", cocoa, doc="when the row was last written")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="look-up")
class User(Record):
    """Somebody who may use a home."""

    user_id: int | None = col("Z_PK", doc="number of the user")
    home_id: int | None = col("ZHOME", doc="Home.home_id")
    identifier: str | None = col("ZMODELID", _identifier, doc="identifier of the user")
    account: Account | None = col("ZUSERID", text_or_utf8, doc="account, as stored")
    handles: tuple[Account, ...] | None = col("ZACCOUNTHANDLE", _accounts, doc="addresses and numbers of the account")
    name: Text | None = col("ZDISPLAYNAME", text_or_utf8, doc="name as it is shown")
    pairing_identifier: str | None = col("ZPAIRINGIDENTIFIER", text_or_utf8, doc="identifier to accessories")
    privilege: int | None = col("ZPRIVILEGE", doc="what it may do; its meaning is not published")
    written: Utc | None = col("ZWRITERTIMESTAMP", cocoa, doc="when the row was last written")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="look-up")
class Invitation(Record):
    """An invitation to a home, received or sent."""

    invitation_id: int | None = col("Z_PK", doc="number of the invitation")
    entity: int | None = col("Z_ENT", doc="number of the entity, which tells incoming from outgoing: PrimaryKey.number")
    identifier: str | None = col("ZMODELID", _identifier, doc="identifier of the invitation")
    inviter: Account | None = col("ZINVITERUSERID", text_or_utf8, doc="account that invited, as stored")
    inviter_pairing_identifier: str | None = col(
        "ZINVITERPAIRINGIDENTIFIER", text_or_utf8, doc="identifier of who invited to accessories"
    )
    home_name: Text | None = col("ZHOMENAME", text_or_utf8, doc="name of the home")
    home_identifier: str | None = col("ZHOMEMODELID", _identifier, doc="identifier of the home")
    state: int | None = col("ZINVITATIONSTATE", doc="what became of it; its meaning is not published")
    expires: Utc | None = col("ZEXPIRYDATE", cocoa, doc="when it expires")
    written: Utc | None = col("ZWRITERTIMESTAMP", cocoa, doc="when the row was last written")
    share_url: Url | None = col("ZSHAREURL", text_or_utf8, doc="address of what is shared")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="look-up")
class Mention(Record):
    """An address or number in a cell of any table."""

    table: str | None = col(accounts.TABLE, doc="name of the table")
    column: str | None = col(accounts.COLUMN, doc="name of the column")
    key: str | None = col(accounts.KEY, doc="keys on the way to it, where the cell holds a property list")
    account: Account | None = col(accounts.ACCOUNT, doc="address or number, as stored")


@record
class PrimaryKey(Record):
    """The highest number an entity has given out: more than there are rows means that rows were removed."""

    number: int | None = col("Z_ENT", doc="number of the entity")
    entity: str | None = col("Z_NAME", text_or_utf8, doc="name of the entity")
    last: int | None = col("Z_MAX", doc="highest number")


@artifact("/private/var/mobile/Library/homed/*.sqlite")
def home_store(
    file: SourceFile,
) -> Iterator[Block[Home] | Block[User] | Block[Invitation] | Mention | Block[PrimaryKey] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.problems()
        yield from db.table("ZMKFHOME", Home, optional=True)
        yield from db.table("ZMKFUSER", User, optional=True)
        yield from db.table("ZMKFINVITATION", Invitation, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
        for name in sorted(db.tables()):
            yield from records(_new(accounts.mentions(db, name), name), Mention)


def _new(found: Iterator[accounts.Stored | Gap], name: str) -> Iterator[accounts.Stored | Gap]:
    """The accounts of a table; of one that was read above without what is wrong with it, which has been told."""
    told = name.upper() in ("ZMKFHOME", "ZMKFUSER", "ZMKFINVITATION", "Z_PRIMARYKEY")
    for one in found:
        if not (told and isinstance(one, Gap)):
            yield one

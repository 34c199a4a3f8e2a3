"""RMAdminStore-Local.sqlite and -Cloud.sqlite: what Screen Time counted, and which apps it knew.

A UsageBlock is an hour of one device, a Category of it sums kinds of apps, and a TimedItem of that is one app or one
web domain and the seconds it was used. A CountedItem holds the notifications and pickups of one app in one block.
Change and Transaction are the history Core Data keeps: an app that was removed has no InstalledApp any more, but a
Change of type 2, with its bundle identifier as tombstone, and the Transaction tells when.

A store may hold what other devices of the person or the family counted. An app is on this device only where its row
says so (`local_bundle_id`); whose use a TimedItem is, the rows of its Category, UsageBlock, Usage and Device tell
together, so that an app or a domain of it is a mention.

Known limits: blocks are kept for some weeks. Limits that were set (ZBLUEPRINT) are not read. With Screen Time off,
nothing is counted. What the columns of persons mean is as their names say; of a family none was at hand.

Sources: the store of an iOS 14 phone (test data of plaso);
https://github.com/abrignoni/iLEAPP (screentime); https://developer.apple.com/documentation/coredata/persistent_history
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Account, Block, BundleId, Domain, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import Row, col, extended, records, rest
from bridle.formats.values import blob, cocoa, text

_HERE = "(here)"
_BUNDLE_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9_-]{1,63}){1,8}")


def _bundle_id(value: object) -> str | None:
    """The tombstone, if it is a text in the form of a bundle identifier."""
    return value if isinstance(value, str) and _BUNDLE_ID.fullmatch(value) else None


def _shown(value: object) -> str:
    """A tombstone as text: a number in digits, bytes in hexadecimal. Raises ValueError."""
    if isinstance(value, int | float):
        return str(value)
    return value.hex() if isinstance(value, bytes) else text(value)


def _size(value: object) -> int:
    """Bytes in a value. Raises ValueError."""
    return len(blob(value))


@record
class TimedItem(Record):
    """How long one app or one web domain was used in one category of one block."""

    item_id: int | None = col("Z_PK", doc="number of the row")
    category_id: int | None = col("ZCATEGORY", doc="Category.category_id; no such row: it was deleted")
    bundle_id: BundleId | None = col("ZBUNDLEIDENTIFIER", doc="app that was used, on one of the devices")
    domain: Domain | None = col("ZDOMAIN", doc="web domain that was used, on one of the devices")
    seconds: int | None = col("ZTOTALTIMEINSECONDS", doc="seconds of use")
    trusted: bool | None = col("ZUSAGETRUSTED", doc="whether the system vouches for the count")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class CountedItem(Record):
    """Notifications and pickups of one app in one block."""

    item_id: int | None = col("Z_PK", doc="number of the row")
    block_id: int | None = col("ZBLOCK", doc="UsageBlock.block_id; no such row: it was deleted")
    bundle_id: BundleId | None = col("ZBUNDLEIDENTIFIER", doc="app, on one of the devices")
    notifications: int | None = col("ZNUMBEROFNOTIFICATIONS", doc="notifications it showed")
    pickups: int | None = col("ZNUMBEROFPICKUPS", doc="times it was the first app after the phone was taken up")
    trusted: bool | None = col("ZUSAGETRUSTED", doc="whether the system vouches for the count")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Category(Record):
    """How long one kind of apps was used in one block."""

    category_id: int | None = col("Z_PK", doc="number of the row")
    block_id: int | None = col("ZBLOCK", doc="UsageBlock.block_id; no such row: it was deleted")
    identifier: str | None = col("ZIDENTIFIER", doc="kind of apps, such as `DH1007`; its names are not in the store")
    seconds: int | None = col("ZTOTALTIMEINSECONDS", doc="seconds of use")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class UsageBlock(Record):
    """A stretch of time of one device, an hour as a rule."""

    block_id: int | None = col("Z_PK", doc="number of the row")
    usage_id: int | None = col("ZUSAGE", doc="Usage.usage_id")
    start: Utc | None = col("ZSTARTDATE", cocoa, doc="begin of the block")
    minutes: int | None = col("ZDURATIONINMINUTES", doc="length of the block in minutes")
    screen_seconds: int | None = col("ZSCREENTIMEINSECONDS", doc="seconds the screen was in use")
    first_pickup: Utc | None = col("ZFIRSTPICKUPDATE", cocoa, doc="when the phone was first taken up")
    last_event: Utc | None = col("ZLASTEVENTDATE", cocoa, doc="time of the last event that was counted")
    session_start: Utc | None = col("ZLONGESTSESSIONSTARTDATE", cocoa, doc="begin of the longest use")
    session_end: Utc | None = col("ZLONGESTSESSIONENDDATE", cocoa, doc="end of the longest use")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Usage(Record):
    """Whose use a block counts."""

    usage_id: int | None = col("Z_PK", doc="number of the row")
    device_id: int | None = col("ZDEVICE", doc="Device.device_id; none for the sum of all devices")
    user_id: int | None = col("ZUSER", doc="Person.person_id")
    updated: Utc | None = col("ZLASTUPDATEDDATE", cocoa, doc="when it was last counted")
    last_event: Utc | None = col("ZLASTEVENTDATE", cocoa, doc="time of the last event that was counted")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class InstalledApp(Record):
    """An app on one of the devices."""

    app_id: int | None = col("Z_PK", doc="number of the row")
    bundle_id: BundleId | None = col("ZBUNDLEIDENTIFIER", doc="bundle identifier")
    local_bundle_id: BundleId | None = col(
        _HERE, doc="the same, of an app that is on this device", surface="installed-app"
    )
    name: str | None = col("ZDISPLAYNAME", doc="name that is shown")
    installed_here: bool | None = col("ZINSTALLEDLOCALLY", doc="whether it is on this device")
    state_id: int | None = col("ZUSERDEVICESTATE", doc="DeviceState.state_id; no such row: it was deleted")
    identifier: str | None = col("ZUNIQUEIDENTIFIER", doc="identifier of app, person and device")
    icon_bytes: int | None = col("ZICONDATA", _size, doc="bytes of its icon, that is not copied")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class DeviceState(Record):
    """One person on one device: what ties an InstalledApp to a Device."""

    state_id: int | None = col("Z_PK", doc="number of the row")
    device_id: int | None = col("ZDEVICE", doc="Device.device_id; no such row: it was deleted")
    person_id: int | None = col("ZUSER", doc="Person.person_id; no such row: it was deleted")
    local_device_id: int | None = col("ZLOCALDEVICE", doc="Device.device_id of this device; none for another")
    local_person_id: int | None = col("ZLOCALUSER", doc="Person.person_id of this device; none for another")
    managed: bool | None = col("ZMANAGEMENTENABLED", doc="whether limits are managed")
    counted: bool | None = col("ZSCREENTIMEENABLED", doc="whether Screen Time is on")
    synchronised: bool | None = col("ZCLOUDSYNCENABLED", doc="whether it is shared over iCloud")
    family_seen: Utc | None = col("ZLASTFAMILYCHECKINDATE", cocoa, doc="when it last reported to the family")
    identifier: str | None = col("ZUNIQUEIDENTIFIER", doc="identifier of person and device")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Person(Record):
    """A person whose devices are counted: of the phone, or of the family."""

    person_id: int | None = col("Z_PK", doc="number of the row")
    account: Account | None = col("ZAPPLEID", doc="Apple account", surface="mention")
    account_number: int | None = col("ZDSID", doc="number of the Apple account (DSID)")
    given_name: str | None = col("ZGIVENNAME", doc="given name")
    family_name: str | None = col("ZFAMILYNAME", doc="family name")
    family_role: str | None = col("ZFAMILYMEMBERTYPE", doc="place in the family, such as `Unknown`")
    organizer: bool | None = col("ZISFAMILYORGANIZER", doc="whether the person organises the family")
    parent: bool | None = col("ZISPARENT", doc="whether the person is a parent in it")
    passcode_attempts: int | None = col("ZPASSCODEENTRYATTEMPTCOUNT", doc="tries of the code of Screen Time")
    passcode_wait: Utc | None = col("ZPASSCODEENTRYTIMEOUTENDDATE", cocoa, doc="until when no further try is taken")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Device(Record):
    """A device of the person."""

    device_id: int | None = col("Z_PK", doc="number of the row")
    name: str | None = col("ZNAME", doc="name its owner gave it")
    identifier: str | None = col("ZIDENTIFIER", doc="its identifier (UDID)")
    platform: int | None = col("ZPLATFORM", doc="kind of device: 2 of a phone, 4 of a watch in the store examined")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Change(Record):
    """A row that was inserted, updated or deleted, from the history of the store."""

    change_id: int | None = col("Z_PK", doc="number of the row")
    transaction_id: int | None = col("ZTRANSACTIONID", doc="Transaction.transaction_id")
    kind: int | None = col("ZCHANGETYPE", doc="0 inserted, 1 updated, 2 deleted")
    entity: int | None = col("ZENTITY", doc="PrimaryKey.entity_id: the kind of row")
    row_id: int | None = col("ZENTITYPK", doc="number of the row that changed")
    bundle_id: BundleId | None = col(
        "ZTOMBSTONE0",
        _bundle_id,
        doc="first tombstone, where it has that form: the app removed from one of the devices",
    )
    tombstone0: str | None = col("ZTOMBSTONE0", _shown, doc="first value kept of a deleted row")
    tombstone1: str | None = col("ZTOMBSTONE1", _shown, doc="second value kept of a deleted row")
    tombstone2: str | None = col("ZTOMBSTONE2", _shown, doc="third value kept of a deleted row")
    tombstone3: str | None = col("ZTOMBSTONE3", _shown, doc="fourth value kept of a deleted row")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@record
class Transaction(Record):
    """When changes were made, and by whom."""

    transaction_id: int | None = col("Z_PK", doc="number of the row")
    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when it was stored")
    bundle_id_name: int | None = col("ZBUNDLEIDTS", doc="Name.name_id of the program's bundle identifier")
    process_name: int | None = col("ZPROCESSIDTS", doc="Name.name_id of the process")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@record
class Name(Record):
    """A name that transactions refer to."""

    name_id: int | None = col("Z_PK", doc="number of the row")
    name: str | None = col("ZNAME", doc="bundle identifier or process")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class PrimaryKey(Record):
    """A kind of row, and the highest number that Core Data has given to one."""

    entity_id: int | None = col("Z_ENT", doc="number of the kind, as in Change.entity")
    entity: str | None = col("Z_NAME", doc="kind of row: `InstalledApp`, `UsageBlock` …")
    last: int | None = col("Z_MAX", doc="highest number so far; above the highest in the table, rows are gone")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Library/Application Support/com.apple.remotemanagementd/RMAdminStore-*.sqlite")
def screen_time(
    file: SourceFile,
) -> Iterator[
    Block[TimedItem]
    | Block[CountedItem]
    | Block[Category]
    | Block[UsageBlock]
    | Block[Usage]
    | InstalledApp
    | Block[DeviceState]
    | Block[Person]
    | Block[Device]
    | Block[Change]
    | Block[Transaction]
    | Block[Name]
    | Block[PrimaryKey]
    | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.table("ZUSAGETIMEDITEM", TimedItem)
        yield from db.table("ZUSAGECOUNTEDITEM", CountedItem, optional=True)
        yield from db.table("ZUSAGECATEGORY", Category, optional=True)
        yield from db.table("ZUSAGEBLOCK", UsageBlock, optional=True)
        yield from db.table("ZUSAGE", Usage, optional=True)
        if "ZINSTALLEDAPP" in db.tables():
            yield from records(_apps(db.rows("ZINSTALLEDAPP")), InstalledApp)
        yield from db.table("ZUSERDEVICESTATE", DeviceState, optional=True)
        yield from db.table("ZCOREUSER", Person, optional=True)
        yield from db.table("ZCOREDEVICE", Device, optional=True)
        yield from db.table("ACHANGE", Change, optional=True)
        yield from db.table("ATRANSACTION", Transaction, optional=True)
        yield from db.table("ATRANSACTIONSTRING", Name, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)


def _apps(rows: Iterator[Row | Gap]) -> Iterator[Row | Gap]:
    """The rows with the bundle identifier once more where the app is on this device."""
    for row in rows:
        if isinstance(row, Row) and row["ZINSTALLEDLOCALLY"] == 1:
            name = row["ZBUNDLEIDENTIFIER"]
            yield extended(row, {_HERE: name if isinstance(name, str) else None})
        else:
            yield row

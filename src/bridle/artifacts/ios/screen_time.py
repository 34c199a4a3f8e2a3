"""RMAdminStore-Local.sqlite and -Cloud: what Screen Time counted, by hour, and the apps and devices it knows.

A Core Data store. ZUSAGEBLOCK is an hour of one device; it has categories, and these the seconds an app or a web domain
was on the screen; notifications and pick-ups are counted by app. The store of the cloud has other devices of the
account as well. The passcode of Screen Time, which old systems kept here, is not read.

Known limits: one store of iOS 15 was at hand. It counts by the hour, not by the use; how long hours are kept is not
published. Limits, downtimes and requests to be exempted from them are not read.

Sources: store of iOS 15 (test data of plaso, https://github.com/log2timeline/plaso, ios_screentime).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Account, Block, BundleId, Domain, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text_or_utf8

_EXTRA = "columns that no field maps, as JSON"


@record
class Hour(Record):
    """An hour of one device."""

    hour_id: int | None = col("Z_PK", doc="number of the hour")
    usage_id: int | None = col("ZUSAGE", doc="Usage.usage_id")
    time: Utc | None = col("ZSTARTDATE", cocoa, doc="when it began")
    last_event: Utc | None = col("ZLASTEVENTDATE", cocoa, doc="when something last happened in it")
    first_pickup: Utc | None = col("ZFIRSTPICKUPDATE", cocoa, doc="when the device was first picked up in it")
    longest_start: Utc | None = col("ZLONGESTSESSIONSTARTDATE", cocoa, doc="when its longest use began")
    longest_end: Utc | None = col("ZLONGESTSESSIONENDDATE", cocoa, doc="when its longest use ended")
    minutes: int | None = col("ZDURATIONINMINUTES", doc="minutes it spans")
    screen_seconds: int | None = col("ZSCREENTIMEINSECONDS", doc="seconds the screen was in use")
    idle_pickups: int | None = col("ZNUMBEROFPICKUPSWITHOUTAPPLICATIONUSAGE", doc="pick-ups without use of an app")
    extra: str | None = rest(doc=_EXTRA)


@record
class Category(Record):
    """A kind of apps within an hour."""

    category_id: int | None = col("Z_PK", doc="number of the row")
    hour_id: int | None = col("ZBLOCK", doc="Hour.hour_id")
    identifier: str | None = col("ZIDENTIFIER", text_or_utf8, doc="kind, such as `DH1005`")
    seconds: int | None = col("ZTOTALTIMEINSECONDS", doc="seconds of use")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Timed(Record):
    """An app or a web domain that was on the screen."""

    category_id: int | None = col("ZCATEGORY", doc="Category.category_id")
    bundle_id: BundleId | None = col("ZBUNDLEIDENTIFIER", text_or_utf8, doc="the app")
    domain: Domain | None = col("ZDOMAIN", text_or_utf8, doc="domain of a page in a browser", surface="visited")
    seconds: int | None = col("ZTOTALTIMEINSECONDS", doc="seconds of use")
    trusted: bool | None = col("ZUSAGETRUSTED", doc="whether the system vouches for it")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Counted(Record):
    """What an app did within an hour."""

    hour_id: int | None = col("ZBLOCK", doc="Hour.hour_id")
    bundle_id: BundleId | None = col("ZBUNDLEIDENTIFIER", text_or_utf8, doc="the app")
    notifications: int | None = col("ZNUMBEROFNOTIFICATIONS", doc="notifications it showed")
    pickups: int | None = col("ZNUMBEROFPICKUPS", doc="pick-ups that led to it")
    trusted: bool | None = col("ZUSAGETRUSTED", doc="whether the system vouches for it")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Installed(Record):
    """An app on one of the devices."""

    bundle_id: BundleId | None = col("ZBUNDLEIDENTIFIER", text_or_utf8, doc="the app")
    name: str | None = col("ZDISPLAYNAME", text_or_utf8, doc="name as it is shown")
    is_local: bool | None = col("ZINSTALLEDLOCALLY", doc="whether it is on this device")
    extra: str | None = rest(doc=_EXTRA)


@record
class Usage(Record):
    """What belongs to one device and one user."""

    usage_id: int | None = col("Z_PK", doc="number of the row")
    device_id: int | None = col("ZDEVICE", doc="Device.device_id; none for this one")
    user_id: int | None = col("ZUSER", doc="User.user_id")
    time: Utc | None = col("ZLASTUPDATEDDATE", cocoa, doc="when it was last updated")
    last_event: Utc | None = col("ZLASTEVENTDATE", cocoa, doc="when something last happened")
    extra: str | None = rest(doc=_EXTRA)


@record
class Device(Record):
    """A device of the account."""

    device_id: int | None = col("Z_PK", doc="number of the device")
    identifier: str | None = col("ZIDENTIFIER", text_or_utf8, doc="identifier of the device")
    name: str | None = col("ZNAME", text_or_utf8, doc="name of the device")
    platform: int | None = col("ZPLATFORM", doc="kind of device; its meaning is not published")
    extra: str | None = rest(doc=_EXTRA)


@record
class User(Record):
    """A member of the family."""

    user_id: int | None = col("Z_PK", doc="number of the user")
    account: Account | None = col("ZAPPLEID", text_or_utf8, doc="account")
    account_id: int | None = col("ZDSID", doc="number of the account")
    given_name: str | None = col("ZGIVENNAME", text_or_utf8, doc="given name")
    family_name: str | None = col("ZFAMILYNAME", text_or_utf8, doc="family name")
    member_type: str | None = col("ZFAMILYMEMBERTYPE", text_or_utf8, doc="what it is in the family")
    extra: str | None = rest(doc=_EXTRA)


@record
class PrimaryKey(Record):
    """The highest number an entity has given out: more than there are rows means that rows were removed."""

    entity: str | None = col("Z_NAME", text_or_utf8, doc="name of the entity")
    last: int | None = col("Z_MAX", doc="highest number")


@artifact("/private/var/mobile/Library/Application Support/com.apple.remotemanagementd/RMAdminStore-*.sqlite")
def screen_time(
    file: SourceFile,
) -> Iterator[
    Block[Hour] | Block[Category] | Block[Timed] | Block[Counted] | Block[Installed] | Block[Usage] | Block[Device]
    | Block[User] | Block[PrimaryKey] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZUSAGEBLOCK", Hour)
        yield from db.table("ZUSAGECATEGORY", Category, optional=True)
        yield from db.table("ZUSAGETIMEDITEM", Timed, optional=True)
        yield from db.table("ZUSAGECOUNTEDITEM", Counted, optional=True)
        yield from db.table("ZINSTALLEDAPP", Installed, optional=True)
        yield from db.table("ZUSAGE", Usage, optional=True)
        yield from db.table("ZCOREDEVICE", Device, optional=True)
        yield from db.table("ZCOREUSER", User, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)

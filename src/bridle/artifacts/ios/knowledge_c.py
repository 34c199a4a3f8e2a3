"""knowledgeC.db: what the phone noted of its own use: apps opened and installed, pages seen, locking, charging.

An Object is an event of a stream such as `/app/inFocus`, `/app/install`, `/app/webUsage` or `/safari/history`: from
when to when, and a value that is a text, a whole number or a real one. What a stream adds of its own is in a row of
StructuredMetadata, who donated the event in a row of Source. Most streams moved to Biome with iOS 16 and 17.

Known limits: an event is kept for about four weeks. Which custom metadata belong to which object is in a table whose
name differs by generation (`Z_4EVENT`), and is not read. What `/app/…` streams call inFocus is not proof of a hand at
the phone. A row of StructuredMetadata may hold places, and they stand in `extra`.

Sources: the store of a macOS 10.14 computer (test data of plaso); https://github.com/mac4n6/APOLLO (knowledge_*);
https://www.mac4n6.com/blog/2018/8/5/knowledge-is-power-using-the-knowledgecdb-database-on-macos-and-ios-to-determine-precise-user-and-application-usage
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Block, BundleId, Domain, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text

_BUNDLE_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9_-]{1,63}){1,8}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://\S")


def _bundle_id(value: object) -> str | None:
    """The value, if it has the form of a bundle identifier. Raises ValueError."""
    return found if _BUNDLE_ID.fullmatch(found := text(value)) else None


def _url(value: object) -> str | None:
    """The value, if it is a URL. Raises ValueError."""
    return found if _URL.match(found := text(value)) else None


@record
class Object(Record):
    """One event of a stream."""

    object_id: int | None = col("Z_PK", doc="number of the row; a missing number is a deleted row or one never used")
    uuid: str | None = col("ZUUID", doc="identifier of the event")
    stream: str | None = col("ZSTREAMNAME", doc="stream it belongs to, such as `/app/inFocus`")
    start: Utc | None = col("ZSTARTDATE", cocoa, doc="begin of the event")
    end: Utc | None = col("ZENDDATE", cocoa, doc="end of the event")
    created: Utc | None = col("ZCREATIONDATE", cocoa, doc="when the event was made")
    stored: Utc | None = col("ZLOCALCREATIONDATE", cocoa, doc="when it was stored here; later where it came from afar")
    seconds_from_gmt: int | None = col("ZSECONDSFROMGMT", doc="zone of the phone's clock, in seconds east of Greenwich")
    value: Text | None = col("ZVALUESTRING", doc="value, where it is a text, as stored")
    bundle_id: BundleId | None = col(
        "ZVALUESTRING", _bundle_id, doc="the value, where it looks like a bundle identifier", surface="installed-app"
    )
    url: Url | None = col("ZVALUESTRING", _url, doc="the value, where it is a URL", surface="visited")
    value_integer: int | None = col(
        "ZVALUEINTEGER", doc="value, where it is a whole number, such as 1 for locked; a hash where it is a text"
    )
    value_double: float | None = col("ZVALUEDOUBLE", doc="the same as a real number")
    value_class: int | None = col("ZVALUECLASS", doc="1 where the value is a text, 2 where it is a number")
    source_id: int | None = col("ZSOURCE", doc="Source.source_id; none for what the system saw itself")
    structured_metadata_id: int | None = col("ZSTRUCTUREDMETADATA", doc="StructuredMetadata.metadata_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class StructuredMetadata(Record):
    """What a stream adds to its events."""

    metadata_id: int | None = col("Z_PK", doc="number of the row, that an object refers to")
    web_url: Url | None = col(
        "Z_DKDIGITALHEALTHMETADATAKEY__WEBPAGEURL", doc="page in use, of `/app/webUsage`", surface="visited"
    )
    web_domain: Domain | None = col(
        "Z_DKDIGITALHEALTHMETADATAKEY__WEBDOMAIN", doc="its domain, of `/app/webUsage`", surface="visited"
    )
    page_title: Text | None = col("Z_DKSAFARIHISTORYMETADATAKEY__TITLE", doc="title of the page, of `/safari/history`")
    app_title: str | None = col("Z_DKAPPINSTALLMETADATAKEY__TITLE", doc="name of the app, of `/app/install`")
    is_install: int | None = col("Z_DKAPPINSTALLMETADATAKEY__ISINSTALL", doc="1 where the app was installed anew")
    launch_reason: str | None = col("Z_DKAPPLICATIONMETADATAKEY__LAUNCHREASON", doc="why the app came to the front")
    extension_host: BundleId | None = col(
        "Z_DKAPPLICATIONMETADATAKEY__EXTENSIONHOSTIDENTIFIER", doc="app that shows an extension"
    )
    extension_owner: BundleId | None = col(
        "Z_DKAPPLICATIONMETADATAKEY__EXTENSIONCONTAININGBUNDLEIDENTIFIER", doc="app that brought the extension"
    )
    process_id: int | None = col("Z_DKAPPLICATIONMETADATAKEY__PROCESSIDENTIFIER", doc="process identifier of the app")
    activity_type: str | None = col("Z_DKAPPLICATIONACTIVITYMETADATAKEY__ACTIVITYTYPE", doc="kind of activity")
    activity_title: Text | None = col("Z_DKAPPLICATIONACTIVITYMETADATAKEY__TITLE", doc="title of the activity")
    activity_content: Text | None = col(
        "Z_DKAPPLICATIONACTIVITYMETADATAKEY__CONTENTDESCRIPTION", doc="what it is about; of Safari, the address"
    )
    activity: Text | None = col(
        "Z_DKAPPLICATIONACTIVITYMETADATAKEY__USERACTIVITYREQUIREDSTRING",
        doc="the activity as it is handed on; of Safari, title and URL, percent-encoded",
    )
    content_url: Url | None = col(
        "Z_DKAPPLICATIONACTIVITYMETADATAKEY__ITEMRELATEDCONTENTURL", doc="URL of the thing the activity is about"
    )
    notified_bundle_id: BundleId | None = col(
        "Z_DKNOTIFICATIONUSAGEMETADATAKEY__BUNDLEID", doc="app of the notification", surface="installed-app"
    )
    intent_class: str | None = col("Z_DKINTENTMETADATAKEY__INTENTCLASS", doc="kind of intent, of `/app/intents`")
    intent_verb: str | None = col("Z_DKINTENTMETADATAKEY__INTENTVERB", doc="what was intended, such as `SendMessage`")
    bluetooth_name: str | None = col("Z_DKBLUETOOTHMETADATAKEY__NAME", doc="name of a Bluetooth device")
    bluetooth_address: str | None = col("Z_DKBLUETOOTHMETADATAKEY__ADDRESS", doc="address of a Bluetooth device")
    deleted_stream: str | None = col(
        "Z_DKTOMBSTONEMETADATAKEY__EVENTSTREAMNAME", doc="stream of the deleted event that the object stands for"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON; the names tell the stream they belong to")


@record
class Source(Record):
    """Who donated events, and for what."""

    source_id: int | None = col("Z_PK", doc="number of the row, that an object refers to")
    bundle_id: BundleId | None = col("ZBUNDLEID", doc="app that donated", surface="installed-app")
    device_id: str | None = col("ZDEVICEID", doc="device it came from; none for this one")
    group_id: str | None = col("ZGROUPID", doc="group of the things; of Safari, the kind of donation")
    item_id: str | None = col("ZITEMID", doc="identifier of the thing in the app")
    donated_by: str | None = col("ZSOURCEID", doc="way it was donated, such as `spotlight` or `intents`")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class CustomMetadata(Record):
    """A value with a name, that an app added to an event."""

    name: str | None = col("ZNAME", doc="name of the value")
    text: Text | None = col("ZSTRINGVALUE", doc="value, where it is a text")
    integer: int | None = col("ZINTEGERVALUE", doc="value, where it is a whole number")
    double: float | None = col("ZDOUBLEVALUE", doc="value, where it is a real number")
    date: Utc | None = col("ZDATEVALUE", cocoa, doc="value, where it is a time")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@record
class Deletion(Record):
    """A set of events that was deleted, on this device or on another of the same person."""

    sequence: int | None = col("ZSEQUENCENUMBER", doc="number of the set among those of its device")
    start: Utc | None = col("ZSTARTDATE", cocoa, doc="begin of the time the events lie in")
    end: Utc | None = col("ZENDDATE", cocoa, doc="end of the time the events lie in")
    device_id: str | None = col("ZDEVICEIDENTIFIER", doc="device that deleted them")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@record
class SyncPeer(Record):
    """Another device of the same person."""

    device_id: str | None = col("ZDEVICEID", doc="its identifier, as in Source.device_id")
    name: str | None = col("ZNAME", doc="its name")
    model: str | None = col("ZMODEL", doc="its model")
    last_seen: Utc | None = col("ZLASTSEENDATE", cocoa, doc="when it was last seen")
    extra: str | None = rest(doc="columns that no field maps, as JSON; bytes in hexadecimal")


@artifact("/private/var/mobile/Library/CoreDuet/Knowledge/knowledgeC.db")
def knowledge_c(
    file: SourceFile,
) -> Iterator[
    Block[Object]
    | Block[StructuredMetadata]
    | Block[Source]
    | Block[CustomMetadata]
    | Block[Deletion]
    | Block[SyncPeer]
    | Block[PrimaryKey]
    | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.table("ZOBJECT", Object)
        yield from db.table("ZSTRUCTUREDMETADATA", StructuredMetadata, optional=True)
        yield from db.table("ZSOURCE", Source, optional=True)
        yield from db.table("ZCUSTOMMETADATA", CustomMetadata, optional=True)
        yield from db.table("ZDELETIONCHANGESET", Deletion, optional=True)
        yield from db.table("ZSYNCPEER", SyncPeer, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)

"""Photos.sqlite: the files in the photo library, where they came from and when they were deleted.

ZASSET (before iOS 14 ZGENERICASSET) has one row for each picture or film, ZADDITIONALASSETATTRIBUTES the app that saved
it and the name it had. Screenshots of lures and pictures saved from messages are found by it. Deleted ones stay for 30
days with `trashed_state` 1. A history tells which processes changed the library.

Times are seconds since 2001.

Known limits: where pictures were taken, who is on them and what they show is left out on purpose: it is nothing that
betrays an implant. For the same reason no `extra` is kept here: columns that no field maps are not read. No store was
at hand; numbers that are told here are as published.

Sources: https://github.com/ScottKjr3347/iOS_Local_PL_Photos.sqlite_Queries and
https://github.com/abrignoni/iLEAPP (Ph001 and others) for columns and numbers
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, FileName, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import core_data, sqlite
from bridle.formats.core_data import HistoryName, Transaction
from bridle.formats.table import col
from bridle.formats.values import cocoa


@record
class Asset(Record):
    """A picture or film of the library."""

    asset_id: int | None = col("Z_PK", doc="number of the row")
    uuid: str | None = col("ZUUID", doc="identifier")
    directory: str | None = col("ZDIRECTORY", doc="folder below `/private/var/mobile/Media`, such as `DCIM/100APPLE`")
    filename: FileName | None = col("ZFILENAME", doc="name of the file")
    taken: Utc | None = col("ZDATECREATED", cocoa, doc="when it was taken, as the file says")
    added: Utc | None = col("ZADDEDDATE", cocoa, doc="when it came into the library")
    modified: Utc | None = col("ZMODIFICATIONDATE", cocoa, doc="when the row last changed")
    trashed: Utc | None = col("ZTRASHEDDATE", cocoa, doc="when it was deleted; none where it was not")
    trashed_state: int | None = col("ZTRASHEDSTATE", doc="0 kept, 1 deleted and still there")
    last_shared: Utc | None = col("ZLASTSHAREDDATE", cocoa, doc="when it was last shared")
    kind: int | None = col("ZKIND", doc="0 picture, 1 film")
    kind_subtype: int | None = col("ZKINDSUBTYPE", doc="2 live photo, 10 screenshot, 103 recording of the screen …")
    is_screenshot: bool | None = col("ZISDETECTEDSCREENSHOT", doc="whether the system takes it for a screenshot")
    saved_type: int | None = col("ZSAVEDASSETTYPE", doc="how it came into the library: 3 by the person, others differ")
    uti: str | None = col("ZUNIFORMTYPEIDENTIFIER", doc="kind of content")
    duration: float | None = col("ZDURATION", doc="seconds of a film")
    is_hidden: bool | None = col("ZHIDDEN", doc="whether it is in the hidden album")
    visibility: int | None = col("ZVISIBILITYSTATE", doc="0 shown; others are not shown")
    cloud_state: int | None = col("ZCLOUDLOCALSTATE", doc="0 not in iCloud, 1 in iCloud, as far as is known")
    attributes_id: int | None = col("ZADDITIONALATTRIBUTES", doc="Attributes.attributes_id")


@record
class Attributes(Record):
    """Where a picture or film came from."""

    attributes_id: int | None = col("Z_PK", doc="number of the row")
    asset_id: int | None = col("ZASSET", doc="Asset.asset_id")
    original_filename: FileName | None = col("ZORIGINALFILENAME", doc="name it had before")
    creator: BundleId | None = col("ZCREATORBUNDLEID", doc="app that made or saved it, before iOS 15")
    imported_by: BundleId | None = col("ZIMPORTEDBYBUNDLEIDENTIFIER", doc="app that saved it, from iOS 15")
    imported_by_name: str | None = col("ZIMPORTEDBYDISPLAYNAME", doc="name of the app that saved it")
    imported_kind: int | None = col(
        "ZIMPORTEDBY", doc="what saved it: 1 and 2 the cameras, 3 and 6 other apps, 8 and 9 apps of the system"
    )
    import_session: str | None = col("ZIMPORTSESSIONID", doc="identifier of an import of several files")
    editor: BundleId | None = col("ZEDITORBUNDLEID", doc="app that last changed it")
    original_size: int | None = col("ZORIGINALFILESIZE", doc="bytes of the file as it came")
    original_hash: str | None = col("ZORIGINALSTABLEHASH", doc="digest of the file as it came; how is not published")
    fingerprint: str | None = col("ZMASTERFINGERPRINT", doc="digest of the file as it came, in older stores")
    message_attachment: str | None = col(
        "ZSYNDICATIONIDENTIFIER", doc="guid of the attachment in sms.db it was sent as (ios.sms.attachment)"
    )
    view_count: int | None = col("ZVIEWCOUNT", doc="how often it was viewed")
    share_count: int | None = col("ZSHARECOUNT", doc="how often it was shared")


@record
class PrimaryKey(Record):
    """The highest number that Core Data has given to a row of one kind."""

    entity: str | None = col("Z_NAME", doc="kind of row")
    last: int | None = col("Z_MAX", doc="highest number so far; numbers missing below it were rows, or were never used")


@artifact("/private/var/mobile/Media/PhotoData/Photos.sqlite")
def photos(
    file: SourceFile,
) -> Iterator[
    Block[Asset] | Block[Attributes] | Block[Transaction] | Block[HistoryName] | Block[PrimaryKey] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        older = "ZGENERICASSET" in db.tables() and "ZASSET" not in db.tables()
        yield from db.table("ZGENERICASSET" if older else "ZASSET", Asset)
        yield from db.table("ZADDITIONALASSETATTRIBUTES", Attributes, optional=True)
        yield from core_data.history(db)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)

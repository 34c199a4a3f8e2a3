"""The databases of itunesstored: downloads, where their parts come from, who asked for them, and for which account.

downloads.28.sqlitedb (also in a sysdiagnose) has `download` with its `asset`s, the programs that downloaded (`client`,
`persistent_manager`, `application_id`), and what was finished; itunesstored2, itunesstored_private, kvs, promoted_iaps
and purchase_intents have tables that are not published: their rows are kept where they name an app or an address, and
searched for accounts where they do not. Times are seconds since 1970, in some columns since 2001, told apart by size.

Known limits: tables and columns are those of iOS 18 and unconfirmed for others. Rows of other tables that name nothing
and hold no account are not kept, and of a text only the first 65,536 characters are searched for accounts.

Sources: statements of itunesstored of iOS 18 that make the tables; file names of a backup of iOS 14
(https://github.com/mvt-project/mvt) and of iOS 15 to 17 (listings of iLEAPP). No file was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridle.core import (
    Account,
    Block,
    BundleId,
    FilePath,
    Gap,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import accounts, sqlite
from bridle.formats.sqlite import Database
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa_or_unix, length, text_or_utf8, zero_is_none

_MENTION = "mention"
_EXTRA = "columns that no field maps, as JSON"


_when = zero_is_none(cocoa_or_unix)


@record(surface="installed-app")
class Download(Record):
    """A download that was asked for."""

    download_id: int | None = col("pid", doc="number of the download")
    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    time: Utc | None = col("timestamp", _when, doc="when it was asked for")
    purchased: Utc | None = col("store_purchase_date", _when, doc="when it was bought")
    kind: str | None = col("kind", text_or_utf8, doc="kind of content, such as `software`")
    title: str | None = col("title", text_or_utf8, doc="name of what is downloaded")
    artist: str | None = col("artist_name", text_or_utf8, doc="who publishes it")
    version: str | None = col("bundle_version", text_or_utf8, doc="version of the bundle")
    account: Account | None = col("store_account_name", text_or_utf8, doc="account it is for", surface=_MENTION)
    account_id: int | None = col("store_account_id", doc="number of the account")
    client_id: BundleId | None = col("client_id", text_or_utf8, doc="program that asked for it", surface=_MENTION)
    referrer_app: BundleId | None = col("ref_app", text_or_utf8, doc="app that led to it", surface=_MENTION)
    referrer_url: Url | None = col("ref_url", text_or_utf8, doc="address that led to it", surface="visited")
    store_url: Url | None = col("store_url", text_or_utf8, doc="its page in the store", surface=_MENTION)
    permalink: Url | None = col("download_permalink", text_or_utf8, doc="lasting address of it", surface=_MENTION)
    cancel_url: Url | None = col("cancel_url", text_or_utf8, doc="address to cancel it", surface=_MENTION)
    thumbnail_url: Url | None = col("thumbnail_url", text_or_utf8, doc="address of its picture", surface=_MENTION)
    feed_url: Url | None = col("podcast_feed_url", text_or_utf8, doc="address of a podcast", surface=_MENTION)
    item_id: int | None = col("store_item_id", doc="number in the store")
    is_from_store: bool | None = col("is_from_store", doc="whether it comes from the store")
    is_automatic: bool | None = col("is_automatic", doc="whether it came by itself")
    is_private: bool | None = col("is_private", doc="whether it is not shown")
    extra: str | None = rest(doc=_EXTRA)


@record
class Asset(Record):
    """A part of a download."""

    download_id: int | None = col("download_id", doc="Download.download_id")
    type: str | None = col("asset_type", text_or_utf8, doc="kind of part, such as `media` or `artwork`")
    url: Url | None = col("url", text_or_utf8, doc="where it is downloaded from")
    destination_url: Url | None = col("destination_url", text_or_utf8, doc="where it is put")
    local_path: FilePath | None = col("local_path", text_or_utf8, doc="where it lies meanwhile")
    size: int | None = col("bytes_total", doc="bytes of the part")
    is_external: bool | None = col("is_external", doc="whether it does not come from the store")
    licence_length: int | None = col("sinfs_data", length, doc="bytes of the licence, which names the account")
    extra: str | None = rest(doc=_EXTRA)


@record
class Client(Record):
    """A program that downloads with the help of itunesstored."""

    client_id: BundleId | None = col("client_id", text_or_utf8, doc="the program")
    client_type: int | None = col("client_type", doc="kind of program; its meaning is not published")
    extra: str | None = rest(doc=_EXTRA)


@record
class Finished(Record):
    """A download that was finished."""

    url: Url | None = col("finish_url", text_or_utf8, doc="address the store is told at")
    account_id: int | None = col("store_account_id", doc="number of the account")
    item_id: int | None = col("store_item_id", doc="number in the store")
    transaction_id: str | None = col("store_transaction_id", text_or_utf8, doc="number of the transaction")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Application(Record):
    """An app in one of the tables that hold their state or their identifier; the locator tells the table."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    time: Utc | None = col("time_updated", _when, doc="when its state last changed")
    download_id: int | None = col("download_id", doc="Download.download_id")
    phase: str | None = col("expected_phase", text_or_utf8, doc="state it is to come to")
    extra: str | None = rest(doc=_EXTRA)


@record
class Other(Record):
    """A row of another table that names an app, an account or an address; the locator tells the table."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    client_id: BundleId | None = col("client_id", text_or_utf8, doc="program that asked", surface=_MENTION)
    account: Account | None = col("store_account_name", text_or_utf8, doc="account of the store", surface=_MENTION)
    time: Utc | None = col("timestamp", _when, doc="when the row was made")
    url: Url | None = col("url", text_or_utf8, doc="address in the row", surface=_MENTION)
    title: Text | None = col("title", text_or_utf8, doc="name of what the row is about", surface=_MENTION)
    extra: str | None = rest(doc=_EXTRA)


@record
class Mention(Record):
    """An address or number in a cell of a table that names no app."""

    table: str | None = col(accounts.TABLE, doc="name of the table")
    column: str | None = col(accounts.COLUMN, doc="name of the column")
    key: str | None = col(accounts.KEY, doc="keys on the way to it, where the cell holds a property list")
    account: Account | None = col(accounts.ACCOUNT, doc="address or number, as stored")


_TABLES: dict[str, type[Record]] = {
    "download": Download, "asset": Asset, "client": Client, "persistent_manager": Client, "finished_download": Finished,
    "application_id": Application, "application_workspace_state": Application, "trnsaction": Application,
}  # fmt: skip
_NAMING = frozenset({"bundle_id", "client_id", "store_account_name", "url"})


@artifact(
    "/private/var/mobile/Library/com.apple.itunesstored/*.sqlitedb",
    "/private/var/mobile/Media/Downloads/downloads.*.sqlitedb",
)
def itunes_stored(
    file: SourceFile,
) -> Iterator[
    Block[Download] | Block[Asset] | Block[Client] | Block[Finished] | Block[Application] | Block[Other] | Mention | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.problems()
        for name in sorted(db.tables()):
            yield from _table(db, name)


def _table(db: Database, name: str) -> Iterator[Any]:
    cls = _TABLES.get(name.lower())
    if cls is None and not _NAMING.isdisjoint(db.readable_columns(name)):
        cls = Other
    if cls is not None:
        yield from db.table(name, cls)
    else:
        yield from records(accounts.mentions(db, name), Mention)

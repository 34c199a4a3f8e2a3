"""The databases of appstored: apps that were installed, updated, bought and removed, from where and for whom.

- storeSystem.db (iOS 15 and later): `app_install` and its `app_package`, `app_updates`.
- storeUser.db: `current_apps`, `purchase_history_apps` (bought by the account, perhaps on another device),
  `account_events`, and events of apps.
- appstored.sqlitedb and AppUpdates.sqlitedb in a sysdiagnose (iOS 12 to 14), AppPurchaseHistory.sqlitedb.
An app that is no longer there may still stand here, as may one that never came from the store; `client_id` is who asked
for it. Any other table with a bundle identifier is kept row by row, and others are searched for accounts. Times are
seconds since 2001, or since 1970 in the oldest ones, told apart by size.

Known limits: only a storeSystem.db was at hand. That a `source_type` other than 0 is an app that is not from the store
is inferred, not confirmed; most other numbers are not published. Rows of other tables that name no app and hold no
account are not kept, and of a text only the first 65,536 characters are searched for accounts.

Sources: storeSystem.db of iOS 16.1 (test data of iLEAPP, https://github.com/abrignoni/iLEAPP); statements of appstored
of iOS 18 that make the tables; https://github.com/EC-DIGIT-CSIRC/sysdiagnose (appinstallation).
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
from bridle.formats import accounts, nested, sqlite
from bridle.formats.sqlite import Database
from bridle.formats.table import col, records, rest
from bridle.formats.values import blob, cocoa_or_unix, length, text_or_utf8, zero_is_none

_MENTION = "mention"
_EXTRA = "columns that no field maps, as JSON"


_when = zero_is_none(cocoa_or_unix)


def _archive(value: object) -> str:
    """An archive as JSON. Raises ValueError."""
    return nested.shown(nested.opened(blob(value)))


@record(surface="installed-app")
class Install(Record):
    """An installation, finished or not."""

    install_id: int | None = col("pid", doc="number of the installation")
    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    time: Utc | None = col("timestamp", _when, doc="when it was asked for")
    started: Utc | None = col("last_start_date", _when, doc="when it was last begun")
    optimal_start: Utc | None = col("optimal_download_start", _when, doc="when it was meant to begin")
    name: str | None = col("bundle_name", text_or_utf8, doc="name of the app")
    version: str | None = col("bundle_version", text_or_utf8, doc="version of the bundle")
    vendor: str | None = col("vendor_name", text_or_utf8, doc="who publishes it")
    bundle_url: Url | None = col("bundle_url", text_or_utf8, doc="folder of the app, `file:`", surface="mention")
    account: Account | None = col("apple_id", text_or_utf8, doc="account it was for", surface=_MENTION)
    account_id: int | None = col("account_id", doc="number of the account")
    client_id: BundleId | None = col("client_id", text_or_utf8, doc="program that asked for it", surface=_MENTION)
    companion_bundle_id: BundleId | None = col("companion_bundle_id", text_or_utf8, doc="app it belongs to")
    item_id: int | None = col("item_id", doc="number in the store")
    version_id: int | None = col("evid", doc="number of the version in the store")
    source_type: int | None = col(
        "source_type", doc="where it comes from; 0 seems to be the store, others are not published"
    )
    update_type: int | None = col("update_type", doc="kind of update; 0 for none")
    phase: int | None = col("phase", doc="how far it came; its meaning is not published")
    redownload: bool | None = col("redownload", doc="whether it had been bought before")
    automatic_type: int | None = col("automatic_type", doc="whether it came by itself; not published")
    transaction_id: str | None = col("transaction_id", text_or_utf8, doc="number of the transaction")
    referrer: Text | None = col("store_cohort", text_or_utf8, doc="way to it in the store", surface="mention")
    download_path: FilePath | None = col(
        "download_path", text_or_utf8, doc="where it was downloaded to", surface="mention"
    )
    placeholder_path: FilePath | None = col("placeholder_path", text_or_utf8, doc="its place holder", surface=_MENTION)
    artwork_url: Url | None = col("artwork_url", text_or_utf8, doc="address of its icon", surface=_MENTION)
    cancel_url: Url | None = col("cancel_download_url", text_or_utf8, doc="address to cancel it", surface=_MENTION)
    policy: str | None = col("policy", text_or_utf8, doc="when it may be downloaded, as JSON")
    metadata: Text | None = col("store_metadata", _archive, doc="what the store said of it, as JSON", surface=_MENTION)
    receipt_length: int | None = col("receipt", length, doc="bytes of the receipt")
    extra: str | None = rest(doc=_EXTRA)


@record
class Package(Record):
    """A package that an installation downloads."""

    package_id: int | None = col("pid", doc="number of the package")
    install_id: int | None = col("parent_id", doc="Install.install_id")
    time: Utc | None = col("timestamp", _when, doc="when the row was made")
    url: Url | None = col("package_url", text_or_utf8, doc="where it is downloaded from")
    resources_url: Url | None = col("odr_manifest_url", text_or_utf8, doc="where more parts are listed")
    size: int | None = col("bytes_total", doc="bytes of the package")
    disk_usage: int | None = col("disk_usage", doc="bytes it takes once unpacked")
    type: int | None = col("package_type", doc="kind of package; its meaning is not published")
    variant: str | None = col("variant_id", text_or_utf8, doc="devices it is made for")
    hashes: str | None = col("hash_array", text_or_utf8, doc="MD5 of its pieces, as JSON")
    clear_hashes: str | None = col("clear_hash_array", text_or_utf8, doc="MD5 of its unencrypted pieces, as JSON")
    profiles: str | None = col("provisioning_profiles", text_or_utf8, doc="provisioning profiles, as JSON")
    licence_length: int | None = col("sinf", length, doc="bytes of the licence, which names the account")
    decryption_length: int | None = col("dp_info", length, doc="bytes of what decrypts it")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Update(Record):
    """An app as the store last knew its updates."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    time: Utc | None = col("timestamp", _when, doc="when the row was made")
    installed: Utc | None = col("install_date", _when, doc="when the update was installed")
    released: Utc | None = col("release_date", _when, doc="day of its release, as the store tells it")
    version_released: Utc | None = col("current_version_release_date", _when, doc="when this version was published")
    item_id: int | None = col("store_item_id", doc="number in the store")
    version_id: int | None = col("store_software_version_id", doc="number of the version in the store")
    state: int | None = col("update_state", doc="state of the update; its meaning is not published")
    is_offloaded: bool | None = col("is_offloaded", doc="whether the app was removed and its data kept")
    is_profile_validated: bool | None = col("is_profile_validated", doc="whether it runs by a provisioning profile")
    item: Text | None = col(
        "store_item_data", text_or_utf8, doc="what the store says of it, as JSON", surface="mention"
    )
    metrics: str | None = col("metrics_data", text_or_utf8, doc="times of its steps, as JSON")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Current(Record):
    """An app that is on the phone, or was."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    time: Utc | None = col("timestamp", _when, doc="when the row was made: when it was installed or updated")
    deleted: Utc | None = col("deletion_date", _when, doc="when it was removed")
    name: str | None = col("item_name", text_or_utf8, doc="name of the app")
    version: str | None = col("bundle_version", text_or_utf8, doc="version of the bundle")
    short_version: str | None = col("short_version", text_or_utf8, doc="version a person sees")
    vendor: str | None = col("vendor_name", text_or_utf8, doc="who publishes it")
    item_id: int | None = col("item_id", doc="number in the store; none for one that is not from it")
    is_beta: bool | None = col("is_beta", doc="whether it is a test version")
    is_clip: bool | None = col("is_clip", doc="whether it is an app clip")
    is_system_app: bool | None = col("is_system_app", doc="whether it is part of the system")
    event_type: int | None = col("event_type", doc="what happened; its meaning is not published")
    extra: str | None = rest(doc=_EXTRA)


@record
class Purchase(Record):
    """An app the account has bought or downloaded, on this device or another."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    time: Utc | None = col("date_purchased", _when, doc="when it was bought or first downloaded")
    title: str | None = col("title", text_or_utf8, doc="name of the app")
    long_title: str | None = col("long_title", text_or_utf8, doc="name in the store")
    developer: str | None = col("developer_name", text_or_utf8, doc="who publishes it")
    product_url: Url | None = col("product_url", text_or_utf8, doc="its page in the store", surface=_MENTION)
    item_id: int | None = col("store_item_id", doc="number in the store")
    purchaser_id: int | None = col("purchaser_dsid", doc="number of the account")
    hidden: bool | None = col("hidden", doc="whether the person hid it")
    hidden_from_home: bool | None = col("hidden_from_springboard", doc="whether it is not shown on the home screen")
    extra: str | None = rest(doc=_EXTRA)


@record
class AccountEvent(Record):
    """Something that happened to an account of the store."""

    account: Account | None = col("apple_id", text_or_utf8, doc="the account")
    account_id: int | None = col("account_id", doc="number of the account")
    time: Utc | None = col("timestamp", _when, doc="when it happened")
    event_type: int | None = col("event_type", doc="what happened; its meaning is not published")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="installed-app")
class Beta(Record):
    """A test version of an app."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    account: Account | None = col("email", text_or_utf8, doc="address that is given with it", surface="mention")
    expires: Utc | None = col("expiration_date", _when, doc="when it expires")
    last_seen: Utc | None = col("last_seen_date", _when, doc="when it was last opened")
    version: str | None = col("bundle_version", text_or_utf8, doc="version of the bundle")
    extra: str | None = rest(doc=_EXTRA)


@record
class Other(Record):
    """A row of another table that names an app, or an account of the store; the locator tells the table."""

    bundle_id: BundleId | None = col("bundle_id", text_or_utf8, doc="the app")
    account: Account | None = col("store_account_name", text_or_utf8, doc="account of the store", surface=_MENTION)
    time: Utc | None = col("timestamp", _when, doc="when the row was made")
    url: Url | None = col("url", text_or_utf8, doc="address, such as that of a download", surface=_MENTION)
    extra: str | None = rest(doc=_EXTRA)


@record
class Mention(Record):
    """An address or number in a cell of a table that names no app."""

    table: str | None = col(accounts.TABLE, doc="name of the table")
    column: str | None = col(accounts.COLUMN, doc="name of the column")
    key: str | None = col(accounts.KEY, doc="keys on the way to it, where the cell holds a property list")
    account: Account | None = col(accounts.ACCOUNT, doc="address or number, as stored")


_TABLES: dict[str, type[Record]] = {
    "app_install": Install, "app_package": Package, "app_update": Update, "app_updates": Update,
    "mapi_app_update": Update, "current_apps": Current, "purchase_history_apps": Purchase,
    "purchase_history_apps_table": Purchase, "account_events": AccountEvent, "beta_app_info": Beta,
}  # fmt: skip
_NAMING = frozenset({"bundle_id", "store_account_name", "url"})


@artifact(
    "/private/var/containers/Data/System/*/Documents/Persistence/storeSystem.db",
    "/private/var/mobile/Library/Caches/com.apple.appstored/storeUser.db",
    "/private/var/mobile/Containers/Shared/AppGroup/*/Library/Caches/storeUser.db",
    "/private/var/mobile/Library/Caches/com.apple.appstored/*.sqlitedb",
    "/private/var/mobile/Library/com.apple.appstored/*.sqlitedb",
    "/private/var/mobile/Library/Caches/com.apple.storeservices/*.sqlitedb",
    "/sysdiagnose/logs/appinstallation/*.sqlite",
    "/sysdiagnose/logs/appinstallation/*.db",
)
def app_installation(
    file: SourceFile,
) -> Iterator[
    Block[Install] | Block[Package] | Block[Update] | Block[Current] | Block[Purchase] | Block[AccountEvent]
    | Block[Beta] | Block[Other] | Mention | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.problems()
        for name in sorted(db.tables()):
            yield from _table(db, name)


def _table(db: Database, name: str) -> Iterator[Any]:
    cls = _TABLES.get(name.lower())
    if cls is None and name.lower().startswith("current_apps"):
        cls = Current
    if cls is None and not _NAMING.isdisjoint(db.readable_columns(name)):
        cls = Other
    if cls is not None:
        yield from db.table(name, cls)
    else:
        yield from records(accounts.mentions(db, name), Mention)

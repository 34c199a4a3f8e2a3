"""browser.db of Firefox: history, bookmarks, icons and the tabs of the account's other devices.

Versions since about 2022 keep history and bookmarks in places.db; what was there before may be left here. Visits are in
microseconds since 1970, most other times in milliseconds. Visits with `is_local` 0 came from another device.

Known limits: the unit of the date of an icon is not certain; it is kept as a number.

Sources: https://github.com/mozilla-mobile/firefox-ios (Storage/SQL/BrowserSchema.swift); https://github.com/mvt-project/mvt
(firefox_history)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Domain, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import unix_microseconds, unix_milliseconds, zero_is_none

_visited = zero_is_none(unix_microseconds)


_when = zero_is_none(unix_milliseconds)


@record(surface="visited")
class Address(Record):
    """An address that was visited, once for all its visits."""

    site_id: int | None = col("id", doc="number of the address")
    guid: str | None = col("guid", doc="identifier of the address")
    url: Url | None = col("url", doc="the address; none where it was deleted")
    title: Text | None = col("title", doc="title of the page", surface="mention")
    changed: Utc | None = col("local_modified", _when, doc="when this device changed the row")
    server_changed: Utc | None = col("server_modified", _when, doc="when the server changed it")
    deleted: bool | None = col("is_deleted", doc="whether it was deleted on this device")
    domain_id: int | None = col("domain_id", doc="Site.domain_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Visit(Record):
    """One visit to an address."""

    visit_id: int | None = col("id", doc="number of the visit")
    site_id: int | None = col("siteID", doc="Address.site_id")
    time: Utc | None = col("date", _visited, doc="when the page was visited")
    type: int | None = col(
        "type",
        doc="1 link, 2 typed, 3 bookmark, 4 embedded, 5 lasting redirect, 6 passing redirect, 7 download, 8 frame",
    )
    is_local: bool | None = col("is_local", doc="whether it was on this device")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Site(Record):
    """The host of visited addresses."""

    domain_id: int | None = col("id", doc="number of the host")
    domain: Domain | None = col("domain", doc="the host")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Icon(Record):
    """The icon of a page."""

    icon_id: int | None = col("id", doc="number of the icon")
    url: Url | None = col("url", doc="address of the icon")
    date: float | None = col("date", doc="date of the icon as a number since 1970; its unit is not certain")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class IconSite(Record):
    """Which icon belongs to which address."""

    site_id: int | None = col("siteID", doc="Address.site_id")
    page_url: Url | None = col("site_url", doc="address of the page, in newer tables", surface="visited")
    icon_id: int | None = col("faviconID", doc="Icon.icon_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Bookmark(Record):
    """A bookmark or a folder, of this device, of the server, or on the way; the locator names the table."""

    guid: str | None = col("guid", doc="identifier")
    type: int | None = col("type", doc="1 bookmark, 2 folder, 3 separator, 4 livemark, 5 query")
    title: Text | None = col("title", doc="title")
    url: Url | None = col("bmkUri", doc="address that was saved")
    feed_url: Url | None = col("feedUri", doc="address of the feed of a livemark")
    site_url: Url | None = col("siteUri", doc="address of the site of a livemark")
    parent: str | None = col("parentid", doc="guid of its folder")
    added: Utc | None = col("date_added", _when, doc="when it was saved")
    changed: Utc | None = col("local_modified", _when, doc="when this device changed it")
    server_changed: Utc | None = col("server_modified", _when, doc="when the server changed it")
    deleted: bool | None = col("is_deleted", doc="whether it was deleted")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Client(Record):
    """Another device of the account."""

    guid: str | None = col("guid", doc="identifier of the device")
    name: str | None = col("name", doc="name of the device")
    changed: Utc | None = col("modified", _when, doc="when it last told of itself")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class RemoteTab(Record):
    """A tab that is open on another device of the account; without a device, on this one."""

    tab_id: int | None = col("id", doc="number of the row")
    client: str | None = col("client_guid", doc="Client.guid")
    url: Url | None = col("url", doc="address of the page")
    title: Text | None = col("title", doc="title of the page", surface="mention")
    history: Text | None = col("history", doc="addresses the tab has shown, as JSON", surface="mention")
    last_used: Utc | None = col("last_used", _when, doc="when the tab was last used")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class TopSite(Record):
    """An address that the start page shows: often visited, or pinned; the locator names the table."""

    site_id: int | None = col("historyID", doc="Address.site_id")
    url: Url | None = col("url", doc="address", surface="visited")
    title: Text | None = col("title", doc="title of the page")
    domain: Domain | None = col("domain", doc="its host")
    pinned: Utc | None = col("pinDate", _when, doc="when it was pinned")
    last_local: Utc | None = col("localVisitDate", _visited, doc="when it was last visited on this device")
    last_remote: Utc | None = col("remoteVisitDate", _visited, doc="when it was last visited on another device")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/*profile*/browser.db")
def firefox_browser(
    file: SourceFile,
) -> Iterator[
    Block[Address] | Block[Visit] | Block[Site] | Block[Icon] | Block[IconSite] | Block[Bookmark] | Block[Client]
    | Block[RemoteTab] | Block[TopSite] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("history", Address)
        yield from db.table("visits", Visit, optional=True)
        yield from db.table("domains", Site, optional=True)
        yield from db.table("favicons", Icon, optional=True)
        for name in ("favicon_sites", "favicon_site_urls"):
            yield from db.table(name, IconSite, optional=True)
        for name in ("bookmarksLocal", "bookmarksMirror", "bookmarksBuffer"):
            yield from db.table(name, Bookmark, optional=True)
        yield from db.table("clients", Client, optional=True)
        yield from db.table("tabs", RemoteTab, optional=True)
        for name in ("cached_top_sites", "pinned_top_sites"):
            yield from db.table(name, TopSite, optional=True)

"""places.db of Firefox: history and bookmarks, as newer versions keep them.

Times are milliseconds since 1970; 0 stands for none. Visits with `is_local` 0 came from another device of the account.
A deleted address leaves its identifier as a tombstone, a deleted visit its time.

Known limits: no store was at hand; tables are those of the published source. Private tabs leave nothing here. Other
tables, such as those of search and of keywords, are not read. Tombstones go once the other devices have been told.

Sources: https://github.com/mozilla/application-services (components/places/sql/create_shared_schema.sql, src/types.rs)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Block, Domain, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import unix_milliseconds, zero_is_none

_VISITED, _OTHER = "(visited)", "(other)"
_VISITS = ("visit_count_local", "visit_count_remote", "last_visit_date_local", "last_visit_date_remote")


_when = zero_is_none(unix_milliseconds)


@record
class Place(Record):
    """An address that was visited, or only bookmarked: then it has no visits."""

    place_id: int | None = col("id", doc="number of the address")
    guid: str | None = col("guid", doc="identifier of the address")
    url: str | None = col("url", doc="the address, as stored")
    visited_url: Url | None = col(_VISITED, doc="the address, where the row tells of a visit", surface="visited")
    other_url: Url | None = col(_OTHER, doc="the address, where it tells of none, as of a bookmark")
    title: Text | None = col("title", doc="title of the page")
    description: Text | None = col("description", doc="what the page says of itself")
    preview_image_url: Url | None = col("preview_image_url", doc="address of a picture the page names")
    local_visits: int | None = col("visit_count_local", doc="visits on this device")
    remote_visits: int | None = col("visit_count_remote", doc="visits on other devices")
    last_local: Utc | None = col("last_visit_date_local", _when, doc="when it was last visited on this device")
    last_remote: Utc | None = col("last_visit_date_remote", _when, doc="when it was last visited on another device")
    hidden: bool | None = col("hidden", doc="whether it is not suggested, as a redirect is not")
    typed: int | None = col("typed", doc="visits for which it was typed")
    origin_id: int | None = col("origin_id", doc="Origin.origin_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Visit(Record):
    """One visit to an address."""

    visit_id: int | None = col("id", doc="number of the visit")
    place_id: int | None = col("place_id", doc="Place.place_id")
    time: Utc | None = col("visit_date", _when, doc="when the page was visited")
    type: int | None = col(
        "visit_type",
        doc="1 link, 2 typed, 3 bookmark, 4 embedded, 5 lasting redirect, 6 passing redirect, 7 download, 8 frame, "
        "9 reload",
    )
    from_visit: int | None = col("from_visit", doc="Visit.visit_id it came from")
    is_local: bool | None = col("is_local", doc="whether it was on this device")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Origin(Record):
    """The host of addresses."""

    origin_id: int | None = col("id", doc="number of the host")
    prefix: str | None = col("prefix", doc="scheme, as `https://`")
    host: Domain | None = col("host", doc="the host")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Bookmark(Record):
    """A bookmark or a folder."""

    bookmark_id: int | None = col("id", doc="number of the bookmark")
    place_id: int | None = col("fk", doc="Place.place_id")
    type: int | None = col("type", doc="1 bookmark, 2 folder, 3 separator")
    parent: int | None = col("parent", doc="Bookmark.bookmark_id of its folder")
    title: Text | None = col("title", doc="title")
    added: Utc | None = col("dateAdded", _when, doc="when it was saved")
    changed: Utc | None = col("lastModified", _when, doc="when it was changed")
    guid: str | None = col("guid", doc="identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class PlaceTombstone(Record):
    """An address that was deleted, kept to tell the other devices of the account."""

    guid: str | None = col("guid", doc="Place.guid of the deleted address")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class VisitTombstone(Record):
    """A visit that was deleted, kept so that it does not come back from another device."""

    place_id: int | None = col("place_id", doc="Place.place_id")
    time: Utc | None = col("visit_date", _when, doc="when the deleted visit was")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class BookmarkTombstone(Record):
    """A bookmark that was deleted, kept to tell the other devices of the account."""

    guid: str | None = col("guid", doc="Bookmark.guid of the deleted bookmark")
    removed: Utc | None = col("dateRemoved", _when, doc="when it was deleted")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Viewing(Record):
    """How long a page was looked at."""

    viewing_id: int | None = col("id", doc="number of the row")
    place_id: int | None = col("place_id", doc="Place.place_id")
    referrer_id: int | None = col("referrer_place_id", doc="Place.place_id of the page that led to it")
    created: Utc | None = col("created_at", _when, doc="when it was first looked at")
    updated: Utc | None = col("updated_at", _when, doc="when it was last looked at")
    view_time: int | None = col("total_view_time", doc="milliseconds in all")
    title: Text | None = col("title", doc="title of the page")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/*profile*/places.db")
def firefox_places(
    file: SourceFile,
) -> Iterator[
    Place | Block[Visit] | Block[Origin] | Block[Bookmark] | Block[PlaceTombstone] | Block[VisitTombstone]
    | Block[BookmarkTombstone] | Block[Viewing] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from records(_places(db), Place)
        yield from db.table("moz_historyvisits", Visit)
        yield from db.table("moz_origins", Origin, optional=True)
        yield from db.table("moz_bookmarks", Bookmark, optional=True)
        yield from db.table("moz_places_tombstones", PlaceTombstone, optional=True)
        yield from db.table("moz_historyvisit_tombstones", VisitTombstone, optional=True)
        yield from db.table("moz_bookmarks_deleted", BookmarkTombstone, optional=True)
        yield from db.table("moz_places_metadata", Viewing, optional=True)


def _places(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The rows of moz_places, their address once more under what it is."""
    for row in db.rows("moz_places"):
        if isinstance(row, Gap):
            yield row
        else:
            kept = {k.lower(): v for k, v in row.items()}
            is_visited = any(isinstance(n := kept.get(c), int | float) and n > 0 for c in _VISITS)
            url = kept.get("url")
            yield row.locator, {**kept, _VISITED if is_visited else _OTHER: url if isinstance(url, str) else None}

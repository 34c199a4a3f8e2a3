"""History.db: what Safari was asked to load, where it was redirected, and what was removed from its history.

Each profile has a store of its own. Visits that came from another device of the same account stand among those of this
one. When history is removed, a tombstone says so to the other devices; it is kept for a limited time.
Rows that were deleted or replaced are read from space that the database does not use.

Known limits: private browsing leaves nothing here. How long visits are kept is not published. Open tabs and what they
showed before lie in other files.

Sources: tables of iOS 14 and macOS up to 15; https://github.com/mac4n6/APOLLO (safari_history);
https://github.com/log2timeline/plaso (safari_historydb).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.sqlite_recovery import recovered
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa


@record(surface="visited")
class Item(Record):
    """An address that was visited, once for all its visits."""

    item_id: int | None = col("id", doc="number of the address")
    url: Url | None = col("url", doc="address as it was loaded")
    domain_expansion: str | None = col("domain_expansion", doc="the part of the host that is completed while typing")
    visit_count: int | None = col("visit_count", doc="visits, as Safari counts them; may differ from the rows left")
    visit_count_score: int | None = col(
        "visit_count_score", doc="weight of the address; how it is reckoned is not told"
    )
    status_code: int | None = col(
        "status_code", doc="status of the last answer, as the name says; 0 in rows where none was noted"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Visit(Record):
    """One visit to an address."""

    visit_id: int | None = col("id", doc="number of the visit")
    item_id: int | None = col("history_item", doc="Item.item_id")
    time: Utc | None = col("visit_time", cocoa, doc="when the page was asked for")
    title: Text | None = col("title", doc="title of the page")
    load_successful: bool | None = col("load_successful", doc="whether the page arrived")
    http_non_get: bool | None = col(
        "http_non_get", doc="whether it was asked for by other means than GET, as a form is"
    )
    synthesized: bool | None = col("synthesized", doc="whether Safari made the visit up for a redirect inside a page")
    redirect_source: int | None = col("redirect_source", doc="Visit.visit_id of the page that redirected here")
    redirect_destination: int | None = col("redirect_destination", doc="Visit.visit_id of the page it redirected to")
    origin: int | None = col("origin", doc="0 this device, 1 another device of the same account")
    generation: int | None = col("generation", doc="number of the synchronisation the visit came with")
    attributes: int | None = col("attributes", doc="bits about the visit; their meaning is not published")
    score: int | None = col("score", doc="weight of the visit; how it is reckoned is not told")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Tombstone(Record):
    """A removal from the history, kept to tell the other devices of the account."""

    tombstone_id: int | None = col("id", doc="number of the removal")
    url: Url | None = col("url", doc="address that was removed; none where a whole period was")
    start: Utc | None = col("start_time", cocoa, doc="visits from here on were removed")
    end: Utc | None = col("end_time", cocoa, doc="visits up to here were removed")
    generation: int | None = col("generation", doc="number of the synchronisation that told of it")
    device: str | None = col("udid", doc="the column `udid`: a device, as the name says; absent in older tables")
    attributes: int | None = col("attributes", doc="bits about the removal; their meaning is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ClientVersion(Record):
    """A version of Safari that has used the store."""

    client_version: int | None = col("client_version", doc="version as a number; its meaning is not published")
    last_seen: Utc | None = col("last_seen", cocoa, doc="when it last used the store")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@recovered(surface="visited")
class RecoveredItem(Item):
    """An address whose row was deleted or replaced."""


@recovered()
class RecoveredVisit(Visit):
    """A visit whose row was deleted or replaced."""


@artifact(
    "/private/var/mobile/Library/Safari/History.db",
    "/private/var/mobile/Library/Safari/Profiles/*/History.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/History.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/Profiles/*/History.db",
)
def safari_history(
    file: SourceFile,
) -> Iterator[
    Block[Item] | Block[Visit] | Block[Tombstone] | Block[ClientVersion] | Block[RecoveredItem] | Block[RecoveredVisit]
    | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("history_items", Item)
        yield from db.table("history_visits", Visit)
        yield from db.table("history_tombstones", Tombstone, optional=True)
        yield from db.table("history_client_versions", ClientVersion, optional=True)
        yield from db.recovered("history_items", RecoveredItem)
        yield from db.recovered("history_visits", RecoveredVisit)

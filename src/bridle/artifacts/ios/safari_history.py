"""iOS Safari History.db: pages visited, how one led to another, and what was deleted.

Sources: stores of iOS 13 to 17; Amnesty International's methodology report of July 2021 (redirects),
https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa


@record(surface="visited")
class Item(Record):
    """An address that was visited."""

    item_id: int = col("id", doc="what Visit.item_id names")
    url: Url | None = col("url", doc="address")
    visit_count: int | None = col("visit_count", doc="visits, as Safari counts them")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record(surface="mention")
class Visit(Record):
    """One visit."""

    visit_id: int = col("id", doc="what redirect_source and redirect_destination name")
    item_id: int | None = col("history_item", doc="Item.item_id")
    time: Utc | None = col("visit_time", cocoa, doc="when the page was opened")
    title: Text | None = col("title", doc="title of the page")
    redirect_source: int | None = col("redirect_source", doc="Visit.visit_id that led here")
    redirect_destination: int | None = col("redirect_destination", doc="Visit.visit_id this led to")
    load_successful: bool | None = col("load_successful", doc="whether the page loaded")
    origin: int | None = col("origin", doc="0 this device, 1 another device of the account")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record(surface="visited")
class Tombstone(Record):
    """A deletion from the history."""

    url: Url | None = col("url", doc="address that was deleted, where it is kept")
    start: Utc | None = col("start_time", cocoa, doc="visits from this time were deleted")
    end: Utc | None = col("end_time", cocoa, doc="visits up to this time were deleted")
    extra: str | None = rest(doc="other stored columns, as JSON")


@artifact(
    "/private/var/mobile/Library/Safari/History.db",
    "/private/var/mobile/Library/Safari/Profiles/*/History.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/History.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/Profiles/*/History.db",
)
def safari_history(file: SourceFile) -> Iterator[Block[Item] | Block[Visit] | Block[Tombstone] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("history_items", Item)
        yield from db.table("history_visits", Visit)
        yield from db.table("history_tombstones", Tombstone, optional=True)

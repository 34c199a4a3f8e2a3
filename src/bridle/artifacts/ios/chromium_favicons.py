"""Favicons of Chrome, and of other browsers made from Chromium: the icons of pages. They can outlive the history.

Times are microseconds since 1601; 0 stands for none. The icons themselves are not kept.

Known limits: no store of a phone was at hand; tables are those of Chromium's source. That a page has an icon does not
say when it was visited. Private tabs leave nothing here.

Sources: https://chromium.googlesource.com/chromium/src (components/favicon/core/favicon_database.cc)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, Record, SourceFile, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import length, webkit, zero_is_none

_when = zero_is_none(webkit)


@record(surface="visited")
class Icon(Record):
    """An icon."""

    icon_id: int | None = col("id", doc="number of the icon")
    url: Url | None = col("url", doc="address of the icon")
    icon_type: int | None = col("icon_type", doc="1 favicon, 2 touch icon, 4 touch icon as it is, 8 web app")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Page(Record):
    """A page that has an icon."""

    mapping_id: int | None = col("id", doc="number of the row")
    url: Url | None = col("page_url", doc="address of the page")
    icon_id: int | None = col("icon_id", doc="Icon.icon_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Bitmap(Record):
    """An icon in one size."""

    bitmap_id: int | None = col("id", doc="number of the row")
    icon_id: int | None = col("icon_id", doc="Icon.icon_id")
    updated: Utc | None = col("last_updated", _when, doc="when it was last fetched; none for one that has to be again")
    requested: Utc | None = col("last_requested", _when, doc="when it was last asked for, where it is kept on demand")
    width: int | None = col("width", doc="width in pixels")
    height: int | None = col("height", doc="height in pixels")
    size: int | None = col("image_data", length, doc="bytes of the picture; not kept")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Containers/Data/Application/*/Library/Application Support/**/Default/Favicons",
    "/private/var/mobile/Containers/Data/Application/*/Library/Application Support/**/Profile */Favicons",
    "/private/var/mobile/Containers/Data/Application/*/Library/Application Support/Google/Chrome/*/Favicons",
)
def chromium_favicons(file: SourceFile) -> Iterator[Block[Icon] | Block[Page] | Block[Bitmap] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("favicons", Icon)
        yield from db.table("icon_mapping", Page)
        yield from db.table("favicon_bitmaps", Bitmap, optional=True)

"""Favicons.db: the icons of the pages that Safari has shown. They can outlive the history.

Safari asks for an icon when a page is shown; private tabs are said to leave none. The icon itself is a file beside the
store, named like its `uuid`.

Known limits: newer systems are reported to write `icon_info.timestamp` in seconds since 1970. A number above 978307200
(the year 2032 in seconds since 2001) is read so.

Sources: https://github.com/mvt-project/mvt (safari_favicon); https://github.com/abrignoni/iLEAPP (safariFavicons)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, Record, SourceFile, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, unix

_BETWEEN_EPOCHS = 978_307_200
"""Seconds from 1970 to 2001."""


def _when(value: object) -> Utc:
    """Seconds since 2001, or since 1970 where that is the only time that can be meant. Raises ValueError."""
    return unix(value) if isinstance(value, int | float) and value > _BETWEEN_EPOCHS else cocoa(value)


@record(surface="visited")
class Page(Record):
    """A page that has an icon."""

    url: Url | None = col("url", doc="address of the page")
    uuid: str | None = col("uuid", doc="Icon.uuid")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Icon(Record):
    """An icon that was fetched."""

    uuid: str | None = col("uuid", doc="identifier of the icon, and name of its file")
    url: Url | None = col("url", doc="address of the icon")
    time: Utc | None = col("timestamp", _when, doc="when it was fetched")
    width: float | None = col("width", doc="width in points")
    height: float | None = col("height", doc="height in points")
    has_generated: bool | None = col("has_generated_representations", doc="whether smaller icons were made of it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Rejected(Record):
    """An icon that was asked for and not taken, because it was missing or of no use."""

    page_url: Url | None = col("page_url", doc="address of the page")
    icon_url: Url | None = col("icon_url", doc="address of the icon")
    time: Utc | None = col("timestamp", _when, doc="when it was refused")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/Image Cache/Favicons/Favicons.db",
    "/private/var/mobile/Library/Safari/Favicons/Favicons.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Image Cache/Favicons/Favicons.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Image Cache/Profiles/*/Favicons/Favicons.db",
)
def favicons(file: SourceFile) -> Iterator[Block[Page] | Block[Icon] | Block[Rejected] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("page_url", Page)
        yield from db.table("icon_info", Icon)
        yield from db.table("rejected_resources", Rejected, optional=True)

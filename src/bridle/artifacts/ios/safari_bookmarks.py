"""Bookmarks.db: Safari's bookmarks, reading list and the state of their synchronisation.

A bookmark was saved, synchronised or delivered with the phone; it is no visit. When it was saved, and what the reading
list knows of it, stands in the property list `extra_attributes`. The file that a bookmark held offline is not here.

Known limits: `last_modified` is taken as seconds since 2001; it was empty in most rows that others describe.

Sources: https://github.com/abrignoni/iLEAPP (safariBookmarks); descriptions of the same table in SafariTabs.db
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Block, FormatError, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import plist, sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, length, naive_utc, zero_is_none

_ATTRIBUTES = "extra_attributes"
_PARTS = {
    "com.apple.Bookmark": "bookmark",
    "com.apple.ReadingList": "list",
    "com.apple.ReadingListNonSync": "local_list",
}
"""Dictionaries in the attributes, and what their keys are prefixed with."""


_when = zero_is_none(cocoa)


def _text(value: object) -> str | None:
    return None if isinstance(value, bytes) else str(value)


def _size(value: object) -> int | None:
    return len(value) if isinstance(value, bytes) else None


@record
class Bookmark(Record):
    """A bookmark, an entry of the reading list, or a folder of them."""

    bookmark_id: int | None = col("id", doc="number of the row")
    special_id: int | None = col("special_id", doc="number of a folder with a meaning of its own; 3 the reading list")
    parent: int | None = col("parent", doc="Bookmark.bookmark_id of its folder")
    type: int | None = col("type", doc="0 bookmark, 1 folder")
    subtype: int | None = col("subtype", doc="kind of folder; its meaning is not published")
    title: Text | None = col("title", doc="title")
    url: Url | None = col("url", doc="address that was saved")
    uuid: str | None = col("external_uuid", doc="identifier")
    added: Utc | None = col("bookmark.DateAdded", naive_utc, doc="when it was saved")
    list_added: Utc | None = col("list.DateAdded", naive_utc, doc="when it was added to the reading list")
    list_viewed: Utc | None = col("list.DateLastViewed", naive_utc, doc="when it was last opened from the reading list")
    list_preview: Text | None = col("list.PreviewText", doc="beginning of the page, as the reading list shows it")
    list_fetched: Utc | None = col("local_list.DateLastFetched", naive_utc, doc="when its page was last fetched")
    read: bool | None = col("read", doc="whether the entry of the reading list was read")
    modified: Utc | None = col("last_modified", _when, doc="when the row was changed")
    hidden: bool | None = col("hidden", doc="whether it is not shown")
    deleted: bool | None = col("deleted", doc="whether it is marked as deleted")
    locally_added: bool | None = col("locally_added", doc="whether it was added on this device")
    server_id: str | None = col("server_id", doc="identifier in iCloud")
    sync_key: str | None = col("sync_key", doc="version in iCloud")
    sync_size: int | None = col("sync_data", length, doc="bytes of the record of iCloud; not read")
    local_size: int | None = col("local_attributes", length, doc="bytes of what only this device keeps; not read")
    icon_size: int | None = col("icon", length, doc="bytes of the icon; not kept")
    extra: str | None = rest(doc="columns and attributes that no field maps, as JSON")


@record
class SyncProperty(Record):
    """A fact about the synchronisation."""

    key: str | None = col("key", doc="name of the fact")
    value: str | None = col("value", _text, doc="the fact, where it is text or a number")
    size: int | None = col("value", _size, doc="bytes of the fact, where it is data; not kept")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/Safari/Bookmarks.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/Bookmarks.db",
)
def safari_bookmarks(file: SourceFile) -> Iterator[Bookmark | Block[SyncProperty] | Gap]:
    with sqlite.connect(file) as db:
        yield from records(_bookmarks(db), Bookmark)
        yield from db.table("sync_properties", SyncProperty, optional=True)


def _bookmarks(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for row in db.rows("bookmarks"):
        if isinstance(row, Gap):
            yield row
            continue
        kept: dict[str, Any] = {k.lower(): v for k, v in row.items()}
        stored = kept.pop(_ATTRIBUTES, None)
        try:
            attributes, reason = _attributes(stored), None
        except FormatError as e:
            attributes, reason = {}, str(e)
        yield row.locator, {**kept, **attributes}
        if reason is not None:
            yield Gap(locator=f"{row.locator}.{_ATTRIBUTES}", reason=f"Bookmark: {_ATTRIBUTES}: {reason:.200}")


def _attributes(stored: object) -> dict[Any, Any]:
    """The keys of the property list, and of the dictionaries in it. Raises FormatError."""
    if stored is None:
        return {}
    if type(stored) is not bytes:
        raise FormatError(f"expected bytes, got {stored!r:.60}")
    found = plist.loads(stored, max_objects=100_000)
    if not isinstance(found, Mapping):
        raise FormatError(f"expected a dictionary, got {found!r:.60}")
    out: dict[Any, Any] = {}
    for key, value in found.items():
        if key in _PARTS and isinstance(value, Mapping):
            out |= {_below(_PARTS[key], k): v for k, v in value.items()}
        else:
            out[_below("attribute", key)] = value
    return out


def _below(part: str, key: Any) -> Any:
    """The name of a key; one that does not decode stays what it is, and becomes a Gap."""
    return key if isinstance(key, plist.Unreadable) else f"{part}.{key}"

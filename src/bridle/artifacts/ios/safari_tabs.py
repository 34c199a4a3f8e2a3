"""SafariTabs.db and CloudTabs.db: open tabs, groups of tabs and profiles, and the tabs of the account's other devices.

In SafariTabs.db (from iOS 15) a row of `bookmarks` is a tab, a group or a profile; what Safari knows besides stands in
two property lists, of which `extra_attributes` is synchronised and `local_attributes` is of this device. The history of
a tab is in its `local_attributes` or in `session_state`. Tabs of shared groups may be those of another device.
CloudTabs.db holds what other devices of the account told; its rows say what was open there, not here.

Known limits: `last_modified` and `date_closed` of rows were empty in the stores that others describe; they are taken as
seconds since 2001. The archive for the restoration of a window is not read.

Sources: https://github.com/abrignoni/iLEAPP (safariTabs); descriptions of the tables of macOS 14 to 26; a list of the
files of an iOS 16 phone (test data of iLEAPP)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Block, FormatError, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import plist, session_history, sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, length, naive_utc, zero_is_none

_TAB = "(tab)"
_ATTRIBUTES = ("extra_attributes", "local_attributes")
_STATE = "local.SessionState"


_when = zero_is_none(cocoa)


@record(surface="visited")
class Tab(Record):
    """A tab, a group of tabs or a profile."""

    tab_id: int | None = col("id", doc="number of the row")
    parent: int | None = col("parent", doc="Tab.tab_id of the group or profile it belongs to; 0 none")
    type: int | None = col("type", doc="0 tab, 1 group")
    subtype: int | None = col("subtype", doc="2 profile, 0 for most others")
    title: Text | None = col("title", doc="title of the page, or name of the group", surface="mention")
    url: Url | None = col("url", doc="address of the page")
    local_url: Url | None = col("extra.LocalURL", doc="address that the device loaded, such as after a redirect")
    local_title: Text | None = col("extra.LocalTitle", doc="title that the device saw", surface="mention")
    uuid: str | None = col("external_uuid", doc="identifier of the tab")
    added: Utc | None = col("extra.added", naive_utc, doc="when the tab or the group was made")
    last_viewed: Utc | None = col("extra.DateLastViewed", naive_utc, doc="when it was last looked at, on any device")
    last_visit: Utc | None = col("local.LastVisitTime", naive_utc, doc="when it was last looked at on this device")
    closed: Utc | None = col("local.DateClosed", naive_utc, doc="when it was closed")
    row_closed: Utc | None = col("date_closed", _when, doc="when it was closed, by the column of the table")
    modified: Utc | None = col("last_modified", _when, doc="when the row was changed")
    device: str | None = col("extra.DeviceIdentifier", doc="device that last looked at it")
    opened_from_link: bool | None = col("local.OpenedFromLink", doc="whether a link opened it")
    hidden: bool | None = col("hidden", doc="whether it is not shown")
    deleted: bool | None = col("deleted", doc="whether it is marked as deleted")
    server_id: str | None = col("server_id", doc="identifier in iCloud")
    sync_size: int | None = col("sync_data", length, doc="bytes of the record of iCloud; not read")
    icon_size: int | None = col("icon", length, doc="bytes of the icon; not kept")
    extra: str | None = rest(doc="columns and attributes that no field maps, as JSON; without icons and histories")


@record(surface="visited")
class HistoryEntry(Record):
    """A page that a tab has shown, oldest first."""

    tab_uuid: str | None = col(_TAB, doc="Tab.uuid")
    number: int | None = col(session_history.NUMBER, doc="place in the history of the tab, from 1")
    is_current: bool | None = col(session_history.CURRENT, doc="whether the tab shows it")
    title: Text | None = col("SessionHistoryEntryTitle", doc="title of the page", surface="mention")
    url: Url | None = col("SessionHistoryEntryURL", doc="address of the page")
    original_url: Url | None = col("SessionHistoryEntryOriginalURL", doc="address that was asked for, before redirects")
    extra: str | None = rest(doc="keys that no field maps, as JSON; without the state of the page")


@record
class Window(Record):
    """A window of Safari."""

    window_id: int | None = col("id", doc="number of the window")
    uuid: str | None = col("uuid", doc="identifier of the window")
    closed: Utc | None = col("date_closed", _when, doc="when it was closed")
    is_last_session: bool | None = col("is_last_session", doc="whether it belongs to the session before")
    tab_group: int | None = col("active_tab_group_id", doc="Tab.tab_id of the group that is shown")
    local_tab_group: int | None = col("local_tab_group_id", doc="Tab.tab_id of its own group")
    private_tab_group: int | None = col("private_tab_group_id", doc="Tab.tab_id of its private group")
    profile: int | None = col("active_profile_id", doc="Tab.tab_id of the profile that is shown")
    scene_id: str | None = col("scene_id", doc="identifier of the scene it was shown in")
    attributes_size: int | None = col("extra_attributes", length, doc="bytes of what is kept besides; not read")
    archive_size: int | None = col("restoration_archive", length, doc="bytes of the archive for its restoration")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class WindowGroup(Record):
    """A group of tabs or a profile in a window."""

    window_id: int | None = col("window_id", doc="Window.window_id")
    tab_group: int | None = col("tab_group_id", doc="Tab.tab_id of the group")
    profile: int | None = col("profile_id", doc="Tab.tab_id of the profile")
    active_tab: int | None = col("active_tab_id", doc="Tab.tab_id of the tab that is shown in the group")
    active_tab_group: int | None = col(
        "active_tab_group_id", doc="Tab.tab_id of the group that is shown in the profile"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SessionState(Record):
    """The stored state of a tab, of which HistoryEntry has the pages."""

    tab_uuid: str | None = col("uuid", doc="Tab.uuid")
    size: int | None = col("data", length, doc="bytes of the state")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class CloudDevice(Record):
    """A device of the account that tells its tabs."""

    device_uuid: str | None = col("device_uuid", doc="identifier of the device")
    name: str | None = col("device_name", doc="name of the device")
    type: str | None = col("device_type_identifier", doc="kind of device")
    modified: Utc | None = col("last_modified", _when, doc="when the device last told of its tabs")
    is_ephemeral: bool | None = col("is_ephemeral_device", doc="the column `is_ephemeral_device`")
    sync_size: int | None = col("system_fields", length, doc="bytes of the record of iCloud; not read")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class CloudTab(Record):
    """A tab that was open on a device of the account."""

    tab_uuid: str | None = col("tab_uuid", doc="identifier of the tab")
    device_uuid: str | None = col("device_uuid", doc="CloudDevice.device_uuid it was open on")
    title: Text | None = col("title", doc="title of the page", surface="mention")
    url: Url | None = col("url", doc="address of the page")
    last_viewed: Utc | None = col("last_viewed_time", _when, doc="when it was last looked at; absent in older tables")
    is_pinned: bool | None = col("is_pinned", doc="whether it is pinned")
    position_size: int | None = col("position", length, doc="bytes of its place among the tabs; not read")
    sync_size: int | None = col("system_fields", length, doc="bytes of the record of iCloud; not read")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class CloseRequest(Record):
    """A wish to close a tab on another device."""

    request_uuid: str | None = col("close_request_uuid", doc="identifier of the wish")
    device_uuid: str | None = col("destination_device_uuid", doc="CloudDevice.device_uuid it is for")
    tab_uuid: str | None = col("tab_uuid", doc="CloudTab.tab_uuid")
    url: Url | None = col("url", doc="address of the page")
    sync_size: int | None = col("system_fields", length, doc="bytes of the record of iCloud; not read")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/Safari/SafariTabs.db",
    "/private/var/mobile/Library/Safari/CloudTabs.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/SafariTabs.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/CloudTabs.db",
)
def safari_tabs(
    file: SourceFile,
) -> Iterator[
    Tab | HistoryEntry | Block[Window] | Block[WindowGroup] | Block[SessionState] | Block[CloudDevice]
    | Block[CloudTab] | Block[CloseRequest] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        if "cloud_tabs" in db.tables():
            yield from db.table("cloud_tabs", CloudTab)
            yield from db.table("cloud_tab_devices", CloudDevice, optional=True)
            yield from db.table("cloud_tab_close_requests", CloseRequest, optional=True)
            return
        yield from records(_tabs(db), Tab)
        yield from db.table("windows", Window, optional=True)
        for name in ("windows_tab_groups", "windows_unnamed_tab_groups", "windows_profiles"):
            yield from db.table(name, WindowGroup, optional=True)
        yield from db.table("session_state", SessionState, optional=True)
        yield from records(_entries(db), HistoryEntry)


def _tabs(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for row in db.rows("bookmarks"):
        if isinstance(row, Gap):
            yield row
            continue
        attributes, wrong = _attributes(row)
        kept = {k.lower(): v for k, v in row.items() if k.lower() not in _ATTRIBUTES}
        attributes.pop(_STATE, None)
        yield row.locator, {**kept, **attributes}
        yield from wrong


def _below(column: str, key: Any) -> Any:
    """The name of a key; one that does not decode stays what it is, and becomes a Gap."""
    return key if isinstance(key, plist.Unreadable) else f"{column.partition('_')[0]}.{key}"


def _attributes(row: sqlite.Row) -> tuple[dict[Any, Any], list[Gap]]:
    """The keys of both property lists, as `extra.…` and `local.…`, and what is wrong with them."""
    found: dict[Any, Any] = {}
    wrong = []
    for column in _ATTRIBUTES:
        if (stored := row[column]) is None:
            continue
        try:
            if type(stored) is not bytes:
                raise FormatError(f"expected bytes, got {stored!r:.60}")
            value = plist.loads(stored, max_objects=100_000)
            if not isinstance(value, Mapping):
                raise FormatError(f"expected a dictionary, got {value!r:.60}")
        except FormatError as e:
            wrong.append(Gap(locator=f"{row.locator}.{column}", reason=f"Tab: {column}: {e!s:.200}"))
            continue
        found |= {_below(column, k): v for k, v in value.items()}
    saved = found.get("extra.com.apple.Bookmark")
    if isinstance(saved, Mapping) and "DateAdded" in saved:
        found["extra.added"] = saved["DateAdded"]
        if len(saved) == 1:
            del found["extra.com.apple.Bookmark"]
    return found, wrong


def _entries(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The pages of each tab. What is wrong with the rows themselves has been told with them."""
    for row in db.rows("bookmarks"):
        if not isinstance(row, Gap) and type(state := _attributes(row)[0].get(_STATE)) is bytes:
            yield from session_history.entries(state, row.locator, {_TAB: row["external_uuid"]})
    for row in db.rows("session_state"):
        if not isinstance(row, Gap) and type(state := row["data"]) is bytes:
            yield from session_history.entries(state, row.locator, {_TAB: row["uuid"]})

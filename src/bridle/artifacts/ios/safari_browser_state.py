"""BrowserState.db: the tabs that are open in Safari, and the pages each can go back to.

The history of a tab is a property list in `tab_sessions`; it is there even where the pages are gone from History.db.
Private tabs are among the rows, and marked. From iOS 15 on the tabs are kept in SafariTabs.db, and this store may hold
what was open before.

Known limits: where Safari stored the session compressed, it is a gap.

Sources: the store of an iOS 14 phone (test data of MVT); https://github.com/abrignoni/iLEAPP (browserState);
https://github.com/WebKit/WebKit (LegacySessionStateCoding)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Block, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import session_history, sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, length, zero_is_none

_TAB = "(tab)"


_when = zero_is_none(cocoa)


@record
class Window(Record):
    """A window of Safari; a phone has one, and one more for private tabs."""

    window_id: int | None = col("id", doc="number of the window")
    uuid: str | None = col("uuid", doc="identifier of the window")
    type: int | None = col("type", doc="kind of window as a number; 0 in the store that was examined")
    active_tab: int | None = col("active_document_index", doc="place of the tab that is shown, from 0")
    active_private_tab: int | None = col("active_private_document_index", doc="the same among private tabs")
    scene_id: str | None = col("scene_id", doc="identifier of the scene it was shown in")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Tab(Record):
    """A tab."""

    tab_id: int | None = col("id", doc="number of the tab")
    uuid: str | None = col("uuid", doc="identifier of the tab")
    title: Text | None = col("title", doc="title of the page", surface="mention")
    url: Url | None = col("url", doc="address of the page")
    user_visible_url: Url | None = col("user_visible_url", doc="address as it is shown")
    last_viewed: Utc | None = col("last_viewed_time", _when, doc="when the tab was last looked at")
    order_index: int | None = col("order_index", doc="place among the tabs, from 0")
    opened_from_link: bool | None = col("opened_from_link", doc="whether a link in another app or tab opened it")
    private: bool | None = col("private_browsing", doc="whether it is a private tab")
    window_id: int | None = col("browser_window_id", doc="Window.window_id")
    window_uuid: str | None = col("browser_window_uuid", doc="Window.uuid")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Session(Record):
    """The stored state of a tab, of which HistoryEntry has the pages."""

    session_id: int | None = col("id", doc="number of the row")
    tab_uuid: str | None = col("tab_uuid", doc="Tab.uuid")
    size: int | None = col("session_data", length, doc="bytes of the state; none where no state is kept")
    uncompressed_size: int | None = col(
        "uncompressed_session_data_size", doc="bytes of the state before compression, as stored"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


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


@artifact(
    "/private/var/mobile/Library/Safari/BrowserState.db",
    "/private/var/mobile/Library/Safari/Profiles/*/BrowserState.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/BrowserState.db",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/Profiles/*/BrowserState.db",
)
def safari_browser_state(
    file: SourceFile,
) -> Iterator[Block[Window] | Block[Tab] | Block[Session] | HistoryEntry | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("browser_windows", Window, optional=True)
        yield from db.table("tabs", Tab)
        yield from db.table("tab_sessions", Session, optional=True)
        yield from records(_entries(db), HistoryEntry)


def _entries(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The pages of each session. What is wrong with the rows themselves has been told with them."""
    for row in db.rows("tab_sessions"):
        if not isinstance(row, Gap) and type(state := row["session_data"]) is bytes:
            yield from session_history.entries(state, row.locator, {_TAB: row["tab_uuid"]})

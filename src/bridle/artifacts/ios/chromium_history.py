"""History of Chrome, and of other browsers made from Chromium: what was visited, downloaded and searched for.

On a phone the pages are shown by WebKit, but the history is Chromium's own, in the same tables as on a computer. Times
are microseconds since 1601; 0 stands for none. Visits of other devices of the account stand among those of this one
(`visit_source`, `originator_cache_guid`).

Known limits: no store of a phone was at hand; tables are those of Chromium's source. How long visits are kept is up to
the browser, and private tabs leave nothing. Other tables, such as clusters of visits and their annotations, are not
read.

Sources: https://chromium.googlesource.com/chromium/src (components/history/core/browser/visit_database.cc,
url_database.cc, download_database.cc, keyword_id.h, history_types.h; ui/base/page_transition_types.h)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, FilePath, Gap, Record, Sha256, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import blob, integer, webkit, zero_is_none

_when = zero_is_none(webkit)


def _how(value: object) -> int:
    """The low byte of a transition: how the page was reached. Raises ValueError."""
    return integer(value) & 0xFF


def _sha256(value: object) -> str | None:
    """A digest as text; none where none is stored. Raises ValueError."""
    if not (digest := blob(value)):
        return None
    if len(digest) != 32:
        raise ValueError(f"expected 32 bytes of a SHA-256, got {len(digest)}")
    return digest.hex()


@record(surface="visited")
class Address(Record):
    """An address that was visited, once for all its visits."""

    url_id: int | None = col("id", doc="number of the address")
    url: Url | None = col("url", doc="address as it was loaded")
    title: Text | None = col("title", doc="title of the page", surface="mention")
    visit_count: int | None = col("visit_count", doc="visits, as the browser counts them")
    typed_count: int | None = col("typed_count", doc="visits for which it was typed")
    last_visit: Utc | None = col("last_visit_time", _when, doc="when it was last visited")
    hidden: bool | None = col("hidden", doc="whether it is not suggested, as a redirect is not")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Visit(Record):
    """One visit to an address."""

    visit_id: int | None = col("id", doc="number of the visit")
    url_id: int | None = col("url", doc="Address.url_id")
    time: Utc | None = col("visit_time", _when, doc="when the page was asked for")
    from_visit: int | None = col("from_visit", doc="Visit.visit_id it came from, as by a link or a redirect; 0 none")
    transition: int | None = col("transition", doc="how it was reached: the low byte, and bits for redirects")
    how: int | None = col(
        "transition",
        _how,
        doc="low byte of it: 0 link, 1 typed, 2 bookmark, 3 frame, 4 frame by hand, 5 generated, 6 start page, 7 form, "
        "8 reload, 9 keyword",
    )
    duration: int | None = col("visit_duration", doc="microseconds the page was open; 0 where not known")
    opener_visit: int | None = col("opener_visit", doc="Visit.visit_id of the page that opened it; 0 none")
    originator: str | None = col("originator_cache_guid", doc="device it came from; empty for this one")
    referrer: Url | None = col("external_referrer_url", doc="address outside the browser that led to it")
    app: str | None = col("app_id", doc="app that opened it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class VisitSource(Record):
    """Where a visit came from, if not from a person using this browser."""

    visit_id: int | None = col("id", doc="Visit.visit_id")
    source: int | None = col("source", doc="0 another device, 1 this browser, 2 an extension, 3 … imported")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class Download(Record):
    """A file that was downloaded, or was to be."""

    download_id: int | None = col("id", doc="number of the download")
    guid: str | None = col("guid", doc="identifier of the download")
    path: FilePath | None = col("target_path", doc="where it was to be stored", surface="mention")
    current_path: FilePath | None = col("current_path", doc="where it was while loading", surface="mention")
    started: Utc | None = col("start_time", _when, doc="when it began")
    ended: Utc | None = col("end_time", _when, doc="when it ended")
    received: int | None = col("received_bytes", doc="bytes received")
    expected: int | None = col("total_bytes", doc="bytes announced")
    state: int | None = col("state", doc="0 running, 1 complete, 2 cancelled, 4 interrupted")
    danger: int | None = col("danger_type", doc="what the browser thought of it; 0 no danger")
    interrupt_reason: int | None = col("interrupt_reason", doc="why it was interrupted; 0 it was not")
    sha256: Sha256 | None = col("hash", _sha256, doc="SHA-256 of the file, where it was reckoned", surface="mention")
    opened: bool | None = col("opened", doc="whether it was opened from the browser")
    referrer: Url | None = col("referrer", doc="address of the page that led to it")
    site_url: Url | None = col("site_url", doc="site it belongs to")
    tab_url: Url | None = col("tab_url", doc="address of the page in the tab")
    tab_referrer_url: Url | None = col("tab_referrer_url", doc="address of the page before that one")
    mime_type: str | None = col("mime_type", doc="kind of content")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="visited")
class DownloadUrl(Record):
    """One of the addresses of a download, from the first that was asked for to the last it was redirected to."""

    download_id: int | None = col("id", doc="Download.download_id")
    number: int | None = col("chain_index", doc="place in the chain, from 0")
    url: Url | None = col("url", doc="the address")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SearchTerm(Record):
    """A search."""

    keyword_id: int | None = col("keyword_id", doc="number of the search engine")
    url_id: int | None = col("url_id", doc="Address.url_id of the page of results")
    term: Text | None = col("term", doc="what was searched for")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Containers/Data/Application/*/Library/Application Support/**/Default/History",
    "/private/var/mobile/Containers/Data/Application/*/Library/Application Support/**/Profile */History",
    "/private/var/mobile/Containers/Data/Application/*/Library/Application Support/Google/Chrome/*/History",
)
def chromium_history(
    file: SourceFile,
) -> Iterator[
    Block[Address] | Block[Visit] | Block[VisitSource] | Block[Download] | Block[DownloadUrl] | Block[SearchTerm] | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.table("urls", Address)
        yield from db.table("visits", Visit)
        yield from db.table("visit_source", VisitSource, optional=True)
        yield from db.table("downloads", Download, optional=True)
        yield from db.table("downloads_url_chains", DownloadUrl, optional=True)
        yield from db.table("keyword_search_terms", SearchTerm, optional=True)

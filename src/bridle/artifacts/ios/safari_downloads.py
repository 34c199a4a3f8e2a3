"""Downloads.plist: what Safari has downloaded, until it removes the entry by itself (after a day, by default).

A dictionary whose key `DownloadHistory` holds a list, the newest first.

Known limits: no file was at hand. Removed entries leave nothing; the file that was loaded may still be there. Its keys
follow other readers.

Sources: https://github.com/log2timeline/plaso (safari_downloads); a list of the files of an iOS 15 phone (test data of
iLEAPP), which has the file in Safari's container
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import FilePath, FormatError, Gap, Record, SourceFile, Url, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import length, naive_utc

_HISTORY = "DownloadHistory"


@record(surface="visited")
class Download(Record):
    """A file that was downloaded, or was to be."""

    identifier: str | None = col("DownloadEntryIdentifier", doc="identifier of the download")
    url: Url | None = col("DownloadEntryURL", doc="address it came from")
    path: FilePath | None = col("DownloadEntryPath", doc="where it was stored", surface="mention")
    post_path: FilePath | None = col("DownloadEntryPostPath", doc="where it is after unpacking", surface="mention")
    started: Utc | None = col("DownloadEntryDateAddedKey", naive_utc, doc="when it began")
    finished: Utc | None = col("DownloadEntryDateFinishedKey", naive_utc, doc="when it ended")
    received: int | None = col("DownloadEntryProgressBytesSoFar", doc="bytes received")
    expected: int | None = col("DownloadEntryProgressTotalToLoad", doc="bytes announced; -1 where not known")
    remove_when_done: bool | None = col("DownloadEntryRemoveWhenDoneKey", doc="whether the entry goes when it ends")
    profile: str | None = col("DownloadEntryProfileUUIDStringKey", doc="identifier of the profile of Safari")
    bookmark_size: int | None = col("DownloadEntryBookmarkBlob", length, doc="bytes of the reference to the file")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/Safari/Downloads/Downloads.plist",
    "/private/var/mobile/Containers/Data/Application/*/Library/Safari/Downloads/Downloads.plist",
)
def safari_downloads(file: SourceFile) -> Iterator[Download | Gap]:
    stored = plist.load(file)
    entries = stored.get(_HISTORY) if isinstance(stored, Mapping) else None
    if not isinstance(entries, list):
        raise FormatError(f"expected a dictionary with {_HISTORY}, got {stored!r:.60}")
    yield from records(_downloads(entries), Download)


def _downloads(entries: list[object]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for number, entry in enumerate(entries, 1):
        place = f"{_HISTORY}/{number}"
        if isinstance(entry, Mapping):
            yield place, entry
        else:
            yield Gap(locator=place, reason=f"Download: expected a dictionary, got {entry!r:.60}")

"""Storage of WebKit that is named after its site: what a page stored before iOS 16, and some of it later.

The site stands in the PATH, as `https_www.example.org_0`: scheme, host and port, 0 for that of the scheme; what a file
name cannot hold is percent-encoded. A folder in such a folder is another site that stored in its page. One record for
each file, whatever it holds; local_storage and indexed_db read the contents of some. A folder without a file leaves no
record.

Known limits: the site is told from the path alone, and only for folders that are named after one: most are not since
iOS 16. When something was stored is in the listing of files, not here.

Sources: https://github.com/WebKit/WebKit (SecurityOriginData::databaseIdentifier, IDBDatabaseIdentifier);
a list of the files of an iOS 15 phone (test data of iLEAPP); https://github.com/mvt-project/mvt
(webkit_indexeddb, webkit_localstorage)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Domain, FormatError, Record, SourceFile, artifact, note, record
from bridle.formats.webkit import site_of

_KINDS = frozenset({"LocalStorage", "IndexedDB", "WebSQL", "MediaKeys"})
_ENDING = ".localstorage"


@record(surface="visited")
class Origin(Record):
    """A file that is stored for a site."""

    kind: str = note(doc="kind of storage: `LocalStorage`, `IndexedDB`, `WebSQL` …")
    scheme: str = note(doc="scheme of the site that stored, such as `https`")
    host: Domain | None = note(doc="its host; none for files of the app itself")
    port: int | None = note(doc="its port; none for that of the scheme")
    top_scheme: str | None = note(doc="scheme of the site whose page it was in, where that is another")
    top_host: Domain | None = note(doc="host of that site")
    top_port: int | None = note(doc="port of that site; none for that of the scheme")
    size: int = note(doc="bytes of the file")


@artifact(
    "/private/var/**/WebKit/**/LocalStorage/*_*_*.localstorage",
    "/private/var/**/WebKit/**/IndexedDB/*_*_*/**",
    "/private/var/**/WebKit/**/IndexedDB/v*/*_*_*/**",
    "/private/var/**/WebKit/**/WebSQL/*_*_*/*",
    "/private/var/**/WebKit/**/MediaKeys/*_*_*/**",
)
def webkit_storage(file: SourceFile) -> Iterator[Origin]:
    kind, sites = _found(file.path.parts)
    if not sites:
        raise FormatError(f"expected scheme_host_port in the path, got {file.path.name!r:.60}")
    scheme, host, port = sites[-1]
    top_scheme, top_host, top_port = sites[0] if len(sites) > 1 else (None, None, None)
    yield Origin(
        locator=kind, kind=kind, scheme=scheme, host=host, port=port, top_scheme=top_scheme, top_host=top_host,
        top_port=top_port, size=file.size,
    )  # fmt: skip


def _found(parts: tuple[str, ...]) -> tuple[str, list[tuple[str, str | None, int | None]]]:
    """The kind of storage, and the sites in the names below its folder: top first."""
    at = next((i for i, name in enumerate(parts) if name in _KINDS), len(parts))
    sites = (site_of(name.removesuffix(_ENDING)) for name in parts[at + 1 :])
    return parts[at] if at < len(parts) else "", [site for site in sites if site is not None]

"""`origin` files of WebKit: which site has stored something on the device, and in whose page.

From iOS 16 on, what a page stores (local storage, IndexedDB, service workers …) lies in folders named by salted hashes,
one for the site in the address bar (top) and in it one for the site that stored (frame); a file `origin` beside the
data says who they are. The folders of the cache API (`CacheStorage`) have had such a file before. The two are alike for
a site that stores in its own page. The file is written once, when the site first stores something.

The file is the scheme, the host and the port of the top, then those of the frame, as WebKit's persistent coders write
them: a text each, and a port only where it is not the one of the scheme. No version and no checksum.

Known limits: no file was at hand. What the site stored, and when, is not in it; the hashes of the folders cannot be
turned back into sites without it.

Sources: https://github.com/WebKit/WebKit (StorageUtilities.cpp: writeOriginToFile; WebCorePersistentCoders.cpp:
ClientOrigin, SecurityOriginData; CacheStorageEngineCaches.cpp: storeOrigin); lists of the files of phones with iOS 15
and 16 (test data of iLEAPP)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Domain, FormatError, Gap, Record, SourceFile, artifact, note, record
from bridle.formats.webkit import Decoder

_LONGEST = 64 << 10


@record(surface="visited")
class Origin(Record):
    """The site that stored something, and the site whose page it was in."""

    top_scheme: str | None = note(doc="scheme of the site in the address bar, such as `https`")
    top_host: Domain | None = note(doc="its host")
    top_port: int | None = note(doc="its port; none for that of the scheme")
    frame_scheme: str | None = note(doc="scheme of the site that stored")
    frame_host: Domain | None = note(doc="its host; the same as top_host where a site stored in its own page")
    frame_port: int | None = note(doc="its port; none for that of the scheme")


@artifact(
    "/private/var/**/WebsiteData/Default/*/*/origin",
    "/private/var/**/WebsiteDataStore/*/Origins/*/*/origin",
    "/private/var/**/CacheStorage/*/origin",
    "/private/var/mobile/Containers/Data/Application/*/SystemData/*/Library/WebKit/WebsiteData/*/origin",
)
def webkit_origin(file: SourceFile) -> Iterator[Origin | Gap]:
    if file.size > _LONGEST:
        raise FormatError(f"expected at most {_LONGEST} bytes of an origin, got {file.size}")
    with file.open() as stored:
        decoder = Decoder(stored.read(_LONGEST))
    top, frame = _site(decoder), _site(decoder)
    yield Origin(
        locator="origin", top_scheme=top[0], top_host=top[1], top_port=top[2],
        frame_scheme=frame[0], frame_host=frame[1], frame_port=frame[2],
    )  # fmt: skip
    if decoder.left:
        reason = f"Origin: expected the end after {decoder.position} bytes, got {decoder.left} more"
        yield Gap(locator=f"offset {decoder.position:#x}", reason=reason)


def _site(decoder: Decoder) -> tuple[str | None, str | None, int | None]:
    """Scheme, host and port. Raises FormatError."""
    scheme, host = decoder.text(), decoder.text()
    return scheme or None, host or None, decoder.unsigned(2) if decoder.truth() else None

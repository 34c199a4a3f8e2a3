"""Records of WebKit's cache: what web pages loaded, one file for each address (NetworkCache, `Records`).

A record begins with its metadata, as WebKit's persistent coders write them: the version of the cache, the key (the site
in whose page it was loaded, the type, the address and the range, two hashes), when it was stored, and hash and size of
each of the two parts that follow. The order is the same in all the code that was read, from version 13 of the cache to
that of 2024. The head of the answer, which follows, is laid out anew by many versions of WebKit and is not read; nor is
the body, which is in the file, in a file of the same name with `-blob`, or gone. Files are named by the hash in their
key: where the two differ, the layout is not the known one.

The system changes a file's time of change when the record is used.

Known limits: no record was at hand: the layout follows the source, and other versions may differ. Head and body of the
answer are not read. What the cache removed to make room is gone.

Sources: https://github.com/WebKit/WebKit (NetworkCacheStorage.cpp: RecordMetaData; NetworkCacheKey.cpp); lists of the
files of phones with iOS 15 and 16, which have version 16 (test data of iLEAPP)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Domain, FormatError, Gap, Record, SourceFile, Url, Utc, artifact, note, record
from bridle.formats.values import unix
from bridle.formats.webkit import Decoder

_LONGEST = 256 << 10
"""Bytes that are read of a record; addresses are far shorter."""
_BLOB = "-blob"
_HASH = 20


@record(surface="visited")
class CachedResource(Record):
    """An address that was loaded, for a page or as one."""

    version: int = note(doc="version of the cache")
    partition: Domain | None = note(doc="registrable domain of the site in whose page it was loaded")
    type: str | None = note(doc="`Resource`, or what is kept to load a page faster: `SubResources`")
    url: Url | None = note(doc="address that was loaded")
    range: str | None = note(doc="part of it that was asked for")
    time: Utc | None = note(doc="when it was stored")
    header_size: int | None = note(doc="bytes of the head of the answer")
    body_size: int | None = note(doc="bytes of the body")
    is_body_inline: bool | None = note(doc="whether the body is in the same file")


@record
class BodyFile(Record):
    """A body that is kept in a file of its own, which is not read."""

    size: int = note(doc="bytes of the file")


@artifact("/private/var/**/NetworkCache/Version */Records/*/*/*")
def network_cache(file: SourceFile) -> Iterator[CachedResource | BodyFile | Gap]:
    if file.path.name.endswith(_BLOB):
        yield BodyFile(locator="body", size=file.size)
        return
    with file.open() as stored:
        decoder = Decoder(stored.read(_LONGEST))
    version = decoder.unsigned(4)
    partition, kind, url, part = (decoder.text() for _ in range(4))
    key_hash = decoder.take(_HASH).hex().upper()
    yield from _record(decoder, version, (partition, kind, url, part))
    if key_hash != file.path.name.upper():
        reason = f"CachedResource: expected the name of the file as the hash of its key, got {key_hash}"
        yield Gap(locator="key", reason=reason)


def _record(decoder: Decoder, version: int, key: tuple[str | None, ...]) -> Iterator[CachedResource | Gap]:
    """The record with what follows its key, or without where that cannot be read."""
    time = header_size = body_size = is_inline = None
    problem = None
    try:
        decoder.take(_HASH)
        time = unix(decoder.real())
        decoder.take(_HASH)
        header_size = _size(decoder)
        decoder.take(_HASH)
        body_size = _size(decoder)
        is_inline = decoder.truth()
    except (FormatError, ValueError) as e:
        problem = f"CachedResource: {e!s:.200}"
    partition, kind, url, part = (text or None for text in key)
    yield CachedResource(
        locator="record", version=version, partition=partition, type=kind, url=url, range=part, time=time,
        header_size=header_size, body_size=body_size, is_body_inline=is_inline,
    )  # fmt: skip
    if problem is not None:
        yield Gap(locator="metadata", reason=problem)


def _size(decoder: Decoder) -> int:
    """A size of eight bytes that a file can have. Raises FormatError."""
    if (size := decoder.unsigned(8)) >= 2**63:
        raise FormatError(f"expected a size, got {size}")
    return size

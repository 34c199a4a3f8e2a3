"""Cookies.binarycookies: the cookies that the servers an app asked have set.

Each app has its own file; web views share that of their app. A cookie shows that a page of its domain, or something a
page loaded from there, was answered: third parties set most of them. Its value can be a key to an account: only its
length is told.

Known limits: flags other than 1 and 4, the checksum and what follows the pages are not explained.

Sources: https://github.com/libyal/dtformats/blob/main/documentation/Safari%20Cookies.asciidoc ; a file of macOS (test
data of dtformats)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Domain, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import binarycookies
from bridle.formats.table import Undecodable, col, records
from bridle.formats.values import cocoa, text


def _host(value: object) -> str | None:
    """The domain without the dot that stands for "and the hosts below". Raises ValueError."""
    return text(value).removeprefix(".") or None


@record(surface="visited")
class Cookie(Record):
    """A cookie."""

    domain: str | None = col("domain", doc="domain as stored; a dot before it stands for the hosts below")
    host: Domain | None = col("domain", _host, doc="the domain without that dot")
    name: str | None = col("name", doc="name of the cookie")
    path: str | None = col("path", doc="beginning of the paths it is sent for")
    value_length: int | None = col("value_length", doc="bytes of the value, which is not kept")
    created: Utc | None = col("created", cocoa, doc="when it was set")
    expires: Utc | None = col("expires", cocoa, doc="when it ends")
    is_secure: bool | None = col("is_secure", doc="whether it is sent in encrypted form only")
    is_http_only: bool | None = col("is_http_only", doc="whether scripts of the page cannot read it")
    flags: int | None = col("flags", doc="all bits: 1 encrypted form only, 4 not for scripts")
    comment: str | None = col("comment", doc="comment of the server")


@artifact("/private/var/**/*.binarycookies")
def cookies(file: SourceFile) -> Iterator[Cookie | Gap]:
    with file.open() as stored:
        yield from records(map(_row, binarycookies.read(stored)), Cookie)


def _row(found: binarycookies.Cookie | Gap) -> tuple[str, Mapping[str, object]] | Gap:
    if isinstance(found, Gap):
        return found
    texts = {k: _decoded(v) for k in ("domain", "name", "path", "comment") for v in [getattr(found, k)]}
    numbers = {k: getattr(found, k) for k in ("value_length", "created", "expires", "flags")}
    bits = {"is_secure": bool(found.flags & 1), "is_http_only": bool(found.flags & 4)}
    return found.locator, {**texts, **numbers, **bits}


def _decoded(stored: bytes | None) -> str | Undecodable | None:
    try:
        return None if stored is None else stored.decode()
    except UnicodeDecodeError:
        return Undecodable(stored or b"")

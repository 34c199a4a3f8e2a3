"""Indices of feeds: which feeds a publisher has, where, and for our own form which bytes they must be.

Two forms are read: `bridle-feeds` (JSON; versioned, with digests, an end of validity, and a signature beside it), and
`indicators.yaml` as the Mobile Verification Toolkit publishes it (addresses only).

Sources: docs/guides/feeds.md for the first; https://github.com/mvt-project/mvt-indicators for the second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from bridle.classes import dataclass
from bridle.indicators import block_yaml
from bridle.indicators.addresses import AddressError, checked

DEFAULT = "https://raw.githubusercontent.com/mvt-project/mvt-indicators/main/indicators.yaml"
"""The published index of the field."""
LARGEST = 4 << 20
"""Bytes of an index."""
LARGEST_FEED = 64 << 20
"""Bytes of one feed, unpacked."""
LARGEST_UPDATE = 512 << 20
"""Bytes of everything that one update or bundle brings, unpacked."""
MOST = 1000
"""Feeds of one index."""
FORM = "bridle-feeds"
_GITHUB = "https://raw.githubusercontent.com"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,78}[A-Za-z0-9_-]\Z|[A-Za-z0-9]\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_LAST_VERSION = 1 << 53


class FeedIndexError(ValueError):
    """An index that is none, or that asks for what is not done. One sentence."""


@dataclass(frozen=True)
class Listed:
    """One feed as an index lists it."""

    name: str
    """Where it stands in a folder of feeds: one to three plain parts, such as `2021-07-18_nso/pegasus.stix2`."""
    url: str
    title: str = ""
    sha256: str | None = None
    """What its bytes must be; None where the index does not say."""
    size: int | None = None


@dataclass(frozen=True)
class Index:
    """What an index says."""

    feeds: tuple[Listed, ...]
    version: int | None = None
    """Never goes back; None for a form without versions."""
    publisher: str = ""
    expires: datetime | None = None


def read(data: bytes, base: str) -> Index:
    """The index in these bytes; `base` is its own address, for addresses relative to it. Raises FeedIndexError."""
    if len(data) > LARGEST:
        raise FeedIndexError(f"an index has at most {LARGEST >> 20} MiB, this has {len(data):,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise FeedIndexError(f"expected UTF-8, byte {e.start} is none") from None
    index = _own(text, base) if text.lstrip()[:1] in {"{", "["} else _published(text, base)
    if not index.feeds:
        raise FeedIndexError("it lists no feed")
    return index


def plain_name(name: Any) -> str:
    """The name, if it can stand in a folder of any system and leads nowhere else. Raises FeedIndexError."""
    parts = name.split("/") if isinstance(name, str) else []
    if not 1 <= len(parts) <= 3 or not all(_PART.match(p) and not _RESERVED.match(p) for p in parts):
        raise FeedIndexError(f"expected a name such as pegasus.stix2 or nso/pegasus.stix2, got {name!r:.60}")
    return "/".join(parts)


def name_of(url: str) -> str:
    """A plain name for a feed that has none: the last folder and the file of its address."""
    parts = [p for p in urlsplit(url).path.split("/") if p][-2:]
    return "/".join(_tame(p) for p in parts) or "feed"


def pinned(url: str) -> Listed:
    """The feed at `URL` or `URL#sha256=DIGEST`. Raises FeedIndexError."""
    place, _, fragment = url.partition("#")
    digest = None
    if fragment:
        key, _, digest = fragment.partition("=")
        if key != "sha256" or not _SHA256.match(digest := digest.lower()):
            raise FeedIndexError(f"expected #sha256= and 64 hexadecimal digits, got {'#' + fragment!r:.60}")
    return Listed(name_of(_address(place, "")), place, sha256=digest)


def _tame(part: str) -> str:
    clean = re.sub(r"[^A-Za-z0-9._-]+", "_", unquote(part)).strip("._-")[-80:].lstrip("._-") or "feed"
    return f"feed_{clean}"[:80] if _RESERVED.match(clean) else clean


def _own(text: str, base: str) -> Index:
    stored = parse_json(text)
    if not isinstance(stored, dict) or stored.get("format") != FORM:
        raise FeedIndexError(f'expected an index: an object with "format": "{FORM}"')
    if stored.get("schema") != 1:
        raise FeedIndexError(f"expected schema 1, got {stored.get('schema')!r:.60}; use a newer bridle")
    rows = stored.get("feeds")
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise FeedIndexError("expected `feeds` to be a list of objects")
    _check_number(len(rows))
    feeds = tuple(_own_feed(row, base) for row in rows)
    _check_distinct(feeds)
    version = _whole(stored.get("version"), "version")
    return Index(feeds, version, text_of(stored.get("publisher")), time_of(stored.get("expires"), "expires"))


def _own_feed(row: Mapping[str, Any], base: str) -> Listed:
    name = plain_name(row.get("name"))
    digest = row.get("sha256")
    if not isinstance(digest, str) or not _SHA256.match(digest):
        raise FeedIndexError(f"{name}: expected the sha256 of its bytes, got {digest!r:.60}")
    size = None if row.get("size") is None else _whole(row["size"], f"{name}: size")
    return Listed(name, _address(row.get("url"), base), text_of(row.get("title")), digest, size)


def _published(text: str, base: str) -> Index:
    try:
        stored = block_yaml.read(text)
    except block_yaml.YamlError as e:
        raise FeedIndexError(str(e)) from None
    rows = stored.get("indicators") if isinstance(stored, dict) else None
    if not isinstance(rows, list):
        raise FeedIndexError("expected an index: JSON that begins with {, or YAML with a list `indicators`")
    _check_number(len(rows))
    return Index(tuple(_distinct(_published_feed(row, base) for row in rows)))


def _published_feed(row: Any, base: str) -> Listed:
    if not isinstance(row, dict):
        raise FeedIndexError(f"expected an entry with a name and an address, got {row!r:.60}")
    place = row.get("github")
    if row.get("type") == "github" and isinstance(place, dict):
        parts = [place.get(k) for k in ("owner", "repo", "branch", "path")]
        if not all(isinstance(p, str) for p in parts):
            raise FeedIndexError(f"{row.get('name')!r:.60}: expected owner, repo, branch and path")
        url = _address("/".join([_GITHUB, *(quote(str(p), safe="/") for p in parts)]), base)
    else:
        url = _address(row.get("download_url"), base)
    return Listed(name_of(url), url, text_of(row.get("name")))


def _distinct(feeds: Iterable[Listed]) -> Iterator[Listed]:
    """Each address once, and no two under one name, whatever the system thinks of upper and lower case."""
    names: set[str] = set()
    urls: set[str] = set()
    for feed in feeds:
        if feed.url in urls:
            continue
        name, number = feed.name, 1
        while name.casefold() in names:
            number += 1
            folder, slash, file = feed.name.rpartition("/")
            name = f"{folder}{slash}{number}_{file}"
        names.add(name.casefold())
        urls.add(feed.url)
        yield replace(feed, name=name)


def _check_distinct(feeds: tuple[Listed, ...]) -> None:
    names: set[str] = set()
    for feed in feeds:
        if feed.name.casefold() in names:
            raise FeedIndexError(f"two feeds are called {feed.name!r:.60}")
        names.add(feed.name.casefold())


def _check_number(count: int) -> None:
    if count > MOST:
        raise FeedIndexError(f"an index lists at most {MOST:,} feeds, this lists {count:,}")


def _address(url: Any, base: str) -> str:
    """An https address without tricks in its path."""
    if not isinstance(url, str):
        raise FeedIndexError(f"expected the address of a feed, got {url!r:.60}")
    try:
        absolute = urljoin(base, url) if base else url
        path = unquote(checked(absolute).path)
    except (AddressError, ValueError) as e:
        raise FeedIndexError(str(e)) from None
    if ".." in path.split("/") or "\\" in path or not path.isprintable():
        raise FeedIndexError(f"expected an address without `..` or control characters, got {url!r:.60}")
    return absolute


def parse_json(text: str) -> Any:
    """A JSON document in which no name stands twice. Raises FeedIndexError."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            raise FeedIndexError("a name stands twice in one object")
        return made

    try:
        return json.loads(text, object_pairs_hook=pairs)
    except RecursionError:
        raise FeedIndexError("nested too deeply") from None
    except FeedIndexError:
        raise
    except ValueError as e:
        raise FeedIndexError(f"no JSON: {e}") from None


def text_of(value: Any) -> str:
    """A text for people, of at most 200 characters, none of which does anything."""
    return "".join(c if c.isprintable() else "\ufffd" for c in value[:200]) if isinstance(value, str) else ""


def time_of(value: Any, what: str) -> datetime | None:
    """A moment with its zone, in UTC. Raises FeedIndexError."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise FeedIndexError(f"{what}: expected a time such as 2026-12-31T00:00:00Z, got {value!r:.60}") from None


def _whole(value: Any, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LAST_VERSION:
        raise FeedIndexError(f"{what}: expected a whole number above 0, got {value!r:.60}")
    return value

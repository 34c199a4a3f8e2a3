"""The state of the stored feeds: which sources there are, what each gave last, and what changed when.

Read from JSON only after every field is checked, since a bundle brings sources from elsewhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from bridle.classes import dataclass
from bridle.indicators.addresses import shown
from bridle.indicators.feed_index import FeedIndexError, parse_json, plain_name, text_of, time_of

FORM = "bridle-feed-store"
KEPT = 10
"""Former contents of a feed that are kept."""
OLD = 30
"""Days after which feeds are called old."""
SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class StoredFeed:
    """One current feed."""

    name: str
    url: str
    sha256: str
    size: int
    indicators: int
    since: str
    """When these bytes came."""
    title: str = ""
    former: tuple[str, ...] = ()
    """Digests of what it was before, the last one first."""


@dataclass(frozen=True)
class Source:
    """Where feeds come from: an index or a single feed, and what is known of it."""

    source: str
    """The address; `file:NAME` for an index from a file."""
    kind: str
    """`index` or `feed`."""
    checked: str
    """When it was last had from its publisher, whole."""
    sha256: str
    """Of the index; of the feed for a single one."""
    signature: str | None = None
    """SHA-256 of the index's signature."""
    signed_by: str | None = None
    version: int | None = None
    expires: str | None = None
    publisher: str = ""
    feeds: tuple[StoredFeed, ...] = ()


@dataclass(frozen=True)
class State:
    """All of a store."""

    sources: tuple[Source, ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    bundles_signed_by: str | None = None

    def source(self, name: str) -> Source | None:
        return next((s for s in self.sources if s.source == name), None)

    def with_source(self, changed: Source) -> State:
        """The same with one source replaced or added."""
        if self.source(changed.source) is None:
            return replace(self, sources=(*self.sources, changed))
        return replace(self, sources=tuple(changed if s.source == changed.source else s for s in self.sources))


def now() -> str:
    """The time of an entry of the history."""
    return moment(datetime.now(UTC))


def moment(time: datetime) -> str:
    """A time in UTC as it is stored: to the second, so that later times are later texts."""
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def read_state(data: bytes) -> State:
    """The state in these bytes, checked. Raises FeedIndexError."""
    try:
        stored = parse_json(data.decode("utf-8"))
        if stored["format"] != FORM or stored["schema"] != 1:
            raise FeedIndexError(f"expected {FORM}, schema 1; use a newer bridle")
        sources = tuple(source_of(s) for s in stored["sources"])
        history = tuple({str(k): v for k, v in entry.items()} for entry in stored["history"])
        signed_by = stored["bundles_signed_by"]
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as e:
        raise FeedIndexError(f"expected {FORM}: {e!r:.60}") from None
    if len({s.source for s in sources}) != len(sources):
        raise FeedIndexError("a source stands twice")
    for source in sources:
        names = {f.name.casefold() for f in source.feeds}
        if len(names) != len(source.feeds):
            raise FeedIndexError(f"{source.source}: two feeds have one name")
    return State(sources, history, signed_by if isinstance(signed_by, str) else None)


def source_of(stored: Any) -> Source:
    """One source out of JSON, checked. Raises FeedIndexError, KeyError or TypeError."""
    if stored["kind"] not in {"index", "feed"}:
        raise FeedIndexError(f"expected index or feed, got {stored['kind']!r:.60}")
    version, signature, signed_by = stored["version"], stored["signature"], stored["signed_by"]
    return Source(
        source=_ascii(stored["source"]), kind=stored["kind"], checked=_time(stored["checked"]),
        sha256=_digest(stored["sha256"]), signature=None if signature is None else _digest(signature),
        signed_by=None if signed_by is None else _ascii(signed_by),
        version=None if version is None else _whole(version),
        expires=None if stored["expires"] is None else _time(stored["expires"]), publisher=text_of(stored["publisher"]),
        feeds=tuple(_feed_of(f) for f in stored["feeds"]),
    )  # fmt: skip


def _feed_of(stored: Any) -> StoredFeed:
    return StoredFeed(
        name=plain_name(stored["name"]), url=_ascii(stored["url"]), sha256=_digest(stored["sha256"]),
        size=_whole(stored["size"]), indicators=_whole(stored["indicators"]), since=_time(stored["since"]),
        title=text_of(stored["title"]), former=tuple(_digest(d) for d in stored["former"][:KEPT]),
    )  # fmt: skip


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not SHA256.match(value):
        raise FeedIndexError(f"expected a SHA-256, got {value!r:.60}")
    return value


def _ascii(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[ -~]{1,2000}", value):
        raise FeedIndexError(f"expected printable ASCII characters, got {value!r:.60}")
    return value


def _time(value: Any) -> str:
    if (found := time_of(value, "time")) is None:
        raise FeedIndexError("expected a time, got None")
    return moment(found)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1 << 53:
        raise FeedIndexError(f"expected a whole number, got {value!r:.60}")
    return value


def old_sources(state: State, at: datetime) -> list[str]:
    """Of each source that is old at a moment, one sentence that says how old."""
    found = []
    for s in state.sources:
        checked, expires = time_of(s.checked, "checked"), time_of(s.expires, "expires")
        days = (at - checked).days if checked else 0
        if expires and expires < at:
            found.append(f"the index of feeds {shown(s.source)} was valid until {s.expires}")
        elif days > OLD:
            found.append(f"the feeds of {shown(s.source)} were last had whole {days} days ago")
    return found


def encoded(state: State) -> bytes:
    """A state as it is stored."""
    return (json.dumps({"format": FORM, "schema": 1, **asdict(state)}, indent=1) + "\n").encode()

"""Keychains/Analytics/*.db: failures and notes of security services: trust, keychain, networking, iCloud and others.

Each program that keeps such a database writes events of its own into it; an event is a property list whose keys differ
from one kind to the next. Every event has the build of the system it happened under, so that the builds tell when the
phone was updated. The system keeps the last thousand rows of a table.

What a key means is published for those that have a field only. All texts of an event are in `texts`, and those that may
be the name of a program in `names` too, so that they are matched whatever their key.

Known limits: that trustd and others keep such databases below /private/var/protected is a guess: none was seen there.
Which texts are a process, an app or a host is told from their keys, and whether an event
is of a connection (TLS, networking) from its type and its keys. At most 10,000 values of an event are searched for
texts, and more are a gap; all of it is in `extra`. Other tables are not read.

Sources: SFAnalytics.m and SFAnalyticsDefines.h of Apple's open-source Security (tables, keys, times);
https://github.com/mvt-project/mvt (analytics). No store was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import (
    Block,
    BundleId,
    Domain,
    FormatError,
    Gap,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import plist, sqlite
from bridle.formats.json_lines import shown
from bridle.formats.leaves import texts
from bridle.formats.table import Row, col, records, rest
from bridle.formats.values import blob, unix, unix_milliseconds

_EVENTS = ("hard_failures", "soft_failures", "all_events", "notes", "rockwell")
_LONGEST = 4096
"""Characters of one text that are kept."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,254}\Z")
_PROCESS_KEY = re.compile(r"process|daemon|executable", re.IGNORECASE)
_BUNDLE_KEY = re.compile(r"bundle|client|app(?:name|id|lication)?\Z", re.IGNORECASE)
_CONTACT = re.compile(r"tls|ssl|https?|quic|network|connection", re.IGNORECASE)
_CONTACT_KEY = re.compile(r"tls|ssl|quic|connection", re.IGNORECASE)
_HOST_KEY = re.compile(r"host|server|(?<!error)domain", re.IGNORECASE)


def _strings(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


@record
class Event(Record):
    """Something that failed, or was worth a note; the table in the locator says which."""

    number: int | None = col("(id)", doc="number of the row")
    time: Utc | None = col("(timestamp)", unix, doc="when it was written")
    event_time: Utc | None = col("eventTime", unix_milliseconds, doc="when it happened; may be rounded")
    event_type: str | None = col("eventType", doc="kind of event")
    event_class: int | None = col("eventClass", doc="0 success, 1 hard failure, 2 soft failure, 3 note, 4 rockwell")
    build: str | None = col("build", doc="build of the system it happened under")
    product: str | None = col("product", doc="name of the system, such as `iPhone OS`")
    model: str | None = col("modelid", doc="model of the device")
    error_domain: str | None = col("errorDomain", doc="area of the error")
    error_code: int | None = col("errorCode", doc="number of the error")
    process_names: tuple[ProcessName, ...] | None = col(
        "(processes)", _strings, doc="texts whose key says that they are a process", surface="running-process"
    )
    bundle_ids: tuple[BundleId, ...] | None = col(
        "(bundles)", _strings, doc="texts whose key says that they are an app or a client", surface="installed-app"
    )
    domains: tuple[Domain, ...] | None = col(
        "(domains)", _strings, doc="texts whose key says that they are a host, of an event that is of no connection"
    )
    urls: tuple[Url, ...] | None = col(
        "(urls)", _strings, doc="texts that are an address, of an event that is of no connection"
    )
    contacted_domains: tuple[Domain, ...] | None = col(
        "(contacted domains)", _strings, doc="such hosts of an event that is of a connection", surface="network-user"
    )
    contacted_urls: tuple[Url, ...] | None = col(
        "(contacted urls)", _strings, doc="such addresses of an event that is of a connection", surface="network-user"
    )
    names: tuple[ProcessName, ...] | None = col("(names)", _strings, doc="texts that may be the name of a program")
    texts: tuple[Text, ...] | None = col("(texts)", _strings, doc="all texts, each once, cut at 4,096 characters")
    extra: str | None = rest(doc="keys and columns that no field maps, as JSON")


@record
class Sample(Record):
    """A number that is taken from time to time."""

    time: Utc | None = col("timestamp", unix, doc="when the number was taken")
    name: str | None = col("name", doc="what was measured")
    value: float | None = col("value", doc="how much, in its own unit")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class EventCount(Record):
    """How often a kind of event went well and how often it failed, since the numbers were last sent to Apple."""

    event_type: str | None = col("event_type", doc="kind of event")
    successes: int | None = col("success_count", doc="how often it went well")
    hard_failures: int | None = col("hard_failure_count", doc="how often it failed")
    soft_failures: int | None = col("soft_failure_count", doc="how often it failed in a way that is expected")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/Keychains/Analytics/*.db", "/private/var/protected/**/*nalytics/**/*.db")
def keychain_analytics(file: SourceFile) -> Iterator[Event | Block[Sample] | Block[EventCount] | Gap]:
    with sqlite.connect(file) as db:
        there = {name.lower() for name in db.tables()}
        if not there & {*_EVENTS, "samples", "success_count"}:
            raise FormatError("expected tables of events, samples or counts, got none of them")
        for name in _EVENTS:
            if name in there:
                yield from records(_events(db.rows(name)), Event)
        yield from db.table("samples", Sample, optional=True)
        yield from db.table("success_count", EventCount, optional=True)


def _events(rows: Iterator[Row | Gap]) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    """Each row with the keys of its property list; the row alone and a Gap where that cannot be read.

    Gaps of the row's columns are left out: they are told again of the keys made of them.
    """
    told = " "
    for row in rows:
        if isinstance(row, Gap):
            if not row.locator.startswith(told):
                yield row
            continue
        told = f"{row.locator}."
        found = {f"({column.lower()})": value for column, value in row.items() if column.lower() != "data"}
        reason = None
        if row["data"] is not None:
            try:
                said, reason = _said(plist.loads(blob(row["data"])))
                found |= said
            except ValueError as e:
                reason = f"{e!s:.200}"
        yield row.locator, found
        if reason is not None:
            yield Gap(locator=f"{row.locator}.data", reason=f"Event: data: {reason}")


def _said(event: object) -> tuple[dict[str, Any], str | None]:
    """The keys of an event, and its texts by what they are; and why there may be more. Raises FormatError."""
    if not isinstance(event, Mapping):
        raise FormatError(f"expected a dictionary, got a {type(event).__name__}")
    kept: dict[str, dict[str, None]] = {}
    contact = "contacted " if _is_contact(event) else ""
    found, reason = texts(event)
    for key, value in found:
        text = shown(value[:_LONGEST])
        for place in _places(key, text, contact):
            kept.setdefault(place, {})[text] = None
    return {f"{k}": v for k, v in event.items()} | {place: tuple(told) for place, told in kept.items()}, reason


def _is_contact(event: Mapping[Any, Any]) -> bool:
    """Whether an event is of a connection, by its type and its keys."""
    kind = event.get("eventType")
    named = isinstance(kind, str) and _CONTACT.search(kind) is not None
    return named or any(isinstance(key, str) and _CONTACT_KEY.match(key) for key in event)


def _places(key: str, text: str, contact: str) -> Iterator[str]:
    """The fields a text goes into."""
    yield "(texts)"
    if "://" in text:
        yield f"({contact}urls)"
    elif _HOST_KEY.search(key):
        yield f"({contact}domains)"
    if _PROCESS_KEY.search(key):
        yield "(processes)"
    elif _BUNDLE_KEY.search(key):
        yield "(bundles)"
    if _NAME.match(text):
        yield "(names)"

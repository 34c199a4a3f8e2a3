"""Analytics-Journal-*.ips, Analytics-*.ips.ca* and log-aggregated-*.ips: what the system counts for Apple, day by day.

JSON lines: a header with the version of the system and the time the file was closed, a line with `_marker` and the time
it was begun, then one line for each kind of event: a `name`, a `message` whose keys differ from one kind to the next,
and how it was aggregated. The headers of several files are the history of the system's updates.

The older `log-aggregated` files have text in place of JSON behind the header; its lines are rows with their `text`.
Counts of events bear no time of their own. Crash reports lie in the same folder and are not read here.

Known limits: no file was at hand; the form of `log-aggregated` files is unconfirmed. Which texts are a process or an
app is told from their keys. At most 10,000 values of one message are searched for texts, and more are a gap; all
of it is in `extra`.

Sources: https://github.com/mvt-project/mvt (version_history); a description of the same files of macOS,
https://www.crowdstrike.com/blog/i-know-what-you-did-last-month-a-new-artifact-of-execution-on-macos-10-13/ ;
lines of such files in public repositories. No file was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import BundleId, FormatError, Gap, ProcessName, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import json_lines
from bridle.formats.json_lines import shown
from bridle.formats.leaves import texts
from bridle.formats.table import col, records, rest
from bridle.formats.values import text
from bridle.formats.written import zoned

_LONGEST = 4096
"""Characters of one text that are kept."""
_BUILD = re.compile(r"\(([0-9A-Za-z]{3,20})\)\s*\Z")
_PROCESS_KEY = re.compile(r"proc|daemon|executable|app_?name\Z|coalition", re.IGNORECASE)
_BUNDLE_KEY = re.compile(r"bundle|client|app(?:_?id|lication)?\Z", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,254}\Z")


def _build(value: object) -> str | None:
    """The build in `iPhone OS 14.4 (18D52)`. Raises ValueError."""
    found = _BUILD.search(text(value))
    return found[1] if found else None


def _written(value: object) -> str:
    """Text, or a number written out. Raises ValueError."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ValueError(f"expected text or a number, got {value!r:.60}")


def _strings(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


@record
class Header(Record):
    """The first line: the system, and when the file was closed or begun to be written."""

    time: Utc | None = col("timestamp", zoned, doc="when the file was closed, or begun to be written")
    os_version: str | None = col("os_version", doc="name, version and build of the system")
    build: str | None = col("os_version", _build, doc="the build in it")
    bug_type: str | None = col("bug_type", _written, doc="kind of file; 211 for daily counts")
    incident_id: str | None = col("incident_id", doc="identifier of the file")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class Marker(Record):
    """A line about the file: the device, and when the counting began; or the file's end."""

    marker: str | None = col("_marker", doc="`<metadata>`, `<end-of-file>` …")
    begun: Utc | None = col("startTimestamp", zoned, doc="when the counting began")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class Count(Record):
    """A kind of event, with what was counted or noted of it."""

    name: str | None = col("name", doc="kind of event")
    processes: tuple[ProcessName, ...] | None = col(
        "(processes)", _strings, doc="texts whose key says that they are a process", surface="running-process"
    )
    bundle_ids: tuple[BundleId, ...] | None = col(
        "(bundles)", _strings, doc="texts whose key says that they are an app or a client", surface="installed-app"
    )
    texts: tuple[Text, ...] | None = col("(texts)", _strings, doc="all texts, each once, cut at 4,096 characters")
    text: Text | None = col("(text)", doc="the line, where it is no JSON")
    period: str | None = col("aggregationPeriod", doc="how long is counted: `Daily`, `Never` …")
    days: int | None = col("numDaysAggregated", doc="days that were counted")
    sampling: float | None = col("sampling", doc="percentage of devices that are asked for it")
    uuid: str | None = col("uuid", doc="identifier of the kind of count")
    extra: str | None = rest(doc="keys that no field maps, the message among them, as JSON")


@artifact(
    "/private/var/db/analyticsd/**/Analytics-Journal-*.ips*",
    "/private/var/mobile/Library/Logs/CrashReporter/**/Analytics-Journal-*.ips*",
    "/private/var/mobile/Library/Logs/CrashReporter/**/Analytics-*.ips.ca*",
    "/private/var/mobile/Library/Logs/CrashReporter/**/log-aggregated-*.ips*",
)
def analytics_journal(file: SourceFile) -> Iterator[Header | Marker | Count | Gap]:
    with file.open() as stored:
        if b"\0" in stored.read(64):
            raise FormatError("expected lines of text, got other bytes")
        stored.seek(0)
        for found in json_lines.objects(stored):
            if isinstance(found, Gap):
                yield found
            else:
                yield from _line(*found)


def _line(place: str, line: Mapping[str, Any] | str) -> Iterator[Header | Marker | Count | Gap]:
    if isinstance(line, str):
        yield from records([(place, {"(text)": line})], Count)
    elif "bug_type" in line:
        yield from records([(place, line)], Header)
    elif "_marker" in line:
        yield from records([(place, line)], Marker)
    else:
        said, reason = _said(line)
        yield from records([(place, said)], Count)
        if reason is not None:
            yield Gap(locator=f"{place}.message", reason=f"Count: message: {reason}")


def _said(line: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The line, with the texts of its message by what they are; and why there may be more."""
    kept: dict[str, dict[str, None]] = {}
    stored, reason = texts(line.get("message"))
    for key, value in stored:
        found = shown(value[:_LONGEST])
        for place, pattern in (("(processes)", _PROCESS_KEY), ("(bundles)", _BUNDLE_KEY)):
            if pattern.search(key) and _NAME.match(found):
                kept.setdefault(place, {})[found] = None
        if found:
            kept.setdefault("(texts)", {})[found] = None
    return {**line, **{place: tuple(told) for place, told in kept.items()}}, reason

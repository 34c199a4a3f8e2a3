"""App_Privacy_Report_v4_*.ndjson: what apps had access to, and the domains they contacted, in the last seven days.

The phone keeps it where its owner has switched the App Privacy Report on, and writes it where the owner exports it to;
a JSON object for each line. An access that lasts has a line at its begin and one at its end, with one `identifier`.
The first version (iOS 15 in test) had `tccService` and `timestamp`.

Known limits: it reaches back seven days at most, and no further than the day it was switched on; it lies on the phone
only where its owner exported it to. The first version is known by one published line.

Sources: a report of iOS 15 (test data of plaso); a line of the first version, published with app-privacy-report-viewer;
https://developer.apple.com/documentation/network/privacy_management/inspecting_app_activity_data
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import BundleId, Domain, FilePath, FormatError, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import json_lines
from bridle.formats.table import col, records, rest
from bridle.formats.values import text
from bridle.formats.written import zoned


def _path(value: object) -> str | None:
    """The text, if it is a path. Raises ValueError."""
    return found if (found := text(value)).startswith("/") else None


@record(surface="running-process")
class Access(Record):
    """An app that used a sensor or data of the person, or the begin or end of that."""

    time: Utc | None = col("timeStamp", zoned, doc="when the access was, began or ended, as `kind` says")
    bundle_id: BundleId | None = col("(accessor)", doc="app, or what else `accessor_type` says")
    path: FilePath | None = col("(accessor)", _path, doc="the same, where it is the path of a program")
    accessor_type: str | None = col("(accessor type)", doc="`bundleID` for an app")
    category: str | None = col("category", doc="`camera`, `microphone`, `location`, `contacts`, `photos` …")
    kind: str | None = col("kind", doc="`intervalBegin`, `intervalEnd` or `event`")
    identifier: str | None = col("identifier", doc="identifier of the access, the same at its begin and end")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record(surface="network-user")
class NetworkActivity(Record):
    """A domain an app contacted."""

    time: Utc | None = col("timeStamp", zoned, doc="when the domain was last contacted")
    first: Utc | None = col("firstTimeStamp", zoned, doc="when the domain was first contacted")
    domain: Domain | None = col("domain", doc="domain or address that was contacted")
    bundle_id: BundleId | None = col("bundleID", doc="app that contacted it")
    hits: int | None = col("hits", doc="number of contacts")
    context: Text | None = col("context", doc="site that was shown in the app; empty where the app itself did it")
    initiated: str | None = col("initiatedType", doc="`AppInitiated`, or `NonAppInitiated` by what was shown in it")
    owner: str | None = col("domainOwner", doc="who runs the domain, where it is known as a tracker")
    domain_type: int | None = col("domainType", doc="1 known to gather data across apps, 2 others")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class Other(Record):
    """A line of another kind."""

    type: str | None = col("type", doc="kind of the line")
    time: Utc | None = col("timeStamp", zoned, doc="time that the line tells")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact("/private/var/**/App_Privacy_Report_*.ndjson")
def app_privacy_report(file: SourceFile) -> Iterator[Access | NetworkActivity | Other | Gap]:
    with file.open() as stored:
        understood = False
        for found in json_lines.objects(stored):
            if isinstance(found, Gap):
                yield found
            elif isinstance(found[1], str):
                if not understood:
                    raise FormatError(f"expected a JSON object for each line, got {found[1]!a:.60}")
                yield Gap(locator=found[0], reason=f"expected a JSON object, got {found[1]!a:.60}")
            else:
                understood = True
                yield from _line(found[0], found[1])


def _line(place: str, line: Mapping[str, Any]) -> Iterator[Access | NetworkActivity | Other | Gap]:
    if line.get("type") == "networkActivity":
        yield from records([(place, {k: v for k, v in line.items() if k != "type"})], NetworkActivity)
    elif line.get("type") == "access" or "accessor" in line:
        yield from records([(place, _access(line))], Access)
    else:
        yield from records([(place, line)], Other)


def _access(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """The line with its accessor's two values, and the keys of the first version under their later names."""
    found = dict(line)
    if isinstance(accessor := found.get("accessor"), Mapping):
        more = {k: v for k, v in accessor.items() if k not in ("identifier", "identifierType")}
        found |= {"(accessor)": accessor.get("identifier"), "(accessor type)": accessor.get("identifierType")}
        found["accessor"] = more or None
    if found.get("type") == "access":
        del found["type"]
    for old, new in (("timestamp", "timeStamp"), ("tccService", "category")):
        if old in found and new not in found:
            found[new] = found.pop(old)
    return found

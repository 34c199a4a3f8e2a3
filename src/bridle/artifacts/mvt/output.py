"""What the Mobile Verification Toolkit wrote of a phone: its records, and what it raised alerts about. Second-hand.

Each module has a file of its name, with an object for each of its records. Values are sorted by what their names and
shapes say; names of columns differ between its versions. What the tool matched, and the indicator it matched, are its
own conclusions: they are kept as text, and no indicator is looked for in them.

Known limits: its times have no zone (those of an iPhone are mostly UTC, those of an Android phone are mixed). Of an
object's values 2,000 are sorted. Nothing here was read from the phone.

Sources: its output, https://docs.mvt.re/en/latest/ ; the files of version 2026.10.26
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import (
    Block,
    BundleId,
    CertSha1,
    CertSha256,
    Domain,
    Email,
    FileName,
    FilePath,
    Gap,
    IpAddress,
    Md5,
    PhoneNumber,
    ProcessName,
    ProfileId,
    Record,
    Sha1,
    Sha256,
    SourceFile,
    Text,
    Url,
    WallClock,
    artifact,
    record,
)
from bridle.formats import json_array, named_values
from bridle.formats.network_log import blocks
from bridle.formats.table import col

_LONGEST = 16 << 20
"""Characters of one object: a module may have one for everything."""
_MOST_SHOWN = 4_000
_ALERTS, _DETECTED = "alerts.json", "_detected"
_OWN = frozenset({"matched_indicator", "matched_indicators"})
"""Names of the tool's conclusions."""
_NO_RECORDS = frozenset({"info.json"})


@record
class Row(Record):
    """A record of one of its modules."""

    module: str = col("module", doc="its module, as the file is called")
    alerted: bool = col("alerted", doc="whether the file is of what it raised an alert about")
    time: WallClock | None = col("time", named_values.given, doc="the time it names first, as written; of unknown zone")
    urls: tuple[Url, ...] | None = col("urls", named_values.given, doc="addresses")
    domains: tuple[Domain, ...] | None = col("domains", named_values.given, doc="names of hosts")
    ip_addresses: tuple[IpAddress, ...] | None = col("ip_addresses", named_values.given, doc="IP addresses")
    emails: tuple[Email, ...] | None = col("emails", named_values.given, doc="e-mail addresses")
    phone_numbers: tuple[PhoneNumber, ...] | None = col("phone_numbers", named_values.given, doc="telephone numbers")
    processes: tuple[ProcessName, ...] | None = col("processes", named_values.given, doc="names of processes")
    apps: tuple[BundleId, ...] | None = col("apps", named_values.given, doc="bundle ids and names of packages")
    paths: tuple[FilePath, ...] | None = col("paths", named_values.given, doc="paths that begin at the root")
    files: tuple[FileName, ...] | None = col("files", named_values.given, doc="names of files")
    sha256: tuple[Sha256, ...] | None = col("sha256", named_values.given, doc="SHA-256 of files")
    sha1: tuple[Sha1, ...] | None = col("sha1", named_values.given, doc="SHA-1 of files")
    md5: tuple[Md5, ...] | None = col("md5", named_values.given, doc="MD5 of files")
    certificates_sha256: tuple[CertSha256, ...] | None = col(
        "certificates_sha256", named_values.given, doc="SHA-256 of certificates"
    )
    certificates_sha1: tuple[CertSha1, ...] | None = col(
        "certificates_sha1", named_values.given, doc="SHA-1 of certificates"
    )
    profiles: tuple[ProfileId, ...] | None = col("profiles", named_values.given, doc="ids of configuration profiles")
    texts: tuple[Text, ...] | None = col("texts", named_values.given, doc="other text")
    content: str | None = col("content", doc="the object as JSON, its first 4,000 characters")


@record
class Alert(Record):
    """An alert that the tool raised."""

    time: WallClock | None = col("time", named_values.given, doc="of the event, as written; of unknown zone")
    level: str | None = col("level", doc="its level, such as CRITICAL")
    module: str | None = col("module", doc="the module that raised it")
    message: str | None = col("message", doc="what it says")
    indicator: str | None = col("indicator", doc="the value of the indicator it matched, if any")
    feed: str | None = col("feed", doc="the file of that indicator")


@artifact("/mvt_output/*.json")
def output(file: SourceFile) -> Iterator[Block[Row] | Block[Alert] | Gap]:
    if file.path.name in _NO_RECORDS:
        return
    with file.open() as stored:
        yield from blocks(_rows(json_array.items(stored, _LONGEST), file.path.name))


def _rows(
    items: Iterator[tuple[str, Any] | Gap], name: str
) -> Iterator[tuple[type[Record], tuple[str, Mapping[str, Any]]] | Gap]:
    module = name.removesuffix(".json")
    alerted = module.endswith(_DETECTED)
    for found in items:
        if isinstance(found, Gap):
            yield found
        elif not isinstance(found[1], Mapping | list):
            yield Gap(locator=found[0], reason=f"expected an object, got {found[1]!a:.60}")
        elif name == _ALERTS:
            yield Alert, (found[0], _alert(found[1]))
        else:
            yield Row, (found[0], _row(found[1]) | {"module": module.removesuffix(_DETECTED), "alerted": alerted})


def _row(item: Any) -> dict[str, Any]:
    values: dict[str, Any] = dict(named_values.sorted_values(item, _OWN))
    certificates = values.pop("certificates", ())
    for name, length in (("certificates_sha256", 64), ("certificates_sha1", 40)):
        values[name] = tuple(c for c in certificates if len(c) == length) or None
    content = json.dumps(item, ensure_ascii=True)
    return {**values, "time": named_values.when(item), "content": content[:_MOST_SHOWN]}


def _alert(item: Any) -> dict[str, Any]:
    told = item if isinstance(item, Mapping) else {}
    matched = told.get("matched_indicator")
    matched = matched if isinstance(matched, Mapping) else {}
    time = _text(told.get("event_time"))
    return {
        "time": named_values.clock(time) if time else None, "level": _text(told.get("level")),
        "module": _text(told.get("module")), "message": _text(told.get("message")),
        "indicator": _text(matched.get("value")), "feed": _text(matched.get("stix2_file_name")),
    }  # fmt: skip


def _text(value: Any) -> str | None:
    return named_values.shown(value) or None if isinstance(value, str) else None

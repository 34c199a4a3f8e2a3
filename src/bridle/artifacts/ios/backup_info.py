"""Info.plist, Manifest.plist and Status.plist of an iTunes or Finder backup: device, dates, installed apps.

Keys and keybags are never read into records.

Sources: backups of iOS 13 to 17; the keys as Apple's own tools write them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.core import BundleId, FormatError, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import naive_utc

_SECRET = frozenset({"BackupKeyBag", "ManifestKey"})
_APPS = ("Applications", "Installed Applications")
_DEEPEST = 6


@record
class Fact(Record):
    """One plain value."""

    key: str = note(doc="path of keys, joined by /")
    value: str | None = note(doc="as text; None for a date")
    time: Utc | None = note(doc="the value, where it is a date")


@record(surface="installed-app")
class Application(Record):
    """An app the backup names as installed."""

    bundle_id: BundleId | None = col("bundle", doc="bundle identifier")
    name: str | None = col("itemName", doc="name in the App Store")
    version: str | None = col("bundleShortVersionString", doc="version")
    artist: str | None = col("artistName", doc="who publishes it")
    source_app: str | None = col("sourceApp", doc="who installed it; com.apple.AppStore for the App Store")
    version_id: str | None = col("softwareVersionExternalIdentifier", str, doc="App Store's version number")
    purchased: str | None = col("purchaseDate", str, doc="when it was bought, as written")
    extra: str | None = rest(doc="other stored keys, as JSON")


@artifact("/backup/Info.plist", "/backup/Manifest.plist", "/backup/Status.plist")
def backup_info(file: SourceFile) -> Iterator[Fact | Application | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, dict):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    yield from _facts("", {k: v for k, v in stored.items() if k not in _APPS})
    yield from _applications(stored)


def _facts(above: str, stored: Mapping[Any, Any], depth: int = 0) -> Iterator[Fact | Gap]:
    for name, value in stored.items():
        key = f"{above}{name}"
        if name in _SECRET or isinstance(value, bytes):
            continue
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _facts(f"{key}/", value, depth + 1)
        elif isinstance(value, datetime):
            yield Fact(locator=key, key=key, value=None, time=naive_utc(value))
        elif isinstance(value, str | int | float):
            yield Fact(locator=key, key=key, value=str(value), time=None)
        elif isinstance(value, plist.Unreadable):
            yield Gap(locator=key, reason=value.reason)


def _applications(stored: Mapping[Any, Any]) -> Iterator[Application | Gap]:
    details = stored.get("Applications")
    details = details if isinstance(details, dict) else {}
    for bundle, about in details.items():
        yield from _application(f"Applications/{bundle}", bundle, about)
    names = stored.get("Installed Applications")
    for n, bundle in enumerate(names if isinstance(names, list) else [], 1):
        if bundle not in details:
            yield from records([(f"Installed Applications/{n}", {"bundle": bundle})], Application)


def _application(locator: str, bundle: Any, about: Any) -> Iterator[Application | Gap]:
    """An app without its metadata is still an app."""
    metadata = about.get("iTunesMetadata") if isinstance(about, dict) else None
    found: Any = {}
    if isinstance(metadata, bytes):
        try:
            found = plist.loads(metadata)
        except FormatError as e:
            yield Gap(locator=f"{locator}/iTunesMetadata", reason=f"Application: {e}")
    yield from records([(locator, {**(found if isinstance(found, dict) else {}), "bundle": bundle})], Application)

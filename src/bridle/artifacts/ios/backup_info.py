"""Info.plist, Manifest.plist and Status.plist of an iTunes or Finder backup: the device, the backup, and its apps.

Every value is a `Fact`, but for the apps. Of data only the length is told: the keys of the backup are among it.

Known limits: what was removed before the backup is not in it. Which lists of apps there are differs by the program that
made it, and backups of systems after iOS 14 are unconfirmed.

Sources: backups of iOS 14; https://www.theiphonewiki.com/wiki/ITunes_Backup ; https://github.com/mvt-project/mvt
(applications).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bridle.core import Account, BundleId, FilePath, FormatError, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import plist
from bridle.formats.pointer import below, entries
from bridle.formats.table import col, records, rest
from bridle.formats.values import naive_utc

_DEEPEST = 16
_BUNDLE = "(bundle)"
_METADATA = "iTunesMetadata"
_APPS = ("Applications", "Installed Applications")
_NOT_KEPT = frozenset({_METADATA, "ApplicationSINF", "PlaceholderIcon"})
"""Of an app's entry: what is read in its place, the licence and the picture."""


@record
class Fact(Record):
    """One value of the property list."""

    key: str = note(doc="keys on the way to the value, joined by `/`")
    value: str | None = note(doc="text, number or truth value, as text; none for a date, data, and an empty list")
    time: Utc | None = note(doc="the value, where it is a date")
    length: int | None = note(doc="bytes of a value that is data; its content is not kept")


def _time(value: object) -> Utc:
    """A date, or the text of one as the store writes it. Raises ValueError."""
    if isinstance(value, str):
        value = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - made aware below
    return naive_utc(value)


@record(surface="installed-app")
class Application(Record):
    """An app, as one of the lists of the backup names it; one app may stand in several."""

    bundle_id: BundleId = col(_BUNDLE, doc="bundle identifier")
    name: str | None = col("itemName", doc="name in the store")
    artist: str | None = col("artistName", doc="who publishes it in the store")
    version: str | None = col("bundleShortVersionString", doc="version a person sees")
    build: str | None = col("bundleVersion", doc="version the system sees")
    item_id: int | None = col("itemId", doc="number in the store")
    version_id: int | None = col("softwareVersionExternalIdentifier", doc="number of the version in the store")
    source_app: str | None = col("sourceApp", doc="app that installed it; the store is `com.apple.AppStore`")
    purchased: Utc | None = col("purchaseDate", _time, doc="when it was bought or first downloaded")
    account: Account | None = col("appleId", doc="account it was bought with", surface="mention")
    path: FilePath | None = col("Path", doc="folder of the bundle on the device")
    extra: str | None = rest(doc="keys that no field maps, as JSON; without licence and picture")


@artifact("/backup/Info.plist", "/backup/Manifest.plist", "/backup/Status.plist")
def backup_info(file: SourceFile) -> Iterator[Fact | Application | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    for found in entries(stored):
        if isinstance(found, Gap):
            yield found
        elif found[1] in _APPS:
            yield from records(_apps(found[0], found[2]), Application)
        else:
            yield from _facts(found[0], found[2])


def _facts(key: str, value: object, depth: int = 1) -> Iterator[Fact | Gap]:
    if isinstance(value, Mapping | list):
        if value and depth >= _DEEPEST:
            yield Gap(locator=key, reason=f"Fact: expected at most {_DEEPEST} levels, got more")
            return
        if not value:
            yield Fact(locator=key, key=key, value=None, time=None, length=None)
        for found in _inner(key, value):
            if isinstance(found, Gap):
                yield found
            else:
                yield from _facts(*found, depth + 1)
    elif isinstance(value, bytes):
        yield Fact(locator=key, key=key, value=None, time=None, length=len(value))
    elif isinstance(value, datetime):
        yield Fact(locator=key, key=key, value=None, time=naive_utc(value), length=None)
    elif isinstance(value, str | bool | int | float):
        yield Fact(locator=key, key=key, value=str(value), time=None, length=None)
    else:
        reason = value.reason if isinstance(value, plist.Unreadable) else f"expected a value, got {value!r:.60}"
        yield Gap(locator=key, reason=f"Fact: {reason}")


def _inner(key: str, value: Mapping[object, object] | list[object]) -> Iterator[tuple[str, object] | Gap]:
    if isinstance(value, list):
        yield from ((below(key, n), part) for n, part in enumerate(value, 1))
        return
    for found in entries(value, key):
        yield found if isinstance(found, Gap) else (found[0], found[2])


def _apps(at: str, stored: object) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    if isinstance(stored, list):
        for number, bundle_id in enumerate(stored, 1):
            yield below(at, number), {_BUNDLE: bundle_id}
    elif isinstance(stored, Mapping):
        for found in entries(stored, at):
            if isinstance(found, Gap):
                yield found
            else:
                yield from _app(*found)
    else:
        yield Gap(locator=at, reason=f"Application: expected a list of apps, got {stored!r:.60}")


def _app(place: str, bundle_id: str, entry: object) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The app's keys and those of its metadata, which is a property list inside the property list."""
    kept: Mapping[str, object] = {}
    metadata: Mapping[str, object] = {}
    reason = None
    try:
        kept = _dictionary(entry)
        metadata = _metadata(kept.get(_METADATA))
    except FormatError as e:
        reason = f"Application: {_METADATA}: {e!s:.200}" if kept else f"Application: {e!s:.200}"
    left = {k: v for k, v in kept.items() if k not in _NOT_KEPT}
    yield place, {**metadata, **left, _BUNDLE: bundle_id}
    if reason is not None:
        yield Gap(locator=f"{place}.{_METADATA}", reason=reason)


def _metadata(stored: object) -> Mapping[str, object]:
    """What the store knew of the app, with the account and the date of its download. Raises FormatError."""
    if stored is None:
        return {}
    found = _dictionary(plist.loads(stored) if isinstance(stored, bytes) else stored)
    download = found.get("com.apple.iTunesStore.downloadInfo")
    info = _dictionary(download) if download is not None else {}
    account = info.get("accountInfo")
    bought = {"purchaseDate": info.get("purchaseDate"), "appleId": _dictionary(account or {}).get("AppleID")}
    return {**bought, **found}


def _dictionary(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise FormatError(f"expected a dictionary, got {value!r:.60}")
    return value

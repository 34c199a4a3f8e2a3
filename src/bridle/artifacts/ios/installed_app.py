"""iTunesMetadata.plist and BundleMetadata.plist: where an installed app came from, and when.

Both lie beside the app. `iTunesMetadata.plist` is what the store, a marketplace or a management server told of it; an
app that was installed by developer tools has none. `BundleMetadata.plist` is an archive of MobileInstallation's own
notes. The folder is the same for both files and for the app's own Info.plist.

Known limits: no BundleMetadata.plist was at hand: its keys follow the class that writes it. An app that was removed has
neither file. Backups have neither; what their Info.plist has in its place is read with it.

Sources: the classes MIStoreMetadata, MIStoreMetadataDistributor and MIBundleMetadata of MobileInstallation (names of
their fields); https://github.com/abrignoni/iLEAPP (appItunesmeta); https://github.com/mvt-project/mvt (applications).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bridle.core import (
    Account,
    BundleId,
    Domain,
    FilePath,
    FormatError,
    Gap,
    Record,
    SourceFile,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import plist
from bridle.formats.leaves import unarchived
from bridle.formats.table import col, records, rest
from bridle.formats.values import integer, naive_utc, text, texts

_LIMIT = 16 << 20
_FOLDER = "(folder)"
_DOWNLOAD = "com.apple.iTunesStore.downloadInfo"
_DISTRIBUTOR = "distributorInfo"


def _time(value: object) -> Utc:
    """A date, or the text of one as the store writes it. Raises ValueError."""
    if isinstance(value, str):
        value = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - made aware below
    return naive_utc(value)


def _address(value: object) -> str | None:
    """A URL as text. Raises ValueError."""
    return text(value) or None


def _number(value: object) -> int:
    """A number, also where it is written as text. Raises ValueError."""
    return int(value) if isinstance(value, str) and value.isdigit() and len(value) < 19 else integer(value)


@record(surface="installed-app")
class Application(Record):
    """What is known of an app's origin."""

    folder: FilePath | None = col(_FOLDER, doc="folder the app lies in", surface="mention")
    bundle_id: BundleId | None = col("softwareVersionBundleId", doc="bundle identifier")
    name: str | None = col("itemName", doc="name in the store")
    artist: str | None = col("artistName", doc="who publishes it in the store")
    version: str | None = col("bundleShortVersionString", doc="version a person sees")
    build: str | None = col("bundleVersion", doc="version the system sees")
    item_id: int | None = col("itemId", _number, doc="number in the store")
    version_id: int | None = col("softwareVersionExternalIdentifier", _number, doc="number of the version in the store")
    beta_id: int | None = col("betaExternalVersionIdentifier", _number, doc="number of a TestFlight version")
    source_app: str | None = col("sourceApp", doc="app that installed it; the store is `com.apple.AppStore`")
    enterprise_url: Url | None = col(
        "enterpriseInstallURL", _address, doc="address it was installed from, by a company"
    )
    managed_by: str | None = col("managementDeclarationIdentifier", doc="declaration of a management server behind it")
    distributor: BundleId | None = col("distributorID", doc="marketplace that distributed it", surface="mention")
    distributor_domain: Domain | None = col("domain", doc="website that distributed it")
    source_url: Url | None = col("sourceURL", _address, doc="address the marketplace or website gave it at")
    share_url: Url | None = col("shareURL", _address, doc="address of its page")
    support_url: Url | None = col("supportPageURL", _address, doc="address of the distributor's help")
    developer: str | None = col("developerName", doc="who developed it, as the distributor says")
    redownload: bool | None = col("is-purchased-redownload", doc="whether it had been bought before")
    released: Utc | None = col("releaseDate", _time, doc="when the app first came out")
    purchased: Utc | None = col("purchaseDate", _time, doc="when it was bought or downloaded")
    account: Account | None = col("appleId", doc="account it was bought with", surface="mention")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class Installation(Record):
    """What the installer noted of an app."""

    folder: FilePath | None = col(_FOLDER, doc="folder the app lies in")
    installed: Utc | None = col("installDate", naive_utc, doc="when it was installed or last updated")
    build: str | None = col("installBuildVersion", doc="build of the system that installed it")
    type: int | None = col("installType", doc="how it was installed; its meaning is not published")
    parent: BundleId | None = col("linkedParentBundleID", doc="app it belongs to")
    children: tuple[BundleId, ...] | None = col("linkedChildBundleIDs", texts, doc="apps that belong to it")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/private/var/containers/Bundle/Application/*/iTunesMetadata.plist",
    "/private/var/containers/Bundle/Application/*/BundleMetadata.plist",
)
def installed_app(file: SourceFile) -> Iterator[Application | Installation | Gap]:
    stored = unarchived(plist.load(file, _LIMIT))
    if isinstance(stored, Mapping) and isinstance(stored.get("root"), Mapping):
        stored = stored["root"]
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    folder = {_FOLDER: str(file.path.parent)}
    if "installDate" in stored or "installType" in stored or file.path.name == "BundleMetadata.plist":
        yield from records([("(bundle)", {**stored, **folder})], Installation)
    else:
        yield from records(_application(stored, folder), Application)


def _application(
    stored: Mapping[str, object], folder: Mapping[str, object]
) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The app's own keys, with those of its distributor and of its download, which are dictionaries inside it."""
    found: dict[str, object] = {}
    wrong = []
    for key in (_DISTRIBUTOR, _DOWNLOAD):
        inner = stored.get(key)
        if isinstance(inner, Mapping):
            found |= inner
        elif inner is not None:
            wrong.append(Gap(locator=f"(app).{key}", reason=f"Application: expected a dictionary, got {inner!a:.60}"))
    account = found.get("accountInfo")
    if isinstance(account, Mapping):
        found |= {
            "appleId": account.get("AppleID"),
            "accountInfo": {k: v for k, v in account.items() if k != "AppleID"},
        }
    own = {k: v for k, v in stored.items() if k not in (_DISTRIBUTOR, _DOWNLOAD)}
    yield "(app)", {**found, **own, **folder}
    yield from wrong
